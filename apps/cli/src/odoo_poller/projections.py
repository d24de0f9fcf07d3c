"""``projections rebuild``: fold the whole event log again into the tables that people look at."""

from __future__ import annotations

from odoo_poller import diagnostics
from odoo_poller.command import Entry, LazyGroup, command
from odoo_poller.i18n import _, plural
from odoo_poller.progress import Progress
from odoo_poller.session import Session, with_session

projections = LazyGroup(
    name="projections",
    help="The tables that people look at, made from the events.",
    entries={"rebuild": Entry("fold the whole event log again", "odoo_poller.projections:rebuild")},
    examples=["odoo-poller projections rebuild"],
)


@command(
    "rebuild",
    help="""
    Fold the whole event log again into the tables that people look at. The result must be the same tables; what
    differed before is said.

    Needs the database for itself: stop the poller first.
    """,
    examples=["odoo-poller projections rebuild", "odoo-poller projections rebuild --json"],
)
@with_session
def rebuild(session: Session) -> int:
    """Rebuild."""
    from poller_core import app

    session.need_database()
    with Progress(_("Rebuilding")) as step:
        report = app.rebuild(session.settings, step)
    if session.json:
        session.out.data(report)
    elif report.changed:
        diagnostics.say(_("mended: {tables}", tables=", ".join(report.changed)), "good")
    else:
        diagnostics.say(
            "✓ "
            + plural(
                report.events, "{n} event says what the tables say", "{n} events say what the tables say"
            ),
            "good",
        )
    return diagnostics.DONE
