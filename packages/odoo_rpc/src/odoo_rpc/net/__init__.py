"""The one piece of HTTP code that calls to Odoo and deliveries to webhooks share.

`Transport.post` sends one request over a kept-alive connection of an address-checked, capped, deadline-bound
HTTP/1.1 transport; the same object serves as ``httpx.AsyncClient(transport=...)``.
"""

from odoo_rpc.net.caps import HEADER_BYTES, HEADER_COUNT, ODOO_CAPS, WEBHOOK_CAPS, Caps
from odoo_rpc.net.errors import (
    BlockedAddress,
    ConnectFailed,
    NameNotFound,
    NetError,
    ProtocolBroken,
    TimedOut,
    TlsFailed,
    TooLarge,
    Unsendable,
)
from odoo_rpc.net.guard import AddressGuard
from odoo_rpc.net.headers import HeaderBlock, prepare_headers
from odoo_rpc.net.reply import Exchange, Reply
from odoo_rpc.net.target import ParsedTarget, parse_target
from odoo_rpc.net.transport import Transport

__all__ = [
    "HEADER_BYTES",
    "HEADER_COUNT",
    "ODOO_CAPS",
    "WEBHOOK_CAPS",
    "AddressGuard",
    "BlockedAddress",
    "Caps",
    "ConnectFailed",
    "Exchange",
    "HeaderBlock",
    "NameNotFound",
    "NetError",
    "ParsedTarget",
    "ProtocolBroken",
    "Reply",
    "TimedOut",
    "TlsFailed",
    "TooLarge",
    "Transport",
    "Unsendable",
    "parse_target",
    "prepare_headers",
]
