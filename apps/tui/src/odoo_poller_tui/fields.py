"""The fields of a connection's form, in the order of the specification, and what is said beside each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from poller_core.model import Connection


@dataclass(frozen=True)
class Field:
    """``name`` is the core's. ``secret``: hidden while it is typed, never filled in from the store."""

    name: str
    label: str
    hint: str = ""
    default: str = ""
    secret: bool = False
    limit: int = 200


SECTIONS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "Odoo",
        (
            Field("name", "Name", "what you call this merchant"),
            Field("odoo_url", "Odoo URL", "https://company.odoo.com", limit=500),
            Field("odoo_db", "Database", "the database's name"),
            Field("odoo_username", "User", "the user that owns the API key"),
            Field(
                "api_key", "API key", "made in Odoo: Preferences → Account Security", secret=True, limit=500
            ),
        ),
    ),
    (
        "StockMaster",
        (
            Field("store_id", "Store ID", "the store in StockMaster"),
            Field("client_id", "Client ID", "the client in StockMaster"),
            Field("webhook_url", "Webhook URL", "where orders are sent", limit=500),
            Field(
                "webhook_secret", "Webhook secret", "StockMaster must know the same", secret=True, limit=500
            ),
        ),
    ),
    (
        "Polling",
        (
            Field("polling_interval_seconds", "Interval (s)", "seconds between two polls", "60", limit=9),
            Field("sync_from", "Start from", "now, a date such as 2026-01-31, or all", "now", limit=40),
            Field(
                "max_attempts", "Retries", "tries after the first one until an order is FAILED", "5", limit=9
            ),
        ),
    ),
    (
        "Seldom needed",
        (
            Field("protocol", "Protocol", "auto, jsonrpc or json2", "auto", limit=20),
            Field(
                "min_interval_ms", "Pause (ms)", "between two calls to Odoo; -1 as set for all", "-1", limit=9
            ),
            Field("ca_file", "CA file", "for an Odoo with a certificate of its own", limit=1000),
        ),
    ),
)
FIELDS: tuple[Field, ...] = tuple(field for _title, fields in SECTIONS for field in fields)


def fresh(default_webhook_url: str, webhook_secret: str) -> dict[str, str]:
    """What the form of a new connection begins with."""
    values = {field.name: field.default for field in FIELDS}
    return values | {"webhook_url": default_webhook_url, "webhook_secret": webhook_secret}


def stored(connection: Connection) -> dict[str, str]:
    """What the form of a stored connection begins with: everything but its secrets."""
    values = {
        field.name: "" if field.secret else str(getattr(connection, field.name, "")) for field in FIELDS
    }
    return values | {"sync_from": connection.sync_from or "all"}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The fields that read differently now; a secret that was left empty stays as it is stored."""
    return {name: value for name, value in after.items() if value != before.get(name, "")}
