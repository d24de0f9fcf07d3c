"""The body of an order's webhook: indented, coloured, to be looked through and copied. What is copied are the order's own bytes."""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from odoo_poller_tui.cells import LINE_LIMIT, say
from odoo_poller_tui.i18n import _, number
from odoo_poller_tui.screens.base import Dialog
from odoo_poller_tui.widgets.keys_bar import KeysBar
from poller_core.display import display_safe

_TOKENS = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<rest>-?\d[\d.eE+-]*|true|false|null)'
)


def pretty(payload: bytes) -> str:
    """The JSON indented by two; as it is where it isn't JSON."""
    try:
        return msgspec.json.format(payload, indent=2).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return payload.decode("utf-8", "replace")


class JsonView(TextArea):
    """A read-only text with JSON's parts told apart. Every line went through ``display_safe``; one of 2,000 characters is cut."""

    def __init__(self, text: str) -> None:
        safe = "\n".join(display_safe(line, LINE_LIMIT) for line in text.split("\n"))
        super().__init__(safe, read_only=True, show_line_numbers=True, soft_wrap=True, compact=True)

    def get_line(self, line_index: int) -> Text:
        """The line with its names, texts and numbers in colours."""
        line = super().get_line(line_index)
        variables = self.app.theme_variables
        colours = {
            "name": variables["text-primary"],
            "text": variables["text-success"],
            "rest": variables["text-warning"],
        }
        for match in _TOKENS.finditer(line.plain):
            group = match.lastgroup or "rest"
            line.stylize(_rich(colours[group]), match.start(), match.end())
        return line


def _rich(colour: str) -> str:
    """A theme's colour as Rich writes it; ``auto`` has none of its own."""
    return colour if colour.startswith("#") else ""


class PayloadScreen(Dialog[None]):
    """One payload over the whole screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", "Copy all", key_display="c"),
        Binding("escape,q,v", "dismiss", "Close", key_display="esc"),
    ]

    def __init__(self, title: str, payload: bytes) -> None:
        super().__init__()
        self._title = title
        self._payload = payload
        self._text = pretty(payload)

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical(id="window"):
            yield JsonView(self._text)
            yield Static(
                say(_("Select with shift and arrows or the mouse, ctrl+c copies it"), "dim"), id="hint"
            )
        yield KeysBar()

    def on_mount(self) -> None:
        """Name it."""
        window = self.query_one("#window")
        window.border_title = say(f"{_('Payload')} · {self._title}")
        window.border_subtitle = _("{n} bytes", n=number(len(self._payload)))

    def action_copy(self) -> None:
        """Copy the payload, indented."""
        self.app.copy_to_clipboard(self._text)
        self.poller_app.tell(_("The payload was copied"))
