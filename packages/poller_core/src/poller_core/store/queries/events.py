"""The event log, recent activity and ``sync_log``."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from poller_core.model import Activity, LoggedEvent, SyncLogRow
from poller_core.store.bulk import json_ids

_COLUMNS = "position, subject, order_id, version, type, at, data"
_ACTIVITY_SCAN = 600
_QUIET = frozenset({"OrderFetched", "PayloadBuilt"})


def logged_event(
    row: tuple[Any, ...], connection_id: str, connection_name: str, order_number: str = ""
) -> LoggedEvent:
    """An event for people, from its row."""
    data = msgspec.json.decode(row[6])
    data.pop("type", None)
    return LoggedEvent(
        position=row[0],
        at=row[5],
        type=row[4],
        connection_id=connection_id,
        connection_name=connection_name,
        odoo_order_id=row[2],
        version=row[3],
        data=data,
        order_number=order_number,
    )


def events(
    db: sqlite3.Connection,
    after: int | None,
    before: int | None,
    limit: int,
    connection: int | None,
    kind: str | None,
) -> list[LoggedEvent]:
    """Oldest first behind ``after``; else newest first, before ``before``."""
    conditions, values = ["1"], list[object]()
    for condition, value in (
        ("position > ?", after),
        ("position < ?", before),
        ("subject = ?", connection),
        ("type = ?", kind),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    direction = "ASC" if after is not None else "DESC"
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(conditions)} ORDER BY position {direction} LIMIT ?",
        (*values, limit),
    ).fetchall()
    known = _names(db, {row[1] for row in rows})
    numbers = _numbers(db, {(row[1], row[2]) for row in rows if row[2]})
    return [
        logged_event(row, *known.get(row[1], ("", "")), numbers.get((row[1], row[2]), "")) for row in rows
    ]


def _numbers(db: sqlite3.Connection, orders: set[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Odoo's numbers of orders, named by connection and id."""
    found: dict[tuple[int, int], str] = {}
    for table in ("outbox", "rejected"):
        rows = db.execute(
            f"SELECT o.connection, o.order_id, o.number FROM json_each(?) j JOIN {table} o "
            "ON o.connection = json_extract(j.value, '$[0]') AND o.order_id = json_extract(j.value, '$[1]')",
            (msgspec.json.encode(sorted(orders)).decode(),),
        )
        found |= {(connection, order): number for connection, order, number in rows}
    return found


def _names(db: sqlite3.Connection, numbers: set[int]) -> dict[int, tuple[str, str]]:
    rows = db.execute(
        "SELECT number, id, name FROM connection WHERE number IN (SELECT value FROM json_each(?))",
        (json_ids(numbers),),
    )
    return {number: (ident, name) for number, ident, name in rows}


def activity(db: sqlite3.Connection, limit: int) -> list[Activity]:
    """What happened last, newest first; deliveries of one connection in a row are one line."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM events ORDER BY position DESC LIMIT ?", (_ACTIVITY_SCAN,)
    ).fetchall()
    known = _names(db, {row[1] for row in rows})
    lines: list[Activity] = []
    for row in rows:
        if row[4] in _QUIET:
            continue
        ident, name = known.get(row[1], ("", ""))
        line = _activity(row, ident, name)
        if lines and _alike(lines[-1], line):
            lines[-1] = msgspec.structs.replace(
                lines[-1], count=lines[-1].count + 1, order_number="", external_id=""
            )
        elif len(lines) < limit:
            lines.append(line)
        else:
            break
    return lines


def _activity(row: tuple[Any, ...], ident: str, name: str) -> Activity:
    data = msgspec.json.decode(row[6])
    kind, count, detail = row[4], 1, ""
    match kind:
        case "DeliveryAttempted":
            kind = "delivered" if data["outcome"] == "delivered" else "failed"
            detail = data.get("error", "")
        case "PollCompleted":
            count = data["captured"]
            kind = "captured" if count else "recovered"
        case "PollFailed":
            detail = data["message"]
        case "EndpointSuspended" | "DeliveryDiscarded" | "DeliveryRequeued":
            detail = data["reason"]
        case "OrderRejected":
            detail = data["issues"][0][2] if data["issues"] else ""
    return Activity(
        position=row[0],
        at=row[5],
        connection_id=ident,
        connection_name=name,
        kind=kind,
        order_number=data.get("number", ""),
        external_id="",
        detail=detail,
        count=count,
    )


def _alike(one: Activity, other: Activity) -> bool:
    same = (one.kind, one.connection_id, one.detail) == (other.kind, other.connection_id, other.detail)
    return same and one.kind in (
        "delivered",
        "failed",
        "DeliveryRequeued",
        "DeliveryDiscarded",
        "OrderRejected",
    )


def sync_log(
    db: sqlite3.Connection,
    connection: int | None,
    limit: int,
    before_id: int | None,
    after_id: int | None,
    *,
    errors_only: bool,
) -> list[SyncLogRow]:
    """Cycles, newest first; behind ``after_id`` oldest first."""
    conditions, values = ["1"], list[object]()
    for condition, value in (
        ("p.connection = ?", connection),
        ("p.id < ?", before_id),
        ("p.id > ?", after_id),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if errors_only:
        conditions.append("p.error <> ''")
    direction = "ASC" if after_id is not None else "DESC"
    rows = db.execute(
        "SELECT p.id, c.id, c.name, p.at, p.found, p.sent, p.failed, p.error, p.duration_ms FROM poll_log p "
        f"JOIN connection c ON c.number = p.connection WHERE {' AND '.join(conditions)} ORDER BY p.id {direction} LIMIT ?",
        (*values, limit),
    )
    return [
        SyncLogRow(
            id=row[0],
            connection_id=row[1],
            connection_name=row[2],
            synced_at=row[3],
            orders_found=row[4],
            orders_sent=row[5],
            orders_failed=row[6],
            error_message=row[7],
            duration_ms=row[8],
        )
        for row in rows
    ]


__all__ = ["activity", "events", "logged_event", "sync_log"]
