"""The options that ``connections add`` and ``connections edit`` share, one for each field of a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from odoo_poller.command import Choice, option
from odoo_poller.prompts import ASK, FromStdin

API_KEY_VARIABLE, SECRET_VARIABLE = "POLLER_ODOO_API_KEY", "POLLER_WEBHOOK_SECRET"
VARIABLES = [
    (API_KEY_VARIABLE, "the API key, instead of the prompt"),
    (SECRET_VARIABLE, "the webhook secret, instead of the prompt"),
    ("POLLER_DEFAULT_WEBHOOK_URL", "where orders go unless --webhook-url says otherwise"),
    ("POLLER_SECRET_KEY", "the key that locks both in the database (default: the file DB.key)"),
    ("POLLER_ALLOWED_NETWORKS", "private addresses that may be called, as CIDRs"),
]

# Fields in the order in which a person is asked: option, help, question. Those without a question are never asked for.
FIELDS: dict[str, tuple[str, str, str]] = {
    "name": ("TEXT", "A name that people know it by.", "Name:"),
    "odoo_url": ("URL", "Odoo's address: https://mycompany.odoo.com", "Odoo URL:"),
    "odoo_db": ("NAME", "Odoo's database.", "Odoo database:"),
    "odoo_username": ("LOGIN", "The user whose API key it is.", "Odoo user:"),
    "store_id": ("ID", "The shop in the receiving application.", "Store ID:"),
    "client_id": ("ID", "The customer in the receiving application.", "Client ID:"),
    "webhook_url": ("URL", "Where orders are delivered.", "Webhook URL:"),
    "polling_interval": ("SECONDS", "Seconds between two polls (60).", ""),
    "sync_from": ("WHEN", "Where it begins: now, all, or a date (2026-11-24, UTC).", ""),
    "protocol": ("KIND", "auto, jsonrpc or json2 (Odoo 19 and later).", ""),
    "min_interval_ms": (
        "MS",
        "Between the starts of two calls to this Odoo, instead of POLLER_ODOO_MIN_INTERVAL_MS.",
        "",
    ),
    "max_attempts": ("N", "Retries of a delivery before it FAILED (5).", ""),
    "ca_file": ("FILE", "Certificates to trust for this Odoo, as PEM.", ""),
}
CORE_NAMES = {"polling_interval": "polling_interval_seconds"}
WHOLE_NUMBERS = ("polling_interval", "min_interval_ms", "max_attempts")
ASKED = tuple(name for name, (_metavar, _help, question) in FIELDS.items() if question)


def flag(field: str) -> str:
    """Return the option of a field, under its name here or in the core: ``--polling-interval``."""
    return "--" + field.replace("polling_interval_seconds", "polling_interval").replace("_", "-")


def field_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each field, and those for the two secrets."""
    secret: dict[str, Any] = {"type": FromStdin(), "is_flag": False, "flag_value": ASK}
    asked = "{}: - reads a line from stdin; without a value it is asked for."
    function = option("--webhook-secret", metavar="[-]", help=asked.format("The webhook secret"), **secret)(
        function
    )
    function = option("--api-key", metavar="[-]", help=asked.format("The API key"), **secret)(function)
    for name, (metavar, help_text, _question) in reversed(FIELDS.items()):
        kind = Choice(["auto", "jsonrpc", "json2"]) if name == "protocol" else None
        function = option(flag(name), name, metavar=metavar, help=help_text, type=kind)(function)
    return function


def given(options: dict[str, Any]) -> dict[str, str]:
    """Return the fields that were given, under the options' names, as text."""
    return {name: options[name] for name in FIELDS if options.get(name) is not None}


def core_values(fields: dict[str, str]) -> dict[str, str | int]:
    """Return the fields under the core's names, whole numbers as such (text that is none stays, to be refused there)."""
    values: dict[str, str | int] = {}
    for name, text in fields.items():
        whole = name in WHOLE_NUMBERS and text.strip().isascii() and text.strip().isdigit()
        values[CORE_NAMES.get(name, name)] = int(text) if whole else text
    return values
