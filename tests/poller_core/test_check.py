"""``db check``: what was altered is found, whatever it was."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from histories import Life
from poller_core import app
from poller_core.errors import BadInput, DatabaseUnusable
from poller_core.reports import CheckReport
from poller_core.settings import Settings

FLIPS = 200


def checked(path: Path) -> CheckReport:
    return app.check(Settings(db_path=path))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was used, closed."""
    path = tmp_path_factory.mktemp("lived") / "poller.db"
    with Life(path, seed=11).go_on(120):
        pass
    return path


@pytest.fixture
def path(lived: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(lived, tmp_path / "poller.db"))


def test_a_sound_database_has_no_problems(path: Path) -> None:
    report = checked(path)
    assert (report.ok, report.problems) == (True, ())
    db = sqlite3.connect(path)
    assert report.events == db.execute("SELECT count(*) FROM events").fetchone()[0]
    kept = db.execute("SELECT (SELECT count(*) FROM bodies) + (SELECT count(*) FROM archive)").fetchone()[0]
    assert report.bodies == kept
    assert report.bytes > 50_000
    db.close()


def test_a_database_in_use_is_checked_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=4).go_on(60) as life:
        assert checked(path).ok
        life.capture(20)
        assert checked(path).ok


def test_an_empty_database_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path):
        pass
    assert checked(path).ok


def contents(path: Path) -> list[bytes]:
    """What the log and the bodies hold, as it lies in the file."""
    db = sqlite3.connect(path)
    db.text_factory = bytes
    found = [
        value
        for sql in (
            "SELECT data FROM events",
            "SELECT hash FROM events",
            "SELECT body FROM bodies",
            "SELECT salt FROM bodies",
            "SELECT body FROM archive",
        )
        for (value,) in db.execute(sql)
    ]
    db.close()
    return found


def test_every_flipped_byte_in_an_event_or_a_payload_is_found(path: Path) -> None:
    sound, random = path.read_bytes(), Random(1)
    parts = [part for part in contents(path) if sound.count(part) == 1]
    quick = 0
    for _ in range(FLIPS):
        part = random.choice(parts)
        place = sound.index(part) + random.randrange(len(part))
        flipped = bytearray(sound)
        flipped[place] ^= 1 << random.randrange(8)
        path.write_bytes(flipped)
        assert not checked(path).ok, f"byte {place} of {part!r}"
        db = sqlite3.connect(path)
        quick += db.execute("PRAGMA quick_check").fetchall() != [("ok",)]
        db.close()
    assert quick < FLIPS / 4, "SQLite's own check finds few of them, so ours is needed"


def change(path: Path, sql: str, parameters: tuple[object, ...] = ()) -> int:
    db = sqlite3.connect(path)
    count = db.execute(sql, parameters).rowcount
    db.commit()
    db.close()
    assert count
    return count


def first(path: Path, sql: str) -> int:
    db = sqlite3.connect(path)
    (found,) = db.execute(sql).fetchone()
    db.close()
    return int(found)


Tamper = Callable[[Path], str]


def altered_status(path: Path) -> str:
    change(path, "UPDATE outbox SET status = 1 WHERE status = 0")
    return "outbox is not what the log says"


def altered_tally(path: Path) -> str:
    change(path, "UPDATE tally SET sent = sent + 1")
    return "tally is not what the log says"


def lost_order(path: Path) -> str:
    change(path, "DELETE FROM outbox WHERE position = (SELECT max(position) FROM outbox)")
    return "outbox is not what the log says"


def lost_body(path: Path) -> str:
    position = first(path, "SELECT max(position) FROM outbox WHERE status = 0")
    change(path, "DELETE FROM bodies WHERE position = ?", (position,))
    return f"the payload of event {position} is missing"


def lost_archived_body(path: Path) -> str:
    position = first(path, "SELECT max(position) FROM archive")
    change(path, "DELETE FROM archive WHERE position = ?", (position,))
    return f"the payload of event {position} is missing"


def body_of_nobody(path: Path) -> str:
    change(path, "INSERT INTO archive VALUES (999999, x'00', x'00')")
    return "there is a payload of event 999999, and no such event"


def lost_events_inside(path: Path) -> str:
    change(path, "DELETE FROM events WHERE position BETWEEN 40 AND 42")
    return "events 40 to 42 are missing"


def lost_end(path: Path) -> str:
    head = first(path, "SELECT max(position) FROM events")
    change(path, "DELETE FROM events WHERE position > ?", (head - 3,))
    return f"events {head - 2} to {head} are missing"


def lost_beginning(path: Path) -> str:
    change(path, "DELETE FROM events WHERE position < 5")
    return "events 1 to 4 are missing"


def swapped_types(path: Path) -> str:
    change(path, "UPDATE events SET type = 'OrderFetched' WHERE position = 30")
    return "event 30 was altered"


def rewritten_event_with_its_hash(path: Path) -> str:
    change(path, "UPDATE events SET data = '{}', hash = zeroblob(32) WHERE position = 30")
    return "event 31 was altered"


@pytest.mark.parametrize(
    "tamper",
    [
        altered_status,
        altered_tally,
        lost_order,
        lost_body,
        lost_archived_body,
        body_of_nobody,
        lost_events_inside,
        lost_end,
        lost_beginning,
        swapped_types,
        rewritten_event_with_its_hash,
    ],
)
def test_what_somebody_changed_behind_our_back_is_named(path: Path, tamper: Tamper) -> None:
    expected = tamper(path)
    report = checked(path)
    assert not report.ok
    assert any(expected in problem for problem in report.problems), report.problems


def test_one_altered_event_is_one_problem(path: Path) -> None:
    change(path, "UPDATE events SET at = at + 1 WHERE position = 20")
    assert [problem for problem in checked(path).problems if "altered" in problem] == ["event 20 was altered"]


def test_a_zeroed_page_is_reported_and_the_rest_still_read(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 4096 // 2 * 4096
    whole[middle : middle + 4096] = bytes(4096)
    path.write_bytes(whole)
    report = checked(path)
    assert not report.ok
    assert len(report.problems) <= 100


@pytest.mark.parametrize("content", [b"", b"no database at all " * 500, b"SQLite format 3\x00" + bytes(4080)])
def test_what_is_no_database_of_ours_is_unusable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "poller.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable):
        checked(path)
    assert path.read_bytes() == content


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        checked(tmp_path / "poller.db")
    assert list(tmp_path.iterdir()) == []


def test_progress_grows_and_ends_at_all(path: Path) -> None:
    told: list[tuple[int, int]] = []
    app.check(Settings(db_path=path), lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 0
