"""``retries``: orders that wait, failed or were discarded; send them again or give them up, one or many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import Choice, Entry, LazyGroup, Whole, command, option
from odoo_poller.completing import ConnectionName, OrderName
from odoo_poller.i18n import _
from odoo_poller.output import Output
from odoo_poller.session import Session, with_session
from odoo_poller.tables import Column, Piece
from odoo_poller.times import exact, parse_moment, relative
from odoo_poller.words import held, status
from poller_core.model import RetryRow, Status

if TYPE_CHECKING:
    from poller_core.readside import ReadSide

STATUSES = ["PENDING", "FAILED", "SUCCESS", "DISCARDED", "ALL"]
MOST = 1_000_000  # rows that one filter may choose

retries = LazyGroup(
    name="retries",
    help="Orders that wait, failed or were discarded: look at them, send them again, or give them up.",
    entries={
        "list": Entry("what waits and what failed", "odoo_poller.retries:list_retries"),
        "show": Entry("one of them: what was tried, what was answered", "odoo_poller.retries:show_retry"),
        "retry": Entry(
            "send again now: one, several, or all that a filter finds", "odoo_poller.retries_change:retry"
        ),
        "discard": Entry("give up: never deliver them", "odoo_poller.retries_change:discard"),
    },
    examples=["odoo-poller retries list --status FAILED", "odoo-poller retries retry --connection le-juste"],
)


class Filter(NamedTuple):
    """Which rows are meant."""

    connection: str | None
    statuses: tuple[str, ...]
    since: str | None

    def arguments(self, reader: ReadSide, default: tuple[Status, ...], now: int) -> dict[str, Any]:
        """Return the read side's arguments; without a status, ``default`` counts."""
        chosen = reader.connection(self.connection).connection.id if self.connection else None
        statuses = None if "ALL" in self.statuses else list(self.statuses or default)
        return {"connection_id": chosen, "status": statuses, "since": _since(self.since, now)}


def _since(text: str | None, now: int) -> int | None:
    if text is None:
        return None
    try:
        return parse_moment(text, now)
    except ValueError:
        message = _("{text} is no date: write 2026-11-24, 2026-11-24T10:30, today, 2h or 3d", text=repr(text))
        raise click.BadParameter(message, click.get_current_context(), param_hint="--since") from None


def filtered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--connection``, ``--status`` and ``--since`` to a command."""
    kinds = Choice(STATUSES, case_sensitive=False)
    for add in (
        option("--since", metavar="WHEN", help="Only those captured since: a date, “today”, “2h”, “3d”."),
        option(
            "--status",
            "statuses",
            type=kinds,
            multiple=True,
            metavar="STATUS",
            help="PENDING, FAILED, SUCCESS, DISCARDED or ALL.",
        ),
        option("--connection", "-c", type=ConnectionName(), metavar="NAME", help="Only this connection's."),
    ):
        function = add(function)
    return function


@command(
    "list",
    help="List what waits and what failed, the newest first; other statuses with --status.",
    examples=[
        "odoo-poller retries list",
        "odoo-poller retries list --connection le-juste --status FAILED --since 2d",
        "odoo-poller retries list --status ALL --json",
    ],
)
@filtered
@option("--limit", "-n", type=Whole(1, MOST), default=200, metavar="N", help="At most N orders (200).")
@option("--absolute", is_flag=True, help="Exact local times instead of “3 min ago”.")
@with_session
def list_retries(
    session: Session,
    connection: str | None,
    statuses: tuple[str, ...],
    since: str | None,
    limit: int,
    absolute: bool,
) -> None:
    """List rows of retry_queue."""
    now = session.now
    with session.reading() as reader:
        chosen = Filter(connection, statuses, since).arguments(reader, ("PENDING", "FAILED"), now)
        rows = reader.retries(**chosen, limit=limit)
        total = len(rows) if len(rows) < limit else reader.count_retries(**chosen)
    if session.json:
        session.out.data([shapes.retry(row) for row in rows])
        return
    draw(session.out, rows, None if absolute else now)
    if not rows:
        diagnostics.say(_("Nothing waits and nothing failed."))
    elif total > len(rows):
        diagnostics.hint(_("the newest {n} of {total}; --limit shows more", n=len(rows), total=total))


def draw(out: Output, rows: list[RetryRow], now: int | None) -> None:
    """Draw rows as a table; ``now`` None means exact times."""
    columns = [
        Column(_("ID"), right=True),
        Column(_("ORDER"), least=8),
        Column(_("CONNECTION"), rank=2, least=10),
        Column(_("STATUS")),
        Column(_("RETRIES"), rank=4, right=True),
        Column(_("NEXT"), rank=3),
        Column(_("LAST ERROR"), rank=5, least=16),
    ]
    out.table(columns, [_row(row, now) for row in rows])


def _row(row: RetryRow, now: int | None) -> list[Piece]:
    return [
        (str(row.id), "dim"),
        row.number or row.external_id,
        row.connection_name,
        status(row.status),
        f"{row.attempts}/{row.max_attempts}",
        _next(row, now),
        (_(row.last_error) if row.status != "SUCCESS" else "", "bad" if row.status == "FAILED" else "dim"),
    ]


def _next(row: RetryRow, now: int | None) -> Piece:
    if row.status != "PENDING":
        return ""
    if row.held_by:
        return held(row.held_by), "warn"
    if now is None:
        return exact(row.next_retry_at)
    return relative(row.next_retry_at, now) if row.next_retry_at > now else _("due")


def row_of(reader: ReadSide, name: str, connection_id: str | None) -> RetryRow:
    """Find a row by its id in the queue, else by what its order goes by."""
    if name.isascii() and name.isdigit() and (row := _row_at(reader, int(name), connection_id)):
        return row
    order = reader.order(name, connection_id).order
    row = _row_at(reader, order.position, order.connection_id)
    if row is None:
        message = _(
            "{order} is {status}: it is not in the queue", order=order.external_id, status=order.status
        )
        raise click.UsageError(message, click.get_current_context())
    return row


def _row_at(reader: ReadSide, position: int, connection_id: str | None) -> RetryRow | None:
    rows = reader.retries(connection_id, after=position + 1, limit=1)
    return rows[0] if rows and rows[0].id == position else None


@command(
    "show",
    help="Show one order of the queue. ORDER is its id in the queue, its external id or Odoo's number.",
    examples=["odoo-poller retries show 1042", "odoo-poller retries show odoo_lejuste_42 --json"],
)
@click.argument("order", type=OrderName())
@option(
    "--connection", "-c", type=ConnectionName(), metavar="NAME", help="Whose order, where two share a number."
)
@option(
    "--payload", is_flag=True, help="Print the webhook's body instead: personal data, byte for byte as sent."
)
@with_session
def show_retry(session: Session, order: str, connection: str | None, payload: bool) -> int:
    """Show a row, with its order's timeline."""
    from odoo_poller.orders import draw as draw_order
    from odoo_poller.orders import print_payload

    with session.reading() as reader:
        chosen = reader.connection(connection).connection.id if connection else None
        row = row_of(reader, order, chosen)
        detail = reader.order(row.external_id, row.connection_id)
    if payload:
        return print_payload(session, detail)
    if session.json:
        session.out.data({**shapes.retry(row), "payload": shapes.payload(detail)})
    else:
        draw_order(session.out, detail, session.now)
    return diagnostics.DONE
