"""Where a fold of the log begins once its oldest events are gone: the state of what they had made, kept when they went.

Orders need none of it: the rows of those whose events were pruned stay in their tables, and each later event of an
order says what its row is from then on. What is counted on from event to event, the health of URLs and
connections, is kept here with the rows that it belongs to.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

_KEY = "base"
KEPT = ("endpoint", "connection")
"""Tables whose rows are kept as they were."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The log begins behind ``position``, whose event had ``hash`` (hex) and happened before the hour ``start`` (ms)."""

    position: int = 0
    hash: str = ""
    start: int = 0
    rows: dict[str, list[dict[str, Any]]] = {}
    versions: dict[int, int] = {}
    """Of the endpoints' and connections' own streams, by subject."""


_decode = msgspec.json.Decoder(Base)


def base_of(db: sqlite3.Connection) -> Base:
    """Where this database's log begins: an empty base where nothing was pruned."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    return Base() if row is None else _decode.decode(row[0])


def keep_base(db: sqlite3.Connection, base: Base) -> None:
    """Keep it, within the caller's transaction."""
    text = msgspec.json.encode(base).decode()
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_KEY, text))


def rows_of(db: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    """A small table, row by row with the names of its columns."""
    found = db.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def put_rows(db: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows that ``rows_of`` gave."""
    for row in rows:
        marks = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


__all__ = ["KEPT", "Base", "base_of", "keep_base", "put_rows", "rows_of"]
