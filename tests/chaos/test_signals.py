"""The real process, stopped and killed under load: out in time, nothing lost, the same bytes under one id."""

from __future__ import annotations

import signal

import pytest

from chaos.signals import IN_FLIGHT, STOP_SECONDS, series

pytestmark = pytest.mark.slow


def test_twenty_stops_at_random_moments_lose_nothing_and_end_in_time() -> None:
    outcome = series(20, signal.SIGTERM, seed=7)
    assert outcome.slowest < STOP_SECONDS
    # Before its handlers are there, Python itself ends by the signal: nothing was opened then.
    assert set(outcome.codes) <= {0, -signal.SIGTERM}
    assert outcome.lost == 0
    assert outcome.bodies_per_id == 1
    assert outcome.repeats == 0


def test_kills_lose_nothing_and_repeat_at_most_what_was_in_flight() -> None:
    outcome = series(10, signal.SIGKILL, seed=8)
    assert outcome.lost == 0
    assert outcome.bodies_per_id == 1
    # What was under way, and as many again that were answered and not committed: more the relay doesn't let out.
    assert outcome.repeats <= outcome.runs * IN_FLIGHT * 2
