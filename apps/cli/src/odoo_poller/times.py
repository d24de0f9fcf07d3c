"""Times as people read them: how long ago, and the exact local time at hand. JSON gets UTC.

All moments are milliseconds since 1970 UTC, 0 for never; ``now`` is always an argument.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from odoo_poller.i18n import _

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
_UNITS = {"s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_SPAN = re.compile(r"(\d{1,6})\s*(s|min|m|h|d|w)$", re.ASCII)


def local(moment: int) -> datetime:
    """Return the moment in this machine's zone."""
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone()


def exact(moment: int) -> str:
    """Write the local time to the second: 2026-11-24 00:59:36."""
    return local(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else _("never")


def stamp(moment: int) -> str:
    """Write the local day and time without the year, for lines that flow: 11-24 00:59:36."""
    return local(moment).strftime("%m-%d %H:%M:%S")


def clock(moment: int) -> str:
    """Write the local time of day: 00:59:36."""
    return local(moment).strftime("%H:%M:%S")


def iso(moment: int) -> str | None:
    """Write the moment in UTC for JSON, 2026-11-24T03:59:36.120Z; None for never."""
    if not moment:
        return None
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment % 1000:03d}Z"


def span(milliseconds: int) -> str:
    """Write a length in its largest fitting unit: 30 s, 3 min, 5 h, 12 d."""
    length = abs(milliseconds)
    if length < MINUTE:
        return f"{length // SECOND} s"
    if length < HOUR:
        return f"{length // MINUTE} min"
    return f"{length // HOUR} h" if length < 2 * DAY else f"{length // DAY} d"


def relative(moment: int, now: int) -> str:
    """Write how far the moment lies from ``now``: "3 min ago", "in 30 s", "never"."""
    if not moment:
        return _("never")
    distance = now - moment
    if abs(distance) < SECOND:
        return _("now")
    return _("{span} ago", span=span(distance)) if distance > 0 else _("in {span}", span=span(distance))


def took(milliseconds: int) -> str:
    """Write a duration: 412 ms, 1.3 s, 2 min."""
    if milliseconds < SECOND:
        return f"{milliseconds} ms"
    return f"{milliseconds / SECOND:.1f} s" if milliseconds < MINUTE else span(milliseconds)


def midnight(now: int) -> int:
    """Return today's first moment in this machine's zone."""
    return int(local(now).replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def local_clock(odoo_time: str, beside: int) -> str:
    """Write Odoo's naive UTC time in this machine's zone, with the day only where it isn't that of ``beside``."""
    try:
        moment = datetime.strptime(odoo_time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return odoo_time
    milliseconds = int(moment.timestamp() * 1000)
    return clock(milliseconds) if local(milliseconds).date() == local(beside).date() else exact(milliseconds)


def parse_moment(text: str, now: int) -> int:
    """Read "2026-11-24", "2026-11-24 10:30", ISO 8601, "today" or a span back ("30min", "2h", "3d"); ValueError else.

    A time without a zone is local.
    """
    text = text.strip().lower()
    if text in ("today", "hoy"):
        return midnight(now)
    if match := _SPAN.match(text):
        return now - int(match[1]) * _UNITS[match[2]]
    moment = datetime.fromisoformat(text.upper().replace(" ", "T", 1))
    if moment.tzinfo is None:
        moment = moment.astimezone()
    return int(moment.timestamp() * 1000)
