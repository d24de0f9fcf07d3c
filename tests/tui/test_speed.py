"""A thousand connections: the first picture, a key's answer, and what hours of changes leave in memory.

Times are this process's CPU time, which other programs on the machine don't lengthen; nothing here waits for anything
but itself. `benchmarks/screens.py` takes the time by the clock.
"""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc

import msgspec
import pytest

from odoo_poller_tui.widgets.table import Table
from tui.driving import application, settle
from tui.fake_backend import FakeBackend
from tui.rows import connection, status

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def turn() -> None:
    """Let the application do its next bit."""
    await asyncio.sleep(0)


def thousand() -> FakeBackend:
    states = ("ok", "failing", "paused", "ok")
    return FakeBackend(
        statuses=[
            status(connection(i, f"Comercio {i:04d}"), states[i % 4], sent_today=i) for i in range(1, 1001)
        ]
    )


async def test_the_first_picture_is_there_within_a_second_and_a_key_is_answered_within_a_tenth() -> None:
    fake = thousand()
    began = time.process_time()
    async with application(fake).run_test(size=(200, 60)) as pilot:
        while not (found := pilot.app.screen.query("#connections")) or not found.first(Table).rows:
            await turn()
        assert time.process_time() - began < 1
        table = pilot.app.screen.query_one("#connections", Table)
        answers = []
        for step in range(120):
            if step % 5 == 0:
                fake.statuses[step] = msgspec.structs.replace(fake.statuses[step], sent_today=step)
                fake.changed()
                await pilot.app.look()
            pressed = time.process_time()
            table.action_move(1)
            await pilot._wait_for_screen()
            answers.append(time.process_time() - pressed)
        assert sorted(answers)[int(len(answers) * 0.95)] < 0.1


async def test_a_day_of_changes_leaves_nothing_behind() -> None:
    fake = thousand()
    async with application(fake).run_test(size=(120, 40)) as pilot:
        await settle(pilot)

        async def change(times: int) -> None:
            for number in range(times):
                fake.statuses[number % 1000] = msgspec.structs.replace(
                    fake.statuses[number % 1000], sent_today=number
                )
                fake.changed()
                loads = pilot.app.screen.loads
                await pilot.app.look()
                while pilot.app.screen.loads == loads:
                    await turn()
            await pilot._wait_for_screen()
            gc.collect()

        await change(200)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        await change(600)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    assert grown < 1_000_000
