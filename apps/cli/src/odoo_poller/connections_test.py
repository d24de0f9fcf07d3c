"""``connections test``: Odoo and the webhook, step by step as they answer."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import command
from odoo_poller.completing import ConnectionName
from odoo_poller.connection_options import VARIABLES
from odoo_poller.i18n import _
from odoo_poller.output import Output
from odoo_poller.progress import Progress, waited_for
from odoo_poller.session import Session, with_session
from odoo_poller.times import took
from odoo_poller.words import called

STEPS = ("address", "tls", "version", "authenticate", "read", "key", "webhook")


@command(
    "test",
    help="""
    Try a connection, step by step: Odoo's address, its certificate, its version, the API key, the fields of one order
    (which are missing, and why), and a test ping to the webhook.

    Nothing is captured, and no order is sent. Exit code 1 if a step failed.
    """,
    examples=["odoo-poller connections test le-juste", "odoo-poller connections test le-juste --json"],
    variables=VARIABLES[-2:],
)
@click.argument("connection", type=ConnectionName())
@with_session
def test(session: Session, connection: str) -> int:
    """Try a connection."""
    from poller_core import app

    session.need_database()
    steps: list[Any] = []

    def step_ended(step: Any, progress: Progress) -> None:
        steps.append(step)
        if not session.json:
            progress.clear()
            draw_step(session.out, step)
            session.out.flush()

    report = waited_for(
        _("Trying"),
        lambda progress: app.test_connection(
            session.settings, connection, partial(step_ended, progress=progress)
        ),
    )
    ok = all(step.ok for step in steps)
    if session.json:
        session.out.data(shapes.tested(report))
    elif ok:
        diagnostics.say(_("All is well."), "good")
        diagnostics.hint(called("poll", connection))
    else:
        diagnostics.hint(_mending(connection, next(step.name for step in steps if not step.ok)))
    return diagnostics.DONE if ok else diagnostics.FAILED


def draw_step(out: Output, step: Any) -> None:
    """Draw one step: sign, name, what was found, how long it took."""
    sign = ("✓ ", "good") if step.ok else ("✗ ", "bad")
    name = _(step.name)
    detail = ("  " + _(step.detail)) if step.detail else ""
    time = (f"  {took(int(step.elapsed_ms))}", "dim")
    out.sentence(sign, (f"{name:<12}", "bold"), time, (detail, "" if step.ok else "bad"), hang=16)
    if step.remedy:
        out.sentence((" " * 16 + "→ ", "dim"), (_(step.remedy), "accent"), hang=18)


def _mending(connection: str, step: str) -> str:
    """Return the command that changes what this step tried."""
    match step:
        case "authenticate":
            options = " --odoo-db DB | --odoo-username USER | --api-key"
        case "webhook":
            options = " --webhook-url URL | --webhook-secret"
        case _:
            options = " --odoo-url URL"
    return called("connections", "edit", connection) + options
