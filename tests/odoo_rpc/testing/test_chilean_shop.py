"""The demonstration data: always the same, and with the oddities it promises."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_rpc.testing import FakeOdoo, chile


def rows(fake: FakeOdoo, model: str) -> list[dict[str, Any]]:
    return [fake.read(model, record) for record in fake.ids(model)]


@pytest.mark.parametrize("version", [14, 19])
def test_the_same_arguments_give_the_same_records(version: int) -> None:
    one, two = (FakeOdoo(version, clock=lambda: 1_800_014_400.0) for _ in range(2))
    assert chile(one, 30) == chile(two, 30) == list(range(1, 31))
    assert rows(one, "sale.order") == rows(two, "sale.order")
    assert rows(one, "sale.order.line") == rows(two, "sale.order.line")


@pytest.mark.parametrize("version", [14, 19])
def test_a_dozen_orders_hold_every_oddity(version: int) -> None:
    fake = FakeOdoo(version)
    assert len(chile(fake)) == 12
    orders, lines = rows(fake, "sale.order"), rows(fake, "sale.order.line")
    products, partners = rows(fake, "product.product"), rows(fake, "res.partner")
    assert {order["state"] for order in orders} == {"sale"}
    assert any(order["partner_id"] != order["partner_shipping_id"] for order in orders)
    assert {bool(order["note"]) for order in orders} == {True, False}
    assert {bool(order["client_order_ref"]) for order in orders} == {True, False}
    assert {line["display_type"] for line in lines} == {False, "line_section", "line_note"}
    assert any(line["product_uom_qty"] == 2.5 for line in lines)
    assert {line["price_unit"] % 1 == 0 for line in lines} == {True, False}
    assert any(product["default_code"] is False for product in products)
    assert any(product["active"] is False for product in products)
    assert any(len(product["product_template_attribute_value_ids"]) == 2 for product in products)
    assert any(partner["state_id"] is False and partner["country_id"] for partner in partners)
    phones = [partner["phone"] for partner in partners if partner["phone"]]
    assert phones
    assert all(phone.startswith("+56 ") for phone in phones)
