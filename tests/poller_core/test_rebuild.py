"""The projections folded again from the log."""

from __future__ import annotations

import sqlite3
import tracemalloc
from pathlib import Path

import pytest

from histories import Life, dump
from poller_core import app
from poller_core.errors import BadInput, DatabaseHeld, DatabaseUnusable
from poller_core.lock import PollerLock
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.store.schema import PROJECTIONS


def rebuilt(path: Path) -> tuple[str, ...]:
    return app.rebuild(Settings(db_path=path)).changed


@pytest.mark.parametrize("seed", range(12))
def test_a_rebuild_gives_the_very_tables_that_the_events_left(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=seed).go_on(400) as life:
        before = dump(life.store, PROJECTIONS)
    assert {len(rows) > 1 for rows in before.values()} == {True}
    assert rebuilt(path) == ()
    scramble(path)
    assert rebuilt(path) == ("endpoint", "connection", "outbox", "rejected", "tally", "hour")
    store = Store.open(path)
    assert dump(store, PROJECTIONS) == before
    assert store.database.rows("PRAGMA integrity_check") == [("ok",)]
    store.close()


def scramble(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("DELETE FROM outbox WHERE position % 3 = 0")
    db.execute("UPDATE outbox SET status = 1, tries = 9, last_error = 'made up' WHERE position % 7 = 0")
    db.execute("UPDATE endpoint SET health = '{}', last_error = 'made up'")
    db.execute("UPDATE connection SET name = 'made up ' || number, health = '{}'")
    db.execute("DELETE FROM rejected")
    db.execute("UPDATE tally SET sent = 77")
    db.execute("INSERT INTO hour VALUES (1, 1, 2, 3, 4)")
    db.commit()
    db.close()


def test_small_batches_give_the_same_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=99).go_on(300):
        pass
    for size, kept in ((1, 0), (3, 2), (7, 1000)):
        monkeypatch.setattr("poller_core.store.maintenance.fold.BATCH", size)
        monkeypatch.setattr("poller_core.store.maintenance.refolder.KEPT_ROWS", kept)
        assert rebuilt(path) == ()


def test_every_index_is_there_again_after_a_table_was_replaced(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=3).go_on(60) as life:
        schema = life.store.database.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")
    scramble(path)
    rebuilt(path)
    store = Store.open(path)
    assert store.database.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name") == schema
    store.close()


def test_progress_ends_with_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=3).go_on(30):
        pass
    monkeypatch.setattr("poller_core.store.maintenance.fold.BATCH", 10)
    told: list[tuple[int, int]] = []
    report = app.rebuild(Settings(db_path=path), lambda done, total: told.append((done, total)))
    assert told[0] == (10, report.events)
    assert told[-1] == (report.events, report.events)


def test_an_empty_log_is_rebuilt_too(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    Store.open(path).close()
    assert app.rebuild(Settings(db_path=path)).events == 0


def test_a_log_with_an_event_that_nobody_knows_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=3).go_on(30) as life:
        before = dump(life.store, PROJECTIONS)
        (position,) = life.store.database.rows(
            "SELECT max(position) FROM events WHERE type = 'PayloadBuilt'"
        )[0]
        life.store.database.db.execute(
            "UPDATE events SET data = replace(data, 'PayloadBuilt', 'PayloadTeleported') WHERE position = ?",
            (position,),
        )
    with pytest.raises(DatabaseUnusable, match=f"event {position} can't be read"):
        rebuilt(path)
    store = Store.open(path)
    assert dump(store, PROJECTIONS) == before
    store.close()


def test_a_rebuild_needs_the_database_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    Store.open(path).close()
    with PollerLock.acquire(path), pytest.raises(DatabaseHeld):
        rebuilt(path)


def test_a_rebuild_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no database"):
        rebuilt(tmp_path / "poller.db")
    assert list(tmp_path.iterdir()) == []


def test_memory_stays_flat_however_long_the_log_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poller_core.store.maintenance.refolder.KEPT_ROWS", 500)
    path = tmp_path / "poller.db"
    peaks = []
    with Life(path, seed=5) as life:
        life.add()
        for _ in range(2):
            for _ in range(60):
                life.capture(100)
                life.deliver()
            tracemalloc.start()
            app.rebuild(Settings(db_path=path))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 1_000_000
