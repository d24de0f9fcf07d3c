"""The body that an answer means: its content encoding undone, within the caps."""

import zlib

from odoo_rpc.net.caps import Caps
from odoo_rpc.net.errors import ProtocolBroken, TooLarge

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def decode_body(body: bytes, encoding: str, caps: Caps, *, truncate: bool) -> bytes:
    """Undo `encoding` (the Content-Encoding header, "" where there was none).

    gzip is the only one ever asked for, so anything else, or gzip twice, is refused with `ProtocolBroken`; more
    than ``caps.decoded`` bytes with `TooLarge`, after that many and not after all of them. With `truncate` the
    body is a courtesy and never an error: too much is cut, what can't be read is left out.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body[: caps.decoded] if truncate else body
        case "gzip" | "x-gzip" if truncate:
            return _gunzip_leniently(body, caps.decoded)
        case "gzip" | "x-gzip" if caps.gzip:
            return _gunzip(body, caps.decoded)
        case _ if truncate:
            return b""
        case _:
            raise ProtocolBroken("the answer has a content encoding that was not asked for")


def _gunzip(body: bytes, limit: int) -> bytes:
    inflate = zlib.decompressobj(_GZIP_WINDOW)
    try:
        decoded = inflate.decompress(body, limit + 1)
    except zlib.error:
        raise ProtocolBroken("the answer is not the gzip that it claims to be") from None
    if len(decoded) > limit:
        raise TooLarge(f"the answer exceeds {limit} bytes when decompressed")
    # A second member after the first is legal and unheard of; a body of a million empty ones would be an attack.
    if not inflate.eof or inflate.unused_data:
        raise ProtocolBroken("the compressed answer is incomplete or has something after its end")
    return decoded


def _gunzip_leniently(body: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(body, limit)
    except zlib.error:
        return b""
