"""What it takes until `odoo-poller --help` is there: beside click alone, and a program that imports everything at once.

    python benchmarks/startup.py [--rounds 15] [--json]

Whole processes, interleaved; milliseconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import Any

CLICK = "import click\n@click.group()\ndef main(): ...\nmain(['--help'])"
EAGER = (
    "import click, httpx, anyio, msgspec, sqlite_utils, structlog, textual.app\n" + CLICK.partition("\n")[2]
)
COMMANDS = {
    "python": ("-c", "pass"),
    "click": ("-c", CLICK),
    "odoo-poller": ("-m", "odoo_poller", "--help"),
    "eager": ("-c", EAGER),
}


def timed(arguments: tuple[str, ...]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


def measure(rounds: int) -> dict[str, dict[str, Any]]:
    """Median milliseconds, and each round's ratio to click alone."""
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(rounds + 1):
        for name, arguments in COMMANDS.items():
            taken = timed(arguments)
            if turn:  # the first one fills the caches
                found[name].append(taken)
    return {
        name: {
            "ms": statistics.median(times),
            "ratios": [mine / click for mine, click in zip(times, found["click"], strict=True)],
        }
        for name, times in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.rounds)
    if given.json:
        print(json.dumps(found))
        return
    for name, row in found.items():
        print(f"{name:12} {row['ms']:6.1f} ms   {statistics.median(row['ratios']):5.2f} x click alone")


if __name__ == "__main__":
    main()
