"""One connection in full: how it is, how it is set up, its last 24 hours and its last cycles."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from odoo_poller_tui import when
from odoo_poller_tui.backend import Reads
from odoo_poller_tui.facts import facts, setup
from odoo_poller_tui.i18n import _
from odoo_poller_tui.messages import (
    Ask,
    OpenForm,
    OpenLogs,
    OpenRetries,
    OpenTest,
    PauseOrResume,
    PollNow,
    Remove,
)
from odoo_poller_tui.overview import HOUR, last_day
from odoo_poller_tui.screens.base import LiveScreen
from odoo_poller_tui.widgets import tables
from odoo_poller_tui.widgets.card import Card
from odoo_poller_tui.widgets.chart import Chart
from odoo_poller_tui.widgets.table import Table
from poller_core.model import ConnectionStatus, Hour, SyncLogRow


class Shown(NamedTuple):
    """What this screen draws from."""

    status: ConnectionStatus
    running: bool
    hours: tuple[Hour, ...]
    log: tuple[SyncLogRow, ...]


class ConnectionScreen(LiveScreen[Shown]):
    """Facts, settings, chart and cycles of one connection."""

    MODE = "dashboard"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Edit"),
        Binding("p", "pause", "Pause"),
        Binding("t", "test", "Test"),
        Binding("g", "poll", "Poll now"),
        Binding("l", "logs", "Logs"),
        Binding("r", "retries", "Retries"),
        Binding("d,delete", "remove", "Delete"),
        Binding("escape,backspace", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self, connection_id: str) -> None:
        super().__init__()
        self.connection_id = connection_id
        self._value: Shown | None = None

    def body(self) -> ComposeResult:
        """Facts and settings, chart, cycles."""
        with Container(id="cards"):
            yield Card(id="facts")
            yield Card(id="setup")
        yield Chart(id="chart")
        yield Table(
            tables.sync_log(self.poller_app.zone),
            lambda row: row.id,
            id="cycles",
            empty=_("No cycle in this view yet"),
            follow=True,
        )

    def on_mount(self) -> None:
        """Name the parts."""
        self.query_one("#chart").border_title = _("Last 24 h")
        self.query_one("#cycles").border_title = _("Polling cycles")
        self.query_one("#cycles").focus()

    def question(self, now: int) -> Callable[[Reads], Shown]:
        """This connection."""
        connection_id = self.connection_id

        def fetch(reads: Reads) -> Shown:
            status = reads.connection(connection_id)
            hours = tuple(reads.hours(now - now % HOUR - 23 * HOUR, connection_id))
            log = tuple(reads.sync_log(connection_id, limit=50))
            return Shown(status, reads.poller().running, last_day(hours, now), log)

        return fetch

    def show(self, value: Shown, now: int) -> None:
        """Draw it all."""
        self._value = value
        zone = self.poller_app.zone
        self._show_facts(value, now)
        self.query_one("#setup", Card).show(_("Set up"), setup(value.status))
        labels = tuple(when.moment(hour.start).astimezone(zone).strftime("%H") for hour in value.hours)
        self.query_one(Chart).show(value.hours, labels)
        self.query_one("#cycles", Table).show(value.log, now)

    def tick(self, now: int) -> None:
        """Ages move on."""
        if self._value is not None:
            self._show_facts(self._value, now)

    def action_edit(self) -> None:
        """Edit it."""
        self._post(lambda status: OpenForm(status.connection.id))

    def action_pause(self) -> None:
        """Pause or resume it."""
        self._post(lambda s: PauseOrResume(s.connection.id, s.connection.name, s.connection.active))

    def action_test(self) -> None:
        """Test it."""
        self._post(lambda status: OpenTest(status.connection.id, status.connection.name))

    def action_poll(self) -> None:
        """Poll it now."""
        self._post(lambda status: PollNow(status.connection.id, status.connection.name))

    def action_logs(self) -> None:
        """All its cycles."""
        self._post(lambda status: OpenLogs(status.connection.id, status.connection.name))

    def action_retries(self) -> None:
        """Its retries."""
        self._post(lambda status: OpenRetries(status.connection.id, status.connection.name))

    def action_remove(self) -> None:
        """Delete it, once confirmed."""
        self._post(lambda s: Remove(s.connection.id, s.connection.name, s.pending))

    def _show_facts(self, value: Shown, now: int) -> None:
        of = value.status
        self.query_one("#facts", Card).show(of.connection.name, facts(of, now, running=value.running))

    def _post(self, ask: Callable[[ConnectionStatus], Ask]) -> None:
        if self._value is not None:
            self.post_message(ask(self._value.status))
