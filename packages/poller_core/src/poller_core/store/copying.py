"""Whole copies of a database, made by SQLite itself beside whoever uses it: private, synced, and under their name only once
they are complete.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRESS_EVERY = 100_000
"""SQLite's own steps between two looks at how far a copy is: some hundred a second."""


@contextmanager
def arriving(target: Path) -> Iterator[Path]:
    """A name beside ``target`` to make a new file at, which takes target's place when the block ends well.

    Raises OSError; whatever happens, no half file is left.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        yield part
        sync(part)
        part.replace(target)
        sync(target.parent)
    finally:
        for companion in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + companion).unlink(missing_ok=True)


def vacuum_into(db: sqlite3.Connection, target: Path, told: Callable[[int], None] | None = None) -> None:
    """Copy an open database into the new file ``target`` (0600), compact and without what was deleted.

    ``told`` hears how many bytes there are, now and then. Readers and writers of the database go on meanwhile.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    if told is not None:
        db.set_progress_handler(lambda: told(target.stat().st_size), PROGRESS_EVERY)
    try:
        db.execute("VACUUM INTO ?", (str(target),))
    finally:
        db.set_progress_handler(None, 0)


def sync(path: Path) -> None:
    """Have a file or directory on the disk. The file must not be open in SQLite: closing it drops its locks."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


__all__ = ["arriving", "sync", "vacuum_into"]
