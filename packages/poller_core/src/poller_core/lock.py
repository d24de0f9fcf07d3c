"""One poller per database: an advisory lock (flock) on ``<db>.lock``, held for as long as the process lives.

The kernel releases it whatever ends the process, so nothing is ever stale; the file itself stays, since deleting
it would let two processes lock two files of one name. It says who holds the lock and since when. A lock doesn't
reach another machine: that is what the refusal of network filesystems is for.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from poller_core.errors import DatabaseHeld, DatabaseUnusable, StorageFull
from poller_core.filesystem import beside, make_private, real_path
from poller_core.i18n import Phrase

# `holder` takes the lock, shared, for some microseconds: a poller that starts just then must not give up.
_TRIES = 20
_PAUSE_SECONDS = 0.01
_RECORD = 64


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: process id and start in milliseconds since 1970 UTC, 0 where the file doesn't say."""

    pid: int
    started_at: int


class PollerLock:
    """The lock while it is held; `release` or the end of the process gives it back."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def acquire(cls, db_path: Path) -> Self:
        """Take the lock or raise `DatabaseHeld` (which names the holder's pid) within about 0.2 s.

        The directory must be there. The database file is not touched.
        """
        path = beside(real_path(db_path), ".lock")
        found = Holder(0, 0)
        for remaining in reversed(range(_TRIES)):
            handle = _opened(path)
            try:
                if _locked(handle, fcntl.LOCK_EX, path) and _is_the_file(handle, path):
                    _sign(handle, path)
                    return cls(path, handle)
                found = _record(handle)
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)
            if remaining:
                time.sleep(_PAUSE_SECONDS)
        raise _held(path, found)

    @property
    def intact(self) -> bool:
        """Whether the lock file is still the one that is locked: somebody may have deleted or replaced it."""
        return self._handle >= 0 and _is_the_file(self._handle, self._path)

    def release(self) -> None:
        """Give the lock back. More than once is fine."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def current_holder(db_path: Path) -> Holder | None:
    """Who holds the database's lock, None where nobody does. Takes nothing that outlasts the call."""
    path = beside(real_path(db_path), ".lock")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _locked(handle, fcntl.LOCK_SH, path) else _record(handle)
    finally:
        os.close(handle)


def holder(db_path: Path) -> int | None:
    """The holder's process id (0 where it isn't known), None where nobody holds the lock."""
    found = current_holder(db_path)
    return None if found is None else found.pid


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(path, error) from None


def _locked(handle: int, kind: int, path: Path) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise _unusable(path, error) from None
    return True


def _sign(handle: int, path: Path) -> None:
    """Write one record of one size at once: a reader sees the old holder or the new one, never a mixture."""
    try:
        make_private(path)
        os.pwrite(
            handle, f"{os.getpid()} {time.time_ns() // 1_000_000}".ljust(_RECORD - 1).encode() + b"\n", 0
        )
    except OSError as error:
        raise _unusable(path, error) from None


def _is_the_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _record(handle: int) -> Holder:
    pid, _, started = os.pread(handle, _RECORD, 0).decode("ascii", "replace").strip().partition(" ")
    return Holder(int(pid) if pid.isdecimal() else 0, int(started) if started.isdecimal() else 0)


def _held(path: Path, found: Holder) -> DatabaseHeld:
    database = str(path).removesuffix(".lock")
    if found.pid:
        return DatabaseHeld(
            Phrase(
                "another poller (process {pid}) holds {path}: stop it first", pid=found.pid, path=database
            ),
            pid=found.pid,
        )
    return DatabaseHeld(Phrase("another poller holds {path}: stop it first", path=database))


def _unusable(path: Path, error: OSError) -> DatabaseUnusable | StorageFull:
    why = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(Phrase("{path} can't be written: {why}", path=path, why=why))
    return DatabaseUnusable(Phrase("{path} can't be locked: {why}", path=path, why=why))


__all__ = ["Holder", "PollerLock", "current_holder", "holder"]
