"""The screens over a large database beside a busy poller: the first picture, a key's answer, and what stays in memory.

    python benchmarks/screens.py [--connections 1000] [--events 1000000] [--new 30] [--openings 5] [--keys 300] [--json]
    python benchmarks/screens.py --soak 20000 [--screen logs]

The first makes a database of that size, runs the poller on it (every connection polls its own Odoo once a minute, and finds so many
new orders the first time), and opens the screens in a terminal of 200×60, as a person would: a process of its own behind a pty. The first picture is
there when the first connection's name is; a key is answered when the cursor's sign arrives on another line.

The second is a week in fast motion, in one process without a terminal: a week has as many refreshes as `WEEK` says where somebody commits
all the time, so memory is taken halfway (the caches of Textual and Rich, which are bounded, fill first) and at the end, and what each refresh
left is held against the week's number. Few refreshes overstate it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import pty
import random
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROWS, COLUMNS = 60, 200
WEEK = 7 * 86_400 * 2
"""The screens look twice a second; each look that finds a commit is a refresh."""
OLD = 10_000
"""The last order that each connection has already."""
CURSOR = "›".encode()


class Terminal:
    """The screens behind a pty."""

    def __init__(self, path: Path) -> None:
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "POLLER_LANG": "en"}
            os.execv(sys.executable, [sys.executable, "-m", "odoo_poller_tui", "--db", str(path)])
        ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def wait_for(self, text: bytes, seconds: float) -> float:
        """How long until it comes, seconds."""
        began, got = time.perf_counter(), b""
        while text not in got:
            left = seconds - (time.perf_counter() - began)
            if left <= 0:
                raise SystemExit(
                    f"{text!r} did not come within {seconds} s; the last that came: {got[-300:]!r}"
                )
            if select.select([self.fd], [], [], left)[0]:
                got += os.read(self.fd, 1 << 16)
        return time.perf_counter() - began

    def drain(self, quiet: float) -> None:
        """Read until nothing came for so long."""
        while select.select([self.fd], [], [], quiet)[0]:
            os.read(self.fd, 1 << 16)

    def press(self, keys: bytes) -> float:
        """Seconds until the cursor is drawn anew."""
        self.drain(0)
        os.write(self.fd, keys)
        return self.wait_for(CURSOR, 10)

    def rss(self) -> int:
        return rss(self.pid)

    def cpu(self) -> float:
        """Seconds of a core that it has taken, to a hundredth."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def rss(pid: int | str = "self") -> int:
    """Bytes of memory that a process holds now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def fill(path: Path, connections: int, events: int) -> None:
    """Give each connection its share of delivered orders."""
    from append import page_of, settle
    from poller_core.store import Store
    from scale import enlarge

    small = path.with_suffix(".small")
    path.rename(small)
    store = Store.open(small)
    store.database.db.execute("PRAGMA synchronous=OFF")
    chance = random.Random(7)
    for number in range(min(connections, max(1, events // 600))):
        settle(store, store.intake.capture(page_of(OLD // 100 - 1, number + 1)), chance)
    store.database.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    enlarge(small, path, events)
    small.unlink()


@contextmanager
def polled(path: Path, connections: int, events: int, new: int = 0) -> Iterator[None]:
    """The database, and a poller at work on it."""
    from poller import prepare, settings_for

    with subprocess.Popen(
        [sys.executable, HERE / "servers.py", "--orders", str(OLD + new), "--ports", "100"],
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        try:
            prepare(settings_for(path, 16), json.loads(server.stdout.readline()), connections)
            fill(path, connections, events)
            environment = os.environ | {
                "POLLER_ALLOWED_NETWORKS": "127.0.0.0/8",
                "POLLER_ODOO_MIN_INTERVAL_MS": "0",
            }
            command = [Path(sys.executable).with_name("odoo-poller"), "run", "--db", str(path)]
            with path.with_suffix(".log").open("wb") as log:
                poller = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            try:
                yield
                if poller.poll() is not None:
                    raise SystemExit(f"the poller ended with {poller.returncode}")
            finally:
                poller.terminate()
                poller.wait(30)
        finally:
            server.kill()


def log_end(path: Path) -> int:
    """The last event's position."""
    db = sqlite3.connect(path)
    (end,) = db.execute("SELECT max(position) FROM events").fetchone()
    db.close()
    return int(end)


def measure(given: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "poller.db"
        with polled(path, given.connections, given.events, given.new):
            before = log_end(path)
            time.sleep(2)
            while given.new and log_end(path) == before:
                time.sleep(0.1)
            firsts, costs = [], []
            for _ in range(given.openings):
                terminal = Terminal(path)
                try:
                    firsts.append(terminal.wait_for(b"shop ", 30))
                    costs.append(terminal.cpu())
                finally:
                    terminal.close()
            terminal = Terminal(path)
            try:
                terminal.wait_for(b"shop ", 30)
                terminal.drain(0.3)
                began = time.perf_counter()
                answers = []
                for number in range(given.keys):
                    answers.append(terminal.press(b"\x1b[B" if number % 40 < 20 else b"\x1b[A"))
                    time.sleep(0.03)
                took, held = time.perf_counter() - began, terminal.rss()
            finally:
                terminal.close()
            grown = log_end(path) - before
    answers.sort()
    return {
        "first_picture_s": firsts,
        "first_picture_cpu_s": sorted(costs)[len(costs) // 2],
        "key_p50_ms": answers[len(answers) // 2] * 1000,
        "key_p95_ms": answers[len(answers) * 95 // 100] * 1000,
        "key_worst_ms": answers[-1] * 1000,
        "seconds": took,
        "rss": held,
        "events_meanwhile": grown,
    }


async def soak(refreshes: int, screen: str) -> dict[str, float]:
    """Fast motion over the backend that the tests use, with a change before each refresh."""
    import msgspec

    sys.path.insert(0, str(HERE.parent / "tests"))
    from tui.driving import application, press, settle
    from tui.fake_backend import FakeBackend

    fake = FakeBackend()
    app = application(fake)
    moment = app.now()
    app._clock = lambda: moment
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        await settle(pilot)
        await press(pilot, {"dashboard": "1", "retries": "2", "orders": "3", "logs": "4"}[screen])
        # As much as lies below the screen after a few weeks.
        replace, log, orders = msgspec.structs.replace, fake.log, fake.order_rows
        fake.log = [replace(log[n % 600], id=10_000 - n) for n in range(5_000)]
        fake.order_rows = [replace(orders[n % 400], position=20_000 - n) for n in range(5_000)]
        start = 0
        for number in range(refreshes):
            moment += WEEK // 2 * 1000 // refreshes
            change(fake, number, moment)
            loads = app.screen.loads
            await app.look()
            while app.screen.loads == loads:  # noqa: ASYNC110  # a counter is all that a screen has
                await asyncio.sleep(0)
            if number % max(1, refreshes // 20) == 0:
                gc.collect()
                print(f"{number:>8,} refreshes: {rss():,} bytes held", file=sys.stderr, flush=True)
            if number == refreshes // 2:
                start = rss()
        gc.collect()
        left = (rss() - start) / (refreshes - refreshes // 2)
    return {
        "refreshes": refreshes,
        "grown_bytes": left * (refreshes - refreshes // 2),
        "week_bytes": left * WEEK,
        "rss": rss(),
    }


def change(fake: object, number: int, moment: int) -> None:
    """What a cycle leaves: a line in the log, an order, an activity, another number at a connection."""
    import msgspec

    from tui.fake_backend import FakeBackend

    assert isinstance(fake, FakeBackend)
    replace, place = msgspec.structs.replace, number % len(fake.statuses)
    fake.statuses[place] = replace(fake.statuses[place], sent_today=number, last_sync_at=moment)
    line, order, happened = fake.log[0], fake.order_rows[0], fake.happened[0]
    fake.log = [replace(fake.log[7], id=line.id + 1, synced_at=moment), *fake.log[:5_000]]
    fake.order_rows = [
        replace(order, position=order.position + 1, number=f"S{number:07}", captured_at=moment),
        *fake.order_rows[:5_000],
    ]
    fake.happened = [replace(happened, position=happened.position + 1, at=moment), *fake.happened[:100]]
    fake.changed()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument(
        "--new",
        type=int,
        default=30,
        help="orders that each connection has yet to find; 0 for a quiet poller",
    )
    parser.add_argument("--openings", type=int, default=5)
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--soak", type=int, metavar="REFRESHES", help="a week in fast motion instead")
    parser.add_argument("--screen", choices=("dashboard", "retries", "orders", "logs"), default="dashboard")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = asyncio.run(soak(given.soak, given.screen)) if given.soak else measure(given)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        if isinstance(value, list):
            print(f"{name:<24} {' '.join(f'{one:.3f}' for one in value)}")
            continue
        print(f"{name:<24} {value:,.3f}" if value < 1000 else f"{name:<24} {value:,.0f}")


if __name__ == "__main__":
    main()
