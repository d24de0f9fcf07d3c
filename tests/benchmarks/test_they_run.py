"""The benchmarks still run, on a few orders: what they measure is `make bench`'s business, and no time is looked at here.

Peers (aiohttp, aiosqlite, eventsourcing ...) take part where requirements/bench.txt is installed.
"""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PEERS = {
    name: importlib.util.find_spec(name) is not None for name in ("aiohttp", "aiosqlite", "eventsourcing")
}


def run(program: str, *arguments: object) -> Any:
    """A program's JSON, which is the last thing that it prints."""
    command = [sys.executable, BENCHMARKS / program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    command = [sys.executable, BENCHMARKS / "servers.py", "--orders", "120"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())[0]
        server.kill()


@pytest.fixture(scope="module")
def harness() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_run", BENCHMARKS / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("program", ["poller.py", "bare.py"])
def test_orders_go_all_the_way(program: str, port: int) -> None:
    found = run(program, port, 2, 120, 8)
    assert found["seconds"] > 0
    assert found["cpu"] > 0


@pytest.mark.parametrize("way", ["batched", "one-by-one"])
def test_the_obvious_program_does_too(way: str, port: int) -> None:
    pytest.importorskip("aiosqlite")
    assert run("naive.py", port, 2, 120, way)["seconds"] > 0


def test_a_page_is_appended_by_the_poller_and_by_its_peers() -> None:
    peers = ["executemany", *(name for name in ("eventsourcing", "aiosqlite") if PEERS[name])]
    found = run("append.py", "--rounds", 2, "--pages", 2, "--json", "--only", *peers)
    assert set(found) == {"poller", *peers}
    assert all(row["ms"] > 0 for row in found.values())


def test_a_large_log_is_made_and_measured() -> None:
    found = run("scale.py", "--events", 20_000, "--rounds", 1, "--json")
    assert found["events"] == 20_000
    assert set(found["actions"]) == {"append", "deliver", "status", "dashboard"}
    assert found["disk"] > 0


def test_a_log_is_rebuilt() -> None:
    assert run("rebuild.py", 3_000, "--rounds", 1, "--json")["rebuild"] > 0


def test_idle_connections_are_polled() -> None:
    few = ("--connections", 20, "--period", 2, "--seconds", 1, "--windows", 2, "--warm-up", 3)
    found = run("idle.py", "--json", *few)
    assert len(found["ratios"]) == 2
    assert found["poller"]["polls"] > 0


def test_processes_start() -> None:
    assert run("startup.py", "--rounds", 1, "--json")["odoo-poller"]["ms"] > 0


def test_the_status_is_asked_for() -> None:
    found = run("status.py", "--events", 3_000, "--rounds", 1, "--json")
    assert set(found) == {"python", "click", "status", "status --json"}
    assert all(row["ms"] > 0 and len(row["ratios"]) == 1 for row in found.values())


def test_the_screens_are_opened_in_a_terminal_beside_a_poller_at_work() -> None:
    size = ("--connections", 3, "--events", 3_000, "--new", 20)
    found = run("screens.py", *size, "--openings", 1, "--keys", 3, "--json")
    assert len(found["first_picture_s"]) == 1
    assert 0 < found["key_p50_ms"] <= found["key_p95_ms"] <= found["key_worst_ms"]
    assert found["events_meanwhile"] > 0


def test_a_week_of_the_screens_is_played_in_fast_motion() -> None:
    found = run("screens.py", "--soak", 10, "--screen", "logs", "--json")
    assert found["refreshes"] == 10
    assert found["rss"] > 0


@pytest.mark.skipif(not PEERS["aiohttp"], reason="needs requirements/bench.txt")
def test_one_post_is_measured() -> None:
    found = run("http_post.py", "--rounds", 1, "--seconds", 0.05, "--origins", 3, "--json")
    assert found["clients"]["50"]["odoo_rpc.net"]["requests_per_second"] > 0
    assert len(found["idle"]["ratios"]) == 1


def test_the_page_says_what_was_met_missed_and_drowned_in_noise(harness: ModuleType) -> None:
    report = harness.Report(quick=False)
    report.show(
        "speed",
        harness.claim("≥ 2 × theirs", [2.5, 2.4, 2.6], 2, unit=" ×"),
        harness.claim("≤ 1 × theirs", [1.5, 1.4, 1.6], 1, most=True),
        harness.claim("≥ 0.4 of the limit", [0.3, 0.41, 0.5], 0.4),
    )
    page = harness.page(report, 3.0, [0.25, 0.5])
    assert "2 of 3 met" in page
    assert "| speed | ≥ 2 × theirs | 2.50 × (2.40–2.60) | met |" in page
    assert "| speed | ≤ 1 × theirs | 1.50 (1.40–1.60) | **missed** |" in page
    assert "| speed | ≥ 0.4 of the limit | 0.41 (0.30–0.50) | met, within the noise |" in page
    assert "25% to 50%" in page
