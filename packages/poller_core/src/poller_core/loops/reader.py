"""One poll of one connection: walk the window, map, commit page by page, hand on what may be delivered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec

from odoo_rpc import AccessForbidden, OdooError
from order_mapper import PLAN, WHOLE_ORDER, Mapped, NestedOrder, encode_record, map_order
from order_mapper import Source as Origin
from poller_core.decide import reading as rd
from poller_core.decide.reading import Domain, Walk, Window
from poller_core.errors import OdooRestored
from poller_core.loops.roster import Entry, Roster, encode_session
from poller_core.loops.services import Services
from poller_core.loops.source import Batch, Source, Unreadable, created
from poller_core.loops.together import meanwhile
from poller_core.model import PollReport
from poller_core.store import Store
from poller_core.store.connections import Reading
from poller_core.store.intake import Built, Captured, Page, PollRow, Refused
from poller_core.store.outbox import Due
from poller_core.webhook import webhook_id

Deliver = Callable[[list[Due]], Awaitable[None]]
MAX_REFERENCE = 200


class PollError(msgspec.Struct, frozen=True):
    """Why a poll failed. ``kind`` is the error's class, ``message`` one safe line, ``retry_after`` in seconds."""

    kind: str
    message: str
    retry_after: float | None = None


class Polled(msgspec.Struct, kw_only=True):
    """What a poll did. ``poll`` is the id of its ``sync_log`` row, 0 where it captured nothing.

    Not the orders themselves: a first poll of a large shop would keep all their bodies until its end.
    """

    report: PollReport
    poll: int
    error: PollError | None = None


class _Progress(msgspec.Struct):
    """Counts of one poll so far."""

    found: int = 0
    rejected: int = 0
    captured: int = 0
    poll: int = 0
    started: int = 0
    mostly_known: bool = False


class Reader:
    """Polls connections; one object serves all, a poll keeps its state in its own frame."""

    def __init__(self, services: Services, roster: Roster, deliver: Deliver) -> None:
        self._services = services
        self._roster = roster
        self._deliver = deliver
        self._idle: list[PollRow] = []

    async def flush(self) -> None:
        """Log the idle polls since the last time, with one commit."""
        rows, self._idle = self._idle, []
        if rows:
            await self._services.blocking(self._services.store.connections.log_polls, rows)

    async def poll(self, entry: Entry, *, count_left_out: bool = False) -> Polled:
        """One full cycle: all pages of the window. Never raises for what Odoo or the network does."""
        progress = _Progress(started=self._services.timeline.now())
        left_out = 0
        error = None
        try:
            if entry.broken:
                error = PollError("KeyUnusable", entry.broken)
            else:
                reading = entry.reading or await self._state(entry, None)
                _require_going(reading)
                client = await self._roster.client(entry, reading)
                await self._walk(entry, reading, Source(client, entry.caches), progress)
                if count_left_out and not reading.captured and not progress.captured:
                    left_out = await self.left_out(entry)
        except OdooError as problem:
            error = PollError(type(problem).__name__, _line(problem), getattr(problem, "retry_after", None))
        except OdooRestored as problem:
            error = PollError(type(problem).__name__, str(problem))
        if error is not None:
            await self._failed(entry, error, progress)
        report = PollReport(
            connection_id=entry.connection.id,
            name=entry.connection.name,
            orders_found=progress.found,
            orders_failed=progress.rejected,
            rejected=progress.rejected,
            error=error.message if error else None,
            duration_ms=self._services.timeline.now() - progress.started,
            left_out=left_out,
        )
        return Polled(report=report, poll=progress.poll, error=error)

    async def left_out(self, entry: Entry) -> int:
        """How many confirmed orders lie before the connection's start."""
        reading = await self._services.blocking(self._services.store.connections.reading, entry.number)
        client = await self._roster.client(entry, reading)
        if not entry.connection.sync_from:
            return 0
        wanted = rd.confirmed(window_of(entry, self._services))
        every = rd.confirmed(Window(sync_from="", overlap_seconds=0))
        return max(
            await client.search_count("sale.order", every) - await client.search_count("sale.order", wanted),
            0,
        )

    # The walk

    async def _walk(self, entry: Entry, reading: Reading, source: Source, progress: _Progress) -> None:
        window = window_of(entry, self._services)
        remembered, entry.reading = entry.reading is not None, None
        batch, walk = await self._page(entry, source, reading, window, progress)
        if _nothing_new(batch, walk, reading, entry, source):
            entry.reading = reading
            self._log_idle(entry, progress)
            return
        if remembered:
            # Another process may have written since: what the page is held against must be what is stored now.
            stored = await self._state(entry, None)
            if (stored.walk, stored.known, stored.rejected) != (
                reading.walk,
                reading.known,
                reading.rejected,
            ):
                batch, walk = await self._page(entry, source, stored, window, progress)
            reading = stored
        while walk.under_way:
            # The next page is asked for before this one is mapped and committed; its place in the walk is known.
            source = Source(source.client.at_priority(1), entry.caches)
            coming = await self._state(entry, walk)
            next_batch, next_walk = await meanwhile(
                partial(self._commit, entry, source, batch, walk, window, reading, progress),
                partial(self._page, entry, source, coming, window, progress),
            )
            reading, batch, walk = coming, next_batch, next_walk
        await self._commit(entry, source, batch, walk, window, reading, progress)

    async def _state(self, entry: Entry, walk: Walk | None) -> Reading:
        """Where reading stands, and what is known of the window: one look into the store."""
        return await self._services.blocking(
            _state, self._services.store, entry.number, window_of(entry, self._services), walk
        )

    def _log_idle(self, entry: Entry, progress: _Progress) -> None:
        duration = self._services.timeline.now() - progress.started
        self._idle.append(
            PollRow(connection=entry.number, at=progress.started, duration_ms=duration, id=progress.poll)
        )

    async def _page(
        self, entry: Entry, source: Source, reading: Reading, window: Window, progress: _Progress
    ) -> tuple[Batch, Walk]:
        """The next page and where the walk stands after it."""
        walk = reading.walk
        lower = rd.lower_bound(walk, window)
        domain = rd.in_window(walk, window)
        refused_here = any(date >= lower for date in reading.rejected.values())
        if len(reading.known) > rd.FEW_KNOWN or progress.mostly_known or refused_here:
            batch, last, newest = await self._by_heads(entry, source, domain, window, reading.rejected)
        else:
            try:
                batch = await source.window(rd.without(domain, reading.known, walk), rd.PAGE)
            except AccessForbidden:
                batch, last, newest = await self._by_heads(entry, source, domain, window, reading.rejected)
            else:
                last = batch.last
                newest = max((str(order.write_date or "") for order in batch.orders), default="")
        if not batch.full:
            return batch, rd.after_walk(walk, newest, batch.clock)
        if not walk.under_way:
            bound = rd.bound_of(await source.newest(domain), batch.clock, walk)
            walk = msgspec.structs.replace(walk, bound=bound)
        return batch, rd.after_page(walk, last)

    async def _by_heads(
        self, entry: Entry, source: Source, domain: Domain, window: Window, rejected: dict[int, str]
    ) -> tuple[Batch, int, str]:
        """Ids and dates first, then only what is new: cheap where most of the window is known."""
        heads = await source.heads(domain)
        clock = source.client.server_date
        captured = await self._services.blocking(
            self._services.store.intake.recognise, entry.number, created(heads)
        )
        fresh = [h for h in heads if h.id not in captured and rejected.get(h.id) != h.write_date]
        now, later = fresh[: rd.PAGE], fresh[rd.PAGE :]
        batch = await source.by_ids(now, rd.confirmed(window))
        passed = [h for h in heads if not later or h.id < later[0].id]
        full = bool(later) or len(heads) >= rd.ID_PAGE
        newest = max((str(h.write_date or "") for h in passed), default="")
        known = [h for h in passed if h.id in captured]
        whole = Batch(orders=batch.orders, known=known, unreadable=batch.unreadable, full=full, clock=clock)
        return whole, max((h.id for h in passed), default=0), newest

    async def _commit(
        self,
        entry: Entry,
        source: Source,
        batch: Batch,
        walk: Walk,
        window: Window,
        reading: Reading,
        progress: _Progress,
    ) -> None:
        """Map the page and commit it whole: events, outbox, cursor, ``sync_log``."""
        fresh = [o for o in batch.orders if reading.rejected.get(o.id) != o.write_date]
        page = Page(
            connection=entry.number,
            orders=_mapped(entry, source, fresh, batch.unreadable),
            seen=[
                *((head.id, str(head.write_date or "")) for head in batch.known),
                *((order.id, str(order.write_date or "")) for order in batch.orders),
            ],
            walk=walk,
            forget_below="" if walk.under_way else rd.lower_bound(walk, window),
            poll=PollRow(
                connection=entry.number,
                at=progress.started,
                duration_ms=self._services.timeline.now() - progress.started,
                id=progress.poll,
            ),
            session=encode_session(source.client.session),
            server_version=_version(source),
            finished=not walk.under_way,
        )
        captured = await self._capture(entry, page, progress)
        progress.mostly_known = len(page.seen) > (len(captured.due) + captured.rejected) * 2

    async def _capture(self, entry: Entry, page: Page, progress: _Progress) -> Captured:
        result: Captured = await self._services.blocking(self._services.store.intake.capture, page)
        entry.failing = ""
        entry.reading = None
        progress.poll = result.poll
        progress.found += len(result.due) + result.rejected
        progress.rejected += result.rejected
        progress.captured += len(result.due)
        if result.due:
            self._services.log.info("captured", connection_id=entry.connection.id, orders=len(result.due))
        if result.rejected:
            self._services.log.warning("rejected", connection_id=entry.connection.id, orders=result.rejected)
        await self._deliver(result.due)
        return result

    async def capture_extra(self, entry: Entry, source: Source, batch: Batch) -> int:
        """Capture orders that a reconcile found, beside the walk; how many were new."""
        progress = _Progress(started=self._services.timeline.now())
        rejected = await self._services.blocking(self._services.store.intake.rejected_dates, entry.number)
        mapped = _mapped(entry, source, batch.orders, batch.unreadable)
        orders = [o for o in mapped if isinstance(o, Built) or rejected.get(o.order_id) != o.write_date]
        if not orders:
            return 0
        page = Page(
            connection=entry.number,
            orders=orders,
            seen=[],
            walk=None,
            forget_below="",
            poll=PollRow(connection=entry.number, at=progress.started),
        )
        await self._capture(entry, page, progress)
        return progress.found

    async def _failed(self, entry: Entry, error: PollError, progress: _Progress) -> None:
        row = PollRow(
            connection=entry.number,
            at=progress.started,
            error=error.message,
            duration_ms=self._services.timeline.now() - progress.started,
            id=progress.poll,
        )
        changed = await self._services.blocking(
            self._services.store.connections.failed, entry.number, error.kind, error.message, row
        )
        entry.failing = error.kind
        tell = self._services.log.warning if changed else self._services.log.info
        tell("poll failed", connection_id=entry.connection.id, kind=error.kind, reason=error.message)


def _require_going(reading: Reading) -> None:
    """Raise OdooRestored where the daily reconcile found that this is not the Odoo that it was."""
    if reading.sweep.standstill:
        raise OdooRestored(reading.sweep.problem)


def _state(store: Store, number: int, window: Window, walk: Walk | None) -> Reading:
    reading = store.connections.reading(number)
    walk = walk or reading.walk
    return msgspec.structs.replace(
        reading,
        walk=walk,
        known=store.connections.seen(number, rd.lower_bound(walk, window), walk.after_id),
        rejected=store.intake.rejected_dates(number),
    )


def _nothing_new(batch: Batch, walk: Walk, reading: Reading, entry: Entry, source: Source) -> bool:
    """Whether an idle poll left everything as it was: then its row in ``sync_log`` can wait for others."""
    return (
        not batch.orders
        and not batch.known
        and not batch.unreadable
        and walk == reading.walk
        and not entry.failing
        and encode_session(source.client.session) == reading.session
    )


def window_of(entry: Entry, services: Services) -> Window:
    """The window of a connection."""
    own = entry.connection.overlap_seconds
    overlap = own if own >= 0 else services.limits.overlap_seconds
    return Window(sync_from=entry.connection.sync_from, overlap_seconds=overlap)


def _mapped(
    entry: Entry, source: Source, orders: Sequence[NestedOrder], unreadable: Sequence[Unreadable]
) -> list[Built | Refused]:
    html = PLAN.note_is_html(source.client.version[0])
    return [*(map_one(entry, order, html=html) for order in orders), *map(_unreadable, unreadable)]


def _version(source: Source) -> str:
    major, minor = source.client.version
    return f"{major}.{minor}"


def map_one(entry: Entry, order: NestedOrder, *, html: bool) -> Built | Refused:
    """An order as the store takes it: with its bytes to send, or with every reason why not."""
    c = entry.connection
    origin = Origin(connection_id=c.id, store_id=c.store_id, client_id=c.client_id, db=c.odoo_db)
    outcome = map_order(order, origin, note_is_html=html)
    number, date, state, create_date = (
        str(value or "")[:64] for value in (order.name, order.write_date, order.state, order.create_date)
    )
    if isinstance(outcome, Mapped):
        reference = outcome.payload.order.client_order_ref or ""
        return Built(
            order_id=order.id,
            number=number,
            write_date=date,
            state=state,
            create_date=create_date,
            webhook_id=webhook_id(c.odoo_url, c.odoo_db, order.id),
            body=outcome.body,
            reference=reference[:MAX_REFERENCE],
        )
    issues = tuple((issue.path, issue.code, issue.message) for issue in outcome.issues)
    return Refused(
        order_id=order.id,
        number=number,
        write_date=date,
        state=state,
        create_date=create_date,
        issues=issues,
        raw=encode_record(order),
    )


def _unreadable(item: Unreadable) -> Refused:
    head = item.head
    return Refused(
        order_id=head.id,
        number=str(head.name or "")[:64],
        write_date=str(head.write_date or ""),
        state=str(head.state or ""),
        create_date=str(head.create_date or ""),
        issues=(
            (
                WHOLE_ORDER,
                "not_read",
                "Odoo refuses a part of this order to the connection's user; give it the rights",
            ),
        ),
        raw=b"{}",
    )


def _line(problem: OdooError) -> str:
    summary = problem.summary.rstrip(". ")
    return (f"{summary}. {problem.advice}" if problem.advice else summary)[:300]


__all__ = ["PollError", "Polled", "Reader", "map_one", "window_of"]
