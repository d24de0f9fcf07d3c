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
MUST_BE_CAUGHT = (
    "cursor-off-by-one",
    "outbox-row-outside-the-transaction",
    "suspended-endpoint-never-probed",
)


def test_the_three_bugs_that_the_issue_names_are_among_the_plants() -> None:
    assert set(MUST_BE_CAUGHT) <= set(PLANTS)


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
    caught = re.search(r"^SEED=(\d+) after", done.stdout, re.MULTILINE)
    assert caught is not None, done.stdout + done.stderr
    print(f"{name}: caught at seed {caught[1]}: {done.stdout.splitlines()[0]}")
