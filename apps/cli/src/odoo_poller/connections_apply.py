"""``connections apply``: shows what a file would change, asks, and makes it so. Applying it again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from odoo_poller import diagnostics
from odoo_poller.command import command, option
from odoo_poller.connections_file import Add, Change, Faulty, Plan, Remove, Wanted, plan, read
from odoo_poller.i18n import _, plural
from odoo_poller.output import Output
from odoo_poller.prompts import confirm
from odoo_poller.session import Session, with_session

if TYPE_CHECKING:
    from odoo_rpc import Secret
    from poller_core.commands import Commands
    from poller_core.model import Connection


@command(
    "apply",
    help="""
    Make connections as a TOML file says: shows what would change, asks, and does it. Applying it again changes nothing.

    Connections that the file doesn't have stay as they are, unless --prune removes them. Secrets come from the file
    (api_key), from a variable that it names (api_key_env) or from another file (api_key_file); what isn't given stays.
    «odoo-poller connections export» writes such a file.
    """,
    examples=[
        "odoo-poller connections apply connections.toml",
        "odoo-poller connections apply connections.toml --yes",
    ],
    variables=[("POLLER_DEFAULT_WEBHOOK_URL", "where orders go unless the file says otherwise")],
)
@click.argument("file", type=click.Path(path_type=Path))
@option("--prune", is_flag=True, help="Remove connections that the file doesn't have.")
@option("--dry-run", is_flag=True, help="Only show what would change.")
@option("--yes", "-y", is_flag=True, help="Don't ask.")
@with_session
def apply(session: Session, file: Path, prune: bool, dry_run: bool, yes: bool) -> int:
    """Apply a file."""
    with session.writing() as commands:
        try:
            wanted = read(file, {"webhook_url": session.settings.default_webhook_url}, _validate(commands))
        except Faulty as error:
            return _refuse(file, error.faults)
        todo = plan(wanted, _there(session), lambda one: secrets_of(commands, one), _start, prune=prune)
        if faults := [_("{name}: api_key is missing", name=name) for name in _keyless(todo)]:
            return _refuse(file, faults)
        if not session.json:
            draw(session.out, todo)
        if dry_run or not todo.steps or not confirm(_("Make it so?"), assume_yes=yes):
            made: dict[str, str] = {}
        else:
            made = _perform(commands, todo)
            diagnostics.say(
                "✓ " + plural(len(todo.steps), "A connection was changed.", "{n} connections were changed."),
                "good",
            )
    if session.json:
        session.out.data(_shape(todo, made))
    else:
        _tell_secrets(made)
    return diagnostics.DONE


def _there(session: Session) -> list[Connection]:
    with session.reading() as reader:
        return [row.connection for row in reader.connections(0)]


def secrets_of(commands: Commands, connection: Connection) -> dict[str, Secret]:
    """Return a connection's secrets under the names that the file has for them."""
    found = commands.reveal(connection.id)
    return {
        name: found[kind]
        for name, kind in (("api_key", "api_key"), ("webhook_secret", "webhook"))
        if kind in found
    }


def _validate(commands: Commands) -> Any:
    def validate(key: str, value: Any) -> str | None:
        reason = commands.validate(key, str(value))
        return None if reason is None else _(reason)

    return validate


def _start(text: str) -> str:
    from poller_core.validation import parse_sync_from

    return parse_sync_from(text, datetime.now(UTC))


def _refuse(file: Path, faults: list[str]) -> int:
    for fault in faults:
        diagnostics.say(_("error: {text}", text=f"{file}: {fault}"), "bad")
    return diagnostics.USAGE


def _keyless(todo: Plan) -> list[str]:
    return [
        step.wanted.name
        for step in todo.steps
        if isinstance(step, Add) and "api_key" not in step.wanted.secrets
    ]


def draw(out: Output, todo: Plan) -> None:
    """Draw the plan: + is added, ~ is changed, - is removed."""
    for step in todo.steps:
        match step:
            case Add(wanted):
                out.line(
                    ("+ ", "good"), (wanted.name, "bold"), (f"  {wanted.fields['odoo_url']}", "dim"), fit=True
                )
            case Change(connection, changes, secrets):
                out.line(("~ ", "warn"), (connection.name, "bold"), fit=True)
                for key, (old, new) in changes.items():
                    out.line(
                        f"    {key}: ", (_value(key, old), "bad"), " → ", (_value(key, new), "good"), fit=True
                    )
                for kind in secrets:
                    out.line(f"    {kind}: ", (_("replaced"), "good"))
            case Remove(connection):
                out.line(("- ", "bad"), (connection.name, "bold"), fit=True)
    if todo.same:
        out.line((plural(todo.same, "  {n} stays as it is", "  {n} stay as they are"), "dim"))


def _value(key: str, value: object) -> str:
    return "all" if key == "sync_from" and value == "" else str(value)


def _perform(commands: Commands, todo: Plan) -> dict[str, str]:
    """Make it so; return the webhook secrets that were made, by connection."""
    made = {}
    for step in todo.steps:
        match step:
            case Add(wanted):
                added = commands.add(_draft(wanted))
                if added.webhook_secret is not None:
                    made[wanted.name] = added.webhook_secret.reveal()
            case Change(connection, changes, secrets):
                _change(
                    commands, connection, {key: new for key, (_old, new) in changes.items()} | dict(secrets)
                )
            case Remove(connection):
                commands.remove(connection.id)
    return made


def _draft(wanted: Wanted) -> Any:
    from poller_core.commands import ConnectionDraft

    values: dict[str, Any] = {**wanted.fields, **wanted.secrets}
    return ConnectionDraft(**values)


def _change(commands: Commands, connection: Connection, values: dict[str, Any]) -> None:
    active = values.pop("active", None)
    if values.get("sync_from") == "":
        values["sync_from"] = "all"
    if values:
        commands.edit(connection.id, **values)
    if active is not None:
        (commands.resume if active else commands.pause)(connection.id)


def _tell_secrets(made: dict[str, str]) -> None:
    for name, secret in made.items():
        diagnostics.say(_("{name}: webhook secret, shown only now: {secret}", name=name, secret=secret))


def _shape(todo: Plan, made: dict[str, str]) -> dict[str, Any]:
    return {
        "added": [step.wanted.name for step in todo.steps if isinstance(step, Add)],
        "changed": {
            step.connection.name: [*step.changes, *step.secrets]
            for step in todo.steps
            if isinstance(step, Change)
        },
        "removed": [step.connection.name for step in todo.steps if isinstance(step, Remove)],
        "unchanged": todo.same,
        "webhook_secrets": made,
    }
