"""Who sees what: rules, groups, companies, keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from odoo_rpc import AccessForbidden, AuthenticationFailed, OdooClient, connect
from odoo_rpc.testing import AsgiExchange, FakeOdoo, Group, Line

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def client_of(
    fake: FakeOdoo, login: str = "admin", key: str | None = None, **more: Any
) -> AsyncIterator[OdooClient]:
    yield await connect(
        "https://odoo.test",
        fake.db,
        login,
        key or fake.api_key,
        exchange=AsgiExchange(fake.asgi()),
        min_interval_seconds=0,
        **more,
    )


@pytest.fixture(params=[14, 19])
def fake(request: pytest.FixtureRequest) -> FakeOdoo:
    return FakeOdoo(request.param)


async def test_a_hidden_record_fails_the_read_and_vanishes_from_searches_and_lists(fake: FakeOdoo) -> None:
    product = fake.add_product("Café")
    order = fake.add_order(None, [Line(product), Line(product)])
    first, second = fake.ids("sale.order.line")
    fake.hide("sale.order.line", first)
    async with client_of(fake) as client:
        assert await client.search("sale.order.line", []) == [second]
        assert (await client.read("sale.order", [order], ["order_line"]))[0]["order_line"] == [second]
        with pytest.raises(AccessForbidden):
            await client.read("sale.order.line", [first, second], ["name"])
        fake.unhide("sale.order.line", first)
        assert len(await client.read("sale.order.line", [first, second], ["name"])) == 2


async def test_a_hidden_customer_still_shows_its_name_on_the_order_but_can_not_be_read(
    fake: FakeOdoo,
) -> None:
    customer = fake.add_partner("Ana")
    order = fake.add_order(customer)
    fake.add_user("lector", "k", [Group.SALES_ALL])
    fake.hide("res.partner", customer, logins=["lector"])
    async with client_of(fake, "lector", "k") as client:
        assert (await client.read("sale.order", [order], ["partner_id"]))[0]["partner_id"] == [
            customer,
            "Ana",
        ]
        with pytest.raises(AccessForbidden):
            await client.read("res.partner", [customer], ["name"])
    async with client_of(fake) as client:
        assert len(await client.read("res.partner", [customer], ["name"])) == 1


async def test_a_hidden_customer_fails_a_nested_page() -> None:
    fake = FakeOdoo(19)
    customer = fake.add_partner("Ana")
    fake.add_order(customer)
    fake.hide("res.partner", customer)
    async with client_of(fake) as client:
        page = await client.web_search_read(
            "sale.order", [], {"partner_id": {"fields": {"display_name": {}}}}
        )
        assert page.records[0]["partner_id"] == {"id": customer, "display_name": "Ana"}
        with pytest.raises(AccessForbidden):
            await client.web_search_read("sale.order", [], {"partner_id": {"fields": {"name": {}}}})


async def test_orders_of_another_company_are_out_of_sight(fake: FakeOdoo) -> None:
    other = fake.add_company("Otra")
    here, there = fake.add_order(), fake.add_order(company=other)
    fake.add_user("local", "k", [Group.SALES_ALL])
    async with client_of(fake, "local", "k") as client:
        assert await client.search("sale.order", [], order="id") == [here]
    async with client_of(fake) as client:
        assert await client.search("sale.order", [], order="id") == [here, there]
    async with client_of(fake, allowed_company_ids=[other]) as client:
        assert await client.search("sale.order", [], order="id") == [there]


async def test_a_revoked_key_is_refused_until_another_is_granted(fake: FakeOdoo) -> None:
    fake.add_user("lector", "old", [Group.SALES_ALL])
    async with client_of(fake, "lector", "old") as client:
        await client.search_count("sale.order", [])
        fake.revoke("old")
        with pytest.raises(AuthenticationFailed):
            await client.search_count("sale.order", [])
    fake.grant("lector", "new")
    async with client_of(fake, "lector", "new") as client:
        assert await client.search_count("sale.order", []) == 0


async def test_a_password_serves_over_json_rpc_only() -> None:
    fake = FakeOdoo(19)
    fake.add_user("lector", "key", [Group.SALES_ALL], password="secreta")
    async with client_of(fake, "lector", "secreta", protocol="jsonrpc") as client:
        assert await client.search_count("sale.order", []) == 0
    async with client_of(fake, "lector", "secreta", protocol="json2") as client:
        with pytest.raises(AuthenticationFailed):
            await client.search_count("sale.order", [])


async def test_an_archived_user_is_locked_out(fake: FakeOdoo) -> None:
    uid = fake.add_user("lector", "key", [Group.SALES_ALL])
    fake.edit("res.users", uid, active=False)
    async with client_of(fake, "lector", "key") as client:
        with pytest.raises(AuthenticationFailed):
            await client.search_count("sale.order", [])


async def test_a_customer_s_count_holds_the_orders_of_its_contacts_that_the_user_may_see() -> None:
    fake = FakeOdoo(14)
    company = fake.add_partner("Empresa")
    contact = fake.add_partner("Contacto", parent=company)
    own = fake.add_user("propio", "k", [Group.SALES_OWN])
    fake.add_order(company, user=2)
    fake.add_order(contact, user=own, confirm=False)
    counts = []
    for login, key in (("admin", None), ("propio", "k")):
        async with client_of(fake, login, key) as client:
            read = await client.read("res.partner", [company, contact], ["sale_order_count"])
            counts.append([record["sale_order_count"] for record in read])
    assert counts == [[2, 1], [1, 1]]
