"""Words and signs for states, the same on every page: ● well, ○ at rest, ▲ waits by itself, ✗ needs a person."""

from __future__ import annotations

import shlex

import click

from odoo_poller.command import COMMON
from odoo_poller.i18n import _, plural
from odoo_poller.tables import Piece
from poller_core.model import ConnectionState, Status

_STATES: dict[str, tuple[str, str, str]] = {
    "ok": ("●", "good", "ok"),
    "new": ("○", "accent", "new"),
    "paused": ("○", "dim", "paused"),
    "failing": ("✗", "bad", "failing"),
    "auth_failed": ("✗", "bad", "key refused"),
    "suspended": ("▲", "warn", "suspended"),
    "gone": ("✗", "bad", "gone"),
    "late": ("▲", "warn", "late"),
}
_STATUSES: dict[str, tuple[str, str]] = {
    "PENDING": ("○", "warn"),
    "SUCCESS": ("✓", "good"),
    "FAILED": ("✗", "bad"),
    "DISCARDED": ("·", "dim"),
    "REJECTED": ("✗", "bad"),
}


def state(value: ConnectionState, *, late: bool = False) -> Piece:
    """Show a connection's state: sign and word. ``late``: it was not polled in time, however well it is otherwise."""
    sign, style, word = _STATES["late" if late else value]
    return f"{sign} {_(word)}", style


def status(value: Status) -> Piece:
    """Show an order's status: sign and the very word that ``--status`` takes."""
    sign, style = _STATUSES[value]
    return f"{sign} {value}", style


def called(*words: str) -> str:
    """Write a command line that can be copied into a shell; it means the same database as this call."""
    context = click.get_current_context(silent=True)
    db = context.meta.get(COMMON, {}).get("db") if context else None
    return shlex.join(["odoo-poller", *(("--db", db) if db else ()), *words])


def count(value: int, style: str = "") -> Piece:
    """Show a number; zero is quiet."""
    return (str(value), style) if value else ("0", "dim")


def waiting(orders: int) -> str:
    """Count orders that wait."""
    return plural(orders, "1 waiting", "{n} waiting")


def failed(orders: int) -> str:
    """Count orders that failed."""
    return plural(orders, "1 failed", "{n} failed")


def delivered(orders: int) -> str:
    """Count orders that were delivered."""
    return plural(orders, "1 delivered", "{n} delivered")


def held(by: str) -> str:
    """Say why an order waits although it is due."""
    reasons = {
        "endpoint": "URL suspended",
        "connection": "suspended",
        "paused": "paused",
    }
    return _(reasons[by]) if by in reasons else ""
