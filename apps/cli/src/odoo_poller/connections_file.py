"""The file of ``connections apply``: read strictly, compared with what there is, never acted on here.

    [defaults]                       # optional: what every connection has unless it says otherwise
    webhook_url = "https://picking.example.cl/api/webhooks/odoo"

    [[connections]]
    name = "Le Juste"                # the name says which connection is meant
    odoo_url = "https://lejuste.odoo.com"
    odoo_db = "lejuste"
    odoo_username = "bot@lejuste.cl"
    api_key_env = "LEJUSTE_API_KEY"  # or api_key_file, or api_key
    store_id = "store_1"
    client_id = "client_1"

Everything that is wrong is reported at once.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odoo_poller.diagnostics import near
from odoo_poller.i18n import _

if TYPE_CHECKING:
    from odoo_rpc import Secret
    from poller_core.model import Connection

REQUIRED = ("name", "odoo_url", "odoo_db", "odoo_username", "store_id", "client_id", "webhook_url")
TYPES: dict[str, type] = {
    **dict.fromkeys(REQUIRED, str),
    "polling_interval_seconds": int,
    "sync_from": str,
    "protocol": str,
    "min_interval_ms": int,
    "max_attempts": int,
    "ca_file": str,
    "active": bool,
}
SECRETS = ("api_key", "webhook_secret")
SOURCES = ("", "_env", "_file")
KEYS = [*TYPES, *(kind + source for kind in SECRETS for source in SOURCES)]
_NAMES = {str: "text", int: "a whole number", bool: "true or false"}


@dataclass(frozen=True)
class Wanted:
    """A connection as the file wants it: its fields, and those of its secrets that could be found."""

    fields: dict[str, Any]
    secrets: dict[str, Secret] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it goes by."""
        return str(self.fields["name"])


@dataclass(frozen=True)
class Add:
    """A connection that isn't there yet."""

    wanted: Wanted


@dataclass(frozen=True)
class Change:
    """A connection that differs: ``changes`` are (old, new) by field; ``secrets`` are to be replaced."""

    connection: Connection
    changes: dict[str, tuple[Any, Any]]
    secrets: dict[str, Secret]


@dataclass(frozen=True)
class Remove:
    """A connection that the file doesn't have, with ``--prune``."""

    connection: Connection


@dataclass(frozen=True)
class Plan:
    """What is to be done, and how many connections are as the file wants them."""

    steps: list[Add | Change | Remove]
    same: int


class Faulty(Exception):
    """Everything that is wrong with the file, a line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


Validate = Callable[[str, Any], str | None]


def read(path: Path, defaults: Mapping[str, Any], validate: Validate) -> list[Wanted]:
    """Read the file. ``validate(field, value)`` is the core's reason or None. Raise `Faulty`."""
    document = _document(path)
    faults = _unknown(document, ("defaults", "connections"), _("the file"))
    shared, tables = document.get("defaults", {}), document.get("connections", [])
    if (
        not isinstance(shared, dict)
        or not isinstance(tables, list)
        or not all(isinstance(t, dict) for t in tables)
    ):
        raise Faulty([_("it must hold [[connections]] tables, and perhaps one [defaults] table")])
    faults += _unknown(shared, KEYS, "[defaults]")
    wanted = []
    for place, table in enumerate(tables, 1):
        label = str(table.get("name") or _("connection {n}", n=place))
        wanted.append(_connection({**defaults, **shared, **table}, label, path.parent, validate, faults))
    names = [one.fields.get("name") for one in wanted]
    faults += [_("{name}: there twice", name=name) for name in {n for n in names if n and names.count(n) > 1}]
    if faults:
        raise Faulty(faults)
    return wanted


def _document(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError:
        raise Faulty([_("it is not UTF-8 text")]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Faulty([_("it is not TOML: {error}", error=error)]) from None


def _unknown(table: Mapping[str, Any], known: tuple[str, ...] | list[str], where: str) -> list[str]:
    return [
        _("{where}: unknown key {key}", where=where, key=key) + near(key, known)
        for key in table
        if key not in known
    ]


def _connection(
    table: dict[str, Any], label: str, folder: Path, validate: Validate, faults: list[str]
) -> Wanted:
    faults += _unknown(table, KEYS, label)
    faults += [_("{name}: {field} is missing", name=label, field=key) for key in REQUIRED if key not in table]
    fields = {key: value for key, value in table.items() if key in TYPES}
    for key, value in fields.items():
        if reason := _fault(key, value, validate):
            faults.append(f"{label}: {key} {reason}")
    secrets = {}
    for kind in SECRETS:
        try:
            found = _secret(table, kind, folder)
        except OSError as error:
            faults.append(f"{label}: {kind}_file: {error.strerror}")
            continue
        if found is not None:
            secrets[kind] = found
    return Wanted(fields, secrets)


def _fault(key: str, value: Any, validate: Validate) -> str | None:
    if type(value) is not TYPES[key]:
        return _("must be {kind}", kind=_(_NAMES[TYPES[key]]))
    return None if isinstance(value, bool) else validate(key, value)


def _secret(table: Mapping[str, Any], kind: str, folder: Path) -> Secret | None:
    """Find a secret in the file itself, in the variable or in the file that it names; None where there is none."""
    from odoo_rpc import Secret

    text = str(table.get(kind, ""))
    if variable := table.get(kind + "_env"):
        text = os.environ.get(str(variable), "")
    if file := table.get(kind + "_file"):
        text = (folder / str(file)).read_text("utf-8")
    return Secret(text.strip()) if text.strip() else None


def plan(
    wanted: list[Wanted],
    there: list[Connection],
    stored: Callable[[Connection], Mapping[str, Secret]],
    start: Callable[[str], str],
    *,
    prune: bool,
) -> Plan:
    """Compare. ``stored`` returns a connection's secrets, ``start`` a ``sync_from`` as it is stored."""
    by_name = {connection.name: connection for connection in there}
    steps: list[Add | Change | Remove] = []
    same = 0
    for one in wanted:
        connection = by_name.pop(one.name, None)
        step = Add(one) if connection is None else _difference(one, connection, stored, start)
        if step is None:
            same += 1
        else:
            steps.append(step)
    if prune:
        steps += [Remove(connection) for connection in by_name.values()]
    return Plan(steps, same)


def _difference(
    one: Wanted,
    connection: Connection,
    stored: Callable[[Connection], Mapping[str, Secret]],
    start: Callable[[str], str],
) -> Change | None:
    changes = {}
    for key, value in one.fields.items():
        new = start(value) if key == "sync_from" else value
        old = getattr(connection, key)
        # "now" means the moment of adding: for a connection that is there it asks for nothing.
        if new != old and not (key == "sync_from" and value == "now"):
            changes[key] = (old, new)
    before = stored(connection) if one.secrets else {}
    secrets = {kind: value for kind, value in one.secrets.items() if _needed(kind, value, before, changes)}
    return Change(connection, changes, secrets) if changes or secrets else None


def _needed(kind: str, value: Secret, before: Mapping[str, Secret], changes: Mapping[str, Any]) -> bool:
    """Whether a secret must be given: it differs, or the address that it belongs to moved."""
    moved = ("odoo_url" if kind == "api_key" else "webhook_url") in changes
    return moved or before.get(kind) != value
