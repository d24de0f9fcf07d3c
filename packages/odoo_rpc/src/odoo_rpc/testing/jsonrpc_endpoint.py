"""`POST /jsonrpc`, 14 to 21: always HTTP 200, errors in the envelope.

`error.code` is 200 until 15 and 0 later, `error.message` always "Odoo Server Error"; what counts is `error.data.name`. A
method that returns nothing gives an envelope with neither `result` nor `error`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from odoo_rpc.testing.environment import Environment, User
from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.methods import NOTHING, bind, find, run
from odoo_rpc.testing.pages import Answer, json_answer, not_an_object, not_json, wrong_content_type

if TYPE_CHECKING:
    from odoo_rpc.testing.fake import FakeOdoo
    from odoo_rpc.testing.server import FakeServer

CODE_ZERO_SINCE = 16
_TRACEBACK = (
    'Traceback (most recent call last):\n  File "/usr/lib/python3/dist-packages/odoo/http.py", line 1\n'
)


def jsonrpc(server: FakeServer, content_type: str, body: bytes) -> Answer:
    """Answer one request."""
    if not content_type.startswith("application/json"):
        return wrong_content_type(server.version)
    try:
        envelope = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return not_json(body, server.version)
    if not isinstance(envelope, dict):
        return not_an_object(server.version)
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": envelope.get("id")}
    try:
        result = _dispatch(server, envelope.get("params"))
        if result is not NOTHING:
            answer["result"] = result
    except OdooFault as fault:
        answer["error"] = _error(fault, server.version)
    return json_answer(answer, server.version)


def _error(fault: OdooFault, version: int) -> dict[str, Any]:
    data = {
        "name": fault.name,
        "message": fault.message,
        "arguments": fault.arguments,
        "context": {},
        "debug": f"{_TRACEBACK}{fault.name}: {fault.message}\n",
    }
    return {"code": 0 if version >= CODE_ZERO_SINCE else 200, "message": "Odoo Server Error", "data": data}


def _dispatch(server: FakeServer, params: object) -> Any:
    match params:
        case {"service": "common", "method": str() as method, "args": list() as args}:
            return _common(server, method, args)
        case {"service": "object", "method": str() as method, "args": list() as args}:
            return _object(server, method, args)
        case {"service": service, "method": _, "args": _}:
            raise OdooFault("builtins.KeyError", str(service))
        case _:
            raise OdooFault.type_error("jsonrpc() missing required positional arguments")


def _common(server: FakeServer, method: str, args: list[Any]) -> Any:
    match method, args:
        case "version", _:
            server.count("common", "version", None)
            return {
                "server_version": f"{server.version}.0",
                "server_version_info": [server.version, 0, 0, "final", 0, ""],
                "server_serie": f"{server.version}.0",
                "protocol_version": 1,
            }
        case ("authenticate", [db, login, key, _]) | ("login", [db, login, key]):
            fake = _database(server, db)
            server.count("common", method, fake)
            uid = fake.database.uid_of_login(str(login))
            return uid if uid is not None and fake.database.accepts(uid, str(key)) else False
        case (("authenticate" | "login"), _):
            raise OdooFault.type_error(f"exp_{method}() missing required positional arguments")
        case _:
            raise OdooFault("builtins.Exception", f"Method not found: {method}")


def _object(server: FakeServer, method: str, args: list[Any]) -> Any:
    if method not in ("execute", "execute_kw"):
        raise OdooFault("builtins.NameError", f"Method not available {method}")
    if len(args) < 5:
        raise OdooFault.value_error(f"not enough values to unpack (expected at least 5, got {len(args)})")
    db, uid, key, model, name, *rest = args
    fake = _database(server, db)
    server.count(str(model), str(name), fake)
    user = _user(fake, uid, key)
    if method == "execute":
        rest = [rest, {}]
    return _execute(fake, user, model, name, *rest)


def _execute(fake: FakeOdoo, user: User, model: Any, name: Any, args: Any = (), keywords: Any = None) -> Any:
    if model not in fake.database.schema:
        raise OdooFault.user_error(f"Object {model} doesn't exist")
    method = find(model, name, fake.version)
    keywords = dict(keywords or {})
    env = Environment(fake.database, user, keywords.pop("context", None))
    args, ids = list(args), []
    if method.on_records:
        if not args:
            raise OdooFault("builtins.IndexError", "list index out of range")
        ids = args.pop(0)
    return run(method, env, model, ids, bind(method, name, fake.version, args, keywords))


def _database(server: FakeServer, name: Any) -> FakeOdoo:
    fake = server.databases.get(name) if isinstance(name, str) else None
    if fake is None:
        raise OdooFault("psycopg2.OperationalError", f'FATAL:  database "{name}" does not exist\n')
    return fake


def _user(fake: FakeOdoo, uid: Any, key: Any) -> User:
    if not uid or not key or not isinstance(uid, int):
        raise OdooFault.access_denied()
    if uid not in fake.database.users:
        raise OdooFault.missing("res.users", uid, uid)
    if not fake.database.accepts(uid, str(key)):
        raise OdooFault.access_denied()
    return fake.database.users[uid]
