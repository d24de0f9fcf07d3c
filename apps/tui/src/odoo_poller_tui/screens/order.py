"""One order's whole life: who it is, how it stands, and every event from its capture on, newest last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from odoo_poller_tui import happenings, when, words
from odoo_poller_tui.backend import Reads
from odoo_poller_tui.cells import Cell, Piece, content, plain
from odoo_poller_tui.i18n import _, plural
from odoo_poller_tui.messages import Discard, OpenConnection, Retry, ViewPayload
from odoo_poller_tui.screens.base import LiveScreen
from odoo_poller_tui.widgets.card import Card
from odoo_poller_tui.widgets.columns import Column
from odoo_poller_tui.widgets.table import Table
from poller_core.model import LoggedEvent, OrderDetail


class OrderScreen(LiveScreen[OrderDetail]):
    """The timeline of one order, with what can be done about it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Retry now"),
        Binding("x", "discard", "Discard"),
        Binding("v,enter", "payload", "Payload", key_display="v"),
        Binding("y", "copy", "Copy the id"),
        Binding("c", "connection", "Connection"),
        Binding("escape,backspace", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self, external_id: str, connection_id: str, mode: str) -> None:
        super().__init__(mode)
        self._external_id = external_id
        self._connection_id = connection_id
        self._value: OrderDetail | None = None

    def body(self) -> ComposeResult:
        """Facts, what is wrong with it, timeline."""
        yield Card(id="facts")
        yield Static("", id="issues")
        yield Table(
            self._columns(), lambda row: row.position, header=False, id="timeline", empty=_("Loading…")
        )
        yield Static("", id="detail")

    def on_mount(self) -> None:
        """Begin in the timeline."""
        timeline = self.query_one("#timeline")
        timeline.border_title = _("Timeline")
        timeline.focus()

    def question(self, now: int) -> Callable[[Reads], OrderDetail]:
        """This order."""
        external_id, connection_id = self._external_id, self._connection_id
        return lambda reads: reads.order(external_id, connection_id)

    def show(self, value: OrderDetail, now: int) -> None:
        """Draw it all."""
        self._value = value
        self._show_facts(value, now)
        issues = self.query_one("#issues", Static)
        issues.display = bool(value.issues)
        issues.border_title = plural(len(value.issues), "{n} issue", "{n} issues")
        issues.update(content(_issues(value)))
        table: Table[LoggedEvent] = self.query_one("#timeline", Table)
        first = not table.rows
        table.show(value.events, now)
        if first:
            table.action_edge(True)

    def tick(self, now: int) -> None:
        """Ages move on."""
        if self._value is not None:
            self._show_facts(self._value, now)

    def action_retry(self) -> None:
        """Deliver it now."""
        if self._value is not None:
            self.post_message(Retry((self._value.order.position,)))

    def action_discard(self) -> None:
        """Discard it, once a reason is given."""
        if self._value is not None:
            self.post_message(Discard((self._value.order.position,), self._value.order.number))

    def action_payload(self) -> None:
        """Show its webhook body."""
        self.post_message(ViewPayload(self._external_id, self._connection_id))

    def action_connection(self) -> None:
        """Show its connection."""
        self.post_message(OpenConnection(self._connection_id))

    def action_copy(self) -> None:
        """Copy its external id."""
        self.app.copy_to_clipboard(self._external_id)
        self.poller_app.tell(_("Copied: {text}", text=self._external_id))

    @on(Table.Moved)
    def _moved(self, event: Table.Moved) -> None:
        """The event under the cursor in full."""
        event.stop()
        row = event.table.current
        pieces = happenings.event(row) if isinstance(row, LoggedEvent) else ()
        self.query_one("#detail", Static).update(content(pieces))

    def _columns(self) -> tuple[Column[LoggedEvent], ...]:
        zone = self.poller_app.zone
        return (
            Column("Time", lambda row, _now: plain(when.exact(row.at, zone), "dim"), 23),
            Column("What", lambda row, _now: happenings.event(row), 30, grow=1),
            Column("Position", lambda row, _now: plain(f"#{row.position}", "dim"), 8, drop=2, right=True),
        )

    def _show_facts(self, value: OrderDetail, now: int) -> None:
        self.query_one("#facts", Card).show(f"{_('Order')} {value.order.number}", self._facts(value, now))

    def _facts(self, value: OrderDetail, now: int) -> Iterator[tuple[str, Cell]]:
        order, zone = value.order, self.poller_app.zone
        status: Cell = words.order_status(order.status)
        if order.status == "PENDING":
            held = words.HELD.get(value.held_by)
            status += ((f"  {_('next try')} ", "dim"), (when.until(value.next_retry_at, now), ""))
            status += ((f" · {_(held)}", "warn"),) if held else ()
        yield _("Status"), status
        yield _("Connection"), plain(order.connection_name)
        yield _("External id"), plain(order.external_id)
        yield _("Webhook id"), plain(value.webhook_id or "–")
        captured = f"{when.exact(order.captured_at, zone)} · {when.ago(order.captured_at, now)}"
        yield _("Captured"), plain(captured)
        if order.delivered_at:
            took = when.took(order.delivered_at - order.captured_at)
            yield _("Delivered"), plain(f"{when.exact(order.delivered_at, zone)} · +{took}")
        if order.last_error:
            yield _("Last error"), plain(order.last_error, "bad")


def _issues(value: OrderDetail) -> Iterator[Piece]:
    for path, code, message in value.issues:
        yield ("! ", "bad")
        yield (path, "strong")
        yield (f"  {message}", "")
        yield (f"  {code}\n", "dim")
