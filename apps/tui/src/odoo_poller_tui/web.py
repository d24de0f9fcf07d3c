"""The screens in a browser: textual-serve runs this program for each visitor."""

from __future__ import annotations

import shlex
import sys

from poller_core.settings import Settings


def serve(settings: Settings, host: str, port: int) -> int:
    """Serve the screens at ``host`` and ``port`` until interrupted; returns the exit code."""
    from textual_serve.server import Server

    command = shlex.join([sys.executable, "-m", "odoo_poller_tui", "--db", str(settings.db_path)])
    Server(command, host=host, port=port, title="odoo-poller").serve()
    return 0


__all__ = ["serve"]
