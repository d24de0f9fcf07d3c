"""The schema's upgrade: a copy before it, all of it or nothing, and never backwards."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from histories import Life, dump
from poller_core import app
from poller_core.errors import DatabaseUnusable
from poller_core.readside import ReadSide
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.store.schema import PROJECTIONS

PLANTED = """
import os, sys
from pathlib import Path
from poller_core.store import copying, database, profile, schema

def planted():
    steps = schema_migrations()
    @steps(name="0002_planted")
    def second(db):
        db.execute("ALTER TABLE connection ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'")
        db.execute("UPDATE connection SET colour = 'green'")
        db.execute("CREATE TABLE planted (a INTEGER) STRICT")
        db.execute("INSERT INTO planted VALUES (1), (2)")
        db.execute("PRAGMA user_version = 2")
    return steps

schema_migrations = schema.migrations
database.migrations = planted
database.SCHEMA_VERSION = profile.SCHEMA_VERSION = 2
end_at, seen = int(sys.argv[2]), [0]
connect = profile.connect_writer

def counted(path, **more):
    db = connect(path, **more)
    def trace(statement):
        seen[0] += 1
        if seen[0] == end_at:
            os._exit(9)
    db.set_trace_callback(trace)
    return db

profile.connect_writer = counted
database.open_database(Path(sys.argv[1]), lambda: 1).close()
print(seen[0])
"""


def upgrade(path: Path, end_at: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PLANTED, str(path), str(end_at)], capture_output=True, text=True, check=False
    )


def version(path: Path) -> int:
    db = sqlite3.connect(path)
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    db.close()
    return found


@pytest.mark.slow
@pytest.mark.slow
def test_an_upgrade_killed_at_any_statement_is_done_whole_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1).go_on(10) as life:
        before = dump(life.store, ("events", "bodies", "archive"))
    whole, statements, end_at = path.read_bytes(), 0, 0
    while True:
        end_at += 1
        for leftover in tmp_path.glob("*poller.db*"):
            leftover.unlink()
        path.write_bytes(whole)
        done = upgrade(path, end_at)
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
        statements += 1
        db = sqlite3.connect(path)
        columns = {row[1] for row in db.execute("PRAGMA table_info(connection)")}
        state = ("colour" in columns, db.execute("PRAGMA user_version").fetchone()[0])
        assert state in ((False, 1), (True, 2)), f"half an upgrade after statement {end_at}"
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.close()
        again = upgrade(path)
        assert again.returncode == 0, again.stderr
        assert version(path) == 2
        copy = tmp_path / "poller.db.before-2"
        assert version(copy) == 1
        assert copy.stat().st_mode & 0o777 == 0o600
        assert app.check(Settings(db_path=copy)).ok
        db = sqlite3.connect(path)
        assert sorted(db.execute("SELECT * FROM events").fetchall(), key=repr) == before["events"]
        assert db.execute("SELECT a FROM planted").fetchall() == [(1,), (2,)]
        db.close()
    assert statements > 15


def test_a_database_from_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1).go_on(5):
        pass
    assert upgrade(path).returncode == 0
    newer, there = path.read_bytes(), {entry.name for entry in tmp_path.iterdir()}
    for attempt in (Store.open, ReadSide.open):
        with pytest.raises(DatabaseUnusable, match=r"newer odoo-poller \(schema 2, this one knows 1\)"):
            attempt(path)
    assert path.read_bytes() == newer
    assert {entry.name for entry in tmp_path.iterdir()} - {"poller.db-wal", "poller.db-shm"} == there


def test_an_older_version_goes_on_with_the_copy_from_before_the_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1).go_on(20) as life:
        before = dump(life.store, PROJECTIONS)
    assert upgrade(path).returncode == 0
    app.restore(Settings(db_path=path), tmp_path / "poller.db.before-2")
    store = Store.open(path)
    assert dump(store, PROJECTIONS) == before
    store.close()


def test_an_upgrade_without_room_for_the_copy_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1).go_on(40):
        pass
    before = path.read_bytes()
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 40; exec "$0" -c "$1" "$2" 0', sys.executable, PLANTED, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "StorageFull" in done.stderr
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if "before" in entry.name] == []
    assert upgrade(path).returncode == 0
