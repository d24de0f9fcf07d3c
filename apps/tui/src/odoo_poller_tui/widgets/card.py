"""Facts as lines of name and value; a long value goes on below its beginning, never below its name."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from odoo_poller_tui.cells import Cell, content, say

NAME_WIDTH = 14
"""The longest name and a space."""
Fact = tuple[str, Cell]


class Card(Widget):
    """A few facts. Its height is what they need."""

    DEFAULT_CSS = """
    Card { height: auto; padding: 0 1; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._facts: tuple[Fact, ...] = ()

    def show(self, title: str, facts: Iterable[Fact]) -> None:
        """Show these facts under this title."""
        self.border_title = say(title)
        facts = tuple(facts)
        if facts != self._facts:
            self._facts = facts
            self.refresh(layout=True)

    def render(self) -> Content:
        """The lines."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are."""
        return max(1, len(self._lines(width)))

    def _lines(self, width: int) -> list[Content]:
        lines = []
        for name, value in self._facts:
            parts = content(value).wrap(max(10, width - NAME_WIDTH)) or [Content("")]
            for place, part in enumerate(parts):
                label = say(name.ljust(NAME_WIDTH), "dim") if not place else Content(" " * NAME_WIDTH)
                lines.append(label + part)
        return lines
