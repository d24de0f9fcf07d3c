"""Orders as Odoo hands them over, for the tests of what is made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from order_mapper import (
    ClassicBatch,
    Issue,
    Mapped,
    NestedOrder,
    NestedOrders,
    OrderConfirmed,
    Rejected,
    Source,
    map_order,
    records_type,
)

RECORDINGS = Path(__file__).parent / "fixtures" / "odoo-wire"
SOURCE = Source(connection_id="abc123", store_id="store_xyz", client_id="client_xyz", db="demo")

TABLES = {
    "sale.order": "orders",
    "sale.order.line": "lines",
    "res.partner": "partners",
    "product.product": "products",
    "product.template.attribute.value": "attribute_values",
    "res.country.state": "states",
    "res.country": "countries",
}


def partner(**changes: Any) -> dict[str, Any]:
    """A partner with everything that a payload shows of one."""
    return {
        "id": 43,
        "name": "Juan Pérez",
        "phone": "+56 2 2345 6789",
        "mobile": "+56912345678",
        "email": "juan@example.com",
        "street": "Av. Providencia 1234",
        "street2": "Depto 502",
        "city": "Providencia",
        "zip": "7500000",
        "state_id": {"id": 1183, "name": "Metropolitana"},
        "country_id": {"id": 46, "code": "CL"},
        "sale_order_count": 5,
    } | changes


def value(name: Any = "Rojo", attribute: Any = "Color", **changes: Any) -> dict[str, Any]:
    """One attribute value of a variant; an attribute that is no text is passed on as it is."""
    held = {"id": 5, "name": attribute} if isinstance(attribute, str) else attribute
    return {"id": 8, "name": name, "attribute_id": held} | changes


def product(**changes: Any) -> dict[str, Any]:
    """A variant with a SKU and two attribute values."""
    return {
        "id": 40,
        "name": "Polera",
        "default_code": "POL-L-RO",
        "product_template_attribute_value_ids": [value(), value("L", "Talla", id=9)],
    } | changes


def line(**changes: Any) -> dict[str, Any]:
    """An order line of two pieces."""
    return {
        "id": 51,
        "name": "[POL-L-RO] Polera (Rojo, L)",
        "display_type": False,
        "product_id": product(),
        "product_uom_qty": 2.0,
        "price_unit": 19.99,
    } | changes


def order(**changes: Any) -> dict[str, Any]:
    """A confirmed order of one line."""
    return {
        "id": 42,
        "name": "S00042",
        "state": "sale",
        "date_order": "2025-01-15 10:30:00",
        "create_date": "2025-01-15 10:00:00",
        "write_date": "2025-01-15 10:30:01",
        "partner_id": partner(),
        "partner_shipping_id": partner(),
        "order_line": [line()],
        "note": "<p>Dejar en conserjería</p>",
        "amount_total": 39.98,
        "client_order_ref": "REF-1",
    } | changes


def record(values: dict[str, Any]) -> NestedOrder:
    """Those values as an answer decodes into."""
    return msgspec.convert(values, NestedOrder)


def outcome(*, note_is_html: bool = True, **changes: Any) -> Mapped | Rejected:
    """What comes of the sample order with those changes."""
    return map_order(record(order(**changes)), SOURCE, note_is_html=note_is_html)


def mapped(*, note_is_html: bool = True, **changes: Any) -> OrderConfirmed:
    """The payload of the sample order with those changes."""
    result = outcome(note_is_html=note_is_html, **changes)
    assert isinstance(result, Mapped), result
    return result.payload


def issues(**changes: Any) -> list[tuple[str, str]]:
    """Path and code of each reason why the sample order with those changes is rejected."""
    return [(issue.path, issue.code) for issue in rejected(**changes)]


def rejected(**changes: Any) -> tuple[Issue, ...]:
    """The reasons why the sample order with those changes is rejected."""
    result = outcome(**changes)
    assert isinstance(result, Rejected), result
    return result.issues


def answer(name: str) -> Any:
    """The result that a recorded call returned: `19/07-orders`."""
    body = json.loads((RECORDINGS / f"{name}.json").read_text())["response"]["body"]
    return body["result"] if isinstance(body, dict) and "jsonrpc" in body else body


def classic(tables: dict[str, list[Any]]) -> ClassicBatch:
    """A batch out of the classic calls' answers, by model."""
    batch = ClassicBatch()
    for model, rows in tables.items():
        batch.put(model, msgspec.convert(rows, list[records_type(model)]))
    return batch


def nested(rows: list[Any]) -> NestedOrders:
    """A list of orders as `web_search_read` returns it."""
    return msgspec.convert(rows, NestedOrders)


def bodies(orders: NestedOrders, *, note_is_html: bool = True) -> list[bytes]:
    """What is sent for each order; all of them must be mappable."""
    results = [map_order(one, SOURCE, note_is_html=note_is_html) for one in orders]
    assert all(isinstance(result, Mapped) for result in results), results
    return [result.body for result in results if isinstance(result, Mapped)]
