"""How wide a table's columns are: pure, so that every terminal width can be tried without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from odoo_poller_tui.cells import Cell

R = TypeVar("R")
GAP = 2


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column over rows of ``R``. ``cell(row, now)`` is asked only for rows that are on the screen.

    ``width`` is the least width in cells; what is left over goes to columns by ``grow``, up to ``most``. Where there is too
    little room, the column with the highest ``drop`` goes first; 0 never goes.
    """

    title: str
    cell: Callable[[R, int], Cell]
    width: int
    grow: int = 0
    most: int = 1000
    drop: int = 0
    right: bool = False


def fit(columns: Sequence[Column[R]], room: int) -> list[tuple[Column[R], int]]:
    """The columns that fit into ``room`` cells with a gap between them, each with its width."""
    kept = list(columns)
    while _needed(kept) > room and (droppable := [column for column in kept if column.drop]):
        kept.remove(max(droppable, key=lambda column: column.drop))
    widths = {id(column): column.width for column in kept}
    left = room - _needed(kept)
    while left > 0 and (growing := [c for c in kept if c.grow and widths[id(c)] < c.most]):
        shares = sum(column.grow for column in growing)
        before = left
        for column in growing:
            more = min(max(1, before * column.grow // shares), left, column.most - widths[id(column)])
            widths[id(column)] += more
            left -= more
    return [(column, widths[id(column)]) for column in kept]


def _needed(columns: Sequence[Column[R]]) -> int:
    return sum(column.width for column in columns) + GAP * max(0, len(columns) - 1)
