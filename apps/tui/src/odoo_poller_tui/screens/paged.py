"""A screen over one long list: pages come as the cursor goes down, what is on the screen is kept fresh, filters start anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from odoo_poller_tui.backend import Reads
from odoo_poller_tui.cells import Cell, content, say
from odoo_poller_tui.i18n import _, number
from odoo_poller_tui.paging import PAGE, Span, kept, merged, refreshed
from odoo_poller_tui.screens.base import LiveScreen
from odoo_poller_tui.widgets.chips import Chips
from odoo_poller_tui.widgets.columns import Column
from odoo_poller_tui.widgets.table import Table

R = TypeVar("R")


class PagedScreen(LiveScreen[tuple[Span, Sequence[R]]], Generic[R]):
    """Filters on top, the list, and the row under the cursor in full below it."""

    TITLE_OF_LIST = ""
    EMPTY = ""
    FOLLOW: ClassVar[bool] = False
    """Whether the cursor stays on the newest row. Not where a key changes what is under it."""

    def __init__(self) -> None:
        super().__init__()
        self.connection_id = ""
        self.connection_name = ""
        self._rows: tuple[R, ...] = ()
        self._epoch = 0
        self._more = False
        self._ended = False

    def columns(self) -> Sequence[Column[R]]:
        """The list's columns."""
        return ()

    def row_id(self, row: R) -> int:
        """What falls from row to row."""
        raise NotImplementedError  # pragma: no cover

    def fetcher(self) -> Callable[[Reads, Span], Sequence[R]]:
        """How to fetch a page under the filters that are set now."""
        raise NotImplementedError  # pragma: no cover

    def detail(self, row: R, now: int) -> Cell:
        """The row in full."""
        return ()

    def filters(self) -> ComposeResult:
        """What stands above the list."""
        yield from ()

    def body(self) -> ComposeResult:
        """Filters, list, detail."""
        with Horizontal(id="filters"):
            yield from self.filters()
        yield Table(self.columns(), self.row_id, id="list", empty=_("Loading…"), follow=self.FOLLOW)
        yield Static("", id="detail")

    def on_mount(self) -> None:
        """Begin in the list."""
        self.table.focus()

    @property
    def table(self) -> Table[R]:
        """The list."""
        return self.query_one("#list", Table)

    def question(self, now: int) -> Callable[[Reads], tuple[Span, Sequence[R]]]:
        """The page that is needed: the next one, or the one that is on the screen."""
        if self._more and self._rows:
            after: int | None = self.row_id(self._rows[-1])
        else:
            after = refreshed(self._rows, self.table.scroll_offset.y, self.row_id)
        self._more = False
        span, fetch = Span(after, PAGE, self._epoch), self.fetcher()
        return lambda reads: (span, fetch(reads, span))

    def show(self, value: tuple[Span, Sequence[R]], now: int) -> None:
        """Join the page to the loaded rows, unless it was asked for under other filters."""
        span, page = value
        if span.epoch != self._epoch:
            return
        rows = merged(self._rows, page, span.after, span.limit, self.row_id)
        self._rows = rows if self.table.marked else kept(rows, self.table.bottom)
        if len(self._rows) < len(rows):
            self._ended = False
        elif len(page) < span.limit or self.row_id(rows[-1]) == self.row_id(page[-1]):
            self._ended = len(page) < span.limit
        current = self.table.current
        self.table.show(self._rows, now, empty=_(self.EMPTY))
        if (
            len(self._rows) < len(rows)
            and current is not None
            and self.row_id(current) < self.row_id(self._rows[-1])
        ):
            self.table.action_edge(False)
        count = number(len(self._rows)) + ("" if self._ended else "+")
        self.table.border_title = say(f"{_(self.TITLE_OF_LIST)} · {count}")
        self._show_detail()

    def tick(self, now: int) -> None:
        """Ages move on."""
        self.table.tick(now)
        self._show_detail()

    def restart(self) -> None:
        """The filters changed: forget what is loaded and fetch the first page."""
        self._epoch += 1
        self._rows, self._ended = (), False
        if self.is_mounted:
            self.table.scroll_to(y=0, animate=False)
            self.table.action_edge(False)
            self._name_connection()
            self.reload()

    def set_connection(self, connection_id: str, name: str) -> None:
        """Show only this connection's rows, or all where the id is empty."""
        self.connection_id, self.connection_name = connection_id, name
        self.restart()

    def action_connection(self) -> None:
        """Choose the connection."""
        from odoo_poller_tui.screens.pick import PickConnection

        def picked(choice: tuple[str, str] | None) -> None:
            if choice is not None:
                self.set_connection(*choice)

        self.app.push_screen(PickConnection(), picked)

    @on(Table.NeedsMore)
    def _needs_more(self, event: Table.NeedsMore) -> None:
        event.stop()
        if self._rows and not self._ended and not self._more:
            self._more = True
            self.reload()

    @on(Table.Moved)
    def _moved(self, event: Table.Moved) -> None:
        event.stop()
        self._show_detail()

    def _name_connection(self) -> None:
        for chips in self.query("#connection").results(Chips):
            chips.rename(0, self.connection_name or _("all connections"))

    def _show_detail(self) -> None:
        row = self.table.current
        pieces = self.detail(row, self.poller_app.now()) if row is not None else ()
        self.query_one("#detail", Static).update(content(pieces))
