"""``retries retry`` and ``retries discard``: count, ask, do, and record why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from odoo_poller import diagnostics
from odoo_poller.command import Command, command, option
from odoo_poller.completing import OrderName
from odoo_poller.i18n import _, plural
from odoo_poller.prompts import ask, confirm
from odoo_poller.retries import MOST, Filter, draw, filtered, row_of
from odoo_poller.session import Session, with_session
from odoo_poller.words import called
from poller_core.model import RetryRow


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
        rows = list({row.id: row for row in (row_of(reader, name, owner) for name in order)}.values())
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
