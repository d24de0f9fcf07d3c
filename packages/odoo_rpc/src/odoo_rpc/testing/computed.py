"""Fields that no column holds: display names, and how many orders a customer has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from odoo_rpc.testing.table import Row

if TYPE_CHECKING:
    from odoo_rpc.testing.database import Database
    from odoo_rpc.testing.environment import Environment

_ADDRESS_OLD = {
    "contact": "Contact",
    "invoice": "Invoice Address",
    "delivery": "Delivery Address",
    "other": "Other Address",
}
_ADDRESS_NEW = {"contact": "Contact", "invoice": "Invoice", "delivery": "Delivery", "other": "Other"}


def _plain(row: Row, database: Database) -> str:
    return str(row["name"] or "")


def _partner(row: Row, database: Database) -> str:
    if not row["parent_id"]:
        return str(row["name"] or "")
    labels = _ADDRESS_NEW if database.version >= 17 else _ADDRESS_OLD
    parent = database.tables["res.partner"].rows[row["parent_id"]]
    return f"{parent['name']}, {row['name'] or labels.get(row['type'], '')}"


def _product(row: Row, database: Database) -> str:
    values = database.tables["product.template.attribute.value"].rows
    variant = ", ".join(values[key]["name"] for key in row["product_template_attribute_value_ids"])
    named = f"{row['name']} ({variant})" if variant else row["name"]
    return f"[{row['default_code']}] {named}" if row["default_code"] else named


def _template(row: Row, database: Database) -> str:
    return f"[{row['default_code']}] {row['name']}" if row["default_code"] else row["name"]


def _attribute_value(row: Row, database: Database) -> str:
    return f"{database.display_name('product.attribute', row['attribute_id'])}: {row['name']}"


def _state(row: Row, database: Database) -> str:
    return f"{row['name']} ({database.tables['res.country'].rows[row['country_id']]['code']})"


def _line(row: Row, database: Database) -> str:
    order = database.tables["sale.order"].rows[row["order_id"]]
    named = f"{order['name']} - {(row['name'] or '').partition(chr(10))[0]}"
    if database.version < 17:
        return named
    return f"{named} ({database.display_name('res.partner', order['partner_id'])})"


DISPLAY_NAMES: dict[str, Callable[[Row, Database], str]] = {
    "res.partner": _partner,
    "product.product": _product,
    "product.template": _template,
    "product.template.attribute.value": _attribute_value,
    "res.country.state": _state,
    "sale.order.line": _line,
}


def display_name(model: str, row: Row, database: Database) -> str:
    """Say how a record appears in a many2one: not its `name`, except by chance."""
    return DISPLAY_NAMES.get(model, _plain)(row, database)


def sale_order_count(row: Row, env: Environment) -> int:
    """Count the orders of a customer and its contacts, of any state, that the user may see.

    Raises:
        OdooFault: until 18 the field is everyone's, but counting needs a right to read orders (`AccessError`).
    """
    env.check_model("sale.order")
    orders, rule = env.database.tables["sale.order"], env.rule("sale.order")
    count = 0
    for partner_id in _family(row["id"], env.database):
        found = orders.pointing_at("partner_id", partner_id)
        count += sum(1 for _ in found) if rule is None else sum(1 for key in found if rule(orders.rows[key]))
    return count


def _family(partner_id: int, database: Database) -> Iterator[int]:
    yield partner_id
    for child in database.tables["res.partner"].pointing_at("parent_id", partner_id):
        yield from _family(child, database)
