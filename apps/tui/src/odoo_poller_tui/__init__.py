"""The terminal screens of odoo-poller.

They show what ``poller_core``'s read side returns and post its commands; they decide nothing and speak no SQL. `open_tui` is
the one way in: the command ``odoo-poller tui`` finds it by its entry point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poller_core.settings import Settings


def open_tui(settings: Settings, *, web: bool = False, host: str = "127.0.0.1", port: int = 8000) -> int:
    """Show the screens in this terminal until they are left, or serve them to browsers with ``web``; returns the exit code.

    ``host`` and ``port`` are where browsers find them; anybody who reaches that address can do what the screens can, so it is
    loopback unless told otherwise. Raises ``PollerError`` where the database can't be used.
    """
    if web:
        from odoo_poller_tui.web import serve

        return serve(settings, host, port)
    from odoo_poller_tui.opening import run

    return run(settings)


__all__ = ["open_tui"]
