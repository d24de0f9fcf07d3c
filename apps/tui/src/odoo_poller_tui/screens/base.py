"""What all screens share: the line on top, the keys at the bottom, and one value that is fetched and drawn, again and again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from textual import events, work
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.screen import ModalScreen, Screen, ScreenResultType

from odoo_poller_tui.backend import Reads
from odoo_poller_tui.i18n import _, explain
from odoo_poller_tui.widgets.keys_bar import KeysBar
from odoo_poller_tui.widgets.top_bar import TopBar
from poller_core.errors import NotFound, PollerError

if TYPE_CHECKING:
    from odoo_poller_tui.app import PollerApp

V = TypeVar("V")


class Localised(Screen[ScreenResultType]):
    """A screen whose keys are described in the language shown now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next part", show=False),
        Binding("shift+tab", "app.focus_previous", "Previous part", show=False),
    ]

    def on_resize(self, event: events.Resize) -> None:
        """Tell the style sheet how much room there is. Textual's breakpoints name only one class at a time; these add up."""
        width, height = event.size
        self.update_classes(
            {
                "-narrow": width < 100,
                "-medium": width >= 100,
                "-wide": width >= 150,
                "-short": height < 30,
                "-tall": height >= 30,
                "-taller": height >= 50,
            }
        )

    @property
    def poller_app(self) -> PollerApp:
        """The application, by its own type."""
        return cast("PollerApp", self.app)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys that do something now, described in the language shown now."""
        return {
            key: active._replace(
                binding=dataclasses.replace(active.binding, description=_(active.binding.description))
            )
            for key, active in super().active_bindings.items()
        }


class Dialog(Localised[ScreenResultType], ModalScreen[ScreenResultType]):
    """A small screen over another one, that answers with a value."""


class LiveScreen(Localised[None], Generic[V]):
    """A screen that draws from one value of type ``V`` and fetches it anew whenever the database changed."""

    MODE: ClassVar[str] = ""
    """Which of the main screens this one belongs to."""

    def __init__(self, mode: str = "") -> None:
        super().__init__()
        self._mode = mode or self.MODE
        self._loading = False
        self._stale = False
        self.loads = 0
        """How often a value was drawn: what tests wait for."""

    def compose(self) -> ComposeResult:
        """The line on top, the screen's own part, the keys."""
        yield TopBar(self._mode)
        yield from self.body()
        yield KeysBar()

    def body(self) -> ComposeResult:
        """The screen's own part."""
        yield from ()

    def question(self, now: int) -> Callable[[Reads], V]:
        """What to ask of the database for a picture of ``now``; called in another thread, so it holds what it needs."""
        raise NotImplementedError  # pragma: no cover

    def show(self, value: V, now: int) -> None:
        """Draw ``value`` as of ``now``."""

    def tick(self, now: int) -> None:
        """Draw again what reads differently at ``now``."""

    def on_screen_resume(self) -> None:
        """Coming back, see what happened meanwhile."""
        self.reload()
        self.show_top()

    def show_top(self) -> None:
        """Draw the line on top."""
        app = self.poller_app
        for bar in self.query(TopBar):
            bar.show(app.poller, app.trouble, app.time_of_day())

    def reload(self) -> None:
        """Fetch and draw; while a fetch is under way, once more after it however often this is called."""
        self._stale = True
        if not self._loading:
            self._loading = True
            self._load()

    @work(group="load")
    async def _load(self) -> None:
        try:
            while self._stale and self.is_attached:
                self._stale = False
                await self._fetch()
        finally:
            self._loading = False

    async def _fetch(self) -> None:
        now = self.poller_app.now()
        try:
            value = await self.poller_app.link.read(self.question(now))
        except NotFound as error:
            self.poller_app.tell(explain(error), bad=True)
            self.app.pop_screen()
        except PollerError as error:
            self.poller_app.set_trouble(explain(error))
        else:
            self.poller_app.set_trouble("")
            self.show(value, now)
            self.loads += 1
