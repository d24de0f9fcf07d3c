"""Which conditions hold, and which are refused: the finer points of domains, version by version."""

from __future__ import annotations

from typing import Any

import pytest

from contract.backends import Backend
from odoo_rpc import OdooError

pytestmark = pytest.mark.anyio

REFUSED = "refused"
# (field, operator, value): whether the order below matches until 18, and from 19 on.
CONDITIONS: list[tuple[str, str, Any, Any, Any]] = [
    ("client_order_ref", "=", False, True, True),
    ("client_order_ref", "!=", "x", True, True),
    ("client_order_ref", "not in", ["x"], True, True),
    ("client_order_ref", "in", [False, "x"], True, True),
    ("client_order_ref", "not ilike", "zzz", True, True),
    ("client_order_ref", "ilike", "zzz", False, False),
    ("name", "=", False, False, False),
    ("origin", "ilike", "oc-", True, True),
    ("origin", "like", "oc-", False, False),
    ("origin", "=like", "OC-_", True, True),
    ("origin", "=ilike", "oc-_", True, True),
    ("partner_id", "!=", False, True, True),
    ("partner_id", "in", [False], False, False),
    ("partner_id", "ilike", "condi", True, True),
    ("partner_id.name", "ilike", "condi", True, True),
    ("partner_id.country_id.code", "=", "CL", True, True),
    ("partner_id.country_id.code", "=", "PE", False, False),
    ("order_line", "=", False, False, False),
    ("order_line", "!=", False, True, True),
    ("order_line.product_id", "!=", False, True, True),
    ("order_line.product_uom_qty", ">", 2, True, True),
    ("order_line.product_uom_qty", ">", 3, False, False),
    ("amount_total", ">", 5, True, True),
    ("state", "in", [], False, False),
    ("state", "not in", [], True, True),
    ("state", "=?", False, True, True),
    ("id", "in", -1, REFUSED, False),
    ("write_date", "!=", False, True, True),
    ("write_date", "=", False, False, False),
    ("write_date", "in", [], False, False),
    ("write_date", "like", "20", True, True),
    ("write_date", ">=", "2020-01-01", True, True),
    ("write_date", "<", "2020-01-01T00:00:00", False, False),
    ("write_date", ">", "hello", REFUSED, REFUSED),
    ("write_date", ">", False, False, False),
    ("write_date", ">", 5, REFUSED, REFUSED),
]


async def held(client: Any, domain: list[Any]) -> bool | str:
    try:
        return bool(await client.search_count("sale.order", domain))
    except OdooError:
        return REFUSED


async def test_each_condition_holds_as_the_version_has_it(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Condiciones"), country="CL")
    product = odoo.seed.product(odoo.seed.unique("Producto"), sku="P-1", price=1000)
    line = {"product_id": product, "product_uom_qty": 2.5, "price_unit": 1000}
    order = odoo.seed.draft_orders(1, partner, [line])[0]
    odoo.seed.write("sale.order", [order], {"origin": "OC-1"})
    here = ["id", "=", order]
    async with odoo.client() as client:
        found = {
            (field, operator, str(value)): await held(client, [here, [field, operator, value]])
            for field, operator, value, _, _ in CONDITIONS
        }
    expected = {
        (field, operator, str(value)): new if odoo.version >= 19 else old
        for field, operator, value, old, new in CONDITIONS
    }
    assert found == expected


async def test_prefix_notation(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Prefijos"))
    one, two, three = odoo.seed.draft_orders(3, partner, [])
    ours = ["partner_id", "=", partner]
    async with odoo.client() as client:

        async def ids(*domain: Any) -> list[int]:
            return await client.search("sale.order", [ours, *domain], order="id")

        assert await ids("|", ["id", "=", one], ["id", "=", two]) == [one, two]
        assert await ids("|", ["id", "=", one], "!", ["id", "=", two]) == [one, three]
        assert await ids("&", ["id", ">", one], ["id", "<", three]) == [two]
        assert await ids("!", ["id", "in", [one, two]]) == [three]
        assert await ids([0, "=", 1]) == []
        assert await ids([1, "=", 1], ["id", "=", two]) == [two]


async def test_orders_sort_by_several_fields_and_by_default_newest_first(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Orden"))
    one, two = odoo.seed.draft_orders(2, partner, [])
    odoo.seed.write("sale.order", [one], {"date_order": "2020-01-02 00:00:00"})
    odoo.seed.write("sale.order", [two], {"date_order": "2020-01-01 00:00:00"})
    ours = [["partner_id", "=", partner]]
    async with odoo.client() as client:
        assert await client.search("sale.order", ours) == [one, two]
        assert await client.search("sale.order", ours, order="partner_id, id desc") == [two, one]
        assert await client.search("sale.order", ours, order="date_order", limit=1) == [two]
        assert await client.search_read("sale.order", ours, ["id"], order="id", offset=1) == [{"id": two}]
        with pytest.raises(OdooError):
            await client.search("sale.order", ours, order="name; drop table")
