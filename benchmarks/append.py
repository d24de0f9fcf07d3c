"""Appending a poll's 100 orders: events, outbox, bodies, read models and cursor in one commit with `synchronous=FULL`.

    python benchmarks/append.py [--rounds 7] [--pages 20] [--json]

Beside it: the very rows that it wrote, copied by a bare `executemany` into the same tables and indexes (the limit);
`eventsourcing`'s application saving 100 aggregates of two events, without an outbox or a read model; aiosqlite, row by
row with a commit each, in WAL mode. Every round runs all candidates in turn, each for several pages into a file of its
own; figures are milliseconds a page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

from mapper import OUTCOMES, Mapped
from poller_core.decide.answers import Replied
from poller_core.decide.backoff import Backoff
from poller_core.decide.delivery import Attempt
from poller_core.decide.reading import Walk
from poller_core.store import Store
from poller_core.store.intake import Built, Captured, Page, PollRow
from poller_core.store.outbox import Ended
from poller_core.webhook import webhook_id
from rebuild import _connection

URL = "https://receiver.example/hook"
BODIES = [outcome.body for outcome in OUTCOMES if isinstance(outcome, Mapped)]
ORDERS = len(BODIES)
TABLES = ("events", "bodies", "outbox", "seen", "reference", "walk", "tally", "hour", "poll_log")


def page_of(number: int, connection: int = 1) -> Page:
    """The n-th page of 100 new orders, as the reader hands it to the store."""
    first = number * ORDERS + 1
    date = f"2026-11-24 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
    built = [
        Built(
            order_id=order_id,
            number=f"S{order_id:07}",
            write_date=date,
            state="sale",
            webhook_id=webhook_id("https://shop.example", f"shop{connection}", order_id),
            body=body,
            reference=f"REF-{order_id}",
        )
        for order_id, body in enumerate(BODIES, first)
    ]
    return Page(
        connection=connection,
        orders=built,
        seen=[(one.order_id, date) for one in built],
        walk=Walk(cursor=date),
        # A steady flow's overlap: what lies five minutes back is forgotten.
        forget_below=date,
        poll=PollRow(connection=connection, at=1),
    )


def new_store(path: Path, connections: int = 1) -> Store:
    store = Store.open(path)
    for number in range(1, connections + 1):
        store.connections.add(_connection(number, URL), URL, {"api_key": b"-", "webhook": b"-"})
    return store


def settle(store: Store, captured: Captured, random: Random) -> None:
    """Deliver a page's orders at once, 50 to a commit."""
    attempt = Attempt(answer=Replied(204), duration_ms=20, at=store.database.clock())
    ended = [Ended(due=due, endpoint=1, attempt=attempt) for due in captured.due]
    for start in range(0, len(ended), 50):
        store.outbox.settle(ended[start : start + 50], Backoff(), random)


# The candidates: each returns milliseconds a page


def product(path: Path, pages: int) -> float:
    store = new_store(path)
    made = [page_of(number) for number in range(pages)]
    started = time.perf_counter()
    for page in made:
        store.intake.capture(page)
    taken = time.perf_counter() - started
    store.close()
    return taken / pages * 1000


def executemany(path: Path, pages: int) -> float:
    """The limit: a file that the product wrote, written again row by row of its pages, a commit a page."""
    source = new_store(path)
    empty = sqlite3.connect(path.with_suffix(".limit"), isolation_level=None)
    source.database.db.backup(empty)
    batches = []
    known = {table: _rows(source.database.db, table) for table in TABLES}
    for number in range(pages):
        source.intake.capture(page_of(number))
        now = {table: _rows(source.database.db, table) for table in TABLES}
        batches.append({table: list(now[table] - known[table]) for table in TABLES})
        known = now
    source.close()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-16384"):
        empty.execute(f"PRAGMA {pragma}")
    sql = {
        table: f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
        for table, rows in batches[0].items()
        if rows
    }
    for batch in batches:
        for rows in batch.values():
            rows.sort(key=str if not rows or not isinstance(rows[0][0], int) else None)
    started = time.perf_counter()
    for batch in batches:
        empty.execute("BEGIN IMMEDIATE")
        for table, statement in sql.items():
            empty.executemany(statement, batch[table])
        empty.execute("COMMIT")
    taken = time.perf_counter() - started
    empty.close()
    return taken / pages * 1000


def _rows(db: sqlite3.Connection, table: str) -> set[tuple[object, ...]]:
    return set(db.execute(f"SELECT * FROM {table}"))


@cache  # the library knows its aggregates by name and refuses a second one
def _order() -> Any:
    """An order as eventsourcing's users write one."""
    from eventsourcing.domain import Aggregate, event

    class Order(Aggregate):
        def __init__(self, number: str, write_date: str) -> None:
            self.number = number
            self.write_date = write_date

        @event("PayloadBuilt")
        def build(self, body: str, webhook_id: str) -> None:
            self.body = body
            self.webhook_id = webhook_id

        @staticmethod
        def create_id(number: str, write_date: str) -> UUID:
            del write_date
            return uuid5(UUID(int=0), number)

    return Order


def eventsourcing(path: Path, pages: int) -> float:
    from eventsourcing.application import Application

    environment = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}
    application: Application[UUID] = Application(env=environment)
    made = [page_of(number) for number in range(pages)]
    started = time.perf_counter()
    for page in made:
        orders = []
        for one in page.orders:
            assert isinstance(one, Built)
            order = _order()(one.number, one.write_date)
            order.build(one.body.decode(), one.webhook_id)
            orders.append(order)
        application.save(*orders)
    taken = time.perf_counter() - started
    application.close()
    return taken / pages * 1000


def row_by_row(path: Path, pages: int) -> float:
    return asyncio.run(_row_by_row(path, max(pages // 10, 1)))


async def _row_by_row(path: Path, pages: int) -> float:
    import aiosqlite

    async with aiosqlite.connect(path) as db:
        await db.execute("PRAGMA journal_mode=WAL")
        await db.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, order_id INTEGER, type TEXT, data TEXT)"
        )
        await db.execute(
            "CREATE TABLE outbox (id INTEGER PRIMARY KEY, order_id INTEGER UNIQUE, body TEXT, status TEXT)"
        )
        made = [page_of(number) for number in range(pages)]
        started = time.perf_counter()
        for page in made:
            for one in page.orders:
                assert isinstance(one, Built)
                for kind in ("OrderFetched", "PayloadBuilt"):
                    await db.execute(
                        "INSERT INTO events (order_id, type, data) VALUES (?, ?, ?)",
                        (one.order_id, kind, one.webhook_id),
                    )
                    await db.commit()
                await db.execute(
                    "INSERT INTO outbox (order_id, body, status) VALUES (?, ?, 'PENDING')",
                    (one.order_id, one.body.decode()),
                )
                await db.commit()
        return (time.perf_counter() - started) / pages * 1000


CANDIDATES: dict[str, Callable[[Path, int], float]] = {
    "poller": product,
    "executemany": executemany,
    "eventsourcing": eventsourcing,
    "aiosqlite": row_by_row,
}


def measure(rounds: int, pages: int, only: list[str]) -> dict[str, dict[str, object]]:
    """Median milliseconds a page, and each round's ratio to the product's time."""
    found: dict[str, list[float]] = {name: [] for name in CANDIDATES if name in only}
    for _ in range(rounds):
        for name, times in found.items():
            with tempfile.TemporaryDirectory() as directory:
                times.append(CANDIDATES[name](Path(directory) / "bench.db", pages))
    return {
        name: {
            "ms": statistics.median(times),
            "ratios": [its / mine for its, mine in zip(times, found["poller"], strict=True)],
        }
        for name, times in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--only", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.rounds, given.pages, ["poller", *given.only])
    if given.json:
        print(json.dumps(found))
        return
    for name, row in found.items():
        ratio = statistics.median(row["ratios"])
        print(f"{name:16} {row['ms']:8.2f} ms a page of {ORDERS}   {ratio:6.2f} x the poller's time")


if __name__ == "__main__":
    main()
