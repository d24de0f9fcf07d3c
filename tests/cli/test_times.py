from __future__ import annotations

import pytest

from cli.making import HOUR, MINUTE, NOW, SECOND
from odoo_poller.times import exact, iso, local_clock, midnight, parse_moment, relative, stamp, took

DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0, "never"),
        (NOW, "now"),
        (NOW - 999, "now"),
        (NOW - SECOND, "1 s ago"),
        (NOW - 3 * MINUTE, "3 min ago"),
        (NOW - 47 * HOUR, "47 h ago"),
        (NOW - 50 * HOUR, "2 d ago"),
        (NOW + 30 * SECOND, "in 30 s"),
    ],
)
def test_distance_is_told_in_one_unit(moment: int, text: str) -> None:
    assert relative(moment, NOW) == text


def test_spanish_puts_it_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLLER_LANG", "es")
    assert relative(NOW - 3 * MINUTE, NOW) == "hace 3 min"
    assert relative(NOW + 30 * SECOND, NOW) == "en 30 s"
    assert relative(0, NOW) == "nunca"


def test_screens_show_local_time_and_json_utc() -> None:
    assert exact(NOW) == "2026-11-24 00:59:36"
    assert stamp(NOW) == "11-24 00:59:36"
    assert iso(NOW) == "2026-11-24T03:59:36.120Z"
    assert iso(0) is None


def test_odoo_time_is_shown_locally_with_the_day_where_it_differs() -> None:
    assert local_clock("2026-11-24 03:49:58", NOW) == "00:49:58"
    assert local_clock("2026-11-24 02:59:59", NOW) == "2026-11-23 23:59:59"
    assert local_clock("soon", NOW) == "soon"


def test_today_begins_at_local_midnight() -> None:
    assert iso(midnight(NOW)) == "2026-11-24T03:00:00.000Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24", "2026-11-24T03:00:00.000Z"),
        ("2026-11-23 22:30", "2026-11-24T01:30:00.000Z"),
        ("2026-11-24T01:00:00Z", "2026-11-24T01:00:00.000Z"),
        ("today", "2026-11-24T03:00:00.000Z"),
        ("hoy", "2026-11-24T03:00:00.000Z"),
        ("90s", "2026-11-24T03:58:06.120Z"),
        ("30min", "2026-11-24T03:29:36.120Z"),
        (" 2H ", "2026-11-24T01:59:36.120Z"),
        ("1w", "2026-11-17T03:59:36.120Z"),
    ],
)
def test_people_say_when_in_several_ways(text: str, moment: str) -> None:
    assert iso(parse_moment(text, NOW)) == moment


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "3 years", "٣d", "9999999d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_moment(text, NOW)


@pytest.mark.parametrize(
    ("length", "text"), [(0, "0 ms"), (999, "999 ms"), (1300, "1.3 s"), (125_000, "2 min")]
)
def test_durations_are_short(length: int, text: str) -> None:
    assert took(length) == text
