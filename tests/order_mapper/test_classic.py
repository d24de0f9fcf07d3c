"""The classic calls, put together, are what the one nested call returns."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_mapper import CLASSIC_READS, PLAN, ClassicBatch, NestedOrder, assemble, map_order
from order_samples import (
    SOURCE,
    TABLES,
    answer,
    bodies,
    classic,
    line,
    nested,
    order,
    partner,
    product,
    value,
)

RECORDED = {
    14: {
        "sale.order": "14/06-orders",
        "sale.order.line": "14/08-order-lines-with-display-type",
        "res.partner": "14/09-partners-with-mobile",
        "product.product": "14/11-products",
        "product.template.attribute.value": "14/12-attribute-values",
        "res.country": "14/13-countries",
        "res.country.state": "14/14-states",
    },
    19: {
        "sale.order": "19/07-orders",
        "sale.order.line": "19/09-order-lines-with-display-type",
        "res.partner": "19/11-partners",
        "product.product": "19/12-products",
        "product.template.attribute.value": "19/13-attribute-values",
        "res.country": "19/14-countries",
        "res.country.state": "19/15-states",
    },
}


def recorded(major: int) -> ClassicBatch:
    return classic({model: answer(name) for model, name in RECORDED[major].items()})


@pytest.mark.parametrize("name", ["19/25-web-search-read", "19/27-json2-web-search-read"])
def test_on_a_real_19_both_ways_give_the_same_bytes(name):
    assert bodies(assemble(recorded(19))) == bodies(nested(answer(name)["records"]))


def test_the_orders_of_a_real_19():
    first, second = bodies(assemble(recorded(19)))
    assert (
        first
        == (
            '{"event":"order.confirmed","external_id":"odoo_demo_25","source":{"platform":"ODOO","connection_id":"abc123",'
            '"store_id":"store_xyz","client_id":"client_xyz"},"order":{"platform_order_id":"25",'
            '"platform_order_number":"S00025","date_order":"2026-11-24T02:14:13Z","financial_status":"paid",'
            '"note":"Dejar en conserjería\\nTocar timbre <2> & esperar","client_order_ref":"REF-CLIENTE-001",'
            '"amount_total":2999171,"tags":[],"platform_attributes":{"odoo_state":"sale",'
            '"client_order_ref":"REF-CLIENTE-001"}},"customer":{"name":"Juan Pérez Ñuñoa","phone":"+56 2 2345 6789",'
            '"email":"juan@example.com","orders_count":2},"shipping_address":{"name":"Bodega Juan",'
            '"address1":"Calle Falsa 123","address2":null,"city":"Ñuñoa","province":"Metropolitana","zip":null,'
            '"country":"CL","phone":null},"items":[{"sku":"ODOO-demo-56","name":"Polera (S, Rojo)",'
            '"variant_name":"Talla: S, Color: Rojo","quantity":2,"price_cents":1999},{"sku":"POL-S-AZ",'
            '"name":"[POL-S-AZ] Polera (S, Azul)","variant_name":"Talla: S, Color: Azul","quantity":1,'
            '"price_cents":101},{"sku":"ODOO-demo-60","name":"Sin SKU","variant_name":null,"quantity":2.5,'
            '"price_cents":29},{"sku":"ARCH-1","name":"[ARCH-1] Archivado","variant_name":null,"quantity":1,'
            '"price_cents":2995000}]}'
        ).encode()
    )
    assert b'"note":null,"client_order_ref":null' in second


def test_the_orders_of_a_real_14():
    first, second = bodies(assemble(recorded(14)), note_is_html=False)
    assert (
        first
        == (
            '{"event":"order.confirmed","external_id":"odoo_demo_24","source":{"platform":"ODOO","connection_id":"abc123",'
            '"store_id":"store_xyz","client_id":"client_xyz"},"order":{"platform_order_id":"24",'
            '"platform_order_number":"S00023","date_order":"2026-11-24T02:14:06Z","financial_status":"paid",'
            '"note":"Dejar en conserjería\\nTocar timbre <2> & esperar","client_order_ref":"REF-CLIENTE-001",'
            '"amount_total":3449048,"tags":[],"platform_attributes":{"odoo_state":"sale",'
            '"client_order_ref":"REF-CLIENTE-001"}},"customer":{"name":"Juan Pérez Ñuñoa","phone":"+56912345678",'
            '"email":"juan@example.com","orders_count":2},"shipping_address":{"name":"Bodega Juan",'
            '"address1":"Calle Falsa 123","address2":null,"city":"Ñuñoa","province":"Metropolitana","zip":null,'
            '"country":"CL","phone":null},"items":[{"sku":"ODOO-demo-40","name":"Polera (S, Rojo)",'
            '"variant_name":"Talla: S, Color: Rojo","quantity":2,"price_cents":1999},{"sku":"POL-S-AZ",'
            '"name":"[POL-S-AZ] Polera (S, Azul)","variant_name":"Talla: S, Color: Azul","quantity":1,'
            '"price_cents":101},{"sku":"ODOO-demo-44","name":"Sin SKU","variant_name":null,"quantity":2.5,'
            '"price_cents":29},{"sku":"ARCH-1","name":"[ARCH-1] Archivado","variant_name":null,"quantity":1,'
            '"price_cents":2995000}]}'
        ).encode()
    )
    assert b'"note":null,"client_order_ref":null' in second


def test_each_read_names_the_ids_it_needs_once():
    batch = recorded(19)
    assert batch.wanted("sale.order.line") == [51, 52, 53, 54, 55, 56, 57, 58]
    assert batch.wanted("res.partner") == [45, 46]
    assert batch.wanted("product.product") == [56, 57, 60, 61]
    assert batch.wanted("product.template.attribute.value") == [25, 27, 28]
    assert batch.wanted("res.country.state") == [1158]
    assert batch.wanted("res.country") == [46]


def test_ids_that_odoo_cannot_have_are_never_asked_for():
    batch = classic(
        {"sale.order": [order(order_line=[0, -1, 2**31, True, "x", 51], partner_id=[2**40, "x"])]}
    )
    assert batch.wanted("sale.order.line") == [51]
    assert batch.wanted("res.partner") == [43] or batch.wanted("res.partner") == []


def test_the_reads_cover_every_model_of_the_plan_but_the_orders():
    assert set(CLASSIC_READS) == set(PLAN.for_version(19)) - {"sale.order"}


def test_a_record_that_was_not_returned_is_reported_at_its_place():
    batch = recorded(19)
    batch.put("sale.order.line", [found for found in batch.lines if found.id != 53])
    batch.put("product.product", [found for found in batch.products if found.id != 61])
    batch.put("res.country", [])
    result = map_order(assemble(batch)[0], SOURCE, note_is_html=True)
    assert [(issue.path, issue.code) for issue in result.issues] == [
        ("partner_shipping_id.country_id", "not_read"),
        ("order_line[2]", "not_read"),
        ("order_line[4].product_id", "not_read"),
    ]


def test_assembling_leaves_the_batch_as_it_was_and_can_be_repeated():
    batch = recorded(19)
    first = assemble(batch)
    assert batch == recorded(19)
    assert assemble(batch) == first


def test_a_many2one_may_be_an_id_alone():
    batch = classic(
        {
            "sale.order": [order(partner_id=43, partner_shipping_id=43, order_line=[])],
            "res.partner": [partner(state_id=1183, country_id=46)],
            "res.country.state": [{"id": 1183, "name": "Metropolitana"}],
            "res.country": [{"id": 46, "code": "CL"}],
        }
    )
    assert bodies(assemble(batch)) == bodies(nested([order(order_line=[])]))


# What follows draws nested answers and takes them apart into the tables that the classic calls would have returned.

EMPTY = st.sampled_from([False, None])
TEXT = st.text(max_size=8)
FIELD = TEXT | EMPTY
ODD = st.integers(-3, 3) | st.floats() | st.lists(st.integers(), max_size=1) | EMPTY
NAME = TEXT.map(lambda text: "x" + text)
AMOUNT = st.floats(-1e6, 1e6)
ID = st.integers(1, 4)


@st.composite
def answers(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Nested orders. In one database an id is one record, wherever it is referred to; some may not be handed over."""
    lost = draw(st.sampled_from(["", "", "", "", "line", "partner", "product", "value", "state", "country"]))
    odd = ODD if draw(st.sampled_from([False, False, False, True])) else st.nothing()

    def pool(what: str, **fields: st.SearchStrategy[Any]) -> dict[int, Any]:
        found = {key: {"id": key} | draw(st.fixed_dictionaries(fields)) for key in range(1, 5)}
        return found if what != lost else {key: found[key] for key in draw(st.sets(ID, max_size=3))}

    def one(records: dict[int, Any]) -> st.SearchStrategy[Any]:
        return ID.map(lambda key: records.get(key, key))

    states = pool("state", name=FIELD)
    countries = pool("country", code=FIELD)
    attributes = pool("attribute", name=FIELD)
    values = pool("value", name=FIELD, attribute_id=one(attributes) | EMPTY)
    held = st.lists(one(values), max_size=3) | EMPTY
    products = pool("product", name=NAME, default_code=FIELD, product_template_attribute_value_ids=held)
    texts = dict.fromkeys(["phone", "mobile", "email", "street", "street2", "city", "zip"], FIELD)
    places = {"state_id": one(states) | EMPTY, "country_id": one(countries) | EMPTY}
    partners = pool("partner", name=FIELD, **texts, **places, sale_order_count=st.integers(0, 9) | EMPTY)
    lines = pool(
        "line",
        name=NAME | odd,
        display_type=st.sampled_from([False, False, False, "line_section", "line_note"]),
        product_id=one(products) | st.just(False),
        product_uom_qty=AMOUNT | st.integers(-9, 9) | odd,
        price_unit=AMOUNT | odd,
    )
    heads = {
        "name": NAME | odd,
        "note": FIELD,
        "client_order_ref": FIELD | odd,
        "amount_total": AMOUNT | odd,
        "partner_id": one(partners),
        "partner_shipping_id": one(partners) | EMPTY,
        "order_line": st.lists(one(lines), max_size=4),
    }
    orders = draw(st.lists(st.fixed_dictionaries(heads), min_size=1, max_size=3))
    return [order(**fields, id=number) for number, fields in enumerate(orders, start=1)]


MANY = {
    "order_line": "sale.order.line",
    "product_template_attribute_value_ids": "product.template.attribute.value",
}
ONE = {
    "partner_id": "res.partner",
    "partner_shipping_id": "res.partner",
    "product_id": "product.product",
    "state_id": "res.country.state",
    "country_id": "res.country",
    "attribute_id": "",
}


def taken_apart(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    tables: dict[str, dict[int, Any]] = {model: {} for model in TABLES}

    def flat(row: dict[str, Any], model: str) -> int:
        fields = dict(row)
        for name, found in row.items():
            if name in ONE and isinstance(found, dict):
                shown = found.get("name") if name == "attribute_id" else f"{found.get('name')} (display)"
                fields[name] = [flat(found, ONE[name]) if ONE[name] else found["id"], shown]
            elif name in MANY and isinstance(found, list):
                fields[name] = [flat(item, MANY[name]) if isinstance(item, dict) else item for item in found]
        tables[model][row["id"]] = fields
        return row["id"]

    for row in rows:
        flat(row, "sale.order")
    return {model: list(found.values()) for model, found in tables.items()}


def both(rows: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    ways = nested(rows), assemble(classic(taken_apart(rows)))
    return tuple([map_order(one, SOURCE, note_is_html=True) for one in orders] for orders in ways)


def test_taking_apart_gives_the_tables_of_the_classic_calls():
    tables = taken_apart([order()])
    assert tables["sale.order"][0]["partner_id"] == [43, "Juan Pérez (display)"]
    assert tables["sale.order"][0]["order_line"] == [51]
    assert tables["sale.order.line"][0]["product_id"] == [40, "Polera (display)"]
    assert tables["product.product"][0]["product_template_attribute_value_ids"] == [8, 9]
    assert tables["product.template.attribute.value"][0]["attribute_id"] == [5, "Color"]


def test_the_sample_order_is_the_same_both_ways():
    rows = [
        order(),
        order(id=43, order_line=[line(id=52, product_id=False), line(id=53, product_id=product())]),
    ]
    one_call, seven_calls = both(rows)
    assert one_call == seven_calls
    assert all(hasattr(outcome, "body") for outcome in one_call)
    assert value()["id"] == 8


@settings(max_examples=300, deadline=None)
@given(answers())
def test_both_ways_give_the_same_bytes_and_the_same_issues(rows):
    one_call, seven_calls = both(rows)
    assert one_call == seven_calls


@settings(deadline=None)
@given(st.lists(st.none() | st.integers() | TEXT | st.lists(st.integers())), st.sampled_from(sorted(TABLES)))
def test_assembling_takes_anything_for_a_table(rows, model):
    batch = recorded(19)
    batch.put(model, rows)
    assert len(assemble(batch)) == len(batch.orders)
    for read in CLASSIC_READS:
        batch.wanted(read)
    assert all(isinstance(found, NestedOrder) for found in assemble(recorded(19)))
