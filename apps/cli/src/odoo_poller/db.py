"""``db``: check, back up, restore and prune the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import Entry, LazyGroup, Whole, command, option
from odoo_poller.i18n import _, number, plural
from odoo_poller.progress import Progress
from odoo_poller.prompts import confirm
from odoo_poller.session import Session, with_session
from odoo_poller.words import called

db = LazyGroup(
    name="db",
    help="Look after the database: everything that was captured and delivered lies in it.",
    entries={
        "check": Entry("prove that nothing was damaged or altered", "odoo_poller.db:check"),
        "backup": Entry("a copy that is whole, also beside a running poller", "odoo_poller.db:backup"),
        "restore": Entry("put a backup in the place of the database", "odoo_poller.db:restore"),
        "prune": Entry("erase old payloads and logs", "odoo_poller.db:prune"),
    },
    examples=["odoo-poller db check", "odoo-poller db backup poller-2026-11-24.db"],
)


@command(
    "check",
    help="""
    Read the whole database and prove that it is undamaged and that no event and no payload was altered.

    Exit code 74 if something was found.
    """,
    examples=["odoo-poller db check", "odoo-poller db check --json"],
)
@with_session
def check(session: Session) -> int:
    """Check."""
    from poller_core import app
    from poller_core.errors import DatabaseUnusable

    session.need_database()
    with Progress(_("Checking")) as step:
        report: Any = app.check(session.settings, step)
    if session.json:
        session.out.data(report)
    elif report.ok:
        session.out.line(("✓ ", "good"), plural(report.events, "sound: {n} event", "sound: {n} events"))
    else:
        for problem in report.problems:
            session.out.line(("✗ ", "bad"), _(problem))
        diagnostics.hint(called("db", "restore", "BACKUP"))
    return diagnostics.DONE if report.ok else DatabaseUnusable.exit_code


@command(
    "backup",
    help="""
    Copy the database to TARGET, whole and checked, also beside a running poller. The file is readable by you alone.

    Keep the key (POLLER_SECRET_KEY, or the file DB.key) too, and apart: without it the backup's secrets can't be read.
    """,
    examples=["odoo-poller db backup /backup/poller-2026-11-24.db"],
)
@click.argument("target", type=click.Path(path_type=Path))
@with_session
def backup(session: Session, target: Path) -> None:
    """Back up."""
    from poller_core import app

    session.need_database()
    with Progress(_("Copying")) as step:
        report: Any = app.backup(session.settings, target, on_progress=step)
    if session.json:
        session.out.data(report)
    else:
        diagnostics.say("✓ " + _("backed up to {path}", path=target), "good")


@command(
    "restore",
    help="""
    Put the backup SOURCE in the place of the database. Stop the poller first.

    The old database is kept beside it. What was delivered since the backup is delivered once more, under the same
    webhook-id, so that receivers can tell.
    """,
    examples=["odoo-poller db restore /backup/poller-2026-11-24.db"],
)
@click.argument("source", type=click.Path(path_type=Path))
@option("--yes", "-y", is_flag=True, help="Don't ask.")
@with_session
def restore(session: Session, source: Path, yes: bool) -> None:
    """Restore."""
    from poller_core import app

    path = session.settings.db_path
    question = _("Put {source} in the place of {path}?", source=source, path=path)
    if path.exists() and not confirm(question, assume_yes=yes):
        diagnostics.say(_("Nothing was changed."))
        return
    with Progress(_("Restoring")) as step:
        report = app.restore(session.settings, source, on_progress=step)
    if session.json:
        session.out.data(shapes.restored(report))
    else:
        diagnostics.say("✓ " + _("restored from {path}", path=source), "good")
        if report.kept:
            diagnostics.say(_("The database that was there is kept as {path}", path=report.kept))
        diagnostics.hint(called("status"))


@command(
    "prune",
    help="""
    Erase the payloads of orders that were settled long ago, and old lines of the log of cycles. Digests stay, so that
    «db check» still proves the rest, and so do the orders, so that none is sent twice.

    By default what was delivered 30 days ago, what failed or was discarded 90 days ago, and log lines of 30 days. An
    order that failed is discarded with its payload: you are asked before. A running poller does the same every hour, but
    for orders that failed and for events.
    """,
    examples=["odoo-poller db prune --dry-run", "odoo-poller db prune --older-than 30"],
)
@option(
    "--older-than",
    type=Whole(1, 36_500),
    metavar="DAYS",
    help="Erase what was settled more than DAYS days ago.",
)
@option(
    "--events-older-than",
    type=Whole(1, 36_500),
    metavar="DAYS",
    help="Take events older than DAYS days off the log, too.",
)
@option("--dry-run", is_flag=True, help="Only count what would be erased.")
@option("--yes", "-y", is_flag=True, help="Don't ask.")
@with_session
def prune(
    session: Session, older_than: int | None, events_older_than: int | None, dry_run: bool, yes: bool
) -> None:
    """Prune."""
    from poller_core import app

    session.need_database()
    days: dict[str, Any] = {"events_days": events_older_than}
    if older_than is not None:
        days |= {"delivered_days": older_than, "failed_days": older_than, "log_days": older_than}
    report = app.prune(session.settings, **days, dry_run=True)
    if not dry_run:
        question = plural(
            report.given_up,
            "One order that failed is discarded with its payload. Go on?",
            "{n} orders that failed are discarded with their payloads. Go on?",
        )
        if report.given_up and not confirm(question, assume_yes=yes):
            diagnostics.say(_("Nothing was changed."))
            return
        with Progress(_("Erasing")) as step:
            report = app.prune(session.settings, **days, on_progress=step)
    if session.json:
        session.out.data(report)
        return
    counts = {name: number(getattr(report, name)) for name in ("payloads", "events", "polls")}
    diagnostics.say(
        _("{payloads} payloads, {events} events and {polls} log lines would be erased", **counts)
        if dry_run
        else _("{payloads} payloads, {events} events and {polls} log lines erased", **counts)
    )
