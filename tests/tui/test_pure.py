"""The parts that need no terminal: pages, columns, bars, times, concerns, the web's guard."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from odoo_poller_tui import overview, paging, when
from odoo_poller_tui.cells import plain
from odoo_poller_tui.fields import FIELDS, changed, fresh, stored
from odoo_poller_tui.overview import Concern
from odoo_poller_tui.web import is_ours
from odoo_poller_tui.widgets.chart import bars
from odoo_poller_tui.widgets.columns import Column, fit
from poller_core.model import Hour, is_late
from tui.fake_backend import FakeBackend
from tui.rows import DAY, HOUR, MINUTE, NOW, connection, status


def _same(row: int) -> int:
    return row


def test_a_first_page_is_taken_as_it_is() -> None:
    assert paging.merged((), (9, 8, 7), None, 3, _same) == (9, 8, 7)


def test_a_next_page_follows() -> None:
    assert paging.merged((9, 8, 7), (6, 5), 7, 3, _same) == (9, 8, 7, 6, 5)


def test_a_fresh_page_in_the_middle_takes_the_place_of_what_was_there() -> None:
    assert paging.merged((9, 8, 7, 6, 5, 4), (7, 5), 8, 2, _same) == (9, 8, 7, 5, 4)


def test_rows_that_are_gone_at_the_end_go() -> None:
    assert paging.merged((9, 8, 7, 6), (8,), 9, 3, _same) == (9, 8)


def test_more_new_rows_than_a_page_begin_the_list_anew() -> None:
    assert paging.merged((9, 8, 7), (30, 29, 28), None, 3, _same) == (30, 29, 28)


def test_a_list_keeps_no_more_than_it_needs_however_many_rows_come() -> None:
    rows = tuple(range(10_000, 0, -1))
    assert paging.kept(rows, 40) == rows[:2_000]
    assert paging.kept(rows, 5_000) == rows[:5_200]
    assert paging.kept(rows[:30], 40) == rows[:30]


def test_the_page_on_the_screen_is_the_one_that_is_refreshed() -> None:
    rows = tuple(range(1000, 0, -1))
    assert paging.refreshed(rows, 0, _same) is None
    assert paging.refreshed(rows, 300, _same) == rows[250]


def test_columns_drop_by_rank_and_share_what_is_left() -> None:
    columns = (
        Column("a", lambda row, _now: plain(""), 10, grow=1, most=14),
        Column("b", lambda row, _now: plain(""), 10, drop=2),
        Column("c", lambda row, _now: plain(""), 10, drop=1),
    )
    assert [(c.title, w) for c, w in fit(columns, 40)] == [("a", 14), ("b", 10), ("c", 10)]
    assert [(c.title, w) for c, w in fit(columns, 22)] == [("a", 10), ("c", 10)]
    assert [(c.title, w) for c, w in fit(columns, 3)] == [("a", 10)]


def test_bars_show_the_smallest_number_and_fill_the_height_with_the_largest() -> None:
    assert bars((0, 1, 500, 1000), 1) == [" ▁▄█"]
    assert bars((0, 1, 500, 1000), 2) == ["   █", " ▁██"]
    assert bars((0, 0), 2) == ["  ", "▁▁"]


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (0, "now"),
        (7_000, "5 s ago"),
        (59_999, "55 s ago"),
        (3 * MINUTE, "3 min ago"),
        (2 * HOUR, "2 h ago"),
        (47 * HOUR, "47 h ago"),
        (3 * DAY, "3 d ago"),
        (-5, "now"),
    ],
)
def test_ages(age: int, text: str) -> None:
    assert when.ago(NOW - age, NOW) == text


def test_times_are_local_and_short() -> None:
    chile = timezone(timedelta(hours=-3))
    assert when.clock(NOW, NOW, chile) == "07:30:15"
    assert when.clock(NOW - DAY, NOW, chile) == "11-23 07:30"
    assert when.clock(NOW - 400 * DAY, NOW, chile) == "2025-10-20"
    assert when.clock(0, NOW, chile) == "–"
    assert when.exact(NOW + 7, UTC) == "2026-11-24 10:30:15.007"
    assert when.day_start(NOW, chile) == NOW - NOW % DAY + 3 * HOUR
    assert when.exact(10**18, UTC).startswith("9999-12-31")


def test_concerns_come_by_urgency_and_a_suspended_url_is_told_once() -> None:
    value = overview.fetch(FakeBackend(), now=NOW, day_start=0)
    found = overview.concerns(value, NOW)
    assert [(c.topic, c.subject) for c in found] == [
        ("endpoint", "https://picking.bodega-sur.example/hooks/odoo"),
        ("connection", "Perfumería Ñuñoa SpA"),
        ("connection", "Café Altura"),
        ("late", "Deportes Andes"),
        ("failed", ""),
        ("rejected", ""),
    ]


def test_a_stopped_poller_is_the_first_concern_and_nobody_is_late_then() -> None:
    value = overview.fetch(FakeBackend(is_running=False), now=NOW, day_start=0)
    found = overview.concerns(value, NOW)
    assert found[0] == Concern("poller", "", "", "stopped", count=16)
    assert "late" not in {concern.topic for concern in found}


def test_a_connection_in_its_first_sync_is_not_late() -> None:
    assert not is_late(status(connection(1, "a"), last_sync_at=0, walking=True), NOW)


def test_the_last_day_has_24_hours_up_to_now() -> None:
    hours = overview.last_day((Hour(NOW - NOW % HOUR, 5, 1, 5),), NOW)
    assert len(hours) == 24
    assert hours[-1] == Hour(NOW - NOW % HOUR, 5, 1, 5)
    assert hours[0] == Hour(NOW - NOW % HOUR - 23 * HOUR, 0, 0, 0)


def test_a_form_begins_with_the_defaults_and_never_with_a_stored_secret() -> None:
    values = fresh("https://hook", "s3cret")
    assert values["webhook_url"] == "https://hook"
    assert values["webhook_secret"] == "s3cret"
    assert values["polling_interval_seconds"] == "60"
    before = stored(connection(1, "a"))
    assert before["api_key"] == before["webhook_secret"] == ""
    assert set(before) == {field.name for field in FIELDS}
    assert changed(before, before | {"name": "b", "api_key": "k"}) == {"name": "b", "api_key": "k"}


@pytest.mark.parametrize(
    ("header", "host", "ours"),
    [
        ("127.0.0.1:8000", "127.0.0.1", True),
        ("localhost:8000", "127.0.0.1", True),
        ("[::1]:8000", "127.0.0.1", True),
        ("evil.example:8000", "127.0.0.1", False),
        ("127.0.0.1.evil.example:8000", "127.0.0.1", False),
        ("127.0.0.1:9000", "127.0.0.1", False),
        ("desk.lan:8000", "desk.lan", True),
        ("other.lan:8000", "desk.lan", False),
        ("desk.lan:8000", "0.0.0.0", True),
        ("[bad", "127.0.0.1", False),
    ],
)
def test_the_web_answers_only_to_its_own_name(header: str, host: str, ours: bool) -> None:
    assert is_ours(header, host, 8000) is ours
