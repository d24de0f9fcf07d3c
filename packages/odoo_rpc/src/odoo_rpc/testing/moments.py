"""Points in time as Odoo keeps and shows them.

The database column has microseconds, the API returns whole seconds, and a domain is compared with the column: that gap is
what loses orders, so the fake keeps it. Inside the fake a moment is an integer, microseconds since 1970 in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from odoo_rpc.testing.errors import OdooFault

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[ T](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<fraction>\d{1,6})\d*)?)?"
    r"(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?"
)


@lru_cache(maxsize=65_536)
def _second_text(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S")


def moment_text(moment: int) -> str:
    """Write a moment the way the API returns it: whole seconds, no zone."""
    return _second_text(moment // SECOND)


def as_datetime(moment: int) -> datetime:
    """Give a moment as Python has it, in UTC."""
    return _EPOCH + timedelta(microseconds=moment)


def from_seconds(seconds: float) -> int:
    """Turn seconds since 1970 (what a wall clock gives) into a moment."""
    return int(seconds * SECOND)


class Parsed:
    """A domain's date or datetime text: its moment, and whether it was a bare date or carried a zone."""

    __slots__ = ("bare_date", "moment", "zoned")

    def __init__(self, moment: int, *, bare_date: bool, zoned: bool) -> None:
        self.moment = moment
        self.bare_date = bare_date
        self.zoned = zoned


@lru_cache(maxsize=1_024)
def parse_text(text: str) -> Parsed | None:
    """Read `YYYY-MM-DD[ HH:MM:SS[.ffffff]][zone]`; None for anything else. The zone is noted, never applied."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    time = match["time"] or "00:00:00"
    try:
        whole = datetime.fromisoformat(f"{match['date']} {time}").replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds = (whole - _EPOCH) // timedelta(seconds=1)
    fraction = int((match["fraction"] or "0").ljust(6, "0"))
    return Parsed(
        seconds * SECOND + fraction,
        bare_date=match["time"] is None,
        zoned=match["zone"] is not None,
    )


def stored(value: object) -> int | bool:
    """Read a datetime that a `write` or a seed gives: text, aware or naive datetime, seconds, or false for none.

    Raises:
        OdooFault: the text is no date and time (`builtins.ValueError`, as the server says it).
    """
    match value:
        case None | False | "":
            return False
        case bool():
            raise OdooFault.value_error(f"invalid datetime {value!r}")
        case int() | float():
            return from_seconds(value)
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return (aware - _EPOCH) // timedelta(microseconds=1)
        case str():
            parsed = parse_text(value)
            if parsed is None or parsed.zoned:
                raise OdooFault.value_error(f"time data {value!r} does not match format '%Y-%m-%d %H:%M:%S'")
            return parsed.moment
        case _:
            raise OdooFault.value_error(f"invalid datetime {value!r}")
