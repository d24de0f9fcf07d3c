"""How long to wait: doubling from a base to a bound, spread by a tenth, never before what the peer asked for."""

from __future__ import annotations

from random import Random

import msgspec

MAX_RETRY_AFTER_SECONDS = 3600
JITTER = 0.1


class Backoff(msgspec.Struct, frozen=True):
    """``base_seconds · 2^n``, at most ``max_seconds``; every wait is spread by ±10 %."""

    base_seconds: float = 30.0
    max_seconds: float = 600.0

    def wait_ms(self, n: int, random: Random, *, retry_after: int | None = None) -> int:
        """Milliseconds to wait before try ``n + 1``, where ``n`` counts from 0.

        ``retry_after``: whole seconds that the peer asked for (None: nothing); honoured up to one hour, and
        nothing comes earlier than it.
        """
        doubled = self.base_seconds * 2.0 ** min(n, 30)
        wait = min(doubled, self.max_seconds) * random.uniform(1 - JITTER, 1 + JITTER)
        if retry_after is not None:
            wait = max(wait, float(min(max(retry_after, 0), MAX_RETRY_AFTER_SECONDS)))
        return int(wait * 1000)


__all__ = ["JITTER", "MAX_RETRY_AFTER_SECONDS", "Backoff"]
