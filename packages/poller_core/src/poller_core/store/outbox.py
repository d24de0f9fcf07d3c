"""Orders on their way out: what waits, loaded when it is due and settled many at a time.

Nothing here decides: what an attempt means comes from ``decide.delivery``, called inside the transaction with what
is in the tables at that moment, so that a person's discard or an edited connection is never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

import msgspec

from poller_core import events as ev
from poller_core.decide import endpoint as ep
from poller_core.decide.answers import Verdict
from poller_core.decide.backoff import Backoff
from poller_core.decide.delivery import Attempt, Ruling, Scene, Waiting, rule
from poller_core.decide.endpoint import Health
from poller_core.store.archive import compress
from poller_core.store.bulk import json_ids, with_rows
from poller_core.store.database import Database, New, Transaction
from poller_core.store.rows import ROW_COLUMNS, STATUS_NAME, Row

REQUEUE_BATCH = 500
FAR_FUTURE_MS = 2 * 3_600_000
"""No wait is that long: a due date further away comes from a clock that has been put right since."""

_decode_rows = msgspec.json.Decoder(list[Row]).decode


class Due(msgspec.Struct, kw_only=True):
    """An order that may be sent now."""

    position: int
    connection: int
    order_id: int
    webhook_id: str
    body: bytes
    tries: int = 0
    poll: int = 0
    due_at: int = 0


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that ended, to be settled."""

    due: Due
    endpoint: int
    attempt: Attempt


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided and written: a ruling per attempt, and the health of whom they touched."""

    ended: list[Ended]
    rulings: list[Ruling]
    endpoints: dict[int, Health]
    connections: dict[int, Health]
    requeued: int = 0


class Outbox:
    """What is to be delivered, and what came of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pending_total(self) -> int:
        """Orders that wait, over all connections."""
        return int(str(self._database.rows("SELECT coalesce(sum(pending), 0) FROM tally")[0][0]))

    def next_due(self) -> dict[int, int]:
        """When each connection with waiting orders has its next one due (ms), paused and suspended ones too."""
        rows = self._database.db.execute(
            "SELECT t.connection, (SELECT min(due_at) FROM outbox o WHERE o.connection = t.connection AND o.status = 0) "
            "FROM tally t WHERE t.pending > 0"
        )
        return {number: due for number, due in rows if due is not None}

    def due(
        self, connection: int, now: int, limit: int, leave_out: frozenset[int] = frozenset()
    ) -> list[Due]:
        """Up to ``limit`` orders of a connection that are due, longest due first, without those under way."""
        rows = self._database.db.execute(
            "SELECT o.position, o.order_id, o.webhook_id, b.body, o.tries, o.due_at FROM outbox o "
            "JOIN bodies b ON b.position = o.position "
            "WHERE o.connection = ? AND o.status = 0 AND (o.due_at <= ? OR o.due_at > ?) ORDER BY o.due_at, o.position LIMIT ?",
            (connection, now, now + FAR_FUTURE_MS, limit + len(leave_out)),
        )
        found = [_due(connection, row) for row in rows if row[0] not in leave_out]
        return found[:limit]

    def load(self, connection: int, now: int, limit: int, leave_out: frozenset[int]) -> tuple[list[Due], int]:
        """``due``, and when the connection's next order after these is due (ms, 0 for never)."""
        found = self.due(connection, now, limit, leave_out)
        row = self._database.db.execute(
            "SELECT min(due_at) FROM outbox WHERE connection = ? AND status = 0 AND due_at > ?",
            (connection, now),
        ).fetchone()
        return found, int(row[0] or 0)

    def probe(self, connections: Sequence[int], leave_out: frozenset[int] = frozenset()) -> Due | None:
        """The order to probe with: the one tried least, the oldest of those; else one that failed by the URL's fault."""
        for condition in ("o.status = 0", "o.status = 2 AND o.cause = 'endpoint'"):
            row = self._database.db.execute(
                "SELECT o.connection, o.position, o.order_id, o.webhook_id, b.body, o.tries, o.due_at FROM outbox o "
                "JOIN bodies b ON b.position = o.position "
                f"WHERE o.connection IN (SELECT value FROM json_each(?)) AND {condition} "
                "AND o.position NOT IN (SELECT value FROM json_each(?)) ORDER BY o.tries, o.position LIMIT 1",
                (json_ids(connections), json_ids(leave_out)),
            ).fetchone()
            if row is not None:
                return _due(row[0], row[1:])
        return None

    def new_since(self, connections: Sequence[int], moment: int) -> tuple[bool, int]:
        """Of what waits on these connections: whether only orders from after ``moment`` (ms) are untried, and some are;
        and how many were tried (at most 64 counted)."""
        waiting = "FROM outbox WHERE connection IN (SELECT value FROM json_each(:connections)) AND status = 0"
        fresh, tried = self._database.db.execute(
            f"SELECT NOT EXISTS (SELECT 1 {waiting} AND tries = 0 AND created_at <= :moment) "
            f"AND EXISTS (SELECT 1 {waiting} AND tries = 0), "
            f"(SELECT count(*) FROM (SELECT 1 {waiting} AND tries > 0 LIMIT 64))",
            {"connections": json_ids(connections), "moment": moment},
        ).fetchone()
        return bool(fresh), int(tried)

    def settle(self, ended: Sequence[Ended], backoff: Backoff, random: Random) -> Settled:
        """Decide and record what these attempts mean, in the order in which they ended: one transaction."""
        with self._database.transaction() as tx:
            rows = self._load(tx, ended)
            limits = _max_attempts(tx, {item.due.connection for item in ended})
            rulings = [self._settle_one(tx, item, rows, limits, backoff, random) for item in ended]
            self._archive(tx, ended, rulings)
            self._count_first_attempts(tx, ended, rulings)
            recovered = {item.endpoint for item, r in zip(ended, rulings, strict=True) if r.recovered}
            requeued = sum(self._requeue_after_outage(tx, number) for number in recovered)
            projector = tx.projector
        return Settled(
            ended=list(ended),
            rulings=rulings,
            endpoints=projector.endpoints,
            connections=projector.connections,
            requeued=requeued,
        )

    def _load(self, tx: Transaction, ended: Sequence[Ended]) -> dict[int, Row]:
        """The rows of these attempts, read at once, given to the fold as well."""
        keys = {item.due.position: (item.due.connection, item.due.order_id) for item in ended}
        (found,) = tx.db.execute(
            f"SELECT json_group_array(json_array({ROW_COLUMNS})) FROM outbox "
            "WHERE position IN (SELECT value FROM json_each(?))",
            (json_ids(keys),),
        ).fetchone()
        rows = {row.position: row for row in _decode_rows(found)}
        for position, row in rows.items():
            tx.projector.rows[keys[position]] = row
        return rows

    def _settle_one(
        self,
        tx: Transaction,
        item: Ended,
        rows: dict[int, Row],
        limits: dict[int, int],
        backoff: Backoff,
        random: Random,
    ) -> Ruling:
        row, due = rows[item.due.position], item.due
        health = tx.projector.endpoint_health(item.endpoint)
        scene = Scene(
            endpoint_number=item.endpoint,
            endpoint=health,
            connection=tx.projector.connection_health(due.connection),
            waiting=_waiting(tx, item.endpoint) if health.streak + 1 >= ep.FAILURES_TO_SUSPEND else 2,
            backoff=backoff,
        )
        waiting = Waiting(
            position=row.position,
            status=STATUS_NAME[row.status],
            tries=row.tries,
            failures=row.failures,
            max_attempts=limits[due.connection],
            first_tried_at=row.first_tried_at,
            due_at=row.due_at,
        )
        ruling = rule(waiting, item.attempt, scene, random)
        tx.append([New(due.connection, due.order_id, row.version + 1, ruling.order)])
        if ruling.endpoint is not None:
            tx.append_one(-item.endpoint, 0, ruling.endpoint)
        if ruling.connection is not None:
            tx.append_one(due.connection, 0, ruling.connection)
        return ruling

    def _archive(self, tx: Transaction, ended: Sequence[Ended], rulings: Sequence[Ruling]) -> None:
        """Compress the bodies of what is delivered and move them out of the way."""
        done = [
            item.due for item, r in zip(ended, rulings, strict=True) if r.order.outcome == Verdict.DELIVERED
        ]
        if not done:
            return
        with_rows(
            tx.db,
            "INSERT OR REPLACE INTO archive SELECT b.position, b.salt, v.column2 FROM (VALUES {rows}) AS v "
            "JOIN bodies b ON b.position = v.column1",
            [(due.position, compress(due.body)) for due in done],
        )
        tx.db.execute(
            "DELETE FROM bodies WHERE position IN (SELECT value FROM json_each(?))",
            (json_ids(due.position for due in done),),
        )

    def _count_first_attempts(
        self, tx: Transaction, ended: Sequence[Ended], rulings: Sequence[Ruling]
    ) -> None:
        """``sync_log`` tells what became of a poll's orders at their first attempt."""
        counts: dict[int, list[int]] = {}
        for item, ruling in zip(ended, rulings, strict=True):
            if item.due.poll and ruling.order.attempt == 1:
                counts.setdefault(item.due.poll, [0, 0])[ruling.order.outcome != Verdict.DELIVERED] += 1
        tx.db.executemany(
            "UPDATE poll_log SET sent = sent + ?, failed = failed + ? WHERE id = ?",
            [(sent, failed, poll) for poll, (sent, failed) in counts.items()],
        )

    def _requeue_after_outage(self, tx: Transaction, endpoint: int) -> int:
        tx.flush()
        failed = tx.db.execute(
            "SELECT o.connection, o.order_id, o.version FROM connection c JOIN outbox o ON o.connection = c.number "
            "WHERE c.endpoint = ? AND c.removed_at = 0 AND o.status = 2 AND o.cause = 'endpoint' LIMIT ?",
            (endpoint, REQUEUE_BATCH),
        ).fetchall()
        requeued = ev.DeliveryRequeued(reason="the endpoint answers again", next_at=tx.now)
        tx.append([New(connection, order, version + 1, requeued) for connection, order, version in failed])
        return len(failed)

    def requeue(self, positions: Sequence[int], reason: str, by: str) -> int:
        """Make waiting, failed or discarded orders due now, with all their attempts, as far as their bodies are there."""
        kept = "status <> 1 AND EXISTS (SELECT 1 FROM bodies b WHERE b.position = outbox.position)"
        return self._record(
            positions, kept, lambda now: ev.DeliveryRequeued(reason=reason, by=by, next_at=now)
        )

    def discard(self, positions: Sequence[int], reason: str, by: str) -> int:
        """Take waiting and failed orders out of the queue for good."""
        return self._record(
            positions, "status IN (0, 2)", lambda _: ev.DeliveryDiscarded(reason=reason, by=by)
        )

    def _record(self, positions: Sequence[int], condition: str, event: Callable[[int], ev.AnyEvent]) -> int:
        with self._database.transaction() as tx:
            rows = tx.db.execute(
                "SELECT connection, order_id, version FROM outbox "
                f"WHERE position IN (SELECT value FROM json_each(?)) AND {condition}",
                (json_ids(positions),),
            ).fetchall()
            happened = event(tx.now)
            tx.append([New(connection, order, version + 1, happened) for connection, order, version in rows])
        return len(rows)

    def requeue_after_outage(self, endpoint: int) -> int:
        """Requeue the next batch of what failed by the URL's fault; 0 when there is none left."""
        with self._database.transaction() as tx:
            return self._requeue_after_outage(tx, endpoint)


def _waiting(tx: Transaction, endpoint: int) -> int:
    tx.flush()
    row = tx.db.execute(
        "SELECT sum(t.pending) FROM tally t JOIN connection c ON c.number = t.connection WHERE c.endpoint = ?",
        (endpoint,),
    ).fetchone()
    return int(row[0] or 0)


def _max_attempts(tx: Transaction, connections: Iterable[int]) -> dict[int, int]:
    return dict(
        tx.db.execute(
            "SELECT number, max_attempts FROM connection WHERE number IN (SELECT value FROM json_each(?))",
            (json_ids(connections),),
        )
    )


def _due(connection: int, row: Sequence[object]) -> Due:
    position, order_id, webhook_id, body, tries, due_at = row
    return Due(
        position=position,  # type: ignore[arg-type]
        connection=connection,
        order_id=order_id,  # type: ignore[arg-type]
        webhook_id=webhook_id,  # type: ignore[arg-type]
        body=str(body).encode(),
        tries=tries,  # type: ignore[arg-type]
        due_at=due_at,  # type: ignore[arg-type]
    )


__all__ = ["FAR_FUTURE_MS", "REQUEUE_BATCH", "Due", "Ended", "Outbox", "Settled"]
