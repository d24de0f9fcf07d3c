"""A connection in full, as names and values: how it is, and how it is set up. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_poller_tui import when, words
from odoo_poller_tui.cells import Cell, plain
from odoo_poller_tui.i18n import _, number
from poller_core.model import ConnectionStatus


def facts(status: ConnectionStatus, now: int, *, running: bool) -> Iterator[tuple[str, Cell]]:
    """How it is."""
    yield _("State"), words.state(status, now, running=running)
    yield _("Last sync"), plain(when.ago(status.last_sync_at, now))
    yield (
        _("Sent today"),
        plain(f"{number(status.sent_today)} · {_('{n} in all', n=number(status.sent_total))}"),
    )
    waiting = _(
        "{n}, {retries} of them retries", n=number(status.pending), retries=number(status.retries_pending)
    )
    yield _("Waiting"), plain(waiting if status.retries_pending else number(status.pending))
    yield _("Failed"), plain(number(status.failed), "bad" if status.failed else "")
    yield _("Rejected"), plain(number(status.rejected), "bad" if status.rejected else "")
    if status.next_probe_at:
        yield _("Next probe"), plain(when.until(status.next_probe_at, now), "warn")
    if since := status.failing_since or status.suspended_since:
        yield _("Since"), plain(when.ago(since, now), "warn")
    if status.last_error:
        age = f" · {when.ago(status.last_error_at, now)}" if status.last_error_at else ""
        yield _("Last error"), ((status.last_error, "bad"), (age, "dim"))


def setup(status: ConnectionStatus) -> Iterator[tuple[str, Cell]]:
    """How it is set up."""
    c = status.connection
    yield "Odoo", plain(c.odoo_url)
    yield _("Version"), plain(f"{status.server_version or '–'} {status.protocol_used}")
    yield _("Database"), plain(c.odoo_db)
    yield _("User"), plain(c.odoo_username)
    yield _("Webhook"), plain(c.webhook_url)
    yield _("Store"), ((c.store_id, ""), (f"  {_('client')} ", "dim"), (c.client_id, ""))
    yield _("Interval"), plain(f"{c.polling_interval_seconds} s")
    yield _("Start from"), plain(c.sync_from or _("all"))
    yield "Id", plain(c.id, "dim")
