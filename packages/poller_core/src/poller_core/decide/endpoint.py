"""A webhook URL's health, and a connection's: when to suspend, whom to probe with, how fast to come back.

``Health`` is a value that is folded from events, so the table and the relay's memory are the same fold.
The endpoint's own health counts failures in a row; a connection's (wrong secret, wrong path, gone) is only
ever suspended or not.
"""

from __future__ import annotations

from random import Random

import msgspec

from poller_core.decide.answers import Verdict
from poller_core.decide.backoff import Backoff
from poller_core.events import DeliveryAttempted, EndpointResumed, EndpointSuspended

FAILURES_TO_SUSPEND = 5
FEW_FAILING_ORDERS = 4
RAMP_PAUSE_MS = 1000
RAMP_STEP_MS = 1000


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """State of one URL, or of one connection's deliveries. Times in ms, 0 for never.

    ``last_probe_at``: when the last probe began, or the suspension.
    """

    streak: int = 0
    streak_order: int = 0
    several: bool = False
    suspended_at: int = 0
    gone: bool = False
    probes: int = 0
    next_probe_at: int = 0
    last_probe_at: int = 0
    resumed_at: int = 0
    last_delivered_at: int = 0
    reason: str = ""
    status_code: int = 0

    @property
    def suspended(self) -> bool:
        """Only probes go out."""
        return self.suspended_at > 0


def after_attempt(health: Health, position: int, event: DeliveryAttempted, at: int) -> Health:
    """The URL's health once this attempt of the order at ``position`` has ended at ``at``."""
    delivered = at if event.outcome == Verdict.DELIVERED else health.last_delivered_at
    if event.outcome == Verdict.ENDPOINT:
        first = health.streak_order if health.streak else position
        health = msgspec.structs.replace(
            health,
            streak=health.streak + 1,
            streak_order=first,
            several=(health.several and health.streak > 0) or first != position,
        )
    elif health.streak or health.several or health.last_delivered_at != delivered:
        health = msgspec.structs.replace(health, streak=0, several=False, last_delivered_at=delivered)
    return after_probe(health, event, at)


def after_probe(health: Health, event: DeliveryAttempted, at: int) -> Health:
    """Count a probe, where the attempt was one and did not end the suspension."""
    if not (health.suspended and event.probe):
        return health
    return msgspec.structs.replace(
        health,
        probes=health.probes + 1,
        last_probe_at=at - event.duration_ms,
        next_probe_at=event.next_probe_at,
    )


def after_suspension(health: Health, event: EndpointSuspended, at: int) -> Health:
    """Suspended from ``at`` on."""
    return msgspec.structs.replace(
        health,
        suspended_at=at,
        gone=event.gone,
        probes=0,
        next_probe_at=event.next_probe_at,
        last_probe_at=at,
        resumed_at=0,
        reason=event.reason,
        status_code=event.status_code,
    )


def after_resumption(health: Health, _event: EndpointResumed, at: int) -> Health:
    """Open again from ``at`` on, slowly at first."""
    return Health(resumed_at=at, last_delivered_at=health.last_delivered_at)


def must_suspend(health: Health, waiting: int) -> bool:
    """Whether this URL has failed often enough: five in a row, from two orders unless only one waits."""
    if health.suspended or health.streak < FAILURES_TO_SUSPEND:
        return False
    return health.several or waiting <= 1


def first_probe_at(now: int, backoff: Backoff, random: Random, retry_after: int | None) -> int:
    """When a suspension that begins now is probed first (ms)."""
    return now + backoff.wait_ms(0, random, retry_after=retry_after)


def next_probe_at(health: Health, now: int, backoff: Backoff, random: Random, retry_after: int | None) -> int:
    """When to probe again after a probe that did not end the suspension (ms)."""
    return now + backoff.wait_ms(health.probes + 1, random, retry_after=retry_after)


def probe_at_once(health: Health, now: int, *, fresh: bool, failing: int, backoff: Backoff) -> bool:
    """Whether a new order may be the probe before the next one is due.

    ``fresh``: orders came after the last probe began, and all that were there before it have failed. Then those may
    be the trouble and the URL well. In a real outage that stays true for every new order: so once more than a few
    orders have failed, such probes keep the base wait between them.
    """
    if not fresh or health.gone:
        return False
    if failing <= FEW_FAILING_ORDERS:
        return True
    return now - health.last_probe_at >= backoff.base_seconds * 1000


def in_flight_limit(health: Health, now: int, most: int) -> int:
    """How many attempts may be under way at ``now``: after a suspension nothing for a second, then 1, 2, 4, 8 …"""
    if health.suspended:
        return 0
    if not health.resumed_at:
        return most
    since = now - health.resumed_at - RAMP_PAUSE_MS
    if since < 0:
        return 0
    return int(min(most, 2 ** min(since // RAMP_STEP_MS, 20)))


def ramp_change_at(health: Health, now: int, most: int) -> int:
    """When ``in_flight_limit`` changes next (ms), 0 where it doesn't."""
    if health.suspended or not health.resumed_at or in_flight_limit(health, now, most) >= most:
        return 0
    start = health.resumed_at + RAMP_PAUSE_MS
    if now < start:
        return start
    return start + ((now - start) // RAMP_STEP_MS + 1) * RAMP_STEP_MS


__all__ = [
    "FAILURES_TO_SUSPEND",
    "Health",
    "after_attempt",
    "after_probe",
    "after_resumption",
    "after_suspension",
    "first_probe_at",
    "in_flight_limit",
    "must_suspend",
    "next_probe_at",
    "probe_at_once",
    "ramp_change_at",
]
