"""One seed from its beginning to rest."""

from __future__ import annotations

import gc
import signal
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import anyio
import anyio.lowlevel
import trio
from trio.testing import MockClock

from poller_core.errors import PollerError
from simulation import invariants
from simulation.failure import Failed, Violation
from simulation.life import Life, slow_down
from simulation.troubles import FAULTS
from simulation.work import WORK, Deed
from simulation.world import Pace

LOOK_EVERY_SECONDS = 300.0
CPU_LIMIT_SECONDS = 30.0
FEWEST_POLLS = 600
"""A seed with fewer has shown too little to count."""
DELIVERED_WITHIN = 2700.0
"""From the end of all troubles until everything is delivered: the longest retry or probe, the ramp, and some room."""
PACES = (
    (Pace(), 380),
    (Pace(intervals=(10, 15, 20), overlap=0, sweep=2400.0), 240),
    (Pace(intervals=(30, 60), overlap=60), 380),
    (Pace(intervals=(300, 600), sweep=14_400.0), 440),
)
"""How fast a world lives, and after how many polls its troubles end; what follows until rest makes some more."""


@dataclass(frozen=True)
class Result:
    """What a seed came to. ``trace`` is equal for equal runs."""

    seed: int
    polls: int
    orders: int
    deliveries: int
    hours: float
    trace: str


async def turn(world: Life, polls: int, deeds: Sequence[tuple[Deed, int]], every_seconds: float) -> None:
    """Let deeds happen at random moments until there were enough polls."""
    chosen, weights = [deed for deed, _ in deeds], [weight for _, weight in deeds]
    async with anyio.create_task_group() as tasks:
        while world.polls < polls:
            await anyio.sleep(world.random.expovariate(1 / every_seconds))
            deed = world.random.choices(chosen, weights)[0]
            world.deeds.append(f"{anyio.current_time():.0f} {deed.__name__}")
            tasks.start_soon(do, deed, world)
        tasks.cancel_scope.cancel()


async def do(deed: Deed, world: Life) -> None:
    """One deed, whatever comes of it."""
    with suppress(PollerError):  # a person's command that came at a bad moment
        await deed(world)


async def look(world: Life) -> None:
    """Look at the cheap invariants all the time, at all of them now and then."""
    turns = 0
    while not world.over:
        await anyio.sleep(LOOK_EVERY_SECONDS)
        turns += 1
        if turns % 20:
            invariants.often(world)
        else:
            invariants.everything(world)


async def rest(world: Life) -> None:
    """Let everything come to its end: deliveries within minutes, late commits with the next sweep."""
    while world.to_be_done_at_a_stop:  # noqa: ASYNC110
        await anyio.sleep(1.0)  # a backup that is put back takes what people do now with it
    world.end_troubles()
    await _until(world, invariants.delivered, DELIVERED_WITHIN)
    await _until(world, invariants.captured, world.pace.sweep + 1800.0)
    await _until(world, invariants.delivered, 300.0)
    invariants.everything(world)


async def _until(world: Life, holds: Callable[[Life], None], seconds: float) -> None:
    """Wait until an invariant holds; it must within ``seconds``."""
    end = world.now() + seconds
    while world.now() < end:
        try:
            holds(world)
        except Violation:
            await anyio.sleep(60)
        else:
            return
    holds(world)


def _polled_enough(world: Life) -> None:
    if world.polls < FEWEST_POLLS:
        raise Violation(f"{world.polls} polls, {FEWEST_POLLS} wanted")


async def simulate(world: Life, polls: int) -> Result:
    """Let a world turn in trouble, and come to rest."""
    world.running = True
    for merchant in world.merchants:
        merchant.old_orders(3)
    for link in world.links:
        world.ledger.expect_all(link)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.live)
        tasks.start_soon(look, world)
        await anyio.lowlevel.checkpoint()
        long = statistics.mean(world.pace.intervals)
        async with anyio.create_task_group() as troubles:
            troubles.start_soon(turn, world, polls, WORK, long)
            troubles.start_soon(turn, world, polls, FAULTS, 3 * long)
        await rest(world)
        await _until(world, _polled_enough, FEWEST_POLLS * max(world.pace.intervals))
        invariants.everything(world)
        world.over = True
        await world.stop_and(None)
    return Result(
        world.seed,
        world.polls,
        len(world.machine.sql("SELECT 1 FROM outbox")),
        sum(endpoint.requests for endpoint in world.endpoints.values()),
        world.now() / 3600,
        world.trace.hexdigest(),
    )


def run(seed: int) -> Result:
    """One seed on a virtual clock, the same at every run. Raises Failed, with what is needed to see it again."""
    pace, polls = PACES[seed % len(PACES)]
    world = Life(seed, pace)
    slow_down(min(pace.intervals) / 2)
    return on_virtual_clock(world, simulate, polls)


def attempt(seed: int) -> tuple[Result | str, float]:
    """One seed: its result, or what went wrong; and CPU seconds. A seed that takes far too long has gone wrong."""
    began = time.process_time()
    signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, CPU_LIMIT_SECONDS)
    try:
        found: Result | str = run(seed)
    except Failed as failure:
        found = str(failure)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return found, time.process_time() - began


def _too_long(*_: object) -> None:
    raise Violation(f"not at rest after {CPU_LIMIT_SECONDS:.0f} CPU seconds")


def on_virtual_clock(world: Life, scenario: object, *arguments: object) -> Result:
    """Run a scenario in a world on a clock that jumps to the next moment where anything happens."""
    trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[attr-defined]
    trio._core._run._r = Random(world.seed)  # type: ignore[attr-defined]
    clock = MockClock(autojump_threshold=0)
    # Asked a hundred thousand times a seed; nothing but a jump moves it, so the real clock need not be asked each time.
    clock.current_time = lambda: clock._virtual_base  # type: ignore[method-assign]
    world.clock_now = clock.current_time
    gc.disable()
    try:
        return anyio.run(scenario, world, *arguments, backend="trio", backend_options={"clock": clock})  # type: ignore[arg-type]
    except BaseException as broken:
        first = _first(broken)
        if isinstance(first, KeyboardInterrupt):
            raise
        told = f"{type(first).__name__}: {first}" if not isinstance(first, Violation) else str(first)
        last = ", ".join(world.deeds[-12:]) or "none"
        raise Failed(f"SEED={world.seed} after {world.last:.0f} s: {told}\nThe last deeds: {last}") from first
    finally:
        world.machine.scrap()
        gc.enable()


def _first(broken: BaseException) -> BaseException:
    """The violation inside a group, or whatever broke."""
    while isinstance(broken, BaseExceptionGroup):
        found = broken.subgroup(Violation)
        broken = (found or broken).exceptions[0]
    return broken


__all__ = ["Result", "attempt", "do", "on_virtual_clock", "rest", "run"]
