"""Which addresses may be called. URLs come from tenants, and this process sits where metadata servers and internal
services can be reached: a name that resolves to one of those must not be dialled (SSRF).

`ipaddress.is_global` is not enough: depending on the Python version it calls 6to4, NAT64, multicast and others
global. The list is the union of those of Svix and smokescreen. The decision falls on the address that is dialled,
at the moment of dialling; a look at the URL when it is saved (`check_url`) is for good error messages only.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Self

from odoo_rpc.net.errors import BlockedAddress
from odoo_rpc.net.target import Address, ParsedTarget, parse_target

Network = IPv4Network | IPv6Network

_DENIED: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",  # unspecified, loopback and IPv4-compatible
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/32",  # Teredo
            "2001:db8::/32",
            "2002::/16",  # 6to4
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)

_NEVER: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",  # metadata of AWS, GCP, Azure and most others
            "fe80::/10",
            "100.100.100.200/32",  # metadata of Alibaba Cloud
            "168.63.129.16/32",  # the host agent of Azure
            "192.0.0.192/32",  # metadata of Oracle Cloud
            "fd00:ec2::/64",  # metadata of AWS
            "fd20:ce::254/128",  # metadata of GCP
        ),
    )
)

_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_LOW_32_BITS = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"), _NAT64_LOCAL)
_LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_PLAIN_HTTP = "plain http is allowed only to networks that the operator listed: use https"


class AddressGuard:
    """Decides by address. `allowed` lists networks that the operator opened in spite of the deny list.

    Only those may be called by plain http, too. Link-local and metadata addresses stay shut even where listed.
    """

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    @classmethod
    def parse(cls, cidrs: str) -> Self:
        """Read "127.0.0.0/8, 10.0.0.0/8" (commas or spaces; "" opens nothing). Raise `ValueError` in one line."""
        return cls([_network(part) for part in re.split(r"[,\s]+", cidrs) if part])

    def permits(self, address: Address) -> bool:
        """Whether `address` may be dialled at all."""
        address = unmapped(address)
        if self._never(address):
            return False
        return self.lists(address) or not any(address in network for network in _DENIED)

    def permits_plain(self, address: Address) -> bool:
        """Whether `address` may be dialled without TLS: only what the operator listed."""
        address = unmapped(address)
        return self.lists(address) and not self._never(address)

    def lists(self, address: Address) -> bool:
        """Whether the operator opened a network with this address in it."""
        return any(address in network for network in self._allowed)

    def check_url(self, url: str) -> None:
        """Look at a URL when it is saved, without resolving names.

        Raise `Unsendable` (a `ValueError`) for what is no URL, has user info or a fragment; `BlockedAddress` for a
        literal address or localhost that would be refused, and for plain http that could never be allowed.
        """
        target = parse_target(url)
        candidates = _known_addresses(target)
        if not target.secure and not (self._allowed if not candidates else self._any(candidates, plain=True)):
            raise BlockedAddress(_PLAIN_HTTP)
        if candidates and not self._any(candidates, plain=False):
            raise BlockedAddress(f"{target.origin}: this address is not allowed")

    def permitted(self, target: ParsedTarget, addresses: Iterable[Address]) -> list[Address]:
        """Return those of the host's addresses that may be dialled, unmapped. Raise `BlockedAddress` if none may."""
        found = [unmapped(address) for address in addresses]
        permits = self.permits if target.secure else self.permits_plain
        kept = [address for address in found if permits(address)]
        if kept:
            return kept
        if not target.secure and any(map(self.permits, found)):
            raise BlockedAddress(f"{target.origin}: {_PLAIN_HTTP}")
        raise BlockedAddress(f"{target.origin}: this address is not allowed")

    def _any(self, addresses: Iterable[Address], *, plain: bool) -> bool:
        return any(map(self.permits_plain if plain else self.permits, addresses))

    def _never(self, address: Address) -> bool:
        return any(form in network for form in (address, *_embedded(address)) for network in _NEVER)


def unmapped(address: Address) -> Address:
    """Return the IPv4 address inside ``::ffff:0:0/96``, any other address as it is."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _known_addresses(target: ParsedTarget) -> tuple[Address, ...]:
    if target.literal is not None:
        return (target.literal,)
    name = target.host.rstrip(".")
    return _LOOPBACK if name == "localhost" or name.endswith(".localhost") else ()


def _embedded(address: Address) -> list[IPv4Address]:
    """IPv4 addresses that a translator or tunnel would unpack: listing NAT64 must not open link-local through it."""
    if isinstance(address, IPv4Address):
        return []
    number = int(address)
    forms = []
    if any(address in network for network in _LOW_32_BITS):
        forms.append(IPv4Address(number & 0xFFFFFFFF))
    if address in _NAT64_LOCAL:
        # RFC 6052: a /48 prefix has the IPv4 address around the reserved octet in bits 64-71.
        forms.append(IPv4Address((number >> 64 & 0xFFFF) << 16 | (number >> 40 & 0xFFFF)))
    if address.sixtofour is not None:
        forms.append(address.sixtofour)
    if address.teredo is not None:
        forms.extend(address.teredo)
    return forms


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a network such as 10.0.0.0/8 or 127.0.0.1") from None
