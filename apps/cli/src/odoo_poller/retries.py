"""``retries``: orders that wait, failed or were discarded; send them again or give them up, one or many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import Choice, Command, Entry, LazyGroup, Whole, command, option
from odoo_poller.completing import ConnectionName, OrderName
from odoo_poller.i18n import _, plural
from odoo_poller.output import Output
from odoo_poller.prompts import ask, confirm
from odoo_poller.session import Session, with_session
from odoo_poller.tables import Column, Piece
from odoo_poller.times import exact, parse_moment, relative
from odoo_poller.words import called, held, status
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
            "send again now: one, several, or all that a filter finds", "odoo_poller.retries:retry"
        ),
        "discard": Entry("give up: never deliver them", "odoo_poller.retries:discard"),
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
        Column(_("TRIES"), rank=4, right=True),
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
        (row.last_error if row.status != "SUCCESS" else "", "bad" if row.status == "FAILED" else "dim"),
    ]


def _next(row: RetryRow, now: int | None) -> Piece:
    if row.status != "PENDING":
        return ""
    if row.held_by:
        return held(row.held_by), "warn"
    if now is None:
        return exact(row.next_retry_at)
    return relative(row.next_retry_at, now) if row.next_retry_at > now else _("due")


def _row_of(reader: ReadSide, name: str, connection_id: str | None) -> RetryRow:
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
        row = _row_of(reader, order, chosen)
        detail = reader.order(row.external_id, row.connection_id)
    if payload:
        return print_payload(session, detail)
    if session.json:
        session.out.data({**shapes.retry(row), "payload": shapes.payload(detail)})
    else:
        draw_order(session.out, detail, session.now)
    return diagnostics.DONE


def _changing(name: str, *, help_text: str, examples: list[str]) -> Callable[[Callable[..., Any]], Command]:
    """Make a command that chooses rows by name or filter, counts, asks and changes them."""

    def make(function: Callable[..., Any]) -> Command:
        for add in (
            option("--yes", "-y", is_flag=True, help="Don't ask."),
            option("--dry-run", is_flag=True, help="Only count what would be changed."),
            option("--all", "everything", is_flag=True, help="Every order that FAILED, of all connections."),
            option("--reason", metavar="TEXT", help="Why: recorded in the event log."),
            filtered,
            click.argument("order", nargs=-1, type=OrderName()),
        ):
            function = add(function)
        return command(name, help=help_text, examples=examples)(function)

    return make


@_changing(
    "retry",
    help_text="""
    Send orders again now, with all their attempts: those named, or all that --connection, --status and --since find.

    Without --status it is those that FAILED. What is delivered is never sent again.
    """,
    examples=[
        "odoo-poller retries retry odoo_lejuste_42",
        "odoo-poller retries retry --connection le-juste --dry-run",
        "odoo-poller retries retry --all --yes --reason 'receiver mended'",
    ],
)
@with_session
def retry(session: Session, /, **options: Any) -> int:
    """Send orders again."""
    rows = _chosen(session, **{name: options[name] for name in _SELECTION}, refused=("SUCCESS",))
    question = plural(len(rows), "Send an order again now?", "Send {n} orders again now?")
    if _agreed(session, rows, question, "would_retry", options):
        with session.writing() as commands:
            done = commands.retry([row.id for row in rows], options["reason"] or _("asked for"))
        _report(
            session, "retried", done, plural(done, "An order is sent again.", "{n} orders are sent again.")
        )
        _say_when(session)
    return diagnostics.DONE


@_changing(
    "discard",
    help_text="""
    Give orders up, so that they are never delivered: those named, or all that --connection, --status and --since find.

    Without --status it is those that FAILED. «retries retry» takes it back.
    """,
    examples=[
        "odoo-poller retries discard odoo_lejuste_42 --reason 'picked by hand'",
        "odoo-poller retries discard --connection le-juste --status FAILED --dry-run",
    ],
)
@with_session
def discard(session: Session, /, **options: Any) -> int:
    """Give orders up."""
    rows = _chosen(session, **{name: options[name] for name in _SELECTION}, refused=("SUCCESS", "DISCARDED"))
    question = plural(
        len(rows), "Discard an order, never to be delivered?", "Discard {n} orders, never to be delivered?"
    )
    if _agreed(session, rows, question, "would_discard", options):
        reason = options["reason"] or _reason(options["yes"])
        with session.writing() as commands:
            done = commands.discard([row.id for row in rows], reason)
        _report(
            session, "discarded", done, plural(done, "An order is discarded.", "{n} orders are discarded.")
        )
    return diagnostics.DONE


_SELECTION = ("order", "connection", "statuses", "since", "everything")


def _chosen(
    session: Session,
    *,
    order: tuple[str, ...],
    connection: str | None,
    statuses: tuple[str, ...],
    since: str | None,
    everything: bool,
    refused: tuple[str, ...],
) -> list[RetryRow]:
    """Return the rows that are meant; names that can't be changed are refused one and all."""
    if not (order or connection or statuses or since or everything):
        message = _(
            "name orders, or choose them by --connection, --status or --since, or take --all that failed"
        )
        raise click.UsageError(message, click.get_current_context())
    with session.reading() as reader:
        if not order:
            chosen = Filter(connection, statuses, since).arguments(reader, ("FAILED",), session.now)
            return [row for row in reader.retries(**chosen, limit=MOST) if row.status not in refused]
        owner = reader.connection(connection).connection.id if connection else None
        rows = list({row.id: row for row in (_row_of(reader, name, owner) for name in order)}.values())
    for row in rows:
        if row.status in refused:
            message = _("{order} is {status}: nothing was changed", order=row.external_id, status=row.status)
            raise click.UsageError(message, click.get_current_context())
    return rows


def _agreed(session: Session, rows: list[RetryRow], question: str, key: str, options: dict[str, Any]) -> bool:
    if options["dry_run"]:
        if session.json:
            session.out.data({key: len(rows)})
        else:
            draw(session.out, rows[:20], session.now)
            diagnostics.say(
                plural(len(rows), "An order; nothing was changed.", "{n} orders; nothing was changed.")
            )
        return False
    if not rows:
        done = {"would_retry": "retried", "would_discard": "discarded"}[key]
        _report(session, done, 0, _("No order is meant: nothing was changed."))
        return False
    single = len(rows) == 1 and bool(options["order"])
    if confirm(question, assume_yes=options["yes"] or single):
        return True
    diagnostics.say(_("Nothing was changed."))
    return False


def _reason(assume_yes: bool) -> str:
    return ask(_("Why? (recorded)")) if diagnostics.at_terminal() and not assume_yes else ""


def _report(session: Session, key: str, done: int, text: str) -> None:
    if session.json:
        session.out.data({key: done})
    else:
        diagnostics.say(text)


def _say_when(session: Session) -> None:
    with session.reading() as reader:
        if not reader.poller().running:
            diagnostics.hint(_("no poller is running: {command} sends them now", command=called("deliver")))
