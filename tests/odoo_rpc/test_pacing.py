"""One call in flight, a fixed time from start to start, by priority; nobody who gives up blocks the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import pytest
from anyio.lowlevel import checkpoint
from trio.testing import MockClock

from odoo_rpc import Lane

T = TypeVar("T")


def in_virtual_time(main: Callable[[], Awaitable[T]]) -> T:
    """Run `main` on a clock that jumps to the next deadline whenever everybody waits."""
    return anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})


class Diary:
    """Who started when, on a lane."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.begun = anyio.current_time()
        self.starts: list[tuple[str, float]] = []

    async def call(self, name: str, lasting: float = 0.0, priority: int = 0) -> None:
        async with self.lane.turn(priority):
            self.starts.append((name, round(anyio.current_time() - self.begun, 6)))
            await anyio.sleep(lasting)


def test_calls_start_an_interval_apart_however_long_each_lasts() -> None:
    async def main() -> list[tuple[str, float]]:
        diary = Diary(Lane(1.0))
        async with anyio.create_task_group() as tasks:
            for name, lasting in [("a", 0.25), ("b", 2.5), ("c", 0.0), ("d", 0.0)]:
                tasks.start_soon(diary.call, name, lasting)
                await anyio.wait_all_tasks_blocked()
        return diary.starts

    assert in_virtual_time(main) == [("a", 0.0), ("b", 1.0), ("c", 3.5), ("d", 4.5)]


def test_after_a_long_silence_the_first_call_starts_at_once() -> None:
    async def main() -> list[tuple[str, float]]:
        diary = Diary(Lane(1.0))
        await diary.call("a")
        await anyio.sleep(60)
        await diary.call("b")
        await diary.call("c")
        return diary.starts

    assert in_virtual_time(main) == [("a", 0.0), ("b", 60.0), ("c", 61.0)]


def test_a_poll_that_comes_due_overtakes_a_backfill_that_waits_for_its_second() -> None:
    async def main() -> list[tuple[str, float]]:
        diary = Diary(Lane(1.0))
        async with anyio.create_task_group() as tasks:
            await diary.call("page 1", priority=10)
            tasks.start_soon(diary.call, "page 2", 0.0, 10)
            await anyio.sleep(0.5)
            tasks.start_soon(diary.call, "poll")
        return diary.starts

    assert in_virtual_time(main) == [("page 1", 0.0), ("poll", 1.0), ("page 2", 2.0)]


@pytest.mark.anyio
async def test_equals_are_served_in_the_order_of_their_arrival() -> None:
    diary = Diary(Lane(0.0))
    async with anyio.create_task_group() as tasks, diary.lane.turn():
        for number in range(20):
            tasks.start_soon(diary.call, f"{number:02}", 0.0, 5)
            await anyio.wait_all_tasks_blocked()
        tasks.start_soon(diary.call, "first", 0.0, 1)
        await anyio.wait_all_tasks_blocked()
    assert [name for name, _ in diary.starts] == ["first", *(f"{number:02}" for number in range(20))]


@pytest.mark.anyio
async def test_without_an_interval_there_is_still_one_call_in_flight() -> None:
    lane = Lane(0.0)
    running = most = 0

    async def call() -> None:
        nonlocal running, most
        async with lane.turn():
            running += 1
            most = max(most, running)
            await checkpoint()
            running -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(call)
    assert (running, most) == (0, 1)


def test_a_held_lane_starts_nobody_before_the_moment_and_waiters_already_asleep_heed_it() -> None:
    async def main() -> list[tuple[str, float]]:
        diary = Diary(Lane(1.0))
        async with anyio.create_task_group() as tasks:
            await diary.call("a")
            tasks.start_soon(diary.call, "b")
            await anyio.sleep(0.5)
            diary.lane.hold_until(diary.lane.now() + 30)
            diary.lane.hold_until(diary.lane.now() + 5)
        await diary.call("c")
        return diary.starts

    assert in_virtual_time(main) == [("a", 0.0), ("b", 30.5), ("c", 31.5)]


def test_whoever_gives_up_while_first_in_line_hands_the_place_on() -> None:
    async def main() -> list[tuple[str, float]]:
        diary = Diary(Lane(1.0))

        async def impatient() -> None:
            with anyio.move_on_after(0.25):
                await diary.call("never")

        async with anyio.create_task_group() as tasks:
            await diary.call("a")
            tasks.start_soon(impatient)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(diary.call, "b")
        return diary.starts

    assert in_virtual_time(main) == [("a", 0.0), ("b", 1.0)]


def test_a_call_cut_short_frees_the_lane() -> None:
    async def main() -> list[tuple[str, float]]:
        diary = Diary(Lane(0.0))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(diary.call, "b", 0.0, 1)
            with anyio.move_on_after(3):
                await diary.call("a", lasting=100)
        return diary.starts

    assert in_virtual_time(main) == [("a", 0.0), ("b", 3.0)]


@pytest.mark.anyio
async def test_a_waiter_woken_and_cancelled_in_the_same_moment_blocks_nobody() -> None:
    lane = Lane(0.0)
    served = []

    async def call(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            async with lane.turn():
                await checkpoint()
                served.append(name)

    scopes = [anyio.CancelScope() for _ in range(3)]
    async with anyio.create_task_group() as tasks:
        async with lane.turn():
            for name, scope in zip("abc", scopes, strict=True):
                tasks.start_soon(call, name, scope)
                await anyio.wait_all_tasks_blocked()
        scopes[0].cancel()
    assert served == ["b", "c"]


@pytest.mark.anyio
async def test_an_error_inside_a_turn_frees_the_lane_and_is_handed_on() -> None:
    lane = Lane(0.0)
    with pytest.raises(LookupError):
        async with lane.turn():
            raise LookupError
    async with lane.turn():
        pass


def test_a_clock_of_ones_own_decides() -> None:
    async def main() -> list[float]:
        times = iter([100.0, 100.0, 100.4, 100.4, 101.0, 101.0])
        lane = Lane(1.0, clock=lambda: next(times))
        async with lane.turn():
            pass
        begun = anyio.current_time()
        async with lane.turn():
            return [anyio.current_time() - begun]

    assert in_virtual_time(main) == [pytest.approx(0.6)]
