"""The store killed, and the disk failing, at every write and sync: nothing acknowledged is lost, nothing is half done.

Needs strace, which injects a signal or an error into the n-th call. ``CRASH_STRIDE=1`` tries every point of every fault; by
default kills are tried at every point and disk errors at every other one, which keeps the whole under two minutes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash.harness import CALLS, Harness

pytestmark = pytest.mark.slow
SLICES = 4
STRIDE = int(os.environ.get("CRASH_STRIDE", "2"))
FAULTS = {
    "killed": ("signal=KILL:when={n}", 1),
    "disk full from then on": ("error=ENOSPC:when={n}+", STRIDE),
    "disk full once": ("error=ENOSPC:when={n}", STRIDE * 2),
    "disk error once": ("error=EIO:when={n}", STRIDE * 2),
    "disk broken from then on": ("error=EIO:when={n}+", STRIDE * 2),
}


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    if shutil.which("strace") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("strace is not installed: apt-get install strace")
        pytest.skip("strace is not installed")
    found = Harness(tmp_path_factory.mktemp("crash"))
    yield found
    found.close()


def points(harness: Harness) -> list[tuple[str, int]]:
    counts = harness.count()
    return [(call, n) for call in CALLS for n in range(1, counts[call] + 1)]


@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_write_fails_nothing_acknowledged_is_lost(harness: Harness, fault: str, part: int) -> None:
    template, stride = FAULTS[fault]
    every = points(harness)
    assert len(every) > 100
    chosen = every[::stride][part::SLICES]
    broken = {}
    for call, n in chosen:
        ran = harness.run(f"{call}:{template.format(n=n)}")
        violations = harness.violations(ran)
        if violations:
            broken[f"{call} {n}"] = violations
    assert not broken


def test_the_harness_sees_a_lost_commit(harness: Harness, tmp_path: Path) -> None:
    """The test of the test: an acknowledgement that nothing stands behind is noticed."""
    from crash.harness import Ran

    ran = harness.run()
    lying = Ran(ran.code, (*ran.acks, "captured 999"))
    assert any("999" in found for found in harness.violations(lying))
