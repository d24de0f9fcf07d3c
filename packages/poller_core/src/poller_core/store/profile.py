"""How the file is opened: the SQLite profile, and the checks that refuse what must not be touched.

Writers commit with ``synchronous=FULL`` in WAL mode: a receiver that was told, and a merchant's order, must survive a
power cut. Readers open read-only. Figures and reasons: ``docs/decisions/0004-sqlite-profile.md``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from poller_core.errors import DatabaseUnusable, PollerError, StorageFull
from poller_core.i18n import Phrase
from poller_core.store.schema import APPLICATION_ID, SCHEMA_VERSION

Reader: TypeAlias = sqlite3.Connection
"""An open database, for those who only hand it on."""

BUSY_MS = 30_000
WAL_LIMIT = 64 * 1024 * 1024


def connect_writer(path: Path | str, *, memory: bool = False) -> sqlite3.Connection:
    """A connection that may write. ``memory`` is for simulations, where the process is the disk."""
    db = _connect("file:simulated?mode=memory" if memory else str(path), uri=memory)
    if not memory and db.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
        db.close()
        raise DatabaseUnusable(
            Phrase("{path}: this filesystem can't hold a write-ahead log; use a local disk", path=path)
        )
    for pragma in (
        "synchronous=FULL",
        "wal_autocheckpoint=4000",
        f"journal_size_limit={WAL_LIMIT}",
        "secure_delete=ON",
        "cache_size=-16384",
    ):
        db.execute(f"PRAGMA {pragma}")
    return db


def connect_reader(path: Path | str, *, immutable: bool = False) -> sqlite3.Connection:
    """A connection that can't write and keeps no transaction open.

    ``immutable``: nobody writes to the file meanwhile, so that neither locks nor companions are needed.
    """
    more = "&immutable=1" if immutable else ""
    db = _connect(f"{Path(path).absolute().as_uri()}?mode=ro{more}", uri=True)
    db.execute("PRAGMA query_only=ON")
    return db


def _connect(target: str, *, uri: bool) -> sqlite3.Connection:
    db = sqlite3.connect(
        target,
        uri=uri,
        isolation_level=None,
        timeout=BUSY_MS / 1000,
        check_same_thread=False,
        cached_statements=256,
    )
    for pragma in (
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "mmap_size=0",
        "temp_store=MEMORY",
    ):
        db.execute(f"PRAGMA {pragma}")
    return db


def check_header(path: Path) -> bool:
    """Whether a file with something in it is there.

    The file itself is never opened here: closing it again would drop the locks of a connection that this process
    has open elsewhere. What is no database SQLite says at the first statement.
    """
    if path.is_dir():
        raise DatabaseUnusable(
            Phrase("{path} is a directory; name a file (--db or POLLER_DB_PATH)", path=path)
        )
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise DatabaseUnusable(
            Phrase("{path} can't be reached: {why}", path=path, why=error.strerror)
        ) from error


def check_identity(db: sqlite3.Connection, path: Path | str) -> int:
    """The schema version of an existing database of ours. Raises DatabaseUnusable for any other."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if application != APPLICATION_ID:
        raise DatabaseUnusable(
            Phrase("{path} belongs to another program; name another file (--db or POLLER_DB_PATH)", path=path)
        )
    if version > SCHEMA_VERSION:
        raise DatabaseUnusable(
            Phrase(
                "{path} is from a newer odoo-poller (schema {version}, this one knows {known}); upgrade odoo-poller",
                path=path,
                version=version,
                known=SCHEMA_VERSION,
            )
        )
    return version


def require_database(path: Path) -> None:
    """Refuse where there is nothing to read."""
    if not check_header(path):
        raise DatabaseUnusable(
            Phrase("{path} is not there; name the database with --db or POLLER_DB_PATH", path=path)
        )


def check_readable(db: sqlite3.Connection, path: Path) -> None:
    """Refuse a foreign, newer or not yet migrated database. Closes the connection where it does."""
    try:
        version = check_identity(db, path)
    except BaseException:
        db.close()
        raise
    if version < SCHEMA_VERSION:
        db.close()
        raise DatabaseUnusable(
            Phrase(
                "{path} is from an older odoo-poller; start the poller once to bring it up to date", path=path
            )
        )


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """SQLite's errors as ours, one line each that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, path) from error


def translate(error: sqlite3.Error, path: Path | str) -> PollerError:
    """The core's error for one of SQLite's."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL"):
        return StorageFull(Phrase("{path}: the disk is full; free space, nothing was lost", path=path))
    if name.startswith("SQLITE_IOERR"):
        return StorageFull(
            Phrase(
                "{path}: the disk refused a read or write ({name}); check the disk, nothing was lost",
                path=path,
                name=name,
            )
        )
    if name.startswith("SQLITE_NOTADB"):
        return DatabaseUnusable(
            Phrase(
                "{path} is no SQLite database; name another file (--db or POLLER_DB_PATH), or restore a backup "
                "with: odoo-poller db restore",
                path=path,
            )
        )
    if name.startswith("SQLITE_CORRUPT"):
        return DatabaseUnusable(
            Phrase(
                "{path} is damaged ({name}); restore a backup with: odoo-poller db restore",
                path=path,
                name=name,
            )
        )
    if name.startswith("SQLITE_READONLY"):
        return DatabaseUnusable(
            Phrase(
                "{path} is read-only here; check the owner and the mode of the file and its directory",
                path=path,
            )
        )
    if name.startswith("SQLITE_CANTOPEN"):
        return DatabaseUnusable(
            Phrase("{path} can't be opened; check that the directory exists and is yours", path=path)
        )
    if name.startswith("SQLITE_BUSY"):
        return PollerError(
            Phrase("{path} was busy for {seconds} s; try again", path=path, seconds=BUSY_MS // 1000)
        )
    return PollerError(f"{path}: {name or 'SQLite error'}: {error}")


__all__ = [
    "BUSY_MS",
    "Reader",
    "check_header",
    "check_identity",
    "connect_reader",
    "connect_writer",
    "translate",
    "translated",
]
