"""What is killed at every write: a process that captures, settles and keeps house on a real file.

Started as ``python worker.py`` it has everything imported and forks a child for each run, so that a run costs
milliseconds. Commands on stdin are ``run DATABASE ACKS``: the child opens nothing until it reads a line from the
FIFO ``ACKS.go``, then works and writes a line to ``ACKS`` after each commit. Its pid and how it ended go to stdout.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random

import sqlite_utils  # noqa: F401  # the migrations need it: imported once, not in every child

from poller_core import events as ev
from poller_core.decide.answers import Answer, NoReply, Replied
from poller_core.decide.backoff import Backoff
from poller_core.decide.delivery import Attempt
from poller_core.decide.reading import Walk
from poller_core.errors import PollerError
from poller_core.store import Store
from poller_core.store.intake import Built, Page, PollRow, Refused
from poller_core.store.outbox import Due, Ended

PAGES = 3
ORDERS = 4
START = 1_790_000_000_000
DATE = "2026-09-21 12:00:00"
BACKOFF = Backoff(1.0, 10.0)


class Clock:
    """A second later at each look, so that nothing depends on the machine."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        self.now += 1000
        return self.now


def body(order: int) -> bytes:
    """The body of an order: its own, and long enough to need pages."""
    return b'{"event":"order.confirmed","order":%d,"filler":"%s"}' % (order, b"x" * 700)


def page_of(number: int) -> Page:
    """A page of orders, the last of which can't be mapped."""
    ids = range(number * ORDERS + 1, (number + 1) * ORDERS + 1)
    orders: list[Built | Refused] = [
        Built(
            order_id=i,
            number=f"S{i}",
            write_date=DATE,
            state="sale",
            webhook_id=f"id-{i}",
            body=body(i),
            reference=f"R{i}",
        )
        for i in ids[:-1]
    ]
    orders.append(
        Refused(
            order_id=ids[-1],
            number="S?",
            write_date=DATE,
            state="sale",
            issues=(("name", "missing", "x"),),
            raw=b"{}",
        )
    )
    return Page(
        connection=1,
        orders=orders,
        seen=[(i, DATE) for i in ids],
        walk=Walk(cursor=f"2026-09-21 12:00:{number:02d}"),
        forget_below="",
        poll=PollRow(connection=1, at=START),
    )


def answers(due: list[Due]) -> list[Answer]:
    """Taken, in trouble, refused: one of each."""
    kinds: list[Answer] = [Replied(204), NoReply("timeout", "slow"), Replied(422)]
    return [kinds[item.order_id % 3] for item in due]


def work(path: Path, acknowledge: object) -> None:
    """The whole round, from whatever is there already; acknowledges each commit."""
    said = acknowledge if callable(acknowledge) else print
    store = Store.open(path, clock=Clock())
    if store.connections.by_name("A") is None:
        store.connections.add(
            ev.ConnectionAdded(
                id="abc",
                name="A",
                odoo_url="https://odoo.test",
                odoo_db="db",
                odoo_username="u",
                webhook_url="",
                endpoint=0,
                store_id="s",
                client_id="c",
                polling_interval_seconds=60,
                sync_from="",
            ),
            "https://picking.test/hook",
            {"api_key": b"k", "webhook": b"w"},
        )
        said("connection 1")
    for number in range(PAGES):
        page = page_of(number)
        captured = store.intake.capture(page)
        said(f"captured {' '.join(str(order.order_id) for order in page.orders)}")
        due = captured.due or [
            d for d in store.outbox.due(1, START * 2, 100) if d.order_id in {o.order_id for o in page.orders}
        ]
        ended = [
            Ended(due=item, endpoint=1, attempt=Attempt(answer=answer, duration_ms=1, at=START))
            for item, answer in zip(due, answers(due), strict=True)
        ]
        if ended:
            store.outbox.settle(ended, BACKOFF, Random(1))
            taken = [e.due.order_id for e in ended if e.attempt.answer == Replied(204)]
            said(f"delivered {' '.join(map(str, taken))}")
        store.connections.log_polls([PollRow(connection=1, at=START, duration_ms=1)])
    store.outbox.discard([row.position for row in store.outbox.due(1, START * 2, 1)], "a test", "test")
    said("discarded")
    store.close()


def _child(path: Path, acks: Path) -> int:
    with Path(f"{acks}.go").open("rb") as go:
        go.readline()
    handle = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        work(path, lambda line: os.write(handle, line.encode() + b"\n"))
    except PollerError as error:
        os.write(handle, f"error {error.exit_code}\n".encode())
        return 3
    return 0


def main() -> None:
    """Serve runs until stdin ends."""
    for line in sys.stdin:
        _, path, acks = line.split()
        pid = os.fork()
        if not pid:
            code = 99
            try:
                code = _child(Path(path), Path(acks))
            finally:
                os._exit(code)
        print("pid", pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
