import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from poller_core import lock as module
from poller_core.errors import DatabaseHeld, DatabaseUnusable, StorageFull
from poller_core.lock import Holder, PollerLock, current_holder, holder

HOLD = """
import sys
from pathlib import Path
from poller_core.lock import PollerLock
lock = PollerLock.acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "poller.db"


@contextmanager
def another_process(db: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(db)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_nobody_holds_a_database_that_was_never_run(db: Path) -> None:
    assert holder(db) is None
    assert list(db.parent.iterdir()) == []


def test_the_lock_says_who_holds_it_and_since_when(db: Path) -> None:
    with PollerLock.acquire(db) as lock:
        found = current_holder(db)
        assert found is not None
        assert found.pid == os.getpid()
        assert found.started_at > 1_600_000_000_000
        assert lock.intact
        assert stat.S_IMODE(db.with_name("poller.db.lock").stat().st_mode) == 0o600
    assert holder(db) is None
    assert not lock.intact


def test_the_database_file_is_never_made_or_opened(db: Path) -> None:
    with PollerLock.acquire(db):
        holder(db)
        assert not db.exists()


def test_a_second_poller_is_refused_and_told_the_pid(db: Path) -> None:
    with another_process(db) as process, pytest.raises(DatabaseHeld) as caught:
        PollerLock.acquire(db)
    assert caught.value.pid == process.pid
    assert caught.value.exit_code == 75
    assert str(caught.value) == f"another poller (process {process.pid}) holds {db}: stop it first"


def test_the_holder_is_seen_from_another_process(db: Path) -> None:
    with another_process(db) as process:
        assert holder(db) == process.pid


def test_a_killed_poller_leaves_nothing_to_clean_up(db: Path) -> None:
    with another_process(db) as process:
        process.kill()
        process.wait()
        assert holder(db) is None
        with PollerLock.acquire(db):
            assert holder(db) == os.getpid()


def test_a_released_lock_can_be_taken_again_and_released_twice(db: Path) -> None:
    lock = PollerLock.acquire(db)
    lock.release()
    lock.release()
    PollerLock.acquire(db).release()


def test_a_look_at_the_lock_does_not_keep_a_poller_from_starting(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    PollerLock.acquire(db).release()
    looker = os.open(db.with_name("poller.db.lock"), os.O_RDONLY)
    fcntl.flock(looker, fcntl.LOCK_SH)
    monkeypatch.setattr(module.time, "sleep", lambda _: os.close(looker))
    with PollerLock.acquire(db):
        assert holder(db) == os.getpid()


def test_both_names_of_a_linked_database_share_one_lock(db: Path) -> None:
    db.touch()
    link = db.with_name("link.db")
    link.symlink_to(db)
    with PollerLock.acquire(link), pytest.raises(DatabaseHeld):
        PollerLock.acquire(db)


def test_a_deleted_lock_file_is_noticed(db: Path) -> None:
    with PollerLock.acquire(db) as lock:
        db.with_name("poller.db.lock").unlink()
        assert not lock.intact


def test_a_lock_file_that_says_nothing_still_tells_that_it_is_held(db: Path) -> None:
    with PollerLock.acquire(db):
        os.truncate(db.with_name("poller.db.lock"), 0)
        assert current_holder(db) == Holder(0, 0)
        assert holder(db) == 0
        with pytest.raises(DatabaseHeld, match=r"^another poller holds .*poller\.db: stop it first$"):
            PollerLock.acquire(db)


def test_a_missing_directory_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="can't be locked: No such file or directory"):
        PollerLock.acquire(tmp_path / "missing" / "poller.db")


def test_a_filesystem_without_locks_is_refused(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(module.fcntl, "flock", refuse)
    with pytest.raises(DatabaseUnusable, match="can't be locked: Operation not supported"):
        PollerLock.acquire(db)


def test_a_full_disk_is_told_apart(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "pwrite", full)
    with pytest.raises(StorageFull, match="can't be written: No space left on device"):
        PollerLock.acquire(db)
    monkeypatch.undo()
    assert holder(db) is None
