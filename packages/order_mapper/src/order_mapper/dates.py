"""Odoo's naive UTC text as ISO 8601.

Odoo stores and sends every datetime in UTC, as `2025-01-15 10:30:00`. The pattern is spelled out, because what
`datetime.fromisoformat` takes grows from one Python to the next, and the same record must give the same payload on all.
"""

import re
from datetime import date

__all__ = ["utc_instant"]

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d{1,9})?(?:Z|\+00:00)?", re.ASCII
)


def utc_instant(text: str) -> str | None:
    """`2025-01-15 10:30:00` as `2025-01-15T10:30:00Z`; null where `text` is no point in time in UTC.

    Fractions of a second are cut off, as Odoo's own API does.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    day, time = match.groups()
    try:
        date.fromisoformat(day)
    except ValueError:  # the 30th of February
        return None
    return f"{day}T{time}Z"
