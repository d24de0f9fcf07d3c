"""Orders on their way in: a page of them captured with its events, outbox rows and cursor in one transaction.

Capturing is idempotent: an order that is known by its id changes nothing, unless it was rejected and has changed since.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from poller_core import events as ev
from poller_core.decide.reading import Walk
from poller_core.errors import OdooRestored
from poller_core.i18n import Phrase
from poller_core.store.bulk import insert_rows, json_ids
from poller_core.store.chain import digest, new_salts
from poller_core.store.database import Database, New, Transaction
from poller_core.store.outbox import Due
from poller_core.store.rows import STATUS_NAME


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


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """What a page's transaction did. ``poll`` is the id of its ``sync_log`` row."""

    due: list[Due]
    rejected: int
    poll: int


class _Rejection(NamedTuple):
    """Of an order that is rejected: at which ``write_date``, its stream's version, and where the event lies."""

    write_date: str
    version: int
    position: int


class Intake:
    """What leads into the outbox, and what is known of the orders that were met."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def capture(self, page: Page) -> Captured:
        """Events, outbox rows, read models, cursor and ``sync_log`` row of one page: one transaction.

        Raises OdooRestored where an order has the id of another one that was captured or rejected.
        """
        with self._database.transaction() as tx:
            before = _rejections(tx.db, page.connection) if page.orders else {}
            fresh = self._fresh(tx, page, before)
            rejected = sum(isinstance(order, Refused) for order in fresh)
            due = self._append(tx, page.connection, fresh, before)
            self._remember(tx, page)
            poll = self._log(tx, page, len(fresh), rejected)
            self._complete(tx, page, len(fresh), rejected)
        for order in due:
            order.poll = poll
        return Captured(due=due, rejected=rejected, poll=poll)

    def recognise(self, connection: int, created: Mapping[int, str]) -> set[int]:
        """Those of these orders, given with their ``create_date``, that are captured.

        Raises OdooRestored where one of them is not the order that has been known by its id.
        """
        _require_same(self._database.db, connection, created)
        return _captured(self._database.db, connection, created)

    def states(self, connection: int, ids: Iterable[int]) -> dict[int, str]:
        """The state of each of these orders that is captured or rejected."""
        asked = json_ids(ids)
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

    def rejected_dates(self, connection: int) -> dict[int, str]:
        """The ``write_date`` at which each rejected order was rejected."""
        rows = self._database.rows(
            "SELECT order_id, write_date FROM rejected WHERE connection = ?", (connection,)
        )
        return {int(str(order)): str(date) for order, date in rows}

    def _fresh(
        self, tx: Transaction, page: Page, rejected: Mapping[int, _Rejection]
    ) -> list[Built | Refused]:
        """The page's orders that change anything, each once."""
        if not page.orders:
            return []
        unique = {order.order_id: order for order in page.orders}
        known = _captured(tx.db, page.connection, unique)
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
            and not (
                isinstance(order, Refused)
                and order.order_id in rejected
                and rejected[order.order_id].write_date == order.write_date
            )
        ]

    def _append(
        self,
        tx: Transaction,
        connection: int,
        orders: Sequence[Built | Refused],
        rejected: Mapping[int, _Rejection],
    ) -> list[Due]:
        items: list[New] = []
        bodies: list[tuple[bytes, str]] = []
        for order, salt in zip(orders, new_salts(len(orders)), strict=True):
            before = rejected.get(order.order_id)
            version = before.version if before else 0
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
        outdated = [(rejected[order.order_id].position,) for order in orders if order.order_id in rejected]
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
        (connection, json_ids(asked)),
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


def _rejections(db: sqlite3.Connection, connection: int) -> dict[int, _Rejection]:
    rows = db.execute(
        "SELECT order_id, write_date, version, position FROM rejected WHERE connection = ?", (connection,)
    )
    return {order: _Rejection(*values) for order, *values in rows}


def _captured(db: sqlite3.Connection, connection: int, ids: Iterable[int]) -> set[int]:
    rows = db.execute(
        "SELECT order_id FROM outbox WHERE connection = ? AND order_id IN (SELECT value FROM json_each(?))",
        (connection, json_ids(ids)),
    )
    return {row[0] for row in rows}


__all__ = ["Built", "Captured", "Intake", "Page", "PollRow", "Refused", "log_poll"]
