"""The application: it watches the database, holds the main screens, and carries out what they ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from odoo_poller_tui import when
from odoo_poller_tui.actions import Actions
from odoo_poller_tui.backend import Backend
from odoo_poller_tui.crash import crash_report
from odoo_poller_tui.i18n import explain
from odoo_poller_tui.link import Link
from odoo_poller_tui.palette import Connections, commands
from odoo_poller_tui.screens.base import LiveScreen
from odoo_poller_tui.screens.dashboard import DashboardScreen
from odoo_poller_tui.screens.logs import LogsScreen
from odoo_poller_tui.screens.orders import OrdersScreen
from odoo_poller_tui.screens.retries import RetriesScreen
from odoo_poller_tui.themes import DARK, LIGHT
from poller_core.display import display_safe
from poller_core.errors import PollerError
from poller_core.model import PollerStatus

LOOK_SECONDS = 0.5
TICK_MS = 5_000


class PollerApp(Actions):
    """odoo-poller's screens over a ``Backend``. ``clock`` gives milliseconds since 1970 UTC, ``zone`` the local time zone."""

    TITLE = "odoo-poller"
    CSS_PATH = "style.tcss"
    COMMANDS = App.COMMANDS | {Connections}
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "dashboard": DashboardScreen,
        "retries": RetriesScreen,
        "orders": OrdersScreen,
        "logs": LogsScreen,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "go('dashboard')", "Dashboard", show=False),
        Binding("2", "go('retries')", "Retries", show=False),
        Binding("3", "go('orders')", "Orders", show=False),
        Binding("4", "go('logs')", "Logs", show=False),
        Binding("ctrl+t", "theme", "Light/dark", show=False),
        Binding("question_mark,f1", "help", "Keys", key_display="?"),
        Binding("ctrl+p", "command_palette", "Command palette", show=False, priority=True),
        Binding("q", "leave", "Quit"),
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True),
    ]

    def __init__(
        self,
        backend: Backend,
        *,
        clock: Callable[[], int] | None = None,
        zone: tzinfo | None = None,
        look_seconds: float = LOOK_SECONDS,
        new_secret: Callable[[], str] | None = None,
    ) -> None:
        super().__init__()
        # Before the style sheet is read for the first time: it would be read again for each of them.
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self.link = Link(backend)
        self.zone = zone
        self.poller: PollerStatus | None = None
        self.trouble = ""
        self.new_secret = new_secret or _new_secret
        self._clock = clock or (lambda: time.time_ns() // 1_000_000)
        self._look_seconds = look_seconds
        self._looking = False
        self._version = -1
        self._minute = 0
        self._tick = 0

    def on_mount(self) -> None:
        """Open the dashboard, begin to watch."""
        self.switch_mode("dashboard")
        if self._look_seconds:
            self.set_interval(self._look_seconds, self.look)
        self.call_later(self.look)

    def on_unmount(self) -> None:
        """Let go of the database."""
        self.link.close()

    def now(self) -> int:
        """The present moment, milliseconds since 1970 UTC."""
        return self._clock()

    def day_start(self) -> int:
        """The last local midnight."""
        return when.day_start(self.now(), self.zone)

    def time_of_day(self) -> str:
        """Hours and minutes here and now."""
        return when.clock(self.now(), self.now(), self.zone)[:5]

    async def look(self) -> None:
        """See whether anything changed: fetch anew only then or when a minute has passed."""
        if self._looking:
            return
        self._looking = True
        try:
            version, poller = await self.link.read(lambda reads: (reads.data_version(), reads.poller()))
        except PollerError as error:
            self.set_trouble(explain(error))
        else:
            self._seen(version, poller)
        finally:
            self._looking = False

    def set_trouble(self, trouble: str) -> None:
        """Say on top why the database can't be read, or that it can again."""
        if trouble != self.trouble:
            self.trouble = trouble
            self._show_top()

    def go(self, mode: str) -> None:
        """Go to a main screen; from a screen that was opened over it, back down to it."""
        if isinstance(self.screen, LiveScreen):
            if mode == self.current_mode:
                while len(self.screen_stack) > 1:
                    self.pop_screen()
            else:
                self.switch_mode(mode)

    def action_go(self, mode: str) -> None:
        """Go to a main screen."""
        self.go(mode)

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_help(self) -> None:
        """Show what each key does here."""
        from odoo_poller_tui.screens.keys import KeysScreen

        if not isinstance(self.screen, KeysScreen):
            self.push_screen(KeysScreen(self.screen))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers besides connections."""
        yield from commands(self)

    def tell(self, text: str, *, bad: bool = False) -> None:
        """A short notice at the corner; never markup."""
        self.notify(
            display_safe(text, 400), severity="error" if bad else "information", markup=False, timeout=8
        )

    def _seen(self, version: int, poller: PollerStatus) -> None:
        now = self.now()
        minute, tick = now // 60_000, now // TICK_MS
        changed = version != self._version or minute != self._minute or poller != self.poller
        top = poller != self.poller or minute != self._minute
        self._version, self._minute, self.poller = version, minute, poller
        screen = self.screen
        if isinstance(screen, LiveScreen):
            if changed:
                screen.reload()
            elif tick != self._tick:
                screen.tick(now)
        self._tick = tick
        if top:
            self._show_top()

    def _show_top(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, LiveScreen) and screen.is_mounted:
                screen.show_top()

    def _fatal_error(self) -> None:
        """In place of Textual's, whose report shows local variables."""
        self.bell()
        if self._exception is not None and not self._exit_renderables:
            self._exit_renderables.append(crash_report(self._exception))
        self._close_messages_no_wait()


def _new_secret() -> str:
    """A webhook secret as the specification has it: a UUID4."""
    import uuid

    return str(uuid.uuid4())


__all__ = ["PollerApp"]
