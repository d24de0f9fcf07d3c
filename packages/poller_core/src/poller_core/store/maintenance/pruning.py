"""Retention: bodies of orders settled long ago, old lines of ``sync_log``, finished requests. In small steps, so that nobody
waits for it; each step is one short transaction, and the event that says so is in it.

What identifies an order stays, so that none is ever sent twice: only what it held goes, with its salt, so that its digest
says nothing any more. An order that failed waits for a person, however long: only where one asks for it is it given up, and
never where it failed with its endpoint, for it goes out by itself once that answers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from poller_core import events as ev
from poller_core.store.bulk import json_ids
from poller_core.store.database import Database, New, Transaction
from poller_core.store.rows import FAILED

STEP = 500
DAY_MS = 86_400_000
REQUESTS_MS = DAY_MS

_DELIVERED = (
    "FROM archive b JOIN outbox o ON o.position = b.position "
    "WHERE b.position > ? AND b.position <= ? AND o.updated_at < ?"
)
_UNDELIVERED = (
    "FROM bodies b LEFT JOIN outbox o ON o.position = b.position WHERE b.position > ? AND b.position <= ? "
    "AND (o.position IS NULL OR o.updated_at < ? AND (o.status = 3 OR o.status = 2 AND o.cause <> 'endpoint' AND ?))"
)


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long what is kept, in days since it was settled (or written)."""

    delivered_days: int = 30
    failed_days: int = 90
    log_days: int = 30


class Pruned(msgspec.Struct, kw_only=True):
    """How much went."""

    payloads: int = 0
    given_up: int = 0
    polls: int = 0
    requests: int = 0


class Pruning:
    """One round. Call ``step`` until it returns False. ``give_up``: take leave of orders that failed, too."""

    def __init__(self, database: Database, retention: Retention, now: int, *, give_up: bool) -> None:
        self._database = database
        self._retention = retention
        self._give_up = give_up
        self._delivered = now - retention.delivered_days * DAY_MS
        self._failed = now - retention.failed_days * DAY_MS
        self._logged = now - retention.log_days * DAY_MS
        self._asked = now - REQUESTS_MS
        self._after = 0
        self._steps: list[Callable[[], bool]] = [
            self._delivered_bodies,
            self._undelivered_bodies,
            self._polls,
            self._requests,
        ]
        self.pruned = Pruned()

    def count(self) -> Pruned:
        """How much there is to go."""
        rows = self._database.rows
        (delivered,) = rows(f"SELECT count(*) {_DELIVERED}", self._of_delivered())[0]
        undelivered, given_up = rows(
            f"SELECT count(*), count(*) FILTER (WHERE o.status = 2) {_UNDELIVERED}", self._of_undelivered()
        )[0]
        (polls,) = rows("SELECT count(*) FROM poll_log WHERE at < ?", (self._logged,))[0]
        (requests,) = rows("SELECT count(*) FROM request WHERE asked_at < ?", (self._asked,))[0]
        return Pruned(
            payloads=_int(delivered) + _int(undelivered),
            given_up=_int(given_up),
            polls=_int(polls),
            requests=_int(requests),
        )

    def step(self) -> bool:
        """Do a little; False once all is done."""
        if not self._steps:
            return False
        if not self._steps[0]():
            del self._steps[0]
            self._after = 0
        if not self._steps and self.pruned.payloads:
            self._empty_log_file()
        return bool(self._steps)

    def _delivered_bodies(self) -> bool:
        sql = f"SELECT b.position {_DELIVERED} ORDER BY b.position LIMIT {STEP}"
        limits = self._of_delivered()
        if not self._database.rows(sql, limits):
            return False
        with self._database.transaction() as tx:
            positions = [row[0] for row in tx.db.execute(sql, limits)]
            self._erase(tx, positions, self._delivered)
        return len(positions) == STEP

    def _undelivered_bodies(self) -> bool:
        sql = (
            "SELECT b.position, o.connection, o.order_id, o.version, o.status "
            f"{_UNDELIVERED} ORDER BY b.position LIMIT {STEP}"
        )
        limits = self._of_undelivered()
        if not self._database.rows(sql, limits):
            return False
        with self._database.transaction() as tx:
            rows = tx.db.execute(sql, limits).fetchall()
            days = self._retention.failed_days
            gone = ev.DeliveryDiscarded(
                reason=f"not delivered for {days} days: payload erased", by="retention"
            )
            given_up = [
                New(connection, order, version + 1, gone)
                for _, connection, order, version, status in rows
                if status == FAILED
            ]
            tx.append(given_up)
            self._erase(tx, [row[0] for row in rows], self._failed)
        self.pruned.given_up += len(given_up)
        return len(rows) == STEP

    def _erase(self, tx: Transaction, positions: Sequence[int], settled_before: int) -> None:
        if not positions:
            return
        asked = json_ids(positions)
        for table in ("bodies", "archive", "reference"):
            tx.db.execute(f"DELETE FROM {table} WHERE position IN (SELECT value FROM json_each(?))", (asked,))
        erased = ev.PayloadsErased(
            before=positions[-1], count=len(positions), settled_before=max(settled_before, 0)
        )
        tx.append_one(0, 0, erased)
        self._after = positions[-1]
        self.pruned.payloads += len(positions)

    def _polls(self) -> bool:
        # Ids grow with time, nearly: what is a little out of order goes the next time.
        oldest = self._database.rows(f"SELECT id, at FROM poll_log ORDER BY id LIMIT {STEP}")
        doomed = [(row[0],) for row in oldest if _int(row[1]) < self._logged]
        if doomed:
            with self._database.transaction() as tx:
                tx.db.executemany("DELETE FROM poll_log WHERE id = ?", doomed)
            self.pruned.polls += len(doomed)
        return len(doomed) == STEP

    def _requests(self) -> bool:
        if self._database.rows("SELECT 1 FROM request WHERE asked_at < ? LIMIT 1", (self._asked,)):
            with self._database.transaction() as tx:
                gone = tx.db.execute("DELETE FROM request WHERE asked_at < ?", (self._asked,))
                self.pruned.requests += gone.rowcount
        return False

    def _of_delivered(self) -> tuple[object, ...]:
        return self._after, last_before(self._database, self._delivered), self._delivered

    def _of_undelivered(self) -> tuple[object, ...]:
        return self._after, last_before(self._database, self._failed), self._failed, self._give_up

    def _empty_log_file(self) -> None:
        """What was erased must not live on in the write-ahead log; where somebody reads, it is emptied another time."""
        with self._database.guarded() as db, suppress(sqlite3.OperationalError):
            (wait,) = db.execute("PRAGMA busy_timeout").fetchone()
            db.execute("PRAGMA busy_timeout=0")
            try:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                db.execute(f"PRAGMA busy_timeout={wait}")


def last_before(database: Database, moment: int) -> int:
    """The position of the last event before ``moment`` (ms), 0 for none; found by halving, since the log's clock only runs forwards."""
    first, last = database.rows("SELECT coalesce(min(position), 0), coalesce(max(position), 0) FROM events")[
        0
    ]
    low, high = max(_int(first) - 1, 0), _int(last)
    while low < high:
        middle = (low + high + 1) // 2
        (at,) = database.rows("SELECT at FROM events WHERE position = ?", (middle,))[0]
        low, high = (middle, high) if _int(at) < moment else (low, middle - 1)
    return low


def _int(value: object) -> int:
    return int(str(value))


__all__ = ["STEP", "Pruned", "Pruning", "Retention", "last_before"]
