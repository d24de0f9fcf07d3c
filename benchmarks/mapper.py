"""What a page of 100 orders costs from Odoo's bytes to the bytes that are sent, in microseconds an order.

    python benchmarks/mapper.py [ROUNDS]

The batch is one of 100 orders, 300 lines, 200 partners, 200 products and 400 attribute values; every fourth order has
an HTML note. Beside it: the standard library's `json` alone (reading the page and writing the payloads, no mapping),
and a naive mapper over dicts as the specification sketches it (no checks, `int(price * 100)`). All candidates run in
turn in every round; the figures are medians over the rounds, the ratios are formed inside a round.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from order_mapper import (
    CLASSIC_READS,
    ClassicBatch,
    Mapped,
    NestedOrders,
    Source,
    assemble,
    encode,
    map_order,
    records_type,
)

ORDERS = 100
SOURCE = Source("abc123", "store_xyz", "client_xyz", "demo")


def attribute(number: int) -> dict[str, Any]:
    return {"id": 1 + number % 2, "name": ("Color", "Talla")[number % 2]}


def value(number: int) -> dict[str, Any]:
    return {"id": number + 1, "name": f"Valor {number}", "attribute_id": attribute(number)}


def product(number: int) -> dict[str, Any]:
    code = f"POL-{number}" if number % 10 else False
    values = [value(2 * number), value(2 * number + 1)]
    return {
        "id": number + 1,
        "name": f"Polera {number}",
        "default_code": code,
        "product_template_attribute_value_ids": values,
    }


def partner(number: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "name": f"Juan Pérez {number}",
        "phone": "+56 2 2345 6789",
        "email": "juan@example.com",
        "street": "Av. Providencia 1234",
        "street2": False,
        "city": "Ñuñoa",
        "zip": "7500000",
        "state_id": {"id": 1158, "name": "Metropolitana"},
        "country_id": {"id": 46, "code": "CL"},
        "sale_order_count": number,
    }


def line(number: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "name": f"[POL-{number}] Polera {number}",
        "display_type": False,
        "product_id": product(number % 200),
        "product_uom_qty": float(number % 5 + 1),
        "price_unit": 19.99 + number,
    }


def order(number: int) -> dict[str, Any]:
    note = "<p>Dejar en conserjería<br>Tocar timbre &lt;2&gt; &amp; esperar</p>"
    return {
        "id": number + 1,
        "name": f"S{number:05}",
        "state": "sale",
        "date_order": "2026-11-24 02:14:13",
        "create_date": "2026-11-24 02:14:13",
        "write_date": "2026-11-24 02:14:13",
        "partner_id": partner(2 * number),
        "partner_shipping_id": partner(2 * number + 1),
        "order_line": [line(3 * number + place) for place in range(3)],
        "note": note if number % 4 == 0 else False,
        "amount_total": 29991.71 + number,
        "client_order_ref": f"REF-{number}",
    }


MODELS = {
    "partner_id": "res.partner",
    "partner_shipping_id": "res.partner",
    "order_line": "sale.order.line",
    "product_id": "product.product",
    "product_template_attribute_value_ids": "product.template.attribute.value",
    "state_id": "res.country.state",
    "country_id": "res.country",
    "attribute_id": "",
}


def take_apart(row: dict[str, Any], model: str, tables: dict[str, dict[int, Any]]) -> Any:
    """Put a nested record into the tables of the classic calls; its id."""
    fields = dict(row)
    for name in MODELS.keys() & row.keys():
        held = row[name]
        if isinstance(held, list):
            fields[name] = [take_apart(item, MODELS[name], tables) for item in held]
        else:
            fields[name] = [take_apart(held, MODELS[name], tables), held.get("name", "")]
    tables.setdefault(model, {})[row["id"]] = fields
    return row["id"]


ROWS = [order(number) for number in range(ORDERS)]
PAGE = json.dumps(ROWS).encode()
TABLES: dict[str, dict[int, Any]] = {}
for _row in ROWS:
    take_apart(_row, "sale.order", TABLES)
ANSWERS = {
    model: json.dumps(list(TABLES[model].values())).encode() for model in ("sale.order", *CLASSIC_READS)
}
PAGES = msgspec.json.Decoder(NestedOrders)
DECODERS = {model: msgspec.json.Decoder(list[records_type(model)]) for model in ANSWERS}


def nested() -> list[bytes]:
    return [map_order(one, SOURCE, note_is_html=True).body for one in PAGES.decode(PAGE)]


def classic() -> list[bytes]:
    batch = ClassicBatch()
    for model, body in ANSWERS.items():
        batch.put(model, DECODERS[model].decode(body))
    return [map_order(one, SOURCE, note_is_html=True).body for one in assemble(batch)]


def naive() -> list[bytes]:
    return [json.dumps(naive_payload(row)).encode() for row in json.loads(PAGE)]


def naive_payload(row: dict[str, Any]) -> dict[str, Any]:
    who, where = row["partner_id"], row["partner_shipping_id"]
    return {
        "event": "order.confirmed",
        "external_id": f"odoo_demo_{row['id']}",
        "source": {"platform": "ODOO", "connection_id": "a", "store_id": "b", "client_id": "c"},
        "order": {
            "platform_order_id": str(row["id"]),
            "platform_order_number": row["name"],
            "date_order": row["date_order"].replace(" ", "T") + "Z",
            "financial_status": "paid",
            "note": row["note"] or None,
            "client_order_ref": row["client_order_ref"] or None,
            "amount_total": int(row["amount_total"] * 100),
            "tags": [],
            "platform_attributes": {
                "odoo_state": row["state"],
                "client_order_ref": row["client_order_ref"] or None,
            },
        },
        "customer": {
            "name": who["name"] or None,
            "phone": who.get("mobile") or who["phone"] or None,
            "email": who["email"] or None,
            "orders_count": who["sale_order_count"],
        },
        "shipping_address": {
            "name": where["name"] or None,
            "address1": where["street"] or None,
            "address2": where["street2"] or None,
            "city": where["city"] or None,
            "province": (where["state_id"] or {}).get("name") or None,
            "zip": where["zip"] or None,
            "country": (where["country_id"] or {}).get("code") or None,
            "phone": where.get("mobile") or where["phone"] or None,
        },
        "items": [naive_item(line) for line in row["order_line"] if line["product_uom_qty"]],
    }


def naive_item(line: dict[str, Any]) -> dict[str, Any]:
    held = line["product_id"]
    values = held["product_template_attribute_value_ids"]
    return {
        "sku": held["default_code"] or f"ODOO-demo-{held['id']}",
        "name": line["name"] or held["name"],
        "variant_name": ", ".join(f"{value['attribute_id']['name']}: {value['name']}" for value in values)
        or None,
        "quantity": line["product_uom_qty"],
        "price_cents": int(line["price_unit"] * 100),
    }


DECODED = PAGES.decode(PAGE)
OUTCOMES = [map_order(one, SOURCE, note_is_html=True) for one in DECODED]
PAYLOADS = [outcome.payload for outcome in OUTCOMES if isinstance(outcome, Mapped)]
DICTS = [naive_payload(row) for row in ROWS]

CANDIDATES: dict[str, Callable[[], Any]] = {
    "order_mapper, nested: decode + map + encode": nested,
    "order_mapper, classic: decode + assemble + map + encode": classic,
    "  of it: decode the nested page": lambda: PAGES.decode(PAGE),
    "  of it: map and encode": lambda: [map_order(one, SOURCE, note_is_html=True) for one in DECODED],
    "  of it: encode": lambda: [encode(payload) for payload in PAYLOADS],
    "stdlib json: decode + encode, no mapping": lambda: (
        json.loads(PAGE),
        [json.dumps(found) for found in DICTS],
    ),
    "naive dict mapper on stdlib json": naive,
}


def measure(rounds: int) -> dict[str, list[float]]:
    """Microseconds an order of each candidate, round by round."""
    found: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    for _ in range(rounds):
        for name, run in CANDIDATES.items():
            started = time.perf_counter()
            for _ in range(10):
                run()
            found[name].append((time.perf_counter() - started) / 10 / ORDERS * 1e6)
    return found


def main(rounds: int) -> None:
    assert nested() == classic()
    assert len(PAYLOADS) == ORDERS
    found = measure(rounds)
    naive_rounds = found["naive dict mapper on stdlib json"]
    classic_bytes = sum(len(body) for body in ANSWERS.values())
    print(
        f"{ORDERS} orders, nested page {len(PAGE):,} bytes, classic answers {classic_bytes:,}, {rounds} rounds"
    )
    print(f"{'':58}{'us/order':>9}{'(min)':>8}{'of naive':>10}")
    for name, times in found.items():
        ratio = statistics.median(mine / its for mine, its in zip(times, naive_rounds, strict=True))
        print(f"{name:58}{statistics.median(times):9.1f}{min(times):8.1f}{ratio:10.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
