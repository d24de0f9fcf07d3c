"""Times as people read them. ``now`` and the time zone are given, so that a screen can be drawn for any moment."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from odoo_poller_tui.i18n import _

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def span(milliseconds: int) -> str:
    """A length of time in its largest unit: 5 s, 3 min, 2 h, 4 d."""
    if milliseconds < MINUTE:
        return f"{max(0, milliseconds) // 1000} s"
    if milliseconds < HOUR:
        return f"{milliseconds // MINUTE} min"
    if milliseconds < 2 * DAY:
        return f"{milliseconds // HOUR} h"
    return f"{milliseconds // DAY} d"


def ago(at: int, now: int) -> str:
    """How long ago; seconds in steps of five, so that an idle screen stays still. Never is a dash."""
    if not at:
        return "–"
    age = now - at
    if age < 5_000:
        return _("now")
    if age < MINUTE:
        age -= age % 5_000
    return _("{span} ago", span=span(age))


def until(at: int, now: int) -> str:
    """How long until; what is due already is due now."""
    if not at:
        return "–"
    if at <= now:
        return _("due now")
    left = at - now
    if left < MINUTE:
        left += -left % 5_000
    return _("in {span}", span=span(left))


def took(milliseconds: float) -> str:
    """How long something took: 12 ms, 1.4 s, 3 min."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < MINUTE:
        return f"{milliseconds / 1000:.1f} s"
    return span(int(milliseconds))


def moment(at: int) -> datetime:
    """The UTC time of a count of milliseconds; what no calendar holds becomes its end."""
    return datetime.fromtimestamp(min(max(at, 0), 253_402_214_400_000) / 1000, tz=UTC)


def clock(at: int, now: int, zone: tzinfo | None) -> str:
    """The time of day; of another day the date and the minute, of another year the date. At most 11 characters."""
    if not at:
        return "–"
    then, today = moment(at).astimezone(zone), moment(now).astimezone(zone)
    if then.date() == today.date():
        return f"{then:%H:%M:%S}"
    return f"{then:%m-%d %H:%M}" if then.year == today.year else f"{then:%Y-%m-%d}"


def exact(at: int, zone: tzinfo | None) -> str:
    """Date and time with milliseconds, as a timeline shows them."""
    return moment(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] if at else "–"


def day_start(now: int, zone: tzinfo | None) -> int:
    """Local midnight before ``now``."""
    midnight = moment(now).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(midnight.timestamp() * 1000)
