"""What Odoo hands over, as permissive types: decoding a page never fails for one bad record.

The types follow the nested answer of `web_search_read`. The classic calls fill the same types, with ids where the
nested answer has records (`classic.py` puts the records in). Any field may be absent, null, false (Odoo's "empty") or
something else altogether; `mapping.py` judges that, order by order.

Scalars are `Any`. A relation is the record's type or any other JSON value, so that an answer decodes in one pass. The
only answers that don't decode are those that are no JSON, or hold a number that no parser takes (`NaN`, `1e999`).
"""

from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET

__all__ = [
    "Attribute",
    "AttributeValue",
    "Country",
    "CountryState",
    "Line",
    "NestedOrder",
    "NestedOrders",
    "NestedPage",
    "OdooRecord",
    "Other",
    "Partner",
    "Product",
    "decode_record",
    "encode_record",
    "records_type",
]

Scalar: TypeAlias = str | int | float | bool | None
Other: TypeAlias = list[Any] | Scalar


class OdooRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """A record with its database id.

    Odoo fills in `{"id": 7}` for a record that it names but doesn't hand over. So each record that others refer to has
    a field whose default is UNSET, not null: one that Odoo always sends where it sends anything (false if empty).
    """

    id: Any = None


class Country(OdooRecord):
    """`res.country`. `code` is ISO 3166-1 alpha-2."""

    code: Any = UNSET


class CountryState(OdooRecord):
    """`res.country.state`: a region. Its own name, without the country that Odoo's display name appends."""

    name: Any = UNSET


class Attribute(OdooRecord):
    """`product.attribute`: "Color"."""

    name: Any = UNSET


class AttributeValue(OdooRecord):
    """`product.template.attribute.value`: "Rojo" of the attribute "Color"."""

    name: Any = UNSET
    attribute_id: Attribute | Other = None


class Product(OdooRecord):
    """`product.product`: one variant. `default_code` is what people call the SKU."""

    name: Any = None
    default_code: Any = UNSET
    product_template_attribute_value_ids: list[AttributeValue | Other] | dict[str, Any] | Scalar = None


class Partner(OdooRecord):
    """`res.partner`: the customer, or a delivery address."""

    name: Any = UNSET
    phone: Any = None
    mobile: Any = None
    email: Any = None
    street: Any = None
    street2: Any = None
    city: Any = None
    zip: Any = None
    state_id: CountryState | Other = None
    country_id: Country | Other = None
    sale_order_count: Any = None


class Line(OdooRecord):
    """`sale.order.line`. `product_uom_qty` is what was ordered, in the line's unit of measure."""

    name: Any = None
    display_type: Any = None
    product_id: Product | Other = None
    product_uom_qty: Any = UNSET
    price_unit: Any = None


class NestedOrder(OdooRecord):
    """`sale.order`. Dates are `YYYY-MM-DD HH:MM:SS` in UTC, without a zone."""

    name: Any = None
    state: Any = None
    date_order: Any = None
    create_date: Any = None
    write_date: Any = None
    partner_id: Partner | Other = None
    partner_shipping_id: Partner | Other = None
    order_line: list[Line | Other] | dict[str, Any] | Scalar = None
    note: Any = None
    amount_total: Any = None
    client_order_ref: Any = None


NestedOrders: TypeAlias = list[NestedOrder | Other]
"""The type of a list of orders, to decode an answer straight into. What is no object stays what it is."""


class NestedPage(msgspec.Struct):
    """A whole answer of `web_search_read`: the records, and how many the domain has (or Odoo's limit of counting)."""

    records: NestedOrders
    length: Any = None


_TYPES: dict[str, Any] = {
    "sale.order": NestedOrder | Other,
    "sale.order.line": Line | Other,
    "res.partner": Partner | Other,
    "product.product": Product | Other,
    "product.template.attribute.value": AttributeValue | Other,
    "res.country.state": CountryState | Other,
    "res.country": Country | Other,
}


def records_type(model: str) -> Any:
    """The type of a model's records: `list[records_type(model)]` is what to decode a classic `read` into.

    Raises `KeyError` for a model that no classic call is for.
    """
    return _TYPES[model]


_record_decoder = msgspec.json.Decoder(NestedOrder)


def encode_record(order: NestedOrder) -> bytes:
    """The mapped fields of an order as JSON: what is kept of a rejected order, so that it can be mapped again.

    Never raises. What JSON can't hold (a number that isn't finite, an unpaired surrogate, data nested without end) is
    stored as null.
    """
    try:
        return msgspec.json.encode(order)
    except (ValueError, OverflowError, RecursionError):
        return msgspec.json.encode(_storable(order, depth=12))


def decode_record(body: bytes) -> NestedOrder:
    """The order that `encode_record` stored. Raises `msgspec.DecodeError` where the bytes are no JSON object."""
    return _record_decoder.decode(body)


def _storable(value: object, depth: int) -> Any:
    match value:
        case msgspec.Struct() if depth:
            fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
            return {name: _storable(item, depth - 1) for name, item in fields if item is not UNSET}
        case list() if depth:
            return [_storable(item, depth - 1) for item in value]
        case dict() if depth:
            return {_utf8(str(key)): _storable(item, depth - 1) for key, item in value.items()}
        case bool() | None | float():
            return value
        case int():
            return value if value.bit_length() < 64 else None
        case str():
            return _utf8(value)
        case _:
            return None


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
