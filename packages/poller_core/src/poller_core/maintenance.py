"""Looking after a database, as commands ask for it: with the settings' path, its lock where that is needed, and a report."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from poller_core.filesystem import prepare
from poller_core.lock import PollerLock
from poller_core.reports import (
    BackupReport,
    CheckReport,
    OnProgress,
    PruneReport,
    RebuildReport,
    RestoreReport,
)
from poller_core.settings import Settings
from poller_core.store import Store, wall_clock

PAUSE_SECONDS = 0.01


def rebuild(settings: Settings, on_progress: OnProgress | None = None) -> RebuildReport:
    """Fold the whole log again into the tables that people look at.

    Raises DatabaseHeld beside a running poller, DatabaseUnusable where an event can't be read; nothing is changed then.
    """
    from poller_core.store.maintenance.rebuild import rebuild as fold_again

    started = time.monotonic()
    prepare(settings.db_path, create=False, allow_unsafe=settings.allow_unsafe_filesystem)
    with PollerLock.acquire(settings.db_path):
        store = Store.open(settings.db_path, create=False, clock=wall_clock)
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


def prune(
    settings: Settings,
    *,
    delivered_days: int = 30,
    failed_days: int = 90,
    log_days: int = 30,
    events_days: int | None = None,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
) -> PruneReport:
    """Erase what is older than that, also beside a running poller.

    Bodies of orders delivered ``delivered_days`` ago; of orders that failed or were discarded ``failed_days`` ago, and
    Odoo's records of those rejected then; lines of ``sync_log``; with ``events_days`` the events themselves. The orders
    stay known, so that none is sent twice. Orders that failed are discarded with their bodies (unless they wait for
    their endpoint), which a running poller, pruning hourly by the same default days, never does. ``dry_run`` only counts.
    """
    from poller_core.store.maintenance.cutting import Cutting
    from poller_core.store.maintenance.pruning import Pruning, Retention

    started = time.monotonic()
    prepare(settings.db_path, create=False, allow_unsafe=settings.allow_unsafe_filesystem)
    retention = Retention(delivered_days=delivered_days, failed_days=failed_days, log_days=log_days)
    store = Store.open(settings.db_path, create=False, clock=wall_clock)
    try:
        pruning = Pruning(store.database, retention, wall_clock(), give_up=True)
        found, events = pruning.count(), 0
        if not dry_run:
            _step_by_step(pruning.step, found.payloads + found.polls, on_progress)
            found = pruning.pruned
        if events_days is not None:
            cutting = Cutting(store.database, events_days, wall_clock())
            events = cutting.count()
            if not dry_run:
                cutting.begin()
                _step_by_step(cutting.step, events, on_progress)
                events = cutting.events
    finally:
        store.close()
    return PruneReport(
        payloads=found.payloads,
        given_up=found.given_up,
        events=events,
        polls=found.polls,
        requests=found.requests,
        dry_run=dry_run,
        duration_ms=_since(started),
    )


def _step_by_step(step: Callable[[], bool], total: int, on_progress: OnProgress | None) -> None:
    """Short transactions with pauses, in which a running poller gets its turn."""
    done = 0
    while step():
        done = min(done + 500, total)
        if on_progress is not None and total:
            on_progress(done, total)
        time.sleep(PAUSE_SECONDS)


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


__all__ = ["backup", "check", "prune", "rebuild", "restore"]
