"""``db check``: is the file sound, is the log what was written, are the bodies those that were built, and do the tables
say what the log says?

Works beside a running poller: every read is short but one, the fold, which looks at one moment of the database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from poller_core.errors import PollerError
from poller_core.i18n import Phrase
from poller_core.reports import OnProgress
from poller_core.store import profile
from poller_core.store.base import base_of
from poller_core.store.maintenance.chained import Chained
from poller_core.store.maintenance.fold import fold, spill_to_disk
from poller_core.store.maintenance.rebuild import differing

MOST_PROBLEMS = 100
SHARES = 3
"""The structure, the log and the fold take about as long."""

_ORPHANS = (
    "SELECT t.position FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.position = t.position)"
)
_BODILESS = (
    "SELECT t.position FROM {table} t WHERE ({condition}) "
    "AND NOT EXISTS (SELECT 1 FROM bodies b WHERE b.position = t.position) "
    "AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.position = t.position)"
)
_NOT_ERASED = (
    # What waits or failed has its body, and so has what was settled since bodies were last erased.
    ("outbox", "t.status IN (0, 2) OR (t.status = 1 AND t.updated_at >= ?)"),
    ("rejected", "t.at >= ?"),
)


class Proof:
    """A check of one database, and what it found."""

    def __init__(self, path: Path, on_progress: OnProgress | None = None) -> None:
        self._path = path
        self._told = on_progress or (lambda _done, _total: None)
        self._head = 0
        self._settled_before = 0
        self.problems: list[Phrase] = []
        self.events = self.bodies = self.erased = self.bytes = 0

    def run(self, *, fold: bool = True) -> None:
        """Check it all, or all but the fold. Raises DatabaseUnusable where the file is no database of ours, or a newer one."""
        with profile.translated(self._path):
            db = profile.connect_reader(self._path)
            profile.check_readable(db, self._path)
        try:
            # For the fold's temporary tables; the file itself is open for reading only.
            db.execute("PRAGMA query_only=OFF")
            self._guarded(self._structure, db)
            self._guarded(self._log, db)
            # Against an altered log the tables prove nothing, and to fold it into them would spoil them.
            if fold and not self.problems:
                self._guarded(self._fold, db)
            self._guarded(self._bodies, db)
        finally:
            db.close()
        self._progress(SHARES, 0, 1)

    def _guarded(self, step: Callable[[sqlite3.Connection], None], db: sqlite3.Connection) -> None:
        try:
            step(db)
        except sqlite3.DatabaseError as error:
            self._tell(Phrase("the file can't be read: {why}", why=error))
        except PollerError as error:
            self._tell(error.args[0])

    def _tell(self, problem: Phrase) -> None:
        if len(self.problems) < MOST_PROBLEMS and problem not in self.problems:
            self.problems.append(problem)

    def _progress(self, share: int, done: int, total: int) -> None:
        each = max(self._head, 1)
        self._told(share * each + done * each // max(total, 1), SHARES * each)

    def _structure(self, db: sqlite3.Connection) -> None:
        # AUTOINCREMENT's counter remembers the newest position also where the newest events are gone.
        head, counted = db.execute(
            "SELECT coalesce(max(position), 0), (SELECT seq FROM sqlite_sequence WHERE name = 'events') FROM events"
        ).fetchone()
        self._head = max(head, counted or 0)
        self._progress(0, 0, 1)
        for (line,) in db.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})"):
            if line != "ok":
                self._tell(Phrase("the file's structure is damaged: {why}", why=" ".join(line.split())))

    def _log(self, db: sqlite3.Connection) -> None:
        chained = Chained(db, base_of(db), self._tell)
        db.text_factory = bytes
        try:
            chained.go(self._head, lambda done, total: self._progress(1, done, total))
        finally:
            db.text_factory = str
            self.events, self.bodies = chained.events, chained.bodies
            self.erased, self.bytes = chained.erased, chained.bytes
            self._settled_before = chained.settled_before

    def _bodies(self, db: sqlite3.Connection) -> None:
        """Bodies that ought to be there, and bodies that nobody knows."""
        for table, condition in _NOT_ERASED:
            sql = _BODILESS.format(table=table, condition=condition)
            for (position,) in db.execute(f"{sql} LIMIT {MOST_PROBLEMS}", (self._settled_before,)):
                self._tell(Phrase("the payload of event {position} is missing", position=position))
        for table in ("bodies", "archive"):
            for (position,) in db.execute(f"{_ORPHANS.format(table=table)} LIMIT {MOST_PROBLEMS}"):
                self._tell(
                    Phrase("there is a payload of event {position}, and no such event", position=position)
                )

    def _fold(self, db: sqlite3.Connection) -> None:
        spill_to_disk(db)
        db.execute("BEGIN")
        try:
            fold(db, on_progress=lambda done, total: self._progress(2, done, total))
            for table in differing(db):
                self._tell(
                    Phrase(
                        "{table} is not what the log says; mend it with: odoo-poller projections rebuild",
                        table=table,
                    )
                )
        finally:
            db.execute("ROLLBACK")


__all__ = ["Proof"]
