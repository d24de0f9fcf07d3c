"""Stops and kills of the real process under load, as often as asked for.

    python -m chaos.signals --term 500      SIGTERM at random moments
    python -m chaos.signals --kill 50       kill -9 at random moments
    python -m chaos.signals --kill 50 --real 19   the same against a real Odoo (REAL_ODOO names the tool that starts it)

Each run continues on the database that the one before left. At the end nothing disturbs the program any more, and every order that the fake
Odoo confirmed must have arrived, each under one id with one body.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from chaos.world import World, world
from process_support import PROGRAM

STOP_SECONDS = 8.0
LONGEST_RUN_SECONDS = 1.2
IN_FLIGHT = 16


@dataclass(frozen=True)
class Outcome:
    """What a series showed. ``slowest`` in seconds; ``repeats``: deliveries beyond the first, over all orders."""

    runs: int
    orders: int
    slowest: float
    repeats: int
    bodies_per_id: int
    lost: int
    codes: tuple[int, ...]


def disturb(made: World, number: signal.Signals) -> tuple[float, int]:
    """One start, a random while, one signal; how long it took to end (seconds), and its exit code."""
    process = subprocess.Popen(
        [PROGRAM, "run"], env=made.program.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    moment = threading.Event()
    moment.wait(made.random.uniform(0, LONGEST_RUN_SECONDS))
    began = time.monotonic()
    process.send_signal(number)
    code = process.wait(STOP_SECONDS * 2)
    return time.monotonic() - began, code


def series(runs: int, number: signal.Signals, seed: int, real: int = 0) -> Outcome:
    """So many disturbed runs on one database, then a quiet end. ``real`` names a real Odoo's version."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), seed=seed, real=real) as made:
        ends = [disturb(made, number) for _ in range(runs)]
        made.settle()
        bodies = defaultdict(set)
        names = set()
        for ident, body in made.sink.got:
            bodies[ident].add(body)
            names.add(json.loads(body)["external_id"])
        return Outcome(
            runs=runs,
            orders=len(made.confirmed),
            slowest=max(seconds for seconds, _ in ends),
            repeats=sum(made.arrived.values()) - len(made.arrived),
            bodies_per_id=max(map(len, bodies.values()), default=0),
            lost=len(made.confirmed - names),
            codes=tuple(sorted({code for _, code in ends})),
        )


def main() -> None:
    """Run a series and print what it showed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--term", type=int, default=0)
    parser.add_argument("--kill", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=int, default=0, choices=[0, 14, 19])
    given = parser.parse_args()
    for runs, number in ((given.term, signal.SIGTERM), (given.kill, signal.SIGKILL)):
        if runs:
            print(number.name, series(runs, number, given.seed, given.real), flush=True)


if __name__ == "__main__":
    main()
