"""The specification's own example, and one body byte by byte."""

import json

from order_mapper import Mapped, Source, decode, encode, map_order
from order_samples import line, order, partner, product, record, value

EXAMPLE = """
{
  "event": "order.confirmed",
  "external_id": "odoo_{db_name}_42",
  "source": {
    "platform": "ODOO",
    "connection_id": "abc123",
    "store_id": "store_xyz",
    "client_id": "client_xyz"
  },
  "order": {
    "platform_order_id": "42",
    "platform_order_number": "S00042",
    "date_order": "2025-01-15T10:30:00Z",
    "financial_status": "paid",
    "note": "Nota interna de la orden en Odoo",
    "client_order_ref": "REF-CLIENTE-001",
    "amount_total": 5990000,
    "tags": [],
    "platform_attributes": {
      "odoo_state": "sale",
      "client_order_ref": "REF-CLIENTE-001"
    }
  },
  "customer": {
    "name": "Juan Pérez",
    "phone": "+56912345678",
    "email": "juan@example.com",
    "orders_count": 5
  },
  "shipping_address": {
    "name": "Juan Pérez",
    "address1": "Av. Providencia 1234",
    "address2": "Depto 502",
    "city": "Providencia",
    "province": "Región Metropolitana",
    "zip": "7500000",
    "country": "CL",
    "phone": "+56912345678"
  },
  "items": [
    {
      "sku": "PROD-001",
      "name": "Perfume El Testigo - Edición Limitada",
      "variant_name": "50ml",
      "quantity": 2,
      "price_cents": 2995000
    }
  ]
}
"""

BODY = (
    b'{"event":"order.confirmed","external_id":"odoo_{db_name}_42",'
    b'"source":{"platform":"ODOO","connection_id":"abc123","store_id":"store_xyz","client_id":"client_xyz"},'
    b'"order":{"platform_order_id":"42","platform_order_number":"S00042","date_order":"2025-01-15T10:30:00Z",'
    b'"financial_status":"paid","note":"Nota interna de la orden en Odoo","client_order_ref":"REF-CLIENTE-001",'
    b'"amount_total":5990000,"tags":[],"platform_attributes":{"odoo_state":"sale",'
    b'"client_order_ref":"REF-CLIENTE-001"}},'
    b'"customer":{"name":"Juan P\xc3\xa9rez","phone":"+56912345678","email":"juan@example.com","orders_count":5},'
    b'"shipping_address":{"name":"Juan P\xc3\xa9rez","address1":"Av. Providencia 1234","address2":"Depto 502",'
    b'"city":"Providencia","province":"Regi\xc3\xb3n Metropolitana","zip":"7500000","country":"CL",'
    b'"phone":"+56912345678"},'
    b'"items":[{"sku":"PROD-001","name":"Perfume El Testigo - Edici\xc3\xb3n Limitada","variant_name":"50ml",'
    b'"quantity":2,"price_cents":2995000},'
    b'{"sku":"ODOO-{db_name}-7","name":"Cinta","variant_name":null,"quantity":2.5,"price_cents":29}]}'
)

WHO = partner(state_id={"id": 1183, "name": "Región Metropolitana"})
PERFUME = line(
    name="Perfume El Testigo - Edición Limitada",
    product_id=product(default_code="PROD-001", product_template_attribute_value_ids=[value("50ml", False)]),
    price_unit=29950.0,
)
RIBBON = line(
    id=52,
    name="Cinta",
    product_id=product(id=7, default_code=False, product_template_attribute_value_ids=[]),
    product_uom_qty=2.5,
    price_unit=0.29,
)


def mapped(*lines: dict[str, object]) -> Mapped:
    records = order(
        note="<p>Nota interna de la orden en Odoo</p>",
        client_order_ref="REF-CLIENTE-001",
        amount_total=59900.0,
        partner_id=WHO,
        partner_shipping_id=WHO,
        order_line=list(lines),
    )
    source = Source("abc123", "store_xyz", "client_xyz", "{db_name}")
    result = map_order(record(records), source, note_is_html=True)
    assert isinstance(result, Mapped)
    return result


def test_the_example_of_the_specification_comes_out_of_the_records_it_implies_key_by_key_in_order():
    body = mapped(PERFUME).body
    assert json.dumps(json.loads(body)) == json.dumps(json.loads(EXAMPLE))


def test_a_body_is_exactly_these_bytes():
    assert mapped(PERFUME, RIBBON).body == BODY


def test_the_body_is_the_encoded_payload_and_reads_back_as_it():
    result = mapped(PERFUME, RIBBON)
    assert encode(result.payload) == result.body
    assert decode(result.body) == result.payload
    assert encode(decode(result.body)) == result.body


def test_the_outcome_carries_the_external_id():
    assert mapped(PERFUME).external_id == "odoo_{db_name}_42"
