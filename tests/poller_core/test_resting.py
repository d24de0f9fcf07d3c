"""The first second after a URL's recovery belongs to nobody: not to who waits there, and not to a connection's own probe."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest
from trio.testing import MockClock

from odoo_rpc.testing import FakeOdoo
from poller_core.decide.backoff import Backoff
from poller_core.loops.reader import Reader
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Roster
from poller_core.loops.services import Limits
from poller_support import EPOCH_MS, Receiver, make_rig, on_virtual_clock

DOWN_UNTIL = 100.0


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(1000):
        while not holds():  # noqa: ASYNC110
            await anyio.sleep(0.5)


@pytest.mark.parametrize("others", [1, 20])
def test_a_suspended_connection_s_own_probe_waits_the_first_second_after_its_url_s_recovery(
    others: int,
) -> None:
    """A's secret is wrong, and its URL goes down meanwhile; when B's probe finds it well again, A's has long been due."""
    odoos = FakeOdoo(19, db="a"), FakeOdoo(19, db="b")
    requests: list[tuple[float, str, int]] = []
    names: dict[str, str] = {}

    def answers(headers: dict[str, str], _body: bytes) -> int:
        who, now = names[headers["X-Odoo-Connection-Id"]], anyio.current_time()
        status = 204 if now >= DOWN_UNTIL else 401 if who == "a" else 503
        requests.append((now, who, status))
        return status

    async def main() -> None:
        limits = Limits(min_interval_ms=0, endpoint_concurrency=4, backoff=Backoff(30.0, 600.0))
        rig = make_rig(*odoos, limits=limits, receiver=Receiver(answers))
        on_virtual_clock(rig)
        a, b = (rig.connect(odoo.db, odoo) for odoo in odoos)
        roster = Roster(rig.services)
        await roster.refresh()
        names.update({entry.connection.id: entry.connection.name for entry in roster})
        relay = Relay(rig.services, roster)
        reader = Reader(rig.services, roster, relay.offer)
        odoos[0].add_orders(1)
        odoos[1].add_orders(4 + others)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(relay.run)
            await reader.poll(roster.entries[a])
            await until(lambda: roster.entries[a].health.suspended)
            await reader.poll(roster.entries[b])
            endpoint = roster.entries[b].connection.endpoint
            await until(lambda: roster.endpoints[endpoint][1].suspended)
            # The own probe's time comes while the URL is suspended, and passes.
            assert roster.entries[a].health.next_probe_at < EPOCH_MS + DOWN_UNTIL * 1000
            await until(lambda: not rig.sql("SELECT 1 FROM outbox WHERE status <> 1"))
            relay.stop()

    anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})
    recovered = next(at for at, _, status in requests if status == 204)
    assert [who for at, who, _ in requests if at == recovered] == ["b"]
    after = [(at - recovered, who) for at, who, _ in requests if at > recovered]
    assert min(at for at, _ in after) >= 1.0
    assert min(at for at, who in after if who == "a") < 5.0
    # And no probe of A's was sent to the URL while it was down.
    assert [who for at, who, status in requests if who == "a" and status != 204] == ["a"]
