"""What Odoo refuses, and in which words: fields, rights, values, business rules."""

from __future__ import annotations

import pytest

from contract.backends import Backend
from odoo_rpc import AccessForbidden, RecordMissing, UnknownModelOrField, UserRejected
from odoo_rpc.testing import Group
from real_odoo_support import Login

pytestmark = pytest.mark.anyio


def order_of_nobody_in_particular(odoo: Backend) -> int:
    product = odoo.seed.product(odoo.seed.unique("Producto"), sku="P-1", price=1000)
    partner = odoo.seed.partner(odoo.seed.unique("Cliente"))
    ids = odoo.seed.draft_orders(1, partner, [{"product_id": product, "product_uom_qty": 1}], user_id=2)
    odoo.seed.confirm(ids)
    return ids[0]


async def customer_of(odoo: Backend, order: int) -> int:
    async with odoo.client() as client:
        return int((await client.read("sale.order", [order], ["partner_id"]))[0]["partner_id"][0])


def stock_user(odoo: Backend) -> Login:
    return odoo.seed.user(Group.STOCK)


async def test_mobile_is_gone_in_19_and_fails_the_whole_read(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Móvil"), phone="+56 2 2345 6789")
    async with odoo.client() as client:
        available = await client.available_fields("res.partner", ["phone", "mobile"])
        if odoo.version >= 19:
            assert available == ["phone"]
            with pytest.raises(UnknownModelOrField):
                await client.read("res.partner", [partner], ["phone", "mobile"])
        else:
            assert available == ["phone", "mobile"]
            read = await client.read("res.partner", [partner], ["phone", "mobile"])
            assert read == [{"id": partner, "phone": "+56 2 2345 6789", "mobile": False}]


async def test_a_warehouse_user_reads_orders_but_from_19_on_no_order_count(odoo: Backend) -> None:
    order = order_of_nobody_in_particular(odoo)
    partner = await customer_of(odoo, order)
    async with odoo.client(stock_user(odoo)) as client:
        assert len(await client.search_read("sale.order", [["id", "=", order]], ["name"])) == 1
        if odoo.version >= 19:
            assert await client.available_fields("res.partner", ["name", "sale_order_count"]) == ["name"]
            with pytest.raises(AccessForbidden):
                await client.read("res.partner", [partner], ["name", "sale_order_count"])
        else:
            read = await client.read("res.partner", [partner], ["sale_order_count"])
            assert read == [{"id": partner, "sale_order_count": 1}]


async def test_a_forbidden_field_inside_a_page_fails_the_whole_page(odoo: Backend) -> None:
    if odoo.version < 19:
        return
    order = order_of_nobody_in_particular(odoo)
    specification = {"partner_id": {"fields": {"sale_order_count": {}}}}
    async with odoo.client(stock_user(odoo)) as client:
        with pytest.raises(AccessForbidden):
            await client.web_search_read("sale.order", [["id", "=", order]], specification)


async def test_without_any_right_to_orders_even_the_search_is_refused(odoo: Backend) -> None:
    order = order_of_nobody_in_particular(odoo)
    partner = await customer_of(odoo, order)
    async with odoo.client(odoo.seed.user()) as client:
        with pytest.raises(AccessForbidden):
            await client.search("sale.order", [["id", "=", order]])
        with pytest.raises(AccessForbidden):
            await client.read("res.partner", [partner], ["sale_order_count"])
        listed = await client.available_fields("res.partner", ["sale_order_count"])
        # Until 18 the list of fields does not give that away.
        assert listed == ([] if odoo.version >= 19 else ["sale_order_count"])


async def test_one_unreadable_record_fails_the_whole_read_and_is_missing_from_searches(odoo: Backend) -> None:
    foreign = order_of_nobody_in_particular(odoo)
    own_user = odoo.seed.user(Group.SALES_OWN)
    partner = odoo.seed.partner(odoo.seed.unique("Propio"))
    own = odoo.seed.draft_orders(1, partner, [], user_id=own_user.uid)[0]
    both = [own, foreign]
    async with odoo.client(own_user) as client:
        assert await client.search("sale.order", [["id", "in", both]]) == [own]
        assert await client.search_count("sale.order", [["id", "in", both]]) == 1
        assert len(await client.read("sale.order", [own], ["name"])) == 1
        with pytest.raises(AccessForbidden):
            await client.read("sale.order", both, ["name"])
        with pytest.raises(AccessForbidden):
            await client.call("sale.order", "action_confirm", [foreign])


async def test_a_datetime_with_a_zone_is_refused_from_19_on(odoo: Backend) -> None:
    order = order_of_nobody_in_particular(odoo)
    domain = [["id", "=", order], ["write_date", ">", "2020-01-01T00:00:00Z"]]
    async with odoo.client() as client:
        if odoo.version < 19:
            assert await client.search_count("sale.order", domain) == 1
            return
        with pytest.raises(UnknownModelOrField):
            await client.search_count("sale.order", domain)


async def test_an_unknown_field_is_overlooked_until_18_where_nothing_is_found(odoo: Backend) -> None:
    nowhere, order = [["id", "=", -1]], order_of_nobody_in_particular(odoo)
    async with odoo.client() as client:
        with pytest.raises(UnknownModelOrField):
            await client.search_read("sale.order", [["id", "=", order]], ["nosuch"])
        if odoo.version < 19:
            assert await client.search_read("sale.order", nowhere, ["nosuch"]) == []
            return
        with pytest.raises(UnknownModelOrField):
            await client.search_read("sale.order", nowhere, ["nosuch"])


@pytest.mark.parametrize(
    "domain",
    [[["nosuch", "=", 1]], [["name", "foo", 1]], ["|", ["name", "=", "x"]], [["name", "="]]],
    ids=["field", "operator", "prefix", "leaf"],
)
async def test_a_malformed_domain_is_named_as_such(odoo: Backend, domain: list[object]) -> None:
    async with odoo.client() as client:
        with pytest.raises(UnknownModelOrField):
            await client.search_count("sale.order", domain)


async def test_an_unknown_method_or_argument_is_told(odoo: Backend) -> None:
    async with odoo.client() as client:
        with pytest.raises(UnknownModelOrField):
            await client.call("sale.order", "nosuch", [1])
        with pytest.raises(UnknownModelOrField):
            await client.call("sale.order", "read", [1], fields=["name"], nosuch=1)
        with pytest.raises(UnknownModelOrField):
            await client.call("sale.order", "search_read", domain=[], nosuch=1)
        with pytest.raises(AccessForbidden):
            await client.call("sale.order", "_compute_amounts", [1])


async def test_an_unknown_model_is_a_user_error_over_json_rpc(odoo: Backend) -> None:
    error = UserRejected if odoo.protocol == "jsonrpc" else UnknownModelOrField
    async with odoo.client() as client:
        with pytest.raises(error):
            await client.search_count("sale.orderx", [])


async def test_business_rules_refuse_to_confirm_a_cancelled_order(odoo: Backend) -> None:
    order = order_of_nobody_in_particular(odoo)
    odoo.seed.cancel([order])
    async with odoo.client() as client:
        with pytest.raises(UserRejected):
            await client.call("sale.order", "action_confirm", [order])


async def test_a_confirmed_order_is_confirmed_again_without_complaint_until_16(odoo: Backend) -> None:
    order = order_of_nobody_in_particular(odoo)
    async with odoo.client() as client:
        if odoo.version < 17:
            assert await client.call("sale.order", "action_confirm", [order]) is True
            return
        with pytest.raises(UserRejected):
            await client.call("sale.order", "action_confirm", [order])


async def test_a_write_on_a_deleted_record_says_that_it_is_missing(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Fugaz"))
    odoo.seed.delete("res.partner", [partner])
    async with odoo.client() as client:
        with pytest.raises(RecordMissing):
            await client.call("res.partner", "write", [partner], vals={"city": "Temuco"})


async def test_a_method_that_returns_nothing_gives_none(odoo: Backend) -> None:
    order = order_of_nobody_in_particular(odoo)
    async with odoo.client() as client:
        assert await client.call("sale.order", "action_unlock", [order]) is None


async def test_a_company_that_is_not_the_user_s_is_refused(odoo: Backend) -> None:
    async with odoo.client(allowed_company_ids=[2**20]) as client:
        with pytest.raises(AccessForbidden):
            await client.search_count("sale.order", [])
