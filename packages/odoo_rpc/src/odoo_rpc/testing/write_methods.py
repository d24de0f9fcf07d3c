"""The RPC methods that write, each in a transaction of its own: what a test calls that drives the fake like a real Odoo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from odoo_rpc.testing import sales, writing
from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.read_methods import Call
from odoo_rpc.testing.sales import Line
from odoo_rpc.testing.table import Row
from odoo_rpc.testing.transaction import Transaction


def write(call: Call) -> bool:
    """`write`."""
    plain, lines = _without_lines(call.model, call.given["vals"])
    with _work(call) as tx:
        for record_id in call.ids:
            writing.write(tx, call.model, record_id, plain)
            if lines:
                sales.add_lines(tx, record_id, lines)
    return True


def create(call: Call) -> int | list[int]:
    """`create`: one id for one dict of values, a list for a list."""
    given = call.given["vals_list"]
    with _work(call) as tx:
        if isinstance(given, list):
            return [_create(call, tx, values) for values in given]
        return _create(call, tx, given)


def unlink(call: Call) -> bool:
    """`unlink`; an order must be a quotation or cancelled."""
    with _work(call) as tx:
        for record_id in call.ids:
            row = tx.row(call.model, record_id)
            if call.model == "sale.order" and row and row["state"] not in ("draft", "cancel"):
                raise OdooFault.user_error("You can not delete a sent quotation or a confirmed sales order.")
            writing.unlink(tx, call.model, record_id)
    return True


def order_deed(
    deed: Callable[[Transaction, Iterable[int]], None], result: object
) -> Callable[[Call], object]:
    """Make a method of sale orders from one of the deeds in `sales`; `result` is what the method returns."""

    def method(call: Call) -> object:
        with _work(call) as tx:
            deed(tx, call.ids)
        return result

    return method


def _create(call: Call, tx: Transaction, values: Mapping[str, Any]) -> int:
    plain, lines = _without_lines(call.model, values)
    row = writing.row_values(call.model, plain, tx)
    filled = _defaults(call, tx, row) | row
    for field in call.env.database.schema[call.model].fields.values():
        if field.required and filled.get(field.name) in (None, False):
            raise OdooFault.validation_error(
                "The operation cannot be completed: Missing required value for the field "
                f"'{field.label}' ({field.name})."
            )
    record_id = tx.insert(call.model, filled)
    if lines:
        sales.add_lines(tx, record_id, lines)
    return record_id


def _defaults(call: Call, tx: Transaction, row: Row) -> Row:
    if call.model != "sale.order":
        return {"active": True} if "active" in call.env.database.schema[call.model].fields else {}
    customer = row.get("partner_id", False)
    return {
        "name": sales.next_number(tx),
        "state": "draft",
        "date_order": tx.moment,
        "partner_invoice_id": customer,
        "partner_shipping_id": customer,
        "user_id": call.env.user.uid,
        "company_id": min(call.env.companies),
    }


def _without_lines(model: str, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Line]]:
    """Take the `(0, 0, values)` commands of an order's lines out; the fake knows no other commands."""
    if model != "sale.order":
        return dict(values), []
    lines = [_line(command) for command in values.get("order_line") or ()]
    return {name: value for name, value in values.items() if name != "order_line"}, lines


def _line(command: Any) -> Line:
    match command:
        case [0, _, dict() as given]:
            section = given.get("display_type") or None
            return Line(
                given.get("product_id") or None,
                given.get("product_uom_qty", 0.0 if section else 1.0),
                given.get("price_unit"),
                given.get("name"),
                section,
            )
        case _:
            raise OdooFault.value_error(
                f"the stand-in adds order lines with (0, 0, values) only, not {command!r}"
            )


@contextmanager
def _work(call: Call) -> Iterator[Transaction]:
    """Open a transaction for records that must exist and that the user may change."""
    env = call.env
    env.check_model(call.model, write=True)
    rows, rule = env.database.tables[call.model].rows, env.rule(call.model)
    for record_id in call.ids:
        if record_id not in rows:
            raise OdooFault.missing(call.model, record_id, env.user.uid)
    hidden = [rows[record_id] for record_id in call.ids if rule is not None and not rule(rows[record_id])]
    if hidden:
        raise env.unreadable(call.model, hidden)
    with Transaction(env.database) as tx:
        yield tx
