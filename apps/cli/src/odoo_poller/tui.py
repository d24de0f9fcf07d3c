"""``tui``: opens the screens, which are another program's; it is found by its entry point, never imported here."""

from __future__ import annotations

import sys
from typing import Any

import click

from odoo_poller.command import Whole, command, option
from odoo_poller.i18n import _
from odoo_poller.session import Session, with_session
from odoo_poller.terminal import is_terminal
from odoo_poller.words import called

GROUP, NAME = "odoo_poller.tui", "open"


@command(
    "tui",
    help="Open the screens on this terminal, or with --web in a browser.",
    examples=["odoo-poller tui", "odoo-poller tui --web --port 8000"],
)
@option("--web", is_flag=True, help="Serve the screens to browsers instead of opening them here.")
@option("--host", default="127.0.0.1", metavar="HOST", help="Where --web listens (127.0.0.1).")
@option("--port", type=Whole(1, 65_535), default=8000, metavar="PORT", help="The port of --web (8000).")
@with_session
def tui(session: Session, web: bool, host: str, port: int) -> object:
    """Open the screens."""
    if not web and not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        message = _(
            "the screens need a terminal; --web serves them to a browser, and «{status}» is for scripts",
            status=called("status", "--json"),
        )
        raise click.UsageError(message, click.get_current_context())
    opened: Any = _find()
    return opened(session.settings, web=web, host=host, port=port)


def _find() -> Any:
    from importlib.metadata import entry_points

    from poller_core.errors import PollerError

    found = entry_points(group=GROUP, name=NAME)
    if not found:
        raise PollerError(_("the screens are not installed: pip install apps/tui"))
    return next(iter(found)).load()
