"""`odoo-poller status` on a database of a million events, beside importing click and nothing else.

    python benchmarks/status.py [--events 1000000] [--rounds 15] [--json]

Whole processes, interleaved; milliseconds, and the median of each round's ratio. The promise is under three times click.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scale import enlarge, make_small

SMALL = 10_000
COMMANDS = {
    "python": ("-c", "pass"),
    "click": ("-c", "import click"),
    "status": ("-m", "odoo_poller", "status"),
    "status --json": ("-m", "odoo_poller", "status", "--json"),
}


def measure(database: Path, rounds: int) -> dict[str, dict[str, Any]]:
    """Median milliseconds, and each round's ratio to importing click."""
    environ = {**os.environ, "POLLER_DB_PATH": str(database)}
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(rounds + 1):
        for name, arguments in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environ)
            if turn:  # the first one fills the caches
                found[name].append((time.perf_counter() - started) * 1000)
    return {
        name: {
            "ms": statistics.median(times),
            "ratios": [mine / click for mine, click in zip(times, found["click"], strict=True)],
        }
        for name, times in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="odoo-poller-status-") as folder:
        small, large = Path(folder) / "small.db", Path(folder) / "large.db"
        make_small(small, min(SMALL, given.events))
        enlarge(small, large, given.events)
        found = measure(large, given.rounds)
    if given.json:
        print(json.dumps(found))
        return
    for name, one in found.items():
        print(f"{name:14} {one['ms']:7.1f} ms  {statistics.median(one['ratios']):5.2f} × click")


if __name__ == "__main__":
    main()
