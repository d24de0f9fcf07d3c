"""What the read side returns: frozen values that the command line and the screens draw from, and nothing else.

Times are milliseconds since 1970 UTC; 0 means never or not known. ``number`` is a connection's place in
the database, ``id`` the text that people and headers use.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Status: TypeAlias = Literal["PENDING", "SUCCESS", "FAILED", "DISCARDED", "REJECTED"]
ConnectionState: TypeAlias = Literal["ok", "new", "paused", "failing", "auth_failed", "suspended", "gone"]


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as configured (no secret in it)."""

    number: int
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
    protocol: str
    min_interval_ms: int
    overlap_seconds: int
    max_attempts: int
    ca_file: str
    active: bool
    created_at: int
    updated_at: int


class ConnectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the dashboard."""

    connection: Connection
    state: ConnectionState
    last_sync_at: int = 0
    last_sync_order_id: int = 0
    sent_today: int = 0
    sent_total: int = 0
    captured_total: int = 0
    pending: int = 0
    retries_pending: int = 0
    failed: int = 0
    rejected: int = 0
    last_error: str = ""
    last_error_at: int = 0
    failing_since: int = 0
    suspended_since: int = 0
    next_probe_at: int = 0
    server_version: str = ""
    protocol_used: str = ""
    walking: bool = False
    reconciled_at: int = 0


LATE_INTERVALS = 3
"""A connection is late when its last good sync is older than so many of its intervals (and at least a minute)."""


def is_late(status: ConnectionStatus, now: int) -> bool:
    """Whether an active connection has not synced for some intervals: no orders and not polled must not look alike.

    Only where a poller runs: without one nothing is polled, which is another trouble.
    """
    allowed = max(60, LATE_INTERVALS * status.connection.polling_interval_seconds) * 1000
    since = status.last_sync_at or status.connection.created_at
    return status.state in ("ok", "new") and not status.walking and now - since > allowed


class EndpointStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook URL, shared by connections."""

    number: int
    url: str
    connections: int
    state: Literal["ok", "troubled", "suspended"]
    pending: int = 0
    streak: int = 0
    suspended_since: int = 0
    next_probe_at: int = 0
    probes: int = 0
    last_delivered_at: int = 0
    last_error: str = ""


class PollerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a poller holds this database, as the lock and its heartbeat tell."""

    running: bool
    pid: int = 0
    started_at: int = 0
    heartbeat_at: int = 0
    version: str = ""


class Hour(msgspec.Struct, frozen=True):
    """Deliveries and failed attempts of one hour that starts at ``start``."""

    start: int
    delivered: int
    failed: int
    captured: int


class SyncLogRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cycle of one connection. ``error_message`` is empty where it went well."""

    id: int
    connection_id: str
    connection_name: str
    synced_at: int
    orders_found: int
    orders_sent: int
    orders_failed: int
    error_message: str
    duration_ms: int


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One line of recent activity. ``text`` is made by the screen from kind and counts."""

    position: int
    at: int
    connection_id: str
    connection_name: str
    kind: str
    order_number: str = ""
    external_id: str = ""
    detail: str = ""
    count: int = 0


class RetryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of retry_queue. ``attempts`` counts retries; the first delivery is none of them."""

    id: int
    connection_id: str
    connection_name: str
    odoo_order_id: int
    external_id: str
    number: str
    attempts: int
    max_attempts: int
    next_retry_at: int
    last_error: str
    status: Status
    held_by: Literal["", "endpoint", "connection", "paused"]
    created_at: int
    updated_at: int


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list. ``delivered_at`` is 0 until it is."""

    position: int
    connection_id: str
    connection_name: str
    odoo_order_id: int
    external_id: str
    number: str
    status: Status
    captured_at: int
    updated_at: int
    delivered_at: int
    attempts: int
    last_error: str


class LoggedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as people see it: ``data`` holds the event's own fields by name. ``order_number`` is Odoo's, "" for none."""

    position: int
    at: int
    type: str
    connection_id: str
    connection_name: str
    odoo_order_id: int
    version: int
    data: dict[str, object]
    order_number: str = ""


class OrderDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One order's whole life. ``payload`` is the body as it is sent, None where erased or never built."""

    order: OrderRow
    webhook_id: str
    issues: tuple[tuple[str, str, str], ...]
    events: tuple[LoggedEvent, ...]
    payload: bytes | None
    next_retry_at: int
    held_by: str


class OutboxTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Over all connections."""

    pending: int
    failed: int
    retries_pending: int
    sent_today: int
    rejected: int


class PollReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one cycle of one connection did; the counts are those of that poll's orders."""

    connection_id: str
    name: str
    orders_found: int = 0
    orders_sent: int = 0
    orders_failed: int = 0
    error: str | None = None
    duration_ms: int = 0
    rejected: int = 0
    left_out: int = 0
    """Confirmed orders that lie before the connection's start; only told while it has captured nothing."""


class DeliverReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one round of attempts did."""

    attempted: int = 0
    delivered: int = 0
    failed: int = 0
    waiting: int = 0
    held: int = 0


__all__ = [
    "Activity",
    "Connection",
    "ConnectionState",
    "ConnectionStatus",
    "DeliverReport",
    "EndpointStatus",
    "Hour",
    "LoggedEvent",
    "OrderDetail",
    "OrderRow",
    "OutboxTotals",
    "PollReport",
    "PollerStatus",
    "RetryRow",
    "Status",
    "SyncLogRow",
    "is_late",
]
