"""Tables that fit: every record is one line, whatever its texts and however narrow the terminal.

Pure: columns and rows in, lines of styled pieces out. What doesn't fit is cut with "…" in the columns that may
shrink, and then whole columns go, the least important first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from odoo_poller.terminal import beginning, cells, cut

Piece: TypeAlias = str | tuple[str, str]  # a text, or a text and its style
Line: TypeAlias = list[tuple[str, str]]

GAP = 2


@dataclass(frozen=True)
class Column:
    """A column. ``rank``: the larger goes first when space is short. ``least``: it may shrink to that width (0: not)."""

    title: str
    rank: int = 0
    least: int = 0
    right: bool = False


def piece(value: Piece) -> tuple[str, str]:
    """Return a text and its style."""
    return (value, "") if isinstance(value, str) else value


def lay_out(columns: Sequence[Column], rows: Sequence[Sequence[Piece]], width: int | None) -> list[Line]:
    """Return the heading's and the rows' lines. Columns that are empty in every row are left away."""
    table = [[piece(value) for value in row] for row in rows]
    kept = [i for i in range(len(columns)) if not columns[i].rank or any(row[i][0] for row in table)]
    widths = {i: max(cells(text) for text in [columns[i].title, *(row[i][0] for row in table)]) for i in kept}
    if width is not None:
        widths = _fit(columns, widths, width)
    heading = [(column.title, "dim") for column in columns]
    return [_line(columns, row, widths) for row in [heading, *table]]


def _fit(columns: Sequence[Column], widths: dict[int, int], width: int) -> dict[int, int]:
    """Shrink, then drop, by rank, until the columns fit into ``width``."""
    widths = dict(widths)
    while True:
        over = sum(widths.values()) + GAP * (len(widths) - 1) - width
        shrunk = _shrink(columns, widths, over)
        if shrunk is not None:
            return shrunk
        droppable = [i for i in widths if columns[i].rank]
        if not droppable:
            return _squeeze(widths, width)
        del widths[max(droppable, key=lambda i: columns[i].rank)]


def _shrink(columns: Sequence[Column], widths: dict[int, int], over: int) -> dict[int, int] | None:
    """Take ``over`` columns from the flexible ones, the least important first; None where that isn't enough."""
    widths = dict(widths)
    for i in sorted(widths, key=lambda i: -columns[i].rank):
        if over > 0 and columns[i].least:
            take = min(over, max(0, widths[i] - columns[i].least))
            widths[i] -= take
            over -= take
    return widths if over <= 0 else None


def _squeeze(widths: dict[int, int], width: int) -> dict[int, int]:
    """Nothing more can go: give the first columns what there is."""
    squeezed: dict[int, int] = {}
    for i, wanted in widths.items():
        if width <= 0:
            break
        squeezed[i] = min(wanted, width)
        width -= squeezed[i] + GAP
    return squeezed


def _line(columns: Sequence[Column], row: Sequence[tuple[str, str]], widths: dict[int, int]) -> Line:
    line: Line = []
    last = max(widths, default=0)
    for i, wide in widths.items():
        text, style = row[i]
        text = cut(text, wide)
        space = " " * (wide - cells(text))
        if columns[i].right:
            line += [(space, ""), (text, style)]
        else:
            line += [(text, style), (space if i != last else "", "")]
        if i != last:
            line.append((" " * GAP, ""))
    return line


def fold(line: Line, width: int, hang: int) -> list[Line]:
    """Break a sentence between words into lines of at most ``width``, all but the first indented by ``hang``."""
    lines: list[Line] = [[]]
    used = 0
    for word, style in _words(line, max(1, width - hang)):
        if used + cells(word.rstrip()) > width and used > hang:
            lines.append([(" " * hang, "")])
            used = hang
        lines[-1].append((word, style))
        used += cells(word)
    return lines


def _words(line: Line, width: int) -> Iterator[tuple[str, str]]:
    """Each word with the spaces behind it; one that is wider than ``width`` in parts."""
    for text, style in line:
        for word in re.findall(r"\s+|\S+\s*", text):
            while cells(word.rstrip()) > width:
                part = beginning(word, width) or word[0]
                yield part, style
                word = word[len(part) :]
            yield word, style
