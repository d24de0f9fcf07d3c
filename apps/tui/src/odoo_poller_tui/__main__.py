"""``odoo-poller-tui``: the screens without the rest of the command line; ``python -m odoo_poller_tui`` is the same."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from odoo_poller_tui import open_tui
from odoo_poller_tui.i18n import _, explain, use_language
from poller_core.errors import PollerError
from poller_core.settings import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Read options and environment, open the screens; returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        settings = Settings.from_environment(os.environ, db=options.db)
        use_language(settings.language)
        return open_tui(settings, web=options.web, host=options.host, port=options.port)
    except PollerError as error:
        print(f"odoo-poller-tui: {explain(error)}", file=sys.stderr)  # noqa: T201  # talk goes to stderr
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="odoo-poller-tui",
        description=_("Dashboard, connections, logs, retries and orders of an odoo-poller database."),
        epilog="odoo-poller-tui --db data/poller.db",
    )
    parser.add_argument("--db", help="path of the database (else POLLER_DB_PATH)")
    parser.add_argument("--web", action="store_true", help="serve the screens to browsers")
    parser.add_argument("--host", default="127.0.0.1", help="where browsers find them (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
