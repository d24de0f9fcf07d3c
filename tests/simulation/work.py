"""Merchants at work: orders in every manner that Odoo knows. Each deed takes its own time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from simulation.merchant import Merchant
from simulation.world import World

Deed = Callable[[World], Awaitable[None]]


def _some(world: World) -> Merchant:
    return world.random.choice(world.merchants)


async def some_orders(world: World) -> None:
    """One to three orders."""
    _some(world).confirm(world.random.randint(1, 3))


async def bulk(world: World) -> None:
    """More than a page in one transaction: one second, several pages."""
    _some(world).confirm(world.random.choice([101, 101, 110, 210]))


async def late_commit(world: World) -> None:
    """A transaction that works now and commits within the overlap, or long after it."""
    merchant, overlap, chance = _some(world), world.pace.overlap, world.random
    within = overlap > 2 and chance.random() < 0.8
    wait = chance.uniform(1, overlap - 1.5) if within else chance.uniform(overlap + 5, overlap + 2500)
    transaction = merchant.odoo.begin()
    orders = [transaction.add_order(partner=merchant.partner) for _ in range(chance.randint(1, 4))]
    await anyio.sleep(wait)
    transaction.commit()
    merchant.show(orders, late=not within)


async def beside_a_poll(world: World) -> None:
    """One order right before a poll looks, another right behind it, often in the same second."""
    merchant = _some(world)
    looked = anyio.Event()

    def first() -> None:
        merchant.confirm(1)
        looked.set()

    merchant.ambush.append(first)
    await looked.wait()
    await anyio.sleep(0.05)
    merchant.confirm(1)


async def edit(world: World) -> None:
    """Somebody changes orders, captured ones mostly, from before the beginning too."""
    merchant, chance = _some(world), world.random
    orders = sorted(merchant.confirmed)
    for order in chance.sample(orders, min(len(orders), chance.choice([1, 1, 1, 5, 5, 5, 110]))):
        merchant.edit(order, client_order_ref=f"R{chance.randrange(1000)}")


async def between_two_calls(world: World) -> None:
    """An order is changed, cancelled or deleted while it is being read."""
    merchant, chance = _some(world), world.random
    order = merchant.confirm(1)[0]
    act = chance.choice(["edit", "cancel", "delete"])

    def strike() -> None:
        if order not in merchant.confirmed:
            return
        if act == "edit":
            merchant.edit(order, client_order_ref="meanwhile")
        elif act == "cancel":
            merchant.cancel(order)
        else:
            merchant.delete(order)

    await anyio.sleep(0.01)
    merchant.ambush.append(lambda: merchant.ambush.append(strike))


async def cancel_or_delete(world: World) -> None:
    """Orders go away again."""
    merchant = _some(world)
    if merchant.confirmed:
        order = world.random.choice(sorted(merchant.confirmed))
        (merchant.cancel if world.random.random() < 0.5 else merchant.delete)(order)


async def draft(world: World) -> None:
    """A quotation, which nobody wants."""
    merchant = _some(world)
    merchant.odoo.add_order(partner=merchant.partner, confirm=False)


async def unmappable(world: World) -> None:
    """An order that can't be mapped, mended after a while."""
    merchant = _some(world)
    transaction = merchant.odoo.begin()
    order = transaction.add_order(partner=merchant.partner)
    transaction.edit("sale.order", order, name=False)
    transaction.commit()
    merchant.show([order], late=False)
    await anyio.sleep(world.random.uniform(30, 1500))
    if order in merchant.confirmed:
        merchant.edit(order, name=f"M{order}")
        world.ledger.mended(merchant, order)


async def unreadable(world: World) -> None:
    """An order that the connection's user may not read in full, until he is given the rights: the order itself stays as it is."""
    merchant = _some(world)
    hidden = merchant.odoo.add_partner("Secreto")
    merchant.odoo.hide("res.partner", hidden)
    order = merchant.odoo.add_order(partner=hidden)
    merchant.show([order], late=False)
    await anyio.sleep(world.random.uniform(60, 900))
    merchant.odoo.unhide("res.partner", hidden)
    merchant.late.add(order)
    world.ledger.mended(merchant, order)


WORK: list[tuple[Deed, int]] = [
    (some_orders, 60),
    (bulk, 1),
    (late_commit, 12),
    (beside_a_poll, 8),
    (between_two_calls, 6),
    (edit, 6),
    (cancel_or_delete, 4),
    (draft, 3),
    (unmappable, 3),
    (unreadable, 2),
]

__all__ = ["WORK", "Deed"]
