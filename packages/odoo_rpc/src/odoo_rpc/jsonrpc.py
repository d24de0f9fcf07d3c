"""JSON-RPC as Odoo 14 to 21 speak it on `/jsonrpc`: one address, always HTTP 200, errors inside.

An envelope with neither `result` nor `error` is what a method that returns nothing gives (measured on 14 and 19).
"""

from __future__ import annotations

from itertools import count
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from odoo_rpc.calls import Call, positional
from odoo_rpc.errors import AuthenticationFailed, NotOdoo
from odoo_rpc.faults import Fault, misanswered, refused
from odoo_rpc.net.reply import Reply
from odoo_rpc.wire import JSON_HEADERS, Account, Request, as_uid, decode

PATH = "/jsonrpc"
_T = TypeVar("_T")


class _Error(msgspec.Struct):
    data: Fault


class _Envelope(msgspec.Struct, Generic[_T]):
    result: _T = msgspec.UNSET  # type: ignore[assignment]  # a default is not checked against the type
    error: _Error | None = None


def request(service: str, method: str, args: list[Any], number: int = 1) -> Request:
    """The request for a method of one of Odoo's services (`common`, `object`)."""
    params = {"service": service, "method": method, "args": args}
    envelope = {"jsonrpc": "2.0", "method": "call", "params": params, "id": number}
    return Request(PATH, JSON_HEADERS, msgspec.json.encode(envelope))


def unwrap(reply: Reply, type: Any, what: Any, hide: tuple[str, ...]) -> Any:  # noqa: A002 - msgspec's own word
    """The envelope's result as `type`, or the OdooError that it means."""
    if reply.status != 200:
        raise misanswered(what, reply, hide)
    envelope = decode(reply, _Envelope[type], what, hide)
    if envelope.error is not None:
        raise refused(envelope.error.data, what, reply, hide)
    if envelope.result is msgspec.UNSET:
        return _nothing(type, what)
    return envelope.result


def _nothing(type: Any, what: Any) -> None:  # noqa: A002
    try:
        msgspec.convert(None, type)
    except msgspec.ValidationError:
        raise NotOdoo(f"{what}: an answer with no result where one was due", 200) from None


class JsonRpc:
    """The calls of one account over JSON-RPC."""

    needs_uid: ClassVar[bool] = True

    def __init__(self, account: Account) -> None:
        self._account = account
        self._numbers = count(1)

    def call(self, call: Call, uid: int | None) -> Request:
        """`execute_kw`, with the key in place of the password."""
        account = self._account
        args, kwargs = positional(call)
        whole = [account.database, uid, account.key.reveal(), call.model, call.method, args, kwargs]
        return request("object", "execute_kw", whole, next(self._numbers))

    def result(self, reply: Reply, call: Call, type: Any) -> Any:  # noqa: A002
        """What `call` returned, as `type`."""
        return unwrap(reply, type, call, self._account.hidden)

    def login(self) -> Request:
        """`common.authenticate`."""
        account = self._account
        args = [account.database, account.username, account.key.reveal(), {}]
        return request("common", "authenticate", args, next(self._numbers))

    def uid(self, reply: Reply) -> int:
        """The user's id. Odoo says `false`, without an error, for a wrong user or key."""
        value = unwrap(reply, Any, "login", self._account.hidden)
        if value is False or value is None:
            raise AuthenticationFailed("login: Odoo refuses this user name with this key")
        uid = as_uid(value)
        if uid is None:
            raise NotOdoo("login: an answer that is no user id", reply.status)
        return uid
