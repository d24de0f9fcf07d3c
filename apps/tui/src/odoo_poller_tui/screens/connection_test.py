"""A connection's test, step by step as it happens: what was tried, how long it took, and what is wrong.

What is tried is a stored connection or what stands in the form: the screen only gets the call that runs the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from odoo_poller_tui import when, words
from odoo_poller_tui.backend import Runs, TestStep
from odoo_poller_tui.cells import Piece, content, say
from odoo_poller_tui.i18n import _, explain
from odoo_poller_tui.screens.base import Dialog
from odoo_poller_tui.widgets.keys_bar import KeysBar
from poller_core.errors import PollerError

_TURNING = "◐◓◑◒"


class TestScreen(Dialog[None]):
    """The steps of one test; r runs it again."""

    __test__ = False  # not a test class of pytest's

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again", "Again"),
        Binding("escape,enter,q", "dismiss", "Close", key_display="esc"),
    ]

    def __init__(self, name: str, test: Callable[[Runs, Callable[[TestStep], None]], None]) -> None:
        super().__init__()
        self._test = test
        self._shown_name = name
        self._steps: list[TestStep] = []
        self._over = False
        self._failure = ""
        self._turn = 0

    def compose(self) -> ComposeResult:
        """The steps."""
        with Vertical(id="dialog"):
            with VerticalScroll(id="steps"):
                yield Static("", id="done")
            yield Static("", id="verdict")
        yield KeysBar()

    def on_mount(self) -> None:
        """Name it and begin."""
        self.query_one("#dialog").border_title = say(f"{_('Test')} · {self._shown_name}")
        self.set_interval(0.25, self._turn_on)
        self.action_again()

    def action_again(self) -> None:
        """Test anew, unless a test is under way."""
        if not self._steps or self._over:
            self._steps, self._over, self._failure = [], False, ""
            self._draw()
            self._run()

    @work
    async def _run(self) -> None:
        def told(step: TestStep) -> None:
            if self.is_attached:
                self.app.call_from_thread(self._told, step)

        try:
            await self.poller_app.link.run(lambda runs: self._test(runs, told))
        except PollerError as error:
            self._failure = explain(error)
        self._over = True
        self._draw()

    def _told(self, step: TestStep) -> None:
        self._steps.append(step)
        self._draw()

    def _turn_on(self) -> None:
        if not self._over:
            self._turn += 1
            self._draw()

    def _draw(self) -> None:
        if self.is_mounted:
            self.query_one("#done", Static).update(content(self._lines()))
            self.query_one("#verdict", Static).update(content(self._verdict()))

    def _lines(self) -> Iterator[Piece]:
        for step in self._steps:
            yield ("✓ " if step.ok else "✗ ", "good" if step.ok else "bad")
            yield (words.test_step(step.name), "strong")
            yield (f"  {when.took(step.elapsed_ms)}\n", "dim")
            if step.detail:
                yield (f"    {_(step.detail)}\n", "" if step.ok else "bad")
        if not self._over:
            yield (f"{_TURNING[self._turn % len(_TURNING)]} {_('under way…')}", "info")

    def _verdict(self) -> Iterator[Piece]:
        if self._failure:
            yield (f"✗ {self._failure}", "bad")
        elif self._over:
            good = all(step.ok for step in self._steps)
            yield (
                (f"✓ {_('Everything works')}", "good") if good else (f"✗ {_('Not everything works')}", "bad")
            )
