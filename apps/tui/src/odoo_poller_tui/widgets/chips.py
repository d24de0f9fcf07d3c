"""A choice of one among few, in one line: the chosen one stands out by brackets as well as by colour."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from odoo_poller_tui.cells import Piece, content


class Chip(Static):
    """One of the choices."""

    def __init__(self, text: str, chosen: bool) -> None:
        super().__init__()
        self._text = text
        self.choose(chosen)

    def choose(self, chosen: bool) -> None:
        """Stand out, or not."""
        self.set_class(chosen, "-chosen")
        piece: Piece = (f"[{self._text}]", "strong") if chosen else (f" {self._text} ", "")
        self.update(content([piece]))

    def rename(self, text: str) -> None:
        """Another text."""
        self._text = text
        self.choose(self.has_class("-chosen"))

    def on_click(self) -> None:
        """Tell the row of chips."""
        parent = self.parent
        if isinstance(parent, Chips):
            parent.post_message(Chips.Picked(parent, parent.children.index(self)))


class Chips(Horizontal):
    """A row of choices. It doesn't choose by itself: the screen does, on ``Picked`` or on a key."""

    class Picked(Message):
        """One of the choices was clicked."""

        def __init__(self, chips: Chips, place: int) -> None:
            super().__init__()
            self.chips = chips
            self.place = place

        @property
        def control(self) -> Chips:
            """The row that it was in."""
            return self.chips

    def __init__(self, texts: Sequence[str], chosen: int = 0, *, id: str) -> None:
        super().__init__(*(Chip(text, place == chosen) for place, text in enumerate(texts)), id=id)

    def choose(self, place: int) -> None:
        """Let this one stand out."""
        for index, chip in enumerate(self.query(Chip)):
            chip.choose(index == place)

    def rename(self, place: int, text: str) -> None:
        """Another text for one of them."""
        list(self.query(Chip))[place].rename(text)
