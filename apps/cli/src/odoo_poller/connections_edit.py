"""``connections edit``, ``pause``, ``resume``, ``remove`` and ``rotate-secret``: what changes a connection."""

from __future__ import annotations

from typing import Any

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import command, option
from odoo_poller.completing import ConnectionName
from odoo_poller.connection_options import (
    API_KEY_VARIABLE,
    SECRET_VARIABLE,
    VARIABLES,
    core_values,
    field_options,
    given,
)
from odoo_poller.i18n import _, plural
from odoo_poller.prompts import ASK, FromStdin, confirm, secret
from odoo_poller.session import Session, with_session
from odoo_poller.words import called


@command(
    "edit",
    help="""
    Change a connection. Only what is given changes.

    A new Odoo URL needs the API key again, a new webhook URL the webhook secret: a stored secret is never sent to
    an address that it wasn't entered for. On a terminal they are asked for. Editing the URL or the secret of a
    suspended connection tries it again at once.
    """,
    examples=[
        "odoo-poller connections edit le-juste --polling-interval 30",
        "odoo-poller connections edit le-juste --api-key",
        "odoo-poller connections edit le-juste --sync-from all",
    ],
    variables=VARIABLES,
)
@click.argument("connection", type=ConnectionName())
@field_options
@with_session
def edit(session: Session, /, connection: str, **options: Any) -> None:
    """Change a connection."""
    session.need_database()
    changes: dict[str, Any] = core_values(given(options))
    with session.writing() as commands:
        changes |= _secrets(session, connection, options, changes)
        if not changes:
            message = _("nothing to change: name at least one option")
            raise click.UsageError(message, click.get_current_context())
        changed = commands.edit(connection, **changes)
    if session.json:
        session.out.data(shapes.connection(changed))
        return
    names = ", ".join(name.replace("_", "-") for name in changes)
    diagnostics.say("✓ " + _("{name}: changed {names}", name=changed.name, names=names), "good")
    if {"odoo_url", "webhook_url", "api_key", "webhook_secret"} & changes.keys():
        diagnostics.hint(called("connections", "test", changed.name))


def _secrets(session: Session, name: str, options: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Find the secrets that were given, or that a changed URL makes necessary."""
    with session.reading() as reader:
        before = reader.connection(name).connection
    person = diagnostics.at_terminal()
    moved = changes.get("odoo_url", before.odoo_url) != before.odoo_url
    redirected = changes.get("webhook_url", before.webhook_url) != before.webhook_url
    found = {
        "api_key": secret(
            options["api_key"], API_KEY_VARIABLE, _("API key (hidden):"), required=moved and person
        ),
        "webhook_secret": secret(
            options["webhook_secret"],
            SECRET_VARIABLE,
            _("Webhook secret (hidden):"),
            required=redirected and person,
        ),
    }
    return {kind: value for kind, value in found.items() if value is not None}


@command(
    "pause",
    help="Neither poll connections nor deliver their orders, until they are resumed. Nothing is lost meanwhile.",
    examples=["odoo-poller connections pause le-juste"],
)
@click.argument("connection", nargs=-1, required=True, type=ConnectionName())
@with_session
def pause(session: Session, connection: tuple[str, ...]) -> None:
    """Pause connections."""
    _switch(session, connection, "pause", _("{name} is paused"))


@command(
    "resume",
    help="Poll connections and deliver their orders again; also after a URL was gone (410).",
    examples=["odoo-poller connections resume le-juste"],
)
@click.argument("connection", nargs=-1, required=True, type=ConnectionName())
@with_session
def resume(session: Session, connection: tuple[str, ...]) -> None:
    """Resume connections."""
    _switch(session, connection, "resume", _("{name} is polled and delivered again"))


def _switch(session: Session, names: tuple[str, ...], action: str, done: str) -> None:
    session.need_database()
    with session.reading() as reader:
        chosen = [reader.connection(name).connection for name in names]
    with session.writing() as commands:
        for one in chosen:
            getattr(commands, action)(one.id)
            if not session.json:
                diagnostics.say("✓ " + done.format(name=one.name), "good")
    if session.json:
        session.out.data([{"id": one.id, "name": one.name, "active": action == "resume"} for one in chosen])


@command(
    "remove",
    help="""
    Remove a connection. Its orders stay in the log; Odoo isn't touched.

    While orders wait to be delivered it refuses, unless --discard gives them up.
    """,
    examples=[
        "odoo-poller connections remove le-juste",
        "odoo-poller connections remove le-juste --discard --yes",
    ],
)
@click.argument("connection", type=ConnectionName())
@option("--discard", is_flag=True, help="Give up what still waits: it will never be delivered.")
@option("--yes", "-y", is_flag=True, help="Don't ask.")
@with_session
def remove(session: Session, connection: str, discard: bool, yes: bool) -> None:
    """Remove a connection."""
    with session.reading() as reader:
        row = reader.connection(connection)
    waiting = row.pending + row.failed
    question = _("Remove {name}?", name=row.connection.name)
    if waiting and discard:
        question += " " + plural(
            waiting, "An order that waits is given up.", "{n} orders that wait are given up."
        )
    if not confirm(question, assume_yes=yes):
        diagnostics.say(_("Nothing was changed."))
        return
    with session.writing() as commands:
        commands.remove(row.connection.id, discard=discard)
    if session.json:
        session.out.data({"id": row.connection.id, "name": row.connection.name, "removed": True})
    else:
        diagnostics.say("✓ " + _("{name} is removed", name=row.connection.name), "good")


@command(
    "rotate-secret",
    help="""
    Give a connection a new webhook secret and print it, once. For 24 hours every delivery carries two signatures, of the
    new secret and of the old one, so that the receiver can change over without losing an order.
    """,
    examples=[
        "odoo-poller connections rotate-secret le-juste",
        "odoo-poller connections rotate-secret le-juste --webhook-secret - < secret.txt",
    ],
)
@click.argument("connection", type=ConnectionName())
@option(
    "--webhook-secret",
    metavar="[-]",
    help="Your own: - reads a line from stdin; without a value it is asked for.",
    type=FromStdin(),
    is_flag=False,
    flag_value=ASK,
)
@with_session
def rotate_secret(session: Session, connection: str, webhook_secret: str | None) -> None:
    """Rotate the webhook secret."""
    session.need_database()
    new = secret(webhook_secret, "", _("Webhook secret (hidden):"), required=False)
    with session.writing() as commands:
        made = commands.rotate_secret(connection, new).reveal()
    if session.json:
        session.out.data({"webhook_secret": made})
        return
    if new is None:
        session.out.line(made)
    diagnostics.say("✓ " + _("the new secret signs from now on, the old one beside it for 24 hours"), "good")
