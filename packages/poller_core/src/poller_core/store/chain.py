"""The hash chain over the log: each event's hash covers the one before it and every column of its own row.

Bodies are covered through their salted digests, which are in the events: erasing a body and its salt leaves
the chain whole and says nothing about what was erased.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

GENESIS = b"\x00" * 32


def link(
    previous: bytes, position: int, subject: int, order_id: int, version: int, kind: str, at: int, data: str
) -> bytes:
    """The hash of one event."""
    row = f"{position}|{subject}|{order_id}|{version}|{kind}|{at}|{data}"
    return sha256(previous + row.encode()).digest()


def digest(salt: bytes, body: bytes) -> str:
    """The digest of a body as events carry it (hex)."""
    return sha256(salt + body).hexdigest()


def new_salts(count: int) -> list[bytes]:
    """That many times 16 random bytes, with one look at the system's randomness."""
    drawn = secrets.token_bytes(16 * count)
    return [drawn[start : start + 16] for start in range(0, len(drawn), 16)]


__all__ = ["GENESIS", "digest", "link", "new_salts"]
