"""``reconcile``: proves against Odoo that every confirmed order was captured and delivered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import command, option
from odoo_poller.completing import ConnectionName
from odoo_poller.i18n import _, error_text, number, plural
from odoo_poller.output import Output
from odoo_poller.progress import waited_for
from odoo_poller.session import Session, with_session
from odoo_poller.tables import Column, Piece
from odoo_poller.words import called

if TYPE_CHECKING:
    from poller_core.loops.reconcile import ReconcileReport

SHOWN = 20  # ids of a list that are shown; --json has all of them


@command(
    "reconcile",
    help="""
    Ask Odoo for every order confirmed since DATE, and prove that each was captured and delivered. Lists what is missing;
    --fix captures it, so that it is delivered like any other.

    Exit code 1 while an order is missing.
    """,
    examples=[
        "odoo-poller reconcile le-juste --since 2026-11-01",
        "odoo-poller reconcile le-juste --since 2026-11-01 --fix",
    ],
    variables=[("POLLER_ALLOWED_NETWORKS", "private addresses that may be called, as CIDRs")],
)
@click.argument("connection", type=ConnectionName())
@option("--since", required=True, metavar="DATE", help="Where to begin: 2026-11-01 (UTC), or all.")
@option("--fix", is_flag=True, help="Capture what is missing.")
@with_session
def reconcile(session: Session, connection: str, since: str, fix: bool) -> int:
    """Reconcile."""
    from poller_core import app
    from poller_core.errors import BadInput
    from poller_core.validation import parse_sync_from

    session.need_database()
    session.log_to_stderr()
    try:
        start = parse_sync_from(since, datetime.now(UTC))
    except BadInput as error:
        message = error_text(error)
        raise click.BadParameter(message, click.get_current_context(), param_hint="--since") from None
    report = waited_for(
        _("Reconciling"),
        lambda step: app.reconcile(session.settings, connection, start, fix=fix, on_progress=step),
    )
    if session.json:
        session.out.data(shapes.reconciled(report))
    else:
        draw(session.out, report)
        _say_what_follows(report, since, fix)
    return diagnostics.FAILED if len(report.missing) > report.fixed else diagnostics.DONE


def draw(out: Output, report: ReconcileReport) -> None:
    """Draw the counts, and the orders that are missing."""
    since = f"{report.since} UTC" if report.since else _("the beginning")
    out.line((report.name, "bold"), " ", _("since {when}", when=since), fit=True)
    out.line()
    out.fields(_counts(report))
    if report.missing:
        out.line()
        rows: list[list[Piece]] = [
            [order.number, str(order.odoo_order_id), (order.write_date + " UTC", "dim")]
            for order in report.missing[:SHOWN]
        ]
        out.table(
            [Column(_("MISSING")), Column(_("ODOO ID"), right=True), Column(_("WRITTEN"), rank=1)], rows
        )
        if len(report.missing) > SHOWN:
            out.line((_("… and {n} more (--json has all)", n=number(len(report.missing) - SHOWN)), "dim"))


def _counts(report: ReconcileReport) -> list[tuple[str, Piece]]:
    missing = len(report.missing) - report.fixed
    rows: list[tuple[str, Piece]] = [
        (_("Confirmed in Odoo"), number(report.in_odoo)),
        (_("Captured"), number(report.captured)),
        (_("Delivered"), (number(report.delivered), "good")),
        (_("Missing"), (number(missing), "bad" if missing else "good")),
    ]
    for label, ids in ((_("Not yet delivered"), report.undelivered), (_("Not mappable"), report.rejected)):
        if ids:
            some = ", ".join(map(str, ids[:SHOWN])) + (" …" if len(ids) > SHOWN else "")
            rows.append((label, (f"{number(len(ids))}  ({some})", "warn")))
    if report.fixed:
        rows.append((_("Captured just now"), (number(report.fixed), "good")))
    if report.left_out:
        rows.append((_("Before its start"), number(report.left_out)))
    return rows


def _say_what_follows(report: ReconcileReport, since: str, fix: bool) -> None:
    name = report.name
    if len(report.missing) > report.fixed and not fix:
        diagnostics.hint(called("reconcile", name, "--since", since, "--fix"))
    elif report.undelivered:
        diagnostics.hint(called("retries", "list", "--connection", name))
    elif not report.in_odoo:
        diagnostics.say(_("There is no confirmed order since then: nothing to prove."))
    elif not report.missing and not report.rejected:
        text = plural(
            report.in_odoo, "Proven: the order was delivered.", "Proven: all {n} orders were delivered."
        )
        diagnostics.say("✓ " + text, "good")
