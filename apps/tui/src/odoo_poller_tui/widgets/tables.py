"""The columns of each list: what is shown of a row, and what goes first where the terminal is narrow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from odoo_poller_tui import happenings, when, words, worries
from odoo_poller_tui.cells import EMPTY, Cell, Tone, plain
from odoo_poller_tui.i18n import number
from odoo_poller_tui.overview import Concern
from odoo_poller_tui.widgets.columns import Column
from poller_core.model import Activity, ConnectionStatus, EndpointStatus, OrderRow, RetryRow, SyncLogRow


def connections(running: Callable[[], bool]) -> tuple[Column[ConnectionStatus], ...]:
    """The dashboard's connections; ``running`` tells whether a poller runs, as nobody is late without one."""

    def state(row: ConnectionStatus, now: int) -> Cell:
        return words.state(row, now, running=running())

    return (
        Column("State", state, 16),
        Column("Connection", lambda row, _now: plain(row.connection.name), 16, grow=4, most=44),
        Column("Last sync", lambda row, now: plain(when.ago(row.last_sync_at, now)), 11, most=14, grow=1),
        Column("Sent today", lambda row, _now: _count(row.sent_today, "good", zero="0"), 10, right=True),
        Column("Waiting", lambda row, _now: _count(row.pending), 7, drop=3, right=True),
        Column("Retry", lambda row, _now: _count(row.retries_pending, "warn"), 7, right=True),
        Column("Failed", lambda row, _now: _count(row.failed + row.rejected, "bad"), 6, right=True),
        Column("Last error", _last_error, 22, grow=6, drop=2),
        Column(
            "Database", lambda row, _now: plain(row.connection.odoo_db, "dim"), 13, drop=6, grow=1, most=24
        ),
        Column("Odoo", lambda row, _now: plain(row.server_version, "dim"), 6, drop=7),
    )


def endpoints() -> tuple[Column[EndpointStatus], ...]:
    """Webhook URLs and how they are."""
    return (
        Column("State", lambda row, _now: words.endpoint_state(row), 12),
        Column("Endpoint", lambda row, _now: plain(_short_url(row.url)), 18, grow=3),
        Column("Conn.", lambda row, _now: _count(row.connections), 5, drop=4, right=True),
        Column("Waiting", lambda row, _now: _count(row.pending, "warn"), 7, right=True),
        Column("Next probe", _next_probe, 11, drop=2),
        Column("Last sent", lambda row, now: plain(when.ago(row.last_delivered_at, now), "dim"), 12, drop=3),
        Column("Last error", lambda row, _now: plain(row.last_error, "dim"), 16, grow=2, drop=5),
    )


def activity(zone: tzinfo | None) -> tuple[Column[Activity], ...]:
    """What happened last."""
    return (
        Column("Time", lambda row, now: plain(when.clock(row.at, now, zone), "dim"), 11),
        Column("Connection", lambda row, _now: plain(row.connection_name), 12, grow=1, most=24),
        Column("What", lambda row, _now: happenings.activity(row), 20, grow=4),
    )


def concerns() -> tuple[Column[Concern], ...]:
    """What needs a person."""
    return (Column("", worries.concern, 20, grow=1),)


def sync_log(zone: tzinfo | None) -> tuple[Column[SyncLogRow], ...]:
    """Cycles of polling."""
    return (
        Column("Time", lambda row, now: plain(when.clock(row.synced_at, now, zone)), 11),
        Column("Connection", lambda row, _now: plain(row.connection_name), 14, grow=3, most=40),
        Column("Found", lambda row, _now: _count(row.orders_found), 8, right=True),
        Column("Sent", lambda row, _now: _count(row.orders_sent, "good"), 8, right=True),
        Column("Failed", lambda row, _now: _count(row.orders_failed, "bad"), 6, right=True),
        Column("Took", lambda row, _now: plain(when.took(row.duration_ms), "dim"), 7, right=True),
        Column(
            "Error",
            lambda row, _now: plain(row.error_message, "bad" if row.error_message else ""),
            10,
            grow=6,
        ),
    )


def retries(zone: tzinfo | None) -> tuple[Column[RetryRow], ...]:
    """Rows of the retry queue."""

    return (
        Column("Status", lambda row, _now: words.order_status(row.status), 11),
        Column("Order", lambda row, _now: plain(row.number, "strong"), 10, grow=1, most=18),
        Column("Connection", lambda row, _now: plain(row.connection_name), 14, grow=2, most=32),
        Column("Tries", lambda row, _now: plain(f"{row.attempts}/{row.max_attempts}"), 5, right=True),
        Column("Next try", words.next_try, 13),
        Column("Since", lambda row, now: plain(when.clock(row.created_at, now, zone), "dim"), 11, drop=4),
        Column("Last error", lambda row, _now: plain(row.last_error, "dim"), 12, grow=6, drop=2),
    )


def orders(zone: tzinfo | None) -> tuple[Column[OrderRow], ...]:
    """Captured orders."""
    return (
        Column("Status", lambda row, _now: words.order_status(row.status), 11),
        Column("Order", lambda row, _now: plain(row.number, "strong"), 10, grow=1, most=20),
        Column("Connection", lambda row, _now: plain(row.connection_name), 14, grow=2, most=32),
        Column("Captured", lambda row, now: plain(when.clock(row.captured_at, now, zone)), 11),
        Column("Delivered", lambda row, now: plain(when.clock(row.delivered_at, now, zone)), 11),
        Column("Tries", lambda row, _now: _count(row.attempts), 5, drop=4, right=True),
        Column("External id", lambda row, _now: plain(row.external_id, "dim"), 20, drop=6, grow=2, most=44),
        Column("Last error", lambda row, _now: plain(row.last_error, "dim"), 12, grow=5, drop=3),
    )


def _count(value: int, tone: Tone = "", zero: str = "–") -> Cell:
    return plain(number(value), tone) if value else plain(zero, "dim")


def _last_error(row: ConnectionStatus, now: int) -> Cell:
    if not row.last_error:
        return EMPTY
    tone: Tone = "dim" if row.state in ("ok", "paused", "new") else "bad"
    age = f" · {when.ago(row.last_error_at, now)}" if row.last_error_at else ""
    return ((row.last_error, tone), (age, "dim"))


def _next_probe(row: EndpointStatus, now: int) -> Cell:
    return plain(when.until(row.next_probe_at, now), "warn") if row.next_probe_at else plain("–", "dim")


def _short_url(url: str) -> str:
    return url.removeprefix("https://")
