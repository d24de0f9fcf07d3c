"""One poll of one connection: which orders it captures, with how many calls, and what it leaves behind."""

from __future__ import annotations

import json

import pytest

from odoo_rpc.secret import Secret
from odoo_rpc.testing import FakeOdoo, Group
from poller_core.loops.poller import poll_once
from poller_core.model import PollReport
from poller_support import Receiver, Rig, make_rig

pytestmark = pytest.mark.anyio
VERSIONS = pytest.mark.parametrize("version", [14, 17, 19])


async def poll(rig: Rig, number: int = 1) -> PollReport:
    (report,) = await poll_once(rig.services, {number})
    assert report.error is None
    return report


def reads(odoo: FakeOdoo) -> int:
    """Calls so far that read models."""
    return sum(count for (model, _), count in odoo.statistics.items() if "." in model)


def captured(rig: Rig) -> list[int]:
    return [row[0] for row in rig.sql("SELECT order_id FROM outbox ORDER BY order_id")]


@VERSIONS
async def test_confirmed_orders_arrive_once_and_a_second_poll_sends_nothing(version: int) -> None:
    odoo = FakeOdoo(version)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    orders = odoo.add_orders(3)
    odoo.add_order(confirm=False)
    report = await poll(rig)
    assert (report.orders_found, report.orders_sent, report.orders_failed) == (3, 3, 0)
    again = await poll(rig)
    assert (again.orders_found, again.orders_sent) == (0, 0)
    assert captured(rig) == orders
    assert len(rig.receiver.got) == 3


@pytest.mark.parametrize(("version", "idle", "full"), [(14, 1, 8), (17, 1, 1), (19, 1, 1)])
async def test_an_idle_poll_is_one_call_and_a_hundred_new_orders_are_few(
    version: int, idle: int, full: int
) -> None:
    odoo = FakeOdoo(version)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    product = odoo.add_product("Polera", variant={"Talla": "S"})
    partner = odoo.add_partner("Ana", country="CL", region="Metropolitana")
    await poll(rig)
    before = reads(odoo)
    await poll(rig)
    assert reads(odoo) - before == idle
    from odoo_rpc.testing import Line

    odoo.add_orders(99, partner=partner, lines=[Line(product, 1, 1000)])
    before = reads(odoo)
    report = await poll(rig)
    assert report.orders_sent == 99
    assert reads(odoo) - before <= full


async def test_a_thousand_new_orders_of_19_take_at_most_twelve_calls() -> None:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    await poll(rig)
    odoo.add_orders(1000)
    before = reads(odoo)
    report = await poll(rig)
    assert report.orders_found == 1000
    assert reads(odoo) - before <= 12


@VERSIONS
async def test_orders_of_one_second_on_several_pages_are_all_captured(version: int) -> None:
    odoo = FakeOdoo(version)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    orders = odoo.add_orders(250)
    report = await poll(rig)
    assert report.orders_found == 250
    assert captured(rig) == orders


@VERSIONS
async def test_a_transaction_that_commits_late_is_found_by_the_next_poll(version: int) -> None:
    odoo = FakeOdoo(version)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    late = odoo.begin()
    hidden = late.add_order()
    visible = odoo.add_order()
    await poll(rig)
    assert captured(rig) == [visible]
    late.commit()
    await poll(rig)
    assert captured(rig) == sorted([hidden, visible])


@VERSIONS
async def test_an_edited_order_is_not_captured_again(version: int) -> None:
    odoo = FakeOdoo(version)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    (order,) = odoo.add_orders(1)
    await poll(rig)
    odoo.edit("sale.order", order, client_order_ref="later")
    report = await poll(rig)
    assert report.orders_found == 0
    assert len(rig.receiver.got) == 1


@VERSIONS
async def test_an_order_that_cannot_be_mapped_is_rejected_alone_and_captured_once_it_is_mended(
    version: int,
) -> None:
    odoo = FakeOdoo(version)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    good = odoo.add_order()
    bad = odoo.add_order()
    odoo.edit("sale.order", bad, name=False)
    report = await poll(rig)
    assert (report.orders_found, report.orders_sent, report.orders_failed) == (2, 1, 1)
    assert captured(rig) == [good]
    ((issues,),) = rig.sql("SELECT issues FROM rejected")
    assert json.loads(issues)[0][0] == "name"
    again = await poll(rig)
    assert again.orders_found == 0
    odoo.edit("sale.order", bad, name="S-MENDED", note="x")
    await poll_until_moved(rig, odoo, bad)
    assert captured(rig) == [good, bad]
    assert rig.sql("SELECT count(*) FROM rejected") == [(0,)]
    assert rig.sql("SELECT rejected, captured FROM tally") == [(0, 2)]


async def poll_until_moved(rig: Rig, odoo: FakeOdoo, order: int) -> None:
    """An edit within the very second of the rejection shows once the second has passed."""
    for _ in range(3):
        await poll(rig)
        if order in captured(rig):
            return
        import anyio

        await anyio.sleep(1.05 - odoo.clock() % 1)
        odoo.edit("sale.order", order, note="again")


@VERSIONS
async def test_an_order_that_may_not_be_read_is_rejected_and_the_others_go_on(version: int) -> None:
    odoo = FakeOdoo(version)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    hidden = odoo.add_partner("Secreto")
    first, last = odoo.add_order(), None
    secret = odoo.add_order(partner=hidden)
    last = odoo.add_order()
    odoo.hide("res.partner", hidden)
    report = await poll(rig)
    assert captured(rig) == [first, last]
    assert (report.orders_found, report.rejected) == (3, 1)
    assert rig.sql("SELECT order_id FROM rejected") == [(secret,)]
    assert "Secreto" not in json.dumps(rig.sql("SELECT data FROM events"))


async def test_a_user_without_sales_rights_gets_orders_without_the_count() -> None:
    odoo = FakeOdoo(19)
    odoo.add_user("bodega", "stock-key", groups=[Group.STOCK])
    rig = make_rig(odoo)
    rig.connect("A", odoo, odoo_username="bodega", api_key=Secret("stock-key"))
    odoo.add_order()
    await poll(rig)
    payload = json.loads(rig.receiver.got[0][1])
    assert payload["customer"]["orders_count"] is None
    before = reads(odoo)
    odoo.add_order()
    await poll(rig)
    assert reads(odoo) - before == 1


async def test_what_was_confirmed_before_the_start_is_left_out_and_counted() -> None:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo)
    odoo.add_order(created="2020-01-01 00:00:00", ordered="2020-01-01 00:00:00")
    rig.connect("A", odoo, sync_from="2021-01-01")
    report = await poll(rig)
    assert (report.orders_found, report.left_out) == (0, 1)
    odoo.add_order()
    report = await poll(rig)
    assert (report.orders_found, report.left_out) == (1, 0)


async def test_a_refused_key_is_the_connections_own_trouble() -> None:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo)
    rig.connect("wrong", odoo, api_key=Secret("not the key"))
    rig.connect("right", odoo)
    odoo.add_order()
    wrong, right = await poll_once(rig.services, {1, 2})
    assert wrong.error is not None
    assert "key" in wrong.error
    assert right.orders_sent == 1
    assert rig.sql("SELECT failing FROM connection ORDER BY number") == [("AuthenticationFailed",), ("",)]


async def test_an_idle_poll_leaves_a_row_in_sync_log_and_no_event() -> None:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    await poll(rig)
    events = rig.sql("SELECT count(*) FROM events")
    await poll(rig)
    assert rig.sql("SELECT count(*) FROM events") == events
    assert rig.sql("SELECT orders_found, orders_sent, error_message FROM sync_log ORDER BY id") == [
        (0, 0, None),
        (0, 0, None),
    ]


async def test_the_body_is_stored_once_and_those_bytes_are_sent() -> None:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo, receiver=Receiver(lambda _h, _b: 500))
    rig.connect("A", odoo)
    odoo.add_order()
    await poll(rig)
    ((body,),) = rig.sql("SELECT payload FROM retry_queue")
    assert rig.receiver.got[0][1] == body.encode()
