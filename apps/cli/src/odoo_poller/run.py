"""``run``: the daemon. Its log is its output: JSON lines for a collector, readable on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from odoo_poller.command import command
from odoo_poller.session import Session, with_session

if TYPE_CHECKING:
    from poller_core.settings import Settings

VARIABLES = [
    ("POLLER_LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR"),
    ("POLLER_SECRET_KEY", "the key that locks API keys and webhook secrets (default: the file DB.key)"),
    ("POLLER_ALLOWED_NETWORKS", "private addresses that may be called, as CIDRs"),
    ("POLLER_ODOO_MIN_INTERVAL_MS", "between the starts of two calls to one Odoo database (1000)"),
    ("POLLER_OVERLAP_SECONDS", "how far each poll looks back for late commits (300)"),
    ("POLLER_BACKOFF_BASE_SECONDS", "the first retry's wait (30); it doubles"),
    ("POLLER_BACKOFF_MAX_SECONDS", "the longest wait (600)"),
    ("POLLER_ENDPOINT_CONCURRENCY", "attempts in flight to one URL (16)"),
    ("POLLER_HTTP_HOST", "where health and metrics are served"),
    ("POLLER_HTTP_PORT", "their port; off unless set (PORT counts too)"),
]


@command(
    "run",
    help="""
    Poll and deliver until SIGTERM or Ctrl-C. What is in flight is finished, or cut and left for the next start, within
    8 seconds.

    One poller holds a database at a time: a second one leaves with exit code 75. The log goes to stdout, as JSON lines
    unless it is a terminal.
    """,
    examples=["odoo-poller run", "POLLER_HTTP_PORT=8080 odoo-poller run --db /var/lib/poller/poller.db"],
    variables=VARIABLES,
)
@with_session
def run(session: Session) -> None:
    """Run until told to stop."""
    import anyio

    session.log_to_stdout()
    anyio.run(_until_stopped, session.settings)


async def _until_stopped(settings: Settings) -> None:
    from poller_core import app

    await app.run(settings)
    # Everything is committed and closed. A name look-up that hangs in the system's resolver would hold the
    # interpreter's own exit beyond the time that a container is given.
    sys.stdout.flush()
    os._exit(0)
