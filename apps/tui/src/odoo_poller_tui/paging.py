"""Long lists in pages: how a page that was fetched joins the rows that are loaded. Pure.

Rows are newest first with falling ids. A page holds what follows row ``after`` in that order, or the newest rows where it is None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

R = TypeVar("R")
PAGE = 200
MARGIN = 50
"""Rows above the screen that are fetched again with it, so that a small scroll shows fresh ones."""


KEPT = 2_000
"""So many rows stay loaded, and those that somebody scrolled to: a list that is left open all week must not grow."""


class Span(NamedTuple):
    """What to fetch: ``limit`` rows that follow row ``after``; ``epoch`` tells the filters it was asked under."""

    after: int | None
    limit: int
    epoch: int


def merged(
    loaded: Sequence[R], page: Sequence[R], after: int | None, limit: int, row_id: Callable[[R], int]
) -> tuple[R, ...]:
    """The loaded rows with the page in place of what they had there."""
    above = [row for row in loaded if after is not None and row_id(row) >= after]
    if len(page) < limit:
        return (*above, *page)
    last = row_id(page[-1])
    if after is None and loaded and row_id(loaded[0]) < last:
        return tuple(page)  # more new ones than a page: between them and the old there may be others
    return (*above, *page, *(row for row in loaded if row_id(row) < last))


def kept(loaded: Sequence[R], bottom: int) -> tuple[R, ...]:
    """The loaded rows without those that lie far below both the first one and the screen's last line ``bottom``."""
    return tuple(loaded[: max(KEPT, bottom + PAGE)])


def refreshed(loaded: Sequence[R], top: int, row_id: Callable[[R], int]) -> int | None:
    """After which row to fetch so that the rows around the screen's first line ``top`` are fetched anew."""
    above = top - MARGIN
    return row_id(loaded[above]) if 0 <= above < len(loaded) else None
