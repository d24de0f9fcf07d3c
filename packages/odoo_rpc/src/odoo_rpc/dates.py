"""Moments as Odoo writes them: naive text in UTC with whole seconds, and the two HTTP headers that carry time."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

MAX_RETRY_AFTER_SECONDS = 3600.0
_LONGEST_DATE = 64
_FORMAT = "%Y-%m-%d %H:%M:%S"


def to_odoo(moment: datetime) -> str:
    """`moment` as a domain or a field takes it: `2026-11-24 02:14:06`, in UTC.

    Odoo 19 refuses a text with a zone, so ISO 8601 won't do. Raises ValueError for a naive `moment`, whose zone
    nobody knows. Microseconds are dropped.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment for Odoo needs a time zone")
    return moment.astimezone(UTC).strftime(_FORMAT)


def from_odoo(text: str) -> datetime:
    """The moment that Odoo's `2026-11-24 02:14:06` means, in UTC. Raises ValueError for anything else."""
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)


def http_date(text: str | None) -> datetime | None:
    """The moment of an HTTP `Date` (RFC 9110, 5.6.7), in UTC; None for no header or one that is no date."""
    return _parsed(text) if text and len(text) <= _LONGEST_DATE else None


@lru_cache(maxsize=256)
def _parsed(text: str) -> datetime | None:
    # Kept, since all answers of one second say the same.
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def retry_after_seconds(text: str | None, now: datetime | None) -> float | None:
    """How long a `Retry-After` (RFC 9110, 10.2.3: seconds or a date) asks to wait, between 0 and 3600 seconds.

    `now`: what a date is measured against; without it a date says nothing. None for no header and for garbage.
    """
    text = (text or "").strip()
    if text.isascii() and text.isdigit():
        # Cut before the conversion: Python refuses integers of thousands of digits.
        return min(float(text.lstrip("0")[:9] or 0), MAX_RETRY_AFTER_SECONDS)
    moment = http_date(text)
    if moment is None or now is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), MAX_RETRY_AFTER_SECONDS)
