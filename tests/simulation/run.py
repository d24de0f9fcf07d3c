"""One seed from its beginning to rest: the real poller lives, dies and is started again while the world turns."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import anyio
import trio
from trio.testing import MockClock

from odoo_rpc.secret import Secret
from poller_core.errors import PollerError
from poller_core.loops.poller import Poller
from simulation import invariants
from simulation.trouble import FAULTS, WORK, Deed
from simulation.world import Violation, World

HOURS = 2.5
REST_HOURS = 8.0
LOOK_EVERY_SECONDS = 300.0


@dataclass(frozen=True)
class Result:
    """What a seed came to. ``trace`` is equal for equal runs."""

    seed: int
    polls: int
    orders: int
    deliveries: int
    trace: str


class Life(World):
    """A world with a poller in it."""

    def __init__(self, seed: int, **more: Any) -> None:
        super().__init__(seed, **more)
        self._scope: anyio.CancelScope | None = None
        self._poller: Poller | None = None
        self._stopped = anyio.Event()
        self._at_stop: Callable[[], None] | None = None
        self.over = False
        self.deeds: list[str] = []

    def kill(self) -> None:
        """The process dies."""
        if self._scope is not None:
            self._scope.cancel()

    async def stop_and(self, act: Callable[[], None]) -> None:
        """Stop in good order, act while nothing runs, start again."""
        self._at_stop = act
        if self._poller is not None:
            self._poller.stop()

    async def live(self) -> None:
        """Start, die or stop, start again."""
        while not self.over:
            self.services = self.make_services()
            crashed = False
            with anyio.CancelScope() as self._scope:
                try:
                    self._poller = Poller(self.services)
                    await self._poller.run()
                except* PollerError:
                    crashed = True
            if self._scope.cancelled_caught or crashed:
                for endpoint in self.endpoints.values():
                    self.repeats_allowed |= set(endpoint.taken)
                self._roll_back()
            if self._at_stop is not None:
                self._at_stop()
                self._at_stop = None
            if not self.over:
                await anyio.sleep(self.random.uniform(0.1, 20))

    def _roll_back(self) -> None:
        if self.store.database.db.in_transaction:
            self.store.database.db.execute("ROLLBACK")


async def turn(world: Life, hours: float, deeds: list[tuple[Deed, int]], every_seconds: float) -> None:
    """Let deeds happen at random moments for so long."""
    chosen, weights = [deed for deed, _ in deeds], [weight for _, weight in deeds]
    until = anyio.current_time() + hours * 3600
    async with anyio.create_task_group() as tasks:
        while anyio.current_time() < until:
            await anyio.sleep(world.random.expovariate(1 / every_seconds))
            deed = world.random.choices(chosen, weights)[0]
            world.deeds.append(f"{anyio.current_time():.0f} {deed.__name__}")
            tasks.start_soon(_do, deed, world)


async def _do(deed: Deed, world: Life) -> None:
    with suppress(PollerError):  # a person's command that came at a bad moment
        await deed(world)


async def look(world: Life) -> None:
    """Look at the cheap invariants all the time, at all of them now and then."""
    turns = 0
    while True:
        await anyio.sleep(LOOK_EVERY_SECONDS)
        turns += 1
        if turns % 20:
            invariants.often(world)
        else:
            invariants.everything(world)


def end_troubles(world: Life) -> None:
    """From now on everything works, and the people do what is left to them."""
    world.disk_full = False
    for merchant in world.merchants:
        merchant.down = merchant.hanging = merchant.html = False
        merchant.limited_until = merchant.skew = 0.0
    for endpoint in world.endpoints.values():
        endpoint.down, endpoint.slow, endpoint.lose_answers, endpoint.busy_until = False, 0.0, 0.0, 0.0
        endpoint.wrong.clear()
    for live in world.store.connections.live():
        merchant = invariants.of(world, live.connection.odoo_url)
        world.commands.edit(live.connection.id, api_key=Secret(merchant.key))
        if live.health.gone or not live.connection.active:
            world.commands.resume(live.connection.id)


async def rest(world: Life) -> None:
    """Wait until nothing moves any more, at most some hours."""
    until = anyio.current_time() + REST_HOURS * 3600
    began = world.services.timeline.now()
    last: object = None
    while anyio.current_time() < until:
        await anyio.sleep(1200)
        state = world.sql("SELECT max(position), (SELECT sum(pending) FROM tally) FROM events")
        swept = min(
            (
                world.store.connections.reading(live.connection.number).reconciled_at
                for live in world.store.connections.live()
            ),
            default=began,
        )
        if state == last and swept >= began:
            return
        last = state


async def simulate(seed: int, *, hours: float = HOURS) -> Result:
    """Run one seed. Raises Violation, with everything needed to see it again."""
    world = Life(seed)
    world.running = True
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.live)
            tasks.start_soon(look, world)
            async with anyio.create_task_group() as troubles:
                troubles.start_soon(turn, world, hours, WORK, 45.0)
                troubles.start_soon(turn, world, hours, FAULTS, 240.0)
            end_troubles(world)
            await rest(world)
            invariants.everything(world)
            invariants.complete(world)
            world.over = True
            await world.stop_and(lambda: None)
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise _first(group, world) from None
    return Result(
        seed=seed,
        polls=world.sql("SELECT count(*) FROM poll_log")[0][0],
        orders=world.sql("SELECT count(*) FROM outbox")[0][0],
        deliveries=sum(len(e.requests) for e in world.endpoints.values()),
        trace=world.trace.hexdigest(),
    )


def _first(group: BaseExceptionGroup[BaseException], world: Life) -> BaseException:
    """The violation inside a group, or whatever broke."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    found.add_note(
        f"SEED={world.seed}  at {world.now():.0f} s; the last deeds: {', '.join(world.deeds[-12:])}"
    )
    return found


def run(seed: int, **more: Any) -> Result:
    """One seed on a virtual clock, the same at every run."""
    trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[attr-defined]
    trio._core._run._r = Random(seed)  # type: ignore[attr-defined]
    clock = MockClock(autojump_threshold=0)
    return anyio.run(lambda: simulate(seed, **more), backend="trio", backend_options={"clock": clock})


__all__ = ["Result", "Violation", "run", "simulate"]
