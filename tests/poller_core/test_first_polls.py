"""The first polls after a start: at once, but a process that is started again and again doesn't poll more for it."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_rpc.testing import FakeOdoo
from poller_core.decide.polling import AUTHENTICATION, START_SPREAD_SECONDS, first_delay
from poller_core.loops.reader import Reader
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Roster
from poller_core.loops.scheduler import Scheduler
from poller_support import make_rig

NOW = 1_764_000_000_000


def delay(*seconds_ago: float, failing: str = "", changed_ago: float = 86_400, interval: float = 60) -> float:
    return first_delay(
        7,
        [NOW - round(ago * 1000) for ago in seconds_ago],
        failing=failing,
        interval=interval,
        auth_retry=600,
        changed_at=NOW - round(changed_ago * 1000),
        now_ms=NOW,
    )


def test_a_start_polls_within_a_second_also_right_after_a_poll() -> None:
    assert delay() <= START_SPREAD_SECONDS
    assert delay(5) <= START_SPREAD_SECONDS
    assert delay(65, 5) <= START_SPREAD_SECONDS
    assert delay(40, 5) <= START_SPREAD_SECONDS


def test_the_fourth_start_in_an_interval_waits_it_out() -> None:
    assert delay(40, 20, 5) == 55
    assert delay(61, 20, 5) <= START_SPREAD_SECONDS
    assert delay(40, 20, 5, interval=30) <= START_SPREAD_SECONDS


def test_a_change_since_then_is_polled_at_once() -> None:
    assert delay(40, 20, 5, changed_ago=1) <= START_SPREAD_SECONDS
    assert delay(5, failing=AUTHENTICATION, changed_ago=1) <= START_SPREAD_SECONDS


def test_a_refused_key_waits_out_its_ten_minutes() -> None:
    assert delay(300, failing=AUTHENTICATION) == 300
    assert delay(601, failing=AUTHENTICATION) <= START_SPREAD_SECONDS


@given(
    st.lists(st.integers(-(10**6), 10**6), max_size=5), st.sampled_from(["", AUTHENTICATION, "Unavailable"])
)
def test_no_clock_makes_anybody_wait_longer_than_what_it_would_have_been(
    ago: list[int], failing: str
) -> None:
    found = delay(*sorted(ago, reverse=True), failing=failing)
    assert 0 <= found <= (600 if failing == AUTHENTICATION else 60)


@pytest.mark.anyio
async def test_a_process_that_dies_after_each_first_poll_polls_three_times_an_interval() -> None:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    # As a day later: what a person changed a moment ago is polled at once.
    with rig.store.database.transaction() as tx:
        tx.db.execute("UPDATE connection SET updated_at = updated_at - 86400000")
    polled = 0
    for _ in range(20):
        roster = Roster(rig.services)
        await roster.refresh()
        reader = Reader(rig.services, roster, Relay(rig.services, roster).offer)
        scheduler = Scheduler(rig.services, roster, reader)
        await scheduler.begin()
        moment, _ = scheduler._due[0]
        if moment - anyio.current_time() <= START_SPREAD_SECONDS:
            await reader.poll(roster.entries[1])
            await reader.flush()
            polled += 1
    assert polled == 3


@pytest.mark.anyio
async def test_a_refused_keys_last_try_is_found_behind_any_number_of_other_polls() -> None:
    odoo = FakeOdoo(19)
    rig = make_rig(odoo)
    rig.connect("A", odoo)
    odoo.revoke(odoo.api_key)
    with rig.store.database.transaction() as tx:
        tx.db.execute("UPDATE connection SET updated_at = updated_at - 86400000")
    roster = Roster(rig.services)
    await roster.refresh()
    reader = Reader(rig.services, roster, Relay(rig.services, roster).offer)
    await reader.poll(roster.entries[1])
    with rig.store.database.transaction() as tx:
        tx.db.executemany(
            "INSERT INTO poll_log (connection, at, found, sent, failed, error, duration_ms) VALUES (2, 0, 0, 0, 0, '', 1)",
            [()] * 50,
        )
    await roster.refresh()
    scheduler = Scheduler(rig.services, roster, reader)
    await scheduler.begin()
    moment, _ = scheduler._due[0]
    assert moment - anyio.current_time() > 500
