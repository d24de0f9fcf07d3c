"""Reconcile: ask Odoo for all ids, and hold them against the log.

The command proves completeness since a date. The same comparison runs by itself once a day per connection, to
catch what was committed later than the overlap; what it finds is captured like any other order.
"""

from __future__ import annotations

import anyio
import msgspec

from odoo_rpc import OdooError
from poller_core.decide import reading as rd
from poller_core.decide.reading import Domain, Window
from poller_core.errors import OdooRestored, PollerError
from poller_core.i18n import Phrase
from poller_core.loops.reader import Reader, window_of
from poller_core.loops.roster import Entry, Roster
from poller_core.loops.services import Services
from poller_core.loops.source import Head, Source, created
from poller_core.reports import OnProgress
from poller_core.store.sweep import Sweep

SWEEP_PRIORITY = 2
CHECK_SECONDS = 60.0
FEW_ORDERS = 10
"""Of fewer orders, most may well be cancelled in a day."""


class Missing(msgspec.Struct, frozen=True):
    """A confirmed order of Odoo that is not captured."""

    odoo_order_id: int
    number: str
    write_date: str


class ReconcileReport(msgspec.Struct, frozen=True, kw_only=True):
    """What Odoo has, held against what the log has. Orders before the connection's start are ``left_out``."""

    connection_id: str
    name: str
    since: str
    in_odoo: int = 0
    captured: int = 0
    delivered: int = 0
    undelivered: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()
    missing: tuple[Missing, ...] = ()
    left_out: int = 0
    fixed: int = 0

    @property
    def complete(self) -> bool:
        """Nothing is missing."""
        return not self.missing


class Reconciler:
    """Compares, and captures what is missing."""

    def __init__(self, services: Services, roster: Roster, reader: Reader) -> None:
        self._services = services
        self._roster = roster
        self._reader = reader

    async def run(
        self, entry: Entry, since: str, *, fix: bool, on_progress: OnProgress | None = None
    ) -> ReconcileReport:
        """Everything since ``since`` (naive UTC text, empty for all). Raises OdooError, OdooRestored.

        ``on_progress`` hears how many ids of how many were read, and then how many orders of how many were captured.
        """
        told = on_progress or (lambda _done, _total: None)
        source = await self._source(entry)
        every = await self._heads(source, rd.confirmed(Window(sync_from=since, overlap_seconds=0)), told)
        wanted = every
        start = entry.connection.sync_from
        if start and (not since or since < start):
            ids = {
                h.id
                for h in await self._heads(
                    source, rd.confirmed(Window(sync_from=max(since, start), overlap_seconds=0)), told
                )
            }
            wanted = [head for head in every if head.id in ids]
        await self._services.blocking(self._services.store.intake.recognise, entry.number, created(wanted))
        states = await self._services.blocking(
            self._services.store.intake.states, entry.number, [head.id for head in wanted]
        )
        missing = [head for head in wanted if head.id not in states]
        again = [head for head in wanted if states.get(head.id, "REJECTED") == "REJECTED"]
        fixed = await self._capture(entry, source, again, told) if fix and again else 0
        return ReconcileReport(
            connection_id=entry.connection.id,
            name=entry.connection.name,
            since=since,
            in_odoo=len(wanted),
            captured=sum(1 for state in states.values() if state != "REJECTED"),
            delivered=sum(1 for state in states.values() if state == "SUCCESS"),
            undelivered=tuple(
                i for i, state in states.items() if state in ("PENDING", "FAILED", "DISCARDED")
            ),
            rejected=tuple(i for i, state in states.items() if state == "REJECTED"),
            missing=tuple(Missing(h.id, str(h.name or ""), str(h.write_date or "")) for h in missing),
            left_out=len(every) - len(wanted),
            fixed=fixed,
        )

    async def _source(self, entry: Entry) -> Source:
        reading = await self._services.blocking(self._services.store.connections.reading, entry.number)
        client = await self._roster.client(entry, reading)
        return Source(client.at_priority(SWEEP_PRIORITY), entry.caches)

    async def _heads(self, source: Source, domain: Domain, told: OnProgress) -> list[Head]:
        """All heads of a domain, by id. Where they are more than a page, Odoo is asked how many there are."""
        heads: list[Head] = []
        after = total = 0
        while True:
            page = await source.heads([*domain, ["id", ">", after]])
            heads += page
            if len(page) < rd.ID_PAGE:
                return heads
            after = page[-1].id
            total = total or await source.client.search_count("sale.order", domain)
            told(len(heads), total)

    async def _capture(
        self, entry: Entry, source: Source, missing: list[Head], told: OnProgress | None = None
    ) -> int:
        fixed = 0
        for start in range(0, len(missing), rd.PAGE):
            if told is not None:
                told(start, len(missing))
            chunk = missing[start : start + rd.PAGE]
            batch = await source.by_ids(chunk, rd.confirmed(Window(sync_from="", overlap_seconds=0)))
            fixed += await self._reader.capture_extra(entry, source, batch)
        return fixed

    # By itself, once a day

    async def run_daily(self) -> None:
        """Sweep each connection once a day, one after the other, only where nothing else goes first."""
        services = self._services
        while True:
            now = services.timeline.now()
            latest = now - round(services.limits.sweep_every_seconds * 1000)
            for number in await services.blocking(services.store.connections.unswept, latest, now):
                entry = self._roster.get(number)
                if entry is not None and entry.connection.active and not entry.broken and _readable(entry):
                    await self._sweep_one(entry)
            await anyio.sleep(CHECK_SECONDS)

    async def _sweep_one(self, entry: Entry) -> None:
        services = self._services
        now = services.timeline.now()
        before = (await services.blocking(services.store.connections.reading, entry.number)).sweep
        try:
            found, seen = await self._sweep(entry)
        except OdooRestored as error:
            await self._note(entry, now, Sweep(before.orders, str(error), standstill=True))
        except (OdooError, PollerError) as error:
            services.log.warning(
                "daily reconcile failed", connection_id=entry.connection.id, reason=str(error)
            )
        else:
            await self._note(entry, now, Sweep(seen, _vanished(before.orders, seen)))
            if found:
                services.log.warning(
                    "daily reconcile found orders", connection_id=entry.connection.id, orders=found
                )

    async def _note(self, entry: Entry, at: int, sweep: Sweep) -> None:
        await self._services.blocking(self._services.store.connections.swept, entry.number, at, sweep)
        entry.reading = None
        if sweep.problem:
            self._services.log.error(
                "daily reconcile found something wrong",
                connection_id=entry.connection.id,
                reason=sweep.problem,
            )

    async def _sweep(self, entry: Entry) -> tuple[int, int]:
        """How many orders were missing and are captured now, and how many Odoo has."""
        source = await self._source(entry)
        # An upgrade in which nothing fails would go unnoticed: a newer Odoo may answer in one call.
        await source.client.server_version()
        domain = rd.confirmed(window_of(entry, self._services))
        found = after = seen = 0
        while True:
            page = await source.heads([*domain, ["id", ">", after]])
            ids = [head.id for head in page]
            seen += len(page)
            await self._services.blocking(self._services.store.intake.recognise, entry.number, created(page))
            states = await self._services.blocking(self._services.store.intake.states, entry.number, ids)
            # What was rejected is read again: rights, a customer or a product may have been mended since, which
            # doesn't move the order's own write_date.
            again = [head for head in page if states.get(head.id, "REJECTED") == "REJECTED"]
            found += await self._capture(entry, source, again) if again else 0
            if len(page) < rd.ID_PAGE:
                return found, seen
            after = page[-1].id


def _readable(entry: Entry) -> bool:
    """Whether a sweep has anything to read: a standstill is one that only a sweep can end."""
    return entry.failing in ("", OdooRestored.__name__)


def _vanished(before: int, now: int) -> str:
    """What is wrong where Odoo has far fewer orders than the day before: people cancel some, but not most of them."""
    if before < FEW_ORDERS or now * 2 >= before:
        return ""
    return str(
        Phrase(
            "Odoo shows {now} confirmed orders and showed {before} the day before: see whether a record rule or a right "
            "hides orders from this user",
            now=now,
            before=before,
        )
    )


__all__ = ["Missing", "ReconcileReport", "Reconciler"]
