from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from odoo_poller.demo_show import money

PROGRAM = [sys.executable, "-m", "odoo_poller", "demo"]


def demo(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POLLER_")}
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, env={**clean, **environ}, check=False
    )


def test_every_order_arrives_once_and_the_failed_one_is_retried() -> None:
    started = time.monotonic()
    done = demo("--json", POLLER_LANG="en")
    ending = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert ending == ending | {
        "confirmed": 12,
        "delivered": 12,
        "retried": 1,
        "posts": 13,
        "repeated": 0,
        "signatures_verified": True,
        "retries_alike": True,
    }
    assert time.monotonic() - started < 20


def test_it_shows_each_order_and_what_to_do_next() -> None:
    done = demo(POLLER_LANG="en")
    lines = done.stdout.splitlines()
    assert lines[0] == "Odoo stand-ins → the poller → a receiver, all on this machine"
    arrived = [line for line in lines if re.match(r"  \d\d:\d\d:\d\d  ✓ S000\d\d ", line)]
    failed = [line for line in lines if re.match(r"  \d\d:\d\d:\d\d  ✗ S00004 ", line)]
    assert (len(arrived), len(failed)) == (12, 1)
    assert any("Juan Pérez Ñuñoa" in line and "$41.940" in line for line in arrived)
    assert sum(line.endswith("↻ retried") for line in arrived) == 1
    assert any(line.startswith("✓ 12 of 12 orders delivered") for line in lines)
    assert "odoo-poller connections add" in done.stderr
    assert [line for line in lines if len(line) > 80] == []


def test_it_speaks_spanish() -> None:
    done = demo(POLLER_LANG="es")
    assert "12 de 12 órdenes entregadas" in done.stdout
    assert "mismo webhook-id, mismos bytes" in done.stdout


def test_it_touches_no_database_of_yours(tmp_path: Path) -> None:
    mine = tmp_path / "poller.db"
    mine.write_bytes(b"mine")
    assert demo("--db", str(mine)).returncode == 2
    demo(POLLER_DB_PATH=str(mine), POLLER_ODOO_MIN_INTERVAL_MS="nonsense")
    assert mine.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("minor_units", "text"),
    [(4194000, "$41.940"), (332615, "$3.326,15"), (5, "$0,05"), (123456789000, "$1.234.567.890")],
)
def test_money_is_written_as_in_chile(minor_units: int, text: str) -> None:
    assert money(minor_units) == text
