"""An Odoo that was put back to an earlier state gives ids out again; one that hides its orders looks like a quiet shop.

Neither may go unnoticed: the first would have its new orders taken for those that were captured under their ids.
"""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from odoo_rpc.testing import FakeOdoo
from poller_core.errors import OdooRestored
from poller_core.loops.poller import poll_once
from poller_core.loops.reader import Reader
from poller_core.loops.reconcile import Reconciler
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Entry, Roster
from poller_core.model import ConnectionStatus
from poller_core.store.queries.connections import all_connections
from poller_support import Rig, make_rig

pytestmark = pytest.mark.anyio


class World:
    """An Odoo whose time the test tells, and a poller."""

    def __init__(self, version: int = 19) -> None:
        self.seconds = 1_764_000_000.0
        self.odoo = FakeOdoo(version, clock=lambda: self.seconds)
        self.rig: Rig = make_rig(self.odoo)
        self.rig.connect("A", self.odoo)

    async def poll(self) -> str:
        """What is wrong, empty for nothing; an hour later than whatever was before."""
        self.seconds += 3600
        (report,) = await poll_once(self.rig.services, {1})
        return report.error or ""

    async def sweep(self) -> None:
        """The daily reconcile."""
        reconciler, entry = await self._reconciler()
        await reconciler._sweep_one(entry)

    async def sweep_daily(self) -> None:
        """The same by itself, a day later, as far as it finds that connection due."""
        with self.rig.store.database.transaction() as tx:
            tx.db.execute("UPDATE walk SET reconciled_at = reconciled_at - 86400000")
            tx.db.execute("UPDATE connection SET created_at = created_at - 86400000")
        reconciler, _ = await self._reconciler()
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(reconciler.run_daily)
                while self.rig.store.connections.reading(1).sweep.standstill:
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()

    async def reconcile(self) -> None:
        """The command."""
        reconciler, entry = await self._reconciler()
        await reconciler.run(entry, "", fix=False)

    async def _reconciler(self) -> tuple[Reconciler, Entry]:
        roster = Roster(self.rig.services)
        await roster.refresh()
        reader = Reader(self.rig.services, roster, Relay(self.rig.services, roster, only_given=True).offer)
        return Reconciler(self.rig.services, roster, reader), roster.entries[1]

    @property
    def status(self) -> ConnectionStatus:
        """As people see it."""
        (status,) = all_connections(self.rig.store.database.db, 0)
        return status

    @property
    def cursor(self) -> str:
        """How far this connection was read."""
        return self.rig.store.connections.reading(1).walk.cursor


@pytest.mark.parametrize("version", [14, 17, 19])
async def test_an_order_with_anothers_id_stops_its_connection_and_is_not_taken_for_the_other(
    version: int,
) -> None:
    world = World(version)
    world.odoo.add_orders(3)
    assert await world.poll() == ""
    backup = world.odoo.snapshot()
    (lost,) = world.odoo.add_orders(1)
    assert await world.poll() == ""
    before, cursor = len(world.rig.receiver.got), world.cursor

    world.odoo.restore(backup)
    world.seconds += 3600
    assert world.odoo.add_orders(1) == [lost]
    error = await world.poll()
    assert f"order {lost} was created" in error
    assert "put back to an earlier state" in error
    assert (world.status.state, world.status.last_error) == ("failing", error)
    assert world.cursor == cursor
    assert await world.poll() == error
    assert len(world.rig.receiver.got) == before


async def test_an_order_that_was_edited_or_confirmed_again_is_the_same_order() -> None:
    world = World()
    (order,) = world.odoo.add_orders(1)
    assert await world.poll() == ""
    world.odoo.edit("sale.order", order, client_order_ref="PO-7")
    assert await world.poll() == ""
    world.odoo.cancel(order)
    assert await world.poll() == ""
    world.odoo.edit("sale.order", order, state="sale")
    assert await world.poll() == ""
    await world.sweep()
    await world.reconcile()
    assert world.status.state == "ok"
    assert len(world.rig.receiver.got) == 1


async def test_where_most_of_a_window_is_known_the_heads_tell_them_apart() -> None:
    world = World()
    world.odoo.add_orders(250)
    assert await world.poll() == ""
    backup = world.odoo.snapshot()
    world.odoo.add_orders(100)
    world.seconds -= 3500
    assert await world.poll() == ""
    world.odoo.restore(backup)
    world.seconds += 60
    (again, *_) = world.odoo.add_orders(100)
    world.seconds -= 3500
    assert f"order {again} was created" in await world.poll()


async def test_the_daily_reconcile_finds_what_no_poll_could_see_and_stops_the_connection_until_it_is_gone() -> (
    None
):
    world = World()
    backup = world.odoo.snapshot()
    world.odoo.add_orders(2)
    assert await world.poll() == ""
    assert await world.poll() == ""
    world.odoo.restore(backup)
    known = world.odoo.snapshot()
    world.seconds -= 7200 + 90
    # Within the overlap, where an id that is known is not asked for again.
    world.odoo.add_orders(1)
    world.seconds += 7200 + 90
    await world.sweep()
    assert "put back to an earlier state" in world.status.last_error
    assert world.status.state == "failing"
    assert world.status.failing_since == world.status.reconciled_at > 0
    assert "put back to an earlier state" in await world.poll()
    with pytest.raises(OdooRestored):
        await world.reconcile()
    world.odoo.restore(known)
    await world.sweep_daily()
    assert await world.poll() == ""
    assert world.status.state == "ok"


async def test_orders_that_are_gone_over_night_are_told_to_a_person_and_reading_goes_on() -> None:
    world = World()
    orders = world.odoo.add_orders(30)
    assert await world.poll() == ""
    await world.sweep()
    assert world.status.state == "ok"
    for order in orders[:20]:
        world.odoo.delete("sale.order", order)
    await world.sweep()
    assert world.status.state == "failing"
    assert "Odoo shows 10 confirmed orders and showed 30 the day before" in world.status.last_error
    world.odoo.add_orders(1)
    assert await world.poll() == ""
    assert len(world.rig.receiver.got) == 31
    await world.sweep()
    assert (world.status.state, world.status.last_error) == ("ok", "")


@pytest.mark.parametrize(("before", "after"), [(9, 0), (30, 15)])
async def test_a_small_shop_or_half_of_the_orders_is_no_alarm(before: int, after: int) -> None:
    world = World()
    orders = world.odoo.add_orders(before)
    assert await world.poll() == ""
    await world.sweep()
    for order in orders[after:]:
        world.odoo.cancel(order)
    await world.sweep()
    assert world.status.state == "ok"
