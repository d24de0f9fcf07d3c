"""A thousand connections at once, none, and two of one name."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import anyio
import pytest
from trio.testing import MockClock

from odoo_rpc.testing import FakeOdoo
from poller_core.decide.polling import START_SPREAD_SECONDS
from poller_core.errors import BadInput
from poller_core.loops.poller import Poller
from poller_support import make_rig, on_virtual_clock

MANY = 1000
INTERVAL = 300


def began(connections: int, seconds: float) -> dict[int, list[float]]:
    """When each connection's polls began, on a poller that lived so long (s)."""
    odoo = FakeOdoo(19)
    times: defaultdict[int, list[float]] = defaultdict(list)

    async def main() -> None:
        rig = make_rig(odoo)
        on_virtual_clock(rig)
        for number in range(connections):
            rig.connect(f"c{number}", odoo, polling_interval_seconds=INTERVAL)
        poller = Poller(rig.services)
        poll = poller.reader.poll

        async def seen(entry: Any, **more: Any) -> Any:
            times[entry.number].append(anyio.current_time() - start)
            return await poll(entry, **more)

        poller.reader.poll = seen  # type: ignore[method-assign]
        start = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(poller.run)
            await anyio.sleep(seconds)
            poller.stop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("poller_core.loops.poller.LISTEN_SECONDS", 60.0)
        anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})
    return times


@pytest.mark.slow
def test_a_thousand_connections_are_all_polled_at_once_and_from_then_on_evenly() -> None:
    times = began(MANY, 3 * INTERVAL)
    assert len(times) == MANY
    assert max(moments[0] for moments in times.values()) <= START_SPREAD_SECONDS + 0.1
    for moments in times.values():
        assert moments[1] <= INTERVAL + 2
        assert all(abs(later - earlier - INTERVAL) < 2 for earlier, later in pairwise(moments[1:]))
    # In no ten seconds of the second interval more than twice what an even spread would bring.
    seconds = sorted(int(moments[1]) // 10 for moments in times.values())
    assert max(seconds.count(ten) for ten in set(seconds)) <= 2 * MANY * 10 / INTERVAL


def test_a_poller_without_connections_rests() -> None:
    assert began(0, 24 * 3600) == {}


def test_a_name_is_given_once() -> None:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    with pytest.raises(BadInput, match="a connection named 'A' is there already"):
        rig.connect("A", odoo)
    assert rig.sql("SELECT count(*) FROM connection") == [(1,)]
