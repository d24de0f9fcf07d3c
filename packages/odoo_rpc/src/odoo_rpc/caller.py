"""Any method of any model, and what was learnt about the server on the way: the client without its reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

import msgspec

from odoo_rpc.calls import Call
from odoo_rpc.channel import Channel
from odoo_rpc.session import Session, Version


class Caller:
    """What :class:`OdooClient` is built on. Several may share one channel: one session, one lane, one count of calls."""

    def __init__(self, channel: Channel, context: Mapping[str, Any], priority: int = 0) -> None:
        self._channel = channel
        self._context = dict(context)
        self._priority = priority

    @property
    def session(self) -> Session:
        """What is known of this Odoo now. Keep it after use and give it to the next `connect`."""
        return self._channel.session

    @property
    def version(self) -> Version:
        """(major, minor) as last asked for."""
        return self.session.version

    @property
    def server_date(self) -> datetime | None:
        """The `Date` of the last answer, in UTC: the server's clock, in whole seconds. None where it sent none."""
        return self._channel.line.server_date

    @property
    def calls(self) -> int:
        """Requests made so far, logins and version questions included."""
        return self._channel.line.calls

    @property
    def auth_calls(self) -> int:
        """Those of `calls` that were logins."""
        return self._channel.line.auth_calls

    def at_priority(self, priority: int) -> Self:
        """The same client, session and counters, in another place of the lane's queue: lower goes first, 0 is usual."""
        return type(self)(self._channel, self._context, priority)

    async def authenticate(self) -> int:
        """Log in now; the user's id. AuthenticationFailed where Odoo refuses user name or key."""
        return await self._channel.log_in(self._priority, self.session.uid)

    async def server_version(self) -> Version:
        """Ask the server for its version, which also finds the protocol for it and forgets what no longer holds."""
        return await self._channel.ask_version(self._priority)

    async def call(
        self,
        model: str,
        method: str,
        /,
        ids: Iterable[int] | None = None,
        args: Sequence[Any] = (),
        **kwargs: Any,
    ) -> Any:
        """Call any public method: of the records `ids`, or of the model where `ids` is None.

        The result as JSON has it, None where the method returns nothing. Name the arguments: positional `args` go
        over JSON-RPC as they are, but JSON-2 has names only, and where a method's names aren't known here it is
        Unsupported. Nothing is retried that Odoo may have acted upon.
        """
        return await self.call_raw(model, method, ids, args, kwargs, type=Any)

    async def call_raw(
        self,
        model: str,
        method: str,
        ids: Iterable[int] | None = None,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        type: Any = msgspec.Raw,  # noqa: A002 - msgspec's own word for it
    ) -> Any:
        """`call` with a type for its result (by default its JSON as it came) and with named arguments of any name.

        A `context` among them is added to the client's own.
        """
        arguments = dict(kwargs or {})
        context = {**self._context, **arguments.pop("context", {})}
        if context:
            arguments["context"] = context
        call = Call(model, method, None if ids is None else list(ids), args, arguments)
        return await self._channel.perform(call, type, self._priority)
