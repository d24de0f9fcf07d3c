"""What a test does to a fake Odoo: the same deeds at once (`FakeOdoo`) or inside an open transaction (`Tx`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from odoo_rpc.testing import sales, writing
from odoo_rpc.testing.moments import stored
from odoo_rpc.testing.sales import Line
from odoo_rpc.testing.table import Row
from odoo_rpc.testing.transaction import Transaction

When = str | float | datetime
"""`YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC, seconds since 1970, or a datetime."""


class Deeds(ABC):
    """Seeding and changing records, as users of that Odoo would.

    Ids are those of Odoo records. A deed on a record that does not exist raises KeyError; one on a record that another open
    transaction has changed raises `RowLocked`; one that Odoo's own rules refuse raises `OdooFault`, as it would over RPC.
    """

    @abstractmethod
    def _work(self) -> AbstractContextManager[Transaction]:
        """Give the transaction to work in, and commit at the end if the deed stands alone."""

    def add_partner(
        self,
        name: str | None,
        *,
        parent: int | None = None,
        kind: str = "contact",
        email: str | None = None,
        phone: str | None = None,
        mobile: str | None = None,
        street: str | None = None,
        street2: str | None = None,
        city: str | None = None,
        zip_code: str | None = None,
        region: str | None = None,
        country: str | None = None,
        active: bool = True,
    ) -> int:
        """Add a customer, or with `parent` one of its addresses (`kind` contact, invoice, delivery or other).

        `country` is an ISO code, `region` the name of a region of it. From 19 on there is no `mobile`: it becomes the
        phone where no phone was given. A delivery address may have no name.
        """
        with self._work() as tx:
            database = tx.database
            if database.version >= 19:
                phone, mobile = phone or mobile, None
            country_id = writing.find(tx, "res.country", code=country) if country else False
            region_id = (
                writing.find(tx, "res.country.state", name=region, country_id=country_id) if region else False
            )
            values: Row = {
                "name": name or False,
                "parent_id": parent or False,
                "type": kind,
                "is_company": False,
                "email": email or False,
                "phone": phone or False,
                "street": street or False,
                "street2": street2 or False,
                "city": city or False,
                "zip": zip_code or False,
                "state_id": region_id,
                "country_id": country_id,
                "active": active,
            }
            return tx.insert(
                "res.partner", values | ({"mobile": mobile or False} if database.version < 19 else {})
            )

    def add_product(
        self,
        name: str,
        *,
        sku: str | None = None,
        price: float = 0.0,
        barcode: str | None = None,
        variant: Mapping[str, str] | None = None,
        active: bool = True,
    ) -> int:
        """Add a product, or one variant of it: `variant` maps attribute to value, in Odoo's order (`{"Talla": "S"}`).

        Variants of one `name` share a template, attributes and values. Gives the id of the `product.product`.
        """
        with self._work() as tx:
            template = writing.find_or_add(
                tx, "product.template", {"name": name}, {"active": active, "list_price": float(price)}
            )
            values = tuple(writing.attribute_value(tx, template, *pair) for pair in (variant or {}).items())
            return tx.insert(
                "product.product",
                {
                    "name": name,
                    "active": active,
                    "default_code": sku or False,
                    "barcode": barcode or False,
                    "product_tmpl_id": template,
                    "product_template_attribute_value_ids": values,
                    "list_price": float(price),
                },
            )

    def add_order(
        self,
        partner: int | None = None,
        lines: Sequence[Line] | None = None,
        *,
        confirm: bool = True,
        shipping: int | None = None,
        note: str | None = None,
        client_order_ref: str | None = None,
        name: str | None = None,
        user: int | None = None,
        company: int | None = None,
        created: When | None = None,
        ordered: When | None = None,
    ) -> int:
        """Add an order, confirmed unless told otherwise; without `partner` or `lines` some customer and product.

        `note` is what a person types: kept as it is until 14, turned to HTML from 15 on. `created` and `ordered` set
        `create_date` and `date_order`, as an import from another system does; `write_date` is always now.
        """
        with self._work() as tx:
            customer = partner or writing.some_partner(tx)
            order_id = tx.insert(
                "sale.order",
                {
                    "name": name or sales.next_number(tx),
                    "state": "draft",
                    "date_order": tx.moment if ordered is None else stored(ordered),
                    "partner_id": customer,
                    "partner_invoice_id": customer,
                    "partner_shipping_id": shipping or customer,
                    "note": writing.note_value(note, tx.database.version),
                    "client_order_ref": client_order_ref or False,
                    "user_id": user or False,
                    "company_id": company or 1,
                }
                | ({"create_date": stored(created)} if created is not None else {}),
            )
            sales.add_lines(tx, order_id, [Line(writing.some_product(tx))] if lines is None else lines)
            if confirm:
                sales.confirm(tx, [order_id])
                if ordered is not None:
                    tx.derive("sale.order", order_id, {"date_order": stored(ordered)})
            return order_id

    def add_orders(self, count: int, **order: Any) -> list[int]:
        """Add that many like orders in one transaction, confirmed together: one `write_date` for all of them."""
        with self._work() as tx:
            within = Tx(tx)
            confirmed = order.pop("confirm", True)
            ids = [within.add_order(confirm=False, **order) for _ in range(count)]
            if confirmed:
                sales.confirm(tx, ids)
            return ids

    def add_lines(self, order: int, lines: Sequence[Line]) -> None:
        """Add lines to an order, which moves its `write_date`."""
        with self._work() as tx:
            sales.add_lines(tx, order, lines)

    def confirm(self, ids: Iterable[int]) -> None:
        """Confirm orders in one transaction: all of them get the same `write_date`, hidden microseconds and all."""
        with self._work() as tx:
            sales.confirm(tx, ids)

    def cancel(self, *ids: int) -> None:
        """Cancel orders."""
        with self._work() as tx:
            sales.cancel(tx, ids)

    def lock(self, *ids: int) -> None:
        """Lock orders: state `done` until 16, `locked` from 17 on."""
        with self._work() as tx:
            sales.lock(tx, ids)

    def unlock(self, *ids: int) -> None:
        """Unlock orders."""
        with self._work() as tx:
            sales.unlock(tx, ids)

    def edit(self, model: str, record_id: int, **values: Any) -> None:
        """Change fields of any record, `write_date` with them; a line's quantity or price moves its order's too.

        Datetimes as in `add_order`; None means empty. A `write_date` that is given is kept: so a record with an odd one
        is made.
        """
        with self._work() as tx:
            writing.write(tx, model, record_id, values)

    def delete(self, model: str, record_id: int) -> None:
        """Delete a record, whatever its state; an order goes with its lines."""
        with self._work() as tx:
            writing.unlink(tx, model, record_id)


class Tx(Deeds):
    """An open transaction: the same deeds, seen by nobody until `commit`.

    `write_date` is set when the work is done, so what is committed late carries a date from before.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def commit(self) -> None:
        """Make the work visible."""
        self._transaction.commit()

    def rollback(self) -> None:
        """Drop the work."""
        self._transaction.rollback()

    def _work(self) -> AbstractContextManager[Transaction]:
        return _Within(self._transaction)


class _Within:
    """Lends a transaction that somebody else will commit, for one deed at the present moment."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def __enter__(self) -> Transaction:
        self._transaction.work_now()
        return self._transaction

    def __exit__(self, *exc: object) -> None:
        return None
