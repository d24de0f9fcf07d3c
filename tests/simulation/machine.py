"""The poller's machine: a real database file on a memory disk, which outlives the process, fills up, and is copied and put back.

Every store call of the poller passes through here, so that a process can die between any two of them, or right behind a
commit. People's commands open the file for themselves, as they do in life, and the poller has to notice.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

from poller_core.commands import Commands
from poller_core.errors import StorageFull
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.store import database as store_database
from poller_core.vault import Vault, new_key
from simulation.failure import Violation

BUSY = 3000
"""Store calls at one moment of virtual time: more is a loop that turns in circles."""
NO_LIMIT = 1_073_741_823
_BLANK: list[bytes] = []


class Died(BaseException):
    """The process is gone at this very step."""


class Disk(store_database.Database):
    """The writer's database of one process life: it can be full, and the process can die behind a commit."""

    machine: Machine

    @contextmanager
    def transaction(self) -> Iterator[store_database.Transaction]:
        """A transaction, after which the process may be gone."""
        if self.machine.refusing:
            raise StorageFull("the disk refuses")
        with super().transaction() as tx:
            yield tx
        self.machine.step()


class Machine:
    """A disk and what runs on it."""

    def __init__(self, clock: Callable[[], int], now: Callable[[], float]) -> None:
        """``clock`` is the machine's wall clock (ms), ``now`` virtual seconds."""
        self._folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        self.path = self._folder / "poller.db"
        self.clock = clock
        self._now = now
        self.refusing = False
        self.full = False
        self.steps_to_death = 0
        self.steps = 0
        self._moment, self._at_once = -1.0, Counter[str]()
        self._disk: Disk | None = None
        self.vault = Vault([new_key()], "simulation")
        # Chosen, since they stand in every payload: how well it packs decides when a disk that fills up is full.
        self._ids = Random(0)
        self._settings = Settings.from_environment({})
        self._create()
        self._eye = sqlite3.connect(self.path, isolation_level=None)

    def _create(self) -> None:
        """An empty database: made once a process, copied for each world."""
        if not _BLANK:
            Store.open(self.path).close()
            _BLANK.append(self.path.read_bytes())
        self.path.write_bytes(_BLANK[0])

    def boot(self, clock: Callable[[], int]) -> Store:
        """Open the store for a new process."""
        opened = store_database.open_database(self.path, clock)
        disk = Disk(opened.db, opened.path, clock)
        disk.machine = self
        disk.db.execute("PRAGMA synchronous=OFF")
        self._disk = disk
        self.fill(self.full)
        return Store(disk)

    def shut(self) -> None:
        """The process is gone, whatever it was doing: what was not committed is lost."""
        if self._disk is not None:
            self._disk.db.close()
            self._disk = None
        self.steps_to_death = 0

    @contextmanager
    def people(self) -> Iterator[Commands]:
        """A person's command, in a process of its own."""
        store = Store.open(self.path, clock=self.clock)
        store.database.db.execute("PRAGMA synchronous=OFF")
        try:
            yield Commands(store, self.vault, self._settings, by="person", new_id=self._new_id)
        finally:
            store.database.db.close()

    def _new_id(self) -> str:
        return self._ids.randbytes(8).hex()

    # What befalls it

    def step(self) -> None:
        """One more step of the process; it may be its last."""
        self.steps += 1
        if self.steps_to_death:
            self.steps_to_death -= 1
            if not self.steps_to_death:
                raise Died

    def fill(self, full: bool) -> None:
        """From now on there is no room for one page more, or there is again."""
        self.full = full
        if self._disk is not None:
            pages = self._disk.db.execute("PRAGMA page_count").fetchone()[0] if full else NO_LIMIT
            self._disk.db.execute(f"PRAGMA max_page_count={pages}")

    def not_busy(self, name: str) -> None:
        """Nobody turns in circles: at one moment of virtual time there is only so much to do."""
        if self._now() != self._moment:
            self._moment, self._at_once = self._now(), Counter()
        self._at_once[name] += 1
        if self._at_once[name] > BUSY:
            raise Violation(f"busy at one moment: {self._at_once.most_common(4)}")

    def backup(self) -> bytes:
        """A copy of the database as it is now."""
        copy = sqlite3.connect(":memory:")
        self._eye.backup(copy)
        image: bytes = copy.serialize()
        copy.close()
        return image

    def restore(self, image: bytes) -> None:
        """Put a copy back, with nothing running."""
        self._eye.close()
        for old in self._folder.iterdir():
            old.unlink()
        self.path.write_bytes(image)
        self._eye = sqlite3.connect(self.path, isolation_level=None)
        self._eye.execute("PRAGMA journal_mode=WAL")

    # Looking

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Look at what is committed."""
        return self._eye.execute(statement, values).fetchall()

    @property
    def eye(self) -> sqlite3.Connection:
        """The connection that only looks."""
        return self._eye

    def scrap(self) -> None:
        """Throw the machine away."""
        self.shut()
        self._eye.close()
        rmtree(self._folder, ignore_errors=True)


__all__ = ["Died", "Disk", "Machine"]
