"""``demo``: orders travel from local Odoo stand-ins through the real poller to a local receiver, before your eyes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from odoo_poller import diagnostics
from odoo_poller.command import Whole, command, option
from odoo_poller.i18n import _
from odoo_poller.session import Session, with_session

if TYPE_CHECKING:
    from odoo_poller.demo_show import Ending

LONGEST = 18  # seconds after which a demo that hasn't finished ends anyway


@command(
    "demo",
    help="""
    See everything at work with no set-up: two local Odoo stand-ins with Chilean orders, a local receiver, and the real
    poller between them. Shows each order as it arrives, and how a delivery that failed is retried.

    It ends by itself. With --keep it stays and keeps confirming orders, so that another terminal can look at it with
    «status», «orders» or «tui».
    """,
    examples=["odoo-poller demo", "odoo-poller demo --keep", "odoo-poller demo --keep --db demo.db"],
)
@option("--keep", is_flag=True, help="Stay up and keep confirming orders until Ctrl-C.")
@option(
    "--seconds",
    type=Whole(1, 86_400),
    metavar="N",
    help="End after N seconds at the latest (18; with --keep: never).",
)
@with_session
def demo(session: Session, keep: bool, seconds: int | None) -> int:
    """Run the demo."""
    with tempfile.TemporaryDirectory(prefix="odoo-poller-demo-") as folder:
        path = Path(session.db) if session.db else Path(folder) / "demo.db"
        if path.exists():
            message = _("{path} is there already: the demo makes a database of its own", path=path)
            raise click.UsageError(message, click.get_current_context())
        ending = _play(session, path, keep, seconds or (None if keep else LONGEST))
    if session.json:
        session.out.data(ending)
    if not ending.complete and not keep:
        diagnostics.say(_("error: {text}", text=_("not every order was delivered in time")), "bad")
        return diagnostics.FAILED
    return diagnostics.DONE


def _play(session: Session, path: Path, keep: bool, seconds: int | None) -> Ending:
    import anyio

    from odoo_poller.demo_show import play

    return anyio.run(play, session, path, keep, seconds)
