"""Looking after a database, as commands ask for it: with the settings' path, its lock where that is needed, and a report."""

from __future__ import annotations

import time

from poller_core.filesystem import prepare
from poller_core.lock import PollerLock
from poller_core.reports import CheckReport, OnProgress, RebuildReport
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


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


__all__ = ["check", "rebuild"]
