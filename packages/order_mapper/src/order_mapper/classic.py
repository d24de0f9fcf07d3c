"""Seven classic calls instead of one nested one: put together in memory what Odoo 14 to 16 hand over in tables.

    batch = ClassicBatch(orders=...)                      # search_read on sale.order
    for model in CLASSIC_READS:                           # in this order: each needs what came before
        batch.put(model, await read(model, batch.wanted(model), type=list[records_type(model)]))
    orders = assemble(batch)

The result is what `web_search_read` returns on 17+, and gives the same payload bytes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from order_mapper.plan import PLAN
from order_mapper.reading import MAX_ID
from order_mapper.records import (
    Attribute,
    AttributeValue,
    Line,
    NestedOrder,
    NestedOrders,
    OdooRecord,
    Partner,
    Product,
)

__all__ = ["CLASSIC_READS", "ClassicBatch", "assemble"]

CLASSIC_READS = (
    "sale.order.line",
    "res.partner",
    "product.product",
    "product.template.attribute.value",
    "res.country.state",
    "res.country",
)
"""The models to read by id after the orders, in this order."""

_TABLES = {
    "sale.order": "orders",
    "sale.order.line": "lines",
    "res.partner": "partners",
    "product.product": "products",
    "product.template.attribute.value": "attribute_values",
    "res.country.state": "states",
    "res.country": "countries",
}


class ClassicBatch(msgspec.Struct):
    """What the classic calls returned for a batch of orders: a list of records for each model.

    The records are those of the nested answer, with `[id, "display name"]` and lists of ids where that has records. In
    `orders`, `lines` and so on anything may stand that an answer held; only records are used.
    """

    orders: list[Any] = []
    lines: list[Any] = []
    partners: list[Any] = []
    products: list[Any] = []
    attribute_values: list[Any] = []
    countries: list[Any] = []
    states: list[Any] = []

    def wanted(self, model: str) -> list[int]:
        """The ids of `model` that what was read so far refers to, each once, in the order of their mention."""
        holders = [
            (holder, field.name)
            for holder, fields in PLAN.fields.items()
            if holder in _TABLES
            for field in fields
            if field.relation == model
        ]
        ids = (
            key
            for holder, name in holders
            for record in _records(getattr(self, _TABLES[holder]))
            for key in _ids(getattr(record, name))
        )
        return list(dict.fromkeys(ids))

    def put(self, model: str, records: list[Any]) -> None:
        """Add what was read of `model`. Ids that Odoo left out, or that could not be read, are simply not there."""
        setattr(self, _TABLES[model], records)


def assemble(batch: ClassicBatch) -> NestedOrders:
    """The orders of `batch` with their relations filled in; `batch` stays as it is.

    Where a record is not in the batch its id stays, and `map_order` reports that it was not read.
    """
    states, countries = _by_id(batch.states), _by_id(batch.countries)
    values = _by_id([_with_attribute(value) for value in batch.attribute_values])
    products = _by_id([_with_values(product, values) for product in batch.products])
    partners = _by_id([_with_places(partner, states, countries) for partner in batch.partners])
    lines = _by_id([_with_product(line, products) for line in batch.lines])
    return [_with_all(order, partners, lines) for order in batch.orders]


_Table = Mapping[int, OdooRecord]


def _with_attribute(value: Any) -> Any:
    """An attribute has no call of its own: its display name, which comes along, is its name."""
    held = value.attribute_id if type(value) is AttributeValue else None
    if type(held) is not list or not _is_pair(held):
        return value
    return replace(value, attribute_id=Attribute(*held))


def _with_values(product: Any, values: _Table) -> Any:
    if type(product) is not Product:
        return product
    held = _filled(product.product_template_attribute_value_ids, values)
    return replace(product, product_template_attribute_value_ids=held)


def _with_places(partner: Any, states: _Table, countries: _Table) -> Any:
    if type(partner) is not Partner:
        return partner
    return replace(
        partner,
        state_id=_found(partner.state_id, states),
        country_id=_found(partner.country_id, countries),
    )


def _with_product(line: Any, products: _Table) -> Any:
    if type(line) is not Line:
        return line
    return replace(line, product_id=_found(line.product_id, products))


def _with_all(order: Any, partners: _Table, lines: _Table) -> Any:
    if type(order) is not NestedOrder:
        return order
    return replace(
        order,
        partner_id=_found(order.partner_id, partners),
        partner_shipping_id=_found(order.partner_shipping_id, partners),
        order_line=_filled(order.order_line, lines),
    )


def _found(value: Any, table: _Table) -> Any:
    """The record of a many2one, which is `[id, "display name"]`, or in some calls the id alone."""
    key = value[0] if type(value) is list and len(value) == 2 else value
    return table.get(key, value) if type(key) is int else value


def _filled(value: Any, table: _Table) -> Any:
    """The records of an x2many, which is a list of ids."""
    if type(value) is not list:
        return value
    return [table.get(key, key) if type(key) is int else key for key in value]


def _ids(value: Any) -> Iterator[int]:
    members = [value[0]] if _is_pair(value) else value if type(value) is list else [value]
    return (key for key in members if type(key) is int and 0 < key <= MAX_ID)


def _is_pair(value: Any) -> bool:
    return type(value) is list and len(value) == 2 and type(value[0]) is int and type(value[1]) is not int


def _records(table: list[Any]) -> Iterator[OdooRecord]:
    return (record for record in table if isinstance(record, OdooRecord))


def _by_id(table: list[Any]) -> dict[int, OdooRecord]:
    return {record.id: record for record in _records(table) if type(record.id) is int}
