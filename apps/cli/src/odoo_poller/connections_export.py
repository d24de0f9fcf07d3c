"""``connections export``: writes the file that ``connections apply`` reads, without secrets unless they are asked for."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import command, option
from odoo_poller.completing import ConnectionName
from odoo_poller.connections_apply import secrets_of
from odoo_poller.connections_file import TYPES
from odoo_poller.i18n import _
from odoo_poller.session import Session, with_session

if TYPE_CHECKING:
    from odoo_rpc import Secret
    from poller_core.model import Connection

_LEFT_OUT = {"min_interval_ms": -1, "ca_file": "", "active": True, "protocol": "auto"}


@command(
    "export",
    help="""
    Write connections as the TOML file that «connections apply» reads: all of them, or those named.

    API keys and webhook secrets are left out unless --with-secrets asks for them.
    """,
    examples=[
        "odoo-poller connections export > connections.toml",
        "(umask 077; odoo-poller connections export --with-secrets > all.toml)",
    ],
)
@click.argument("connection", nargs=-1, type=ConnectionName())
@option(
    "--with-secrets", is_flag=True, help="With API keys and webhook secrets, readable: keep the file safe."
)
@with_session
def export(session: Session, connection: tuple[str, ...], with_secrets: bool) -> None:
    """Export connections."""
    session.need_database()
    with session.reading() as reader:
        names = connection or reader.names()
        chosen = [reader.connection(name).connection for name in names]
    secrets: dict[str, Mapping[str, Secret]] = {}
    if with_secrets:
        with session.writing() as commands:
            secrets = {one.id: secrets_of(commands, one) for one in chosen}
        diagnostics.warn(_("this holds secrets that anyone can use: keep it where nobody else can read it"))
    if session.json:
        session.out.data([_shape(one, secrets.get(one.id, {})) for one in chosen])
        return
    session.out.raw("\n".join(_table(one, secrets.get(one.id, {})) for one in chosen).encode())


def _shape(connection: Connection, secrets: Mapping[str, Secret]) -> dict[str, Any]:
    return {**shapes.connection(connection), **{kind: secret.reveal() for kind, secret in secrets.items()}}


def _table(connection: Connection, secrets: Mapping[str, Secret]) -> str:
    lines = ["[[connections]]"]
    for key in TYPES:
        value = getattr(connection, key)
        if key == "sync_from":
            value = value or "all"
        if value != _LEFT_OUT.get(key):
            lines.append(f"{key} = {_toml(value)}")
    if secrets:
        lines += [f"{kind} = {_toml(secret.reveal())}" for kind, secret in secrets.items()]
    else:
        lines += [
            f'# {kind}_env = "{_variable(connection.name, kind)}"' for kind in ("api_key", "webhook_secret")
        ]
    return "\n".join(lines) + "\n"


def _toml(value: str | int | bool) -> str:
    """Write a value; JSON's strings, numbers and booleans are TOML's too, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _variable(name: str, kind: str) -> str:
    bare = unicodedata.normalize("NFKD", name.upper()).encode("ascii", "ignore").decode()
    plain = "".join(char if char.isalnum() else "_" for char in bare)
    return f"{plain.strip('_') or 'ODOO'}_{kind.upper()}"
