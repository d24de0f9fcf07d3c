"""The poller's clock: wall-clock milliseconds that never run backwards while the process lives.

A clock that is put back must not make everything due at once or never again; one that jumps ahead (a resumed machine)
is simply believed. Waits inside the loops use the event loop's own monotonic clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable


def monotonic_ms() -> int:
    """Milliseconds on a clock that only counts."""
    return time.monotonic_ns() // 1_000_000


def wall_ms() -> int:
    """Milliseconds since 1970 UTC as the machine tells."""
    return time.time_ns() // 1_000_000


class Timeline:
    """``now()`` follows the wall clock forwards; when that is put back, it goes on at the monotonic clock's pace."""

    def __init__(
        self,
        wall: Callable[[], int] = wall_ms,
        monotonic: Callable[[], int] = monotonic_ms,
        *,
        floor: int = 0,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._last = max(wall(), floor)
        self._last_tick = monotonic()

    def now(self) -> int:
        """Milliseconds since 1970 UTC, at least as many as at the last call."""
        tick = self._monotonic()
        self._last = max(self._wall(), self._last + max(tick - self._last_tick, 0))
        self._last_tick = tick
        return self._last

    def not_before(self, moment: int) -> None:
        """Go on from ``moment`` (ms) where the wall clock has been put back since, however far.

        The log's own times never run backwards; a clock behind them would see everything due, probed or open only
        in the future, and deliver nothing until it has caught up.
        """
        # now() first: what has passed since the last look must not be added to ``moment`` again.
        self._last = max(self.now(), moment)

    def tick(self) -> int:
        """Milliseconds on a clock that only counts: the difference of two is how long something took."""
        return self._monotonic()

    def wall(self) -> int:
        """What the wall clock says, whatever it said before: for timestamps that others check."""
        return self._wall()


__all__ = ["Timeline", "monotonic_ms", "wall_ms"]
