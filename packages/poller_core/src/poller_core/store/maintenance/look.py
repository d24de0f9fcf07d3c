"""A look at a database without touching it: what the doctor wants to know of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from poller_core.store import profile
from poller_core.store.connections import Connections, Live, Token
from poller_core.store.database import Database

QUICK_BYTES = 2_000_000_000
"""Up to this size the structure is looked through: half a second a gigabyte, where the file is in memory."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is there. ``damage`` is SQLite's first complaint about the structure, empty for none."""

    size: int
    events: int
    damage: str
    looked_through: bool
    key_check: bytes | None
    heartbeat_at: int
    connections: list[Live]
    tokens: dict[int, dict[str, Token]]


def sqlite_version() -> tuple[int, int, int]:
    """Of the library in use."""
    return sqlite3.sqlite_version_info


def look(path: Path) -> Look:
    """Read it. Raises DatabaseUnusable where it is damaged at once, foreign, newer or not brought up to date."""
    with profile.translated(path):
        db = profile.connect_reader(path)
        profile.check_readable(db, path)
        try:
            size = path.stat().st_size
            small = size <= QUICK_BYTES
            database = Database(db, path, lambda: 0)
            connections = Connections(database)
            live = connections.live()
            check = database.meta("key_check")
            beat = db.execute("SELECT at FROM heartbeat").fetchone()
            return Look(
                size=size,
                events=db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0],
                damage=_damage(db) if small else "",
                looked_through=small,
                key_check=bytes(check) if isinstance(check, bytes) else None,
                heartbeat_at=beat[0] if beat else 0,
                connections=live,
                tokens={item.connection.number: connections.tokens(item.connection.number) for item in live},
            )
        finally:
            db.close()


def _damage(db: sqlite3.Connection) -> str:
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    return "" if found == "ok" else " ".join(str(found).split())


__all__ = ["Look", "look", "sqlite_version"]
