"""`POST /json/2/<model>/<method>`, 19 and later: a bearer key, named arguments, a bare result, errors by HTTP status.

The arguments are checked against the method's signature first, and a mismatch is 422; `search_read`, which takes any, fails
inside with 500 (both measured on 19.0). A method that returns nothing gives `null`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from odoo_rpc.testing.environment import Environment, User
from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.methods import NOTHING, Method, bind, find, run
from odoo_rpc.testing.pages import Answer, json_answer, no_database, wrong_content_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from odoo_rpc.testing.fake import FakeOdoo
    from odoo_rpc.testing.server import FakeServer

PREFIX = "/json/2/"


def json2(server: FakeServer, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Answer one request."""
    fake = _database(server, headers.get("x-odoo-database"))
    if fake is None:
        return no_database()
    try:
        model, separator, name = path.removeprefix(PREFIX).partition("/")
        if method != "POST" or not separator or "/" in name:
            raise OdooFault.http("NotFound", "Did you mean POST /json/2/<model>/<method>?")
        if not headers.get("content-type", "").startswith("application/json"):
            return wrong_content_type(server.version)
        server.count(model, name, fake)
        user = _user(fake, headers.get("authorization", ""))
        result = _perform(fake, user, model, name, _arguments(body))
    except OdooFault as fault:
        return _failure(fault, server.version)
    return json_answer(None if result is NOTHING else result, server.version)


def _perform(fake: FakeOdoo, user: User, model: str, name: str, given: dict[str, Any]) -> Any:
    if model not in fake.database.schema:
        raise OdooFault.http("NotFound", f"the model {model!r} does not exist")
    ids, context = given.pop("ids", []), given.pop("context", None)
    env = Environment(fake.database, user, context)
    method = _method(model, name, fake.version)
    if ids and not method.on_records:
        raise OdooFault.http("UnprocessableEntity", f"cannot call {model}.{name} with ids")
    _check_signature(method, given)
    return run(method, env, model, ids, bind(method, name, fake.version, (), given))


def _method(model: str, name: str, version: int) -> Method:
    try:
        return find(model, name, version)
    except OdooFault as fault:
        if fault.name == "builtins.AttributeError":
            raise OdooFault.http("NotFound", fault.message) from None
        raise


def _check_signature(method: Method, given: dict[str, Any]) -> None:
    unknown = next((name for name in given if name not in method.parameters), None)
    if unknown is not None and not method.open_ended:
        raise OdooFault.http("UnprocessableEntity", f"got an unexpected keyword argument {unknown!r}")
    for needed in method.parameters[: method.required]:
        if needed not in given:
            raise OdooFault.http("UnprocessableEntity", f"missing a required argument: {needed!r}")


def _arguments(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        given = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise OdooFault.http("BadRequest", f"could not parse the body as json: {error}") from None
    return given if isinstance(given, dict) else {}


def _database(server: FakeServer, name: str | None) -> FakeOdoo | None:
    return server.only() if name is None else server.databases.get(name)


def _user(fake: FakeOdoo, authorization: str) -> User:
    kind, _, key = authorization.partition(" ")
    if kind.lower() != "bearer" or not key:
        raise OdooFault.http(
            "Unauthorized", "User not authenticated, use an API Key with a Bearer Authorization header."
        )
    user = fake.database.user_of_key(key.strip())
    if user is None:
        raise OdooFault.http("Unauthorized", "Invalid apikey")
    return user


def _failure(fault: OdooFault, version: int) -> Answer:
    body = {
        "name": fault.name,
        "message": fault.message,
        "arguments": fault.arguments,
        "context": {},
        "debug": f"Traceback (most recent call last):\n{fault.name}: {fault.message}\n",
    }
    answer = json_answer(body, version, fault.status)
    if fault.status == 401:
        answer.headers["www-authenticate"] = "Bearer "
    return answer
