"""``connections add``: asks a person for what wasn't said, and says how many orders the start leaves out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from odoo_poller import diagnostics
from odoo_poller.command import command, option
from odoo_poller.connection_options import (
    API_KEY_VARIABLE,
    ASKED,
    CORE_NAMES,
    FIELDS,
    SECRET_VARIABLE,
    VARIABLES,
    core_values,
    field_options,
    flag,
    given,
)
from odoo_poller.cycles import tell_left_out
from odoo_poller.i18n import _, error_text, plural
from odoo_poller.progress import waited_for
from odoo_poller.prompts import ask, secret
from odoo_poller.session import Session, with_session
from odoo_poller.words import called

if TYPE_CHECKING:
    from poller_core.commands import Added, Commands


@command(
    "add",
    help="""
    Add a connection: a merchant's Odoo database plus where its orders go.

    On a terminal it asks for what you don't say. The API key comes from a hidden prompt, from stdin (--api-key -) or from
    POLLER_ODOO_API_KEY, never from the command line. Without a webhook secret one is made and shown once.

    It begins with orders from now on: how many confirmed ones that leaves out is said, and how to include them.
    """,
    examples=[
        "odoo-poller connections add",
        "odoo-poller connections add --name 'Le Juste' --odoo-url https://lejuste.odoo.com \\",
        "  --odoo-db lejuste --odoo-username bot@lejuste.cl --store-id store_1 --client-id client_1 \\",
        "  --sync-from 2026-11-01 --api-key - < key.txt",
    ],
    variables=VARIABLES,
)
@field_options
@option("--paused", is_flag=True, help="Add it paused: «connections resume» starts it.")
@option("--no-check", is_flag=True, help="Don't ask Odoo how many orders the start leaves out.")
@with_session
def add(session: Session, /, paused: bool, no_check: bool, **options: Any) -> None:
    """Add a connection."""
    with session.writing() as commands:
        fields = _complete(session, commands, given(options))
        api_key = secret(options["api_key"], API_KEY_VARIABLE, _("API key (hidden):"), required=True)
        webhook_secret = secret(
            options["webhook_secret"], SECRET_VARIABLE, _("Webhook secret (hidden):"), required=False
        )
        added = commands.add(_draft(fields, api_key, webhook_secret, active=not paused))
    left_out = None if no_check else _left_out(session, fields, added)
    _report(session, fields["name"], added, left_out)


def _complete(session: Session, commands: Commands, fields: dict[str, str]) -> dict[str, str]:
    """Ask for what is missing, or refuse with everything that is."""
    fields = (
        {"webhook_url": session.settings.default_webhook_url, **fields}
        if not _may_ask(fields)
        else dict(fields)
    )
    missing = [name for name in ASKED if name not in fields]
    if missing and not diagnostics.at_terminal():
        names = ", ".join(flag(name) for name in missing)
        raise click.UsageError(_("missing: {names}", names=names), click.get_current_context())
    for name in missing:
        default = session.settings.default_webhook_url if name == "webhook_url" else ""
        fields[name] = ask(_(FIELDS[name][2]), default=default, check=partial(_fault, commands, name))
    return fields


def _may_ask(fields: dict[str, str]) -> bool:
    """Whether a person is being asked anyway, so that the webhook's URL is offered instead of taken silently."""
    return diagnostics.at_terminal() and any(name not in fields for name in ASKED if name != "webhook_url")


def _fault(commands: Commands, name: str, text: str) -> str | None:
    reason = commands.validate(CORE_NAMES.get(name, name), text)
    return None if reason is None else _(reason)


def _draft(fields: dict[str, str], api_key: Any, webhook_secret: Any, *, active: bool) -> Any:
    from poller_core.commands import ConnectionDraft

    values: dict[str, Any] = core_values(fields)
    return ConnectionDraft(**values, api_key=api_key, webhook_secret=webhook_secret, active=active)


def _left_out(session: Session, fields: dict[str, str], added: Added) -> int | None:
    """Ask Odoo how many confirmed orders lie before the start; on a terminal, offer to include them."""
    if fields.get("sync_from") == "all":
        return 0
    from odoo_rpc import OdooError
    from poller_core import app
    from poller_core.errors import PollerError

    try:
        orders = waited_for(_("Asking Odoo"), lambda _step: app.left_out(session.settings, added.id))
    except (PollerError, OdooError) as error:
        text = _(getattr(error, "summary", "")) or error_text(error)
        diagnostics.warn(_("Odoo could not be asked yet: {error}", error=text))
        return None
    if orders and diagnostics.at_terminal() and not session.json:
        _offer(session, added, orders)
        return 0  # said and answered
    return orders


def _offer(session: Session, added: Added, orders: int) -> None:
    """Let a person choose another start."""
    diagnostics.say(
        plural(
            orders,
            "A confirmed order in Odoo lies before the start and would not be delivered.",
            "{n} confirmed orders in Odoo lie before the start and would not be delivered.",
        )
    )
    with session.writing() as commands:
        answer = ask(
            _("Include them? Enter: no · all · or a date such as 2026-11-24:"),
            check=lambda text: None if text == "" else _fault(commands, "sync_from", text),
        )
        if answer:
            commands.edit(added.id, sync_from=answer)


def _report(session: Session, name: str, added: Added, left_out: int | None) -> None:
    if session.json:
        shape: dict[str, Any] = {"id": added.id, "name": name, "left_out": left_out}
        if added.webhook_secret is not None:
            shape["webhook_secret"] = added.webhook_secret.reveal()
        session.out.data(shape)
        return
    if not session.out.terminal:
        session.out.line(added.id)
    diagnostics.say("✓ " + _("{name} is added ({id})", name=name, id=added.id), "good")
    if added.webhook_secret is not None:
        made = added.webhook_secret.reveal()
        diagnostics.say(_("Webhook secret, shown only now: {secret}", secret=made), "bold")
    if left_out:
        tell_left_out(name, left_out)
    diagnostics.hint(called("connections", "test", name))
