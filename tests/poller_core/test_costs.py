"""What work costs, in counts that no machine's speed changes: statements, commits, calls, looks into the store."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import anyio
import pytest

from odoo_rpc.testing import FakeOdoo
from poller_core.decide.answers import Replied
from poller_core.decide.backoff import Backoff
from poller_core.decide.delivery import Attempt
from poller_core.decide.reading import Walk
from poller_core.loops.poller import poll_once
from poller_core.loops.reader import Reader
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Roster
from poller_core.loops.services import inline
from poller_core.store.intake import Built, Captured, Page, PollRow
from poller_core.store.outbox import Ended
from poller_support import Rig, make_rig

pytestmark = pytest.mark.anyio


class Counted:
    """A database connection that counts what it is asked; ``executemany`` is one statement, as are rows put in by the chunk."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.statements: list[str] = []
        self.chunked: set[str] = set()

    def execute(self, sql: str, *parameters: Any) -> Any:
        into, rows = sql.partition(" VALUES (?")[::2]
        if "), (" not in rows:
            self.statements.append(sql)
        elif into not in self.chunked:
            self.chunked.add(into)
            self.statements.append(into)
        return self._db.execute(sql, *parameters)

    def executemany(self, sql: str, rows: Any) -> Any:
        if sql.partition(" VALUES (?")[0] not in self.chunked:
            self.statements.append(sql)
        return self._db.executemany(sql, rows)

    def clear(self) -> None:
        self.statements.clear()
        self.chunked.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def counting(rig: Rig) -> Counted:
    """From now on, what the store asks SQLite."""
    rig.store.database.db = counted = Counted(rig.store.database.db)  # type: ignore[assignment]
    return counted


def new_orders(first: int, count: int) -> Page:
    orders = [
        Built(
            order_id=number, number=f"S{number}", write_date="2026-11-24 10:00:00", state="sale",
            webhook_id=f"0b9e3ad1-2c5f-4f0e-9f4d-{number:012}", body=b'{"event":"order.confirmed"}', reference=f"R{number}",
        )
        for number in range(first, first + count)
    ]  # fmt: skip
    return Page(
        connection=1, orders=orders, seen=[(order.order_id, order.write_date) for order in orders],
        walk=Walk(cursor="2026-11-24 10:00:00"), forget_below="2026-11-24 09:55:00", poll=PollRow(connection=1, at=1),
    )  # fmt: skip


def settle(rig: Rig, captured: Captured) -> None:
    attempt = Attempt(answer=Replied(204), duration_ms=5, at=rig.services.timeline.now())
    ended = [Ended(due=due, endpoint=1, attempt=attempt) for due in captured.due]
    rig.store.outbox.settle(ended, Backoff(), Random(1))


@pytest.fixture
def rig() -> Rig:
    """A world with one connection."""
    odoo = FakeOdoo(19)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    return rig


def test_a_page_is_captured_with_one_commit_and_no_more_statements_however_many_orders_it_has(
    rig: Rig,
) -> None:
    counted = counting(rig)
    rig.store.intake.capture(new_orders(1, 10))
    few = len(counted.statements)
    counted.clear()
    rig.store.intake.capture(new_orders(1000, 100))
    assert counted.statements.count("COMMIT") == 1
    assert len(counted.statements) <= few <= 25


def test_a_hundred_deliveries_are_settled_with_one_commit_and_no_more_statements_than_ten(rig: Rig) -> None:
    few, many = (
        rig.store.intake.capture(new_orders(first, count)) for first, count in ((1, 10), (1000, 100))
    )
    counted = counting(rig)
    settle(rig, few)
    for_few = len(counted.statements)
    counted.clear()
    settle(rig, many)
    assert counted.statements.count("COMMIT") == 1
    assert len(counted.statements) <= for_few <= 25


@pytest.mark.parametrize(("version", "most"), [(19, 12), (17, 12), (14, 75)])
async def test_a_thousand_new_orders_take_few_calls_to_odoo(version: int, most: int) -> None:
    odoo = FakeOdoo(version)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    await poll_once(rig.services, {1})
    odoo.add_orders(1000)
    before = sum(odoo.statistics.values())
    (report,) = await poll_once(rig.services, {1})
    assert (report.orders_sent, report.error) == (1000, None)
    assert sum(odoo.statistics.values()) - before <= most


async def test_an_idle_poll_looks_into_the_store_once_and_then_no_more(rig: Rig) -> None:
    looks = 0

    async def looking(function: Callable[..., Any], *arguments: object) -> Any:
        nonlocal looks
        looks += 1
        return await inline(function, *arguments)

    roster = Roster(rig.services)
    await roster.refresh()
    reader = Reader(rig.services, roster, Relay(rig.services, roster).offer)
    (entry,) = roster
    await reader.poll(entry)
    rig.services.blocking = looking
    counts = []
    for _ in range(3):
        before = looks
        await reader.poll(entry)
        counts.append(looks - before)
    assert counts == [1, 0, 0]
    await reader.flush()
    assert looks == 2


async def test_what_is_new_is_seen_although_the_last_poll_was_idle(rig: Rig) -> None:
    (odoo,) = rig.odoos.values()
    roster = Roster(rig.services)
    await roster.refresh()
    relay = Relay(rig.services, roster)
    reader = Reader(rig.services, roster, relay.offer)
    (entry,) = roster
    for _ in range(3):
        await reader.poll(entry)
    orders = odoo.add_orders(3)
    polled = await reader.poll(entry)
    assert polled.report.orders_found == len(orders)
    assert (await reader.poll(entry)).report.orders_found == 0


async def test_the_next_page_is_asked_for_while_a_page_is_committed(rig: Rig) -> None:
    (odoo,) = rig.odoos.values()
    await poll_once(rig.services, {1})
    odoo.add_orders(250)
    asked_at_commit = []

    async def slow(function: Callable[..., Any], *arguments: object) -> Any:
        if getattr(function, "__name__", "") == "capture":
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            asked_at_commit.append(odoo.statistics["sale.order", "web_search_read"])
        return await inline(function, *arguments)

    before = odoo.statistics["sale.order", "web_search_read"]
    rig.services.blocking = slow
    (report,) = await poll_once(rig.services, {1})
    assert report.orders_sent == 250
    assert [count - before for count in asked_at_commit] == [2, 3, 3]
