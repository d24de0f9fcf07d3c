"""Bodies of settled orders, compressed: deflate with a preset dictionary, since payloads resemble each other.

zlib-ng packs faster than zlib, and packing is the dearest step of settling an order; whoever reads the file needs neither,
any inflate will do. Two bytes of a checksum follow: deflate itself doesn't notice every flipped bit, its last byte is padded.
"""

from __future__ import annotations

import zlib

from zlib_ng import zlib_ng

from poller_core.store.dictionary import PAYLOAD_DICTIONARY

_CHECKSUM_BYTES = 2


def compress(body: bytes) -> bytes:
    """A body as the archive keeps it."""
    packer = zlib_ng.compressobj(level=1, wbits=-15, zdict=PAYLOAD_DICTIONARY)
    packed = packer.compress(body) + packer.flush()
    return packed + _checksum(packed)


def decompress(archived: bytes) -> bytes:
    """The body again. Raises zlib.error where it was altered."""
    packed = archived[:-_CHECKSUM_BYTES]
    if archived[-_CHECKSUM_BYTES:] != _checksum(packed):
        raise zlib.error("the checksum is another one")
    unpacker = zlib.decompressobj(wbits=-15, zdict=PAYLOAD_DICTIONARY)
    return unpacker.decompress(packed) + unpacker.flush()


def _checksum(packed: bytes) -> bytes:
    # The sum's half of Adler-32: a single other byte always gives another one.
    return (zlib.adler32(packed) & 0xFFFF).to_bytes(_CHECKSUM_BYTES, "big")


__all__ = ["compress", "decompress"]
