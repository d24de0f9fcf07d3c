"""Try a connection as the poller would use it: its Odoo step by step, then a test ping to its webhook.

Nothing is captured and no order is sent. A step that failed ends its half; the webhook is tried all the same.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from odoo_rpc import OdooClient, OdooError
from order_mapper import PLAN
from poller_core.decide.answers import NoReply, Replied, Verdict, error_text, judge
from poller_core.i18n import Phrase
from poller_core.loops import sender
from poller_core.loops.roster import Entry, Roster
from poller_core.loops.services import Services
from poller_core.loops.source import Source
from poller_core.reports import Step, TestReport
from poller_core.webhook import ping_body

OnStep = Callable[[Step], None]


class Trial:
    """One connection's test; ``on_step`` hears of each step as it ends."""

    def __init__(self, services: Services, roster: Roster, entry: Entry, on_step: OnStep) -> None:
        self._services = services
        self._roster = roster
        self._entry = entry
        self._tell = on_step
        self._steps: list[Step] = []
        self._began = 0.0
        self._missing: tuple[str, ...] = ()
        self._status = 0

    async def run(self) -> TestReport:
        """All steps, in their order."""
        client = await self._odoo()
        await self._webhook()
        version, protocol = "", ""
        if client is not None:
            version, protocol = ".".join(map(str, client.version)), client.session.protocol
        return TestReport(
            ok=all(step.ok for step in self._steps),
            steps=tuple(self._steps),
            server_version=version,
            protocol=protocol,
            missing_fields=self._missing,
            key_expires_at=0,
            webhook_status=self._status,
        )

    def _ended(self, name: str, *, ok: bool, detail: str, remedy: str = "") -> None:
        elapsed = (time.monotonic() - self._began) * 1000
        step = Step(name=name, ok=ok, detail=detail, elapsed_ms=elapsed, remedy=remedy)
        self._steps.append(step)
        self._tell(step)
        self._began = time.monotonic()

    async def _odoo(self) -> OdooClient | None:
        self._began = time.monotonic()
        if self._entry.broken:
            self._ended("authenticate", ok=False, detail=self._entry.broken)
            return None
        client, name = None, "version"
        try:
            reading = self._services.store.connections.reading(self._entry.number)
            client = await self._roster.client(self._entry, reading)
            version = await client.server_version()
            self._ended(
                "version", ok=True, detail=f"Odoo {version[0]}.{version[1]}, {client.session.protocol}"
            )
            name = "authenticate"
            uid = await client.authenticate()
            self._ended("authenticate", ok=True, detail=Phrase("user {uid}", uid=uid))
            name = "read"
            await self._read(client)
        except OdooError as error:
            self._ended(name, ok=False, detail=error.summary, remedy=error.advice)
        return client

    async def _read(self, client: OdooClient) -> None:
        batch = await Source(client, {}).window([["state", "in", ["sale", "done"]]], 1)
        lacking = []
        for model, names in PLAN.optional_fields(client.version[0]).items():
            found = await client.available_fields(model, names)
            lacking += [f"{model}.{name}" for name in names if name not in found]
        self._missing = tuple(lacking)
        count = len(batch.orders)
        if lacking:
            detail = Phrase("{count} order read; left out: {fields}", count=count, fields=", ".join(lacking))
        else:
            detail = Phrase("{count} order read with every field", count=count)
        self._ended("read", ok=True, detail=detail)

    async def _webhook(self) -> None:
        connection = self._entry.connection
        self._began = time.monotonic()
        if not self._entry.webhook_secrets:
            self._ended("webhook", ok=False, detail=self._entry.broken)
            return
        now = self._services.timeline.wall() // 1000
        answer = await sender.post(
            self._services.receivers,
            connection.webhook_url,
            ping_body(connection.id, connection.store_id, connection.client_id, datetime.now(UTC)),
            webhook_id=str(uuid.uuid4()),
            timestamp=now,
            secrets=self._entry.webhook_secrets,
            connection_id=connection.id,
            deadline_seconds=self._services.limits.deadline_seconds,
        )
        self._status = answer.status_code if isinstance(answer, Replied) else 0
        ok = judge(answer) is Verdict.DELIVERED
        detail = f"HTTP {self._status}" if isinstance(answer, Replied) else error_text(answer)
        self._ended("webhook", ok=ok, detail=detail, remedy="" if ok else _remedy(answer))


def _remedy(answer: Replied | NoReply) -> str:
    match judge(answer):
        case Verdict.CONNECTION | Verdict.GONE:
            return Phrase("check the webhook's URL and secret with whoever runs the receiver")
        case Verdict.ENDPOINT:
            return Phrase("the receiver is in trouble: try again later")
        case _:
            return Phrase("the receiver refuses a test ping; orders may still be taken")


__all__ = ["Trial"]
