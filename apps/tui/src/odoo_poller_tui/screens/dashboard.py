"""The screen that stays open all day: what needs a person, every connection, the last 24 hours, what happened last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widgets import Input

from odoo_poller_tui import overview as views
from odoo_poller_tui import when
from odoo_poller_tui.backend import Reads
from odoo_poller_tui.cells import say
from odoo_poller_tui.facts import facts, setup
from odoo_poller_tui.i18n import _, number, plural
from odoo_poller_tui.messages import (
    Ask,
    OpenConnection,
    OpenForm,
    OpenLogs,
    OpenOrder,
    OpenOrders,
    OpenRetries,
    OpenTest,
    PauseOrResume,
    PollNow,
    Remove,
)
from odoo_poller_tui.overview import Concern, Overview
from odoo_poller_tui.screens.base import LiveScreen
from odoo_poller_tui.sorting import ORDERS, matching
from odoo_poller_tui.widgets import tables
from odoo_poller_tui.widgets.card import Card
from odoo_poller_tui.widgets.chart import Chart
from odoo_poller_tui.widgets.search import Search
from odoo_poller_tui.widgets.table import Table
from poller_core.model import Activity, ConnectionStatus, EndpointStatus


class DashboardScreen(LiveScreen[Overview]):
    """Connections and everything about them at a glance."""

    MODE = "dashboard"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New"),
        Binding("e", "edit", "Edit"),
        Binding("p", "pause", "Pause"),
        Binding("t", "test", "Test"),
        Binding("l", "logs", "Logs"),
        Binding("r", "retries", "Retries"),
        Binding("d,delete", "remove", "Delete"),
        Binding("s", "app.poller", "Start/stop"),
        Binding("slash", "find", "Find", key_display="/"),
        Binding("g", "poll", "Poll now", show=False),
        Binding("o", "sort", "Sort by", show=False),
        Binding("escape", "clear", "Clear the search", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._value: Overview | None = None
        self._sort = 0

    def body(self) -> ComposeResult:
        """Attention and connections; beside or below them the last 24 hours, endpoints and activity."""
        zone = self.poller_app.zone
        with Container(id="main"):
            with Vertical(id="left"):
                yield Table(
                    tables.concerns(),
                    _concern_key,
                    header=False,
                    id="concerns",
                    empty=_("Nothing needs attention"),
                )
                yield Search(_("name, database, address or state"), id="search")
                yield Table(
                    tables.connections(self._poller_runs),
                    _connection_key,
                    id="connections",
                    empty=_("Loading…"),
                )
                with Container(id="peek"):
                    yield Card(id="facts")
                    yield Card(id="setup")
            with Container(id="right"):
                yield Chart(id="chart")
                yield Table(
                    tables.activity(zone),
                    _activity_key,
                    header=False,
                    id="activity",
                    empty=_("Nothing happened yet"),
                    follow=True,
                )
                yield Table(
                    tables.endpoints(), lambda row: row.number, id="endpoints", empty=_("No endpoint yet")
                )

    def on_mount(self) -> None:
        """Name the parts and begin at the connections."""
        self.query_one("#endpoints").border_title = _("Endpoints")
        self.query_one("#activity").border_title = _("Recent activity")
        self.query_one("#connections").focus()

    def question(self, now: int) -> Callable[[Reads], Overview]:
        """Everything on this screen, at once."""
        return partial(views.fetch, now=now, day_start=self.poller_app.day_start())

    def show(self, value: Overview, now: int) -> None:
        """Draw it all."""
        self._value = value
        found = views.concerns(value, now)
        self._table("concerns").show(found, now)
        count = f" · {number(len(found))}" if found else ""
        self._table("concerns").border_title = say(_("Needs attention") + count)
        self.query_one("#left").set_class(bool(found), "-troubled")
        self._table("endpoints").show(value.endpoints, now)
        self._table("activity").show(value.activity, now)
        self._show_connections(now)
        self._show_chart(value)

    def tick(self, now: int) -> None:
        """Ages move on."""
        for table in self.query(Table):
            table.tick(now)
        self._show_peek()

    def action_new(self) -> None:
        """Create a connection."""
        self.post_message(OpenForm())

    def action_edit(self) -> None:
        """Edit the connection under the cursor."""
        self._post(lambda status: OpenForm(status.connection.id))

    def action_pause(self) -> None:
        """Pause or resume it."""
        self._post(lambda s: PauseOrResume(s.connection.id, s.connection.name, s.connection.active))

    def action_test(self) -> None:
        """Test it."""
        self._post(lambda status: OpenTest(status.connection.id, status.connection.name))

    def action_logs(self) -> None:
        """Its cycles."""
        self._post(lambda status: OpenLogs(status.connection.id, status.connection.name))

    def action_retries(self) -> None:
        """Its retries."""
        self._post(lambda status: OpenRetries(status.connection.id, status.connection.name))

    def action_remove(self) -> None:
        """Delete it, once confirmed."""
        self._post(lambda s: Remove(s.connection.id, s.connection.name, s.pending))

    def action_poll(self) -> None:
        """Poll it now."""
        self._post(lambda status: PollNow(status.connection.id, status.connection.name))

    def action_sort(self) -> None:
        """The next order of the connections."""
        self._sort = (self._sort + 1) % len(ORDERS)
        self._show_connections(self.poller_app.now())

    def action_find(self) -> None:
        """Search among the connections."""
        self.query_one(Search).open()

    def action_clear(self) -> None:
        """Show all connections again."""
        self.query_one(Search).close()
        self.query_one("#connections").focus()

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._show_connections(self.poller_app.now())

    @on(Input.Submitted, "#search")
    def _found(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#connections").focus()

    @on(Table.Moved, "#connections")
    def _moved(self, event: Table.Moved) -> None:
        event.stop()
        self._show_peek()

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        event.stop()
        match event.table.current:
            case ConnectionStatus(connection=connection):
                self.post_message(OpenConnection(connection.id))
            case Activity(external_id=external_id, connection_id=connection_id) if external_id:
                self.post_message(OpenOrder(external_id, connection_id))
            case Activity(connection_id=connection_id) if connection_id:
                self.post_message(OpenConnection(connection_id))
            case Concern() as concern:
                self._attend(concern)
            case EndpointStatus(url=url):
                self.query_one(Search).open(url)

    def _attend(self, concern: Concern) -> None:
        match concern.topic:
            case "poller":
                self.poller_app.action_poller()
            case "endpoint":
                self.query_one(Search).open(concern.subject)
            case "connection" | "late":
                self.post_message(OpenConnection(concern.key))
            case "failed":
                self.post_message(OpenRetries(view="FAILED"))
            case "rejected":
                self.post_message(OpenOrders("REJECTED"))

    def _post(self, ask: Callable[[ConnectionStatus], Ask]) -> None:
        status = self._table("connections").current
        if isinstance(status, ConnectionStatus):
            self.post_message(ask(status))
        else:
            self.app.bell()

    def _show_connections(self, now: int) -> None:
        if self._value is None:
            return
        title, key = ORDERS[self._sort]
        query = self.query_one(Search).value
        rows = matching(self._value.connections, query)
        empty = (
            _("No connection matches") if query else _("No connection yet: press n to add a merchant's Odoo")
        )
        table = self._table("connections")
        table.show(sorted(rows, key=key) if key else rows, now, empty=empty)
        totals = self._value.totals
        parts = [
            plural(len(rows), "{n} connection", "{n} connections") + (f" · {_(title)}" if key else ""),
            _("sent today {n}", n=number(totals.sent_today)),
            _("waiting {n}", n=number(totals.pending)),
            _("failed {n}", n=number(totals.failed)),
        ]
        table.border_title = say(" · ".join(parts))
        self._show_peek()

    def _show_peek(self) -> None:
        """The connection under the cursor in full, where the terminal has room for it."""
        status = self._table("connections").current
        if isinstance(status, ConnectionStatus) and self.has_class("-taller"):
            told = facts(status, self.poller_app.now(), running=self._poller_runs())
            self.query_one("#facts", Card).show(status.connection.name, told)
            self.query_one("#setup", Card).show(_("Set up"), setup(status))

    def _show_chart(self, value: Overview) -> None:
        chart = self.query_one(Chart)
        zone = self.poller_app.zone
        chart.show(
            value.hours, tuple(when.moment(h.start).astimezone(zone).strftime("%H") for h in value.hours)
        )
        delivered, failed = sum(h.delivered for h in value.hours), sum(h.failed for h in value.hours)
        chart.border_title = _(
            "Last 24 h · delivered {sent} · failed attempts {failed}",
            sent=number(delivered),
            failed=number(failed),
        )

    def _poller_runs(self) -> bool:
        return self._value is not None and self._value.poller.running

    def _table(self, name: str) -> Table[Any]:
        return self.query_one(f"#{name}", Table)


def _concern_key(row: Concern) -> tuple[str, str]:
    return row.topic, row.key


def _connection_key(row: ConnectionStatus) -> str:
    return row.connection.id


def _activity_key(row: Activity) -> tuple[int, str, str]:
    return row.position, row.kind, row.connection_id
