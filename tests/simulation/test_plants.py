"""The test of the test: bugs planted in the real code are found, and soon."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.plants import PLANTS

SEEDS = 200
CAUGHT_BY = {
    "cursor-off-by-one": r"the cursor .* passed order",
    "outbox-row-outside-the-transaction": r"the cursor .* passed order",
    "suspended-endpoint-never-probed": r"is PENDING at rest \(never tried\)",
    "other-bytes-at-a-retry": r"two bodies under",
    "no-answer-counts-as-delivered": r"counts as delivered, and nobody has taken it",
    "late-commits-never-swept": r"never captured",
}
"""The invariant that finds each. A plant that only raises an error is broken itself."""


def test_every_plant_says_which_invariant_finds_it() -> None:
    assert set(CAUGHT_BY) == set(PLANTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_bug_is_caught_within_two_hundred_seeds(name: str) -> None:
    folder = Path(__file__).parent.parent
    command = [sys.executable, "-m", "simulation", "--plant", name, "--seeds", str(SEEDS), "--until-caught"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 1, f"{name} was not caught in {SEEDS} seeds:\n{done.stdout}{done.stderr}"
    caught = re.search(r"^SEED=(\d+) after [\d.]+ s: (.*)", done.stdout, re.MULTILINE)
    assert caught is not None, done.stdout + done.stderr
    assert re.search(CAUGHT_BY[name], caught[2]), done.stdout
    print(f"{name}: caught at seed {caught[1]}: {done.stdout.splitlines()[0]}")
