"""Odoo sale orders to the normalised `order.confirmed` webhook payload. Pure: no I/O, no clock.

    page = msgspec.json.decode(answer, type=NestedPage)
    match map_order(page.records[0], source, note_is_html=True):
        case Mapped(external_id, payload, body): ...   # send `body`
        case Rejected(issues): ...                     # every reason why not

`PLAN` says what to read from Odoo, `assemble` puts the answers of the classic calls together.
"""

from order_mapper.classic import CLASSIC_READS, ClassicBatch, assemble
from order_mapper.html_text import plain_text
from order_mapper.issues import WHOLE_ORDER, Code, Issue
from order_mapper.mapping import Mapped, Outcome, Rejected, Source, external_id, map_order
from order_mapper.money import minor_units
from order_mapper.payload import (
    MAX_BODY_BYTES,
    Customer,
    Item,
    Order,
    OrderConfirmed,
    PlatformAttributes,
    PlatformSource,
    ShippingAddress,
    decode,
    encode,
    json_schema,
)
from order_mapper.plan import PLAN, Field, ReadPlan, Without
from order_mapper.reading import MAX_ID
from order_mapper.records import (
    Attribute,
    AttributeValue,
    Country,
    CountryState,
    Line,
    NestedOrder,
    NestedOrders,
    NestedPage,
    OdooRecord,
    Partner,
    Product,
    decode_record,
    encode_record,
    records_type,
)

__all__ = [
    "CLASSIC_READS",
    "MAX_BODY_BYTES",
    "MAX_ID",
    "PLAN",
    "WHOLE_ORDER",
    "Attribute",
    "AttributeValue",
    "ClassicBatch",
    "Code",
    "Country",
    "CountryState",
    "Customer",
    "Field",
    "Issue",
    "Item",
    "Line",
    "Mapped",
    "NestedOrder",
    "NestedOrders",
    "NestedPage",
    "OdooRecord",
    "Order",
    "OrderConfirmed",
    "Outcome",
    "Partner",
    "PlatformAttributes",
    "PlatformSource",
    "Product",
    "ReadPlan",
    "Rejected",
    "ShippingAddress",
    "Source",
    "Without",
    "assemble",
    "decode",
    "decode_record",
    "encode",
    "encode_record",
    "external_id",
    "json_schema",
    "map_order",
    "minor_units",
    "plain_text",
    "records_type",
]
