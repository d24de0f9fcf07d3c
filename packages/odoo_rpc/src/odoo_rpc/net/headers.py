"""Request headers as bytes, checked once: whatever gets past here can't split a request in two."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from odoo_rpc.net.errors import Unsendable

USER_AGENT = "odoo-rpc"

_DEFAULTS: Mapping[str, int] = {"user-agent": 1, "accept-encoding": 2}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)


class HeaderBlock(Mapping[str, str]):
    """An immutable mapping of headers with its bytes ready to send.

    Make one with `prepare_headers` where the same headers go out many times; any other mapping is encoded at each
    request.
    """

    __slots__ = ("_headers", "encoded")

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self.encoded = _encode(self._headers)

    def __getitem__(self, name: str) -> str:
        return self._headers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return f"HeaderBlock(names={sorted(self._headers)})"


def prepare_headers(headers: Mapping[str, str]) -> HeaderBlock:
    """Check and encode headers. Raise `Unsendable`, naming the header but not its value, where one can't be sent.

    Names are tokens (RFC 9110, 5.6.2), values printable ASCII. The headers that frame the message (Host,
    Content-Length, Connection and the like) are the transport's own.
    """
    return headers if isinstance(headers, HeaderBlock) else HeaderBlock(headers)


def header_lines(headers: Mapping[str, str], *, gzip: bool) -> bytes:
    """Return the lines to send: the caller's, and those that every request has unless the caller set them."""
    lines, has = headers.encoded if isinstance(headers, HeaderBlock) else _encode(headers)
    return lines + _ADDED[gzip][has]


def is_ours(name: str) -> bool:
    """Whether the transport alone sets this header (any case)."""
    return name.lower() in _OURS


def _encode(headers: Mapping[str, str]) -> tuple[bytes, int]:
    """The lines, and which of the headers in `_DEFAULTS` are among them, as a sum of bits."""
    values = "".join(headers.values())
    if not (values.isascii() and values.isprintable()):
        raise _unprintable(headers)
    has = 0
    for name in headers:
        has |= _checked(name)
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode("ascii"), has


def _unprintable(headers: Mapping[str, str]) -> Unsendable:
    (name, *_) = (name for name, value in headers.items() if not (value.isascii() and value.isprintable()))
    _checked(name)
    return Unsendable(f"the value of header {name} must be printable ASCII")


@lru_cache(maxsize=1024)
def _checked(name: str) -> int:
    """Refuse a name that can't be sent; its bit."""
    if not _TOKEN.fullmatch(name):
        raise Unsendable("a header name must be a token of letters, digits and hyphens")
    if is_ours(name):
        raise Unsendable(f"header {name} is set by the transport")
    return _DEFAULTS.get(name.lower(), 0)


def _added(encoding: str) -> list[bytes]:
    agent = f"User-Agent: {USER_AGENT}\r\n".encode("ascii")
    accept = f"Accept-Encoding: {encoding}\r\n".encode("ascii")
    return [agent + accept, accept, agent, b""]


_ADDED = {True: _added("gzip"), False: _added("identity")}
