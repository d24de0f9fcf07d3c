"""What each key does on the screen below, in one list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from odoo_poller_tui.cells import Piece, content
from odoo_poller_tui.i18n import _
from odoo_poller_tui.screens.base import Dialog
from odoo_poller_tui.widgets.keys_bar import KeysBar

_OF_TEXTUAL = frozenset({"scroll_left", "scroll_right", "page_left", "page_right", "screen.copy_text"})
"""What Textual binds and nothing here needs."""

_MOVES = frozenset({"app.focus_next", "app.focus_previous"})


class KeysScreen(Dialog[None]):
    """The keys of another screen: its own first, then those that work everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "dismiss", "Close", key_display="esc")
    ]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._groups = tuple(_grouped(below))

    def compose(self) -> ComposeResult:
        """The list."""
        with VerticalScroll(id="dialog"):
            yield Static(content(self._pieces()))
        yield KeysBar()

    def on_mount(self) -> None:
        """Name it."""
        self.query_one("#dialog").border_title = _("Keys")

    def _pieces(self) -> Iterator[Piece]:
        for title, keys in self._groups:
            yield (f"{title}\n", "strong")
            for key, words in keys:
                yield (f"  {key:<18}", "info")
                yield (f"{words}\n", "")
            yield ("\n", "")


def _grouped(below: Screen[object]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    here, everywhere, inside = _("This screen"), _("Everywhere"), _("In the list or field")
    groups: dict[str, dict[str, tuple[str, list[str]]]] = {here: {}, everywhere: {}, inside: {}}
    for node, binding, enabled, _tooltip in below.active_bindings.values():
        if not enabled or not binding.description or binding.system or binding.action in _OF_TEXTUAL:
            continue
        own = node is below and binding.action not in _MOVES
        group = groups[here if own else everywhere if node is below.app else inside]
        _words, keys = group.setdefault(binding.action, (binding.description, []))
        keys.append(below.app.get_key_display(binding))
    for place, actions in groups.items():
        if actions:
            yield place, [(" ".join(dict.fromkeys(keys)), words) for words, keys in actions.values()]
