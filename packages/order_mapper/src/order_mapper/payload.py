"""The webhook's payload, `order.confirmed`: strict types, in exactly the order of keys that integrators were promised.

Frozen, every key always present, nothing beside them. Encoding is deterministic: the same payload is the same bytes on
every Python and platform (keys in the order below, no white space, UTF-8, floats as the shortest decimal that reads
back as the same float).
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

__all__ = [
    "MAX_BODY_BYTES",
    "Customer",
    "Item",
    "Order",
    "OrderConfirmed",
    "PlatformAttributes",
    "PlatformSource",
    "ShippingAddress",
    "decode",
    "encode",
    "json_schema",
]

MAX_BODY_BYTES = 256 * 1024
"""The largest body that is sent. Webhook receivers commonly refuse more; Standard Webhooks advises far less."""

MinorUnits: TypeAlias = Annotated[
    int,
    Meta(
        description="Hundredths of the order's currency: the decimal that Odoo sent, times 100, half away from zero. "
        "19.99 is 1999, 1.005 is 101, -1.005 is -101."
    ),
]
Instant: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
        description="ISO 8601, UTC, whole seconds.",
    ),
]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What all parts of the payload have in common."""


class PlatformSource(_Strict, frozen=True):
    """Where the order comes from: the poller's connection and what it stands for in the receiver."""

    platform: Literal["ODOO"]
    connection_id: str
    store_id: str
    client_id: str


class PlatformAttributes(_Strict, frozen=True):
    """What only Odoo has."""

    odoo_state: Annotated[str, Meta(description="`sale`, or `done` (a locked order of Odoo 14 to 16).")]
    client_order_ref: str | None


class Order(_Strict, frozen=True):
    """The order itself."""

    platform_order_id: Annotated[str, Meta(description="`sale.order.id`, as text.")]
    platform_order_number: Annotated[str, Meta(description="The number that people see: S00042.")]
    date_order: Instant
    financial_status: Literal["paid"]
    note: Annotated[str | None, Meta(description="Plain text, possibly of several lines.")]
    client_order_ref: str | None
    amount_total: MinorUnits
    tags: tuple[str, ...]
    platform_attributes: PlatformAttributes


class Customer(_Strict, frozen=True):
    """Who ordered."""

    name: str | None
    phone: Annotated[str | None, Meta(description="The mobile number, else the phone number.")]
    email: str | None
    orders_count: Annotated[
        int | None, Meta(description="Sale orders of this customer; null where Odoo does not tell this user.")
    ]


class ShippingAddress(_Strict, frozen=True):
    """Where it goes. Null is what Odoo doesn't have."""

    name: str | None
    address1: str | None
    address2: str | None
    city: str | None
    province: Annotated[str | None, Meta(description="The region's own name: Metropolitana.")]
    zip: str | None
    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2: CL.")]
    phone: Annotated[str | None, Meta(description="The mobile number, else the phone number.")]


class Item(_Strict, frozen=True):
    """What is to be picked."""

    sku: Annotated[
        str,
        Meta(
            description="Odoo's internal reference, else `ODOO-{db}-{product_id}`, or `ODOO-{db}-line-{line_id}` "
            "where the line has no product."
        ),
    ]
    name: str
    variant_name: Annotated[str | None, Meta(description="Color: Rojo, Talla: L.")]
    quantity: Annotated[
        int | float,
        Meta(
            description="In the line's unit of measure. An integer where whole; negative for what comes back."
        ),
    ]
    price_cents: MinorUnits


class OrderConfirmed(_Strict, frozen=True):
    """A sale order that Odoo has as confirmed."""

    event: Literal["order.confirmed"]
    external_id: Annotated[str, Meta(description="`odoo_{db}_{order_id}`.")]
    source: PlatformSource
    order: Order
    customer: Customer
    shipping_address: ShippingAddress
    items: tuple[Item, ...]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(OrderConfirmed)


def encode(payload: OrderConfirmed) -> bytes:
    """The body to send: compact JSON in UTF-8. The same payload gives the same bytes, always."""
    return _encoder.encode(payload)


def decode(body: bytes) -> OrderConfirmed:
    """The payload of a body. Raises `msgspec.DecodeError` for whatever `encode` would not have written.

    Unknown keys, absent keys and wrong types are errors (`msgspec.ValidationError`, with the path).
    """
    return _decoder.decode(body)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every payload is valid against, and that allows no key beside them."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "order.confirmed",
        "description": "The webhook payload of a sale order that was confirmed in Odoo.",
    }
    return head | msgspec.json.schema(OrderConfirmed)
