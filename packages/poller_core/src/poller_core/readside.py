"""The read side: the one set of queries that the command line and the screens use.

Read-only, and no transaction outlives the call that fetched. Importing it costs no network or crypto library.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from poller_core.lock import current_holder
from poller_core.model import (
    Activity,
    ConnectionStatus,
    EndpointStatus,
    Hour,
    LoggedEvent,
    OrderDetail,
    OrderRow,
    OutboxTotals,
    PollerStatus,
    RetryRow,
    Status,
    SyncLogRow,
)
from poller_core.store import profile
from poller_core.store.queries import connections, events, orders


class ReadSide:
    """Short reads of one database. Times in and out are milliseconds since 1970 UTC. For one thread at a time."""

    def __init__(self, db: profile.Reader, path: Path) -> None:
        self._db = db
        self._path = path

    @classmethod
    def open(cls, path: Path) -> ReadSide:
        """Open for reading. Raises DatabaseUnusable for what is not there, damaged, foreign or newer."""
        profile.require_database(path)
        with profile.translated(path):
            db = profile.connect_reader(path)
            profile.check_readable(db, path)
        return cls(db, path)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def data_version(self) -> int:
        """A number that changes whenever anybody else has committed."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    # Connections

    def poller(self) -> PollerStatus:
        """Whether a poller holds the database: the lock tells, the heartbeat adds since when."""
        holder = current_holder(self._path)
        with profile.translated(self._path):
            pid, started_at, beat_at, version = connections.heartbeat(self._db)
        if holder is None:
            return PollerStatus(running=False, heartbeat_at=beat_at)
        same = holder.pid == pid
        return PollerStatus(
            running=True,
            pid=holder.pid,
            started_at=started_at if same else 0,
            heartbeat_at=beat_at if same else 0,
            version=version if same else "",
        )

    def totals(self, day_start: int) -> OutboxTotals:
        """Counts over all connections; ``day_start`` is the local midnight."""
        with profile.translated(self._path):
            return connections.totals(self._db, day_start)

    def connections(self, day_start: int) -> list[ConnectionStatus]:
        """Every connection, by name."""
        with profile.translated(self._path):
            return connections.all_connections(self._db, day_start)

    def connection(self, name_or_id: str, day_start: int = 0) -> ConnectionStatus:
        """One connection by id or name. Raises NotFound with near names."""
        with profile.translated(self._path):
            return connections.one_connection(self._db, name_or_id, day_start)

    def names(self) -> list[str]:
        """All names, sorted."""
        with profile.translated(self._path):
            return connections.names(self._db)

    def endpoints(self) -> list[EndpointStatus]:
        """Every webhook URL in use."""
        with profile.translated(self._path):
            return connections.endpoints(self._db)

    def hours(self, since: int, connection_id: str | None = None) -> list[Hour]:
        """Counts by hour since then; hours in which nothing happened are missing."""
        with profile.translated(self._path):
            return connections.hours(self._db, since, self._number(connection_id))

    # The log

    def activity(self, limit: int = 50) -> list[Activity]:
        """What happened last, newest first."""
        with profile.translated(self._path):
            return events.activity(self._db, limit)

    def events(
        self,
        after: int | None = None,
        before: int | None = None,
        limit: int = 100,
        connection_id: str | None = None,
        type: str | None = None,  # noqa: A002  # the event's own word
    ) -> list[LoggedEvent]:
        """Oldest first behind position ``after``; else newest first, before position ``before``."""
        with profile.translated(self._path):
            return events.events(self._db, after, before, limit, self._number(connection_id), type)

    def sync_log(
        self,
        connection_id: str | None = None,
        *,
        limit: int = 100,
        before_id: int | None = None,
        after_id: int | None = None,
        errors_only: bool = False,
    ) -> list[SyncLogRow]:
        """Cycles, newest first; behind ``after_id`` oldest first."""
        with profile.translated(self._path):
            number = self._number(connection_id)
            return events.sync_log(self._db, number, limit, before_id, after_id, errors_only=errors_only)

    # Orders

    def retries(
        self,
        connection_id: str | None = None,
        status: Sequence[Status] | None = None,
        since: int | None = None,
        limit: int = 200,
        after: int | None = None,
    ) -> list[RetryRow]:
        """Rows of the retry queue, newest first, those behind row ``after``."""
        with profile.translated(self._path):
            return orders.retries(self._db, self._number(connection_id), status, since, limit, after)

    def count_retries(
        self,
        connection_id: str | None = None,
        status: Sequence[Status] | None = None,
        since: int | None = None,
    ) -> int:
        """How many rows that would be."""
        with profile.translated(self._path):
            return orders.count_retries(self._db, self._number(connection_id), status, since)

    def orders(
        self,
        query: str | None = None,
        connection_id: str | None = None,
        status: Status | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> list[OrderRow]:
        """Orders, newest first; ``query`` begins a number, external id or customer's reference, or is an id."""
        with profile.translated(self._path):
            return orders.orders(self._db, query, self._number(connection_id), status, limit, before)

    def order(self, name: str, connection_id: str | None = None) -> OrderDetail:
        """One order's whole life, by external id, number or Odoo id. Raises NotFound, BadInput where ambiguous."""
        with profile.translated(self._path):
            return orders.order(self._db, name, self._number(connection_id))

    def _number(self, name_or_id: str | None) -> int | None:
        return None if name_or_id is None else connections.number_of(self._db, name_or_id)


__all__ = ["ReadSide"]
