"""A seed is one world: the same at every run, in every process, and it says its number when it fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.failure import Failed, Violation
from simulation.run import FEWEST_POLLS, run


def traced(seed: int, hash_seed: str) -> str:
    """The trace of a seed, from a process of its own."""
    code = f"from simulation.run import run; print(run({seed}).trace)"
    folder = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("seed", [8, 18], ids=["any", "one whose disk fills up to a byte"])
def test_a_seed_is_the_same_in_every_process_and_polls_often_enough_to_count(seed: int) -> None:
    here = run(seed)
    assert here.polls >= FEWEST_POLLS
    assert {traced(seed, "1"), traced(seed, "2"), traced(seed, "3")} == {here.trace}


def test_two_seeds_are_two_worlds() -> None:
    assert run(5).trace != run(8).trace


def test_a_seed_that_fails_says_its_number_the_moment_and_the_last_deeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_world: object) -> None:
        raise Violation("told to fail")

    monkeypatch.setattr("simulation.run.invariants.often", broken)
    told = []
    for _ in range(2):
        with pytest.raises(Failed) as failed:
            run(5)
        told.append(str(failed.value))
    assert told[0] == told[1]
    assert re.match(r"SEED=5 after (299|300) s: told to fail\nThe last deeds: \d", told[0])
