"""What Odoo does with sale orders: totals, confirming, cancelling, locking, and which of it moves `write_date`.

Measured on 14.0 and 19.0: changing a line's quantity or price moves the order's `write_date` (the total is stored), renaming
a line does not, and neither does a change of the customer's address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.table import Row
from odoo_rpc.testing.transaction import Transaction

LOCKED_STATE_UNTIL = 17
"""Before this version a locked order is in state `done`; from it on the order stays in `sale` and is `locked`."""
UNROUNDED_TOTALS_SINCE = 18
"""From this version on a total is rounded once, from exact line amounts; before it is the sum of rounded ones."""
_AMOUNT_FIELDS = frozenset({"product_uom_qty", "price_unit", "discount", "display_type"})


@dataclass(frozen=True, slots=True)
class Line:
    """One order line to add.

    Where `price` or `name` is None they come from the product. A section or a note has a `display_type`
    (`line_section`, `line_note`) and a name; Odoo keeps it with quantity 0 and no product.
    """

    product: int | None = None
    quantity: float = 1.0
    price: float | None = None
    name: str | None = None
    display_type: str | None = None

    @classmethod
    def section(cls, name: str) -> Line:
        """Build a heading between the lines."""
        return cls(name=name, quantity=0.0, price=0.0, display_type="line_section")

    @classmethod
    def note(cls, text: str) -> Line:
        """Build a note between the lines."""
        return cls(name=text, quantity=0.0, price=0.0, display_type="line_note")


def rounded(value: float) -> float:
    """Round to two decimals, halves away from zero, as Odoo's `float_round` does: 1.005 is 1.01."""
    return float(Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def unit_price(price: float, version: int) -> float:
    """Give the price as the column keeps it: rounded to the product precision until 18, as it came from 19 on."""
    return float(price) if version >= 19 else rounded(float(price))


def next_number(tx: Transaction) -> str:
    """Give the number of the order that is added next."""
    return f"S{tx.database.tables['sale.order'].next_id:05d}"


def line_amounts(row: Row) -> Row:
    """Give a line's stored amounts (the fake has no taxes)."""
    total = rounded(_exact(row))
    return {"price_subtotal": total, "price_total": total}


def add_lines(tx: Transaction, order_id: int, lines: Sequence[Line]) -> None:
    """Add lines to an order and bring its total up to date."""
    ids = [
        tx.insert("sale.order.line", _line_values(tx, order_id, line) | {"sequence": 10}) for line in lines
    ]
    order = tx.row("sale.order", order_id)
    if order is None:
        raise KeyError(f"sale.order has no record {order_id}")
    tx.derive("sale.order", order_id, {"order_line": (*order["order_line"], *ids)})
    refresh_total(tx, order_id)


def edit_line(tx: Transaction, line_id: int, values: Row) -> None:
    """Change a line; the order's `write_date` moves with it only where the stored total is computed anew."""
    row = tx.row("sale.order.line", line_id)
    if row is None:
        raise KeyError(f"sale.order.line has no record {line_id}")
    changes = dict(values)
    if "price_unit" in changes:
        changes["price_unit"] = unit_price(changes["price_unit"], tx.database.version)
    tx.update("sale.order.line", line_id, changes | line_amounts(row | changes))
    if not _AMOUNT_FIELDS.isdisjoint(changes):
        refresh_total(tx, row["order_id"])


def delete_line(tx: Transaction, line_id: int) -> None:
    """Delete a line; its order's total, and so its `write_date`, changes."""
    row = tx.row("sale.order.line", line_id)
    if row is None:
        raise KeyError(f"sale.order.line has no record {line_id}")
    tx.delete("sale.order.line", line_id)
    order = tx.row("sale.order", row["order_id"])
    if order is not None:
        remaining = tuple(key for key in order["order_line"] if key != line_id)
        tx.derive("sale.order", order["id"], {"order_line": remaining})
        refresh_total(tx, order["id"])


def refresh_total(tx: Transaction, order_id: int) -> None:
    """Store the order's total again, which moves its `write_date`."""
    order = tx.row("sale.order", order_id)
    if order is None:
        return
    exact = tx.database.version >= UNROUNDED_TOTALS_SINCE
    lines = [line for key in order["order_line"] if (line := tx.row("sale.order.line", key)) is not None]
    total = rounded(sum(_exact(line) if exact else line["price_total"] for line in lines))
    tx.update("sale.order", order_id, {"amount_untaxed": total, "amount_total": total})


def confirm(tx: Transaction, ids: Iterable[int]) -> None:
    """Confirm orders: state `sale`, `date_order` and `write_date` the moment of confirmation, one for all of them.

    Raises:
        OdooFault: an order in that state can't be confirmed (`UserError`); until 16 one in `sale` can be, once more.
        KeyError: no such order.
    """
    version, orders = tx.database.version, _orders(tx, ids)
    for order in orders:
        if version >= LOCKED_STATE_UNTIL and order["state"] not in ("draft", "sent"):
            raise OdooFault.user_error("Some orders are not in a state requiring confirmation.")
        if order["state"] in ("done", "cancel"):
            raise OdooFault.user_error(
                "It is not allowed to confirm an order in the following states: done, cancel"
            )
    for order in orders:
        tx.update("sale.order", order["id"], {"state": "sale", "date_order": tx.moment})


def cancel(tx: Transaction, ids: Iterable[int]) -> None:
    """Cancel orders, which moves their `write_date` and takes them out of `state in (sale, done)`.

    Raises:
        OdooFault: an order is locked, from 17 on (`UserError`).
        KeyError: no such order.
    """
    orders = _orders(tx, ids)
    if any(order.get("locked") for order in orders):
        raise OdooFault.user_error("You cannot cancel a locked order. Please unlock it first.")
    _set(tx, orders, {"state": "cancel"})


def lock(tx: Transaction, ids: Iterable[int]) -> None:
    """Lock orders: state `done` until 16, `locked` from 17 on."""
    values = {"state": "done"} if tx.database.version < LOCKED_STATE_UNTIL else {"locked": True}
    _set(tx, _orders(tx, ids), values)


def unlock(tx: Transaction, ids: Iterable[int]) -> None:
    """Unlock orders: back to state `sale` until 16, no longer `locked` from 17 on."""
    values = {"state": "sale"} if tx.database.version < LOCKED_STATE_UNTIL else {"locked": False}
    _set(tx, _orders(tx, ids), values)


def back_to_draft(tx: Transaction, ids: Iterable[int]) -> None:
    """Make cancelled or sent orders quotations again; others stay as they are."""
    _set(
        tx, [order for order in _orders(tx, ids) if order["state"] in ("cancel", "sent")], {"state": "draft"}
    )


def _exact(line: Row) -> float:
    return float(line["product_uom_qty"] * line["price_unit"] * (1 - line["discount"] / 100))


def _orders(tx: Transaction, ids: Iterable[int]) -> list[Row]:
    orders = []
    for key in ids:
        order = tx.row("sale.order", key)
        if order is None:
            raise KeyError(f"sale.order has no record {key}")
        orders.append(order)
    return orders


def _set(tx: Transaction, orders: list[Row], values: Row) -> None:
    for order in orders:
        tx.update("sale.order", order["id"], values)


def _line_values(tx: Transaction, order_id: int, line: Line) -> Row:
    product = tx.row("product.product", line.product) if line.product else None
    price = line.price if line.price is not None else (product["list_price"] if product else 0.0)
    row = {
        "order_id": order_id,
        "product_id": product["id"] if product else False,
        "product_template_id": product["product_tmpl_id"] if product else False,
        "name": line.name if line.name is not None else _described(tx, product),
        "product_uom_qty": float(line.quantity),
        "price_unit": unit_price(price, tx.database.version),
        "discount": 0.0,
        "display_type": line.display_type or False,
    }
    return row | line_amounts(row)


def _described(tx: Transaction, product: Row | None) -> str:
    if product is None:
        return ""
    return tx.database.display_name("product.product", product["id"]) or product["name"]
