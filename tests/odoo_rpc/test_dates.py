"""Moments as Odoo and HTTP write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from odoo_rpc import from_odoo, to_odoo
from odoo_rpc.dates import http_date, retry_after_seconds

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def test_a_moment_goes_to_odoo_naive_in_utc_and_in_whole_seconds() -> None:
    santiago = timezone(timedelta(hours=-3))
    assert to_odoo(datetime(2026, 11, 23, 23, 14, 6, 999999, tzinfo=santiago)) == "2026-11-24 02:14:06"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_odoo(datetime(2026, 11, 24))  # noqa: DTZ001 - that is the point


def test_a_moment_from_odoo_is_in_utc() -> None:
    assert from_odoo("2026-11-24 02:14:06") == datetime(2026, 11, 24, 2, 14, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "2026-11-24", "2026-11-24T02:14:06Z", "false"])
def test_what_is_no_moment_of_odoo_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_odoo(text)


def test_an_http_date_is_read() -> None:
    assert http_date("Tue, 24 Nov 2026 03:56:39 GMT") == datetime(2026, 11, 24, 3, 56, 39, tzinfo=UTC)


def test_an_http_date_of_unknown_zone_is_taken_as_utc() -> None:
    assert http_date("Tue, 24 Nov 2026 03:56:39 -0000") == datetime(2026, 11, 24, 3, 56, 39, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", [None, "", "soon", "Tue, 99 Nov 2026 03:56:39 GMT", "1 Jan 99999999999 0:0 +9999", "(", "1"]
)
def test_what_is_no_http_date_is_none(text: str | None) -> None:
    assert http_date(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        (" 17 ", 17.0),
        ("007", 7.0),
        ("3600", 3600.0),
        ("3601", 3600.0),
        ("9" * 5000, 3600.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("Tue, 24 Nov 2099 12:00:00 GMT", 3600.0),
    ],
)
def test_retry_after_is_read_in_both_forms_and_clamped_to_an_hour(text: str, seconds: float) -> None:
    assert retry_after_seconds(text, NOW) == seconds


@pytest.mark.parametrize("text", [None, "", "-5", "1.5", "soon", "١٧", "1e3", "0x10", "17 seconds"])
def test_garbage_in_retry_after_is_ignored(text: str | None) -> None:
    assert retry_after_seconds(text, NOW) is None


def test_a_date_in_retry_after_says_nothing_without_the_servers_own_date() -> None:
    assert retry_after_seconds("Tue, 24 Nov 2026 12:00:30 GMT", None) is None
