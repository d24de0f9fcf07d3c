"""Backups: whole, private, checked before they get their name; and put back only where they are ours and sound."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from histories import Life
from poller_core import app
from poller_core.errors import BadInput, DatabaseHeld, DatabaseUnusable, StorageFull
from poller_core.lock import PollerLock
from poller_core.settings import Settings
from poller_core.store import Store

Tamper = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a database that was used."""
    place = tmp_path_factory.mktemp("lived")
    with Life(place / "poller.db", seed=21).go_on(80):
        app.backup(Settings(db_path=place / "poller.db"), place / "backup.db")
    return place / "backup.db"


@pytest.fixture
def source(lived: Path, tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return Path(shutil.copy(lived, tmp_path / "backups" / "backup.db"))


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    tables = {name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr) for name in names}
    db.close()
    return tables


def files(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()}


# Backup


def test_a_backup_is_the_whole_database_checked_and_private(tmp_path: Path) -> None:
    path, target = tmp_path / "poller.db", tmp_path / "copies" / "backup.db"
    target.parent.mkdir()
    with Life(path, seed=1).go_on(60):
        report = app.backup(Settings(db_path=path), target)
        assert content(target) == content(path)
    assert files(target.parent) == {"backup.db"}
    assert target.stat().st_mode & 0o777 == 0o600
    assert (report.path, report.bytes) == (str(target), target.stat().st_size)
    assert report.events == len(content(path)["events"])
    assert app.check(Settings(db_path=target)).ok


def test_what_was_deleted_is_not_in_the_backup(tmp_path: Path) -> None:
    path, target = tmp_path / "poller.db", tmp_path / "backup.db"
    with Life(path, seed=1) as life:
        life.store.set_meta("note", "UNFORGETTABLE")
        life.store.database.db.execute("PRAGMA secure_delete=OFF")
        life.store.database.db.execute("DELETE FROM meta WHERE key = 'note'")
        app.backup(Settings(db_path=path), target)
    assert b"UNFORGETTABLE" not in target.read_bytes()


def test_a_backup_holds_locked_secrets_and_never_the_key(tmp_path: Path) -> None:
    from odoo_rpc.secret import Secret
    from poller_core.commands import ConnectionDraft, open_commands

    settings = Settings(db_path=tmp_path / "poller.db")
    with open_commands(settings, by="test") as commands:
        commands.add(
            ConnectionDraft(
                name="Tienda", odoo_url="https://shop.example", odoo_db="shop", odoo_username="poller",
                api_key=Secret("PLAIN-API-KEY"), store_id="s", client_id="c", webhook_url="https://hook.example",
            )
        )  # fmt: skip
    app.backup(settings, tmp_path / "backup.db")
    copied = (tmp_path / "backup.db").read_bytes()
    assert b"Tienda" in copied
    assert b"PLAIN-API-KEY" not in copied
    assert settings.key_path.read_bytes().strip() not in copied


def test_a_backup_made_while_others_write_is_of_one_moment(tmp_path: Path) -> None:
    path, target = tmp_path / "poller.db", tmp_path / "backup.db"
    with Life(path, seed=1).go_on(60) as life:
        told: list[tuple[int, int]] = []

        def meanwhile(done: int, total: int) -> None:
            told.append((done, total))
            if len(told) == 1:
                life.capture(10)

        report = app.backup(Settings(db_path=path), target, on_progress=meanwhile)
        assert report.events < len(content(path)["events"])
    assert app.check(Settings(db_path=target)).ok
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path, target = tmp_path / "poller.db", tmp_path / "backup.db"
    with Life(path, seed=1).go_on(10):
        pass
    target.write_text("precious")
    (tmp_path / "backup.db-wal").write_text("of the precious one")
    with pytest.raises(BadInput, match="is there already"):
        app.backup(Settings(db_path=path), target)
    assert target.read_text() == "precious"
    app.backup(Settings(db_path=path), target, overwrite=True)
    assert app.check(Settings(db_path=target)).ok
    assert not (tmp_path / "backup.db-wal").exists() or (tmp_path / "backup.db-wal").stat().st_size == 0


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", ".lock", ".key"])
def test_a_backup_never_takes_the_place_of_the_database_s_own_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1).go_on(5):
        pass
    with pytest.raises(BadInput, match="a file of the database itself"):
        app.backup(Settings(db_path=path), tmp_path / f"poller.db{suffix}", overwrite=True)


def test_a_backup_needs_a_directory_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1).go_on(5):
        pass
    with pytest.raises(BadInput, match="no directory"):
        app.backup(Settings(db_path=path), tmp_path / "nowhere" / "backup.db")
    with pytest.raises(BadInput, match="is there already"):
        app.backup(Settings(db_path=path), tmp_path, overwrite=True)


def test_no_backup_is_made_of_a_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1).go_on(30) as life:
        life.store.database.db.execute("UPDATE events SET at = at + 1 WHERE position = 9")
    with pytest.raises(DatabaseUnusable, match="so no backup was made: event 9 was altered"):
        app.backup(Settings(db_path=path), tmp_path / "backup.db")
    assert not [name for name in files(tmp_path) if "backup" in name]


@contextmanager
def small_files_only(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_room_leaves_no_half_backup(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1).go_on(60):
        pass
    with small_files_only(40_000), pytest.raises(StorageFull):
        app.backup(Settings(db_path=path), tmp_path / "backup.db")
    assert not [name for name in files(tmp_path) if "backup" in name]


# Restore


def test_a_restore_brings_the_backup_back_and_keeps_what_was_there(tmp_path: Path) -> None:
    path, saved = tmp_path / "poller.db", tmp_path / "saved.db"
    settings = Settings(db_path=path)
    with Life(path, seed=2).go_on(60) as life:
        app.backup(settings, saved)
        then = content(path)
        last = life.store.database.last_at()
        life.go_on(20)
    newer = content(path)
    report = app.restore(settings, saved)
    assert content(path) == then
    assert content(Path(report.kept)) == newer
    assert report.path == str(path)
    assert (report.events, report.last_event_at) == (len(then["events"]), last)
    assert path.stat().st_mode & 0o777 == 0o600
    assert app.check(settings).ok
    assert {name for name in files(tmp_path) if not name.endswith(("-wal", "-shm"))} == {
        "poller.db", "poller.db.lock", "saved.db", Path(report.kept).name,
    }  # fmt: skip


def test_the_poller_goes_on_from_a_restored_database(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    report = app.restore(Settings(db_path=path), source)
    assert report.kept == ""
    with Life(path, seed=5) as life:
        life.now = report.last_event_at + 1
        life.go_on(30)
    assert app.check(Settings(db_path=path)).ok


def test_what_was_asked_of_the_poller_of_then_is_not_asked_again(tmp_path: Path) -> None:
    path, saved = tmp_path / "poller.db", tmp_path / "saved.db"
    with Life(path, seed=2).go_on(5) as life:
        life.store.requests.ask("poll", "{}")
        life.store.requests.beat(1, 1, "1")
        app.backup(Settings(db_path=path), saved)
    app.restore(Settings(db_path=path), saved)
    assert (content(path)["request"], content(path)["heartbeat"]) == ([], [])


def test_projections_that_the_log_contradicts_are_mended_on_the_way(source: Path, tmp_path: Path) -> None:
    db = sqlite3.connect(source)
    db.execute("UPDATE tally SET sent = sent + 5")
    db.commit()
    db.close()
    app.restore(Settings(db_path=tmp_path / "poller.db"), source)
    assert app.check(Settings(db_path=tmp_path / "poller.db")).ok


def test_a_restore_waits_for_nobody_who_holds_the_database(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    Store.open(path).close()
    with PollerLock.acquire(path), pytest.raises(DatabaseHeld):
        app.restore(Settings(db_path=path), source)


def test_a_damaged_database_is_replaced_and_kept_with_its_write_ahead_log(
    source: Path, tmp_path: Path
) -> None:
    path = tmp_path / "poller.db"
    path.write_bytes(b"rubbish" * 1000)
    Path(f"{path}-wal").write_bytes(b"more rubbish")
    report = app.restore(Settings(db_path=path), source)
    assert app.check(Settings(db_path=path)).ok
    assert Path(report.kept).read_bytes() == b"rubbish" * 1000
    assert content(path) == content(source)


def test_a_database_that_somebody_only_looks_at_is_replaced_under_him(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=7).go_on(10):
        pass
    from poller_core.readside import ReadSide

    reader = ReadSide.open(path)
    before = reader.names()
    app.restore(Settings(db_path=path), source)
    store = Store.open(path)
    store.set_meta("written", "after")
    assert reader.names() == before
    reader.close()
    assert store.meta("written") == "after"
    store.close()
    assert app.check(Settings(db_path=path)).ok


def hostile_trigger(db: sqlite3.Connection) -> object:
    return db.execute("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM secret; END")


def hostile_view(db: sqlite3.Connection) -> object:
    db.execute("DROP VIEW sent_orders")
    return db.execute("CREATE VIEW sent_orders AS SELECT token AS id FROM secret")


def hostile_table(db: sqlite3.Connection) -> object:
    return db.execute("CREATE TABLE more (a)")


def hostile_generated_column(db: sqlite3.Connection) -> object:
    return db.execute("ALTER TABLE outbox ADD COLUMN evil TEXT GENERATED ALWAYS AS (zeroblob(1000000000))")


def missing_index(db: sqlite3.Connection) -> object:
    return db.execute("DROP INDEX outbox_order")


def foreign(db: sqlite3.Connection) -> object:
    return db.execute("PRAGMA application_id = 7")


def newer(db: sqlite3.Connection) -> object:
    return db.execute("PRAGMA user_version = 99")


def negative(db: sqlite3.Connection) -> object:
    return db.execute("PRAGMA user_version = -1")


def altered_event(db: sqlite3.Connection) -> object:
    return db.execute("UPDATE events SET data = replace(data, 'S', 'T') WHERE position = 20")


def altered_payload(db: sqlite3.Connection) -> object:
    return db.execute("UPDATE archive SET salt = x'00' WHERE position = (SELECT max(position) FROM archive)")


def lost_payload(db: sqlite3.Connection) -> object:
    return db.execute("DELETE FROM bodies")


@pytest.mark.parametrize(
    "tamper",
    [
        hostile_trigger,
        hostile_view,
        hostile_table,
        hostile_generated_column,
        missing_index,
        foreign,
        newer,
        negative,
        altered_event,
        altered_payload,
        lost_payload,
    ],
)
def test_what_is_no_sound_backup_of_ours_changes_nothing(
    source: Path, tmp_path: Path, tamper: Tamper
) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=3).go_on(10):
        pass
    before, there = path.read_bytes(), files(tmp_path)
    db = sqlite3.connect(source)
    tamper(db)
    db.commit()
    db.close()
    with pytest.raises(DatabaseUnusable) as caught:
        app.restore(Settings(db_path=path), source)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert files(tmp_path) - {"poller.db.lock"} == there - {"poller.db.lock"}
    assert files(source.parent) == {"backup.db"}


@pytest.mark.parametrize("content", [b"", b"no database" * 1000, b"SQLite format 3\x00" + bytes(8000)])
def test_what_is_no_database_is_no_backup(source: Path, tmp_path: Path, content: bytes) -> None:
    source.write_bytes(content)
    with pytest.raises(DatabaseUnusable):
        app.restore(Settings(db_path=tmp_path / "poller.db"), source)
    assert not (tmp_path / "poller.db").exists()


def test_a_restore_from_nothing_or_from_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    Store.open(path).close()
    with pytest.raises(BadInput, match="no backup"):
        app.restore(Settings(db_path=path), tmp_path / "gone.db")
    with pytest.raises(BadInput, match="the database itself"):
        app.restore(Settings(db_path=path), path)


def test_a_restore_that_can_t_end_leaves_the_database_as_it_was(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=3).go_on(10):
        pass
    before = content(path)

    def full(self: Path, target: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageFull):
        app.restore(Settings(db_path=path), source)
    monkeypatch.undo()
    assert content(path) == before
    assert path.stat().st_nlink == 1
    assert app.check(Settings(db_path=path)).ok
