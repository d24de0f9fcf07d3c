"""What a table's cell or a line is made of: pieces of text with a tone, made harmless where they become something visible.

Text that goes through here is never read as markup and never reaches the terminal as a control sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from poller_core.display import display_safe

Tone: TypeAlias = Literal["", "dim", "good", "warn", "bad", "info", "strong"]
Piece: TypeAlias = tuple[str, Tone]
Cell: TypeAlias = tuple[Piece, ...]

TONES: tuple[Tone, ...] = ("", "dim", "good", "warn", "bad", "info", "strong")
_STYLES: dict[Tone, str] = {
    "": "",
    "dim": "$foreground 62%",
    "good": "$text-success",
    "warn": "$text-warning",
    "bad": "$text-error bold",
    "info": "$text-primary",
    "strong": "bold",
}
EMPTY: Cell = ()
LINE_LIMIT = 2_000
"""More than any line that is meant for people has: beyond it a line is cut."""


def plain(text: str, tone: Tone = "") -> Cell:
    """A cell of one piece."""
    return ((text, tone),)


def content(pieces: Iterable[Piece]) -> Content:
    """Pieces as something that a ``Static`` shows; line breaks in them are kept, nothing else that controls."""
    return Content.assemble(*((_lines_safe(text), _STYLES[tone]) for text, tone in pieces))


def say(text: str, tone: Tone = "") -> Content:
    """One text as something that a ``Static``, a title or a button shows."""
    return content(plain(text, tone))


def fitted(cell: Cell, width: int, *, right: bool = False) -> list[Piece]:
    """The cell's pieces made harmless and exactly ``width`` columns wide, cut with an ellipsis or filled with blanks."""
    left, fitting = width, []
    for text, tone in cell:
        safe = display_safe(text, limit=max(64, width * 4))
        size = cell_len(safe)
        if size > left:
            cut = set_cell_size(safe, left - 1).rstrip() + "…" if left > 1 else "…"[:left]
            fitting.append((cut, tone))
            left -= cell_len(cut)
            break
        fitting.append((safe, tone))
        left -= size
    blank: Piece = (" " * max(0, left), "")
    return [blank, *fitting] if right else [*fitting, blank]


def _lines_safe(text: str) -> str:
    return "\n".join(display_safe(line, LINE_LIMIT) for line in text.split("\n"))
