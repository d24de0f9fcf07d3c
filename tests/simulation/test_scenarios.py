"""Two promises with figures: a long outage needs no person, and one tenant that hangs costs the others nothing."""

from __future__ import annotations

from itertools import pairwise
from statistics import quantiles

import anyio
import pytest

from simulation.life import Life, slow_down
from simulation.run import Result, on_virtual_clock
from simulation.world import Pace

HOUR = 3600.0
ORDERS = 10_000
WITHIN_SECONDS = 900.0


@pytest.mark.slow
def test_after_72_hours_of_outage_ten_thousand_orders_arrive_in_15_minutes_and_none_needs_a_person() -> None:
    """faults.md a14, a15, b40: suspended and probed, then one request in the first second, and the rest in their order."""
    world = Life(1, Pace(intervals=(300,), concurrency=16, sweep=1e6), versions=(19,), urls=1, connections=1)
    slow_down(60.0)
    (endpoint,), (merchant,) = world.endpoints.values(), world.merchants
    endpoint.record = []

    async def scenario(world: Life) -> Result:
        world.running = True
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.live)
            await anyio.sleep(600)
            endpoint.down = True
            for _ in range(20):
                merchant.confirm(ORDERS // 20)
                await anyio.sleep(HOUR)
            await anyio.sleep(52 * HOUR)
            # The worst moment to recover: right behind a probe. Until the next one nobody can know.
            probes = len(endpoint.record or ())
            while len(endpoint.record or ()) == probes:  # noqa: ASYNC110
                await anyio.sleep(1)
            await anyio.sleep(5)
            needing_a_person = world.machine.sql(
                "SELECT count(*) FROM outbox WHERE status = 2 AND cause <> 'endpoint'"
            )
            assert needing_a_person == [(0,)]
            assert world.machine.sql("SELECT count(*) FROM outbox WHERE status = 1") == [(0,)]
            endpoint.down = False
            recovered = world.now()
            await anyio.sleep(WITHIN_SECONDS)
            states = dict(world.machine.sql("SELECT status, count(*) FROM outbox GROUP BY status"))
            assert states == {1: ORDERS}
            after = [at - recovered for at, _ in endpoint.record or () if at >= recovered]
            first = after[0]
            assert sum(at < first + 1.0 for at in after) == 1
            down = [at for at, _ in endpoint.record or () if at < recovered]
            probes = [later - earlier for earlier, later in pairwise(down[-100:])]
            assert min(probes) >= 540.0, "probed more often than every ten minutes, less the jitter"
            world.over = True
            await world.stop_and(None)
        print(
            f"first request {first:.0f} s after recovery, the last {after[-1]:.0f} s; {len(down)} while it was down"
        )
        return Result(1, world.polls, ORDERS, len(after), world.now() / HOUR, "")

    on_virtual_clock(world, scenario)


@pytest.mark.slow
def test_one_of_a_hundred_odoos_that_hangs_for_a_day_makes_no_other_late() -> None:
    """faults.md a18: its poll waits for its own deadline, and 99 others are polled on time."""
    hundred = 100
    interval = 300
    world = Life(
        2, Pace(intervals=(interval,), sweep=1e6), versions=(19,) * hundred, urls=1, connections=hundred
    )
    slow_down(150.0)
    world.merchants[0].hanging = True
    began: dict[int, list[float]] = {}

    async def scenario(world: Life) -> Result:
        world.running = True
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.live)
            for hour in range(24):
                world.merchants[1 + hour].confirm(1)
                await anyio.sleep(HOUR)
            for number, at in world.machine.sql("SELECT connection, at FROM poll_log ORDER BY at"):
                began.setdefault(number, []).append(at / 1000)
            world.over = True
            await world.stop_and(None)
        return Result(2, world.polls, 24, 24, world.now() / HOUR, "")

    on_virtual_clock(world, scenario)
    hanging = world.links[0].number
    others = {number: times for number, times in began.items() if number != hanging}
    assert len(others) == hundred - 1
    late = [max(b - a - interval, 0.0) for times in others.values() for a, b in pairwise(times)]
    assert min(map(len, others.values())) >= 24 * HOUR / interval - 3
    p99 = quantiles(late, n=100)[98]
    assert p99 <= interval
    print(f"lateness of the other 99: p99 {p99:.3f} s, most {max(late):.3f} s, {world.polls} polls")
