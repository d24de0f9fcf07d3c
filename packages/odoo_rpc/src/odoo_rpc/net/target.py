"""A URL taken apart once, so that what is checked, what is dialled and what goes on the request line agree.

Parsing is httpx's (IDNA, percent encoding); on top of it everything ambiguous is refused, since two readings of one
URL are how address checks are walked around.
"""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

from odoo_rpc.net.errors import Unsendable

Address = IPv4Address | IPv6Address

_DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?")
_UNCLEAN = re.compile(r"[\x00-\x20\x7f\\#]")


@dataclass(frozen=True, slots=True, repr=False)
class ParsedTarget:
    """Where a request goes. Make one with `parse_target`; it may be kept and used for ever.

    `host` is ASCII, lower case, without brackets. `literal` is the address where the host is one, in any of the
    notations that `connect()` would understand ("127.1", "0x7f000001"). `origin` names the target in messages.
    """

    secure: bool
    host: str
    port: int
    path: bytes
    origin: str
    literal: Address | None
    host_lines: bytes
    post_head: bytes

    def head(self, method: str) -> bytes:
        """Return the request line and the Host header for `method`, ASCII letters only."""
        if not (method.isascii() and method.isalpha()):
            raise Unsendable("the request method must be a word")
        return b"%b %b HTTP/1.1\r\n%b" % (method.encode("ascii"), self.path, self.host_lines)

    def __repr__(self) -> str:
        # Path and query of a webhook may be a secret.
        return f"ParsedTarget({self.origin!r})"


@lru_cache(maxsize=8192)
def parse_target(url: str) -> ParsedTarget:
    """Take an absolute http or https URL apart. Raise `Unsendable` with a one-line reason where it is not one."""
    if _UNCLEAN.search(url):
        raise Unsendable("the URL must not contain spaces, control characters, backslashes or a fragment (#)")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Unsendable(f"not a valid URL: {error}") from None
    if parsed.scheme not in _DEFAULT_PORTS or not url.lower().startswith(f"{parsed.scheme}://"):
        raise Unsendable("the URL must begin with https:// (or http://)")
    if "@" in url.split("/", 3)[2]:
        raise Unsendable("the URL must not contain a user name or password")
    host = parsed.raw_host.decode("ascii").lower()
    literal = literal_address(host)
    if literal is None and not _NAME.fullmatch(host):
        raise Unsendable("the URL needs a host name or address")
    port = _DEFAULT_PORTS[parsed.scheme] if parsed.port is None else parsed.port
    if not 1 <= port <= 65535:
        raise Unsendable("the URL's port must be between 1 and 65535")
    return _target(parsed.scheme, host, port, parsed.raw_path, literal)


def _target(scheme: str, host: str, port: int, path: bytes, literal: Address | None) -> ParsedTarget:
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port == _DEFAULT_PORTS[scheme] else f"{shown}:{port}"
    host_lines = f"Host: {authority}\r\n".encode("ascii")
    return ParsedTarget(
        secure=scheme == "https",
        host=host,
        port=port,
        path=path,
        origin=f"{scheme}://{authority}",
        literal=literal,
        host_lines=host_lines,
        post_head=b"POST %b HTTP/1.1\r\n%b" % (path, host_lines),
    )


def literal_address(host: str) -> Address | None:
    """Return the address that `host` is, `None` where it is a name.

    The old notations of IPv4 (decimal, octal, hexadecimal, fewer than four parts) are read as `inet_aton(3)` does,
    since `getaddrinfo` would dial them.
    """
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
