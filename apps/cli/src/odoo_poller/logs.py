"""``logs``: sync_log, one line a cycle, the newest at the bottom."""

from __future__ import annotations

from collections.abc import Callable

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import Whole, command, option
from odoo_poller.completing import ConnectionName
from odoo_poller.follow import BATCH, follow
from odoo_poller.i18n import _
from odoo_poller.output import Output
from odoo_poller.session import Session, with_session
from odoo_poller.tables import Column, Piece
from odoo_poller.times import exact, relative, stamp, took
from odoo_poller.words import count, failed
from poller_core.model import SyncLogRow


@command(
    "logs",
    help="""
    Show the cycles of all connections, or of one: what each found, sent and failed, and why.

    The newest is at the bottom.
    """,
    examples=["odoo-poller logs", 'odoo-poller logs "Le Juste" --errors', "odoo-poller logs --follow --json"],
)
@click.argument("connection", required=False, type=ConnectionName())
@option(
    "--follow", "-f", "following", is_flag=True, help="Stay and show each cycle as it ends; Ctrl-C ends it."
)
@option("--errors", is_flag=True, help="Only cycles that went wrong.")
@option("--limit", "-n", type=Whole(1, 100_000), default=50, metavar="N", help="At most N cycles (50).")
@option("--absolute", is_flag=True, help="Exact local times instead of “3 min ago”.")
@with_session
def logs(
    session: Session, connection: str | None, following: bool, errors: bool, limit: int, absolute: bool
) -> None:
    """Show the last cycles, then perhaps the next ones."""
    with session.reading() as reader:
        chosen = reader.connection(connection).connection.id if connection else None
        rows = reader.sync_log(chosen, limit=limit, errors_only=errors)[::-1]
        if not following:
            _show(session, rows, absolute)
            return
        flow(session.out, rows)
        follow(
            reader,
            session.out,
            start=rows[-1].id if rows else 0,
            newer=lambda last: reader.sync_log(chosen, limit=BATCH, after_id=last, errors_only=errors),
            key=lambda row: row.id,
            show=lambda new: flow(session.out, new),
        )


def _show(session: Session, rows: list[SyncLogRow], absolute: bool) -> None:
    if session.json:
        session.out.data([shapes.cycle(row) for row in rows])
    elif not rows:
        diagnostics.say(_("No cycle yet."))
    else:
        now = session.now
        draw(session.out, rows, exact if absolute else lambda moment: relative(moment, now))


def draw(out: Output, rows: list[SyncLogRow], when: Callable[[int], str]) -> None:
    """Draw cycles as a table."""
    columns = [
        Column(_("WHEN")),
        Column(_("CONNECTION"), least=10),
        Column(_("FOUND"), rank=2, right=True),
        Column(_("SENT"), rank=1, right=True),
        Column(_("FAILED"), rank=1, right=True),
        Column(_("TOOK"), rank=4, right=True),
        Column(_("ERROR"), rank=3, least=16),
    ]
    out.table(columns, [_row(row, when) for row in rows])


def _row(row: SyncLogRow, when: Callable[[int], str]) -> list[Piece]:
    return [
        when(row.synced_at),
        row.connection_name,
        count(row.orders_found),
        count(row.orders_sent, "good"),
        count(row.orders_failed, "bad"),
        (took(row.duration_ms), "dim"),
        (_(row.error_message), "bad"),
    ]


def flow(out: Output, rows: list[SyncLogRow]) -> None:
    """Write one line a cycle for ``--follow``, each complete in itself, with the exact time."""
    for row in rows:
        if out.json:
            out.data_line(shapes.cycle(row))
            continue
        text = _("{found} found, {sent} sent", found=row.orders_found, sent=row.orders_sent)
        pieces: list[Piece] = [(stamp(row.synced_at), "dim"), "  ", (row.connection_name, "bold"), "  ", text]
        if row.orders_failed:
            pieces += [", ", (failed(row.orders_failed), "bad")]
        if row.error_message:
            pieces += ["  ", (f"✗ {_(row.error_message)}", "bad")]
        out.line(*pieces, fit=True)
