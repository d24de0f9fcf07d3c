"""Questions before something that can't be taken back: yes or no, a reason, or one of several ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from odoo_poller_tui.cells import Cell, content, say
from odoo_poller_tui.i18n import _
from odoo_poller_tui.screens.base import Dialog
from odoo_poller_tui.widgets.keys_bar import KeysBar
from odoo_poller_tui.widgets.line import Line


@dataclass(frozen=True)
class Way:
    """A button: what it answers, what it says, whether it destroys."""

    answer: str
    text: str
    grave: bool = False


class AskScreen(Dialog[str | None]):
    """A question with some buttons; answers with the pressed one's ``answer``, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", key_display="esc"),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
    ]

    def __init__(self, title: str, question: Cell, ways: Sequence[Way]) -> None:
        super().__init__()
        self._title = title
        self._question = question
        self._ways = tuple(ways)

    def compose(self) -> ComposeResult:
        """Question and buttons; the safe one is the first."""
        with Vertical(id="dialog"):
            yield Static(content(self._question), id="question")
            with Horizontal(id="buttons"):
                yield Button(say(_("Cancel")), id="cancel")
                for place, way in enumerate(self._ways):
                    yield Button(
                        say(way.text), variant="error" if way.grave else "primary", id=f"way-{place}"
                    )
        yield KeysBar()

    def on_mount(self) -> None:
        """Name it; begin at the way that destroys nothing."""
        self.query_one("#dialog").border_title = say(self._title)
        safe = not self._ways or self._ways[0].grave
        self.query_one("#cancel" if safe else "#way-0").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        place = (event.button.id or "").removeprefix("way-")
        self.dismiss(self._ways[int(place)].answer if place.isdecimal() else None)


class ReasonScreen(Dialog[str | None]):
    """Asks why; answers with the reason, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Cancel", key_display="esc")]

    def __init__(self, title: str, question: Cell, button: str) -> None:
        super().__init__()
        self._title = title
        self._question = question
        self._button = button

    def compose(self) -> ComposeResult:
        """Question, line, buttons."""
        with Vertical(id="dialog"):
            yield Static(content(self._question), id="question")
            yield Line(placeholder=_("Reason, kept in the log"), id="reason")
            yield Static("", id="complaint")
            with Horizontal(id="buttons"):
                yield Button(say(_("Cancel")), id="cancel")
                yield Button(say(self._button), variant="error", id="do")
        yield KeysBar()

    def on_mount(self) -> None:
        """Name it; type at once."""
        self.query_one("#dialog").border_title = say(self._title)
        self.query_one(Line).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "do":
            self._give()
        else:
            self.dismiss(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._give()

    def _give(self) -> None:
        reason = self.query_one(Line).value.strip()
        if reason:
            self.dismiss(reason)
        else:
            self.query_one("#complaint", Static).update(
                say(f"✗ {_('Say why: whoever reads the log later wants to know')}", "bad")
            )
