"""Promises with figures: a long outage needs no person, one tenant that hangs costs the others nothing, nobody is silently
not polled, and a receiver that takes half a minute for each order fills no memory.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import quantiles
from typing import Any

import anyio
import pytest

from odoo_poller import status
from odoo_poller_tui import overview, words
from poller_core.lock import PollerLock
from poller_core.loops.reader import Reader
from poller_core.loops.relay import QUEUE
from poller_core.readside import ReadSide
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


@pytest.mark.slow
def test_a_connection_that_is_not_polled_is_told_from_one_without_orders_after_three_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults.md a29: 24 hours in which one poll hangs from the second hour on, one from the first, and one finds nothing all day."""
    interval = 300
    world = Life(3, Pace(intervals=(interval,), sweep=1e6), versions=(19,) * 3, urls=1, connections=3)
    slow_down(20.0)
    names = dict(zip((link.name for link in world.links), ("quiet", "stuck", "never polled"), strict=True))
    numbers = {names[link.name]: link.number for link in world.links}
    hanging = {numbers["never polled"]}
    released = anyio.Event()
    told: dict[str, list[float]] = {name: [] for name in numbers}
    """When each was said to be late."""
    polled: dict[str, float] = {}

    poll = Reader.poll

    async def poll_that_may_hang(self: Reader, entry: Any, **more: Any) -> Any:
        """Begins and never ends, without an error: as a bug of ours would."""
        if entry.number in hanging:
            await released.wait()
        return await poll(self, entry, **more)

    monkeypatch.setattr(Reader, "poll", poll_that_may_hang)

    def look(reader: ReadSide) -> None:
        """What a person would see now: on the page, on the screen, and in the advice of both."""
        now = world.wall_ms()
        shot, seen = status.read(reader, now), overview.fetch(reader, now=now, day_start=0)
        assert shot.poller.running
        late = {names[one.subject] for one in overview.concerns(seen, now) if one.topic == "late"}
        advised = {name for own, name in names.items() if any(own in one.text for one in status.advise(shot))}
        assert advised == late
        for row in shot.connections:
            name = names[row.connection.name]
            assert (("late", "warn") in words.state(row, now, running=True)) is (name in late)
            assert (status._row(row, shot, False)[1][0] == "▲ late") is (name in late)
            polled[name] = row.last_sync_at / 1000
            if name in late:
                told[name].append(now / 1000)

    async def scenario(world: Life) -> Result:
        world.running = True
        began = world.wall_ms() / 1000
        with PollerLock.acquire(world.machine.path):
            reader = ReadSide.open(world.machine.path)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(world.live)
                for minute in range(24 * 60):
                    await anyio.sleep(60)
                    look(reader)
                    if minute == 60:
                        hanging.add(numbers["stuck"])
                    if minute == 100:
                        last = dict(polled)
                assert last["never polled"] == 0
                assert told["quiet"] == []
                for name, since in (("stuck", last["stuck"]), ("never polled", began)):
                    # Looked at once a minute; and a poll that finds nothing is written down within another.
                    assert 3 * interval < told[name][0] - since <= 3 * interval + 120
                    assert len(told[name]) >= 24 * 60 - 61 - 2 * 3 * interval / 60
                released.set()
                hanging.clear()
                before = {name: len(moments) for name, moments in told.items()}
                for _ in range(10):
                    await anyio.sleep(60)
                    look(reader)
                # The alarm ends with the silence.
                assert all(len(told[name]) <= before[name] + 2 for name in told)
                world.over = True
                await world.stop_and(None)
            reader.close()
        return Result(3, world.polls, 0, 0, world.now() / HOUR, "")

    on_virtual_clock(world, scenario)


@pytest.mark.slow
def test_a_receiver_that_takes_half_a_minute_for_each_order_fills_neither_its_limit_nor_the_memory() -> None:
    """faults.md b41: every answer is a 2xx after 29.9 s, which is within the deadline of 30; 3,000 orders wait behind them."""
    orders, limit = 3000, 16
    pace = Pace(intervals=(300,), concurrency=limit, sweep=1e6)
    world = Life(4, pace, versions=(19, 19), urls=1, connections=2)
    slow_down(20.0)
    (endpoint,) = world.endpoints.values()
    endpoint.slow = 29.7
    most = {"in flight": 0, "in memory": 0, "queued": 0}

    def measure() -> None:
        if world.poller is None:
            return
        relay = world.poller.relay
        held = [len(positions) for positions in relay._flying.values()]
        found = {
            "in flight": endpoint.in_flight,
            "in memory": sum(held),
            "queued": max(map(len, relay._queues.values()), default=0),
        }
        most.update({name: max(most[name], count) for name, count in found.items()})

    async def watch() -> None:
        while not world.over:
            measure()
            await anyio.sleep(0.5)

    async def scenario(world: Life) -> Result:
        world.running = True
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.live)
            tasks.start_soon(watch)
            await anyio.sleep(30)
            world.merchants[0].confirm(orders - 100)
            began = world.now()
            await anyio.sleep(1800)
            # In the midst of it another tenant's orders come, to the same URL.
            world.merchants[1].confirm(100)
            arrived = "SELECT count(*) FROM outbox WHERE status = 1"
            with anyio.fail_after(2 * orders / limit * 30):
                while world.machine.sql(arrived) != [(orders,)]:  # noqa: ASYNC110
                    await anyio.sleep(30)
            took = world.now() - began
            world.over = True
            await world.stop_and(None)
        print(f"{orders} orders in {took:.0f} s, {most}")
        # The limit is used, kept, and the time is what it allows.
        assert took < orders / limit * 30 * 1.1 + 600
        return Result(4, world.polls, orders, endpoint.requests, world.now() / HOUR, "")

    on_virtual_clock(world, scenario)
    assert endpoint.requests == orders
    assert most["in flight"] == limit
    assert QUEUE <= 256
    assert most["queued"] <= QUEUE
    # What waits in a queue, is under way, or is answered and not settled yet.
    assert most["in memory"] <= 2 * QUEUE + 2 * limit
