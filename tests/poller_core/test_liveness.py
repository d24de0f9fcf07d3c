"""What ``/livez`` says of the real loops: red where the database or a loop hangs, never for an Odoo or a receiver that does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest
from trio.testing import MockClock

from odoo_rpc.net import Reply
from odoo_rpc.testing import AsgiExchange, FakeOdoo
from poller_core.app import LOST_SECONDS, _Probe
from poller_core.errors import StorageFull
from poller_core.loops.poller import Poller
from poller_core.loops.services import inline
from poller_support import Receiver, make_rig, on_virtual_clock

HOUR = 3600.0


def lived(
    change: Callable[[Poller], None],
    seconds: float,
    *,
    arrives: bool = False,
    reason: str = "the database was not read for",
) -> list[bool]:
    """Whether the poller was live at each second after ``change``. ``arrives``: so does an order that comes then."""
    odoo = FakeOdoo(19)
    seen: list[bool] = []

    async def main() -> None:
        rig = make_rig(odoo)
        on_virtual_clock(rig)
        rig.connect("A", odoo, polling_interval_seconds=30)
        odoo.add_orders(5)
        poller = Poller(rig.services)
        probe = _Probe(poller)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(poller.run)
            for _ in range(60):
                await anyio.sleep(1)
                assert probe.health().live
            assert rig.receiver.delivered
            before = len(rig.receiver.delivered)
            change(poller)
            odoo.add_orders(1)
            for _ in range(int(seconds)):
                await anyio.sleep(1)
                seen.append(probe.health().live)
            assert len(rig.receiver.delivered) == before + arrives
            if not seen[-1]:
                assert any(reason in said for said in probe.health().reasons)
            tasks.cancel_scope.cancel()

    anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})
    return seen


def test_a_database_that_hangs_turns_it_red_within_a_quarter_of_a_minute() -> None:
    async def never(*_: object) -> Any:
        await anyio.sleep_forever()

    def hang(poller: Poller) -> None:
        poller.services.blocking = poller.services.urgent = never

    seen = lived(hang, 2 * LOST_SECONDS)
    assert seen.index(False) <= LOST_SECONDS + 1
    assert True not in seen[seen.index(False) :]


def test_a_database_that_comes_back_turns_it_green_again() -> None:
    async def slow(function: Callable[..., Any], *arguments: object) -> Any:
        await anyio.sleep(max(began + 40 - anyio.current_time(), 0))
        return await inline(function, *arguments)

    began = 60.0

    def hang(poller: Poller) -> None:
        poller.services.blocking = poller.services.urgent = slow

    seen = lived(hang, 120, arrives=True)
    assert False in seen
    assert seen[-1]


def odoo_hangs(poller: Poller) -> None:
    async def hang(*_: object) -> Reply | None:
        await anyio.sleep_forever()

    assert isinstance(poller.services.odoo, AsgiExchange)
    poller.services.odoo.faults = hang


def receiver_refuses(poller: Poller) -> None:
    assert isinstance(poller.services.receivers, Receiver)
    poller.services.receivers.answers = lambda _headers, _body: 503


@pytest.mark.parametrize("trouble", [odoo_hangs, receiver_refuses])
def test_others_trouble_never_turns_it_red(trouble: Callable[[Poller], None]) -> None:
    assert all(lived(trouble, HOUR))


def test_a_relay_that_hangs_by_itself_turns_it_red() -> None:
    async def never() -> None:
        await anyio.sleep_forever()

    def hang(poller: Poller) -> None:
        poller.relay._load = never  # type: ignore[method-assign]

    seen = lived(hang, 120, reason="deliveries stand still for")
    assert seen.index(False) <= 30 + LOST_SECONDS + 5
    assert not seen[-1]


def test_a_scheduler_that_hangs_by_itself_turns_it_red_within_an_interval_and_a_quarter_of_a_minute() -> None:
    def hang(poller: Poller) -> None:
        poller.scheduler._start_due = lambda _tasks: None  # type: ignore[method-assign]

    seen = lived(hang, 120, reason="polls begin")
    assert seen.index(False) <= 30 + LOST_SECONDS + 1
    assert not seen[-1]


def test_a_disk_that_takes_nothing_turns_it_red_within_half_a_minute_and_green_when_it_does() -> None:
    def full(poller: Poller) -> None:
        requests, until = poller.services.store.requests, anyio.current_time() + 60

        def refused_for_a_minute(*arguments: Any) -> None:
            if anyio.current_time() < until:
                raise StorageFull("the disk takes nothing")
            beat(*arguments)

        beat, requests.beat = requests.beat, refused_for_a_minute  # type: ignore[method-assign]

    seen = lived(full, 120, arrives=True)
    assert seen.index(False) <= 30
    assert all(seen[70:])
