"""The file beside a database that holds the key of its secrets: made once, whole or not at all, readable by its owner only.

A copy of the database is worthless to a thief without it, and so is a backup to its owner: keep the two apart, keep both.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from poller_core.errors import KeyUnusable
from poller_core.filesystem import make_private
from poller_core.i18n import Phrase

_LIMIT = 65_536


def read_key_file(path: Path) -> str | None:
    """Its text, None where there is no such file. Raise `KeyUnusable` where it can't be read or kept private."""
    try:
        # A FIFO by that name must not hold the start up for ever.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise KeyUnusable(Phrase("{path} is not a regular file: the key must be one", path=path))
        if not make_private(path):
            raise KeyUnusable(
                Phrase(
                    "others can read {path}, and this user can't change that: chmod 600 it as its owner",
                    path=path,
                )
            )
        return os.read(handle, _LIMIT).decode("ascii", "replace")
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(handle)


def create_key_file(path: Path, text: str) -> str:
    """Write ``text`` to a new file (0600) and return it, or what is there where another process was faster.

    The file appears under its name whole and synced, by a link: a crash leaves no empty key behind, and two starts
    at once agree on one key.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_synced(draft, text.encode("ascii") + b"\n")
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
        _sync_directory(path.parent)
    except FileExistsError:
        return read_key_file(path) or ""
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise KeyUnusable(
            Phrase(
                "the key file {path} can't be made: {why} (POLLER_SECRET_KEY can hold the key instead)",
                path=path,
                why=why,
            )
        ) from None
    return text


def _write_synced(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unreadable(path: Path, error: OSError) -> KeyUnusable:
    why = os.strerror(error.errno) if error.errno else str(error)
    return KeyUnusable(Phrase("the key file {path} can't be read: {why}", path=path, why=why))


__all__ = ["create_key_file", "read_key_file"]
