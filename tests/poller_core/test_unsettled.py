"""What is answered and not yet recorded: bounded per URL, and recorded before anything else that queues for the disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from odoo_rpc.testing import FakeOdoo
from poller_core.loops.poller import poll_once
from poller_core.loops.reader import Reader
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Roster
from poller_core.loops.services import Limits, ThreadBlocking, inline
from poller_support import Rig, make_rig

pytestmark = pytest.mark.anyio
LIMIT = 4


class HangingDisk:
    """Takes the first commit and does not end it until told."""

    def __init__(self) -> None:
        self.hangs, self.released = anyio.Event(), anyio.Event()

    async def __call__(self, function: Callable[..., Any], *arguments: object) -> Any:
        self.hangs.set()
        await self.released.wait()
        return await inline(function, *arguments)

    async def left_alone(self) -> None:
        """Wait until it hangs and whatever else could go on has done so."""
        await self.hangs.wait()
        for _ in range(500):
            await anyio.lowlevel.checkpoint()


def rig_on(disk: HangingDisk) -> Rig:
    """A connection with sixty orders, and a disk that hangs."""
    odoo = FakeOdoo(19)
    rig = make_rig(odoo, limits=Limits(min_interval_ms=0, endpoint_concurrency=LIMIT))
    rig.connect("A", odoo)
    odoo.add_orders(60)
    rig.services.urgent = disk
    return rig


async def test_a_disk_that_hangs_lets_twice_what_may_be_under_way_out_and_no_more() -> None:
    disk = HangingDisk()
    rig = rig_on(disk)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(poll_once, rig.services, {1})
        await disk.left_alone()
        # A death now would repeat these.
        assert LIMIT <= len(rig.receiver.got) <= 2 * LIMIT
        disk.released.set()
    assert len(rig.receiver.delivered) == len(rig.receiver.got) == 60
    assert rig.receiver.most_in_flight <= LIMIT


async def test_stopping_does_not_wait_for_who_waits_for_the_disk() -> None:
    disk = HangingDisk()
    rig = rig_on(disk)
    roster = Roster(rig.services)
    await roster.refresh()
    relay = Relay(rig.services, roster)
    (entry,) = roster
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(relay.run)
            await Reader(rig.services, roster, relay.offer).poll(entry)
            await disk.left_alone()
            relay.stop()
            disk.released.set()
    # What was answered is recorded; what was not sent waits for the next start.
    (sent,) = rig.sql("SELECT count(*) FROM outbox WHERE status = 1")
    assert sent == (len(rig.receiver.got),)
    assert sent < (60,)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The thread works under both."""
    return str(request.param)


async def test_what_is_urgent_goes_past_those_who_queue_for_the_thread() -> None:
    thread = ThreadBlocking()
    order: list[str] = []
    busy = anyio.Event()

    async def ordinary(name: str) -> None:
        def work() -> None:
            anyio.from_thread.run_sync(busy.set)
            anyio.from_thread.run(anyio.sleep, 0.02)
            order.append(name)

        await thread(work)

    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(ordinary, str(number))
        await busy.wait()
        await thread.urgent(order.append, "urgent")
    # Behind the one that runs, and at most the one that is next.
    assert order.index("urgent") <= 2
    assert sorted(order) == ["0", "1", "2", "3", "4", "5", "urgent"]


@pytest.mark.parametrize("urgent", [False, True])
async def test_a_call_that_raises_gives_the_thread_back(urgent: bool) -> None:
    thread = ThreadBlocking()

    def broken() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await (thread.urgent if urgent else thread)(broken)
    assert await thread(str, 1) == "1"
