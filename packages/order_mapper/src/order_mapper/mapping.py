"""One Odoo order in, one payload out, or every reason why not.

The steps are the payload's own parts, in its order; how each value is read is `reading.py`'s business.
"""

from typing import TypeAlias

import msgspec

from order_mapper.html_text import plain_text
from order_mapper.issues import WHOLE_ORDER, Issue
from order_mapper.items import items
from order_mapper.partners import customer, shipping_address
from order_mapper.payload import (
    MAX_BODY_BYTES,
    Order,
    OrderConfirmed,
    PlatformAttributes,
    PlatformSource,
    encode,
)
from order_mapper.reading import Reader
from order_mapper.records import NestedOrder

__all__ = ["Mapped", "Outcome", "Rejected", "Source", "external_id", "map_order"]


class Source(msgspec.Struct, frozen=True):
    """What a payload says that Odoo doesn't know: the connection that the order came through."""

    connection_id: str
    store_id: str
    client_id: str
    db: str
    """The name of the Odoo database: part of the external id and of made-up SKUs."""

    def __post_init__(self) -> None:
        for text in (self.connection_id, self.store_id, self.client_id, self.db):
            text.encode()  # UnicodeEncodeError, a ValueError, here and not at some order's turn


class Mapped(msgspec.Struct, frozen=True):
    """The order can be sent. `body` is `encode(payload)`: the bytes to keep and to send."""

    external_id: str
    payload: OrderConfirmed
    body: bytes


class Rejected(msgspec.Struct, frozen=True):
    """The order can't be sent, for all of these reasons (at least one, in the order of the payload)."""

    issues: tuple[Issue, ...]


Outcome: TypeAlias = Mapped | Rejected


def external_id(db: str, order_id: int) -> str:
    """The order's name for everybody outside, `odoo_{db}_{order_id}`: what a receiver recognises it by."""
    return f"odoo_{db}_{order_id}"


def map_order(order: NestedOrder, source: Source, *, note_is_html: bool) -> Outcome:
    """The payload of one order. Pure: the same record and source give the same bytes. Never raises for any record.

    `note_is_html` says what Odoo keeps in `sale.order.note`: HTML from 15 on, plain text before
    (`PLAN.note_is_html(major)`).
    """
    if type(order) is not NestedOrder:
        return Rejected((Issue(WHOLE_ORDER, "wrong_type", "an order was expected here"),))
    read = Reader([])
    order_id = read.record_id(order.id, "id")
    payload = OrderConfirmed(
        event="order.confirmed",
        external_id=external_id(source.db, order_id),
        source=PlatformSource("ODOO", source.connection_id, source.store_id, source.client_id),
        order=_order(order, order_id, read, note_is_html=note_is_html),
        customer=customer(order, read),
        shipping_address=shipping_address(order, read),
        items=items(order, source.db, read),
    )
    if read.issues:
        return Rejected(tuple(read.issues))
    body = encode(payload)
    if len(body) > MAX_BODY_BYTES:
        message = f"the payload has {len(body)} bytes, and {MAX_BODY_BYTES} is the limit"
        return Rejected((Issue(WHOLE_ORDER, "too_large", message),))
    return Mapped(payload.external_id, payload, body)


def _order(order: NestedOrder, order_id: int, read: Reader, *, note_is_html: bool) -> Order:
    reference = read.text(order.client_order_ref, "client_order_ref")
    return Order(
        platform_order_id=str(order_id),
        platform_order_number=read.required_text(order.name, "name"),
        date_order=read.instant(order.date_order, "date_order"),
        financial_status="paid",
        note=_note(order, read, is_html=note_is_html),
        client_order_ref=reference,
        amount_total=read.cents(order.amount_total, "amount_total"),
        tags=(),
        platform_attributes=PlatformAttributes(
            odoo_state=read.required_text(order.state, "state"), client_order_ref=reference
        ),
    )


def _note(order: NestedOrder, read: Reader, *, is_html: bool) -> str | None:
    note = order.note
    return read.text(plain_text(note) if is_html and type(note) is str else note, "note")
