"""One file, several processes: who waits for whom, and what a reader costs the write-ahead log."""

from __future__ import annotations

import inspect
import io
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from histories import Life
from odoo_rpc.secret import Secret
from odoo_rpc.testing import FakeOdoo, serve
from poller_core import app, logging
from poller_core.commands import ConnectionDraft, open_commands
from poller_core.doctor.stored import WAL_ALARM_BYTES, _log_file
from poller_core.errors import NotFound
from poller_core.model import PollReport
from poller_core.readside import ReadSide
from poller_core.settings import Settings
from poller_core.store.intake import Built, Page, PollRow
from poller_core.store.profile import WAL_LIMIT
from process_support import Sink, receiver

HOLD_SECONDS = 4.0
HOLDER = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
print(time.monotonic(), flush=True)
db.execute("COMMIT")
"""


class Held:
    """The write lock in another process's hands. ``released_at`` (s, monotonic) is known once it ended."""

    released_at = 0.0


@contextmanager
def write_lock_held(path: Path) -> Iterator[Held]:
    """Another process has the write lock for the next four seconds."""
    held = Held()
    command = [sys.executable, "-c", HOLDER, path, str(HOLD_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield held
            held.released_at = float(process.stdout.readline())
        finally:
            process.kill()


def settings_in(folder: Path) -> Settings:
    return Settings(
        db_path=folder / "poller.db", allowed_networks="127.0.0.0/8", odoo_min_interval_ms=0,
        backoff_base_seconds=0.2,
    )  # fmt: skip


def connect(settings: Settings, odoo: FakeOdoo, url: str, sink: Sink, name: str = "A") -> None:
    with open_commands(settings, by="test") as commands:
        commands.add(
            ConnectionDraft(
                name=name, odoo_url=url, odoo_db=odoo.db, odoo_username=odoo.username, api_key=Secret(odoo.api_key),
                store_id="s", client_id="c", webhook_url=sink.url, webhook_secret=Secret("a secret of the receiver"),
                sync_from="all", polling_interval_seconds=1,
            )
        )  # fmt: skip


@pytest.mark.slow
def test_a_poll_and_a_command_wait_for_who_holds_the_write_lock_and_lose_nothing(tmp_path: Path) -> None:
    settings, odoo = settings_in(tmp_path), FakeOdoo(19)
    ended: dict[str, float] = {}
    reports: list[PollReport] = []

    async def poll() -> None:
        reports.extend(await app.poll(settings, ["A"]))
        ended["poll"] = time.monotonic()

    def pause() -> None:
        with open_commands(settings, by="test") as commands:
            commands.pause("B")
        ended["pause"] = time.monotonic()

    async def main(sink: Sink) -> Held:
        async with serve(odoo.asgi()) as url:
            connect(settings, odoo, url, sink)
            connect(settings, odoo, url, sink, "B")
            odoo.add_orders(3)
            with write_lock_held(settings.db_path) as held:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(poll)
                    tasks.start_soon(anyio.to_thread.run_sync, pause)
        return held

    with receiver() as sink:
        held = anyio.run(main, sink)
        assert len(sink.numbers) == 3
    # Both came to their commit while the lock was held, and waited.
    assert min(ended.values()) >= held.released_at
    (report,) = reports
    assert (report.orders_found, report.orders_sent, report.error) == (3, 3, None)
    with closing(ReadSide.open(settings.db_path)) as reader:
        assert [(row.connection.name, row.connection.active) for row in reader.connections(0)] == [
            ("A", True),
            ("B", False),
        ]


@pytest.mark.slow
def test_the_running_poller_fails_no_commit_while_another_process_holds_the_write_lock(
    tmp_path: Path,
) -> None:
    settings, odoo = settings_in(tmp_path), FakeOdoo(19)
    told = io.StringIO()

    async def main(sink: Sink) -> None:
        stop = anyio.Event()
        async with serve(odoo.asgi()) as url, anyio.create_task_group() as tasks:
            connect(settings, odoo, url, sink)
            odoo.add_orders(1)
            tasks.start_soon(lambda: app.run(settings, stop=stop, install_signals=False))
            await anyio.to_thread.run_sync(sink.wait_for, 1)
            with write_lock_held(settings.db_path) as held:
                odoo.add_orders(5)
                await anyio.to_thread.run_sync(sink.wait_for, 6)
                captured_at = time.monotonic()
            # Nothing is sent that is not captured, and nothing is captured while the lock is held.
            assert captured_at >= held.released_at
            stop.set()

    logging.configure(told)
    try:
        with receiver() as sink:
            anyio.run(main, sink)
    finally:
        logging.reset()
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [line for line in lines if line["severity"] in ("ERROR", "WARNING")] == []
    assert len({ident for ident, _ in sink.got}) == len(sink.got) == 6
    with closing(sqlite3.connect(settings.db_path)) as db:
        assert db.execute("SELECT status, count(*) FROM outbox GROUP BY status").fetchall() == [(1, 6)]


# What readers cost


def wal(path: Path) -> int:
    return path.with_name(path.name + "-wal").stat().st_size


def grow(life: Life, commits: int, kilobytes: int, after: int) -> None:
    """So many commits of one order each."""
    (connection,) = life.connections
    for number in range(after, after + commits):
        order = Built(
            order_id=number, number=f"S{number}", write_date="2026-01-01 00:00:00", state="sale",
            body=b"%d" % number * (kilobytes * 1024 // len(str(number))), webhook_id=f"id-{number}",
        )  # fmt: skip
        page = Page(
            connection=connection.number, orders=[order], seen=[], walk=None, forget_below="",
            poll=PollRow(connection=connection.number, at=life.now),
        )  # fmt: skip
        life.store.intake.capture(page)


@pytest.mark.slow
def test_a_snapshot_that_is_held_open_grows_the_log_until_the_doctor_tells_and_ends_with_it(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path)
    with Life(settings.db_path) as life:
        life.add()
        with closing(sqlite3.connect(settings.db_path, isolation_level=None)) as held:
            held.execute("BEGIN")
            held.execute("SELECT count(*) FROM events").fetchone()
            commits = 0
            while wal(settings.db_path) < WAL_ALARM_BYTES:
                grow(life, 20, 240, after=1 + commits)
                commits += 20
            told = _log_file(settings)
            assert (told.ok, "keeps reading the database" in told.remedy) == (False, True)
            # The reader still sees the moment at which it began.
            assert held.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
            held.execute("COMMIT")
        # Nobody has to do anything: the commits that follow bring the log back.
        grow(life, 3, 1, after=1 + commits)
        assert wal(settings.db_path) <= WAL_LIMIT
        assert _log_file(settings).ok
        assert life.store.database.db.execute("SELECT count(*) FROM outbox").fetchone() == (commits + 3,)


def test_in_steady_use_with_readers_that_come_and_go_the_log_stays_small(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with Life(settings.db_path) as life:
        life.add()
        most = 0
        with closing(ReadSide.open(settings.db_path)) as reader:
            for turn in range(100):
                grow(life, 10, 100, after=1 + 10 * turn)
                assert reader.totals(0).pending == 10 * (turn + 1)
                most = max(most, wal(settings.db_path))
        assert settings.db_path.stat().st_size > WAL_LIMIT  # so much went through it
        assert most <= WAL_LIMIT


FETCHES: dict[str, Callable[[ReadSide, str, str], object]] = {
    "data_version": lambda side, _c, _o: side.data_version(),
    "poller": lambda side, _c, _o: side.poller(),
    "totals": lambda side, _c, _o: side.totals(0),
    "connections": lambda side, _c, _o: side.connections(0),
    "connection": lambda side, c, _o: side.connection(c),
    "names": lambda side, _c, _o: side.names(),
    "endpoints": lambda side, _c, _o: side.endpoints(),
    "hours": lambda side, c, _o: side.hours(0, c),
    "activity": lambda side, _c, _o: side.activity(2),
    "events": lambda side, c, _o: side.events(limit=2, connection_id=c),
    "sync_log": lambda side, c, _o: side.sync_log(c, limit=2),
    "retries": lambda side, c, _o: side.retries(c, limit=2),
    "count_retries": lambda side, c, _o: side.count_retries(c),
    "orders": lambda side, c, _o: side.orders(connection_id=c, limit=2),
    "order": lambda side, _c, o: side.order(o),
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Life, ReadSide]]:
    """A database with much in it, whose writer waits for nobody, and the read side that is open the whole time."""
    with Life(tmp_path_factory.mktemp("lived") / "poller.db", seed=3).go_on(300) as life:
        life.store.database.db.execute("PRAGMA busy_timeout=0")
        with closing(ReadSide.open(life.path)) as side:
            yield life, side


def emptied(life: Life) -> bool:
    """Whether the log could be emptied: not where anybody still reads an older moment, or the newest."""
    life.store.set_meta("test", life.now)
    (busy, _, _) = life.store.database.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy and wal(life.path) == 0


@pytest.mark.parametrize("name", FETCHES)
def test_no_fetch_of_the_read_side_keeps_a_snapshot(lived: tuple[Life, ReadSide], name: str) -> None:
    life, side = lived
    connection = life.connections[0].id
    (order,) = side.orders(limit=1)
    assert FETCHES[name](side, connection, order.external_id) is not None
    assert not side._db.in_transaction
    assert emptied(life)


def test_a_fetch_that_finds_nothing_keeps_no_snapshot_either(lived: tuple[Life, ReadSide]) -> None:
    life, side = lived
    for fetch in (lambda: side.connection("nobody"), lambda: side.order("nothing")):
        with pytest.raises(NotFound, match=r"nobody|nothing"):
            fetch()
        assert emptied(life)


def test_every_fetch_of_the_read_side_is_among_these() -> None:
    public = {
        name for name, member in inspect.getmembers(ReadSide, inspect.isfunction) if not name.startswith("_")
    }
    assert public - {"close"} == FETCHES.keys()


def test_a_snapshot_that_is_kept_would_be_noticed(lived: tuple[Life, ReadSide]) -> None:
    """Else the tests above would show nothing."""
    life, side = lived
    unfinished = side._db.execute("SELECT position FROM events")
    unfinished.fetchone()
    assert not emptied(life)
    unfinished.close()
    assert emptied(life)
