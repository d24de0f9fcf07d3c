"""Small log, large log: appending, delivering, opening and the dashboard's queries at ten thousand and ten million events.

    python benchmarks/scale.py [--events 10000000] [--rounds 20] [--json]

The large database is one that the poller itself wrote, copied onto itself until it has so many events, give or take one in a hundred (the copies'
hashes are not chained; nothing measured here reads them). Both are used in turn, a round each. Besides: what an order
costs on disk when orders come and are delivered in a steady flow, and how long opening a database takes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from append import new_store, page_of, settle
from poller_core.readside import ReadSide
from poller_core.store import Store
from poller_core.store.schema import SCHEMA_VERSION

CONNECTIONS = 20
SMALL = 10_000


def make_small(path: Path, events: int) -> None:
    """A log written by the poller: orders of twenty connections, all but the last page delivered."""
    store = new_store(path, CONNECTIONS)
    store.database.db.execute("PRAGMA synchronous=OFF")
    random = Random(7)
    pages = events // 300
    for number in range(pages):
        captured = store.intake.capture(page_of(number, number % CONNECTIONS + 1))
        if number < pages - 1:
            settle(store, captured, random)
    store.close()


def enlarge(small: Path, path: Path, events: int) -> None:
    """The same database, copied onto itself until it has so many events."""
    shutil.copy(small, path)
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
        db.execute(f"PRAGMA {pragma}")
    indexes = db.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('events', 'outbox', 'reference') AND sql > ''"
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    while True:
        (count,) = db.execute("SELECT count(*) FROM events").fetchone()
        step, orders = db.execute(
            "SELECT max(position), (SELECT max(order_id) FROM outbox) FROM events"
        ).fetchone()
        if count >= events * 0.99:
            break
        # As many rows as are missing, at most as many as there are.
        until = min(step, (events - count) * step // count + 3)
        _copy(db, step, orders, until)
    for _, sql in indexes:
        db.execute(sql)
    db.execute(
        "UPDATE tally SET captured = (SELECT count(*) FROM outbox o WHERE o.connection = tally.connection), "
        "sent = (SELECT count(*) FROM outbox o WHERE o.connection = tally.connection AND o.status = 1)"
    )
    db.execute("UPDATE sqlite_sequence SET seq = (SELECT max(position) FROM events) WHERE name = 'events'")
    db.close()


def _copy(db: sqlite3.Connection, step: int, orders: int, until: int) -> None:
    given = {"step": step, "orders": orders, "until": until}
    columns = [row[1] for row in db.execute("PRAGMA table_info(outbox)")]
    moved = {"position": "position + :step", "order_id": "order_id + :orders"}
    outbox = ", ".join(moved.get(name, name) for name in columns)
    for statement in (
        "INSERT INTO events SELECT position + :step, subject, order_id + :orders, version, type, at, data, hash FROM events "
        "WHERE order_id > 0 AND position <= :until",
        f"INSERT INTO outbox SELECT {outbox} FROM outbox WHERE position <= :until AND status = 1",
        "INSERT INTO archive SELECT position + :step, salt, body FROM archive WHERE position <= :until",
        "INSERT INTO reference SELECT text || ':' || :step, position + :step FROM reference WHERE position <= :until",
    ):
        db.execute(statement, {name: value for name, value in given.items() if f":{name}" in statement})


class Subject:
    """One database under measurement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = Store.open(path)
        self.reads = ReadSide.open(path)
        (first,) = self.store.database.db.execute("SELECT max(order_id) FROM outbox").fetchone()
        self.page = first // 100 + 1
        self.random = Random(7)
        self.day = self.store.database.clock() // 86_400_000 * 86_400_000

    def append(self) -> None:
        self.page += 1
        self.captured = self.store.intake.capture(page_of(self.page))

    def deliver(self) -> None:
        settle(self.store, self.captured, self.random)

    def status(self) -> None:
        """What `odoo-poller status` asks, the opening included."""
        reads = ReadSide.open(self.path)
        reads.poller()
        reads.totals(self.day)
        reads.connections(self.day)
        reads.endpoints()
        reads.close()

    def dashboard(self) -> None:
        """What the screen asks whenever somebody has committed."""
        reads = self.reads
        reads.poller()
        reads.totals(self.day)
        reads.connections(self.day)
        reads.endpoints()
        reads.hours(self.day)
        reads.activity(50)
        reads.sync_log(limit=20)

    def close(self) -> None:
        self.store.close()
        self.reads.close()


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def flatness(small: Path, large: Path, rounds: int) -> dict[str, dict[str, Any]]:
    """Median milliseconds of each action on both, and each round's ratio."""
    subjects = (Subject(small), Subject(large))
    actions = ("append", "deliver", "status", "dashboard")
    found: dict[str, list[tuple[float, ...]]] = {action: [] for action in actions}
    for turn in range(rounds + 3):
        for action in actions:
            # Who goes second is more likely to lose the core to another program: so they take turns at that as well.
            order = (0, 1) if turn % 2 else (1, 0)
            taken = {which: timed(getattr(subjects[which], action)) for which in order}
            times = (taken[0], taken[1])
            if turn >= 3:
                found[action].append(times)
    for subject in subjects:
        subject.close()
    return {
        action: {
            "small_ms": statistics.median(times[0] for times in rows),
            "large_ms": statistics.median(times[1] for times in rows),
            "ratios": [times[1] / times[0] for times in rows],
        }
        for action, rows in found.items()
    }


def opening(path: Path, rounds: int) -> float:
    """Median milliseconds from the path to a store that may be written and read."""

    def open_it() -> Store:
        return Store.open(path, create=False)

    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        store = open_it()
        store.connections.live()
        times.append((time.perf_counter() - started) * 1000)
        store.close()
    return statistics.median(times)


def disk(directory: Path, pages: int) -> float:
    """Bytes an order that was captured and delivered, in a steady flow."""
    path = directory / "flow.db"
    store = new_store(path)
    store.database.db.execute("PRAGMA synchronous=OFF")
    empty = path.stat().st_size
    random = Random(7)
    for number in range(pages):
        settle(store, store.intake.capture(page_of(number)), random)
    store.close()
    size = path.stat().st_size
    path.unlink()
    return (size - empty) / (pages * 100)


def measure(events: int, rounds: int, directory: Path) -> dict[str, Any]:
    small, large = directory / f"small-{SCHEMA_VERSION}.db", directory / "large.db"
    make_small(small, SMALL)
    started = time.perf_counter()
    enlarge(small, large, events)
    made = time.perf_counter() - started
    return {
        "events": events,
        "made_seconds": made,
        "bytes": large.stat().st_size,
        "open_ms": opening(large, rounds),
        "actions": flatness(small, large, rounds),
        "disk": disk(directory, 200),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        found = measure(given.events, given.rounds, Path(directory))
    if given.json:
        print(json.dumps(found))
        return
    print(f"{found['events']:,} events, {found['bytes'] / 1e9:.2f} GB, made in {found['made_seconds']:.0f} s")
    print(f"opening {found['open_ms']:.2f} ms · {found['disk']:.0f} bytes an order delivered")
    for action, row in found["actions"].items():
        ratio = statistics.median(row["ratios"])
        print(f"{action:10} {row['small_ms']:8.2f} ms  {row['large_ms']:8.2f} ms   ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
