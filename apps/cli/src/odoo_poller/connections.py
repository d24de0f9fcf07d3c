"""``connections``: the group, and the commands that look at connections."""

from __future__ import annotations

import click

from odoo_poller import diagnostics, shapes
from odoo_poller.command import Entry, LazyGroup, command, option
from odoo_poller.completing import ConnectionName
from odoo_poller.i18n import _, number
from odoo_poller.output import Output
from odoo_poller.session import Session, with_session
from odoo_poller.tables import Column, Piece
from odoo_poller.times import exact, midnight, relative, span
from odoo_poller.words import called, count, failed, state, waiting
from poller_core.model import Connection, ConnectionStatus

LOOK, CHANGE, FILES = "Look", "Change", "Many at once"

connections = LazyGroup(
    name="connections",
    help="A connection is a merchant's Odoo database plus where its orders go.",
    entries={
        "list": Entry("all connections and how they do", "odoo_poller.connections:list_connections", LOOK),
        "show": Entry("one connection: its settings and how it does", "odoo_poller.connections:show", LOOK),
        "test": Entry("try Odoo and the webhook, step by step", "odoo_poller.connections_test:test", LOOK),
        "add": Entry("add one; asks for what you don't say", "odoo_poller.connections_add:add", CHANGE),
        "edit": Entry(
            "change settings, the API key or the secret", "odoo_poller.connections_edit:edit", CHANGE
        ),
        "pause": Entry(
            "neither poll nor deliver, until resumed", "odoo_poller.connections_edit:pause", CHANGE
        ),
        "resume": Entry("poll and deliver again", "odoo_poller.connections_edit:resume", CHANGE),
        "remove": Entry(
            "take it away; its orders stay in the log", "odoo_poller.connections_edit:remove", CHANGE
        ),
        "rotate-secret": Entry(
            "a new webhook secret, the old one valid 24 h more",
            "odoo_poller.connections_edit:rotate_secret",
            CHANGE,
        ),
        "apply": Entry("make connections as a TOML file says", "odoo_poller.connections_apply:apply", FILES),
        "export": Entry("write that file", "odoo_poller.connections_export:export", FILES),
    },
    examples=["odoo-poller connections add", "odoo-poller connections test le-juste"],
)


@command(
    "list",
    help="List all connections and how they do.",
    examples=["odoo-poller connections list", "odoo-poller connections list --json | jq -r '.[].name'"],
)
@option("--absolute", is_flag=True, help="Exact local times instead of “3 min ago”.")
@with_session
def list_connections(session: Session, absolute: bool) -> None:
    """List connections."""
    now = session.now
    with session.reading() as reader:
        rows = reader.connections(midnight(now))
    if session.json:
        session.out.data(
            [{**shapes.connection(row.connection), **shapes.connection_status(row)} for row in rows]
        )
    elif rows:
        draw_list(session.out, rows, None if absolute else now)
    else:
        diagnostics.say(_("There is no connection yet."))
        diagnostics.hint(called("connections", "add"))


def draw_list(out: Output, rows: list[ConnectionStatus], now: int | None) -> None:
    """Draw connections as a table; ``now`` None means exact times."""
    columns = [
        Column(_("CONNECTION"), least=12),
        Column(_("ID"), rank=3),
        Column(_("STATE")),
        Column(_("EVERY"), rank=4, right=True),
        Column(_("LAST SYNC"), rank=1),
        Column(_("SENT"), rank=2, right=True),
        Column(_("DATABASE"), rank=5, least=8),
        Column("ODOO", rank=6, least=16),
        Column("WEBHOOK", rank=7, least=16),
    ]
    out.table(columns, [_row(row, now) for row in rows])


def _row(row: ConnectionStatus, now: int | None) -> list[Piece]:
    connection = row.connection
    return [
        connection.name,
        (connection.id, "dim"),
        state(row.state),
        span(connection.polling_interval_seconds * 1000),
        exact(row.last_sync_at) if now is None else relative(row.last_sync_at, now),
        count(row.sent_total),
        connection.odoo_db,
        connection.odoo_url,
        connection.webhook_url,
    ]


@command(
    "show",
    help="Show one connection: its settings and how it does. Secrets are never shown.",
    examples=["odoo-poller connections show le-juste", "odoo-poller connections show le-juste --json"],
)
@click.argument("connection", type=ConnectionName())
@with_session
def show(session: Session, connection: str) -> None:
    """Show a connection."""
    with session.reading() as reader:
        row = reader.connection(connection)
    if session.json:
        session.out.data(shapes.connection_shown(row))
    else:
        draw(session.out, row, session.now)


def draw(out: Output, row: ConnectionStatus, now: int) -> None:
    """Draw a connection's page."""
    connection = row.connection
    out.line((connection.name, "bold"), "  ", state(row.state), "  ", (connection.id, "dim"), fit=True)
    out.line()
    out.fields(_settings(connection))
    out.line()
    out.fields(_doing(row, now))


def _settings(connection: Connection) -> list[tuple[str, Piece]]:
    default = _("default")
    overlap, pace = connection.overlap_seconds, connection.min_interval_ms
    return [
        ("Odoo", connection.odoo_url),
        (_("Database"), connection.odoo_db),
        (_("User"), connection.odoo_username),
        (_("Protocol"), connection.protocol),
        ("Webhook", connection.webhook_url),
        ("Store ID", connection.store_id),
        ("Client ID", connection.client_id),
        (_("Polled every"), span(connection.polling_interval_seconds * 1000)),
        (_("Orders from"), connection.sync_from + " UTC" if connection.sync_from else _("all")),
        (_("Looks back"), f"{overlap} s" if overlap >= 0 else default),
        (_("Between calls"), f"{pace} ms" if pace >= 0 else default),
        (_("Retries"), str(connection.max_attempts)),
        *([(_("CA file"), connection.ca_file)] if connection.ca_file else []),
        (_("Added"), exact(connection.created_at)),
    ]


def _doing(row: ConnectionStatus, now: int) -> list[tuple[str, Piece]]:
    sync = (
        f"{relative(row.last_sync_at, now)} ({exact(row.last_sync_at)})" if row.last_sync_at else _("never")
    )
    orders = _(
        "{captured} captured · {sent} delivered · {today} today",
        captured=number(row.captured_total),
        sent=number(row.sent_total),
        today=number(row.sent_today),
    )
    found: list[tuple[str, Piece]] = [(_("Last sync"), sync), (_("Orders"), orders)]
    queue = f"{waiting(row.pending)} · {failed(row.failed)}"
    found.append((_("Queue"), (queue, "bad" if row.failed else "")))
    if row.rejected:
        found.append((_("Not mappable"), (number(row.rejected), "bad")))
    if row.server_version:
        found.append(
            (_("Server"), " · ".join(filter(None, [f"Odoo {row.server_version}", row.protocol_used])))
        )
    if row.last_error:
        when = f" ({relative(row.last_error_at, now)})" if row.last_error_at else ""
        found.append((_("Last error"), (_(row.last_error) + when, "bad" if row.state != "ok" else "dim")))
    if row.next_probe_at:
        found.append(
            (_("Next try"), (f"{relative(row.next_probe_at, now)} ({exact(row.next_probe_at)})", "warn"))
        )
    if row.reconciled_at:
        found.append((_("Reconciled"), exact(row.reconciled_at)))
    return found
