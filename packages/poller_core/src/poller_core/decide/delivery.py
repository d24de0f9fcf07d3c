"""What follows from one attempt: the order's new state, and what it says of the URL and the connection."""

from __future__ import annotations

from random import Random

import msgspec

from poller_core.decide import endpoint as ep
from poller_core.decide.answers import Answer, Replied, Verdict, error_text, judge
from poller_core.decide.backoff import Backoff
from poller_core.decide.endpoint import Health
from poller_core.events import DeliveryAttempted, EndpointResumed, EndpointSuspended


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An outbox row as the decision needs it. ``tries`` counts attempts, ``failures`` those that failed and counted."""

    position: int
    status: str
    tries: int
    failures: int
    max_attempts: int
    first_tried_at: int
    due_at: int


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that ended at ``at``: by whom, what came back, and whether it went out as a probe."""

    answer: Answer
    duration_ms: int
    at: int
    probe: bool = False


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that follows: one fact for the order, and at most one each for the URL and the connection."""

    order: DeliveryAttempted
    endpoint: EndpointSuspended | EndpointResumed | None = None
    connection: EndpointSuspended | EndpointResumed | None = None
    recovered: bool = False
    """The URL takes orders again after at least one failure: what failed by its fault may go again."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt is judged against. ``waiting``: orders that wait on this URL, this one among them."""

    endpoint_number: int
    endpoint: Health
    connection: Health
    waiting: int
    backoff: Backoff


def rule(row: Waiting, attempt: Attempt, scene: Scene, random: Random) -> Ruling:
    """The ruling on one ended attempt (the table "How a delivery is judged" of the design)."""
    verdict = judge(attempt.answer)
    retry_after = attempt.answer.retry_after if isinstance(attempt.answer, Replied) else None
    status = "SUCCESS" if verdict is Verdict.DELIVERED else row.status
    base = _fact(row, attempt, scene, verdict, status)
    match verdict:
        case Verdict.DELIVERED:
            recovered = scene.endpoint.streak > 0 or scene.endpoint.suspended
            return Ruling(
                order=base, endpoint=_resumed(scene), connection=_released(scene), recovered=recovered
            )
        case Verdict.REFUSED:
            order = _failed_try(base, row, attempt, scene, random, retry_after)
            resumed = _resumed(scene)
            return Ruling(
                order=order, endpoint=resumed, connection=_released(scene), recovered=resumed is not None
            )
        case Verdict.ENDPOINT:
            return _endpoint_trouble(base, row, attempt, scene, random, retry_after)
        case Verdict.CONNECTION | Verdict.GONE:
            return _connection_trouble(base, row, attempt, scene, random, verdict)


def _fact(row: Waiting, attempt: Attempt, scene: Scene, verdict: Verdict, status: str) -> DeliveryAttempted:
    code = attempt.answer.status_code if isinstance(attempt.answer, Replied) else 0
    return DeliveryAttempted(
        outcome=verdict.value,
        status=status,
        endpoint=scene.endpoint_number,
        attempt=row.tries + 1,
        retries=max(row.failures - 1, 0),
        status_code=code,
        error=error_text(attempt.answer),
        duration_ms=attempt.duration_ms,
        probe=attempt.probe,
    )


def _resumed(scene: Scene) -> EndpointResumed | None:
    return EndpointResumed(endpoint=scene.endpoint_number) if scene.endpoint.suspended else None


def _released(scene: Scene) -> EndpointResumed | None:
    return EndpointResumed(endpoint=scene.endpoint_number) if scene.connection.suspended else None


def _failed_try(
    fact: DeliveryAttempted,
    row: Waiting,
    attempt: Attempt,
    scene: Scene,
    random: Random,
    retry_after: int | None,
) -> DeliveryAttempted:
    """A try that costs the order one: the next is due by the backoff, or there is none left."""
    if row.status not in ("PENDING", "FAILED"):
        return msgspec.structs.replace(fact, counted=False)
    used = (
        row.failures
    )  # the first attempt is no retry: after it, as many retries as failures before this one
    cause = "order"
    if fact.outcome == Verdict.ENDPOINT and scene.endpoint.last_delivered_at < (
        row.first_tried_at or attempt.at
    ):
        cause = "endpoint"
    if used >= row.max_attempts or row.status == "FAILED":
        return msgspec.structs.replace(fact, retries=used, status="FAILED", cause=cause)
    due = attempt.at + scene.backoff.wait_ms(used, random, retry_after=retry_after)
    return msgspec.structs.replace(fact, retries=used, next_at=due, cause=cause)


def _untouched(fact: DeliveryAttempted, row: Waiting) -> DeliveryAttempted:
    """The order waits on as it did: this attempt was not its fault and costs it nothing."""
    return msgspec.structs.replace(fact, counted=False, next_at=row.due_at if row.status == "PENDING" else 0)


def _endpoint_trouble(
    fact: DeliveryAttempted,
    row: Waiting,
    attempt: Attempt,
    scene: Scene,
    random: Random,
    retry_after: int | None,
) -> Ruling:
    health = scene.endpoint
    if health.suspended:
        order = _untouched(fact, row)
        if attempt.probe:
            again = ep.next_probe_at(health, attempt.at, scene.backoff, random, retry_after)
            order = msgspec.structs.replace(order, next_probe_at=again)
        return Ruling(order=order)
    if attempt.probe and scene.connection.suspended:
        again = ep.next_probe_at(scene.connection, attempt.at, scene.backoff, random, retry_after)
        return Ruling(order=msgspec.structs.replace(_untouched(fact, row), next_probe_at=again))
    order = _failed_try(fact, row, attempt, scene, random, retry_after)
    left = scene.waiting - (1 if order.status == "FAILED" and row.status == "PENDING" else 0)
    if not ep.must_suspend(ep.after_attempt(health, row.position, order, attempt.at), left):
        return Ruling(order=order)
    suspended = EndpointSuspended(
        reason=fact.error,
        status_code=fact.status_code,
        next_probe_at=ep.first_probe_at(attempt.at, scene.backoff, random, retry_after),
        endpoint=scene.endpoint_number,
    )
    return Ruling(order=order, endpoint=suspended)


def _connection_trouble(
    fact: DeliveryAttempted,
    row: Waiting,
    attempt: Attempt,
    scene: Scene,
    random: Random,
    verdict: Verdict,
) -> Ruling:
    """Wrong secret, wrong path, gone: no order pays for it; the URL itself did answer."""
    order = _untouched(fact, row)
    gone = verdict is Verdict.GONE
    if scene.endpoint.suspended and attempt.probe:
        # Somebody answers at that URL, but it is no proof that orders are taken: keep probing with others.
        again = ep.next_probe_at(scene.endpoint, attempt.at, scene.backoff, random, None)
        order = msgspec.structs.replace(order, next_probe_at=again)
    elif scene.connection.suspended and attempt.probe:
        again = ep.next_probe_at(scene.connection, attempt.at, scene.backoff, random, None)
        order = msgspec.structs.replace(order, next_probe_at=0 if gone else again)
    if scene.connection.suspended and scene.connection.gone >= gone:
        return Ruling(order=order)
    first = 0 if gone else ep.first_probe_at(attempt.at, scene.backoff, random, None)
    suspended = EndpointSuspended(
        reason=fact.error,
        status_code=fact.status_code,
        next_probe_at=first,
        gone=gone,
        endpoint=scene.endpoint_number,
    )
    return Ruling(order=order, connection=suspended)


__all__ = ["Attempt", "Ruling", "Scene", "Waiting", "rule"]
