"""Which orders to ask Odoo for, and what a page allows us to forget: the cursor's arithmetic.

The cursor is a moment of *Odoo's* clock, up to which every confirmed order is captured, save for commits that
came later than the overlap. A window ``write_date >= cursor - overlap`` is walked by id. All times here are
Odoo's own text, naive UTC to the second (``2025-01-15 10:30:00``), which sorts as it reads.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import msgspec

Domain: TypeAlias = list[Any]

PAGE = 100
FEW_KNOWN = 300
"""Up to so many known ids are left out by the domain itself; above, ids are read first."""
ID_PAGE = 2000
_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """Where a connection's reading stands.

    ``cursor`` is empty before the first finished walk. While a walk of several pages is under way, ``bound`` is
    what the cursor may become at its end and ``after_id`` the largest id that was passed.
    """

    cursor: str = ""
    bound: str = ""
    after_id: int = 0

    @property
    def under_way(self) -> bool:
        """A walk of several pages is not finished."""
        return bool(self.bound)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection wants. ``sync_from`` empty: all orders. ``overlap_seconds`` covers late commits."""

    sync_from: str
    overlap_seconds: int


def parse(text: str) -> datetime:
    """Odoo's naive text as an aware UTC datetime. Raises ValueError."""
    if not _SHAPE.fullmatch(text, 0, 19):
        raise ValueError(f"not a moment as Odoo writes it: {text[:19]!r}")
    # Not strptime, which takes ten times as long and would be most of what deciding on a poll costs.
    return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)


def render(moment: datetime) -> str:
    """An aware datetime as Odoo's naive UTC text."""
    return moment.astimezone(UTC).isoformat(" ", "seconds")[:19]


def lower_bound(walk: Walk, window: Window) -> str:
    """The smallest ``write_date`` that the window asks for; empty for none."""
    if not walk.cursor:
        return ""
    return render(parse(walk.cursor) - timedelta(seconds=window.overlap_seconds))


def confirmed(window: Window) -> Domain:
    """The orders that a connection wants at all (design: an order counts by ``date_order`` or ``create_date``)."""
    domain: Domain = [["state", "in", ["sale", "done"]]]
    if window.sync_from:
        start = window.sync_from
        domain += ["|", ["date_order", ">=", start], ["create_date", ">=", start]]
    return domain


def in_window(walk: Walk, window: Window) -> Domain:
    """The wanted orders of the window, from the walk's place on."""
    domain = confirmed(window)
    lower = lower_bound(walk, window)
    if lower:
        domain.append(["write_date", ">=", lower])
    if walk.after_id:
        domain.append(["id", ">", walk.after_id])
    return domain


def without(domain: Domain, known: list[int], walk: Walk) -> Domain:
    """The same, leaving out the orders with these ids, save those that changed since the cursor.

    What changed under a known id may be another order: an Odoo that was put back to an earlier state gives ids out again.
    """
    if not known:
        return domain
    left_out: Domain = [["id", "not in", known]]
    if not walk.cursor:
        return [*domain, *left_out]
    # Odoo keeps microseconds that it doesn't tell: what changed within the cursor's own second would come at every poll.
    later = render(parse(walk.cursor) + timedelta(seconds=1))
    return [*domain, "|", *left_out, ["write_date", ">=", later]]


def earlier(moment: str, clock: datetime | None) -> str:
    """``moment``, but never later than Odoo's own clock said: a date from the future must not become a cursor."""
    return moment if clock is None else min(moment, render(clock))


def bound_of(newest: str, began: datetime | None, walk: Walk) -> str:
    """What the cursor may become at the end of a long walk that began at ``began`` of Odoo's clock."""
    return max(earlier(newest, began), walk.cursor) if newest else walk.cursor


def after_page(walk: Walk, last_id: int) -> Walk:
    """A page of a long walk is captured up to ``last_id``."""
    return msgspec.structs.replace(walk, after_id=max(walk.after_id, last_id))


def after_walk(walk: Walk, newest: str, clock: datetime | None) -> Walk:
    """The window is captured to its end.

    A long walk's cursor becomes its bound; a single page's is the newest ``write_date`` in it, since one call is
    one snapshot. A cursor that lies in the future of Odoo's clock (it was wrong and has been put right) comes back.
    """
    if walk.under_way:
        return Walk(cursor=walk.bound)
    cursor = max(walk.cursor, earlier(newest, clock)) if newest else walk.cursor
    return Walk(cursor=earlier(cursor, clock) if cursor else "")


__all__ = [
    "FEW_KNOWN",
    "ID_PAGE",
    "PAGE",
    "Domain",
    "Walk",
    "Window",
    "after_page",
    "after_walk",
    "bound_of",
    "confirmed",
    "earlier",
    "in_window",
    "lower_bound",
    "parse",
    "render",
    "without",
]
