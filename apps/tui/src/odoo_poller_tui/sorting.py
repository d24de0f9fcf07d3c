"""The orders that the dashboard's connections can be put in, and the search among them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from poller_core.model import ConnectionStatus

SortKey: TypeAlias = Callable[[ConnectionStatus], tuple[int, str]]


def _name(status: ConnectionStatus) -> str:
    return status.connection.name.casefold()


ORDERS: tuple[tuple[str, SortKey | None], ...] = (
    ("attention first", None),
    ("by name", lambda s: (0, _name(s))),
    ("longest without sync first", lambda s: (s.last_sync_at, _name(s))),
    ("most sent today first", lambda s: (-s.sent_today, _name(s))),
    ("most waiting first", lambda s: (-s.pending, _name(s))),
)
"""Title and sort key; None leaves the rows as they were fetched, which is attention first."""


def matching(rows: Sequence[ConnectionStatus], query: str) -> Sequence[ConnectionStatus]:
    """The connections in which every word of ``query`` occurs, in a name, database, address, id or state."""
    words = query.casefold().split()
    if not words:
        return rows
    return [row for row in rows if all(word in _haystack(row) for word in words)]


def _haystack(row: ConnectionStatus) -> str:
    c = row.connection
    return "\n".join((c.name, c.odoo_db, c.odoo_url, c.webhook_url, c.id, c.store_id, row.state)).casefold()
