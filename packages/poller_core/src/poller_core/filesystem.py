"""The place of the database made fit before SQLite opens it: a private file in a private directory on a safe disk.

Nothing here opens the database file: closing such a handle would drop SQLite's own POSIX locks on it
(sqlite.org/howtocorrupt.html, 2.2). Everything is judged by name, status and mount.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from poller_core.errors import BadInput, DatabaseUnusable, StorageFull
from poller_core.i18n import Phrase
from poller_core.mounts import Fit, Lossy, Mount, Unfit, current_mounts, judge, mount_of

PRIVATE_UMASK = 0o077
_OTHERS = 0o077
_COMPANIONS = ("", "-wal", "-shm", ".lock")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Where the database really lies, whether its file is still to be made, and what its owner should know."""

    path: Path
    is_new: bool
    warnings: tuple[str, ...]


def prepare(
    db_path: Path, *, create: bool = True, allow_unsafe: bool = False, mounts: tuple[Mount, ...] | None = None
) -> Prepared:
    """Make ``db_path`` ready to be opened for writing, and this process's new files private (umask 077).

    Symbolic links are followed once and for all; a missing directory is made (0700) where ``create``; files that
    others could read are repaired to 0600. Raise `BadInput` for a path that can't be a database's, `DatabaseUnusable`
    for one that this user, this disk or this filesystem can't serve. ``allow_unsafe`` turns the refusal of a
    filesystem into a warning.
    """
    os.umask(PRIVATE_UMASK)
    path = real_path(db_path)
    is_new = not _checked_file(path)
    if is_new and not create:
        raise BadInput(Phrase("there is no database at {path}", path=path), field="db")
    warnings = _checked_mount(path, allow_unsafe, current_mounts() if mounts is None else mounts)
    _checked_directory(path.parent, create=create)
    for companion in _COMPANIONS:
        _repaired(beside(path, companion))
    return Prepared(path, is_new, warnings)


def real_path(db_path: Path) -> Path:
    """The absolute path with every symbolic link followed, so that one file has one lock and one key."""
    try:
        return db_path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(
            Phrase("{path} is no usable path: {why}", path=db_path, why=error), field="db"
        ) from None


def beside(db_path: Path, suffix: str) -> Path:
    """The companion of a database file: ``poller.db`` and ``.key`` give ``poller.db.key``."""
    return db_path.with_name(db_path.name + suffix)


def make_private(path: Path) -> bool:
    """Take group's and others' rights away (0600). False where they have some and this user can't change it."""
    mode = path.stat().st_mode
    if not mode & _OTHERS:
        return True
    try:
        path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    except OSError:
        return False
    return not path.stat().st_mode & _OTHERS


def file_identity(path: Path) -> tuple[int, int] | None:
    """Device and inode: when they change, the file was replaced under an open connection. None where it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _checked_file(path: Path) -> bool:
    """Whether there is a file. Anything else by that name is refused, and so is a file with a second name."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _refused(path, error) from None
    if stat.S_ISDIR(status.st_mode):
        raise BadInput(
            Phrase(
                "{path} is a directory: name a file in it, such as {example}",
                path=path,
                example=path / "poller.db",
            ),
            field="db",
        )
    if not stat.S_ISREG(status.st_mode):
        raise BadInput(Phrase("{path} is not a regular file", path=path), field="db")
    if status.st_nlink > 1:
        raise DatabaseUnusable(
            Phrase(
                "{path} has a second name (a hard link), and two names would mean two write-ahead logs: remove one",
                path=path,
            )
        )
    if not os.access(path, os.R_OK | os.W_OK) and not _is_read_only(path):
        raise DatabaseUnusable(
            Phrase(
                "{path} can't be read and written by this user (uid {uid}): it belongs to uid {owner}",
                path=path,
                uid=os.geteuid(),
                owner=status.st_uid,
            )
        )
    return True


def _checked_directory(directory: Path, *, create: bool) -> None:
    if create:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(directory, error) from None
    if _is_read_only(directory):
        raise DatabaseUnusable(Phrase("{path} is mounted read-only: mount it writable", path=directory))
    if not os.access(directory, os.W_OK | os.X_OK):
        raise DatabaseUnusable(
            Phrase(
                "{path} isn't writable by this user (uid {uid}): the write-ahead log is made there",
                path=directory,
                uid=os.geteuid(),
            )
        )


def _is_read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _repaired(path: Path) -> None:
    try:
        private = make_private(path)
    except FileNotFoundError:
        return
    if not private:
        raise DatabaseUnusable(
            Phrase(
                "others can read {path}, and this user can't change that: chmod 600 it as its owner",
                path=path,
            )
        )


def _checked_mount(path: Path, allow_unsafe: bool, mounts: tuple[Mount, ...]) -> tuple[str, ...]:
    match judge(mount_of(path, mounts)):
        case Fit():
            return ()
        case Lossy(reason):
            return (reason,)
        case Unfit(reason) if allow_unsafe:
            return (
                Phrase(
                    "UNSAFE FILESYSTEM, used because POLLER_ALLOW_UNSAFE_FILESYSTEM is set: {reason}",
                    reason=reason,
                ),
            )
        case Unfit(reason):
            raise DatabaseUnusable(
                Phrase("{reason} (POLLER_ALLOW_UNSAFE_FILESYSTEM=1 overrides this)", reason=reason)
            )


def _refused(path: Path, error: OSError) -> BadInput | DatabaseUnusable | StorageFull:
    why = os.strerror(error.errno) if error.errno else str(error)
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return StorageFull(Phrase("{path} can't be made: {why}", path=path, why=why))
        case errno.ENOTDIR | errno.EEXIST | errno.ENAMETOOLONG | errno.ELOOP | errno.EINVAL:
            return BadInput(Phrase("{path} is no usable path: {why}", path=path, why=why), field="db")
        case _:
            return DatabaseUnusable(Phrase("{path} can't be used: {why}", path=path, why=why))


__all__ = ["PRIVATE_UMASK", "Prepared", "beside", "file_identity", "make_private", "prepare", "real_path"]
