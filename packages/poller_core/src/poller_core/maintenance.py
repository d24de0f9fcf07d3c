"""Looking after a database, as commands ask for it: with the settings' path, its lock where that is needed, and a report."""

from __future__ import annotations

import time
from pathlib import Path

from poller_core.filesystem import prepare
from poller_core.lock import PollerLock
from poller_core.reports import BackupReport, CheckReport, OnProgress, RebuildReport, RestoreReport
from poller_core.settings import Settings
from poller_core.store import Store


def rebuild(settings: Settings, on_progress: OnProgress | None = None) -> RebuildReport:
    """Fold the whole log again into the tables that people look at.

    Raises DatabaseHeld beside a running poller, DatabaseUnusable where an event can't be read; nothing is changed then.
    """
    from poller_core.store.maintenance.rebuild import rebuild as fold_again

    started = time.monotonic()
    prepare(settings.db_path, create=False, allow_unsafe=settings.allow_unsafe_filesystem)
    with PollerLock.acquire(settings.db_path):
        store = Store.open(settings.db_path, create=False)
        try:
            with store.database.guarded() as db:
                events, changed = fold_again(db, on_progress)
        finally:
            store.close()
    return RebuildReport(events=events, changed=changed, duration_ms=_since(started))


def check(settings: Settings, on_progress: OnProgress | None = None) -> CheckReport:
    """Read the whole database and prove that it is sound, also beside a running poller.

    Raises DatabaseUnusable where there is no database of ours at all; what is damaged inside is in the report.
    """
    from poller_core.store.maintenance.proof import Proof

    started = time.monotonic()
    prepare(settings.db_path, create=False, allow_unsafe=settings.allow_unsafe_filesystem)
    proof = Proof(settings.db_path, on_progress)
    proof.run()
    return CheckReport(
        ok=not proof.problems,
        problems=tuple(proof.problems),
        events=proof.events,
        bodies=proof.bodies,
        erased=proof.erased,
        bytes=proof.bytes,
        duration_ms=_since(started),
    )


def backup(
    settings: Settings, target: Path, *, overwrite: bool = False, on_progress: OnProgress | None = None
) -> BackupReport:
    """Copy the database to ``target``, whole and checked, also beside a running poller; for its owner alone (0600).

    It holds the secrets as they are in the database, locked, and never their key. Raises BadInput for a target that
    is there already (unless ``overwrite``) or can't be one, DatabaseUnusable for a damaged database, StorageFull.
    """
    from poller_core.store.maintenance.backups import make_backup

    started = time.monotonic()
    prepare(settings.db_path, create=False, allow_unsafe=settings.allow_unsafe_filesystem)
    path, size, events = make_backup(settings.db_path, target, overwrite=overwrite, on_progress=on_progress)
    return BackupReport(path=str(path), bytes=size, events=events, duration_ms=_since(started))


def restore(settings: Settings, source: Path, *, on_progress: OnProgress | None = None) -> RestoreReport:
    """Put a backup in the place of the database, which is kept under another name.

    Nothing is lost: what was captured since the backup is read from Odoo again. What was delivered since then is delivered
    once more, with the same ``webhook-id``. Raises DatabaseHeld beside a running poller, BadInput and DatabaseUnusable for
    what is no sound backup; nothing is changed then.
    """
    from poller_core.store import wall_clock
    from poller_core.store.maintenance.restoring import restore_from

    started = time.monotonic()
    path = prepare(settings.db_path, allow_unsafe=settings.allow_unsafe_filesystem).path
    with PollerLock.acquire(path):
        restored = restore_from(source, path, wall_clock, on_progress)
    return RestoreReport(
        path=str(path),
        kept=str(restored.kept or ""),
        events=restored.events,
        last_event_at=restored.last_event_at,
        duration_ms=_since(started),
    )


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


__all__ = ["backup", "check", "rebuild", "restore"]
