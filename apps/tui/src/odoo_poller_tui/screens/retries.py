"""The retry queue: what waits to be delivered, what failed and why, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from odoo_poller_tui import words
from odoo_poller_tui.backend import Reads
from odoo_poller_tui.cells import Cell, Piece
from odoo_poller_tui.i18n import _, plural
from odoo_poller_tui.messages import Discard, OpenOrder, Retry, ViewPayload
from odoo_poller_tui.paging import Span
from odoo_poller_tui.screens.paged import PagedScreen
from odoo_poller_tui.widgets import tables
from odoo_poller_tui.widgets.chips import Chips
from odoo_poller_tui.widgets.columns import Column
from odoo_poller_tui.widgets.table import Table
from poller_core.model import RetryRow, Status

VIEWS: dict[str, tuple[str, tuple[Status, ...] | None]] = {
    "open": ("waiting and failed", ("PENDING", "FAILED")),
    "PENDING": ("PENDING", ("PENDING",)),
    "FAILED": ("FAILED", ("FAILED",)),
    "SUCCESS": ("SUCCESS", ("SUCCESS",)),
    "DISCARDED": ("DISCARDED", ("DISCARDED",)),
    "all": ("all", None),
}
"""The status filters, by name: what they are called and which statuses they show."""


class RetriesScreen(PagedScreen[RetryRow]):
    """Rows of ``retry_queue``, filtered by connection and status."""

    MODE = "retries"
    TITLE_OF_LIST = "Retry queue"
    EMPTY = "Nothing here: every order in this view went out"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Retry now"),
        Binding("x,delete", "discard", "Discard", key_display="x"),
        Binding("v", "payload", "Payload"),
        Binding("space", "mark", "Mark"),
        Binding("a", "mark_all", "All"),
        Binding("f", "view(1)", "Status"),
        Binding("F", "view(-1)", "Status back", show=False),
        Binding("c", "connection", "Connection"),
        Binding("escape", "app.go('dashboard')", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._view = "open"

    def columns(self) -> Sequence[Column[RetryRow]]:
        """See ``tables``."""
        return tables.retries(self.poller_app.zone)

    def filters(self) -> ComposeResult:
        """Connection and status."""
        yield Chips([self.connection_name or _("all connections")], id="connection")
        places = list(VIEWS)
        yield Chips([_(title) for title, _statuses in VIEWS.values()], places.index(self._view), id="view")

    def row_id(self, row: RetryRow) -> int:
        """The row's id."""
        return row.id

    def fetcher(self) -> Callable[[Reads, Span], Sequence[RetryRow]]:
        """A page under the two filters."""
        connection_id, statuses = self.connection_id or None, VIEWS[self._view][1]
        return lambda reads, span: reads.retries(connection_id, statuses, limit=span.limit, after=span.after)

    def detail(self, row: RetryRow, now: int) -> Cell:
        """Order, state, and the last error in full."""
        pieces: list[Piece] = [(row.number, "strong"), (f" {row.external_id}", "dim"), ("  ", "")]
        pieces += words.order_status(row.status)
        if next_try := words.next_try(row, now):
            pieces += [(f"  {_('next try')} ", "dim"), *next_try]
        return (*pieces, (f"\n{row.last_error}" if row.last_error else "", ""))

    def open_view(self, view: str, connection_id: str, name: str) -> None:
        """Show one view of one connection, or of all."""
        self._view = view
        self.connection_id, self.connection_name = connection_id, name
        for chips in self.query("#view").results(Chips):
            chips.choose(list(VIEWS).index(view))
        self.restart()

    def action_retry(self) -> None:
        """Deliver the chosen rows now."""
        rows = tuple(row.id for row in self.table.chosen)
        if rows:
            self.post_message(Retry(rows))

    def action_discard(self) -> None:
        """Discard the chosen rows, once a reason is given."""
        chosen = self.table.chosen
        if chosen:
            what = chosen[0].number if len(chosen) == 1 else plural(len(chosen), "{n} order", "{n} orders")
            self.post_message(Discard(tuple(row.id for row in chosen), what))

    def action_payload(self) -> None:
        """Show the row's webhook body."""
        if row := self.table.current:
            self.post_message(ViewPayload(row.external_id, row.connection_id))

    def action_mark(self) -> None:
        """Choose the row, too."""
        self.table.toggle_mark()

    def action_mark_all(self) -> None:
        """Choose all loaded rows, or none."""
        self.table.toggle_marks()

    def action_view(self, by: int) -> None:
        """The next status filter."""
        names = list(VIEWS)
        place = (names.index(self._view) + by) % len(names)
        self.open_view(names[place], self.connection_id, self.connection_name)

    @on(Chips.Picked)
    def _picked(self, event: Chips.Picked) -> None:
        event.stop()
        if event.chips.id == "connection":
            self.action_connection()
        else:
            self.open_view(list(VIEWS)[event.place], self.connection_id, self.connection_name)

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        event.stop()
        if row := self.table.current:
            self.post_message(OpenOrder(row.external_id, row.connection_id))
