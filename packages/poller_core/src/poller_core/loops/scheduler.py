"""The scheduler: every connection is polled when it is due, and none waits for another.

A poll is a task of its own, at most one a connection; who hangs costs himself. Times are the event loop's, so a
wall clock that jumps moves no poll.
"""

from __future__ import annotations

import heapq

import anyio
from anyio.abc import TaskGroup

from poller_core.decide import polling
from poller_core.errors import StorageFull
from poller_core.loops.reader import Polled, PollError, Reader
from poller_core.loops.roster import Entry, Roster
from poller_core.loops.services import Services

STOP_GRACE_SECONDS = 3.0
GRAIN_SECONDS = 0.02
"""Polls that come due so soon after others wait for each other: waking up costs more than what a poll does."""


class Scheduler:
    """Keeps the due times and starts the polls."""

    def __init__(self, services: Services, roster: Roster, reader: Reader) -> None:
        self._services = services
        self._roster = roster
        self._reader = reader
        self._due: list[tuple[float, int]] = []
        self._next: dict[int, float] = {}
        self._wake = anyio.Event()
        self._sleeps_until = 0.0
        self._stopping = False
        self._under_way = 0
        self._new: set[int] = set()
        """Connections whose first poll since start-up has not ended."""
        self.lateness: dict[int, float] = {}
        """How late each connection's last poll began (seconds)."""

    def stop(self) -> None:
        """Start no poll any more."""
        self._stopping = True
        self._wake.set()

    def behind(self) -> float:
        """How long the earliest planned poll has been waiting to begin (seconds): a sign of life."""
        return max(anyio.current_time() - self._due[0][0], 0.0) if self._due else 0.0

    def due_now(self, numbers: set[int]) -> None:
        """Poll these at once: they are new, were changed, or somebody asked."""
        now = anyio.current_time()
        for number in numbers:
            self._plan(number, now)
        self._wake.set()

    async def begin(self) -> None:
        """Plan the first polls: all within a second, save for those that must wait out their time."""
        now = anyio.current_time()
        wall = self._services.timeline.now()
        recent = await self._services.blocking(
            self._services.store.connections.recent_polls, polling.POLLS_IN_AN_INTERVAL
        )
        for entry in self._roster:
            polls = recent.get(entry.number, [])
            if entry.failing == polling.AUTHENTICATION and not polls:
                # Tried so seldom that its last try lies further back.
                polls = [
                    await self._services.blocking(self._services.store.connections.last_poll_at, entry.number)
                ]
            delay = polling.first_delay(
                entry.number,
                polls,
                failing=entry.failing,
                interval=float(entry.connection.polling_interval_seconds),
                auth_retry=self._services.limits.auth_retry_seconds,
                changed_at=entry.connection.updated_at,
                now_ms=wall,
            )
            self._new.add(entry.number)
            self._plan(entry.number, now + delay)

    def _plan(self, number: int, moment: float) -> None:
        self._next[number] = moment
        heapq.heappush(self._due, (moment, number))
        if moment < self._sleeps_until:
            self._wake.set()

    async def run(self) -> None:
        """Poll until stopped; polls under way then get a few seconds to end."""
        async with anyio.create_task_group() as tasks:
            while not self._stopping:
                self._wake = anyio.Event()
                self._start_due(tasks)
                now = anyio.current_time()
                self._sleeps_until = max(self._due[0][0], now + GRAIN_SECONDS) if self._due else now + 3600.0
                with anyio.move_on_after(max(self._sleeps_until - now, 0.0)):
                    await self._wake.wait()
            with anyio.move_on_after(STOP_GRACE_SECONDS):
                while self._under_way:
                    self._wake = anyio.Event()
                    await self._wake.wait()
            tasks.cancel_scope.cancel()

    def _start_due(self, tasks: TaskGroup) -> None:
        now = anyio.current_time()
        while self._due and self._due[0][0] <= now:
            moment, number = heapq.heappop(self._due)
            if self._next.get(number) != moment:
                continue  # planned anew since
            del self._next[number]
            entry = self._roster.get(number)
            if entry is None or not entry.connection.active:
                continue
            if entry.polling:
                self._plan(number, now + min(1.0, entry.connection.polling_interval_seconds))
                continue
            self.lateness[number] = now - moment
            entry.polling = True
            self._under_way += 1
            tasks.start_soon(self._poll, entry, moment)

    async def _poll(self, entry: Entry, moment: float) -> None:
        number = entry.number
        polled: Polled | None = None
        try:
            polled = await self._reader.poll(entry)
        except StorageFull as error:
            self._services.log.error(
                "polls wait for the disk", connection_id=entry.connection.id, reason=str(error)
            )
        except Exception as error:  # noqa: BLE001  # a bug in one connection's data must not stop the others
            self._services.log.error(
                "poll broke", connection_id=entry.connection.id, kind=type(error).__name__
            )
        finally:
            self._under_way -= 1
            current = self._roster.get(number)
            if current is not None:
                current.polling = False
                if number not in self._next:
                    self._plan(number, self._after(current, moment, polled.error if polled else None))
            entry.polling = False
            if self._stopping:
                self._wake.set()

    def _after(self, entry: Entry, moment: float, failure: PollError | None) -> float:
        first = entry.number in self._new
        self._new.discard(entry.number)
        if first and failure is None:
            return polling.second_poll(
                began=moment,
                now=anyio.current_time(),
                interval=float(entry.connection.polling_interval_seconds),
                number=entry.number,
            )
        return polling.next_poll(
            began=moment,
            now=anyio.current_time(),
            interval=float(entry.connection.polling_interval_seconds),
            kind=failure.kind if failure else "",
            retry_after=failure.retry_after if failure else None,
            auth_retry=self._services.limits.auth_retry_seconds,
            random=self._services.random,
        )


__all__ = ["Scheduler"]
