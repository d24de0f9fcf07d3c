"""One connection, one retry, one order as the screens get them, at a fixed moment; every field may be given."""

from __future__ import annotations

from datetime import UTC, datetime

from poller_core.model import (
    Connection,
    ConnectionStatus,
    OrderRow,
    RetryRow,
)

NOW = int(datetime(2026, 11, 24, 10, 30, 15, tzinfo=UTC).timestamp() * 1000)
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
STOCKMASTER = "https://stockmaster.notorios.cl/api/webhooks/odoo"
OLD_HOOK = "https://picking.bodega-sur.example/hooks/odoo"


def connection(number: int, name: str, **changes: object) -> Connection:
    """A connection as configured."""
    slug = "".join(c for c in name.lower().replace(" ", "-") if c.isalnum() or c == "-")
    values: dict[str, object] = {
        "number": number,
        "id": f"c{number:04x}a1b2c3d4e5f",
        "name": name,
        "odoo_url": f"https://{slug}.odoo.com",
        "odoo_db": slug,
        "odoo_username": "poller@example.com",
        "webhook_url": STOCKMASTER,
        "endpoint": 1,
        "store_id": f"store_{number}",
        "client_id": f"client_{number}",
        "polling_interval_seconds": 60,
        "sync_from": "2026-11-01 00:00:00",
        "protocol": "auto",
        "min_interval_ms": -1,
        "overlap_seconds": -1,
        "max_attempts": 5,
        "ca_file": "",
        "active": True,
        "created_at": NOW - 20 * DAY,
        "updated_at": NOW - 2 * DAY,
    }
    return Connection(**(values | changes))  # type: ignore[arg-type]


def status(of: Connection, state: str = "ok", **changes: object) -> ConnectionStatus:
    """A row of the dashboard."""
    values: dict[str, object] = {
        "connection": of,
        "state": state,
        "last_sync_at": NOW - (20 + of.number) * SECOND,
        "sent_today": 0,
        "sent_total": 1200 + of.number,
        "captured_total": 1200 + of.number,
        "server_version": "17.0",
        "protocol_used": "jsonrpc",
    }
    return ConnectionStatus(**(values | changes))  # type: ignore[arg-type]


def retry_row(ident: int, of: Connection, order: int, state: str, **changes: object) -> RetryRow:
    """A row of the retry queue."""
    values: dict[str, object] = {
        "id": ident,
        "connection_id": of.id,
        "connection_name": of.name,
        "odoo_order_id": order,
        "external_id": f"odoo_{of.odoo_db}_{order}",
        "number": f"S{order:05d}",
        "attempts": 2,
        "max_attempts": 5,
        "next_retry_at": NOW + 2 * MINUTE if state == "PENDING" else 0,
        "last_error": "503 Service Unavailable",
        "status": state,
        "held_by": "",
        "created_at": NOW - 42 * MINUTE,
        "updated_at": NOW - MINUTE,
    }
    return RetryRow(**(values | changes))  # type: ignore[arg-type]


def order_row(of: Connection, position: int, order: int, state: str, **changes: object) -> OrderRow:
    """An order in a list."""
    values: dict[str, object] = {
        "position": position,
        "connection_id": of.id,
        "connection_name": of.name,
        "odoo_order_id": order,
        "external_id": f"odoo_{of.odoo_db}_{order}",
        "number": f"S{order:05d}",
        "status": state,
        "captured_at": NOW - 3 * MINUTE,
        "updated_at": NOW - MINUTE,
        "delivered_at": NOW - 2 * MINUTE if state == "SUCCESS" else 0,
        "attempts": 1,
        "last_error": "" if state in ("SUCCESS", "PENDING") else "503 Service Unavailable",
    }
    return OrderRow(**(values | changes))  # type: ignore[arg-type]
