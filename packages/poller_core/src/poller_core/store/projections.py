"""Events to read models: the one fold, used as events are appended and again by ``projections rebuild``.

A projector gathers what a batch of events changes and writes it with few statements at ``flush``. It reads no
clock and no body; whatever it needs is in the events or in the tables that it folds itself.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, ClassVar

import msgspec

from poller_core import events as ev
from poller_core.decide import endpoint as ep
from poller_core.decide.answers import Verdict
from poller_core.decide.endpoint import Health
from poller_core.store.bulk import insert_rows, with_rows
from poller_core.store.rows import (
    DISCARDED,
    FAILED,
    PENDING,
    ROW_COLUMNS,
    STATUS_CODE,
    SUCCESS,
    Logged,
    Row,
)

HOUR_MS = 3_600_000

_encode = msgspec.json.Encoder().encode
_decode_health = msgspec.json.Decoder(Health).decode


_CONNECTION_COLUMNS = (
    "id, name, odoo_url, odoo_db, odoo_username, webhook_url, endpoint, store_id, client_id, polling_interval_seconds, "
    "sync_from, protocol, min_interval_ms, overlap_seconds, max_attempts, ca_file, active"
)
CONNECTION_FIELDS = tuple(_CONNECTION_COLUMNS.split(", "))


class Projector:
    """Folds events into the projection tables of ``db``, inside the caller's transaction."""

    _find: ClassVar[str] = (
        f"SELECT {ROW_COLUMNS} FROM outbox WHERE connection = :connection AND order_id = :order_id"
    )

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.rows: dict[tuple[int, int], Row] = {}
        self.endpoints: dict[int, Health] = {}
        self.connections: dict[int, Health] = {}
        self._touched_endpoints: dict[int, str | None] = {}
        self._touched_connections: set[int] = set()
        self._new: dict[int, Row] = {}
        self._dirty: dict[int, Row] = {}
        self._tally: defaultdict[int, list[int]] = defaultdict(lambda: [0] * 6)
        self._hours: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * 3)

    def apply(self, batch: Iterable[Logged]) -> None:
        """Fold these events, in their order."""
        handlers = self._handlers
        for logged in batch:
            handler = handlers.get(type(logged.event))
            if handler is not None:
                handler(self, logged, logged.event)

    def row(self, connection: int, order_id: int) -> Row:
        """The outbox row of an order, read once a batch."""
        found = self.rows.get((connection, order_id))
        if found is None:
            values = self._db.execute(self._find, {"connection": connection, "order_id": order_id}).fetchone()
            found = self.rows[connection, order_id] = Row(*values)
        return found

    def endpoint_health(self, number: int) -> Health:
        """A URL's health as folded so far."""
        found = self.endpoints.get(number)
        if found is None:
            row = self._db.execute("SELECT health FROM endpoint WHERE number = ?", (number,)).fetchone()
            found = self.endpoints[number] = _decode_health(row[0]) if row else Health()
        return found

    def connection_health(self, number: int) -> Health:
        """A connection's delivery health as folded so far."""
        found = self.connections.get(number)
        if found is None:
            row = self._db.execute("SELECT health FROM connection WHERE number = ?", (number,)).fetchone()
            found = self.connections[number] = _decode_health(row[0]) if row else Health()
        return found

    # Orders

    def _payload_built(self, logged: Logged, event: ev.PayloadBuilt) -> None:
        connection, order_id, at = logged.subject, logged.order_id, logged.at
        row = Row(
            position=logged.position,
            connection=connection,
            order_id=order_id,
            number=event.number,
            webhook_id=event.webhook_id,
            status=PENDING,
            tries=0,
            failures=0,
            created_at=at,
            updated_at=at,
            first_tried_at=0,
            due_at=at,
            cause="",
            last_error="",
            version=logged.version,
        )
        self.rows[connection, order_id] = self._new[logged.position] = row
        tally = self._tally[connection]
        tally[0] += 1
        tally[2] += 1
        self._hours[at // HOUR_MS * HOUR_MS, connection][0] += 1
        if logged.version > 2 and self._forget_rejection(connection, order_id):
            tally[5] -= 1

    def _order_rejected(self, logged: Logged, event: ev.OrderRejected) -> None:
        known = logged.version > 2 and self._forget_rejection(logged.subject, logged.order_id)
        if not known:
            self._tally[logged.subject][5] += 1
        self._db.execute(
            "INSERT INTO rejected VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                logged.subject,
                logged.order_id,
                logged.position,
                event.number,
                event.write_date,
                _encode(event.issues).decode(),
                logged.at,
                logged.version,
            ),
        )

    def _forget_rejection(self, connection: int, order_id: int) -> bool:
        found = self._db.execute(
            "DELETE FROM rejected WHERE connection = ? AND order_id = ?", (connection, order_id)
        )
        return found.rowcount > 0

    def _move(self, connection: int, row: Row, status: int) -> None:
        """Count a row's change of state."""
        if row.status != status:
            tally = self._tally[connection]
            tally[_TALLY_PLACE[row.status]] -= 1
            tally[_TALLY_PLACE[status]] += 1
            row.status = status

    def _touch(self, row: Row) -> None:
        """Have a changed row written; a new one is written whole anyway."""
        if row.position not in self._new:
            self._dirty[row.position] = row

    def _delivery_attempted(self, logged: Logged, event: ev.DeliveryAttempted) -> None:
        connection, at = logged.subject, logged.at
        row = self.row(connection, logged.order_id)
        self._move(connection, row, STATUS_CODE[event.status])
        row.tries = event.attempt
        row.first_tried_at = row.first_tried_at or at
        row.due_at, row.updated_at, row.version = event.next_at, at, logged.version
        delivered = event.outcome == Verdict.DELIVERED
        if not delivered:
            row.last_error = event.error
            if event.counted:
                # Said by the event, not counted up: so a fold may begin with a row of which older events are gone.
                row.failures = event.retries + 1
                row.cause = event.cause
        self._touch(row)
        self._hours[at // HOUR_MS * HOUR_MS, connection][1 if delivered else 2] += 1
        self._observe(logged, event, row.position)

    def _observe(self, logged: Logged, event: ev.DeliveryAttempted, position: int) -> None:
        """Let the URL's and the connection's health see the attempt."""
        number = event.endpoint
        before = self.endpoint_health(number)
        self.endpoints[number] = ep.after_attempt(before, position, event, logged.at)
        self._touched_endpoints[number] = event.error or self._touched_endpoints.get(number)
        if event.probe and not before.suspended:
            mine = self.connection_health(logged.subject)
            self.connections[logged.subject] = ep.after_probe(mine, event, logged.at)
            self._touched_connections.add(logged.subject)

    def _delivery_requeued(self, logged: Logged, event: ev.DeliveryRequeued) -> None:
        row = self.row(logged.subject, logged.order_id)
        self._move(logged.subject, row, PENDING)
        row.failures, row.cause = 0, ""
        row.due_at, row.updated_at, row.version = event.next_at or logged.at, logged.at, logged.version
        self._touch(row)

    def _delivery_discarded(self, logged: Logged, _event: ev.DeliveryDiscarded) -> None:
        row = self.row(logged.subject, logged.order_id)
        self._move(logged.subject, row, DISCARDED)
        row.due_at, row.updated_at, row.version = 0, logged.at, logged.version
        self._touch(row)

    # Connections and endpoints

    def _poll_completed(self, logged: Logged, _event: ev.PollCompleted) -> None:
        self._db.execute(
            "UPDATE connection SET failing = '', failing_since = 0, version = ? WHERE number = ?",
            (logged.version, logged.subject),
        )

    def _poll_failed(self, logged: Logged, event: ev.PollFailed) -> None:
        self._db.execute(
            "UPDATE connection SET failing_since = CASE failing WHEN '' THEN ? ELSE failing_since END, failing = ?, "
            "last_error = ?, last_error_at = ?, version = ? WHERE number = ?",
            (logged.at, event.kind, event.message, logged.at, logged.version, logged.subject),
        )

    def _suspended(self, logged: Logged, event: ev.EndpointSuspended) -> None:
        if logged.subject < 0:
            number = -logged.subject
            self.endpoints[number] = ep.after_suspension(self.endpoint_health(number), event, logged.at)
            self._touched_endpoints[number] = event.reason
        else:
            mine = self.connection_health(logged.subject)
            self.connections[logged.subject] = ep.after_suspension(mine, event, logged.at)
            self._touched_connections.add(logged.subject)
            self._db.execute(
                "UPDATE connection SET last_error = ?, last_error_at = ?, version = ? WHERE number = ?",
                (event.reason, logged.at, logged.version, logged.subject),
            )

    def _resumed(self, logged: Logged, event: ev.EndpointResumed) -> None:
        if logged.subject < 0:
            number = -logged.subject
            self.endpoints[number] = ep.after_resumption(self.endpoint_health(number), event, logged.at)
            self._touched_endpoints.setdefault(number, None)
        else:
            mine = self.connection_health(logged.subject)
            self.connections[logged.subject] = ep.after_resumption(mine, event, logged.at)
            self._touched_connections.add(logged.subject)
            self._version(logged)

    def _version(self, logged: Logged) -> None:
        self._db.execute(
            "UPDATE connection SET version = ? WHERE number = ?", (logged.version, logged.subject)
        )

    def _connection_added(self, logged: Logged, event: ev.ConnectionAdded) -> None:
        self._endpoint(event.endpoint, event.webhook_url)
        values = [getattr(event, name) for name in CONNECTION_FIELDS]
        marks = ", ".join("?" * (len(values) + 4))
        self._db.execute(
            f"INSERT INTO connection (number, {_CONNECTION_COLUMNS}, created_at, updated_at, version) VALUES ({marks})",
            (logged.subject, *values, logged.at, logged.at, logged.version),
        )
        self._tally[logged.subject][0] += 0

    def _connection_changed(self, logged: Logged, event: ev.ConnectionChanged) -> None:
        changes = {name: value for name, value in event.changes.items() if name in CONNECTION_FIELDS}
        if "endpoint" in changes:
            self._endpoint(int(changes["endpoint"]), str(changes["webhook_url"]))
        sets = "".join(f"{name} = ?, " for name in changes)
        self._db.execute(
            f"UPDATE connection SET {sets}updated_at = ?, version = ? WHERE number = ?",
            (*changes.values(), logged.at, logged.version, logged.subject),
        )

    def _endpoint(self, number: int, url: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO endpoint (number, url) VALUES (?, ?)", (number, url))

    def _connection_paused(self, logged: Logged, _event: ev.ConnectionPaused) -> None:
        self._activate(logged, 0)

    def _connection_resumed(self, logged: Logged, _event: ev.ConnectionResumed) -> None:
        self._activate(logged, 1)

    def _activate(self, logged: Logged, active: int) -> None:
        self._db.execute(
            "UPDATE connection SET active = ?, updated_at = ?, version = ? WHERE number = ?",
            (active, logged.at, logged.version, logged.subject),
        )

    def _connection_removed(self, logged: Logged, _event: ev.ConnectionRemoved) -> None:
        self._db.execute(
            "UPDATE connection SET removed_at = ?, active = 0, updated_at = ?, version = ? WHERE number = ?",
            (logged.at, logged.at, logged.version, logged.subject),
        )

    # Writing

    def flush(self) -> None:
        """Write what was gathered."""
        db = self._db
        if self._new:
            insert_rows(db, _INSERT_ROW, list(map(msgspec.structs.astuple, self._new.values())))
        if self._dirty:
            with_rows(db, _UPDATE_ROWS, list(map(_changes, self._dirty.values())))
        self._flush_counts()
        self._flush_health()
        self._new, self._dirty = {}, {}

    def _flush_counts(self) -> None:
        if not (self._tally or self._hours):
            return
        self._db.executemany(
            "INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (connection) DO UPDATE SET captured = captured + "
            "excluded.captured, sent = sent + excluded.sent, pending = pending + excluded.pending, failed = failed + "
            "excluded.failed, discarded = discarded + excluded.discarded, rejected = rejected + excluded.rejected",
            [(number, *deltas) for number, deltas in self._tally.items()],
        )
        self._db.executemany(
            "INSERT INTO hour VALUES (?, ?, ?, ?, ?) ON CONFLICT (start, connection) DO UPDATE SET captured = captured + "
            "excluded.captured, delivered = delivered + excluded.delivered, failed = failed + excluded.failed",
            [(start, number, *deltas) for (start, number), deltas in self._hours.items()],
        )
        self._tally.clear()
        self._hours.clear()

    def _flush_health(self) -> None:
        for number, error in self._touched_endpoints.items():
            health = _encode(self.endpoints[number]).decode()
            self._db.execute(
                "UPDATE endpoint SET health = ?, last_error = coalesce(?, last_error) WHERE number = ?",
                (health, error, number),
            )
        for number in self._touched_connections:
            health = _encode(self.connections[number]).decode()
            self._db.execute("UPDATE connection SET health = ? WHERE number = ?", (health, number))
        self._touched_endpoints.clear()
        self._touched_connections.clear()

    _handlers: ClassVar[dict[type[ev.Event], Callable[[Projector, Logged, Any], None]]] = {
        ev.PayloadBuilt: _payload_built,
        ev.OrderRejected: _order_rejected,
        ev.DeliveryAttempted: _delivery_attempted,
        ev.DeliveryRequeued: _delivery_requeued,
        ev.DeliveryDiscarded: _delivery_discarded,
        ev.PollCompleted: _poll_completed,
        ev.PollFailed: _poll_failed,
        ev.EndpointSuspended: _suspended,
        ev.EndpointResumed: _resumed,
        ev.ConnectionAdded: _connection_added,
        ev.ConnectionChanged: _connection_changed,
        ev.ConnectionPaused: _connection_paused,
        ev.ConnectionResumed: _connection_resumed,
        ev.ConnectionRemoved: _connection_removed,
    }


_INSERT_ROW = f"INSERT INTO outbox ({ROW_COLUMNS})"
_CHANGING = (
    "status", "tries", "failures", "updated_at", "first_tried_at", "due_at", "cause", "last_error", "version",
)  # fmt: skip
_UPDATE_ROWS = (
    f"UPDATE outbox SET {', '.join(f'{name} = v.column{place}' for place, name in enumerate(_CHANGING, 2))} "
    "FROM (VALUES {rows}) AS v WHERE outbox.position = v.column1"
)
_changes = attrgetter("position", *_CHANGING)


_TALLY_PLACE = {PENDING: 2, SUCCESS: 1, FAILED: 3, DISCARDED: 4}

__all__ = ["CONNECTION_FIELDS", "HOUR_MS", "Logged", "Projector", "Row"]
