"""The open store as the loops and commands use it: synchronous, one caller at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from poller_core.store.connections import Connections
from poller_core.store.database import Database, open_database, open_simulated
from poller_core.store.intake import Intake
from poller_core.store.outbox import Outbox
from poller_core.store.requests import Requests


def wall_clock() -> int:
    """Milliseconds since 1970 UTC, as this machine tells."""
    return time.time_ns() // 1_000_000


class Store:
    """An open database. Not for use by two threads at once."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.intake = Intake(database)
        self.outbox = Outbox(database)
        self.connections = Connections(database)
        self.requests = Requests(database)

    @classmethod
    def open(cls, path: Path, *, create: bool = True, clock: Callable[[], int] = wall_clock) -> Store:
        """Open, create or migrate the database at ``path``.

        Raises DatabaseUnusable for a damaged or foreign file or a newer schema, StorageFull for a full disk.
        """
        return cls(open_database(path, clock, create=create))

    @classmethod
    def simulated(cls, clock: Callable[[], int]) -> Store:
        """A store in memory."""
        return cls(open_simulated(clock))

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    def meta(self, key: str) -> object:
        """A value of the installation, None where it isn't there."""
        return self.database.meta(key)

    def set_meta(self, key: str, value: object) -> None:
        """Keep a value of the installation."""
        self.database.set_meta(key, value)

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self.database.close()


__all__ = ["Store", "wall_clock"]
