"""Reconcile: what Odoo has, held against what was captured and delivered."""

from __future__ import annotations

import pytest

from odoo_rpc.testing import FakeOdoo
from poller_core.decide import reading
from poller_core.loops.poller import poll_once
from poller_core.loops.reader import Reader
from poller_core.loops.reconcile import Reconciler, ReconcileReport
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Roster
from poller_core.reports import OnProgress
from poller_support import Receiver, Rig, make_rig

pytestmark = pytest.mark.anyio


async def reconciled(
    rig: Rig, since: str = "", *, fix: bool = False, on_progress: OnProgress | None = None
) -> ReconcileReport:
    roster = Roster(rig.services)
    await roster.refresh()
    reader = Reader(rig.services, roster, Relay(rig.services, roster, only_given=True).offer)
    work = Reconciler(rig.services, roster, reader)
    return await work.run(roster.entries[1], since, fix=fix, on_progress=on_progress)


def world(*, answers: int = 204) -> tuple[FakeOdoo, Rig]:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo, receiver=Receiver(answers=lambda _headers, _body: answers))
    rig.connect("A", odoo)
    return odoo, rig


async def test_what_was_captured_and_delivered_is_proven() -> None:
    odoo, rig = world()
    odoo.add_orders(3)
    await poll_once(rig.services, {1})
    report = await reconciled(rig)
    assert (report.in_odoo, report.captured, report.delivered) == (3, 3, 3)
    assert report.complete
    assert (report.undelivered, report.rejected, report.left_out) == ((), (), 0)


async def test_what_is_missing_is_named_and_captured_where_that_is_asked_for() -> None:
    odoo, rig = world()
    await poll_once(rig.services, {1})
    orders = odoo.add_orders(2)
    report = await reconciled(rig)
    assert [missing.odoo_order_id for missing in report.missing] == orders
    assert not report.complete
    assert (await reconciled(rig, fix=True)).fixed == 2
    assert (await reconciled(rig)).captured == 2


async def test_what_waits_is_told_apart_from_what_is_missing() -> None:
    odoo, rig = world(answers=422)
    orders = odoo.add_orders(2)
    await poll_once(rig.services, {1})
    report = await reconciled(rig)
    assert (report.undelivered, report.missing) == (tuple(orders), ())


async def test_progress_knows_how_many_ids_there_are_and_then_how_many_orders_are_captured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "ID_PAGE", 2)
    monkeypatch.setattr(reading, "PAGE", 3)
    odoo, rig = world()
    # The page's length is the default of an argument.
    monkeypatch.setattr("poller_core.loops.source.Source.heads.__defaults__", (2,))
    odoo.add_orders(5)
    told: list[tuple[int, int]] = []
    report = await reconciled(rig, fix=True, on_progress=lambda done, total: told.append((done, total)))
    assert report.fixed == 5
    assert told == [(2, 5), (4, 5), (0, 5), (3, 5)]
