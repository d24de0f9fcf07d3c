"""The error that a connection shows is the one of now, with its own time or with none."""

import pytest

from odoo_rpc.testing import FakeOdoo
from poller_core.loops.poller import poll_once
from poller_core.store.queries.connections import one_connection
from poller_support import Receiver, Rig, make_rig

pytestmark = pytest.mark.anyio


async def shown(rig: Rig) -> tuple[str, bool]:
    """The error after one more poll, and whether a time stands beside it."""
    await poll_once(rig.services, {1})
    status = one_connection(rig.store.database.db, "A", 0)
    return str(status.last_error), status.last_error_at > 0


async def test_an_error_of_the_receiver_does_not_bear_the_time_of_an_older_one_of_odoo() -> None:
    odoo = FakeOdoo(17)
    rig = make_rig(odoo, receiver=Receiver(answers=lambda _headers, _body: 500))
    rig.connect("A", odoo)
    odoo.revoke(odoo.api_key)
    error, timed = await shown(rig)
    assert "key" in error
    assert timed
    odoo.grant(odoo.username, odoo.api_key)
    odoo.add_orders(1)
    error, timed = await shown(rig)
    assert "500" in error
    assert not timed
