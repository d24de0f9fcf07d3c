"""What reading gives: pairs, empty values, notes, missing and repeated ids, archived records, nested records."""

from __future__ import annotations

from typing import Any

import pytest

from contract.backends import Backend
from odoo_rpc import UnknownModelOrField, Unsupported

pytestmark = pytest.mark.anyio


def address(odoo: Backend) -> tuple[int, int]:
    """A customer in Santiago and one of its delivery addresses."""
    customer = odoo.seed.partner(
        odoo.seed.unique("Juan Pérez Ñuñoa"),
        street="Av. Providencia 1234",
        street2="Depto 502",
        city="Providencia",
        zip="7500000",
        phone="+56 2 2345 6789",
        country="CL",
        region="Metropolitana",
    )
    return customer, odoo.seed.partner(
        "Bodega Juan", parent_id=customer, type="delivery", street="Calle Falsa 123"
    )


def order(odoo: Backend, lines: list[dict[str, Any]], **values: Any) -> int:
    customer, delivery = address(odoo)
    ids = odoo.seed.draft_orders(1, customer, lines, partner_shipping_id=delivery, **values)
    odoo.seed.confirm(ids)
    return ids[0]


def shirt(odoo: Backend) -> int:
    attributes = {odoo.seed.unique("Talla"): "S", odoo.seed.unique("Color"): "Rojo"}
    return odoo.seed.variant(odoo.seed.unique("Polera"), attributes, sku="POL-S-RO", price=19.99)


async def test_a_many2one_is_a_pair_whose_text_is_not_the_name(odoo: Backend) -> None:
    customer, delivery = address(odoo)
    async with odoo.client() as client:
        partner = (await client.read("res.partner", [customer], ["country_id", "state_id"]))[0]
        state = (await client.read("res.country.state", [partner["state_id"][0]], ["name"]))[0]
        country = (await client.read("res.country", [partner["country_id"][0]], ["code"]))[0]
        child = (await client.read("res.partner", [delivery], ["display_name", "parent_id"]))[0]
    name = odoo.seed.unique("Juan Pérez Ñuñoa")
    assert (partner["country_id"][1], country["code"]) == ("Chile", "CL")
    assert (partner["state_id"][1], state["name"]) == ("Metropolitana (CL)", "Metropolitana")
    assert (child["display_name"], child["parent_id"]) == (f"{name}, Bodega Juan", [customer, name])


async def test_false_means_empty_whatever_the_type(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Vacío"))
    async with odoo.client() as client:
        fields = ["street", "email", "phone", "country_id", "parent_id"]
        record = (await client.read("res.partner", [partner], fields))[0]
    assert record == {"id": partner} | dict.fromkeys(fields, False)


async def test_a_delivery_address_may_have_no_name_at_all(odoo: Backend) -> None:
    customer = odoo.seed.partner(odoo.seed.unique("Cliente"))
    nameless = odoo.seed.partner(None, parent_id=customer, type="delivery")
    label = "Delivery" if odoo.version >= 17 else "Delivery Address"
    async with odoo.client() as client:
        record = (await client.read("res.partner", [nameless], ["name", "display_name"]))[0]
    assert record["name"] is False
    assert record["display_name"] == f"{odoo.seed.unique('Cliente')}, {label}"


async def test_missing_ids_are_left_out_and_repeated_ones_come_twice(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Uno"))
    async with odoo.client() as client:
        records = await client.call("res.partner", "read", [2**31 - 1, partner, partner], fields=["name"])
        assert await client.read("res.partner", [partner, partner], ["name"]) == records[:1]
    assert records == [{"id": partner, "name": odoo.seed.unique("Uno")}] * 2


async def test_a_deleted_record_is_left_out_too(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Fugaz"))
    odoo.seed.delete("res.partner", [partner])
    async with odoo.client() as client:
        assert await client.read("res.partner", [partner], ["name"]) == []


async def test_archived_records_are_read_by_id_but_found_only_on_demand(odoo: Backend) -> None:
    partner = odoo.seed.partner(odoo.seed.unique("Archivado"))
    odoo.seed.write("res.partner", [partner], {"active": False})
    product = odoo.seed.product(odoo.seed.unique("Archivado"), sku="ARCH-1", active=False)
    async with odoo.client() as client:
        for model, record in (("res.partner", partner), ("product.product", product)):
            here = [["id", "=", record]]
            assert [row["active"] for row in await client.read(model, [record], ["active"])] == [False]
            assert await client.search_read(model, here, ["id"]) == []
            assert await client.search_read(model, here, ["id"], active_test=False) == [{"id": record}]
            assert await client.search(model, [*here, ["active", "=", False]]) == [record]


@pytest.mark.parametrize(
    ("typed", "text", "html"),
    [
        (
            "Dejar en conserjería\nTocar <2> & esperar",
            None,
            "<p>Dejar en conserjería\nTocar &lt;2&gt; &amp; esperar</p>",
        ),
        ("<p>hola</p>", None, "<p>hola</p>"),
        ("<script>alert(1)</script>x", None, "<p>x</p>"),
    ],
    ids=["typed", "markup", "script"],
)
async def test_a_note_is_text_until_14_and_html_from_15_on(
    odoo: Backend, typed: str, text: None, html: str
) -> None:
    ids = odoo.seed.draft_orders(1, odoo.seed.partner(odoo.seed.unique("Nota")), [], note=typed)
    async with odoo.client() as client:
        note = (await client.read("sale.order", ids, ["note"]))[0]["note"]
    assert note == (typed if odoo.version < 15 else html)


async def test_sections_have_no_product_and_quantities_are_floats(odoo: Backend) -> None:
    product = shirt(odoo)
    lines = [
        {"display_type": "line_section", "name": "Ropa", "product_uom_qty": 0},
        {"product_id": product, "product_uom_qty": 2.5, "price_unit": 1.005},
        {"product_id": product, "product_uom_qty": 0, "price_unit": 19.99},
        {"display_type": "line_note", "name": "Sin bolsa", "product_uom_qty": 0},
    ]
    async with odoo.client() as client:
        ids = (await client.read("sale.order", [order(odoo, lines)], ["order_line"]))[0]["order_line"]
        fields = ["name", "product_id", "product_uom_qty", "price_unit", "display_type"]
        read = await client.read("sale.order.line", ids, fields)
    name = f"[POL-S-RO] {odoo.seed.unique('Polera')} (S, Rojo)"
    price = 1.005 if odoo.version >= 19 else 1.01
    assert [tuple(line[field] for field in fields) for line in read] == [
        ("Ropa", False, 0.0, 0.0, "line_section"),
        (name, [product, name], 2.5, price, False),
        (name, [product, name], 0.0, 19.99, False),
        ("Sin bolsa", False, 0.0, 0.0, "line_note"),
    ]


async def test_a_variant_names_its_attributes_in_odoo_s_order(odoo: Backend) -> None:
    product = shirt(odoo)
    model = "product.template.attribute.value"
    async with odoo.client() as client:
        fields = ["default_code", "name", "barcode", "product_template_attribute_value_ids"]
        read = (await client.read("product.product", [product], fields))[0]
        values = await client.read(
            model, read["product_template_attribute_value_ids"], ["name", "attribute_id"]
        )
    assert (read["default_code"], read["name"], read["barcode"]) == (
        "POL-S-RO",
        odoo.seed.unique("Polera"),
        False,
    )
    assert [(value["attribute_id"][1], value["name"]) for value in values] == [
        (odoo.seed.unique("Talla"), "S"),
        (odoo.seed.unique("Color"), "Rojo"),
    ]


async def test_one_call_returns_orders_with_all_that_hangs_on_them(odoo: Backend) -> None:
    product = shirt(odoo)
    number = order(odoo, [{"product_id": product, "product_uom_qty": 2, "price_unit": 19.99}])
    specification = {
        "state": {},
        "partner_id": {"fields": {"street": {}, "country_id": {"fields": {"code": {}}}}},
        "partner_shipping_id": {"fields": {"display_name": {}}},
        "order_line": {"fields": {"price_unit": {}, "product_id": {"fields": {"default_code": {}}}}},
    }
    here = [["id", "=", number]]
    async with odoo.client() as client:
        if odoo.version < 17:
            with pytest.raises(Unsupported):
                await client.web_search_read("sale.order", here, specification)
            with pytest.raises(UnknownModelOrField):
                await client.call("sale.order", "web_search_read", args=[here], specification=specification)
            return
        page = await client.web_search_read("sale.order", here, specification, limit=1)
        flat = (
            await client.read("sale.order", [number], ["partner_id", "partner_shipping_id", "order_line"])
        )[0]
        nothing = await client.web_search_read("sale.order", [["id", "=", -1]], specification)
        country = (await client.search("res.country", [["code", "=", "CL"]]))[0]
    assert (page.length, nothing.length, nothing.records) == (1, 0, [])
    assert page.records == [
        {
            "id": number,
            "state": "sale",
            "partner_id": {
                "id": flat["partner_id"][0],
                "street": "Av. Providencia 1234",
                "country_id": {"id": country, "code": "CL"},
            },
            "partner_shipping_id": {
                "id": flat["partner_shipping_id"][0],
                "display_name": f"{odoo.seed.unique('Juan Pérez Ñuñoa')}, Bodega Juan",
            },
            "order_line": [
                {
                    "id": flat["order_line"][0],
                    "price_unit": 19.99,
                    "product_id": {"id": product, "default_code": "POL-S-RO"},
                }
            ],
        }
    ]


async def test_a_full_page_says_how_many_records_there_are(odoo: Backend) -> None:
    if odoo.version < 17:
        return
    ids = odoo.seed.draft_orders(3, odoo.seed.partner(odoo.seed.unique("Tres")), [])
    async with odoo.client() as client:
        page = await client.web_search_read(
            "sale.order", [["id", "in", ids]], {"name": {}}, limit=2, order="id desc"
        )
    assert (page.length, [record["id"] for record in page.records]) == (3, [ids[2], ids[1]])
