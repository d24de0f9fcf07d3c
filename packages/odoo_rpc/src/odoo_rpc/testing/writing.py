"""Values on their way into a row: what `write` and `create` accept, and small records made on demand."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from odoo_rpc.testing import sales
from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.moments import stored
from odoo_rpc.testing.schema import Field
from odoo_rpc.testing.table import Row
from odoo_rpc.testing.transaction import Transaction

HTML_NOTES_SINCE = 15
_SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<\s*[a-zA-Z]")


def note_value(text: str | None, version: int) -> str | bool:
    """Store a note as that version does: text until 14, HTML without scripts from 15 on, typed text in a paragraph."""
    if text is None:
        return False
    if version < HTML_NOTES_SINCE or not text.strip():
        return text if version < HTML_NOTES_SINCE else ""
    clean = _SCRIPT.sub("", text)
    return clean if _TAG.search(clean) else f"<p>{html.escape(clean, quote=False)}</p>"


def row_values(model: str, values: Mapping[str, Any], tx: Transaction) -> Row:
    """Turn given values into raw ones, field by field.

    Raises:
        OdooFault: an unknown field (`builtins.ValueError`; `KeyError` from 17 on, as Odoo says it), or a malformed value.
    """
    fields, version = tx.database.schema[model].fields, tx.database.version
    row: Row = {}
    for name, value in values.items():
        field = fields.get(name)
        if field is None and version >= 17:
            raise OdooFault("builtins.KeyError", name)
        if field is None:
            raise OdooFault.value_error(f"Invalid field {name!r} on model {model!r}")
        row[name] = _raw(field, value, version)
    return row


def write(tx: Transaction, model: str, record_id: int, values: Mapping[str, Any]) -> None:
    """Change a record as `write` does, with what follows from it for an order's total and `write_date`."""
    row = row_values(model, values, tx)
    dated = row.pop("write_date", None)
    if model == "sale.order.line":
        sales.edit_line(tx, record_id, row)
    elif row or dated is None:
        tx.update(model, record_id, row)
    if dated is not None:
        tx.derive(model, record_id, {"write_date": dated})


def unlink(tx: Transaction, model: str, record_id: int) -> None:
    """Delete a record and what belongs to it.

    Raises:
        OdooFault: orders still point at the partner (`odoo.exceptions.ValidationError`).
    """
    if model == "res.partner" and tx.database.tables["sale.order"].pointing_at("partner_id", record_id):
        raise OdooFault.validation_error(
            "The operation cannot be completed: another model requires the record being deleted."
        )
    if model == "sale.order.line":
        sales.delete_line(tx, record_id)
        return
    order = tx.row(model, record_id) if model == "sale.order" else None
    for line_id in order["order_line"] if order else ():
        tx.delete("sale.order.line", line_id)
    tx.delete(model, record_id)


def find(tx: Transaction, model: str, **values: Any) -> int:
    """Find the record that has all these values.

    Raises:
        KeyError: there is none.
    """
    for record_id in _matching(tx, model, values):
        return record_id
    raise KeyError(f"{model} has no record with {values}")


def find_or_add(tx: Transaction, model: str, key: Row, more: Row) -> int:
    """Find the record with this key, or add it."""
    for record_id in _matching(tx, model, key):
        return record_id
    return tx.insert(model, key | more)


def attribute_value(tx: Transaction, template: int, attribute: str, value: str) -> int:
    """Find or add a template's value of an attribute, such as Talla: S."""
    attribute_id = find_or_add(tx, "product.attribute", {"name": attribute}, {"sequence": 10})
    key = {"product_tmpl_id": template, "attribute_id": attribute_id, "name": value}
    return find_or_add(tx, "product.template.attribute.value", key, {"ptav_active": True})


def some_partner(tx: Transaction) -> int:
    """Give a customer for tests that do not care which."""
    return find_or_add(tx, "res.partner", {"name": "Cliente de prueba"}, {"type": "contact", "active": True})


def some_product(tx: Transaction) -> int:
    """Give a product for tests that do not care which."""
    template = find_or_add(tx, "product.template", {"name": "Producto de prueba"}, {"active": True})
    key = {"name": "Producto de prueba", "product_tmpl_id": template}
    return find_or_add(
        tx, "product.product", key, {"default_code": "PRUEBA-1", "list_price": 1000.0, "active": True}
    )


def _matching(tx: Transaction, model: str, values: Row) -> Iterator[int]:
    for record_id, row in tx.visible(model):
        if all(row[name] == value for name, value in values.items()):
            yield record_id


def _raw(field: Field, value: Any, version: int) -> Any:
    empty = value is None or value is False
    match field.type:
        case "datetime":
            return stored(value)
        case "html":
            return note_value(None if empty else str(value), version)
        case "many2many" | "one2many":
            return tuple(value or ())
        case "float" | "monetary":
            return 0.0 if empty else float(value)
        case "integer":
            return 0 if empty else int(value)
        case "boolean":
            return bool(value)
        case "many2one":
            return value or False
        case _:
            return False if empty else str(value)
