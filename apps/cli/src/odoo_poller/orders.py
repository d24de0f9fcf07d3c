"""``orders``: find an order, and see its whole life as a timeline."""

from __future__ import annotations

from typing import cast

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import Choice, Entry, LazyGroup, Whole, command, option
from odoo_poller.completing import ConnectionName, OrderName
from odoo_poller.i18n import _
from odoo_poller.output import Output
from odoo_poller.session import Session, with_session
from odoo_poller.tables import Column, Piece
from odoo_poller.telling import tell
from odoo_poller.times import clock, exact, local, relative
from odoo_poller.words import called, held, status
from poller_core.model import OrderDetail, OrderRow, Status

STATUSES = ["PENDING", "SUCCESS", "FAILED", "DISCARDED", "REJECTED"]

orders = LazyGroup(
    name="orders",
    help="Find an order and see its whole life: captured, built, each attempt with its answer.",
    entries={
        "list": Entry("the newest orders, or those that a text finds", "odoo_poller.orders:list_orders"),
        "show": Entry("one order's whole life as a timeline", "odoo_poller.orders:show_order"),
    },
    examples=["odoo-poller orders list S0004", "odoo-poller orders show odoo_lejuste_42 --payload"],
)


@command(
    "list",
    help="""
    List orders, the newest first.

    TEXT finds by the beginning of Odoo's number, of the external id (odoo_lejuste_4 or lejuste_4) or of the customer's
    reference, or by Odoo's id.
    """,
    examples=[
        "odoo-poller orders list",
        "odoo-poller orders list S0004 --connection le-juste",
        "odoo-poller orders list --status REJECTED --json",
    ],
)
@click.argument("text", required=False)
@option("--connection", "-c", type=ConnectionName(), metavar="NAME", help="Only this connection's.")
@option(
    "--status", "wanted", type=Choice(STATUSES, case_sensitive=False), metavar="STATUS", help="Only these."
)
@option("--limit", "-n", type=Whole(1, 100_000), default=50, metavar="N", help="At most N orders (50).")
@option("--absolute", is_flag=True, help="Exact local times instead of “3 min ago”.")
@with_session
def list_orders(
    session: Session, text: str | None, connection: str | None, wanted: str | None, limit: int, absolute: bool
) -> None:
    """List orders."""
    with session.reading() as reader:
        chosen = reader.connection(connection).connection.id if connection else None
        rows = reader.orders(text, connection_id=chosen, status=cast("Status | None", wanted), limit=limit)
    if session.json:
        session.out.data([shapes.order(row) for row in rows])
    elif rows:
        draw_list(session.out, rows, None if absolute else session.now)
        if len(rows) == limit:
            diagnostics.hint(_("the newest {n}; --limit shows more", n=limit))
    else:
        diagnostics.say(_("No such order."))


def draw_list(out: Output, rows: list[OrderRow], now: int | None) -> None:
    """Draw orders as a table; ``now`` None means exact times."""
    columns = [
        Column(_("ORDER"), least=8),
        Column(_("CONNECTION"), rank=2, least=10),
        Column(_("STATUS")),
        Column(_("CAPTURED"), rank=4),
        Column(_("DELIVERED"), rank=3),
        Column(_("EXTERNAL ID"), rank=5, least=12),
        Column(_("LAST ERROR"), rank=6, least=16),
    ]
    out.table(columns, [_row(row, now) for row in rows])


def _row(row: OrderRow, now: int | None) -> list[Piece]:
    def when(moment: int) -> str:
        return exact(moment) if now is None else relative(moment, now)

    return [
        row.number,
        row.connection_name,
        status(row.status),
        when(row.captured_at),
        when(row.delivered_at) if row.delivered_at else "",
        (row.external_id, "dim"),
        (_(row.last_error) if row.status != "SUCCESS" else "", "bad"),
    ]


@command(
    "show",
    help="""
    Show one order's whole life as a timeline: captured, built, each attempt with its answer.

    ORDER is the external id (odoo_lejuste_42), Odoo's number (S00042) or Odoo's id (42).
    """,
    examples=[
        "odoo-poller orders show odoo_lejuste_42",
        "odoo-poller orders show S00042 --connection le-juste",
        "odoo-poller orders show S00042 --payload | jq .items",
    ],
)
@click.argument("order", type=OrderName())
@option(
    "--connection", "-c", type=ConnectionName(), metavar="NAME", help="Whose order, where two share a number."
)
@option(
    "--payload", is_flag=True, help="Print the webhook's body instead: personal data, byte for byte as sent."
)
@with_session
def show_order(session: Session, order: str, connection: str | None, payload: bool) -> int:
    """Show an order."""
    with session.reading() as reader:
        chosen = reader.connection(connection).connection.id if connection else None
        detail = reader.order(order, chosen)
    if payload:
        return print_payload(session, detail)
    if session.json:
        session.out.data(shapes.order_detail(detail))
    else:
        draw(session.out, detail, session.now)
    return diagnostics.DONE


def print_payload(session: Session, detail: OrderDetail) -> int:
    """Print the body: readable on a terminal, byte for byte elsewhere."""
    if detail.payload is None:
        diagnostics.say(
            _("error: {text}", text=_("this order has no payload: erased, or never built")), "bad"
        )
        return diagnostics.FAILED
    if session.out.terminal or session.json:
        session.out.data(shapes.payload(detail))
    else:
        session.out.raw(detail.payload + b"\n")
    return diagnostics.DONE


def draw(out: Output, detail: OrderDetail, now: int) -> None:
    """Draw the heading, what waits, the timeline and what can be done."""
    row = detail.order
    out.line(
        (row.number or row.external_id, "bold"),
        " · ",
        row.connection_name,
        " · ",
        status(row.status),
        fit=True,
    )
    out.line((row.external_id, "dim"), fit=True)
    _draw_timeline(out, detail)
    if detail.issues:
        out.line()
    for path, code, text in detail.issues:
        out.line("  ", (path, "bold"), f": {_(text)} ", (f"({code})", "dim"), fit=True)
    out.line()
    _draw_next(out, detail, now)


def _draw_timeline(out: Output, detail: OrderDetail) -> None:
    day = ""
    for event in detail.events:
        today = local(event.at).strftime("%Y-%m-%d")
        if today != day:
            day = today
            out.line()
            out.line((day, "bold"))
        out.line("  ", (clock(event.at), "dim"), "  ", *tell(event), fit=True)


def _draw_next(out: Output, detail: OrderDetail, now: int) -> None:
    row = detail.order
    if row.status == "PENDING":
        reason = held(detail.held_by)
        due = _(
            "next attempt {when} ({exact})",
            when=relative(detail.next_retry_at, now),
            exact=exact(detail.next_retry_at),
        )
        text = _("waits: {reason}", reason=reason) if reason else due
        out.line(("▲ ", "warn"), text if detail.next_retry_at > now or reason else _("due now"), fit=True)
    if row.status == "REJECTED":
        out.line(
            ("▲ ", "warn"),
            _("mend the order in Odoo: it is mapped again by itself when it changes"),
            fit=True,
        )
    if row.status in ("FAILED", "DISCARDED"):
        out.line(("→ ", "dim"), (called("retries", "retry", row.external_id), "accent"))
    if detail.payload is not None:
        out.line(("→ ", "dim"), (called("orders", "show", row.external_id, "--payload"), "accent"))
