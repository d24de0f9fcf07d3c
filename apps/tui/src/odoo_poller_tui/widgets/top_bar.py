"""The line at the top of every screen: where one is, where one can go, and whether the poller runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from odoo_poller_tui.cells import Piece, content
from odoo_poller_tui.i18n import _
from odoo_poller_tui.words import poller_state
from poller_core.model import PollerStatus

if TYPE_CHECKING:
    from odoo_poller_tui.app import PollerApp

PLACES = (("dashboard", "Dashboard"), ("retries", "Retries"), ("orders", "Orders"), ("logs", "Logs"))


class Place(Static):
    """One of the main screens: a click or its digit goes there."""

    def __init__(self, digit: int, mode: str, title: str, here: bool) -> None:
        pieces: list[Piece] = [(f"{digit} ", "" if here else "info"), (_(title), "strong" if here else "")]
        super().__init__(content(pieces), classes="-here" if here else "")
        self._mode = mode

    def on_click(self) -> None:
        """Go there."""
        cast("PollerApp", self.app).go(self._mode)


class TopBar(Horizontal):
    """Name, main screens, the poller's state and the time of day."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        """The parts, left to right."""
        yield Static(content([("odoo-poller", "strong")]), id="name")
        for digit, (mode, title) in enumerate(PLACES, 1):
            yield Place(digit, mode, title, mode == self._mode)
        yield Static("", id="space")
        yield PollerPill(id="pill")
        yield Static("", id="clock")

    def show(self, poller: PollerStatus | None, trouble: str, time_of_day: str) -> None:
        """Show the poller's state, or why the database can't be read."""
        self.query_one(PollerPill).show(poller, trouble)
        self.query_one("#clock", Static).update(content([(time_of_day, "dim")]))


class PollerPill(Static):
    """RUNNING or STOPPED; a click starts or stops the poller."""

    def show(self, poller: PollerStatus | None, trouble: str) -> None:
        """Show the poller's state, or that it isn't known."""
        self.update(content([(f"✗ {trouble}", "bad")] if trouble else poller_state(poller)))

    def on_click(self, event: events.Click) -> None:
        """Start or stop the poller."""
        event.stop()
        cast("PollerApp", self.app).action_poller()
