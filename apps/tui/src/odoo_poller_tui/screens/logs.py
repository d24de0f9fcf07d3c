"""Every cycle of polling: when, how many orders were found, sent and failed, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from odoo_poller_tui import when
from odoo_poller_tui.backend import Reads
from odoo_poller_tui.cells import Cell
from odoo_poller_tui.i18n import _
from odoo_poller_tui.messages import OpenConnection
from odoo_poller_tui.paging import Span
from odoo_poller_tui.screens.paged import PagedScreen
from odoo_poller_tui.widgets import tables
from odoo_poller_tui.widgets.chips import Chips
from odoo_poller_tui.widgets.columns import Column
from odoo_poller_tui.widgets.table import Table
from poller_core.model import SyncLogRow


class LogsScreen(PagedScreen[SyncLogRow]):
    """Rows of ``sync_log``, of one connection or of all."""

    MODE = "logs"
    TITLE_OF_LIST = "Polling cycles"
    EMPTY = "No cycle in this view yet"
    FOLLOW = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "connection", "Connection"),
        Binding("f", "errors", "Only errors"),
        Binding("escape", "app.go('dashboard')", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._errors_only = False

    def columns(self) -> Sequence[Column[SyncLogRow]]:
        """See ``tables``."""
        return tables.sync_log(self.poller_app.zone)

    def filters(self) -> ComposeResult:
        """Connection, and all cycles or only those that failed."""
        yield Chips([self.connection_name or _("all connections")], id="connection")
        yield Chips([_("all cycles"), _("only errors")], int(self._errors_only), id="view")

    def row_id(self, row: SyncLogRow) -> int:
        """The row's id."""
        return row.id

    def fetcher(self) -> Callable[[Reads, Span], Sequence[SyncLogRow]]:
        """A page under the two filters."""
        connection_id, errors_only = self.connection_id or None, self._errors_only
        return lambda reads, span: reads.sync_log(
            connection_id, limit=span.limit, before_id=span.after, errors_only=errors_only
        )

    def detail(self, row: SyncLogRow, now: int) -> Cell:
        """When exactly, and the error in full."""
        at = when.exact(row.synced_at, self.poller_app.zone)
        return ((row.connection_name, "strong"), (f"  {at}", "dim"), (f"\n{row.error_message}", ""))

    def action_errors(self) -> None:
        """All cycles or only those that failed."""
        self._set_errors_only(not self._errors_only)

    def _set_errors_only(self, only: bool) -> None:
        self._errors_only = only
        self.query_one("#view", Chips).choose(int(only))
        self.restart()

    @on(Chips.Picked)
    def _picked(self, event: Chips.Picked) -> None:
        event.stop()
        if event.chips.id == "connection":
            self.action_connection()
        else:
            self._set_errors_only(bool(event.place))

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        event.stop()
        if row := self.table.current:
            self.post_message(OpenConnection(row.connection_id))
