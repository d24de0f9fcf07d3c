"""When a connection is polled next. Seconds on the event loop's clock."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from poller_core.decide.backoff import JITTER

AUTHENTICATION = "AuthenticationFailed"
START_SPREAD_SECONDS = 1.0
POLLS_IN_AN_INTERVAL = 3
"""After so many within one interval another start is no reason for one more."""
NOTICE_SECONDS = 2.0
"""A poll that began so soon after a change may not have known of it."""
_GOLDEN = 0.618034
"""Its multiples spread evenly, however many there are."""


def next_poll(
    *,
    began: float,
    now: float,
    interval: float,
    kind: str,
    retry_after: float | None,
    auth_retry: float,
    random: Random,
) -> float:
    """After a poll that was due at ``began``: one interval later, or at once where that has passed.

    ``kind`` is the class of its error, empty for none. A refused key is tried gently, since Odoo locks out who
    insists; a server that asks for a wait gets it.
    """
    if kind == AUTHENTICATION:
        return now + max(interval, auth_retry * random.uniform(1.0, 1.0 + JITTER))
    due = max(began + interval, now)
    if retry_after is not None:
        due = max(due, now + retry_after)
    return due


def second_poll(*, began: float, now: float, interval: float, number: int) -> float:
    """After the first poll since start-up: within one interval, spread by the connection's number.

    All first polls fall into one second; without this they would fall into one second of every interval for ever.
    """
    return max(began + interval * (number * _GOLDEN % 1.0), now)


def first_delay(
    number: int,
    recent: Sequence[int],
    *,
    failing: str,
    interval: float,
    auth_retry: float,
    changed_at: int,
    now_ms: int,
) -> float:
    """How long after start-up a connection is polled first: within a second, spread by its number.

    ``recent`` are its last polls (ms, in their order). A refused key that nobody changed since its last try, or right
    before it, waits out its time; so does an interval in which there were several polls already, as a process has them
    that dies and is started again and again. A poll in the future is one of a clock that has been put right since, and
    says nothing.
    """
    last = recent[-1] if recent else 0
    waited = (now_ms - last) / 1000
    if changed_at + NOTICE_SECONDS * 1000 <= last and waited >= 0:
        if failing == AUTHENTICATION and waited < auth_retry:
            return auth_retry - waited
        if waited < interval and sum(now_ms - at < interval * 1000 for at in recent) >= POLLS_IN_AN_INTERVAL:
            return interval - waited
    return (number * _GOLDEN % 1.0) * START_SPREAD_SECONDS


__all__ = ["AUTHENTICATION", "first_delay", "next_poll", "second_poll"]
