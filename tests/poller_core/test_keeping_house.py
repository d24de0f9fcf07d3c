"""The running poller erases by itself what retention says, and nothing that somebody still has to decide on."""

from __future__ import annotations

import anyio
import pytest

from odoo_rpc.testing import FakeOdoo, chile
from poller_core.errors import StorageFull
from poller_core.loops import poller as loops
from poller_core.loops.poller import Poller
from poller_core.store.maintenance.pruning import Pruning, Retention
from poller_support import Receiver, Rig, make_rig

pytestmark = pytest.mark.anyio


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Three orders, of which the receiver refuses one; retention of no time at all, looked after all the time."""
    monkeypatch.setattr(loops, "PRUNE_SECONDS", 0.05)
    monkeypatch.setattr(loops, "PRUNE_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(loops, "Retention", lambda: Retention(delivered_days=0, failed_days=0, log_days=0))
    odoo = FakeOdoo(19)
    chile(odoo, orders=3)
    refused: list[str] = []

    def answers(headers: dict[str, str], _body: bytes) -> int:
        refused.append(headers["webhook-id"])
        return 422 if headers["webhook-id"] == refused[0] else 204

    made = make_rig(odoo, receiver=Receiver(answers))
    made.connect("Tienda", odoo, max_attempts=0)
    return made


async def until(rig: Rig, sql: str, expected: list[tuple[object, ...]]) -> None:
    with anyio.fail_after(20):
        while rig.sql(sql) != expected:  # noqa: ASYNC110  # what is awaited is a commit, of which there is no event
            await anyio.sleep(0.02)


async def test_delivered_payloads_go_and_what_failed_waits_for_a_person(rig: Rig) -> None:
    poller = Poller(rig.services)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(poller.run)
        await until(rig, "SELECT count(*) FROM outbox WHERE status = 1", [(2,)])
        await until(rig, "SELECT count(*) FROM archive", [(0,)])
        await until(rig, "SELECT count(*) > 0 FROM events WHERE type = 'PayloadsErased'", [(1,)])
        poller.stop()
    assert rig.sql("SELECT o.status FROM bodies b JOIN outbox o USING (position)") == [(2,)]
    assert rig.sql("SELECT count(*) FROM events WHERE type = 'DeliveryDiscarded'") == [(0,)]


async def test_a_full_disk_is_said_and_tried_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    step = Pruning.step

    def full_at_first(self: Pruning) -> bool:
        tries.append(1)
        if len(tries) == 1:
            raise StorageFull("the disk is full")
        return step(self)

    monkeypatch.setattr(Pruning, "step", full_at_first)
    poller = Poller(rig.services)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(poller.run)
        await until(rig, "SELECT count(*) > 0 FROM events WHERE type = 'PayloadsErased'", [(1,)])
        poller.stop()
    assert len(tries) > 1
