"""The poller: scheduler, reader and relay over one store, with an ear for other processes.

``run`` is the daemon. ``poll_once`` and ``deliver_once`` are the same parts for a single round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio
import msgspec

from poller_core.errors import DatabaseUnusable, PollerError
from poller_core.i18n import Phrase
from poller_core.loops.reader import Polled, Reader
from poller_core.loops.reconcile import Reconciler
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Entry, Roster
from poller_core.loops.scheduler import Scheduler
from poller_core.loops.services import Services
from poller_core.model import DeliverReport, PollReport
from poller_core.store.maintenance.pruning import Pruning, Retention
from poller_core.store.requests import Request

LISTEN_SECONDS = 0.25
BEAT_SECONDS = 5.0
FLUSH_SECONDS = 1.0
PRUNE_SECONDS = 3600.0
PRUNE_PAUSE_SECONDS = 0.1


class Poller:
    """All loops of one process."""

    def __init__(
        self,
        services: Services,
        *,
        pid: int = 0,
        version: str = "",
        intact: Callable[[], bool] = lambda: True,
    ) -> None:
        """``intact`` tells whether the database file and the lock are still those that were opened."""
        self.services = services
        self.roster = Roster(services)
        self.relay = Relay(services, self.roster)
        self.reader = Reader(services, self.roster, self.relay.offer)
        self.scheduler = Scheduler(services, self.roster, self.reader)
        self.reconciler = Reconciler(services, self.roster, self.reader)
        self._intact = intact
        self._pid = pid
        self._version = version
        self._started_at = services.timeline.now()
        self._stop = anyio.Event()
        self.heard_at = self.beaten_at = anyio.current_time()
        """When the database was last read by the listening loop and written by the housekeeping: signs of life."""

    def stop(self) -> None:
        """Begin to end: finish what is under way within a few seconds, leave the rest for the next start."""
        self._stop.set()

    async def run(self, *, started: Callable[[], None] | None = None) -> None:
        """Poll and deliver until stopped."""
        await self.roster.refresh()
        await self.scheduler.begin()
        await self.relay.rescan()
        await self._beat()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.scheduler.run)
            tasks.start_soon(self.relay.run)
            async with anyio.create_task_group() as helpers:
                helpers.start_soon(self._listen)
                helpers.start_soon(self._keep_house)
                helpers.start_soon(self._prune_hourly)
                helpers.start_soon(self.reconciler.run_daily)
                if started is not None:
                    started()
                await self._stop.wait()
                self.scheduler.stop()
                self.relay.stop()
                helpers.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await self._flush()

    # Listening to other processes

    async def _listen(self) -> None:
        seen = -1
        async with anyio.create_task_group() as tasks:
            while True:
                self.heard_at = anyio.current_time()
                try:
                    version = await self.services.blocking(self.services.store.requests.data_version)
                    if version != seen:
                        seen = version
                        await self._changed()
                        for request in await self.services.blocking(self.services.store.requests.take):
                            tasks.start_soon(self._serve, request)
                except PollerError as error:
                    self.services.log.error("can't read the database", reason=str(error))
                await anyio.sleep(LISTEN_SECONDS)

    async def _changed(self) -> None:
        """Another process committed: connections, secrets, retries may be others now."""
        # A command's clock may have been ahead of ours; what it logged lies in the past all the same.
        self.services.timeline.not_before(await self.services.blocking(self.services.store.database.last_at))
        changed = await self.roster.refresh()
        if changed:
            self.scheduler.due_now(changed)
        await self.relay.rescan()

    async def _serve(self, request: Request) -> None:
        """Do what another command asked for, and leave it the result."""
        try:
            result = await self._perform(request)
        except PollerError as error:
            result = msgspec.json.encode({"error": str(error), "exit_code": error.exit_code})
        await self.services.blocking(self.services.store.requests.finish, request.id, result.decode())

    async def _perform(self, request: Request) -> bytes:
        arguments = msgspec.json.decode(request.arguments)
        match request.kind:
            case "poll":
                numbers = set(arguments["connections"])
                entries = [entry for entry in self.roster if entry.number in numbers]
                return msgspec.json.encode(await poll_all(self.reader, self.relay, entries))
            case "deliver":
                return msgspec.json.encode(await self._deliver())
            case _:
                return msgspec.json.encode(
                    {"error": f"this poller knows no request {request.kind!r}; restart it"}
                )

    async def _deliver(self) -> DeliverReport:
        before = (self.relay.attempted, self.relay.delivered, self.relay.failed)
        await self.relay.rescan()
        await self.relay.drained()
        return await self._report(before)

    async def _report(self, before: tuple[int, int, int]) -> DeliverReport:
        due = await self.services.blocking(self.services.store.outbox.next_due)
        return DeliverReport(
            attempted=self.relay.attempted - before[0],
            delivered=self.relay.delivered - before[1],
            failed=self.relay.failed - before[2],
            waiting=await self.services.blocking(self.services.store.outbox.pending_total),
            held=sum(1 for entry in self.roster if entry.number in due and entry.health.suspended),
        )

    # Keeping house

    async def _keep_house(self) -> None:
        beaten = anyio.current_time()
        while True:
            await anyio.sleep(FLUSH_SECONDS)
            try:
                await self._flush()
                if anyio.current_time() - beaten >= BEAT_SECONDS:
                    beaten = anyio.current_time()
                    self._require_intact()
                    await self._beat()
            except DatabaseUnusable:
                raise
            except PollerError as error:
                self.services.log.error("the database can't be written", reason=str(error))

    async def _prune_hourly(self) -> None:
        """Erase what retention says, little by little, so that no poll and no delivery waits for it."""
        while True:
            await anyio.sleep(PRUNE_SECONDS)
            pruning = Pruning(
                self.services.store.database, Retention(), self.services.timeline.now(), give_up=False
            )
            try:
                going = True
                while going:
                    going = await self.services.blocking(pruning.step)
                    await anyio.sleep(PRUNE_PAUSE_SECONDS)
            except PollerError as error:
                self.services.log.error("old payloads can't be erased", reason=str(error))

    def _require_intact(self) -> None:
        if not self._intact():
            raise DatabaseUnusable(
                Phrase("the database file was replaced or removed while the poller ran; start it again")
            )

    async def _flush(self) -> None:
        await self.reader.flush()

    async def _beat(self) -> None:
        await self.services.blocking(
            self.services.store.requests.beat, self._pid, self._started_at, self._version
        )
        self.beaten_at = anyio.current_time()
        await self.services.blocking(
            self.services.store.connections.forget_old_secrets, self.services.timeline.now()
        )


async def poll_all(reader: Reader, relay: Relay, entries: Sequence[Entry]) -> list[PollReport]:
    """A full cycle of each connection, all at once, and the first attempt of what they captured."""
    results: dict[int, Polled] = {}

    async def one(entry: Entry) -> None:
        entry.polling = True
        try:
            results[entry.number] = await reader.poll(entry, count_left_out=True)
        finally:
            entry.polling = False

    async with anyio.create_task_group() as tasks:
        for entry in entries:
            tasks.start_soon(one, entry)
    await reader.flush()
    await relay.drained()
    return [_with_outcomes(results[entry.number], relay) for entry in entries]


def _with_outcomes(polled: Polled, relay: Relay) -> PollReport:
    sent, failed = relay.outcomes.get(polled.poll, (0, 0))
    return msgspec.structs.replace(
        polled.report, orders_sent=sent, orders_failed=polled.report.orders_failed + failed
    )


async def poll_once(services: Services, numbers: set[int]) -> list[PollReport]:
    """The ``poll`` command without a daemon."""
    roster = Roster(services)
    await roster.refresh()
    relay = Relay(services, roster, only_given=True)
    reader = Reader(services, roster, relay.offer)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(relay.run)
        entries = [entry for entry in roster if entry.number in numbers]
        reports = await poll_all(reader, relay, entries)
        relay.stop()
    return reports


async def deliver_once(services: Services) -> DeliverReport:
    """The ``deliver`` command without a daemon: one attempt for everything due."""
    roster = Roster(services)
    await roster.refresh()
    relay = Relay(services, roster, once=True)
    await relay.rescan()
    await relay.run(until_idle=True)
    return DeliverReport(
        attempted=relay.attempted,
        delivered=relay.delivered,
        failed=relay.failed,
        waiting=await services.blocking(services.store.outbox.pending_total),
    )


__all__ = ["Poller", "deliver_once", "poll_all", "poll_once"]
