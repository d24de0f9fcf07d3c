"""A line to search in, hidden until it is asked for."""

from __future__ import annotations

from odoo_poller_tui.widgets.line import Line


class Search(Line):
    """A ``Line`` that opens and closes."""

    def __init__(self, placeholder: str, *, id: str, hidden: bool = True) -> None:
        super().__init__(placeholder=placeholder, id=id, classes="-closed" if hidden else "")

    def open(self, text: str | None = None) -> None:
        """Show it, with ``text`` in it, and type into it."""
        self.remove_class("-closed")
        if text is not None:
            self.value = text
        self.focus()

    def close(self) -> None:
        """Empty and hide it."""
        self.value = ""
        self.add_class("-closed")
