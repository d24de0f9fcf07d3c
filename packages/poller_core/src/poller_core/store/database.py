"""The open database: transactions that append to the log and fold it, and nothing half done.

Every write is a short ``BEGIN IMMEDIATE`` transaction that reads the chain's head inside, so several processes may
write to one file. A failed statement rolls everything back and surfaces as one of the core's errors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from poller_core.errors import Conflict, DatabaseUnusable, StorageFull
from poller_core.events import EVENT_TYPES, AnyEvent
from poller_core.i18n import Phrase
from poller_core.store import copying, profile
from poller_core.store.base import base_of
from poller_core.store.bulk import insert_rows
from poller_core.store.chain import GENESIS, link
from poller_core.store.projections import Projector
from poller_core.store.rows import Logged
from poller_core.store.schema import APPLICATION_ID, SCHEMA_VERSION, migrations

_encode = msgspec.json.Encoder().encode
DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in EVENT_TYPES.items()}


class New(msgspec.Struct, frozen=True):
    """An event to append as ``version`` of the stream ``(subject, order_id)``: one more than was read."""

    subject: int
    order_id: int
    version: int
    event: AnyEvent


class Transaction:
    """One write in progress. ``now`` (ms) is when it happens; the log's clock never runs backwards."""

    def __init__(self, db: sqlite3.Connection, now: int) -> None:
        self.db = db
        self.projector = Projector(db)
        self._rows: list[tuple[object, ...]] = []
        head = db.execute("SELECT position, hash, at FROM events ORDER BY position DESC LIMIT 1").fetchone()
        found: tuple[int, bytes, int] = head or (0, GENESIS, 0)
        self.position, self._hash, last_at = found
        self.now = max(now, last_at)

    def append(self, items: Sequence[New]) -> list[Logged]:
        """Append and fold; the rows are written with the next ``flush``."""
        position, previous, at = self.position, self._hash, self.now
        logged = []
        for item in items:
            position += 1
            subject, order_id, version, event = item.subject, item.order_id, item.version, item.event
            data = _encode(event).decode()
            kind = type(event).__name__
            previous = link(previous, position, subject, order_id, version, kind, at, data)
            self._rows.append((position, subject, order_id, version, kind, at, data, previous))
            logged.append(Logged(position, subject, order_id, version, at, event))
        self.position, self._hash = position, previous
        self.projector.apply(logged)
        return logged

    def flush(self) -> None:
        """Write what was appended and folded. Raises Conflict where a stream has grown meanwhile."""
        try:
            insert_rows(self.db, "INSERT INTO events", self._rows)
        except sqlite3.IntegrityError as error:
            raise Conflict(
                Phrase("somebody else changed this meanwhile; look again and repeat the command")
            ) from error
        self._rows.clear()
        self.projector.flush()

    def version(self, subject: int, order_id: int = 0) -> int:
        """How many events the stream has had."""
        self.flush()
        row = self.db.execute(
            "SELECT max(version) FROM events WHERE subject = ? AND order_id = ?", (subject, order_id)
        ).fetchone()
        if row[0] is None and not order_id:
            return base_of(self.db).versions.get(subject, 0)
        return int(row[0] or 0)

    def append_one(self, subject: int, order_id: int, event: AnyEvent) -> Logged:
        """Append one event to a stream, whatever its version is now."""
        return self.append([New(subject, order_id, self.version(subject, order_id) + 1, event)])[0]


class Database:
    """The writer's connection. ``clock`` gives milliseconds since 1970 UTC."""

    def __init__(self, db: sqlite3.Connection, path: Path, clock: Callable[[], int]) -> None:
        self.db = db
        self.path = path
        self.clock = clock

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction: all of it, or nothing and one of the core's errors."""
        with profile.translated(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                tx = Transaction(self.db, self.clock())
                yield tx
                tx.flush()
                self.db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself; a second ROLLBACK would mask the reason.
                if self.db.in_transaction:
                    with suppress(sqlite3.Error):
                        self.db.execute("ROLLBACK")
                raise

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a short read."""
        with profile.translated(self.path):
            return self.db.execute(sql, parameters).fetchall()

    def meta(self, key: str) -> object:
        """A value of the installation, None where it isn't there."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: object) -> None:
        """Keep a value of the installation."""
        with self.transaction() as tx:
            tx.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @contextmanager
    def guarded(self) -> Iterator[sqlite3.Connection]:
        """The connection itself, for maintenance that keeps its own transactions; SQLite's errors come out as ours."""
        with profile.translated(self.path):
            yield self.db

    def last_at(self) -> int:
        """When the newest event happened (ms), 0 for none."""
        rows = self.rows("SELECT at FROM events ORDER BY position DESC LIMIT 1")
        return int(str(rows[0][0])) if rows else 0

    def close(self) -> None:
        """Give the write-ahead log back to the file, and close."""
        with suppress(sqlite3.Error):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()


def open_database(path: Path, clock: Callable[[], int], *, create: bool = True) -> Database:
    """Open, create or migrate. Raises DatabaseUnusable for a file that isn't ours or is newer."""
    exists = profile.check_header(path)
    if not exists and not create:
        raise DatabaseUnusable(
            Phrase("{path} is not there; name the database with --db or POLLER_DB_PATH", path=path)
        )
    with profile.translated(path):
        db = profile.connect_writer(path)
        try:
            version = profile.check_identity(db, path) if exists and _has_tables(db) else 0
            if version < SCHEMA_VERSION:
                _migrate(db, path, version)
        except BaseException:
            db.close()
            raise
    return Database(db, path, clock)


def open_simulated(clock: Callable[[], int]) -> Database:
    """A database in memory, for simulations and tests."""
    db = profile.connect_writer("", memory=True)
    _migrate(db, None, 0)
    return Database(db, Path(":memory:"), clock)


def _has_tables(db: sqlite3.Connection) -> bool:
    return bool(db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])


def _migrate(db: sqlite3.Connection, path: Path | None, version: int) -> None:
    """Bring the schema up to date, one transaction a step, after a copy of what was there."""
    from sqlite_utils import Database as Utils

    if path is not None and version:
        copy = path.with_name(f"{path.name}.before-{SCHEMA_VERSION}")
        if not copy.exists():
            _keep_copy(db, copy)
    # First of all, so that a database whose making was cut short is known for ours.
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrations().apply(Utils(db))


def _keep_copy(db: sqlite3.Connection, copy: Path) -> None:
    try:
        with copying.arriving(copy) as part:
            copying.vacuum_into(db, part)
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageFull(Phrase("{path} can't be written: {why}", path=copy, why=why)) from None


__all__ = ["DECODERS", "Database", "New", "Transaction", "open_database", "open_simulated"]
