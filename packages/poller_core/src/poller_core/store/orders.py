"""Orders on their way: captured with their outbox row in one transaction, settled many at a time.

Nothing here decides: what an attempt means comes from ``decide.delivery``, called inside the transaction with what
is in the tables at that moment, so that a person's discard or an edited connection is never overwritten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

import msgspec

from poller_core import events as ev
from poller_core.decide import endpoint as ep
from poller_core.decide.answers import Verdict
from poller_core.decide.backoff import Backoff
from poller_core.decide.delivery import Attempt, Ruling, Scene, Waiting, rule
from poller_core.decide.endpoint import Health
from poller_core.decide.reading import Walk
from poller_core.errors import OdooRestored
from poller_core.i18n import Phrase
from poller_core.store.archive import compress
from poller_core.store.bulk import insert_rows, with_rows
from poller_core.store.chain import digest, new_salts
from poller_core.store.database import Database, New, Transaction
from poller_core.store.rows import ROW_COLUMNS, STATUS_NAME, Row

REQUEUE_BATCH = 500
FAR_FUTURE_MS = 2 * 3_600_000
"""No wait is that long: a due date further away comes from a clock that has been put right since."""


_decode_rows = msgspec.json.Decoder(list[Row]).decode


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """An order that became a payload. ``body`` is what will be sent, to the byte."""

    order_id: int
    number: str
    write_date: str
    state: str
    webhook_id: str
    body: bytes
    reference: str = ""
    create_date: str = ""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """An order that can't be mapped. ``raw`` is Odoo's own record, kept until it is mapped or erased."""

    order_id: int
    number: str
    write_date: str
    state: str
    issues: tuple[tuple[str, str, str], ...]
    raw: bytes
    create_date: str = ""


class PollRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``sync_log``. ``id`` 0 makes a new one; else found, failed and the duration are added to that row."""

    connection: int
    at: int
    found: int = 0
    failed: int = 0
    error: str = ""
    duration_ms: int = 0
    id: int = 0


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What one page of a window leaves behind, committed as one."""

    connection: int
    orders: Sequence[Built | Refused]
    seen: Sequence[tuple[int, str]]
    walk: Walk | None
    forget_below: str
    poll: PollRow
    session: str = ""
    server_version: str = ""
    finished: bool = True


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


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """What a page's transaction did. ``poll`` is the id of its ``sync_log`` row."""

    due: list[Due]
    rejected: int
    poll: int


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


class Orders:
    """The outbox and what leads into it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Capture

    def capture(self, page: Page) -> Captured:
        """Events, outbox rows, read models, cursor and ``sync_log`` row of one page: one transaction.

        Raises OdooRestored where an order has the id of another one that was captured or rejected.
        """
        with self._database.transaction() as tx:
            fresh = self._fresh(tx, page)
            rejected = [order for order in fresh if isinstance(order, Refused)]
            due = self._append(tx, page.connection, fresh)
            self._remember(tx, page)
            poll = self._log(tx, page, len(fresh), len(rejected))
            self._complete(tx, page, len(fresh), len(rejected))
        for order in due:
            order.poll = poll
        return Captured(due=due, rejected=len(rejected), poll=poll)

    def recognise(self, connection: int, created: Mapping[int, str]) -> set[int]:
        """Those of these orders, given with their ``create_date``, that are captured.

        Raises OdooRestored where one of them is not the order that has been known by its id.
        """
        _require_same(self._database.db, connection, created)
        return _captured(self._database.db, connection, list(created))

    def states(self, connection: int, ids: Iterable[int]) -> dict[int, str]:
        """The state of each of these orders that is captured or rejected."""
        asked = _json(ids)
        found = {
            order: STATUS_NAME[status]
            for order, status in self._database.db.execute(
                "SELECT order_id, status FROM outbox WHERE connection = ? AND order_id IN (SELECT value FROM json_each(?))",
                (connection, asked),
            )
        }
        rejected = self._database.db.execute(
            "SELECT order_id FROM rejected WHERE connection = ? AND order_id IN (SELECT value FROM json_each(?))",
            (connection, asked),
        )
        return {**{row[0]: "REJECTED" for row in rejected}, **found}

    def pending_total(self) -> int:
        """Orders that wait, over all connections."""
        return int(str(self._database.rows("SELECT coalesce(sum(pending), 0) FROM tally")[0][0]))

    def rejected_dates(self, connection: int) -> dict[int, str]:
        """The ``write_date`` at which each rejected order was rejected."""
        rows = self._database.rows(
            "SELECT order_id, write_date FROM rejected WHERE connection = ?", (connection,)
        )
        return {int(str(order)): str(date) for order, date in rows}

    def _fresh(self, tx: Transaction, page: Page) -> list[Built | Refused]:
        """The page's orders that change anything, each once."""
        if not page.orders:
            return []
        unique = {order.order_id: order for order in page.orders}
        known = _captured(tx.db, page.connection, list(unique))
        rejected = dict(
            tx.db.execute(
                "SELECT order_id, write_date FROM rejected WHERE connection = ?", (page.connection,)
            )
        )
        met = {
            number: order.create_date
            for number, order in unique.items()
            if number in known or number in rejected
        }
        _require_same(tx.db, page.connection, met)
        return [
            order
            for order in unique.values()
            if order.order_id not in known
            and not (isinstance(order, Refused) and rejected.get(order.order_id) == order.write_date)
        ]

    def _append(self, tx: Transaction, connection: int, orders: Sequence[Built | Refused]) -> list[Due]:
        rejected = {
            order: (version, position)
            for order, version, position in tx.db.execute(
                "SELECT order_id, version, position FROM rejected WHERE connection = ?", (connection,)
            )
        }
        items: list[New] = []
        bodies: list[tuple[bytes, str]] = []
        for order, salt in zip(orders, new_salts(len(orders)), strict=True):
            version, _ = rejected.get(order.order_id, (0, 0))
            fetched = ev.OrderFetched(
                number=order.number,
                write_date=order.write_date,
                state=order.state,
                create_date=order.create_date,
            )
            body = order.body if isinstance(order, Built) else order.raw
            bodies.append((salt, body.decode()))
            items.append(New(connection, order.order_id, version + 1, fetched))
            items.append(
                New(connection, order.order_id, version + 2, _second_event(order, digest(salt, body)))
            )
        logged = tx.append(items)[1::2]
        places = [entry.position for entry in logged]
        # Odoo's own record of a rejected order is kept no longer than until there is another word on it.
        outdated = [rejected[order.order_id][1:] for order in orders if order.order_id in rejected]
        if outdated:
            tx.db.executemany("DELETE FROM bodies WHERE position = ?", outdated)
        stored = [(place, salt, body) for place, (salt, body) in zip(places, bodies, strict=True)]
        insert_rows(tx.db, "INSERT INTO bodies", stored)
        references = [
            (order.reference, place)
            for order, place in zip(orders, places, strict=True)
            if isinstance(order, Built) and order.reference
        ]
        insert_rows(tx.db, "INSERT OR IGNORE INTO reference", references)
        return [
            Due(
                position=place,
                connection=connection,
                order_id=order.order_id,
                webhook_id=order.webhook_id,
                body=order.body,
                due_at=tx.now,
            )
            for order, place in zip(orders, places, strict=True)
            if isinstance(order, Built)
        ]

    def _remember(self, tx: Transaction, page: Page) -> None:
        """Cursor, walk and what is known in the window."""
        number = page.connection
        seen = [(number, order, date) for order, date in page.seen]
        insert_rows(tx.db, "INSERT OR REPLACE INTO seen", seen)
        if page.forget_below:
            tx.db.execute(
                "DELETE FROM seen WHERE connection = ? AND write_date < ?", (number, page.forget_below)
            )
        last = max((order for order, _ in page.seen), default=0)
        walk = page.walk or Walk()
        tx.db.execute(
            "INSERT INTO walk (connection, cursor, bound, after_id, session, server_version, last_sync_at, last_order_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (connection) DO UPDATE SET "
            + (
                "cursor = excluded.cursor, bound = excluded.bound, after_id = excluded.after_id, "
                if page.walk
                else ""
            )
            + "session = CASE excluded.session WHEN '' THEN session ELSE excluded.session END, "
            "server_version = CASE excluded.server_version WHEN '' THEN server_version ELSE excluded.server_version END, "
            "last_sync_at = max(last_sync_at, excluded.last_sync_at), last_order_id = max(last_order_id, excluded.last_order_id)",
            (
                number,
                walk.cursor,
                walk.bound,
                walk.after_id,
                page.session,
                page.server_version,
                tx.now if page.finished and not page.poll.error else 0,
                last,
            ),
        )

    def _log(self, tx: Transaction, page: Page, found: int, rejected: int) -> int:
        row = msgspec.structs.replace(page.poll, found=found, failed=rejected)
        return log_poll(tx, row)

    def _complete(self, tx: Transaction, page: Page, found: int, rejected: int) -> None:
        """``PollCompleted`` where the page captured something or ended a failing state."""
        number = page.connection
        failing, version = tx.db.execute(
            "SELECT failing, version FROM connection WHERE number = ?", (number,)
        ).fetchone()
        if not found and not failing:
            return
        completed = ev.PollCompleted(
            found=found,
            captured=found - rejected,
            rejected=rejected,
            cursor=page.walk.cursor if page.walk else "",
            recovered=bool(failing),
        )
        tx.append([New(number, 0, version + 1, completed)])

    # Delivery

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
                (_json(connections), _json(leave_out)),
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
            {"connections": _json(connections), "moment": moment},
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
            (_json(keys),),
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
        archive(tx, [(due.position, due.body) for due in done])

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
                (_json(positions),),
            ).fetchall()
            happened = event(tx.now)
            tx.append([New(connection, order, version + 1, happened) for connection, order, version in rows])
        return len(rows)

    def requeue_after_outage(self, endpoint: int) -> int:
        """Requeue the next batch of what failed by the URL's fault; 0 when there is none left."""
        with self._database.transaction() as tx:
            return self._requeue_after_outage(tx, endpoint)


def log_poll(tx: Transaction, row: PollRow) -> int:
    """Write or extend a ``sync_log`` row; returns its id."""
    if row.id:
        tx.db.execute(
            "UPDATE poll_log SET found = found + ?, failed = failed + ?, error = ?, duration_ms = ? WHERE id = ?",
            (row.found, row.failed, row.error, row.duration_ms, row.id),
        )
        return row.id
    cursor = tx.db.execute(
        "INSERT INTO poll_log (connection, at, found, sent, failed, error, duration_ms) VALUES (?, ?, ?, 0, ?, ?, ?)",
        (row.connection, row.at, row.found, row.failed, row.error, row.duration_ms),
    )
    return int(cursor.lastrowid or 0)


def archive(tx: Transaction, bodies: Sequence[tuple[int, bytes]]) -> None:
    """Move bodies, given with their positions, into the archive."""
    if not bodies:
        return
    positions = [position for position, _ in bodies]
    with_rows(
        tx.db,
        "INSERT OR REPLACE INTO archive SELECT b.position, b.salt, v.column2 FROM (VALUES {rows}) AS v "
        "JOIN bodies b ON b.position = v.column1",
        list(zip(positions, compress([body for _, body in bodies]), strict=True)),
    )
    tx.db.execute(
        "DELETE FROM bodies WHERE position IN (SELECT value FROM json_each(?))", (_json(positions),)
    )


def _second_event(order: Built | Refused, fingerprint: str) -> ev.AnyEvent:
    if isinstance(order, Built):
        return ev.PayloadBuilt(
            webhook_id=order.webhook_id, digest=fingerprint, size=len(order.body), number=order.number
        )
    return ev.OrderRejected(
        write_date=order.write_date, issues=order.issues, digest=fingerprint, number=order.number
    )


def _require_same(db: sqlite3.Connection, connection: int, created: Mapping[int, str]) -> None:
    """Refuse an id under which an order with another ``create_date`` is known: captured orders would swallow the new ones."""
    asked = {number: date for number, date in created.items() if date}
    if not asked:
        return
    known = db.execute(
        "SELECT order_id, json_extract(data, '$.create_date') FROM events "
        "WHERE subject = ? AND order_id IN (SELECT value FROM json_each(?)) AND type = 'OrderFetched'",
        (connection, _json(asked)),
    )
    for order_id, before in known:
        if before and before != asked[order_id]:
            raise OdooRestored(
                Phrase(
                    "order {id} was created {now} and the order known by that id {before}: this Odoo was put back to an "
                    "earlier state; remove the connection and add it anew, from the moment of that on",
                    id=order_id,
                    now=asked[order_id].replace(" ", "T"),
                    before=before.replace(" ", "T"),
                )
            )


def _captured(db: object, connection: int, ids: list[int]) -> set[int]:
    rows = db.execute(  # type: ignore[attr-defined]
        "SELECT order_id FROM outbox WHERE connection = ? AND order_id IN (SELECT value FROM json_each(?))",
        (connection, _json(ids)),
    )
    return {row[0] for row in rows}


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
            (_json(connections),),
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


def _json(values: Iterable[int]) -> str:
    return msgspec.json.encode(list(values)).decode()


__all__ = [
    "Built",
    "Captured",
    "Due",
    "Ended",
    "Orders",
    "Page",
    "PollRow",
    "Refused",
    "Settled",
    "archive",
    "log_poll",
]
