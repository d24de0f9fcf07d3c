"""The one value that the dashboard draws from, fetched in one go, and how its parts are ordered: attention first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from odoo_poller_tui.backend import Reads
from poller_core.model import (
    Activity,
    ConnectionStatus,
    EndpointStatus,
    Hour,
    OutboxTotals,
    PollerStatus,
    is_late,
)

HOUR = 3_600_000
SEVERITY = {"gone": 0, "auth_failed": 1, "suspended": 2, "failing": 3, "ok": 5, "new": 6, "paused": 7}
"""How soon a connection's state needs somebody: the smaller, the sooner. 4 is a healthy one with failed orders."""

Topic: TypeAlias = Literal["poller", "endpoint", "connection", "late", "failed", "rejected"]


class Concern(msgspec.Struct, frozen=True):
    """Something that needs a person. ``key`` is the connection's id or the endpoint's number as text."""

    topic: Topic
    key: str
    subject: str
    kind: str = ""
    since: int = 0
    count: int = 0
    detail: str = ""


class Overview(msgspec.Struct, frozen=True):
    """What the dashboard shows, all read at one time."""

    poller: PollerStatus
    totals: OutboxTotals
    connections: tuple[ConnectionStatus, ...]
    endpoints: tuple[EndpointStatus, ...]
    hours: tuple[Hour, ...]
    activity: tuple[Activity, ...]


def fetch(reads: Reads, *, now: int, day_start: int) -> Overview:
    """Read everything the dashboard shows; the connections that need attention come first."""
    return Overview(
        poller=reads.poller(),
        totals=reads.totals(day_start),
        connections=tuple(sorted(reads.connections(day_start), key=urgency)),
        endpoints=tuple(sorted(reads.endpoints(), key=lambda e: (-_trouble(e), -e.pending, e.url))),
        hours=last_day(tuple(reads.hours(now - now % HOUR - 23 * HOUR)), now),
        activity=tuple(reads.activity(100)),
    )


def urgency(status: ConnectionStatus) -> tuple[int, str]:
    """Sort key: what needs somebody first, then by name."""
    rank = SEVERITY[status.state]
    if rank > 4 and (status.failed or status.rejected):
        rank = 4
    return rank, status.connection.name.casefold()


def last_day(hours: tuple[Hour, ...], now: int) -> tuple[Hour, ...]:
    """24 hours up to the current one, with those in which nothing happened filled in."""
    known = {hour.start: hour for hour in hours}
    current = now - now % HOUR
    starts = (current - back * HOUR for back in range(23, -1, -1))
    return tuple(known.get(start) or Hour(start, 0, 0, 0) for start in starts)


def concerns(overview: Overview, now: int) -> tuple[Concern, ...]:
    """What needs a person, most urgent first."""
    return (
        *_poller_concerns(overview, now),
        *_endpoint_concerns(overview),
        *_connection_concerns(overview, now),
        *_order_concerns(overview),
    )


def _trouble(endpoint: EndpointStatus) -> int:
    return {"suspended": 2, "troubled": 1, "ok": 0}[endpoint.state]


def _poller_concerns(overview: Overview, now: int) -> Iterator[Concern]:
    poller = overview.poller
    if not poller.running and any(status.connection.active for status in overview.connections):
        yield Concern("poller", "", "", "stopped", count=overview.totals.pending)
    elif poller.running and poller.heartbeat_at and now - poller.heartbeat_at > 60_000:
        yield Concern("poller", "", "", "silent", since=poller.heartbeat_at)


def _endpoint_concerns(overview: Overview) -> Iterator[Concern]:
    for endpoint in overview.endpoints:
        if endpoint.state != "ok":
            yield Concern(
                "endpoint",
                str(endpoint.number),
                endpoint.url,
                endpoint.state,
                since=endpoint.suspended_since,
                count=endpoint.pending,
                detail=endpoint.last_error,
            )


def _connection_concerns(overview: Overview, now: int) -> Iterator[Concern]:
    told = {endpoint.number for endpoint in overview.endpoints if endpoint.state == "suspended"}
    for status in overview.connections:
        connection = status.connection
        if status.state == "suspended" and connection.endpoint in told:
            continue
        if SEVERITY[status.state] < 4:
            since = status.failing_since or status.suspended_since or status.last_error_at
            yield Concern(
                "connection", connection.id, connection.name, status.state, since, 0, status.last_error
            )
        elif overview.poller.running and is_late(status, now):
            yield Concern("late", connection.id, connection.name, status.state, status.last_sync_at)


def _order_concerns(overview: Overview) -> Iterator[Concern]:
    if overview.totals.failed:
        yield Concern("failed", "", "", count=overview.totals.failed)
    if overview.totals.rejected:
        yield Concern("rejected", "", "", count=overview.totals.rejected)
