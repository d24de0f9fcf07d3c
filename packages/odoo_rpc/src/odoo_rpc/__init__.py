"""Talk to any Odoo from 14 on: JSON-RPC and JSON-2 behind one async client.

async with Transport(AddressGuard()) as transport:
    odoo = await connect("https://example.odoo.com", "example", "user", key, exchange=transport)
    orders = await odoo.search_read("sale.order", [["state", "=", "sale"]], ["name"], limit=100)
"""

from odoo_rpc.client import Domain, OdooClient, Page, Record, Window
from odoo_rpc.connect import connect
from odoo_rpc.dates import from_odoo, to_odoo
from odoo_rpc.errors import (
    AccessForbidden,
    AuthenticationFailed,
    NotOdoo,
    OdooError,
    RateLimited,
    RecordMissing,
    Unavailable,
    UnknownDatabase,
    UnknownModelOrField,
    Unsupported,
    UserRejected,
)
from odoo_rpc.net import (
    HEADER_BYTES,
    HEADER_COUNT,
    ODOO_CAPS,
    WEBHOOK_CAPS,
    AddressGuard,
    BlockedAddress,
    Caps,
    ConnectFailed,
    Exchange,
    HeaderBlock,
    NameNotFound,
    NetError,
    ParsedTarget,
    ProtocolBroken,
    Reply,
    TimedOut,
    TlsFailed,
    TooLarge,
    Transport,
    Unsendable,
    parse_target,
    prepare_headers,
)
from odoo_rpc.pacing import Lane
from odoo_rpc.secret import Secret
from odoo_rpc.session import Protocol, ProtocolChoice, Session, Version

__all__ = [
    "HEADER_BYTES",
    "HEADER_COUNT",
    "ODOO_CAPS",
    "WEBHOOK_CAPS",
    "AccessForbidden",
    "AddressGuard",
    "AuthenticationFailed",
    "BlockedAddress",
    "Caps",
    "ConnectFailed",
    "Domain",
    "Exchange",
    "HeaderBlock",
    "Lane",
    "NameNotFound",
    "NetError",
    "NotOdoo",
    "OdooClient",
    "OdooError",
    "Page",
    "ParsedTarget",
    "Protocol",
    "ProtocolBroken",
    "ProtocolChoice",
    "RateLimited",
    "Record",
    "RecordMissing",
    "Reply",
    "Secret",
    "Session",
    "TimedOut",
    "TlsFailed",
    "TooLarge",
    "Transport",
    "Unavailable",
    "UnknownDatabase",
    "UnknownModelOrField",
    "Unsendable",
    "Unsupported",
    "UserRejected",
    "Version",
    "Window",
    "connect",
    "from_odoo",
    "parse_target",
    "prepare_headers",
    "to_odoo",
]
