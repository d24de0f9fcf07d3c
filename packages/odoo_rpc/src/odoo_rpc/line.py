"""The one place where the client does I/O: a request goes out in its turn, a reply comes back and is counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from odoo_rpc import probe
from odoo_rpc.dates import http_date
from odoo_rpc.faults import asked_to_wait, undelivered
from odoo_rpc.net.caps import ODOO_CAPS, Caps
from odoo_rpc.net.errors import NetError
from odoo_rpc.net.reply import Exchange, Reply
from odoo_rpc.pacing import Lane
from odoo_rpc.session import Version
from odoo_rpc.wire import Account, Request

UNASKED_HOLD_SECONDS = 5.0
"""How long a lane rests after a 429 that doesn't say how long."""


class _Limits(TypedDict):
    caps: Caps
    deadline_seconds: float
    ca_file: str | None


class Line:
    """From one account to its Odoo."""

    def __init__(
        self,
        account: Account,
        exchange: Exchange,
        lane: Lane,
        *,
        deadline_seconds: float,
        ca_file: str | None,
    ) -> None:
        self.account = account
        self.calls = 0
        self.auth_calls = 0
        self._exchange = exchange
        self.now = lane.now
        self._lane = lane
        self._limits: _Limits = {"caps": ODOO_CAPS, "deadline_seconds": deadline_seconds, "ca_file": ca_file}
        self._date: str | None = None

    @property
    def server_date(self) -> datetime | None:
        """The last reply's `Date`. Read from its text only when somebody asks."""
        return http_date(self._date)

    async def send(self, request: Request, what: Any, priority: int) -> Reply:
        """The reply to `request`, in the lane's next turn for `priority`. `what` names the call in a message."""
        async with self._lane.turn(priority):
            self.calls += 1
            try:
                reply = await self._exchanged(request)
            except NetError as error:
                raise undelivered(error, what, self.account.hidden) from None
            if reply.status in (429, 503):
                self._hold(reply)
        self._date = reply.headers.get("date")
        return reply

    async def ask_version(self, priority: int) -> Version:
        """Which Odoo this is, in one or two calls."""
        hide = self.account.hidden
        version = probe.web_version(await self.send(probe.WEB_VERSION, probe.WHAT, priority), hide)
        if version is not None:
            return version
        return probe.common_version(await self.send(probe.COMMON_VERSION, probe.WHAT, priority), hide)

    async def _exchanged(self, request: Request) -> Reply:
        url = self.account.url + request.path
        if request.body is None:
            return await self._exchange.get(url, request.headers, **self._limits)
        return await self._exchange.post(url, request.headers, request.body, **self._limits)

    def _hold(self, reply: Reply) -> None:
        seconds = asked_to_wait(reply)
        if seconds is None and reply.status == 429:
            seconds = UNASKED_HOLD_SECONDS
        if seconds:
            self._lane.hold_until(self.now() + seconds)
