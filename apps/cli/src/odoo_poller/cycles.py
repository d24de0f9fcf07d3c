"""``poll`` and ``deliver``: one cycle, one round of attempts, now. Beside a running daemon it is the daemon that acts."""

from __future__ import annotations

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import command
from odoo_poller.completing import ConnectionName
from odoo_poller.i18n import _, plural
from odoo_poller.output import Output
from odoo_poller.progress import waited_for
from odoo_poller.session import Session, with_session
from odoo_poller.tables import Column, Piece
from odoo_poller.times import took
from odoo_poller.words import called, count, delivered, failed, waiting
from poller_core.model import DeliverReport, PollReport

NETWORK = [("POLLER_ALLOWED_NETWORKS", "private addresses that may be called, as CIDRs")]


@command(
    "poll",
    help="""
    Run one full cycle now: read all new orders of the connections (all active ones if none is named), capture them, and
    make the first attempt to deliver each.

    Exit code 1 if a connection could not be polled.
    """,
    examples=[
        "odoo-poller poll",
        'odoo-poller poll "Le Juste"',
        "odoo-poller poll --json | jq '.[].orders_sent'",
    ],
    variables=NETWORK,
)
@click.argument("connection", nargs=-1, type=ConnectionName())
@with_session
def poll(session: Session, connection: tuple[str, ...]) -> int:
    """Run one cycle."""
    from poller_core import app

    session.need_database()
    session.log_to_stderr()
    reports = waited_for(_("Polling"), lambda _step: app.poll(session.settings, connection))
    if session.json:
        session.out.data([shapes.poll(report) for report in reports])
    else:
        draw_poll(session.out, reports)
        _say_what_follows(reports)
    return diagnostics.FAILED if any(report.error for report in reports) else diagnostics.DONE


def draw_poll(out: Output, reports: list[PollReport]) -> None:
    """Draw what each connection's cycle did."""
    columns = [
        Column(_("CONNECTION"), least=10),
        Column(_("FOUND"), rank=2, right=True),
        Column(_("SENT"), rank=1, right=True),
        Column(_("FAILED"), rank=1, right=True),
        Column(_("TOOK"), rank=4, right=True),
        Column(_("ERROR"), rank=3, least=16),
    ]
    out.table(columns, [_row(report) for report in reports])


def _row(report: PollReport) -> list[Piece]:
    return [
        report.name,
        count(report.orders_found),
        count(report.orders_sent, "good"),
        count(report.orders_failed, "bad"),
        (took(report.duration_ms), "dim"),
        (_(report.error or ""), "bad"),
    ]


def _say_what_follows(reports: list[PollReport]) -> None:
    if not reports:
        diagnostics.say(_("No active connection."))
        diagnostics.hint(called("connections", "add"))
    elif not any(report.orders_found or report.error for report in reports):
        diagnostics.say(_("Nothing new: an order that is confirmed in Odoo now is found by the next cycle."))
    for report in reports:
        if report.error:
            diagnostics.hint(called("connections", "test", report.name))
        if report.left_out:
            tell_left_out(report.name, report.left_out)
        if report.rejected:
            diagnostics.hint(called("orders", "list", "--connection", report.name, "--status", "REJECTED"))
        elif report.orders_failed:
            diagnostics.hint(called("retries", "list", "--connection", report.name))
        if report.orders_sent:
            diagnostics.hint(called("orders", "list", "--connection", report.name))


def tell_left_out(name: str, orders: int) -> None:
    """Say that orders lie before the connection's start, and how they are included."""
    diagnostics.say(
        plural(
            orders,
            "{name}: a confirmed order lies before its start and is left out. To include it:",
            "{name}: {n} confirmed orders lie before its start and are left out. To include them:",
            name=name,
        )
    )
    diagnostics.hint(called("connections", "edit", name, "--sync-from", "all"))


@command(
    "deliver",
    help="""
    Make one attempt now for every order that is due, and say how they ended.

    Orders of suspended URLs and paused connections are held.
    """,
    examples=["odoo-poller deliver", "odoo-poller deliver --json"],
    variables=NETWORK,
)
@with_session
def deliver(session: Session) -> int:
    """Make one round of attempts."""
    from poller_core import app

    session.need_database()
    session.log_to_stderr()
    report = waited_for(_("Delivering"), lambda _step: app.deliver(session.settings))
    if session.json:
        session.out.data(shapes.deliver(report))
    else:
        session.out.line(*_summary(report), fit=True)
        if report.failed:
            diagnostics.hint(called("retries", "list"))
        if report.held:
            diagnostics.hint(called("status"))
    return diagnostics.DONE


def _summary(report: DeliverReport) -> list[Piece]:
    pieces: list[Piece] = [plural(report.attempted, "1 attempt", "{n} attempts"), ": "]
    pieces += [(delivered(report.delivered), "good" if report.delivered else "dim"), " · "]
    pieces += [(failed(report.failed), "bad" if report.failed else "dim"), " · "]
    pieces += [waiting(report.waiting)]
    return [*pieces, " · ", (plural(report.held, "1 held", "{n} held"), "warn")] if report.held else pieces
