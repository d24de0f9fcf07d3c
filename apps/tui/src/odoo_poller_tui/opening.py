"""Puts the application together from the core's parts and runs it in this terminal."""

from __future__ import annotations

from odoo_poller_tui.i18n import use_language
from poller_core.settings import Settings


def run(settings: Settings) -> int:
    """Show the screens until they are left; returns the exit code."""
    use_language(settings.language)
    from odoo_poller_tui.app import PollerApp
    from odoo_poller_tui.core import backend

    app = PollerApp(backend(settings))
    app.run()
    return app.return_code or 0
