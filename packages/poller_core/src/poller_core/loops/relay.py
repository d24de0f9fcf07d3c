"""The relay: sends what waits, in turn by connection, and settles many attempts with one commit.

Workers take orders from memory and wait for the disk only where a URL has as many answers unsettled as attempts may
be under way: so a death repeats twice that number at most. One pump settles what they brought back, loads what is due,
and probes what is suspended. While an answer that may suspend a URL or a connection is not settled, nothing new goes
out there. An order is in the hands of one worker at most, until its attempt is settled.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable

import anyio
from anyio.abc import TaskGroup

from poller_core.decide import endpoint as ep
from poller_core.decide.answers import Answer, NoReply, Verdict, judge
from poller_core.decide.delivery import Attempt
from poller_core.decide.endpoint import Health
from poller_core.errors import PollerError
from poller_core.events import EndpointResumed
from poller_core.loops import sender
from poller_core.loops.roster import Entry, Roster
from poller_core.loops.services import Services
from poller_core.store import Store
from poller_core.store.outbox import REQUEUE_BATCH, Due, Ended, Settled

QUEUE = 256
"""Orders of one connection in memory at most; more lie in the outbox until there is room."""
SETTLE_AT_ONCE = 200
OUTCOMES = 10_000
"""Polls whose first attempts are counted in memory, the newest ones."""
SETTLE_PAUSE_SECONDS = 0.002
STORAGE_PAUSE_SECONDS = 5.0
STOP_GRACE_SECONDS = 5.0


class Lane:
    """One URL at work: whose turn it is, and how many attempts are under way."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.turns: deque[int] = deque()
        self.waiting: set[int] = set()
        """The same connections as in ``turns``."""
        self.in_flight = 0
        self.workers = 0
        self.unsettled = 0
        """Answers that are not in the database yet."""
        self.settled = anyio.Event()
        self.troubled = 0
        """Unsettled answers that may suspend the URL."""
        self.probing = False

    @property
    def busy(self) -> bool:
        """Somebody waits for a turn here or is on the way."""
        return bool(self.turns or self.in_flight or self.workers or self.probing)

    def line_up(self, number: int) -> None:
        """A connection has something to send; it takes its turn once."""
        if number not in self.waiting:
            self.waiting.add(number)
            self.turns.append(number)

    def next_turn(self) -> int:
        """The connection whose turn it is; who has more to send lines up again."""
        number = self.turns.popleft()
        self.waiting.discard(number)
        return number


class Relay:
    """Delivers. ``only_given``: send what ``offer`` brings and nothing else from the outbox."""

    def __init__(
        self, services: Services, roster: Roster, *, only_given: bool = False, once: bool = False
    ) -> None:
        self._services = services
        self._roster = roster
        self._only_given = only_given
        self._once = once
        self._queues: dict[int, deque[Due]] = {}
        self._lanes: dict[int, Lane] = {}
        self._busy: dict[int, Lane] = {}
        """The lanes where anything happens: a wake-up must not cost a look at ten thousand that rest."""
        self._suspended: set[int] | None = None
        """Connections that may need a probe, for the same reason; None until looked for."""
        self._flying: defaultdict[int, set[int]] = defaultdict(set)
        """By connection: positions in a queue or under way."""
        self._tried: set[int] = set()
        self._held: dict[int, int] = {}
        """Connections with unsettled answers that may suspend them."""
        self._due: list[tuple[int, int]] = []
        self._hungry: set[int] = set()
        self._ended: list[Ended] = []
        self._wake = anyio.Event()
        self._turned = anyio.Event()
        self._stopping = False
        self._tasks: TaskGroup | None = None
        self.delivered = 0
        self.failed = 0
        self.attempted = 0
        self.turning_since: float | None = None
        """When the turn began that is under way or fails again and again (the event loop's clock): a sign of life."""
        self.outcomes: dict[int, tuple[int, int]] = {}
        """By poll: first attempts that delivered, and that didn't."""

    # What others call

    async def offer(self, orders: Iterable[Due]) -> None:
        """Take newly captured orders into memory, as far as there is room."""
        for due in orders:
            entry = self._roster.get(due.connection)
            # Else it stays in the outbox, where a probe can take it.
            if entry is not None and self._open(entry):
                self._enqueue(due)
        self._wake.set()

    async def rescan(self) -> None:
        """Look into the outbox again: another process may have changed what is due, or who may deliver."""
        if not self._only_given:
            for number, due in (await self._services.blocking(self._services.store.outbox.next_due)).items():
                heapq.heappush(self._due, (due, number))
        self._suspended = None
        self._drop_stale()
        self._wake.set()

    def stop(self) -> None:
        """Start nothing any more."""
        self._stopping = True
        self._wake.set()

    async def drained(self) -> None:
        """Return once nothing is under way and nothing could start now; ``run`` runs elsewhere."""
        self._wake.set()
        while True:
            await self._turned.wait()
            if self._idle():
                return

    async def run(self, *, until_idle: bool = False) -> None:
        """Deliver until stopped, or with ``until_idle`` until nothing can be sent now."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            while not self._stopping:
                self._wake = anyio.Event()
                if self.turning_since is None:
                    self.turning_since = anyio.current_time()
                try:
                    await self._settle()
                    await self._load()
                    await self._probe()
                except PollerError as error:
                    self._services.log.error("deliveries wait for the database", reason=str(error))
                    await self._pause(STORAGE_PAUSE_SECONDS)
                    continue
                self._start()
                self.turning_since = None
                self._turned.set()
                self._turned = anyio.Event()
                if until_idle and self._idle():
                    break
                await self._sleep(until_idle)
            await self._finish(tasks)

    # Taking

    def _enqueue(self, due: Due) -> None:
        queue = self._queues.setdefault(due.connection, deque())
        if due.position in self._flying[due.connection]:
            return
        if len(queue) >= QUEUE and not self._only_given:
            self._hungry.add(due.connection)
            return
        self._flying[due.connection].add(due.position)
        queue.append(due)
        entry = self._roster.get(due.connection)
        if entry is not None:
            self._line_up(entry)

    def _line_up(self, entry: Entry) -> None:
        lane = self._lane(entry.connection.endpoint)
        lane.line_up(entry.number)
        self._busy[lane.number] = lane

    def _lane(self, number: int) -> Lane:
        lane = self._lanes.get(number)
        if lane is None:
            lane = self._lanes[number] = Lane(number)
        return lane

    def _health(self, endpoint: int) -> Health:
        return self._roster.endpoints.get(endpoint, ("", Health()))[1]

    def _may_deliver(self, entry: Entry | None) -> bool:
        return (
            entry is not None and entry.connection.active and not entry.broken and not entry.health.suspended
        )

    def _open(self, entry: Entry) -> bool:
        return self._may_deliver(entry) and not self._health(entry.connection.endpoint).suspended

    def _ready(self, number: int) -> bool:
        return self._may_deliver(self._roster.get(number)) and not self._held.get(number)

    def _take(self, lane: Lane) -> tuple[Entry, Due] | None:
        """The next order of this URL, in turn by connection; None where nothing may start now."""
        if self._stopping or lane.troubled or lane.in_flight >= self._limit(lane):
            return None
        for _ in range(len(lane.turns)):
            number = lane.next_turn()
            entry, queue = self._roster.get(number), self._queues.get(number)
            if not queue or entry is None or entry.connection.endpoint != lane.number:
                continue
            if not self._ready(number):
                lane.line_up(number)
                continue
            due = queue.popleft()
            if queue:
                lane.line_up(number)
            else:
                del self._queues[number]
                if not self._only_given:
                    self._hungry.add(number)
            return entry, due
        return None

    def _limit(self, lane: Lane) -> int:
        """How many attempts may be under way there now."""
        health, most = self._health(lane.number), self._services.limits.endpoint_concurrency
        if not (health.suspended_at or health.resumed_at):
            return most
        return ep.in_flight_limit(health, self._services.timeline.now(), most)

    def _drop_stale(self) -> None:
        """Forget loaded orders that may not go out now: they are loaded again when they may, or probed with."""
        for number, queue in list(self._queues.items()):
            entry = self._roster.get(number)
            if entry is None or not self._open(entry):
                self._flying[number].difference_update(due.position for due in queue)
                del self._queues[number]
                self._hungry.discard(number)
            elif queue:
                self._line_up(entry)

    # Sending

    def _start(self) -> None:
        """Put as many workers to work as the URLs allow."""
        if self._tasks is None:
            return
        self._busy = {number: lane for number, lane in self._busy.items() if lane.busy}
        for lane in self._busy.values():
            if not lane.turns or lane.troubled:
                continue
            queued = sum(len(self._queues.get(number, ())) for number in lane.turns if self._ready(number))
            room = min(self._limit(lane), queued + lane.in_flight)
            while lane.workers + lane.probing < room:
                lane.workers += 1
                self._tasks.start_soon(self._work, lane)

    async def _work(self, lane: Lane) -> None:
        try:
            while (taken := await self._next(lane)) is not None:
                await self._attempt(lane, *taken, probe=False)
        finally:
            lane.workers -= 1
            self._wake.set()

    async def _next(self, lane: Lane) -> tuple[Entry, Due] | None:
        while self._full(lane) and not self._stopping:
            await lane.settled.wait()
        return self._take(lane)

    def _full(self, lane: Lane) -> bool:
        """A death now would repeat enough: the answers have to be settled before more goes out."""
        return lane.unsettled >= self._services.limits.endpoint_concurrency

    async def _attempt(self, lane: Lane, entry: Entry, due: Due, *, probe: bool) -> None:
        services = self._services
        lane.in_flight += 1
        try:
            started = services.timeline.tick()
            answer = await self._post(entry, due, lane)
            attempt = Attempt(
                answer=answer,
                duration_ms=services.timeline.tick() - started,
                at=services.timeline.now(),
                probe=probe,
            )
        finally:
            lane.in_flight -= 1
        self._note(lane, due, answer, 1)
        lane.unsettled += 1
        self._ended.append(Ended(due=due, endpoint=lane.number, attempt=attempt))
        self._wake.set()

    async def _post(self, entry: Entry, due: Due, lane: Lane) -> Answer:
        services = self._services
        try:
            return await sender.post(
                services.receivers,
                self._roster.endpoints[lane.number][0],
                due.body,
                webhook_id=due.webhook_id,
                timestamp=services.timeline.wall() // 1000,
                secrets=entry.webhook_secrets,
                connection_id=entry.connection.id,
                deadline_seconds=services.limits.deadline_seconds,
            )
        except Exception as error:  # noqa: BLE001  # a bug must cost one attempt, never the relay
            services.log.error("attempt broke", connection_id=entry.connection.id, kind=type(error).__name__)
            return NoReply("internal", type(error).__name__)

    def _note(self, lane: Lane, due: Due, answer: Answer, sign: int) -> None:
        """Hold back what an unsettled answer may stop."""
        match judge(answer):
            case Verdict.ENDPOINT:
                lane.troubled += sign
            case Verdict.CONNECTION | Verdict.GONE:
                self._held[due.connection] = self._held.get(due.connection, 0) + sign

    # Settling

    async def _settle(self) -> None:
        """Decide and commit what came back, many at a time."""
        if not self._ended:
            return
        lanes = self._busy.values()
        if (
            len(self._ended) < SETTLE_AT_ONCE
            and any(lane.in_flight for lane in lanes)
            and not any(map(self._full, lanes))
        ):
            await anyio.sleep(SETTLE_PAUSE_SECONDS)
        ended = self._ended
        services = self._services
        settled: Settled = await services.urgent(
            services.store.outbox.settle, ended[:], services.limits.backoff, services.random
        )
        del ended[: len(settled.rulings)]
        self._apply(settled)

    async def _pause(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            while not self._stopping:
                self._wake = anyio.Event()
                await self._wake.wait()

    def _apply(self, settled: Settled) -> None:
        """Take over what was decided."""
        for number, health in settled.endpoints.items():
            url, before = self._roster.endpoints.get(number, ("", health))
            self._roster.endpoints[number] = (url, health)
            if before.suspended != health.suspended:
                self._suspended = None
        for number, health in settled.connections.items():
            entry = self._roster.get(number)
            if entry is not None:
                if entry.health.suspended != health.suspended:
                    self._suspended = None
                entry.health = health
        for number in {item.endpoint for item in settled.ended}:
            lane = self._lane(number)
            lane.settled.set()
            lane.settled = anyio.Event()
        for item, ruling in zip(settled.ended, settled.rulings, strict=True):
            self._settled_one(item, ruling.order.outcome == Verdict.DELIVERED, ruling.order.attempt)
            if ruling.order.next_at:
                heapq.heappush(self._due, (ruling.order.next_at, item.due.connection))
            if isinstance(ruling.endpoint, EndpointResumed) or isinstance(ruling.connection, EndpointResumed):
                self._awaken(item.endpoint)
            if ruling.endpoint is not None or ruling.connection is not None:
                self._tell(item, ruling.endpoint or ruling.connection)
        if settled.requeued:
            self._requeued(settled)
        self._drop_stale()

    def _settled_one(self, item: Ended, delivered: bool, attempt: int) -> None:
        due = item.due
        self._flying[due.connection].discard(due.position)
        lane = self._lane(item.endpoint)
        lane.unsettled -= 1
        self._note(lane, due, item.attempt.answer, -1)
        self.attempted += 1
        self.delivered += delivered
        self.failed += not delivered
        if due.poll and attempt == 1:
            good, bad = self.outcomes.get(due.poll, (0, 0))
            self.outcomes[due.poll] = (good + delivered, bad + (not delivered))
            if len(self.outcomes) > OUTCOMES:
                del self.outcomes[next(iter(self.outcomes))]
        if self._once:
            self._tried.add(due.position)

    def _requeued(self, settled: Settled) -> None:
        now = self._services.timeline.now()
        for number in {item.endpoint for item in settled.ended}:
            for entry in self._roster:
                if entry.connection.endpoint == number:
                    heapq.heappush(self._due, (now, entry.number))
        if settled.requeued >= REQUEUE_BATCH and self._tasks is not None:
            self._tasks.start_soon(self._requeue_more, {item.endpoint for item in settled.ended})

    async def _requeue_more(self, endpoints: set[int]) -> None:
        for number in endpoints:
            while await self._services.blocking(self._services.store.outbox.requeue_after_outage, number):
                await self.rescan()

    def _awaken(self, endpoint: int) -> None:
        """A URL or connection takes orders again: whatever waits there is looked for."""
        for entry in self._roster:
            if entry.connection.endpoint == endpoint:
                self._hungry.add(entry.number)

    def _tell(self, item: Ended, change: object) -> None:
        entry = self._roster.get(item.due.connection)
        connection_id = entry.connection.id if entry else ""
        if isinstance(change, EndpointResumed):
            self._services.log.info("deliveries resumed", connection_id=connection_id)
        else:
            self._services.log.warning(
                "deliveries suspended", connection_id=connection_id, reason=getattr(change, "reason", "")
            )

    # Loading

    async def _load(self) -> None:
        """Fetch due orders of connections that may send and have room."""
        now = self._services.timeline.now()
        while self._due and self._due[0][0] <= now:
            self._hungry.add(heapq.heappop(self._due)[1])
        if self._only_given or not self._hungry:
            return
        wanted = [
            (number, QUEUE - len(self._queues.get(number, ())), frozenset(self._flying[number] | self._tried))
            for number in self._hungry
            if self._may_deliver(self._roster.get(number))
            and not self._health(self._roster.entries[number].connection.endpoint).suspended
            and len(self._queues.get(number, ())) <= QUEUE // 2
        ]
        if not wanted:
            return
        loaded = await self._services.blocking(_load, self._services.store, wanted, now)
        for (number, room, _), (orders, next_due) in zip(wanted, loaded, strict=True):
            if len(orders) < room:
                self._hungry.discard(number)
                if next_due and not self._once:
                    heapq.heappush(self._due, (next_due, number))
            for due in orders:
                self._enqueue(due)

    # Probing

    async def _probe(self) -> None:
        """Send one probe where a suspended URL or connection is due for it."""
        if self._only_given or self._stopping:
            return
        now = self._services.timeline.now()
        suspended: dict[int, list[Entry]] = {}
        for entry in self._suspended_entries():
            if not entry.connection.active or entry.broken or entry.health.gone:
                continue
            if self._health(entry.connection.endpoint).suspended:
                suspended.setdefault(entry.connection.endpoint, []).append(entry)
            elif self._own_probe_due(entry, now) and not self._resting(entry, now):
                await self._probe_with(self._lane(entry.connection.endpoint), [entry])
        for number, entries in suspended.items():
            await self._probe_endpoint(self._lane(number), entries, now)

    def _own_probe_due(self, entry: Entry, now: int) -> bool:
        return entry.health.suspended and entry.health.next_probe_at <= now

    def _resting(self, entry: Entry, now: int) -> bool:
        """The URL was suspended until a moment ago: for a second nothing goes there, a connection's own probe neither."""
        health = self._health(entry.connection.endpoint)
        most = self._services.limits.endpoint_concurrency
        return not health.suspended and ep.in_flight_limit(health, now, most) == 0

    def _suspended_entries(self) -> list[Entry]:
        """Those whose own deliveries or whose URL are suspended, by number."""
        if self._suspended is None:
            self._suspended = {
                entry.number
                for entry in self._roster
                if entry.health.suspended or self._health(entry.connection.endpoint).suspended
            }
        entries = (self._roster.get(number) for number in sorted(self._suspended))
        return [entry for entry in entries if entry is not None]

    async def _probe_endpoint(self, lane: Lane, entries: list[Entry], now: int) -> None:
        health = self._health(lane.number)
        if lane.probing or lane.in_flight:
            return
        open_ones = [entry for entry in entries if not entry.health.suspended] or entries
        if health.next_probe_at <= now:
            await self._probe_with(lane, open_ones)
            return
        numbers = [entry.number for entry in open_ones]
        fresh, failing = await self._services.blocking(
            self._services.store.outbox.new_since, numbers, health.last_probe_at
        )
        if ep.probe_at_once(health, now, fresh=fresh, failing=failing, backoff=self._services.limits.backoff):
            await self._probe_with(lane, open_ones, new_only=True)

    async def _probe_with(self, lane: Lane, entries: list[Entry], *, new_only: bool = False) -> None:
        if lane.probing or any(self._held.get(entry.number) for entry in entries) or lane.troubled:
            return
        numbers = [entry.number for entry in entries]
        left_out = frozenset(self._tried.union(*(self._flying[number] for number in numbers)))
        due = await self._services.blocking(self._services.store.outbox.probe, numbers, left_out)
        entry = self._roster.get(due.connection) if due is not None else None
        if due is None or entry is None or self._tasks is None or (new_only and due.tries):
            return
        lane.probing = True
        self._busy[lane.number] = lane
        self._flying[due.connection].add(due.position)
        self._tasks.start_soon(self._send_probe, lane, entry, due)

    async def _send_probe(self, lane: Lane, entry: Entry, due: Due) -> None:
        try:
            await self._attempt(lane, entry, due, probe=True)
        finally:
            lane.probing = False
            self._wake.set()

    # Waiting

    def _idle(self) -> bool:
        """Nothing is under way and nothing could start before its time."""
        if self._ended or any(lane.in_flight or lane.workers or lane.probing for lane in self._busy.values()):
            return False
        now = self._services.timeline.now()
        most = self._services.limits.endpoint_concurrency
        for lane in self._busy.values():
            health = self._health(lane.number)
            if lane.turns and not health.suspended and ep.in_flight_limit(health, now, most) == 0:
                return False
            ready = any(
                self._queues.get(number) and self._may_deliver(self._roster.get(number))
                for number in lane.turns
            )
            if ready and not health.suspended:
                return False
        return True

    async def _sleep(self, until_idle: bool) -> None:
        now = self._services.timeline.now()
        moments = [self._due[0][0]] if self._due else []
        most = self._services.limits.endpoint_concurrency
        for lane in self._busy.values():
            change = ep.ramp_change_at(self._health(lane.number), now, most)
            if change and lane.turns:
                moments.append(change)
        for entry in self._suspended_entries():
            if not entry.connection.active or entry.health.gone:
                continue
            healths = (self._health(entry.connection.endpoint), entry.health)
            moments += [mine.next_probe_at for mine in healths if mine.suspended and mine.next_probe_at > now]
            if self._own_probe_due(entry, now) and self._resting(entry, now):
                moments.append(ep.ramp_change_at(healths[0], now, most))
        pause = (min(moments) - now) / 1000 if moments else 3600.0
        with anyio.move_on_after(min(max(pause, 0.0), 1.0 if until_idle else 3600.0)):
            await self._wake.wait()

    async def _finish(self, tasks: TaskGroup) -> None:
        """Let what is under way end for a few seconds, settle it, and leave the rest for the next start."""
        self._stopping = True
        with anyio.move_on_after(STOP_GRACE_SECONDS):
            while any(lane.in_flight for lane in self._busy.values()):
                self._wake = anyio.Event()
                await self._settle_last()
                if any(lane.in_flight for lane in self._busy.values()) and not self._ended:
                    await self._wake.wait()
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await self._settle_last()

    async def _settle_last(self) -> None:
        try:
            await self._settle()
        except PollerError as error:
            # Without a committed answer these orders are due again: repeated at the next start, not lost.
            self._services.log.error("the last results can't be stored", reason=str(error))
            self._ended.clear()


def _load(
    store: Store, wanted: list[tuple[int, int, frozenset[int]]], now: int
) -> list[tuple[list[Due], int]]:
    return [store.outbox.load(number, now, room, left_out) for number, room, left_out in wanted]


__all__ = ["Lane", "Relay"]
