"""The facts of the log: frozen, in the past tense, tagged with their type; no secret and no personal data in any.

An event lies in a stream ``(subject, order)``: a connection's order, a connection itself (order 0), an
endpoint (negative subject) or the installation (0, 0). Positions count over the whole log and are never reused; versions
count inside a stream. Times are milliseconds since 1970 UTC and never run backwards in one log. ``v`` is the
schema version of the event type: a reader that meets a larger one refuses the log.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every event has: nothing but its type's name and schema version."""

    v: ClassVar[int] = 1


class OrderFetched(Event, frozen=True, tag=True):
    """Odoo returned this confirmed order. ``write_date`` and ``create_date`` as Odoo gave them (naive UTC, whole seconds).

    An id and its ``create_date`` never part in a living Odoo; empty where the event is from before it was kept.
    """

    number: str
    write_date: str
    state: str = "sale"
    create_date: str = ""


class PayloadBuilt(Event, frozen=True, tag=True):
    """The order became a webhook body, which waits in the outbox.

    ``digest`` is the hex SHA-256 of salt and body; both lie beside the log and may be erased.
    """

    webhook_id: str
    digest: str
    size: int
    number: str
    revision: int = 1


class OrderRejected(Event, frozen=True, tag=True):
    """The order can't be mapped. ``issues`` are (field path, code, message); messages hold no order data."""

    write_date: str
    issues: tuple[tuple[str, str, str], ...]
    digest: str = ""
    number: str = ""


class DeliveryAttempted(Event, frozen=True, tag=True):
    """One POST ended (or was given up). The decision that followed is part of the fact.

    ``outcome``: delivered, refused (this order), endpoint (the URL is in trouble), connection (set up wrongly) or gone
    (410). ``status_code`` is the HTTP status or 0. ``status`` is the row's new state. ``retries`` counts the retries
    used so far (the first attempt is none). ``counted``: whether this attempt cost the order one.
    ``next_at``: when the next one is due; 0 where none is. ``next_probe_at``: when the suspended URL or connection
    is probed next; 0 where it is not suspended.
    """

    outcome: str
    status: str
    endpoint: int
    attempt: int
    retries: int = 0
    status_code: int = 0
    error: str = ""
    duration_ms: int = 0
    next_at: int = 0
    counted: bool = True
    probe: bool = False
    next_probe_at: int = 0
    cause: str = ""


class DeliveryRequeued(Event, frozen=True, tag=True):
    """The order waits again with all its attempts, by a person (``by``, ``reason``) or after an outage (``by`` empty)."""

    reason: str
    by: str = ""
    next_at: int = 0


class DeliveryDiscarded(Event, frozen=True, tag=True):
    """A person decided that this order is not to be delivered."""

    reason: str
    by: str = ""


class PollCompleted(Event, frozen=True, tag=True):
    """A poll that captured something, or the first good one after a failing state."""

    found: int
    captured: int
    rejected: int = 0
    cursor: str = ""
    recovered: bool = False


class PollFailed(Event, frozen=True, tag=True):
    """The connection's failing state changed. ``kind`` is the class of error, ``message`` one safe line."""

    kind: str
    message: str


class EndpointSuspended(Event, frozen=True, tag=True):
    """Only probes go out from now on: for the URL (an endpoint's stream) or one connection (a connection's stream)."""

    reason: str
    status_code: int = 0
    next_probe_at: int = 0
    gone: bool = False
    endpoint: int = 0


class EndpointResumed(Event, frozen=True, tag=True):
    """Deliveries go out again. ``by`` is empty where an answer proved it, else who said so."""

    by: str = ""
    endpoint: int = 0


class ConnectionAdded(Event, frozen=True, tag=True):
    """A merchant's Odoo and where its orders go. ``sync_from``: ``""`` for all, else naive UTC text."""

    id: str
    name: str
    odoo_url: str
    odoo_db: str
    odoo_username: str
    webhook_url: str
    endpoint: int
    store_id: str
    client_id: str
    polling_interval_seconds: int
    sync_from: str
    protocol: str = "auto"
    min_interval_ms: int = -1
    overlap_seconds: int = -1
    max_attempts: int = 5
    ca_file: str = ""
    active: bool = True


class ConnectionChanged(Event, frozen=True, tag=True):
    """New values by field name (the names of ConnectionAdded). ``secrets`` names the secrets that were replaced."""

    changes: dict[str, str | int | bool]
    secrets: tuple[str, ...] = ()
    by: str = ""


class ConnectionPaused(Event, frozen=True, tag=True):
    """Neither polled nor delivered until resumed."""

    by: str = ""


class ConnectionResumed(Event, frozen=True, tag=True):
    """Polled and delivered again."""

    by: str = ""


class ConnectionRemoved(Event, frozen=True, tag=True):
    """The connection is gone from every list; its orders stay in the log. ``discarded`` waited when it went."""

    by: str = ""
    discarded: int = 0


class PayloadsErased(Event, frozen=True, tag=True):
    """Bodies up to position ``before`` that were settled before ``settled_before`` are gone; their digests stay.

    With ``checkpoint`` the events up to ``before`` are gone too, and ``checkpoint`` is the hash of the last of them.
    """

    before: int
    count: int
    settled_before: int = 0
    checkpoint: str = ""


AnyEvent: TypeAlias = (
    OrderFetched
    | PayloadBuilt
    | OrderRejected
    | DeliveryAttempted
    | DeliveryRequeued
    | DeliveryDiscarded
    | PollCompleted
    | PollFailed
    | EndpointSuspended
    | EndpointResumed
    | ConnectionAdded
    | ConnectionChanged
    | ConnectionPaused
    | ConnectionResumed
    | ConnectionRemoved
    | PayloadsErased
)

EVENT_TYPES: dict[str, type[Event]] = {kind.__name__: kind for kind in AnyEvent.__args__}

__all__ = ["EVENT_TYPES", "AnyEvent", "Event", *EVENT_TYPES]
