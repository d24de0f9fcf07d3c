"""Many rows with few statements.

``executemany`` runs one statement a row, and lets go of the interpreter's lock around each: beside a busy event loop
every row then waits for its turn. One statement with the values of many rows costs less, and waits once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

import msgspec

CHUNKS = (100, 25, 5)
"""Rows of one statement. Few sizes, so that sqlite3 keeps the prepared statements; what is left goes row by row."""


def insert_rows(db: sqlite3.Connection, into: str, rows: Sequence[Sequence[object]]) -> None:
    """Run ``into`` (``INSERT INTO table``, columns after it where not all are given) for all rows, each as wide as the first."""
    with_rows(db, into + " VALUES {rows}", rows)


def with_rows(db: sqlite3.Connection, sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Run a statement that has ``{rows}`` where the values of rows stand, ``(?, ?), (?, ?)``, as often as it takes for all.

    Rows are each as wide as the first. Each must mean the same whichever others it goes with.
    """
    start = 0
    for size in CHUNKS:
        while len(rows) - start >= size:
            values = tuple(chain.from_iterable(rows[start : start + size]))
            db.execute(_statement(sql, len(rows[0]), size), values)
            start += size
    if start < len(rows):
        db.executemany(_statement(sql, len(rows[0]), 1), rows[start:])


def json_ids(values: Iterable[int]) -> str:
    """Ids as the parameter of a ``json_each``."""
    return msgspec.json.encode(list(values)).decode()


@lru_cache(maxsize=256)
def _statement(sql: str, width: int, rows: int) -> str:
    one = f"({', '.join('?' * width)})"
    return sql.format(rows=", ".join([one] * rows))


__all__ = ["insert_rows", "json_ids", "with_rows"]
