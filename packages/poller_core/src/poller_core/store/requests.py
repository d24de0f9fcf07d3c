"""What other commands ask of the running poller through the database, and the poller's sign of life."""

from __future__ import annotations

import msgspec

from poller_core.store.database import Database

KEEP_MS = 3_600_000


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do now. ``kind``: poll, deliver or reconcile. ``arguments`` is JSON."""

    id: int
    kind: str
    arguments: str


class Requests:
    """A small queue beside the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, kind: str, arguments: str) -> int:
        """Leave a request; returns its id."""
        with self._database.transaction() as tx:
            tx.db.execute("DELETE FROM request WHERE asked_at < ?", (tx.now - KEEP_MS,))
            found = tx.db.execute(
                "INSERT INTO request (kind, arguments, asked_at) VALUES (?, ?, ?)", (kind, arguments, tx.now)
            )
            return int(found.lastrowid or 0)

    def take(self) -> list[Request]:
        """The requests that nobody has taken yet, oldest first; they are this poller's from now on."""
        if not self._database.rows("SELECT 1 FROM request WHERE taken_at = 0 LIMIT 1"):
            return []
        with self._database.transaction() as tx:
            rows = tx.db.execute(
                "UPDATE request SET taken_at = ? WHERE taken_at = 0 RETURNING id, kind, arguments", (tx.now,)
            ).fetchall()
        return sorted(
            (Request(id=r[0], kind=r[1], arguments=r[2]) for r in rows), key=lambda request: request.id
        )

    def finish(self, request: int, result: str) -> None:
        """Leave the result (JSON) for whoever asked."""
        with self._database.transaction() as tx:
            tx.db.execute(
                "UPDATE request SET done_at = ?, result = ? WHERE id = ?", (tx.now, result, request)
            )

    def result(self, request: int) -> str | None:
        """The result once it is there."""
        rows = self._database.rows("SELECT result FROM request WHERE id = ? AND done_at > 0", (request,))
        return str(rows[0][0]) if rows else None

    def withdraw(self, request: int) -> bool:
        """Take a request back, unless its result is there."""
        with self._database.transaction() as tx:
            found = tx.db.execute("DELETE FROM request WHERE id = ? AND done_at = 0", (request,))
            return found.rowcount > 0

    def taken(self, request: int) -> bool:
        """Whether a poller has seen it."""
        return bool(self._database.rows("SELECT 1 FROM request WHERE id = ? AND taken_at > 0", (request,)))

    def beat(self, pid: int, started_at: int, version: str) -> None:
        """The running poller's sign of life."""
        with self._database.transaction() as tx:
            tx.db.execute(
                "INSERT OR REPLACE INTO heartbeat VALUES (1, ?, ?, ?, ?)", (pid, started_at, tx.now, version)
            )

    def data_version(self) -> int:
        """Changes when another process has committed."""
        return int(str(self._database.rows("PRAGMA data_version")[0][0]))


__all__ = ["Request", "Requests"]
