import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest

from order_mapper import decode, encode, json_schema
from order_mapper.schema import schema_text
from order_samples import mapped, outcome

FILE = Path(__file__).parents[2] / "schemas" / "order.confirmed.json"


def body(**changes):
    """The sample order's body as a dict with a change at a dotted path."""
    found = json.loads(encode(mapped()))
    for path, value in changes.items():
        *parents, last = path.split("__")
        at = found
        for name in parents:
            at = at[int(name)] if name.isdigit() else at[name]
        if value is ...:
            del at[last]
        else:
            at[last] = value
    return found


def test_the_schema_file_is_in_step():
    assert FILE.read_text(encoding="utf-8") == schema_text(), "make it anew: python -m order_mapper.schema"


def test_the_schema_file_is_what_the_command_prints():
    command = [sys.executable, "-W", "error", "-m", "order_mapper.schema"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert done.stdout == FILE.read_bytes()


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_a_payload_is_valid():
    jsonschema.validate(json.loads(outcome().body), json_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "change",
    [
        {"event": "order.updated"},
        {"extra": 1},
        {"order__note": ...},
        {"order__amount_total": 1.5},
        {"order__amount_total": "1"},
        {"order__date_order": "2025-01-15 10:30:00"},
        {"order__platform_order_id": 42},
        {"order__financial_status": "pending"},
        {"customer__orders_count": "5"},
        {"shipping_address__extra": None},
        {"items__0__quantity": None},
        {"items__0__price_cents": 19.99},
        {"items__0__sku": None},
        {"items": None},
    ],
)
def test_what_is_no_payload_is_refused_by_the_schema_and_by_decode_alike(change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body(**change), json_schema(), jsonschema.Draft202012Validator)
    with pytest.raises(msgspec.ValidationError):
        decode(json.dumps(body(**change)).encode())


def test_a_payload_cannot_be_changed():
    payload = mapped()
    with pytest.raises(AttributeError):
        payload.order.note = "otra"
    assert hash(payload) == hash(mapped())


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        (2.5, b"2.5"),
        (0.1, b"0.1"),
        (1e-7, b"1e-7"),
        (0.30000000000000004, b"0.30000000000000004"),
        (3.0, b"3"),
    ],
)
def test_a_quantity_is_written_as_the_shortest_decimal(quantity, written):
    payload = mapped(order_line=[{"id": 1, "name": "x", "product_uom_qty": quantity, "price_unit": 1}])
    assert b'"quantity":' + written + b"," in encode(payload)


def test_unicode_is_written_as_itself():
    assert '"platform_order_number":"S/42 ñ 👩🏽‍🚒 \u202e"'.encode() in encode(
        mapped(name="S/42 ñ 👩🏽‍🚒 \u202e")
    )
