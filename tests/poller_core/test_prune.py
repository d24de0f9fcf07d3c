"""Retention: what was settled long ago is erased, the proof of it stays, and no order is ever sent twice for it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from histories import DAY, HOUR, START, Life, dump
from poller_core import app
from poller_core.decide.answers import Replied
from poller_core.reports import PruneReport
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.store.maintenance.pruning import Pruning, Retention, last_before
from poller_core.store.schema import PROJECTIONS

TODAY = START + 400 * DAY


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poller_core.maintenance.wall_clock", lambda: TODAY)
    monkeypatch.setattr("poller_core.maintenance.PAUSE_SECONDS", 0)


def pruned(path: Path, **how: object) -> PruneReport:
    return app.prune(Settings(db_path=path), **how)  # type: ignore[arg-type]


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(path)
    rows = db.execute(sql).fetchall()
    db.close()
    return rows


def sound(path: Path) -> None:
    report = app.check(Settings(db_path=path))
    assert report.problems == ()
    assert app.rebuild(Settings(db_path=path)).changed == ()


def aged(path: Path, *, seed: int) -> Life:
    """A life that went on for a while long ago, and for another while until lately."""
    life = Life(path, seed=seed).go_on(150)
    life.now = TODAY - 20 * DAY
    return life.go_on(80)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_old_bodies_go_and_all_that_proves_the_rest_stays(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "poller.db"
    with aged(path, seed=seed) as life:
        events = life.store.database.rows("SELECT * FROM events")
        orders = life.store.database.rows("SELECT connection, order_id, webhook_id FROM outbox")
    planned = pruned(path, dry_run=True)
    assert planned.dry_run
    assert query(path, "SELECT count(*) FROM archive") != [(0,)]
    report = pruned(path)
    assert (report.payloads, report.given_up, report.polls) == (
        planned.payloads, planned.given_up, planned.polls,
    )  # fmt: skip
    assert report.payloads > 20
    sound(path)
    assert query(path, "SELECT * FROM events")[: len(events)] == events
    assert query(path, "SELECT connection, order_id, webhook_id FROM outbox") == orders
    old = TODAY - 90 * DAY
    assert (
        query(path, f"SELECT * FROM archive a JOIN outbox o USING (position) WHERE updated_at < {old}") == []
    )
    assert (
        query(
            path,
            f"SELECT * FROM bodies b JOIN events e USING (position) WHERE e.type = 'OrderRejected' AND at < {old}",
        )
        == []
    )
    assert (
        query(
            path,
            "SELECT * FROM reference WHERE position NOT IN (SELECT position FROM bodies UNION SELECT position FROM archive)",
        )
        == []
    )
    assert query(path, f"SELECT count(*) FROM poll_log WHERE at < {TODAY - 30 * DAY}") == [(0,)]
    kept = TODAY - 25 * DAY
    assert query(path, f"SELECT count(*) FROM outbox o WHERE updated_at > {kept} AND status = 1 AND position NOT IN (SELECT position FROM archive)") == [(0,)]  # fmt: skip
    again = pruned(path)
    assert (again.payloads, again.polls) == (0, 0)


def test_nothing_of_an_erased_body_is_left_in_any_file(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=1) as life:
        life.add()
        life.capture(30)
        bodies = [str(row[0]) for row in life.store.database.rows("SELECT body FROM bodies")]
        life.now += DAY
        life.store.outbox.discard(life.positions("1") or [], "wrong", by="test")
        pruned(path)
        left = life.store.database.rows("SELECT count(*) FROM bodies")[0][0]
        assert (
            left
            == len(bodies)
            - life.store.database.rows(
                "SELECT count FROM (SELECT data ->> 'count' AS count FROM events WHERE type = 'PayloadsErased')"
            )[0][0]
        )  # type: ignore[operator]
    for file in tmp_path.glob("poller.db*"):
        found = sum(body.encode() in file.read_bytes() for body in bodies)
        assert found <= left


def failed_order(life: Life, answer: Replied, times: int) -> int:
    life.refusing = 0
    life.add(max_attempts=1)
    (connection,) = life.connections
    life.capture(1)
    life.answer = lambda _endpoint: answer  # type: ignore[method-assign]
    for _ in range(times):
        life.now += HOUR
        life.settle(connection, life.store.outbox.due(connection.number, life.now, 1))
    ((position, status),) = life.store.database.rows("SELECT position, status FROM outbox")
    assert status == 2
    return int(str(position))


def test_an_order_that_failed_long_ago_is_given_up_only_where_a_person_asks(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=8) as life:
        position = failed_order(life, Replied(422), 7)
        housekeeping = Pruning(life.store.database, Retention(), TODAY, give_up=False)
        while housekeeping.step():
            pass
        assert life.store.database.rows("SELECT position FROM bodies") == [(position,)]
    assert pruned(path, dry_run=True).given_up == 1
    report = pruned(path)
    assert (report.payloads, report.given_up) == (1, 1)
    assert query(path, "SELECT status, position FROM outbox") == [(3, position)]
    (said,) = query(path, "SELECT data FROM events WHERE type = 'DeliveryDiscarded'")
    assert "not delivered for 90 days" in str(said[0])
    sound(path)


def test_what_was_erased_can_t_be_made_to_wait_again(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=8) as life:
        position = failed_order(life, Replied(422), 7)
    pruned(path)
    store = Store.open(path)
    assert store.outbox.requeue([position], "please", by="test") == 0
    store.close()


def test_an_order_that_failed_with_its_endpoint_waits_for_it_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=8) as life:
        position = failed_order(life, Replied(503), 7)
    assert query(path, "SELECT cause FROM outbox") == [("endpoint",)]
    assert pruned(path).payloads == 0
    assert query(path, "SELECT position FROM bodies") == [(position,)]


def test_an_order_that_waits_keeps_its_body_however_old_it_is(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=8) as life:
        life.add()
        life.capture(5)
        waiting = life.store.database.rows("SELECT position FROM outbox")
    pruned(path)
    assert query(path, "SELECT b.position FROM bodies b JOIN outbox USING (position)") == waiting


def test_every_step_is_a_short_transaction(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=8) as life:
        life.store.database.db.execute("PRAGMA synchronous=FULL")
        life.add()
        (connection,) = life.connections
        life.answer = lambda _endpoint: Replied(200)  # type: ignore[method-assign]
        for _ in range(12):
            life.capture(200)
            life.settle(connection, life.store.outbox.due(connection.number, life.now, 500))
        pruning = Pruning(life.store.database, Retention(), TODAY, give_up=False)
        steps, going = [], True
        while going:
            before, started = pruning.pruned.payloads, time.perf_counter()
            going = pruning.step()
            steps.append((pruning.pruned.payloads - before, time.perf_counter() - started))
        assert max(count for count, _ in steps) <= 1000
        assert len([count for count, _ in steps if count]) >= 4
        # 50 ms is the goal; a machine that does other things gets some room.
        assert sorted(seconds for _, seconds in steps)[len(steps) // 2] < 0.05
    sound(path)


# Events


@pytest.mark.parametrize("seed", range(1, 6))
def test_old_events_go_and_the_tables_stay_what_they_were(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "poller.db"
    with aged(path, seed=seed) as life:
        life.store.outbox.requeue(life.positions("status IN (2, 3)"), "again", by="test")
    discard_all(path, TODAY - 10 * DAY)
    life_later(path, seed)
    pruned(path, delivered_days=0, failed_days=0)
    before = tables(path)
    planned = pruned(path, events_days=350, dry_run=True)
    report = pruned(path, events_days=350)
    assert report.events == planned.events > 100
    assert tables(path) == before
    sound(path)
    life_later(path, seed + 1)
    sound(path)
    assert pruned(path, events_days=350).events == 0


def discard_all(path: Path, now: int) -> None:
    """Whatever waits holds its events back."""
    with Life(path) as life:
        life.now = now
        waiting = life.store.database.rows("SELECT position FROM outbox WHERE status IN (0, 2)")
        life.store.outbox.discard([int(str(row[0])) for row in waiting], "old", by="test")


def life_later(path: Path, seed: int) -> None:
    with Life(path, seed=seed + 500) as life:
        life.orders = 10_000_000
        life.now = TODAY - 9 * DAY
        life.go_on(60)


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    store = Store.open(path)
    found = dump(store, PROJECTIONS)
    store.close()
    return found


def test_a_cut_that_was_interrupted_is_sound_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=4).go_on(150) as life:
        waiting = life.store.database.rows("SELECT position FROM outbox WHERE status IN (0, 2)")
        life.store.outbox.discard([int(str(row[0])) for row in waiting], "old", by="test")
    pruned(path, delivered_days=0, failed_days=0)
    monkeypatch.setattr("poller_core.store.maintenance.cutting.STEP", 30)

    class Killed(BaseException):
        """The process was."""

    def killed(_done: int, _total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        pruned(path, events_days=1, on_progress=killed)
    left = query(path, "SELECT min(position) FROM events")
    assert left == [(31,)]
    sound(path)
    assert pruned(path, events_days=1).events > 100
    sound(path)


def test_versions_of_streams_go_on_where_their_events_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    with Life(path, seed=4).go_on(120) as life:
        waiting = life.store.database.rows("SELECT position FROM outbox WHERE status IN (0, 2)")
        life.store.outbox.discard([int(str(row[0])) for row in waiting], "old", by="test")
        newest = dict(life.store.database.rows("SELECT subject, max(version) FROM events WHERE order_id = 0 GROUP BY subject"))  # fmt: skip
    pruned(path, delivered_days=0, failed_days=0)
    pruned(path, events_days=1)
    with Life(path, seed=5) as life:
        life.now = TODAY
        number = life.connections[0].number
        life.store.connections.change(number, {"store_id": "another"}, {}, by="test")
        rows = life.store.database.rows(
            f"SELECT max(version) FROM events WHERE subject = {number} AND order_id = 0"
        )
    assert rows == [(int(str(newest[number])) + 1,)]


def test_the_last_position_before_a_moment_is_found_without_reading_the_log(tmp_path: Path) -> None:
    with Life(tmp_path / "poller.db", seed=4).go_on(60) as life:
        database = life.store.database
        for moment in (0, START, START + 5 * HOUR, START + 20 * HOUR, TODAY):
            (counted,) = database.rows(
                "SELECT coalesce(max(position), 0) FROM events WHERE at < ?", (moment,)
            )[0]
            assert last_before(database, moment) == counted


def test_a_log_in_which_nothing_ever_happened_has_nothing_to_prune(tmp_path: Path) -> None:
    path = tmp_path / "poller.db"
    Store.open(path).close()
    report = pruned(path, events_days=1)
    assert (report.payloads, report.polls, report.events) == (0, 0, 0)
    sound(path)
