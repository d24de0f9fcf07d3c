"""One order that its receiver refuses for ever costs the others nothing, and ends after its retries."""

from __future__ import annotations

from itertools import pairwise

import anyio
import msgspec
import pytest
from trio.testing import MockClock

from odoo_rpc.testing import FakeOdoo
from poller_core.decide.backoff import Backoff
from poller_core.loops.reader import Reader
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Roster
from poller_core.loops.services import Limits
from poller_support import Receiver, make_rig, on_virtual_clock

ORDERS, RETRIES = 1000, 5
BASE = 30.0


@pytest.mark.parametrize("status", [400, 409, 413, 415, 422, 500])
def test_one_poisonous_order_in_a_thousand_fails_after_five_retries_and_delays_nobody(status: int) -> None:
    odoo = FakeOdoo(19)
    orders = odoo.add_orders(ORDERS)
    poison = orders[ORDERS // 3]
    requests: list[tuple[float, int]] = []

    def answers(_headers: dict[str, str], body: bytes) -> int:
        order = int(msgspec.json.decode(body)["external_id"].rpartition("_")[2])
        requests.append((anyio.current_time(), order))
        return status if order == poison else 204

    async def main() -> None:
        limits = Limits(min_interval_ms=0, endpoint_concurrency=16, backoff=Backoff(BASE, 600.0))
        rig = make_rig(odoo, limits=limits, receiver=Receiver(answers))
        on_virtual_clock(rig)
        rig.connect("A", odoo, max_attempts=RETRIES)
        roster = Roster(rig.services)
        await roster.refresh()
        relay = Relay(rig.services, roster)
        reader = Reader(rig.services, roster, relay.offer)
        (entry,) = roster
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(relay.run)
            await reader.poll(entry)
            await anyio.sleep(4 * 3600)
            odoo.add_orders(1)
            came = anyio.current_time()
            await reader.poll(entry)
            await anyio.sleep(3600)
            relay.stop()
        # It is the probe where one is needed, and waits for nothing.
        assert requests[-1][0] - came < 1.0
        assert rig.sql("SELECT order_id FROM outbox WHERE status = 2") == [(poison,)]
        assert rig.sql("SELECT count(*) FROM outbox WHERE status = 1") == [(ORDERS,)]
        # What the pages show: one FAILED.
        assert rig.sql("SELECT failed, pending FROM tally") == [(1, 0)]
        # A 500 may be the URL's own trouble, which nothing disproves once the poisonous order waits alone.
        assert rig.sql("SELECT count(*) FROM events WHERE type = 'EndpointSuspended'") == [
            (int(status == 500),)
        ]

    anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})
    times = [at for at, order in requests if order != poison]
    assert len(times) == ORDERS
    assert times[-2] - times[0] < 1.0
    tries = [at for at, order in requests if order == poison]
    assert len(tries) == 1 + RETRIES
    for number, wait in enumerate(later - earlier for earlier, later in pairwise(tries)):
        assert wait == pytest.approx(BASE * 2**number, rel=0.11)
