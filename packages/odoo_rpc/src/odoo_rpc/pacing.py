"""One Odoo database is one lane: one call in flight, its start a fixed time after the start before it.

Odoo Online asks for one call a second and none in parallel, per database, whoever calls. So everybody who calls the
same (URL, database) shares one Lane. Who waits is served by priority, then in the order of arrival; the choice is
made when the lane is free, so a poll that comes due overtakes a backfill's page that is still waiting for its second.
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import final

import anyio

Clock = Callable[[], float]
_Place = tuple[int, int]  # (priority, arrival): lower goes first


@final
class Lane:
    """`min_interval_seconds`: between the starts of two calls; 0 switches pacing off, never the one-in-flight rule.

    `clock`: monotonic seconds; by default the event loop's own, so a virtual clock rules here too.
    """

    def __init__(self, min_interval_seconds: float, clock: Clock | None = None) -> None:
        self.min_interval_seconds = min_interval_seconds
        self.now: Clock = clock or anyio.current_time
        self._busy = False
        self._not_before = float("-inf")
        self._arrivals = count()
        self._waiting: list[_Place] = []
        self._wake: dict[_Place, anyio.Event] = {}

    @asynccontextmanager
    async def turn(self, priority: int = 0) -> AsyncIterator[None]:
        """`async with lane.turn(): …` holds the lane for one call. Lower `priority` first."""
        if self._busy or self._waiting or self.now() < self._not_before:
            await self._queue(priority)
        self._busy = True
        self.hold_until(self.now() + self.min_interval_seconds)
        try:
            yield
        finally:
            self._busy = False
            self._wake_first()

    def hold_until(self, moment: float) -> None:
        """Nobody starts before `moment` (on the lane's clock). An earlier moment than one already set is ignored."""
        self._not_before = max(self._not_before, moment)

    async def _queue(self, priority: int) -> None:
        """Wait until this is the first in line, the lane is free and the time has come."""
        place = (priority, next(self._arrivals))
        heapq.heappush(self._waiting, place)
        try:
            while True:
                wake = self._wake[place] = anyio.Event()
                pause = self._pause(place)
                if pause is None:
                    await wake.wait()
                elif pause > 0:
                    with anyio.move_on_after(pause):
                        await wake.wait()
                else:
                    return
        finally:
            # Also when cancelled: who leaves the queue must hand on the place at its head.
            del self._wake[place]
            self._waiting.remove(place)
            heapq.heapify(self._waiting)
            self._wake_first()

    def _pause(self, place: _Place) -> float | None:
        """Seconds until `place` may start, None while others must go first."""
        if self._busy or self._waiting[0] != place:
            return None
        return self._not_before - self.now()

    def _wake_first(self) -> None:
        if self._waiting:
            self._wake[self._waiting[0]].set()
