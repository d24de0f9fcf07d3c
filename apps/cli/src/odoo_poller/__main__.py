"""Entry point of ``odoo-poller`` and of ``python -m odoo_poller``."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.disable()  # until a command runs: what is imported stays, and looking for garbage in it is most of --help's time
    from odoo_poller.diagnostics import guarded
    from odoo_poller.main import cli

    sys.exit(guarded(lambda: cli.main(prog_name="odoo-poller", standalone_mode=False)))


if __name__ == "__main__":
    main()
