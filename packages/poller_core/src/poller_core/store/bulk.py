"""Many rows with few statements.

``executemany`` runs one statement a row, and lets go of the interpreter's lock around each: beside a busy event loop
every row then waits for its turn. One statement with the values of many rows costs less, and waits once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

CHUNKS = (32, 8)
"""Rows of one statement. Few sizes, so that sqlite3 keeps the prepared statements; what is left goes row by row."""


def insert_rows(db: sqlite3.Connection, into: str, rows: Sequence[Sequence[object]]) -> None:
    """Run ``into`` (``INSERT INTO table``, columns after it where not all are given) for all rows, each as wide as the first."""
    start = 0
    for size in CHUNKS:
        while len(rows) - start >= size:
            values = tuple(chain.from_iterable(rows[start : start + size]))
            db.execute(_statement(into, len(rows[0]), size), values)
            start += size
    if start < len(rows):
        db.executemany(_statement(into, len(rows[0]), 1), rows[start:])


@lru_cache(maxsize=256)
def _statement(into: str, width: int, rows: int) -> str:
    one = f"({', '.join('?' * width)})"
    return f"{into} VALUES {', '.join([one] * rows)}"


__all__ = ["insert_rows"]
