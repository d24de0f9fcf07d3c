"""How far this machine gets towards a URL: the name's addresses, whether they may be dialled, and the TLS handshake.

The same guard and the same dialling as in daily work, without a request. Used by the connection test and the doctor.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import msgspec

from odoo_rpc import AddressGuard, OdooError, Unavailable
from odoo_rpc import errors as odoo
from odoo_rpc.net import (
    BlockedAddress,
    ConnectFailed,
    NameNotFound,
    NetError,
    TimedOut,
    TlsFailed,
    Unsendable,
    parse_target,
)
from odoo_rpc.net.dial import Dialler, system_resolver
from poller_core.i18n import Phrase

CONNECT_SECONDS = 10.0
_CERTIFICATE_TIME = "%b %d %H:%M:%S %Y GMT"


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """A TLS handshake that went well: its version, and when the certificate ends (ms, 0 where it doesn't say)."""

    version: str
    certificate_until: int


async def addresses(guard: AddressGuard, url: str) -> list[str]:
    """The addresses at which this URL's host may be dialled. Raises a NetError: no name, no such address, no URL."""
    guard.check_url(url)
    target = parse_target(url)
    if target.literal is not None:
        return [str(address) for address in guard.permitted(target, [target.literal])]
    try:
        found = await system_resolver()(target.host)
    except (OSError, UnicodeError):
        raise NameNotFound(f"{target.origin}: the host name can't be resolved") from None
    return [str(address) for address in guard.permitted(target, found)]


async def handshake(guard: AddressGuard, url: str, ca_file: str = "") -> Handshake | None:
    """Connect and shake hands; None for plain http, which is only connected to. Raises a NetError."""
    wire = await Dialler(guard, connect_seconds=CONNECT_SECONDS).dial(parse_target(url), ca_file or None)
    connection = wire.detach()
    try:
        if not isinstance(connection, ssl.SSLSocket):
            return None
        until = (connection.getpeercert() or {}).get("notAfter")
        return Handshake(version=connection.version() or "TLS", certificate_until=_moment(until))
    finally:
        connection.close()


def _moment(text: object) -> int:
    try:
        return int(datetime.strptime(str(text), _CERTIFICATE_TIME).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return 0


def remedy(error: NetError | OdooError) -> Phrase:
    """What a person can do about it."""
    match error:
        case odoo.AuthenticationFailed():
            return Phrase(
                "check user name and API key; keys expire, and a new one is made in the Odoo user's preferences"
            )
        case odoo.AccessForbidden():
            return Phrase("give the Odoo user the rights that the message names")
        case odoo.NotOdoo():
            return Phrase("check the URL: scheme, host and port of the Odoo server itself, without a path")
        case odoo.UnknownDatabase():
            return Phrase("check the database's name; if it is right, Odoo's own database server is down")
        case odoo.Unsupported():
            return Phrase("set the protocol to auto, or have that Odoo upgraded")
        case odoo.UnknownModelOrField() | odoo.UserRejected():
            return Phrase("see that the Sales app is installed in that Odoo")
        case NameNotFound() | Unavailable(reason="dns"):
            return Phrase("check the host's name in the URL, and this machine's name server")
        case BlockedAddress() | Unavailable(reason="blocked"):
            return Phrase("if that address is meant, list its network in POLLER_ALLOWED_NETWORKS")
        case TlsFailed() | Unavailable(reason="tls"):
            return Phrase(
                "have the certificate mended there; an Odoo with a private authority needs that authority's file (--ca-file)"
            )
        case ConnectFailed() | TimedOut() | Unavailable(reason="connect" | "timeout"):
            return Phrase("see that the server runs, and that no firewall keeps this machine from it")
        case Unsendable():
            return Phrase("correct the URL")
        case _:
            return Phrase("try again later")


__all__ = ["Handshake", "addresses", "handshake", "remedy"]
