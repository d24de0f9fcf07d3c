"""Rebuilding the projections of a log of N events, beside a raw scan of the same log in Python.

    python benchmarks/rebuild.py [EVENTS] [--rounds 5] [--db FILE] [--json]

makes a database of its own through the store's own capture and settling (nothing is synced while it is made), and prints
the medians of several rounds and their ratio.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from poller_core import app
from poller_core import events as ev
from poller_core.decide.answers import Answer, NoReply, Replied
from poller_core.decide.backoff import Backoff
from poller_core.decide.delivery import Attempt
from poller_core.decide.reading import Walk
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.store.intake import Built, Page, PollRow
from poller_core.store.outbox import Due, Ended
from poller_core.webhook import webhook_id

CONNECTIONS = 20
PAGE = 100
BODY = json.dumps({"event": "order.confirmed", "order": {"lines": [{"sku": "A-1", "quantity": 2}] * 3}})


class Clock:
    """Milliseconds that go on by themselves, a minute for every page."""

    def __init__(self) -> None:
        self.ms = 1_750_000_000_000

    def __call__(self) -> int:
        return self.ms


def make(path: Path, events: int, random: Random) -> None:
    """A log of about that many events: pages of orders, most delivered at once, one in fifty after a failed attempt."""
    clock = Clock()
    store = Store.open(path, clock=clock)
    store.database.db.execute("PRAGMA synchronous=OFF")
    for number in range(1, CONNECTIONS + 1):
        url = f"https://receiver-{number % 4}.example/hook"
        store.connections.add(_connection(number, url), url, {"api_key": b"-", "webhook": b"-"})
    written, page = 0, 0
    while written < events:
        page += 1
        clock.ms += 60_000
        written += _round(store, clock, page, random)
    store.close()


def _connection(number: int, url: str) -> ev.ConnectionAdded:
    return ev.ConnectionAdded(
        id=f"{number:016x}", name=f"shop {number}", odoo_url=f"https://shop-{number}.example", odoo_db="shop",
        odoo_username="poller", webhook_url=url, endpoint=0, store_id="s", client_id="c",
        polling_interval_seconds=60, sync_from="",
    )  # fmt: skip


def _round(store: Store, clock: Clock, page: int, random: Random) -> int:
    """Capture one page and deliver it; how many events that made."""
    number, first = page % CONNECTIONS + 1, (page // CONNECTIONS) * PAGE
    date = f"2026-01-{page % 28 + 1:02} 10:00:00"
    built = [
        Built(
            order_id=order, number=f"S{order:06}", write_date=date, state="sale",
            webhook_id=webhook_id(f"https://shop-{number}.example", "shop", order), body=BODY.encode(),
        )
        for order in range(first + 1, first + PAGE + 1)
    ]  # fmt: skip
    captured = store.intake.capture(
        Page(
            connection=number, orders=built, seen=[], walk=Walk(cursor=date), forget_below="",
            poll=PollRow(connection=number, at=clock.ms),
        )
    )  # fmt: skip
    endpoint = number % 4 + 1
    failed = [due for due in captured.due if random.random() < 0.02]
    trouble: Answer = NoReply("timeout", "no answer within 30 s")
    _settle(store, clock, endpoint, failed, trouble, random)
    clock.ms += 1000
    _settle(store, clock, endpoint, captured.due, Replied(204), random)
    return 3 * PAGE + 1 + len(failed)


def _settle(
    store: Store, clock: Clock, endpoint: int, dues: list[Due], answer: Answer, random: Random
) -> None:
    attempt = Attempt(answer=answer, duration_ms=random.randint(20, 400), at=clock.ms)
    ended = [Ended(due=due, endpoint=endpoint, attempt=attempt) for due in dues]
    for start in range(0, len(ended), 32):
        store.outbox.settle(ended[start : start + 32], Backoff(), random)


def raw_scan(path: Path) -> None:
    """The least that a fold in Python could do: every event's type and data, once."""
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    for _kind, _data in db.execute("SELECT type, data FROM events ORDER BY position"):
        pass
    db.close()


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--db", type=Path, help="keep the database here, and use it where it is there already"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = (given.db or Path(directory) / "poller.db").resolve()
        if not path.exists():
            made = timed(lambda: make(path, given.events, Random(7)))
            print(f"making {given.events:,} events: {made:.0f} s", file=sys.stderr)
        settings = Settings(db_path=path)
        app.rebuild(settings)
        scans, rebuilds = [], []
        for _ in range(given.rounds):
            scans.append(timed(lambda: raw_scan(path)))
            rebuilds.append(timed(lambda: app.rebuild(settings)))
        scan, rebuild = statistics.median(scans), statistics.median(rebuilds)
        ratios = [mine / bare for bare, mine in zip(scans, rebuilds, strict=True)]
        if given.json:
            print(json.dumps({"scan": scan, "rebuild": rebuild, "ratios": ratios}))
        else:
            print(f"raw scan {scan:.2f} s · rebuild {rebuild:.2f} s · ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
