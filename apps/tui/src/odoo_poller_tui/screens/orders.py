"""Every captured order, to be found by number or customer reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from odoo_poller_tui import when, words
from odoo_poller_tui.backend import Reads
from odoo_poller_tui.cells import Cell
from odoo_poller_tui.i18n import _
from odoo_poller_tui.messages import OpenOrder, ViewPayload
from odoo_poller_tui.paging import Span
from odoo_poller_tui.screens.paged import PagedScreen
from odoo_poller_tui.widgets import tables
from odoo_poller_tui.widgets.chips import Chips
from odoo_poller_tui.widgets.columns import Column
from odoo_poller_tui.widgets.search import Search
from odoo_poller_tui.widgets.table import Table
from poller_core.model import OrderRow, Status

VIEWS: tuple[tuple[str, Status | None], ...] = (
    ("all", None),
    ("PENDING", "PENDING"),
    ("SUCCESS", "SUCCESS"),
    ("FAILED", "FAILED"),
    ("REJECTED", "REJECTED"),
    ("DISCARDED", "DISCARDED"),
)


class OrdersScreen(PagedScreen[OrderRow]):
    """Orders by search, connection and status."""

    MODE = "orders"
    TITLE_OF_LIST = "Orders"
    EMPTY = "No order matches"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "Find", key_display="/"),
        Binding("v", "payload", "Payload"),
        Binding("f", "view(1)", "Status"),
        Binding("F", "view(-1)", "Status back", show=False),
        Binding("c", "connection", "Connection"),
        Binding("escape", "leave", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._view = 0

    def columns(self) -> Sequence[Column[OrderRow]]:
        """See ``tables``."""
        return tables.orders(self.poller_app.zone)

    def filters(self) -> ComposeResult:
        """Connection and status."""
        yield Chips([self.connection_name or _("all connections")], id="connection")
        yield Chips([_(title) for title, _status in VIEWS], self._view, id="view")

    def body(self) -> ComposeResult:
        """The search above all that."""
        yield Search(_("/ number, customer reference, external id or Odoo id"), id="search", hidden=False)
        yield from super().body()

    def row_id(self, row: OrderRow) -> int:
        """The order's place in the log."""
        return row.position

    def fetcher(self) -> Callable[[Reads, Span], Sequence[OrderRow]]:
        """A page under the three filters."""
        query = self.query_one(Search).value.strip() or None
        connection_id, status = self.connection_id or None, VIEWS[self._view][1]
        return lambda reads, span: reads.orders(
            query, connection_id, status, limit=span.limit, before=span.after
        )

    def detail(self, row: OrderRow, now: int) -> Cell:
        """The order's names, times, and the last error in full."""
        zone = self.poller_app.zone
        captured = _("captured {at}", at=when.clock(row.captured_at, now, zone))
        return (
            (row.number, "strong"),
            (f" {row.external_id}  ", "dim"),
            *words.order_status(row.status),
            (f"  {captured}", "dim"),
            (f"\n{row.last_error}" if row.last_error else "", ""),
        )

    def open_view(self, status: str) -> None:
        """Show the orders of one status, or all."""
        self._set_view(next((place for place, (_t, known) in enumerate(VIEWS) if known == status), 0))

    def action_find(self) -> None:
        """Type what to search for."""
        self.query_one(Search).open()

    def action_leave(self) -> None:
        """From the search to the list, from the list back to the dashboard."""
        if self.query_one(Search).has_focus:
            self.query_one(Search).value = ""
            self.table.focus()
        else:
            self.poller_app.go("dashboard")

    def action_payload(self) -> None:
        """Show the order's webhook body."""
        if row := self.table.current:
            self.post_message(ViewPayload(row.external_id, row.connection_id))

    def action_view(self, by: int) -> None:
        """The next status filter."""
        self._set_view((self._view + by) % len(VIEWS))

    def _set_view(self, place: int) -> None:
        self._view = place
        for chips in self.query("#view").results(Chips):
            chips.choose(place)
        self.restart()

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self.restart()

    @on(Input.Submitted, "#search")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.table.focus()

    @on(Chips.Picked)
    def _picked(self, event: Chips.Picked) -> None:
        event.stop()
        if event.chips.id == "connection":
            self.action_connection()
        else:
            self._set_view(event.place)

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        event.stop()
        if row := self.table.current:
            self.post_message(OpenOrder(row.external_id, row.connection_id))
