"""JSON-2 as Odoo speaks it from 19 on: one address a method, the key as bearer, bare results, errors by HTTP status.

An unknown database is a 404 as an HTML page, an unknown model or method a 404 with a JSON fault, an unknown field or
argument a 500 (all measured on 19).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec

from odoo_rpc.calls import Call, named
from odoo_rpc.errors import NotOdoo, OdooError, Unavailable, UnknownDatabase, Unsupported
from odoo_rpc.faults import Fault, asked_to_wait, misanswered, refused
from odoo_rpc.net.errors import Unsendable
from odoo_rpc.net.headers import HeaderBlock, prepare_headers
from odoo_rpc.net.reply import Reply
from odoo_rpc.wire import CONTENT_TYPE, Account, Request, as_uid, attempt, decode

_WHO_AM_I = Call("res.users", "context_get", None, (), {})


class Json2:
    """The calls of one account over JSON-2."""

    needs_uid: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self._account = account

    def call(self, call: Call, uid: int | None) -> Request:
        """POST to the method's own address; the key says who calls, so `uid` is not needed."""
        path = f"/json/2/{quote(call.model, safe='')}/{quote(call.method, safe='')}"
        return Request(path, self._headers, msgspec.json.encode(named(call)))

    def result(self, reply: Reply, call: Call, type: Any) -> Any:  # noqa: A002 - msgspec's own word for it
        """What `call` returned, as `type`."""
        hide = self._account.hidden
        if reply.status == 200:
            return decode(reply, type, call, hide)
        raise self._failure(reply, call, hide)

    def login(self) -> Request:
        """There is no login; the user's own context names him."""
        return self.call(_WHO_AM_I, None)

    def uid(self, reply: Reply) -> int:
        """The user's id out of his context."""
        uid = as_uid(self.result(reply, _WHO_AM_I, dict[str, Any]).get("uid"))
        if uid is None:
            raise NotOdoo("login: an answer without the user's id", reply.status)
        return uid

    @cached_property
    def _headers(self) -> HeaderBlock:
        bearer = f"bearer {self._account.key.reveal()}"
        try:
            return prepare_headers(
                {**CONTENT_TYPE, "Authorization": bearer, "X-Odoo-Database": self._account.database}
            )
        except Unsendable as error:
            raise Unsupported(f"JSON-2 can't carry this account ({error}): mend it or use JSON-RPC") from None

    def _failure(self, reply: Reply, call: Call, hide: tuple[str, ...]) -> OdooError:
        fault = None if reply.status == 429 else attempt(reply.body, Fault)
        if fault is None and reply.status == 404:
            return UnknownDatabase(f"{call}: the server doesn't know the database, or has no JSON-2")
        if fault is None or not fault.name:
            return misanswered(call, reply, hide)
        error = refused(fault, call, reply, hide)
        if isinstance(error, UnknownDatabase):
            # JSON-2 had opened the database before the call began: it broke off later.
            return Unavailable(error.summary, "server_error", asked_to_wait(reply))
        return error
