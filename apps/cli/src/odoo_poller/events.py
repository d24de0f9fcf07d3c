"""``events``: the event log itself, told in words or as JSON."""

from __future__ import annotations

from odoo_poller import diagnostics, shapes
from odoo_poller.command import Choice, Whole, command, option
from odoo_poller.completing import ConnectionName
from odoo_poller.follow import BATCH, follow
from odoo_poller.i18n import _
from odoo_poller.output import Output
from odoo_poller.session import Session, with_session
from odoo_poller.telling import tell
from odoo_poller.times import stamp
from poller_core.events import EVENT_TYPES
from poller_core.model import LoggedEvent


@command(
    "events",
    help="""
    Show the event log: everything that was ever captured, attempted, decided or changed.

    The newest is at the bottom. The number at the start of a line is the event's position, which is never used again.
    """,
    examples=[
        "odoo-poller events --follow",
        "odoo-poller events --type DeliveryAttempted --connection le-juste",
        "odoo-poller events --after 0 --limit 1000 --json",
    ],
)
@option(
    "--follow", "-f", "following", is_flag=True, help="Stay and show each event as it comes; Ctrl-C ends it."
)
@option("--connection", "-c", type=ConnectionName(), metavar="NAME", help="Only this connection's.")
@option("--type", "kind", type=Choice(list(EVENT_TYPES)), metavar="TYPE", help="Only events of this type.")
@option(
    "--after", type=Whole(0, 2**62), metavar="POSITION", help="Begin after this position, not at the end."
)
@option("--limit", "-n", type=Whole(1, 1_000_000), default=50, metavar="N", help="At most N events (50).")
@with_session
def events(
    session: Session, following: bool, connection: str | None, kind: str | None, after: int | None, limit: int
) -> None:
    """Show the last events, then perhaps the next ones."""
    with session.reading() as reader:
        chosen = reader.connection(connection).connection.id if connection else None
        rows = reader.events(after=after, limit=limit, connection_id=chosen, type=kind)
        if after is None:
            rows = rows[::-1]
        if not following:
            _show(session, rows)
            return
        flow(session.out, rows)
        follow(
            reader,
            session.out,
            start=rows[-1].position if rows else (after or 0),
            newer=lambda last: reader.events(after=last, limit=BATCH, connection_id=chosen, type=kind),
            key=lambda row: row.position,
            show=lambda new: flow(session.out, new),
        )


def _show(session: Session, rows: list[LoggedEvent]) -> None:
    if session.json:
        session.out.data([shapes.event(row) for row in rows])
    elif rows:
        flow(session.out, rows)
    else:
        diagnostics.say(_("No such event."))


def flow(out: Output, rows: list[LoggedEvent]) -> None:
    """Write one line an event: position, exact time, whose, what."""
    for row in rows:
        if out.json:
            out.data_line(shapes.event(row))
            continue
        number = row.order_number or row.data.get("number") or row.odoo_order_id or ""
        whose = " ".join(filter(None, [row.connection_name, str(number)]))
        lead = [(f"{row.position:>7}  {stamp(row.at)}  ", "dim"), (whose, "bold"), "  " if whose else ""]
        out.line(*lead, *tell(row), fit=True)
