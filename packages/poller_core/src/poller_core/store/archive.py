"""Bodies of settled orders, compressed: deflate with a preset dictionary, since payloads resemble each other."""

from __future__ import annotations

import zlib

from poller_core.store.dictionary import PAYLOAD_DICTIONARY


def compress(body: bytes) -> bytes:
    """A body as the archive keeps it."""
    packer = zlib.compressobj(level=1, wbits=-15, zdict=PAYLOAD_DICTIONARY)
    return packer.compress(body) + packer.flush()


def decompress(packed: bytes) -> bytes:
    """The body again. Raises zlib.error where it was altered."""
    unpacker = zlib.decompressobj(wbits=-15, zdict=PAYLOAD_DICTIONARY)
    return unpacker.decompress(packed) + unpacker.flush()


__all__ = ["compress", "decompress"]
