"""Everything that goes wrong: Odoo, receivers, the machine, and people who change things while they run."""

from __future__ import annotations

import anyio

from odoo_rpc.secret import Secret
from simulation.ledger import Link
from simulation.life import Life
from simulation.merchant import Merchant
from simulation.receiver import Endpoint
from simulation.work import Deed


def _merchant(world: Life) -> Merchant:
    return world.random.choice(world.merchants)


def _endpoint(world: Life) -> Endpoint:
    return world.random.choice(list(world.endpoints.values()))


def _link(world: Life) -> Link | None:
    return world.random.choice(world.links) if world.links else None


# Odoo


def _odoo(name: str) -> Deed:
    async def fault(world: Life) -> None:
        merchant = _merchant(world)
        setattr(merchant, name, True)
        await anyio.sleep(world.random.choice([40, 300, 3000]))
        setattr(merchant, name, False)
        merchant.well_since = world.now()

    fault.__name__ = f"odoo_{name}"
    return fault  # type: ignore[return-value]


async def odoo_limits(world: Life) -> None:
    """429 with Retry-After for a while."""
    _merchant(world).limited_until = world.now() + world.random.uniform(10, 200)


async def odoo_clock(world: Life) -> None:
    """Odoo's clock is wrong for a while, and put right."""
    merchant = _merchant(world)
    merchant.skew = world.random.choice([-3600.0, 120.0, 3600.0])
    lasts = world.random.uniform(60, 600)
    while lasts > 0:
        merchant.skewed_at = world.now()
        await anyio.sleep(min(lasts, 60))
        lasts -= 60
    merchant.skewed_at = world.now()
    merchant.skew = 0.0


async def key_revoked(world: Life) -> None:
    """The key no longer works; a person enters a new one later."""
    merchant = _merchant(world)
    old, new = merchant.key, f"S3CRET-key-{world.random.getrandbits(60)}"
    merchant.odoo.revoke(old)
    merchant.key, merchant.key_works = new, False
    await anyio.sleep(world.random.uniform(60, 2000))
    if merchant.key != new:
        return  # revoked once more meanwhile
    merchant.odoo.grant(merchant.odoo.username, new)
    merchant.key_works, merchant.well_since = True, world.now()
    for link in world.links:
        if link.merchant is merchant:
            world.enter_key(link)


# Receivers


async def outage(world: Life) -> None:
    """An endpoint is down for minutes or hours."""
    endpoint = _endpoint(world)
    endpoint.down = True
    await anyio.sleep(world.random.choice([20, 120, 900, 7200]))
    endpoint.down = False


async def flapping(world: Life) -> None:
    """An endpoint goes up and down every twenty seconds."""
    endpoint = _endpoint(world)
    for _ in range(10):
        endpoint.down = not endpoint.down
        await anyio.sleep(20)
    endpoint.down = False


async def slow_receiver(world: Life) -> None:
    """Answers take longer than the deadline, or nearly."""
    endpoint = _endpoint(world)
    endpoint.slow = world.random.choice([2.0, 25.0, 45.0])
    await anyio.sleep(world.random.uniform(60, 600))
    endpoint.slow = 0.0


async def lost_answers(world: Life) -> None:
    """The receiver takes orders and its answers are lost."""
    endpoint = _endpoint(world)
    endpoint.lose_answers = 0.4
    await anyio.sleep(world.random.uniform(60, 600))
    endpoint.lose_answers = 0.0


async def busy_receiver(world: Life) -> None:
    """429 with Retry-After."""
    _endpoint(world).busy_until = world.now() + world.random.uniform(20, 900)


async def poison(world: Life) -> None:
    """Some order is refused for ever."""
    rows = world.machine.sql("SELECT webhook_id FROM outbox WHERE status = 0 LIMIT 20")
    if rows:
        code = world.random.choice([400, 422, 500])
        for endpoint in world.endpoints.values():
            endpoint.poison[world.random.choice(rows)[0]] = code


async def wrong_set_up(world: Life) -> None:
    """One connection's secret or path is wrong, until the receiver mends it, or a person resumes after a 410."""
    link = _link(world)
    if link is None:
        return
    code = world.random.choice([401, 404, 410])
    for endpoint in world.endpoints.values():
        endpoint.wrong[link.ident] = code
    await anyio.sleep(world.random.uniform(60, 1800))
    for endpoint in world.endpoints.values():
        endpoint.wrong.pop(link.ident, None)
    if code == 410:
        world.resume(link)


# The machine


async def wall_clock(world: Life) -> None:
    """The machine's clock jumps, and is put right after a while, or not."""
    jump = world.random.choice([-3600, 3600, -86_400, 86_400, 30 * 86_400])
    world.wall_jump += jump
    if world.random.random() < 0.6:
        await anyio.sleep(world.random.uniform(10, 3000))
        world.wall_jump -= jump


async def disk_full(world: Life) -> None:
    """Nothing new can be written for a while."""
    world.machine.fill(True)
    await anyio.sleep(world.random.uniform(10, 120))
    world.machine.fill(False)
    world.disk_well_since = world.now()


async def disk_refuses(world: Life) -> None:
    """No commit succeeds for a while."""
    world.machine.refusing = True
    await anyio.sleep(world.random.uniform(1, 60))
    world.machine.refusing = False
    world.disk_well_since = world.now()


async def death_at_a_moment(world: Life) -> None:
    """The process dies whatever it is waiting for."""
    world.kill()


async def death_at_a_step(world: Life) -> None:
    """The process dies between two steps of the store, or behind a commit."""
    world.machine.steps_to_death = world.random.randint(1, 40)


async def restart(world: Life) -> None:
    """The process is stopped in good order."""
    await world.stop_and(None)


async def restore_backup(world: Life) -> None:
    """An older copy of the database is put back, with the poller stopped."""
    copy = world.backup()
    await anyio.sleep(world.random.uniform(60, 900))
    await world.stop_and(lambda: world.restore(copy))


# People


async def pause_and_resume(world: Life) -> None:
    """A person pauses a connection and resumes it."""
    link = _link(world)
    if link is not None and world.pause(link):
        await anyio.sleep(world.random.uniform(30, 900))
        world.resume(link)


async def change_secret(world: Life) -> None:
    """A person rotates a webhook secret."""
    link = _link(world)
    if link is not None:
        with world.machine.people() as commands:
            commands.rotate_secret(link.ident, Secret(f"S3CRET-hook-{world.random.getrandbits(40)}"))


async def change_endpoint(world: Life) -> None:
    """A person sends a connection's orders elsewhere."""
    link, url = _link(world), _endpoint(world).url
    if link is not None and url != link.url:
        with world.machine.people() as commands:
            commands.edit(link.ident, webhook_url=url, webhook_secret=Secret("S3CRET-hook-new"))
        link.url = url


async def change_interval(world: Life) -> None:
    """A person polls more or less often."""
    link = _link(world)
    if link is not None:
        link.interval = world.random.choice(world.pace.intervals)
        with world.machine.people() as commands:
            commands.edit(link.ident, polling_interval_seconds=link.interval)
        link.well_since = world.now()


async def retry_and_discard(world: Life) -> None:
    """A person retries orders that wait or failed, and discards one."""
    rows = world.machine.sql("SELECT position FROM outbox WHERE status IN (0, 2) LIMIT 10")
    positions = [row[0] for row in rows]
    if positions:
        with world.machine.people() as commands:
            commands.retry(positions)
            if world.random.random() < 0.3:
                commands.discard(positions[:1], "a test")


async def remove_and_add(world: Life) -> None:
    """A connection is removed while it works, and a new one made."""
    link = _link(world)
    if link is not None and len(world.links) > 2:
        world.remove(link)
    world.add_connection(_merchant(world))


FAULTS: list[tuple[Deed, int]] = [
    (_odoo("down"), 3),
    (_odoo("hanging"), 3),
    (_odoo("html"), 2),
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
    (disk_refuses, 1),
    (pause_and_resume, 2),
    (change_secret, 1),
    (change_endpoint, 1),
    (change_interval, 1),
    (retry_and_discard, 2),
    (remove_and_add, 1),
    (restore_backup, 1),
    (death_at_a_moment, 4),
    (death_at_a_step, 6),
    (restart, 3),
]  # type: ignore[list-item]

__all__ = ["FAULTS"]
