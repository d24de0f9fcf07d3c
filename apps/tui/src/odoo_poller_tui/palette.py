"""The command palette: everything that can be done, in words, and every connection by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import SystemCommand
from textual.command import DiscoveryHit, Hit, Hits, Provider

from odoo_poller_tui.cells import say
from odoo_poller_tui.i18n import _
from odoo_poller_tui.messages import OpenConnection, OpenForm
from poller_core.display import display_safe

if TYPE_CHECKING:
    from odoo_poller_tui.app import PollerApp

LONGEST = 100
"""As much of a name as is shown: each has one line."""


def commands(app: PollerApp) -> Iterator[SystemCommand]:
    """What can be done from anywhere."""
    yield SystemCommand(_("Dashboard"), _("Connections, activity, endpoints"), partial(app.go, "dashboard"))
    yield SystemCommand(_("Retries"), _("What waits or failed to be delivered"), partial(app.go, "retries"))
    yield SystemCommand(_("Orders"), _("Search by number or customer reference"), partial(app.go, "orders"))
    yield SystemCommand(_("Logs"), _("Every cycle of every connection"), partial(app.go, "logs"))
    yield SystemCommand(
        _("New connection"), _("Add a merchant's Odoo"), partial(app.post_message, OpenForm())
    )
    yield SystemCommand(
        _("Start or stop the poller"), _("In its own process or in this window"), app.action_poller
    )
    yield SystemCommand(_("Light/dark"), _("Change the colours"), app.action_theme)
    yield SystemCommand(_("Keys"), _("What each key does here"), app.action_help)
    yield SystemCommand(_("Quit"), _("Leave; a poller in its own process goes on"), app.action_leave)


class Connections(Provider):
    """Connections by name."""

    @property
    def _app(self) -> PollerApp:
        return cast("PollerApp", self.app)

    async def startup(self) -> None:
        """Fetch the names once, when the palette opens."""
        day_start = self._app.day_start()
        found = await self._app.link.read(lambda reads: reads.connections(day_start))
        self._names = [(status.connection.name, status.connection.id) for status in found]

    async def discover(self) -> Hits:
        """Nothing until something is typed: there may be a thousand."""
        nothing: tuple[DiscoveryHit, ...] = ()
        for hit in nothing:
            yield hit

    async def search(self, query: str) -> Hits:
        """Connections whose name matches."""
        matcher = self.matcher(query)
        for name, connection_id in self._names:
            shown = say(display_safe(name, LONGEST))
            score = matcher.match(shown.plain)
            if score > 0:
                # Not matcher.highlight: it reads its candidate as markup, and a name is data.
                yield Hit(
                    score, shown, partial(self._app.post_message, OpenConnection(connection_id)), shown.plain
                )
