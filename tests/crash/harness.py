"""Kills and disk faults at a chosen syscall of a working store, and what must hold afterwards."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from crash import worker
from poller_core.store.chain import GENESIS, link

CALLS = ("pwrite64", "fdatasync", "ftruncate", "unlink")
SECONDS = 30


@dataclass(frozen=True)
class Ran:
    """How a run ended: the exit code (negative: a signal), and what was acknowledged before."""

    code: int
    acks: tuple[str, ...]


class Harness:
    """A worker with everything imported; each run is a fork of it under strace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "poller.db"
        self._acks = folder / "acks"
        self._trace = folder / "trace"
        environment = {**os.environ, "PYTHONPATH": str(Path(worker.__file__).parent.parent)}
        self._worker = subprocess.Popen(
            [sys.executable, worker.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def close(self) -> None:
        """End the worker."""
        self._worker.communicate(timeout=SECONDS)

    def count(self) -> Counter[str]:
        """How often each call happens in an undisturbed run."""
        ran = self.run()
        assert ran.code == 0, ran
        lines = self._trace.read_text().splitlines()
        return Counter(name for line in lines for name in CALLS if f"{name}(" in line)

    def run(self, inject: str = "") -> Ran:
        """One run on an empty database; ``inject`` is strace's, as ``pwrite64:signal=KILL:when=3``."""
        for file in self.folder.iterdir():
            file.unlink()
        go = Path(f"{self._acks}.go")
        os.mkfifo(go)
        stdin, stdout = self._worker.stdin, self._worker.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"run {self.database} {self._acks}\n")
        stdin.flush()
        pid = stdout.readline().split()[1]
        faults = ["-e", f"inject={inject}"] if inject else []
        strace = subprocess.Popen(
            ["strace", "-qq", "-p", pid, "-o", str(self._trace), "-e", f"trace={','.join(CALLS)}", *faults],
            stderr=subprocess.DEVNULL,
        )
        _wait_until_traced(pid)
        with go.open("wb") as gate:
            gate.write(b"go\n")
        code = int(stdout.readline().split()[1])
        strace.wait(SECONDS)
        acks = self._acks.read_text().splitlines() if self._acks.exists() else []
        return Ran(code, tuple(acks))

    def violations(self, ran: Ran) -> list[str]:
        """What does not hold of the database that the run left; then carries on, and looks again at the end."""
        found = [] if ran.code in (0, 3, -9) else [f"the process broke: {ran}"]
        found += self._after(ran)
        said: list[str] = []
        worker.work(self.database, said.append)
        found += [f"after carrying on: {one}" for one in self._final()]
        return found

    def _after(self, ran: Ran) -> list[str]:
        copy = self.folder / "look.db"
        for suffix in ("", "-wal"):
            source = Path(f"{self.database}{suffix}")
            if source.exists():
                shutil.copy(source, f"{copy}{suffix}")
        if not copy.exists() or not copy.stat().st_size:
            return [f"acknowledged, but nothing is stored: {ran.acks}"] if _commits(ran) else []
        db = sqlite3.connect(copy)
        try:
            found = sound(db)
            if not db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'sync_log'").fetchone()[0]:
                return found + ([f"acknowledged before the schema: {ran.acks}"] if _commits(ran) else [])
            return found + acknowledged(db, ran)
        finally:
            db.close()

    def _final(self) -> list[str]:
        db = sqlite3.connect(self.database)
        try:
            found = sound(db)
            orders = worker.PAGES * worker.ORDERS
            captured = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
            rejected = db.execute("SELECT count(*) FROM rejected").fetchone()[0]
            if (captured, rejected) != (orders - worker.PAGES, worker.PAGES):
                found.append(f"{captured} captured and {rejected} rejected of {orders}")
            sent = {row[0] for row in db.execute("SELECT odoo_order_id FROM sent_orders")}
            wanted = {i for i in range(1, orders + 1) if i % 3 == 0 and i % worker.ORDERS}
            if not wanted <= sent:
                found.append(f"never delivered: {sorted(wanted - sent)}")
            return found
        finally:
            db.close()


def _wait_until_traced(pid: str) -> None:
    deadline = time.monotonic() + SECONDS
    while "TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < deadline, "strace did not attach"
        os.sched_yield()


def _commits(ran: Ran) -> list[str]:
    return [line for line in ran.acks if not line.startswith("error")]


def sound(db: sqlite3.Connection) -> list[str]:
    """SQLite's own check, the hash chain, and events against the outbox."""
    found = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
    if not db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'heartbeat'").fetchone()[0]:
        return found
    previous = GENESIS
    for position, subject, order, version, kind, at, data, kept in db.execute(
        "SELECT * FROM events ORDER BY position"
    ):
        previous = link(previous, position, subject, order, version, kind, at, data)
        if previous != kept:
            found.append(f"the chain breaks at {position}")
            break
    built = {row[0] for row in db.execute("SELECT position FROM events WHERE type = 'PayloadBuilt'")}
    outbox = {row[0] for row in db.execute("SELECT position FROM outbox")}
    kept_bodies = {
        row[0] for row in db.execute("SELECT position FROM bodies UNION SELECT position FROM archive")
    }
    if built != outbox:
        found.append(f"events and outbox differ: {sorted(built ^ outbox)}")
    if not built <= kept_bodies:
        found.append(f"bodies are missing: {sorted(built - kept_bodies)}")
    return found


def acknowledged(db: sqlite3.Connection, ran: Ran) -> list[str]:
    """Whatever was acknowledged is stored."""
    captured = {
        row[0] for row in db.execute("SELECT order_id FROM outbox UNION SELECT order_id FROM rejected")
    }
    delivered = {row[0] for row in db.execute("SELECT odoo_order_id FROM sent_orders")}
    cursor = db.execute("SELECT max(cursor) FROM walk").fetchone()[0] or ""
    found = []
    for line in ran.acks:
        word, *numbers = line.split()
        ids = {int(number) for number in numbers if number.isdecimal()}
        if word == "captured" and not ids <= captured:
            found.append(f"captured but lost: {sorted(ids - captured)}")
        if word == "delivered" and not ids <= delivered:
            found.append(f"delivered but forgotten: {sorted(ids - delivered)}")
    pages = {worker.page_of(n).walk: n for n in range(worker.PAGES)}
    for walk, number in pages.items():
        ids = {order.order_id for order in worker.page_of(number).orders}
        if walk is not None and cursor >= walk.cursor and not ids <= captured:
            found.append(f"the cursor passed {sorted(ids - captured)}")
    return found
