"""Looking after a database, as commands ask for it: with the settings' path, its lock where that is needed, and a report."""

from __future__ import annotations

import time

from poller_core.filesystem import prepare
from poller_core.lock import PollerLock
from poller_core.reports import OnProgress, RebuildReport
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


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


__all__ = ["rebuild"]
