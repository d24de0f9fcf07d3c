"""Calls that take more than one exchange: logging in when Odoo forgot who we are, finding the protocol it speaks.

What the bytes mean is the wires' business, moving them the line's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import msgspec

from odoo_rpc.calls import Call
from odoo_rpc.errors import AuthenticationFailed, NotOdoo, UnknownDatabase
from odoo_rpc.json2 import Json2
from odoo_rpc.jsonrpc import JsonRpc
from odoo_rpc.line import Line
from odoo_rpc.session import (
    JSON2_SINCE,
    JSONRPC_GONE_SINCE,
    Protocol,
    ProtocolChoice,
    Session,
    Version,
    choose_protocol,
)
from odoo_rpc.wire import Wire

VERSION_HOLDS_SECONDS = 60.0


class Channel:
    """One account's calls, and the session that they share. `session` is replaced as more is learnt."""

    def __init__(self, line: Line, session: Session, choice: ProtocolChoice, *, just_asked: bool) -> None:
        self.line = line
        self.session = session
        self._choice = choice
        self._asked_at = line.now() if just_asked else float("-inf")
        self._login = anyio.Lock()
        self._wires: Mapping[Protocol, Wire] = {
            "jsonrpc": JsonRpc(line.account),
            "json2": Json2(line.account),
        }

    async def ask_version(self, priority: int) -> Version:
        """Ask the server again. What is known of fields and protocol holds for one version only."""
        version = await self.line.ask_version(priority)
        self._asked_at = self.line.now()
        if version != self.session.version:
            protocol = choose_protocol(version, self._choice)
            self.session = Session(version=version, protocol=protocol, uid=self.session.uid)
        return version

    async def confirm_version(self, priority: int) -> None:
        """Ask for the version unless that was done a moment ago: one question serves a whole negotiation."""
        if self.line.now() - self._asked_at > VERSION_HOLDS_SECONDS:
            await self.ask_version(priority)

    async def log_in(self, priority: int, other_than: int | None) -> int:
        """The user's id: asked for, unless somebody has meanwhile learnt another one than `other_than`."""
        async with self._login:
            uid = self.session.uid
            if uid is not None and uid != other_than:
                return uid
            self.session = self.session.with_uid(None)
            uid = await self._log_in(self.session.protocol, priority)
            self.session = self.session.with_uid(uid)
            return uid

    async def perform(self, call: Call, type: Any, priority: int) -> Any:  # noqa: A002 - msgspec's own word for it
        """Make `call`; its result as `type`."""
        try:
            return await self._as_someone(call, type, priority)
        except (NotOdoo, UnknownDatabase) as error:
            if not await self._found_another_way(error, priority):
                raise
        return await self._as_someone(call, type, priority)

    async def _as_someone(self, call: Call, type: Any, priority: int) -> Any:  # noqa: A002
        wire = self._wires[self.session.protocol]
        known = self.session.uid
        if not wire.needs_uid or known is None:
            uid = await self.log_in(priority, None) if wire.needs_uid else None
            return await self._once(wire, call, type, uid, priority)
        try:
            return await self._once(wire, call, type, known, priority)
        except AuthenticationFailed:
            # The user may have another id now (a restored database), or the key is refused: the login will tell.
            uid = await self.log_in(priority, known)
        return await self._once(wire, call, type, uid, priority)

    async def _once(self, wire: Wire, call: Call, type: Any, uid: int | None, priority: int) -> Any:  # noqa: A002
        reply = await self.line.send(wire.call(call, uid), call, priority)
        return wire.result(reply, call, type)

    async def _log_in(self, protocol: Protocol, priority: int) -> int:
        wire = self._wires[protocol]
        self.line.auth_calls += 1
        return wire.uid(await self.line.send(wire.login(), "login", priority))

    async def _found_another_way(self, error: NotOdoo | UnknownDatabase, priority: int) -> bool:
        """Where the protocol's own address is missing: whether the other protocol serves, which is then in use.

        An upgrade can take `/jsonrpc` away, and a proxy in front of a 19 may let nothing else through.
        """
        if self._choice != "auto":
            return False
        before = self.session.protocol
        try:
            if before == "json2" and isinstance(error, UnknownDatabase):
                await self._try_jsonrpc(priority)
            elif before == "jsonrpc" and isinstance(error, NotOdoo) and error.status == 404:
                await self._try_json2(priority)
        except NotOdoo:
            return False  # the first error says it better
        return self.session.protocol != before

    async def _try_jsonrpc(self, priority: int) -> None:
        if self.session.version >= JSONRPC_GONE_SINCE:
            return
        uid = await self._log_in("jsonrpc", priority)
        await self.ask_version(priority)
        self.session = msgspec.structs.replace(self.session, protocol="jsonrpc", uid=uid)

    async def _try_json2(self, priority: int) -> None:
        if await self.ask_version(priority) >= JSON2_SINCE:
            self.session = msgspec.structs.replace(self.session, protocol="json2")
