"""``db backup``: a copy that was checked before it got its name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from poller_core.errors import BadInput, DatabaseUnusable, PollerError, StorageFull
from poller_core.filesystem import beside, real_path
from poller_core.i18n import Phrase
from poller_core.reports import OnProgress
from poller_core.store import profile
from poller_core.store.copying import arriving, vacuum_into
from poller_core.store.maintenance.proof import Proof

_OURS = ("", "-wal", "-shm", "-journal", ".lock", ".key")


def make_backup(
    source: Path, target: Path, *, overwrite: bool, on_progress: OnProgress | None
) -> tuple[Path, int, int]:
    """Copy ``source`` to ``target``, beside whoever uses it. Returns the real target, its bytes and its events.

    Raises BadInput for a target that can't be one, DatabaseUnusable where the source is damaged, StorageFull.
    """
    target = _checked_target(source, target, overwrite)
    try:
        with arriving(target) as part:
            _copy(source, part, on_progress)
            proof = _proven(source, part, on_progress)
            if overwrite:
                # What belonged to the file that is being replaced would be taken for the new one's.
                for companion in ("-wal", "-shm", "-journal"):
                    beside(target, companion).unlink(missing_ok=True)
    except OSError as error:
        raise refused(target, error) from None
    return target, target.stat().st_size, proof.events


def _checked_target(source: Path, target: Path, overwrite: bool) -> Path:
    target = real_path(target)
    if target in {beside(real_path(source), companion) for companion in _OURS}:
        raise BadInput(
            Phrase("{path} is a file of the database itself: name another", path=target), field="target"
        )
    if not target.parent.is_dir():
        raise BadInput(Phrase("there is no directory {path}", path=target.parent), field="target")
    if target.exists() and not (overwrite and target.is_file()):
        raise BadInput(Phrase("{path} is there already: name another file", path=target), field="target")
    return target


def _copy(source: Path, part: Path, on_progress: OnProgress | None) -> None:
    with profile.translated(source):
        db = profile.connect_reader(source)
        profile.check_readable(db, source)
        try:
            # The copy is another file; this one is open for reading only.
            db.execute("PRAGMA query_only=OFF")
            (size,) = db.execute(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
            ).fetchone()
            vacuum_into(db, part, lambda done: tell(on_progress, min(done, size), 2 * size))
        finally:
            db.close()


def _proven(source: Path, part: Path, on_progress: OnProgress | None) -> Proof:
    proof = Proof(part, second_half(part.stat().st_size, on_progress))
    proof.run(fold=False)
    if proof.problems:
        raise DatabaseUnusable(
            Phrase(
                "{path} is damaged, so no backup was made: {problem}; see: odoo-poller db check",
                path=source,
                problem=proof.problems[0],
            )
        )
    return proof


def second_half(size: int, on_progress: OnProgress | None) -> OnProgress:
    """What a check tells, as the second half of a work on ``size`` bytes whose first half was to copy them."""
    return lambda done, total: tell(on_progress, size + size * done // max(total, 1), 2 * size)


def tell(on_progress: OnProgress | None, done: int, total: int) -> None:
    """Tell how much of how much is done, where somebody wants to know."""
    if on_progress is not None:
        on_progress(done, total)


def refused(path: Path, error: OSError) -> PollerError:
    """The core's error for a file that the system doesn't let us make or read."""
    why = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(Phrase("{path} can't be written: {why}", path=path, why=why))
    return BadInput(Phrase("{path} can't be used: {why}", path=path, why=why), field="path")


__all__ = ["make_backup", "refused", "second_half", "tell"]
