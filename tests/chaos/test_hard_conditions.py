"""The real process where the system is unkind: signals that come twice or from a closed terminal, few files, no folder for
temporary ones.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from chaos.signals import STOP_SECONDS
from chaos.world import World, world
from odoo_rpc.testing import FakeOdoo, serve
from process_support import PROGRAM, SECONDS, Program, receiver

pytestmark = pytest.mark.slow


class Daemon:
    """``odoo-poller run`` with its log in a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it has said so far."""
        return [json.loads(line) for line in self.said if line.endswith("}")]

    @property
    def said(self) -> list[str]:
        """Every line, those that are no log line too."""
        return self._log.read_text().splitlines()

    def ended(self) -> tuple[int, float]:
        """Its exit code, and how long that took from now (s)."""
        began = time.monotonic()
        return self.process.wait(2 * STOP_SECONDS), time.monotonic() - began


@contextmanager
def daemon(
    program: Program, before: Callable[[], object] | None = None, watched: Sequence[str] = ()
) -> Iterator[Daemon]:
    """Started, with ``before`` done in the new process first, and ``watched`` by it; gone at the end, whatever happens."""
    log = program.folder / "run.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*watched, PROGRAM, "run"],
            env=program.env,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=before,
        )
    try:
        made = Daemon(process, log)
        until(
            lambda: (
                any(line["message"] == "poller started" for line in made.log) or process.poll() is not None
            )
        )
        yield made
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(SECONDS)


def until(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        threading.Event().wait(0.05)


def nothing_lost(made: World) -> None:
    """Let it finish, and look: every confirmed order arrived, once, and nothing twice under another body."""
    made.sink.takes = 0.0
    made.settle()
    names = [json.loads(body)["external_id"] for _, body in made.sink.got]
    assert set(names) == made.confirmed
    assert len(names) == len(made.confirmed)


# Signals


def test_a_closed_terminal_stops_the_poller_as_sigterm_does(tmp_path: Path) -> None:
    with world(tmp_path, seed=11) as made:
        made.sink.takes = 0.5
        with daemon(made.program) as poller:
            made.sink.wait_for(20)
            poller.process.send_signal(signal.SIGHUP)
            code, seconds = poller.ended()
            assert (code, seconds < STOP_SECONDS) == (0, True)
            said = [(line["message"], line.get("signal")) for line in poller.log]
            assert ("stopping", "SIGHUP") in said
            assert said[-1][0] == "poller stopped"
        nothing_lost(made)


def test_who_was_started_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    """As under nohup, which has the signal ignored."""
    with world(tmp_path, seed=12) as made:
        with daemon(made.program, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as poller:
            made.sink.wait_for(5)
            poller.process.send_signal(signal.SIGHUP)
            made.sink.wait_for(len(made.sink.got) + 50)
            assert poller.process.poll() is None
            poller.process.send_signal(signal.SIGTERM)
            code, seconds = poller.ended()
            assert (code, seconds < STOP_SECONDS) == (0, True)
        nothing_lost(made)


@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_while_it_stops_neither_cuts_nor_repeats_anything(
    tmp_path: Path, again: signal.Signals
) -> None:
    with world(tmp_path, seed=13) as made:
        made.sink.takes = 2.0
        with daemon(made.program) as poller:
            made.sink.wait_for(10)
            began = time.monotonic()
            poller.process.send_signal(signal.SIGINT)
            until(lambda: any(line["message"] == "stopping" for line in poller.log))
            poller.process.send_signal(again)
            code, _ = poller.ended()
            assert time.monotonic() - began < STOP_SECONDS
            assert code == 0
            assert [line["signal"] for line in poller.log if line["message"] == "stopping"] == [
                "SIGINT",
                again.name,
            ]
        nothing_lost(made)


# Files


FEW_FILES = 64
URLS, ORDERS = 6, 60


def few_files() -> None:
    """``ulimit -n 64``, for good: the poller would raise the soft limit alone."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, FEW_FILES))


@contextmanager
def quiet_odoo(odoo: FakeOdoo) -> Iterator[str]:
    """A fake Odoo that is only asked, in a thread of its own; its address."""
    stop, ready = threading.Event(), threading.Event()
    address = ""

    async def main() -> None:
        nonlocal address
        async with serve(odoo.asgi()) as address:
            ready.set()
            await anyio.to_thread.run_sync(stop.wait)

    thread = threading.Thread(target=anyio.run, args=(main,), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield address
    finally:
        stop.set()
        thread.join(30)


def test_sixty_four_files_are_too_few_and_everything_arrives_all_the_same(tmp_path: Path) -> None:
    """Six URLs that take half a second for an order want 96 connections at once."""
    odoo = FakeOdoo(19)
    odoo.add_orders(ORDERS)
    program = Program(tmp_path, {"POLLER_BACKOFF_MAX_SECONDS": "2"})
    with quiet_odoo(odoo) as url, receiver() as sink:
        for number in range(URLS):
            program.add(
                f"c{number}", url=url, db=odoo.db, username=odoo.username, api_key=odoo.api_key,
                hook=f"{sink.url}/{number}", sync_from="all", polling_interval="1",
            )  # fmt: skip
        sink.takes = 0.5
        with daemon(program, few_files) as poller:
            until(lambda: len(set(sink.got)) == URLS * ORDERS or poller.process.poll() is not None)
            # No crash loop: it is the process that was started, and it can still be stopped.
            assert poller.process.poll() is None
            poller.process.send_signal(signal.SIGTERM)
            assert poller.ended()[0] == 0
        # Nothing arrived twice.
        assert len(sink.got) == URLS * ORDERS
    attempts = program.json("events", "--type", "DeliveryAttempted", "-n", "10000")
    refused = [one for one in attempts if "Too many open files" in one["data"].get("error", "")]
    # The limit was met, by whole URLs, which then were probed instead of tried again and again.
    assert any(line["message"] == "deliveries suspended" for line in poller.log)
    assert 5 <= len(refused) < URLS * ORDERS
    print(f"{len(refused)} attempts found no file")
    outbox = program.json("status")["outbox"]
    assert (outbox["pending"], outbox["failed"]) == (0, 0)


# No folder for temporary files

NOWHERE = """
import tempfile

def none():
    raise FileNotFoundError(2, "No usable temporary directory found")

tempfile._get_default_tempdir = none
"""
MAKING = re.compile(r'(?:openat|open|creat|mkdir|mkdirat)\((?:AT_FDCWD, )?"([^"]+)"(.*)\) = \d')


def files_made(trace: Path) -> set[Path]:
    """What the process made, by strace's account of it."""
    found = (MAKING.search(line) for line in trace.read_text(errors="replace").splitlines())
    return {
        Path(made[1]) for made in found if made and ("O_CREAT" in made[2] or "O_TMPFILE" in made[2] or "mkdir" in made[0])
    }  # fmt: skip


@pytest.mark.parametrize("usable", [True, False], ids=["a folder", "no folder"])
def test_run_and_poll_write_nowhere_but_beside_the_database(tmp_path: Path, usable: bool) -> None:
    """As with a read-only root and no /tmp; where there is one, they leave it alone all the same."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    temporary, patch, home = (tmp_path / name for name in ("temporary", "patch", "home"))
    for folder in (patch, home, *([temporary] if usable else [])):
        folder.mkdir()
    if not usable:
        (patch / "sitecustomize.py").write_text(NOWHERE)
    odoo = FakeOdoo(19)
    odoo.add_orders(30)
    program = Program(
        home,
        dict.fromkeys(("TMPDIR", "SQLITE_TMPDIR", "TEMP", "TMP"), str(temporary))
        | {"PYTHONPATH": str(patch), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    copy = str(home / "copy.db")

    def watched(name: str) -> list[str]:
        """A process that strace watches and is no child of."""
        trace = "trace=openat,open,creat,mkdir,mkdirat"
        return ["strace", "-D", "-f", "-qq", "-o", str(tmp_path / name), "-e", trace]

    with quiet_odoo(odoo) as url, receiver() as sink:
        program.add(
            "A", url=url, db=odoo.db, username=odoo.username, api_key=odoo.api_key, hook=sink.url, sync_from="all",
            polling_interval="1",
        )  # fmt: skip
        subprocess.run([*watched("poll"), PROGRAM, "poll"], env=program.env, check=True, capture_output=True, timeout=SECONDS)  # fmt: skip
        assert len(sink.got) == 30
        with daemon(program, watched=watched("run")) as poller:
            odoo.add_orders(10)
            sink.wait_for(40)
            poller.process.send_signal(signal.SIGTERM)
            assert poller.ended()[0] == 0
        assert [line for line in poller.log if line["severity"] in ("WARNING", "ERROR")] == []
        # These fold the log anew, and spill what they fold to a file only where there is a place for one.
        for words in (("db", "check"), ("db", "backup", copy), ("projections", "rebuild"), ("db", "prune", "--events-older-than", "1", "--yes"), ("db", "restore", copy, "--yes")):  # fmt: skip
            program(*words)
    assert len(sink.got) == 40
    for name in ("poll", "run"):
        made = files_made(tmp_path / name)
        assert any(path.name == "poller.db-wal" for path in made), "the trace shows nothing"
        assert {path for path in made if not path.is_relative_to(home) and path != Path("/dev/null")} == set()
    assert not usable or list(temporary.iterdir()) == []


# The file, taken away


def replace(database: Path) -> None:
    copy = database.with_name("copy.db")
    shutil.copy(database, copy)
    copy.replace(database)


@pytest.mark.parametrize(
    "take", [replace, Path.unlink, lambda database: database.with_name("poller.db.lock").unlink()],
    ids=["replaced", "removed", "unlocked"],
)  # fmt: skip
def test_a_file_that_is_taken_away_from_under_the_poller_ends_it_before_more_is_lost(
    tmp_path: Path, take: Callable[[Path], object]
) -> None:
    program = Program(tmp_path)
    program.add("A", url="http://127.0.0.1:9", db="a", username="u", api_key="k", hook="http://127.0.0.1:9/hook", sync_from="all")  # fmt: skip
    with daemon(program) as poller:
        take(tmp_path / "poller.db")
        code, _ = poller.ended()
        assert code == 74
        (line,) = [line for line in poller.said if "was replaced or removed" in line]
        assert "start it again" in line
