"""Connections, endpoints, the poller itself and the totals over all."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from poller_core.decide.endpoint import Health
from poller_core.decide.polling import AUTHENTICATION
from poller_core.errors import NotFound
from poller_core.i18n import Phrase
from poller_core.model import (
    Connection,
    ConnectionState,
    ConnectionStatus,
    EndpointStatus,
    Hour,
    OutboxTotals,
)
from poller_core.store.sweep import sweep_from

COLUMNS = (
    "number, id, name, odoo_url, odoo_db, odoo_username, webhook_url, endpoint, store_id, client_id, "
    "polling_interval_seconds, sync_from, protocol, min_interval_ms, overlap_seconds, max_attempts, ca_file, active, "
    "created_at, updated_at"
)
FIELDS = tuple(COLUMNS.split(", "))
_health = msgspec.json.Decoder(Health).decode

_STATUS = f"""
SELECT {", ".join(f"c.{name}" for name in FIELDS)},
  c.health, c.failing, c.failing_since, c.last_error, c.last_error_at, e.health, e.last_error,
  coalesce(w.last_sync_at, 0), coalesce(w.last_order_id, 0), coalesce(w.session, ''), coalesce(w.server_version, ''),
  coalesce(w.bound, ''), coalesce(w.reconciled_at, 0), coalesce(w.sweep, ''),
  t.captured, t.sent, t.pending, t.failed, t.rejected,
  coalesce((SELECT sum(delivered) FROM hour h WHERE h.start >= ? AND h.connection = c.number), 0)
FROM connection c JOIN tally t ON t.connection = c.number JOIN endpoint e ON e.number = c.endpoint
LEFT JOIN walk w ON w.connection = c.number
WHERE c.removed_at = 0"""


def connection_from(row: tuple[Any, ...]) -> Connection:
    """A connection from the columns of ``COLUMNS``."""
    values = dict(zip(FIELDS, row, strict=True))
    return Connection(**{**values, "active": bool(values["active"])})


def all_connections(db: sqlite3.Connection, day_start: int) -> list[ConnectionStatus]:
    """Every connection, by name."""
    today = _today(db, day_start)
    sql = _STATUS.replace(_TODAY_COLUMN, "0")
    return [_status(row, today) for row in db.execute(f"{sql} ORDER BY c.name")]


_TODAY_COLUMN = (
    "coalesce((SELECT sum(delivered) FROM hour h WHERE h.start >= ? AND h.connection = c.number), 0)"
)


def _today(db: sqlite3.Connection, day_start: int) -> dict[int, int]:
    rows = db.execute(
        "SELECT connection, sum(delivered) FROM hour WHERE start >= ? GROUP BY connection", (day_start,)
    )
    return dict(rows.fetchall())


def one_connection(db: sqlite3.Connection, name_or_id: str, day_start: int) -> ConnectionStatus:
    """A connection by id or name. Raises NotFound with near names."""
    row = db.execute(
        f"{_STATUS} AND (c.id = ? OR c.name = ?) ORDER BY c.id = ? DESC LIMIT 1",
        (day_start, name_or_id, name_or_id, name_or_id),
    ).fetchone()
    if row is None:
        raise unknown_connection(db, name_or_id)
    return _status(row, None)


def unknown_connection(db: sqlite3.Connection, name_or_id: str) -> NotFound:
    """The error for a name that no connection has."""
    from poller_core import validation

    return validation.unknown_connection(name_or_id, names(db))


def names(db: sqlite3.Connection) -> list[str]:
    """All names, sorted."""
    return [row[0] for row in db.execute("SELECT name FROM connection WHERE removed_at = 0 ORDER BY name")]


def number_of(db: sqlite3.Connection, name_or_id: str) -> int:
    """The number of a connection by id or name; by id also of one that was removed, whose orders stay. Raises NotFound."""
    row = db.execute(
        "SELECT number FROM connection WHERE id = ? OR (name = ? AND removed_at = 0) "
        "ORDER BY removed_at = 0 DESC, id = ? DESC LIMIT 1",
        (name_or_id, name_or_id, name_or_id),
    ).fetchone()
    if row is None:
        raise unknown_connection(db, name_or_id)
    return int(row[0])


def _status(row: tuple[Any, ...], today: dict[int, int] | None) -> ConnectionStatus:
    connection = connection_from(row[: len(FIELDS)])
    (
        own_health,
        failing,
        failing_since,
        last_error,
        last_error_at,
        endpoint_health,
        endpoint_error,
        last_sync_at,
        last_order_id,
        session,
        server_version,
        bound,
        reconciled_at,
        sweep,
        captured,
        sent,
        pending,
        failed,
        rejected,
        sent_today,
    ) = row[len(FIELDS) :]
    mine, shared = _health(own_health), _health(endpoint_health)
    problem = sweep_from(sweep).problem
    wrong, wrong_since = _error(failing, last_error, last_error_at, mine, shared, endpoint_error)
    if problem and not wrong:
        wrong, wrong_since = problem, reconciled_at
    return ConnectionStatus(
        connection=connection,
        state=_state(connection, mine, shared, failing or problem, last_sync_at),
        last_sync_at=last_sync_at,
        last_sync_order_id=last_order_id,
        sent_today=sent_today if today is None else today.get(connection.number, 0),
        sent_total=sent,
        captured_total=captured,
        pending=pending,
        retries_pending=pending,
        failed=failed,
        rejected=rejected,
        last_error=wrong,
        last_error_at=wrong_since,
        failing_since=failing_since or (reconciled_at if problem else 0),
        suspended_since=mine.suspended_at or shared.suspended_at,
        next_probe_at=mine.next_probe_at if mine.suspended else shared.next_probe_at,
        server_version=server_version,
        protocol_used="json2" if '"json2"' in session else "jsonrpc" if session else "",
        walking=bool(bound),
        reconciled_at=reconciled_at,
    )


def _state(
    connection: Connection, mine: Health, shared: Health, failing: str, last_sync_at: int
) -> ConnectionState:
    if not connection.active:
        return "paused"
    if failing == AUTHENTICATION:
        return "auth_failed"
    if mine.gone:
        return "gone"
    if mine.suspended or shared.suspended:
        return "suspended"
    if failing:
        return "failing"
    return "ok" if last_sync_at else "new"


def _error(
    failing: str, last_error: str, last_error_at: int, mine: Health, shared: Health, endpoint_error: str
) -> tuple[str, int]:
    """What is wrong now and when it was said, 0 where that isn't kept; where nothing is, empty and when something last was."""
    if failing:
        return last_error, last_error_at
    if mine.suspended:
        return Phrase("deliveries suspended: {reason}", reason=mine.reason), mine.suspended_at
    if shared.suspended:
        return Phrase("endpoint suspended: {reason}", reason=shared.reason), shared.suspended_at
    return (endpoint_error, 0) if shared.streak else ("", last_error_at)


def endpoints(db: sqlite3.Connection) -> list[EndpointStatus]:
    """Every webhook URL that a connection uses."""
    rows = db.execute(
        "SELECT e.number, e.url, e.health, e.last_error, count(*), sum(t.pending) FROM endpoint e "
        "JOIN connection c ON c.endpoint = e.number AND c.removed_at = 0 JOIN tally t ON t.connection = c.number "
        "GROUP BY e.number ORDER BY e.url"
    )
    return [_endpoint(*row) for row in rows]


def _endpoint(
    number: int, url: str, packed: str, error: str, connections: int, pending: int
) -> EndpointStatus:
    health = _health(packed)
    return EndpointStatus(
        number=number,
        url=url,
        connections=connections,
        state="suspended" if health.suspended else "troubled" if health.streak else "ok",
        pending=pending,
        streak=health.streak,
        suspended_since=health.suspended_at,
        next_probe_at=health.next_probe_at,
        probes=health.probes,
        last_delivered_at=health.last_delivered_at,
        last_error=error if health.suspended or health.streak else "",
    )


def totals(db: sqlite3.Connection, day_start: int) -> OutboxTotals:
    """Over all connections that are there."""
    pending, failed, rejected = db.execute(
        "SELECT coalesce(sum(t.pending), 0), coalesce(sum(t.failed), 0), coalesce(sum(t.rejected), 0) FROM tally t "
        "JOIN connection c ON c.number = t.connection WHERE c.removed_at = 0"
    ).fetchone()
    sent = db.execute(
        "SELECT coalesce(sum(delivered), 0) FROM hour WHERE start >= ?", (day_start,)
    ).fetchone()[0]
    return OutboxTotals(
        pending=pending, failed=failed, retries_pending=pending, sent_today=sent, rejected=rejected
    )


def hours(db: sqlite3.Connection, since: int, connection: int | None) -> list[Hour]:
    """Counts by hour from ``since`` on; hours in which nothing happened are missing."""
    condition = "" if connection is None else " AND connection = ?"
    parameters = (since,) if connection is None else (since, connection)
    rows = db.execute(
        "SELECT start, sum(delivered), sum(failed), sum(captured) FROM hour "
        f"WHERE start >= ?{condition} GROUP BY start ORDER BY start",
        parameters,
    )
    return [Hour(*row) for row in rows]


def heartbeat(db: sqlite3.Connection) -> tuple[int, int, int, str]:
    """The poller's last sign of life: pid, started at, at, version; zeros where there never was one."""
    row = db.execute("SELECT pid, started_at, at, version FROM heartbeat").fetchone()
    return row or (0, 0, 0, "")


__all__ = [
    "all_connections",
    "connection_from",
    "endpoints",
    "heartbeat",
    "hours",
    "names",
    "number_of",
    "one_connection",
    "totals",
    "unknown_connection",
]
