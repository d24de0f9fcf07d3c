"""The words and signs for what the core calls by a code: states, statuses, test steps. A sign and a word, never colour alone."""

from __future__ import annotations

from odoo_poller_tui import when
from odoo_poller_tui.cells import Cell, Tone
from odoo_poller_tui.i18n import _
from poller_core.model import ConnectionStatus, EndpointStatus, PollerStatus, RetryRow, is_late

STATES: dict[str, tuple[str, str, Tone]] = {
    "ok": ("●", "ok", "good"),
    "new": ("○", "not synced yet", "info"),
    "paused": ("‖", "paused", "dim"),
    "failing": ("▲", "Odoo failing", "warn"),
    "auth_failed": ("✗", "key refused", "bad"),
    "suspended": ("■", "suspended", "bad"),
    "gone": ("✗", "webhook gone", "bad"),
    "late": ("◷", "late", "warn"),
    "syncing": ("◐", "first sync", "info"),
}
STATUSES: dict[str, tuple[str, str, Tone]] = {
    "PENDING": ("◌", "PENDING", "warn"),
    "SUCCESS": ("✓", "SUCCESS", "good"),
    "FAILED": ("✗", "FAILED", "bad"),
    "DISCARDED": ("–", "DISCARDED", "dim"),
    "REJECTED": ("!", "REJECTED", "bad"),
}
ENDPOINTS: dict[str, tuple[str, str, Tone]] = {
    "ok": ("●", "ok", "good"),
    "troubled": ("▲", "in trouble", "warn"),
    "suspended": ("■", "suspended", "bad"),
}
HELD = {
    "endpoint": "endpoint down",
    "connection": "suspended",
    "paused": "paused",
}
"""What holds a waiting order, short enough for a column."""

TEST_STEPS = {
    "address": "Address",
    "tls": "Encryption (TLS)",
    "version": "Odoo's version",
    "authenticate": "Log in to Odoo",
    "read": "Read the orders' fields",
    "key": "How long the API key lasts",
    "webhook": "Test ping to the webhook",
}


def state(status: ConnectionStatus, now: int, *, running: bool) -> Cell:
    """A connection's state as a sign and a word; a healthy one may be late or in its first sync."""
    code: str = status.state
    if running and is_late(status, now):
        code = "late"
    elif status.walking and code in ("ok", "new"):
        code = "syncing"
    return _signed(STATES[code])


def order_status(code: str) -> Cell:
    """An order's status as a sign and its word, which is the one of the tables and the command line."""
    return _signed(STATUSES.get(code, ("?", code, "")))


def next_try(row: RetryRow, now: int) -> Cell:
    """When a row is tried next, or what holds it; nothing where it isn't tried any more."""
    if row.status != "PENDING":
        return ()
    return (
        ((_(HELD[row.held_by]), "warn"),)
        if row.held_by in HELD
        else ((when.until(row.next_retry_at, now), ""),)
    )


def endpoint_state(endpoint: EndpointStatus) -> Cell:
    """An endpoint's state as a sign and a word."""
    return _signed(ENDPOINTS[endpoint.state])


def poller_state(poller: PollerStatus | None) -> Cell:
    """RUNNING with its process id, or STOPPED."""
    if poller is None:
        return (("…", "dim"),)
    if not poller.running:
        return (("■ ", "bad"), (_("STOPPED"), "bad"))
    pid: Cell = ((f" pid {poller.pid}", "dim"),) if poller.pid else ()
    return (("● ", "good"), (_("RUNNING"), "good"), *pid)


def test_step(name: str) -> str:
    """What a step of a connection test does."""
    return _(TEST_STEPS.get(name, name))


test_step.__test__ = False  # type: ignore[attr-defined]  # its name is no invitation to pytest


def _signed(sign_word_tone: tuple[str, str, Tone]) -> Cell:
    sign, word, tone = sign_word_tone
    return ((f"{sign} ", tone), (_(word), tone))
