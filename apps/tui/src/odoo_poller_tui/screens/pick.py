"""Choosing a connection among many: type a part of its name."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from odoo_poller_tui.cells import plain
from odoo_poller_tui.i18n import _, explain
from odoo_poller_tui.screens.base import Dialog
from odoo_poller_tui.sorting import matching
from odoo_poller_tui.widgets.columns import Column
from odoo_poller_tui.widgets.keys_bar import KeysBar
from odoo_poller_tui.widgets.search import Search
from odoo_poller_tui.widgets.table import Table
from poller_core.errors import PollerError
from poller_core.model import ConnectionStatus


class PickConnection(Dialog[tuple[str, str] | None]):
    """Answers with (id, name); both empty stand for all connections. None where nothing was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "list(1)", "Down", show=False),
        Binding("up", "list(-1)", "Up", show=False),
        Binding("ctrl+a", "all", "All connections", priority=True),
        Binding("escape", "dismiss", "Cancel", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[ConnectionStatus, ...] = ()

    def compose(self) -> ComposeResult:
        """Search and list."""
        columns: tuple[Column[ConnectionStatus], ...] = (
            Column("Connection", lambda row, _now: plain(row.connection.name), 20, grow=3),
            Column("Database", lambda row, _now: plain(row.connection.odoo_db, "dim"), 12, grow=1, drop=1),
        )
        with Vertical(id="dialog", classes="-tall"):
            yield Search(_("name, database, address or state"), id="search", hidden=False)
            yield Table(
                columns,
                lambda row: row.connection.id,
                header=False,
                id="found",
                empty=_("No connection matches"),
            )
        yield KeysBar()

    def on_mount(self) -> None:
        """Name it, fetch, type at once."""
        self.query_one("#dialog").border_title = _("Which connection?")
        self.query_one(Search).focus()
        self._load()

    def action_list(self, by: int) -> None:
        """Move in the list while typing."""
        self.query_one(Table).action_move(by)

    def action_all(self) -> None:
        """All connections."""
        self.dismiss(("", ""))

    @work
    async def _load(self) -> None:
        day_start = self.poller_app.day_start()
        try:
            found = await self.poller_app.link.read(lambda reads: tuple(reads.connections(day_start)))
        except PollerError as error:
            self.poller_app.tell(explain(error), bad=True)
            return
        self._found = tuple(sorted(found, key=lambda status: status.connection.name.casefold()))
        self._show()

    def _show(self) -> None:
        self.query_one(Table).show(matching(self._found, self.query_one(Search).value), self.poller_app.now())

    @on(Input.Changed)
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        event.stop()
        self._choose()

    def _choose(self) -> None:
        row = self.query_one(Table).current
        if isinstance(row, ConnectionStatus):
            self.dismiss((row.connection.id, row.connection.name))
