"""What befalls the world: merchants at work, and every fault that the core has to survive. Each deed takes its own time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from odoo_rpc.secret import Secret
from poller_core.errors import PollerError
from simulation.invariants import confirmed
from simulation.world import OVERLAP, World

Deed = Callable[[World], Awaitable[None]]


# Merchants at work


async def some_orders(world: World) -> None:
    """One to three orders."""
    world.add_orders(world.random.choice(world.merchants), world.random.randint(1, 3))


async def bulk(world: World) -> None:
    """Some hundred orders in one transaction: one second, several pages."""
    world.add_orders(world.random.choice(world.merchants), world.random.choice([110, 160, 230]))


async def late_commit(world: World) -> None:
    """A transaction that works now and commits within the overlap, or long after it."""
    merchant = world.random.choice(world.merchants)
    within = world.random.random() < 0.8
    wait = world.random.uniform(1, OVERLAP - 60) if within else world.random.uniform(OVERLAP + 30, 2500)
    transaction = merchant.odoo.begin()
    orders = [transaction.add_order(partner=merchant.partner) for _ in range(world.random.randint(1, 4))]
    if not within:
        world.late.update((merchant.odoo.db, order) for order in orders)
    await anyio.sleep(wait)
    transaction.commit()


async def edit_captured(world: World) -> None:
    """Somebody changes orders that were captured long ago."""
    merchant = world.random.choice(world.merchants)
    orders = confirmed(merchant)
    for order in world.random.sample(orders, min(len(orders), world.random.choice([1, 5, 120]))):
        merchant.odoo.edit("sale.order", order, client_order_ref=f"R{world.random.randrange(1000)}")


async def cancel_or_delete(world: World) -> None:
    """Orders go away again."""
    merchant = world.random.choice(world.merchants)
    orders = merchant.odoo.ids("sale.order")
    if orders:
        order = world.random.choice(orders)
        if world.random.random() < 0.5:
            merchant.odoo.cancel(order)
        else:
            merchant.odoo.delete("sale.order", order)


async def unmappable(world: World) -> None:
    """An order that can't be mapped, mended after a while."""
    merchant = world.random.choice(world.merchants)
    (order,) = world.add_orders(merchant, 1)
    merchant.odoo.edit("sale.order", order, name=False)
    await anyio.sleep(world.random.uniform(30, 1500))
    if order in merchant.odoo.ids("sale.order"):
        merchant.odoo.edit("sale.order", order, name=f"M{order}")


async def unreadable(world: World) -> None:
    """An order that the connection's user may not read in full, for a while."""
    merchant = world.random.choice(world.merchants)
    hidden = merchant.odoo.add_partner("Secreto")
    merchant.odoo.add_order(partner=hidden)
    merchant.odoo.hide("res.partner", hidden)
    await anyio.sleep(world.random.uniform(60, 900))
    merchant.odoo.unhide("res.partner", hidden)


# Odoo in trouble


def _merchant_fault(name: str) -> Deed:
    async def fault(world: World) -> None:
        merchant = world.random.choice(world.merchants)
        setattr(merchant, name, True)
        await anyio.sleep(world.random.choice([40, 300, 3000]))
        setattr(merchant, name, False)

    fault.__name__ = f"odoo_{name}"
    return fault


async def odoo_limits(world: World) -> None:
    """429 with Retry-After for a while."""
    merchant = world.random.choice(world.merchants)
    merchant.limited_until = world.now() + world.random.uniform(10, 200)


async def odoo_clock(world: World) -> None:
    """Odoo's clock is wrong for a while, and put right."""
    merchant = world.random.choice(world.merchants)
    merchant.skew = world.random.choice([-3600.0, 120.0, 3600.0])
    await anyio.sleep(world.random.uniform(60, 600))
    world.late.update((merchant.odoo.db, order) for order in merchant.odoo.ids("sale.order"))
    merchant.skew = 0.0


async def key_revoked(world: World) -> None:
    """The key no longer works; a person enters a new one later."""
    merchant = world.random.choice(world.merchants)
    old, new = merchant.key, f"key-{world.random.getrandbits(60)}"
    merchant.odoo.revoke(old)
    await anyio.sleep(world.random.uniform(60, 2000))
    merchant.key = new
    merchant.odoo.grant(merchant.odoo.username, new)
    for live in world.store.connections.live():
        if live.connection.odoo_url == merchant.host:
            world.commands.edit(live.connection.id, api_key=Secret(new))


# Receivers in trouble


async def outage(world: World) -> None:
    """An endpoint is down for minutes or hours."""
    endpoint = world.random.choice(list(world.endpoints.values()))
    endpoint.down = True
    await anyio.sleep(world.random.choice([20, 120, 900, 7200]))
    endpoint.down = False
    endpoint.back_at = world.now()


async def flapping(world: World) -> None:
    """An endpoint goes up and down every twenty seconds."""
    endpoint = world.random.choice(list(world.endpoints.values()))
    for _ in range(10):
        endpoint.down = not endpoint.down
        await anyio.sleep(20)
    endpoint.down = False


async def slow_receiver(world: World) -> None:
    """Answers take longer than the deadline, or nearly."""
    endpoint = world.random.choice(list(world.endpoints.values()))
    endpoint.slow = world.random.choice([2.0, 25.0, 45.0])
    await anyio.sleep(world.random.uniform(60, 600))
    endpoint.slow = 0.0


async def lost_answers(world: World) -> None:
    """The receiver takes orders and its answers are lost."""
    endpoint = world.random.choice(list(world.endpoints.values()))
    endpoint.lose_answers = 0.4
    await anyio.sleep(world.random.uniform(60, 600))
    endpoint.lose_answers = 0.0


async def busy_receiver(world: World) -> None:
    """429 with Retry-After."""
    endpoint = world.random.choice(list(world.endpoints.values()))
    endpoint.busy_until = world.now() + world.random.uniform(20, 900)


async def poison(world: World) -> None:
    """Some order is refused for ever."""
    rows = world.sql("SELECT webhook_id FROM outbox WHERE status = 0 LIMIT 20")
    if rows:
        ident = world.random.choice(rows)[0]
        code = world.random.choice([400, 422, 500])
        for endpoint in world.endpoints.values():
            endpoint.poison[ident] = code


async def wrong_set_up(world: World) -> None:
    """One connection's secret or path is wrong, until the receiver mends it, or a person resumes after a 410."""
    live = world.store.connections.live()
    if not live:
        return
    connection = world.random.choice(live).connection
    code = world.random.choice([401, 404, 410])
    for endpoint in world.endpoints.values():
        endpoint.wrong[connection.id] = code
    await anyio.sleep(world.random.uniform(60, 1800))
    for endpoint in world.endpoints.values():
        endpoint.wrong.pop(connection.id, None)
    if code == 410 and world.store.connections.by_name(connection.id):
        world.commands.resume(connection.id)


# The machine and people


async def wall_clock(world: World) -> None:
    """The machine's clock jumps."""
    world.wall_jump += world.random.choice([-3600, 3600, -86_400, 86_400, 30 * 86_400])


async def disk_full(world: World) -> None:
    """Nothing can be written for a while."""
    world.disk_full = True
    await anyio.sleep(world.random.uniform(10, 120))
    world.disk_full = False


async def pause_and_resume(world: World) -> None:
    """A person pauses a connection and resumes it."""
    live = world.store.connections.live()
    if live:
        connection = world.random.choice(live).connection
        world.commands.pause(connection.id)
        await anyio.sleep(world.random.uniform(30, 900))
        if world.store.connections.by_name(connection.id):
            world.commands.resume(connection.id)


async def change_secret(world: World) -> None:
    """A person rotates a webhook secret."""
    live = world.store.connections.live()
    if live:
        world.commands.rotate_secret(world.random.choice(live).connection.id)


async def change_endpoint(world: World) -> None:
    """A person sends a connection's orders elsewhere."""
    live = world.store.connections.live()
    if live:
        connection = world.random.choice(live).connection
        url = world.random.choice(list(world.endpoints))
        if url != connection.webhook_url:
            world.commands.edit(connection.id, webhook_url=url, webhook_secret=Secret("new secret"))


async def retry_and_discard(world: World) -> None:
    """A person retries failed orders and discards one."""
    failed = [row[0] for row in world.sql("SELECT position FROM outbox WHERE status IN (0, 2) LIMIT 10")]
    if failed:
        world.commands.retry(failed)
        if world.random.random() < 0.3:
            world.commands.discard(failed[:1], "a test")


async def remove_and_add(world: World) -> None:
    """A connection is removed while it works, and a new one made."""
    if len(world.names) > 2 and world.random.random() < 0.5:
        name = world.names.pop()
        try:
            world.commands.remove(name, discard=True)
        except PollerError:
            world.names.append(name)
    world.add_connection(len(world.names) + 100 + world.random.randrange(10**6))


async def restore_backup(world: World) -> None:
    """An older copy of the database is put back, with the poller stopped."""
    copy = world.backup()
    await anyio.sleep(world.random.uniform(60, 900))
    await world.stop_and(lambda: world.restore(copy))


async def crash(world: World) -> None:
    """The process dies at this very moment."""
    world.kill()


async def restart(world: World) -> None:
    """The process is stopped in good order."""
    await world.stop_and(lambda: None)


WORK: list[tuple[Deed, int]] = [
    (some_orders, 60),
    (bulk, 2),
    (late_commit, 12),
    (edit_captured, 6),
    (cancel_or_delete, 4),
    (unmappable, 3),
    (unreadable, 2),
]
FAULTS: list[tuple[Deed, int]] = [
    (_merchant_fault("down"), 3),
    (_merchant_fault("hanging"), 3),
    (_merchant_fault("html"), 2),
    (odoo_limits, 3),
    (odoo_clock, 1),
    (key_revoked, 2),
    (outage, 6),
    (flapping, 2),
    (slow_receiver, 2),
    (lost_answers, 3),
    (busy_receiver, 3),
    (poison, 4),
    (wrong_set_up, 3),
    (wall_clock, 2),
    (disk_full, 2),
    (pause_and_resume, 2),
    (change_secret, 1),
    (change_endpoint, 1),
    (retry_and_discard, 2),
    (remove_and_add, 1),
    (restore_backup, 1),
    (crash, 8),
    (restart, 3),
]
