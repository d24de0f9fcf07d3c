"""Bodies of settled orders, compressed: zstandard with a preset dictionary, since payloads resemble each other.

Each is a frame of its own with a checksum, which any zstandard unpacks that is given the dictionary. Packing is the
dearest step of settling an order, so the level is a fast one; with the dictionary it takes no more room than zlib would.
"""

from __future__ import annotations

from threading import local

from zstandard import (
    DICT_TYPE_RAWCONTENT,
    ZstdCompressionDict,
    ZstdCompressor,
    ZstdDecompressor,
    ZstdError,
)

from poller_core.store.dictionary import PAYLOAD_DICTIONARY

_LEVEL = -1

_dictionary = ZstdCompressionDict(PAYLOAD_DICTIONARY, dict_type=DICT_TYPE_RAWCONTENT)
_dictionary.precompute_compress(level=_LEVEL)


class _PerThread(local):
    """A packer and an unpacker: neither may be used by two threads at once."""

    def __init__(self) -> None:
        self.compress = ZstdCompressor(
            level=_LEVEL, dict_data=_dictionary, write_checksum=True, write_content_size=False
        ).compress
        self.unpacker = ZstdDecompressor(dict_data=_dictionary)


_mine = _PerThread()


def compress(body: bytes) -> bytes:
    """A body as the archive keeps it."""
    return _mine.compress(body)


def decompress(archived: bytes) -> bytes:
    """The body again. Raises zstandard.ZstdError where it was altered."""
    # Piece by piece: what says at its beginning how large it is might say anything, and be believed.
    unpacker = _mine.unpacker.decompressobj()
    body = unpacker.decompress(archived)
    if not unpacker.eof or unpacker.unused_data:
        raise ZstdError("it ends too early or too late")
    return body


__all__ = ["ZstdError", "compress", "decompress"]
