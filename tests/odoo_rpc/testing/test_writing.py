"""Driving the fake over RPC as a test drives a real Odoo: create, write, confirm, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from odoo_rpc import (
    AccessForbidden,
    OdooClient,
    RecordMissing,
    Unavailable,
    UnknownModelOrField,
    UserRejected,
    connect,
)
from odoo_rpc.testing import AsgiExchange, FakeOdoo

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[14, 19])
def fake(request: pytest.FixtureRequest) -> FakeOdoo:
    return FakeOdoo(request.param)


@pytest.fixture
def client(fake: FakeOdoo) -> Callable[..., Any]:
    async def connected(login: str = "admin", key: str | None = None) -> OdooClient:
        exchange = AsgiExchange(fake.asgi())
        return await connect(
            "https://odoo.test",
            fake.db,
            login,
            key or fake.api_key,
            exchange=exchange,
            min_interval_seconds=0,
        )

    return connected


async def test_an_order_is_made_confirmed_and_cancelled_over_rpc(fake: FakeOdoo, client: Any) -> None:
    odoo = await client()
    product = fake.add_product("Café", sku="CAF", price=100)
    partner = await odoo.call("res.partner", "create", vals_list={"name": "Ana", "city": "Temuco"})
    lines = [
        [0, 0, {"product_id": product, "product_uom_qty": 2}],
        [0, 0, {"display_type": "line_note", "name": "x"}],
    ]
    values = {"partner_id": partner, "order_line": lines, "note": "hola"}
    first, second = await odoo.call("sale.order", "create", vals_list=[values, values])
    assert await odoo.call("sale.order", "action_confirm", [first, second]) is True
    read = await odoo.read(
        "sale.order", [first], ["state", "amount_total", "partner_shipping_id", "user_id", "name"]
    )
    assert read == [
        {
            "id": first,
            "state": "sale",
            "amount_total": 200.0,
            "partner_shipping_id": [partner, "Ana"],
            "user_id": [2, "admin"],
            "name": "S00001",
        }
    ]
    assert await odoo.call("sale.order", "action_cancel", [first]) is True
    assert await odoo.call("sale.order", "action_draft", [first]) is True
    assert await odoo.call("sale.order", "unlink", [first]) is True
    assert await odoo.search("sale.order", []) == [second]


async def test_one_call_is_one_transaction(fake: FakeOdoo, client: Any) -> None:
    odoo = await client()
    ids = [fake.add_order(confirm=False) for _ in range(3)]
    await odoo.call("sale.order", "write", ids, vals={"client_order_ref": "OC-1"})
    assert len({fake.read("sale.order", order)["write_date"] for order in ids}) == 1
    fake.cancel(ids[2])
    with pytest.raises(UserRejected):
        await odoo.call("sale.order", "action_confirm", ids)
    assert fake.read("sale.order", ids[0])["state"] == "draft"


async def test_lines_are_added_and_changed_through_write(fake: FakeOdoo, client: Any) -> None:
    odoo = await client()
    product = fake.add_product("Café", price=100)
    order = fake.add_order(None, [], confirm=False)
    await odoo.call("sale.order", "write", [order], vals={"order_line": [[0, 0, {"product_id": product}]]})
    line = (await odoo.read("sale.order", [order], ["order_line"]))[0]["order_line"]
    await odoo.call("sale.order.line", "write", line, vals={"product_uom_qty": 3})
    assert fake.read("sale.order", order)["amount_total"] == 300.0
    with pytest.raises(UnknownModelOrField):
        await odoo.call("sale.order", "write", [order], vals={"order_line": [[5, 0, 0]]})


async def test_refusals(fake: FakeOdoo, client: Any) -> None:
    odoo = await client()
    order = fake.add_order()
    fake.add_user("nadie", "k", [])
    with pytest.raises(UserRejected):
        await odoo.call("sale.order", "create", vals_list={})
    with pytest.raises(UserRejected):
        await odoo.call("sale.order", "unlink", [order])
    with pytest.raises(UserRejected):
        await odoo.call("res.partner", "unlink", [fake.read("sale.order", order)["partner_id"]])
    with pytest.raises(UnknownModelOrField):
        await odoo.call("sale.order", "write", [order], vals={"nosuch": 1})
    with pytest.raises(UnknownModelOrField):
        await odoo.call("sale.order", "write", [order], vals={"date_order": "mañana"})
    with pytest.raises(RecordMissing):
        await odoo.call("sale.order", "action_cancel", [99])
    with pytest.raises(AccessForbidden):
        await (await client("nadie", "k")).call("sale.order", "write", [order], vals={"note": "x"})


async def test_a_row_held_by_an_open_transaction_can_not_be_serialised(fake: FakeOdoo, client: Any) -> None:
    order = fake.add_order(confirm=False)
    tx = fake.begin()
    tx.confirm([order])
    odoo = await client()
    with pytest.raises(Unavailable):
        await odoo.call("sale.order", "action_cancel", [order])
    tx.commit()
    assert fake.read("sale.order", order)["state"] == "sale"


async def test_locking_follows_the_version(fake: FakeOdoo, client: Any) -> None:
    odoo = await client()
    order = fake.add_order()
    if fake.version < 17:
        assert await odoo.call("sale.order", "action_done", [order]) is True
        assert fake.read("sale.order", order)["state"] == "done"
    else:
        assert await odoo.call("sale.order", "action_lock", [order]) is None
        with pytest.raises(UserRejected):
            await odoo.call("sale.order", "action_cancel", [order])
    assert await odoo.call("sale.order", "action_unlock", [order]) is None
    assert fake.read("sale.order", order)["state"] == "sale"
