"""The poller's clock: forwards with the wall clock, onwards by itself where that is put back."""

from __future__ import annotations

from random import Random

from poller_core.decide import polling
from poller_core.timeline import Timeline

NOW = 1_790_000_000_000


class Clocks:
    """A wall clock and a monotonic one, in ms."""

    def __init__(self) -> None:
        self.wall, self.monotonic = NOW, 5_000

    def passes(self, ms: int) -> None:
        self.wall += ms
        self.monotonic += ms

    def timeline(self) -> Timeline:
        return Timeline(lambda: self.wall, lambda: self.monotonic)


def test_a_clock_that_is_put_back_goes_on_at_the_monotonic_pace() -> None:
    clocks = Clocks()
    timeline = clocks.timeline()
    clocks.wall -= 3_600_000
    clocks.passes(250)
    assert timeline.now() == NOW + 250


def test_a_clock_that_jumps_ahead_is_believed() -> None:
    clocks = Clocks()
    timeline = clocks.timeline()
    clocks.wall += 3_600_000
    assert timeline.now() == NOW + 3_600_000


def test_another_process_event_of_this_moment_does_not_count_the_time_since_the_last_look_twice() -> None:
    clocks = Clocks()
    timeline = clocks.timeline()
    timeline.now()
    clocks.passes(14_000)
    timeline.not_before(clocks.wall)
    clocks.passes(1_000)
    assert timeline.now() == NOW + 15_000


def test_an_event_ahead_of_the_clock_is_where_it_goes_on() -> None:
    clocks = Clocks()
    timeline = clocks.timeline()
    timeline.not_before(NOW + 60_000)
    clocks.passes(10)
    assert timeline.now() == NOW + 60_010


def first_delay(*, last_poll: int, changed: int, now: int) -> float:
    return polling.first_delay(
        2,
        [NOW + last_poll],
        failing=polling.AUTHENTICATION,
        interval=60.0,
        auth_retry=600.0,
        changed_at=NOW + changed,
        now_ms=NOW + now,
    )


def test_a_refused_key_waits_out_its_ten_minutes_over_a_restart() -> None:
    assert first_delay(last_poll=100_000, changed=0, now=160_000) == 540.0


def test_a_key_that_was_changed_since_its_last_try_is_tried_at_once_after_a_restart() -> None:
    assert first_delay(last_poll=100_000, changed=150_000, now=160_000) < 1.0


def test_a_poll_that_began_right_behind_the_change_may_not_have_known_the_new_key() -> None:
    assert first_delay(last_poll=100_000, changed=99_500, now=160_000) < 1.0


def test_a_refused_key_is_not_insisted_on_while_the_process_runs() -> None:
    due = polling.next_poll(
        began=0.0, now=1.0, interval=20.0, kind=polling.AUTHENTICATION, retry_after=None, auth_retry=600.0,
        random=Random(1),
    )  # fmt: skip
    assert due >= 601.0
