"""What the screens ask of the application, carried out: dialogs, writes, long runs, and a notice of how each ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from textual import on, work
from textual.app import App

from odoo_poller_tui import messages as ask
from odoo_poller_tui.backend import Runs, Where, Writes
from odoo_poller_tui.cells import Cell, plain
from odoo_poller_tui.i18n import _, explain, plural
from odoo_poller_tui.screens.base import LiveScreen
from odoo_poller_tui.screens.confirm import AskScreen, ReasonScreen, Way
from odoo_poller_tui.screens.connection import ConnectionScreen
from odoo_poller_tui.screens.connection_form import ConnectionForm
from odoo_poller_tui.screens.connection_test import TestScreen
from odoo_poller_tui.screens.logs import LogsScreen
from odoo_poller_tui.screens.order import OrderScreen
from odoo_poller_tui.screens.orders import OrdersScreen
from odoo_poller_tui.screens.payload import PayloadScreen
from odoo_poller_tui.screens.retries import RetriesScreen
from poller_core.errors import PollerError

if TYPE_CHECKING:
    from odoo_poller_tui.app import PollerApp

T = TypeVar("T")


class Actions(App[None]):
    """The application's part that answers to ``odoo_poller_tui.messages``."""

    @property
    def _app(self) -> PollerApp:
        return cast("PollerApp", self)

    @on(ask.OpenOrder)
    def _open_order(self, message: ask.OpenOrder) -> None:
        self._app.push_screen(OrderScreen(message.external_id, message.connection_id, self._app.current_mode))

    @on(ask.OpenConnection)
    def _open_connection(self, message: ask.OpenConnection) -> None:
        screen = self._app.screen
        if not (isinstance(screen, ConnectionScreen) and screen.connection_id == message.connection_id):
            self._app.push_screen(ConnectionScreen(message.connection_id))

    @on(ask.OpenLogs)
    async def _open_logs(self, message: ask.OpenLogs) -> None:
        await self._app.switch_mode("logs")
        for screen in self._app.screen_stack:
            if isinstance(screen, LogsScreen):
                screen.set_connection(message.connection_id, message.name)

    @on(ask.OpenRetries)
    async def _open_retries(self, message: ask.OpenRetries) -> None:
        await self._app.switch_mode("retries")
        for screen in self._app.screen_stack:
            if isinstance(screen, RetriesScreen):
                screen.open_view(message.view, message.connection_id, message.name)

    @on(ask.OpenOrders)
    async def _open_orders(self, message: ask.OpenOrders) -> None:
        await self._app.switch_mode("orders")
        for screen in self._app.screen_stack:
            if isinstance(screen, OrdersScreen):
                screen.open_view(message.status)

    @on(ask.OpenForm)
    @work
    async def _open_form(self, message: ask.OpenForm) -> None:
        app, connection_id = self._app, message.connection_id
        connection = None
        if connection_id:
            status = await self._said(app.link.read, lambda reads: reads.connection(connection_id))
            if status is None:
                return
            connection = status.connection
        url = app.link.backend.default_webhook_url
        saved = await app.push_screen_wait(ConnectionForm(connection, url, app.new_secret()))
        if saved:
            app.tell(_("Saved"))
            self._refresh()
            if not connection_id:
                self._tell_left_out(saved)

    @on(ask.OpenTest)
    def _open_test(self, message: ask.OpenTest) -> None:
        connection_id = message.connection_id
        self._app.push_screen(TestScreen(message.name, lambda runs, told: runs.test(connection_id, told)))

    @on(ask.PauseOrResume)
    @work
    async def _pause_or_resume(self, message: ask.PauseOrResume) -> None:
        def change(writes: Writes) -> str:
            if message.active:
                writes.pause(message.connection_id)
                return _("{name} is paused: neither polled nor delivered", name=message.name)
            writes.resume(message.connection_id)
            return _("{name} goes on", name=message.name)

        await self._write(change)

    @on(ask.Remove)
    @work
    async def _remove(self, message: ask.Remove) -> None:
        waiting = message.waiting
        question: Cell = ((message.name, "strong"), (_(" is deleted with its settings and secrets. "), ""))
        question += plain(_("Its orders stay in the log."))
        if waiting:
            still = plural(
                waiting,
                "{n} order still waits and will not be delivered.",
                "{n} orders still wait and will not be delivered.",
            )
            question += (("\n\n▲ ", "warn"), (still, "warn"))
        way = Way("delete", _("Delete and discard") if waiting else _("Delete"), grave=True)
        if await self._app.push_screen_wait(AskScreen(_("Delete this connection?"), question, [way])) is None:
            return

        def remove(writes: Writes) -> str:
            writes.remove(message.connection_id, discard=bool(waiting))
            return _("{name} is deleted", name=message.name)

        if await self._write(remove) and isinstance(self._app.screen, ConnectionScreen):
            self._app.pop_screen()

    @on(ask.PollNow)
    @work
    async def _poll_now(self, message: ask.PollNow) -> None:
        self._app.tell(_("Polling {name}…", name=message.name))
        reports = await self._run(lambda runs: runs.poll([message.connection_id]))
        for report in reports or ():
            if report.error:
                self._app.tell(f"{report.name}: {_(report.error)}", bad=True)
            else:
                found = plural(report.orders_found, "{n} order found", "{n} orders found")
                self._app.tell(f"{report.name}: {found}, {_('{n} sent', n=report.orders_sent)}")

    @on(ask.Retry)
    @work
    async def _retry(self, message: ask.Retry) -> None:
        await self._write(
            lambda writes: plural(
                writes.retry(message.rows), "{n} order is due now", "{n} orders are due now"
            )
        )

    @on(ask.Discard)
    @work
    async def _discard(self, message: ask.Discard) -> None:
        question: Cell = (
            (message.what, "strong"),
            (_(" will not be delivered. It can be queued again later."), ""),
        )
        reason = await self._app.push_screen_wait(ReasonScreen(_("Discard?"), question, _("Discard")))
        if reason:
            await self._write(
                lambda writes: plural(
                    writes.discard(message.rows, reason), "{n} order discarded", "{n} orders discarded"
                )
            )

    @on(ask.ViewPayload)
    @work
    async def _view_payload(self, message: ask.ViewPayload) -> None:
        external_id, connection_id = message.external_id, message.connection_id
        detail = await self._said(self._app.link.read, lambda reads: reads.order(external_id, connection_id))
        if detail is None:
            return
        if detail.payload is None:
            self._app.tell(_("This order has no payload: it was erased, or never built"), bad=True)
        else:
            self._app.push_screen(PayloadScreen(detail.order.number, detail.payload))

    def action_poller(self) -> None:
        """Start the poller if none runs, else stop it; asks first."""
        if isinstance(self._app.screen, LiveScreen) and self._app.poller is not None:
            if self._app.poller.running:
                self._stop_poller(self._app.poller.pid)
            else:
                self._start_poller()

    @work
    async def action_leave(self) -> None:
        """Quit; ask first where the poller in this window would stop, too."""
        runs = self._app.link.backend.runs
        if runs.owns_poller():
            question = plain(_("The poller runs in this window and stops with it."))
            way = Way("quit", _("Stop it and quit"), grave=True)
            if await self._app.push_screen_wait(AskScreen(_("Quit?"), question, [way])) is None:
                return
            await self._run(lambda runs: runs.stop())
        self._app.exit()

    @work
    async def _start_poller(self) -> None:
        question: Cell = (
            (_("In its own process"), "strong"),
            (_(": it goes on when you leave these screens.\n"), ""),
        )
        question += ((_("In this window"), "strong"), (_(": it stops when you leave."), ""))
        ways = [Way("process", _("In its own process")), Way("window", _("In this window"))]
        where = await self._app.push_screen_wait(AskScreen(_("Start the poller?"), question, ways))
        if where is not None:
            self._app.tell(_("Starting the poller…"))
            await self._run(lambda runs: runs.start(cast("Where", where)))
            await self._app.look()

    @work
    async def _stop_poller(self, pid: int) -> None:
        question = plain(
            _(
                "What is under way is finished first. Until it is started again, nothing is polled or delivered."
            )
        )
        title = _("Stop the poller (process {pid})?", pid=pid) if pid else _("Stop the poller?")
        if await self._app.push_screen_wait(
            AskScreen(title, question, [Way("stop", _("Stop it"), grave=True)])
        ):
            self._app.tell(_("Stopping the poller…"))
            await self._run(lambda runs: runs.stop())
            await self._app.look()

    @work
    async def _tell_left_out(self, connection_id: str) -> None:
        """Say how many orders a new connection's start leaves out. A trouble with Odoo is the test's to tell."""
        try:
            count = await self._app.link.run(lambda runs: runs.left_out(connection_id))
        except PollerError:
            return
        if count:
            said = plural(
                count,
                "{n} confirmed order lies before its start and is left out.",
                "{n} confirmed orders lie before its start and are left out.",
            )
            self._app.tell(f"{said} {_('Edit “Start from” to include them.')}")

    async def _write(self, change: Callable[[Writes], str]) -> bool:
        done = await self._said(self._app.link.write, change)
        if done is not None:
            self._app.tell(done)
            self._refresh()
        return done is not None

    async def _run(self, run: Callable[[Runs], T]) -> T | None:
        try:
            return await self._app.link.run(run)
        except PollerError as error:
            self._app.tell(explain(error), bad=True)
            return None

    async def _said(self, call: Callable[..., object], what: Callable[..., T]) -> T | None:
        """The result, or None once the error was told."""
        try:
            return cast("T", await call(what))  # type: ignore[misc]
        except PollerError as error:
            self._app.tell(explain(error), bad=True)
            return None

    def _refresh(self) -> None:
        for screen in self._app.screen_stack:
            if isinstance(screen, LiveScreen):
                screen.reload()
