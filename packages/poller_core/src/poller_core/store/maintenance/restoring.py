"""``db restore``: a backup put in the place of the database, once it has proven to be one of ours and sound.

The file may come from anywhere: nothing in it is trusted before its schema, to the letter, is ours. The replaced
database stays under another name.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from poller_core.errors import BadInput, DatabaseUnusable, PollerError
from poller_core.filesystem import beside, real_path
from poller_core.i18n import Phrase
from poller_core.reports import OnProgress
from poller_core.store import profile
from poller_core.store.copying import arriving, vacuum_into
from poller_core.store.database import open_database
from poller_core.store.maintenance.backups import refused, second_half, tell
from poller_core.store.maintenance.proof import Proof
from poller_core.store.maintenance.rebuild import rebuild
from poller_core.store.schema import migrations

_LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 100_000_000),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
)


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What lies there now, and where the replaced database is (None where there was none)."""

    events: int
    last_event_at: int
    kept: Path | None


def restore_from(
    source: Path, path: Path, clock: Callable[[], int], on_progress: OnProgress | None
) -> Restored:
    """Put the backup ``source`` in the place of ``path``. The caller holds the poller's lock.

    Raises BadInput for no file, DatabaseUnusable for no sound backup of ours; nothing is changed then.
    """
    source = _checked_source(source, path)
    kept = None
    try:
        with arriving(path) as part:
            _take_in(source, part, on_progress)
            last_event_at = _made_ready(part, clock)
            proof = Proof(part, second_half(part.stat().st_size, on_progress))
            proof.run(fold=False)
            if proof.problems:
                raise _unsound(source, proof.problems[0])
            kept = _set_aside(path, clock())
    except OSError as error:
        if kept is not None and kept.samefile(path):
            kept.unlink()
        raise refused(path, error) from None
    return Restored(events=proof.events, last_event_at=last_event_at, kept=kept)


def _checked_source(source: Path, path: Path) -> Path:
    source = real_path(source)
    if not source.is_file():
        raise BadInput(Phrase("there is no backup at {path}", path=source), field="source")
    if path.exists() and source.samefile(path):
        raise BadInput(Phrase("{path} is the database itself", path=source), field="source")
    return source


def _take_in(source: Path, part: Path, on_progress: OnProgress | None) -> None:
    """Copy what the source holds, after a look at its schema."""
    with profile.translated(source):
        # Without locks and companions where there is no write-ahead log: a backup may lie on a read-only disk.
        quiet = not beside(source, "-wal").exists()
        db = profile.connect_reader(source, immutable=quiet)
        try:
            for limit, value in _LIMITS:
                db.setlimit(limit, value)
            version = profile.check_identity(db, source)
            if _schema(db) != expected_schema(version):
                raise _unsound(source, Phrase("its tables are not those of odoo-poller"))
            db.execute("PRAGMA query_only=OFF")
            size = source.stat().st_size
            vacuum_into(db, part, lambda done: tell(on_progress, min(done, size), 2 * size))
        finally:
            db.close()


def expected_schema(version: int) -> list[tuple[object, ...]]:
    """What the schema of that version holds, to the letter."""
    from sqlite_utils import Database

    steps = migrations()
    utils = Database(sqlite3.connect(":memory:", isolation_level=None))
    later = [step.name for step in steps.pending(utils)][version:]
    steps.apply(utils, stop_before=later[:1])
    found = _schema(utils.conn)
    utils.conn.close()
    return found


def _schema(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    return db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


def _made_ready(part: Path, clock: Callable[[], int]) -> int:
    """Bring the copy up to date, and take out what was said to a poller of then. When its last event happened (ms)."""
    database = open_database(part, clock)
    try:
        with database.guarded() as db:
            rebuild(db)
            db.execute("DELETE FROM request")
            db.execute("DELETE FROM heartbeat")
        return database.last_at()
    finally:
        database.close()
        for older in part.parent.glob(f"{part.name}.before-*"):
            older.unlink()


def _set_aside(path: Path, now: int) -> Path | None:
    """Give the database that is there a second name, and leave nothing behind that would be taken for the new one's.

    At no moment is there no database under its name: a poller that starts then would make an empty one.
    """
    if not path.exists():
        return None
    moment = f"{datetime.fromtimestamp(now / 1000, UTC):%Y%m%d-%H%M%S}"
    kept = beside(path, f".replaced-{moment}")
    number = 1
    while kept.exists():
        number += 1
        kept = beside(path, f".replaced-{moment}-{number}")
    whole = _settled(path)
    os.link(path, kept)
    for companion in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            if whole:
                beside(path, companion).unlink()
            else:
                beside(path, companion).rename(beside(kept, companion))
    return kept


def _settled(path: Path) -> bool:
    """Bring what lies in the write-ahead log into the file; False where the file is too damaged for that.

    Raises PollerError where somebody keeps reading.
    """
    try:
        db = profile.connect_writer(path)
    except (sqlite3.Error, PollerError):
        return False
    try:
        (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.DatabaseError:
        return False
    finally:
        with suppress(sqlite3.Error):
            db.close()
    if busy:
        raise PollerError(Phrase("another program is reading {path}: close it first", path=path))
    return True


def _unsound(source: Path, problem: Phrase) -> DatabaseUnusable:
    return DatabaseUnusable(
        Phrase("{path} is no sound backup: {problem}; nothing was changed", path=source, problem=problem)
    )


__all__ = ["Restored", "expected_schema", "restore_from"]
