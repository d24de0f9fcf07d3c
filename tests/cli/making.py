"""Values as the read side returns them, made by hand, and a terminal to draw them on."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import msgspec

from odoo_poller.output import Output
from poller_core.model import (
    Connection,
    ConnectionStatus,
    EndpointStatus,
    LoggedEvent,
    OrderDetail,
    OrderRow,
    OutboxTotals,
    PollerStatus,
    RetryRow,
    SyncLogRow,
)

NOW = int(datetime(2026, 11, 24, 3, 59, 36, 120_000, tzinfo=UTC).timestamp() * 1000)
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


def connection(name: str = "Le Juste", **values: Any) -> Connection:
    made = Connection(
        number=1,
        id="9f3c1a7b2d4e6f80",
        name=name,
        odoo_url="https://lejuste.odoo.com",
        odoo_db="lejuste",
        odoo_username="bot@lejuste.cl",
        webhook_url="https://stockmaster.notorios.cl/api/webhooks/odoo",
        endpoint=1,
        store_id="store_1",
        client_id="client_1",
        polling_interval_seconds=60,
        sync_from="2026-11-01 00:00:00",
        protocol="auto",
        min_interval_ms=-1,
        overlap_seconds=-1,
        max_attempts=5,
        ca_file="",
        active=True,
        created_at=NOW - 23 * 24 * HOUR,
        updated_at=NOW - HOUR,
    )
    return msgspec.structs.replace(made, **values)


def status(name: str = "Le Juste", **values: Any) -> ConnectionStatus:
    configured = values.pop("connection", None) or connection(name, active=values.get("state") != "paused")
    return ConnectionStatus(
        **{"connection": configured, "state": "ok", "last_sync_at": NOW - 12 * SECOND, **values}
    )


def poller(**values: Any) -> PollerStatus:
    return PollerStatus(
        **{"running": True, "pid": 4121, "started_at": NOW - 3 * HOUR, "heartbeat_at": NOW, **values}
    )


def totals(**values: Any) -> OutboxTotals:
    return OutboxTotals(
        **{"pending": 0, "failed": 0, "retries_pending": 0, "sent_today": 46, "rejected": 0, **values}
    )


def endpoint(**values: Any) -> EndpointStatus:
    url = "https://stockmaster.notorios.cl/api/webhooks/odoo"
    return EndpointStatus(**{"number": 1, "url": url, "connections": 2, "state": "ok", **values})


def cycle(**values: Any) -> SyncLogRow:
    return SyncLogRow(
        **{
            "id": 1,
            "connection_id": "9f3c1a7b2d4e6f80",
            "connection_name": "Le Juste",
            "synced_at": NOW - 12 * SECOND,
            "orders_found": 3,
            "orders_sent": 3,
            "orders_failed": 0,
            "error_message": "",
            "duration_ms": 412,
            **values,
        }
    )


def retry(**values: Any) -> RetryRow:
    return RetryRow(
        **{
            "id": 1042,
            "connection_id": "9f3c1a7b2d4e6f80",
            "connection_name": "Le Juste",
            "odoo_order_id": 42,
            "external_id": "odoo_lejuste_42",
            "number": "S00042",
            "attempts": 2,
            "max_attempts": 5,
            "next_retry_at": NOW + 40 * SECOND,
            "last_error": "503 Service Unavailable",
            "status": "PENDING",
            "held_by": "",
            "created_at": NOW - 5 * MINUTE,
            "updated_at": NOW - MINUTE,
            **values,
        }
    )


def order(**values: Any) -> OrderRow:
    return OrderRow(
        **{
            "position": 7,
            "connection_id": "9f3c1a7b2d4e6f80",
            "connection_name": "Le Juste",
            "odoo_order_id": 42,
            "external_id": "odoo_lejuste_42",
            "number": "S00042",
            "status": "SUCCESS",
            "captured_at": NOW - 3 * MINUTE,
            "updated_at": NOW - 2 * MINUTE,
            "delivered_at": NOW - 2 * MINUTE,
            "attempts": 2,
            "last_error": "",
            **values,
        }
    )


def event(kind: str, position: int = 7, at: int = NOW, **data: object) -> LoggedEvent:
    return LoggedEvent(
        position=position,
        at=at,
        type=kind,
        connection_id="9f3c1a7b2d4e6f80",
        connection_name="Le Juste",
        odoo_order_id=42,
        version=1,
        data=data,
    )


def detail(**values: Any) -> OrderDetail:
    return OrderDetail(
        **{
            "order": order(),
            "webhook_id": "0d5c9c5e-5a0f-5b06-9b8e-0a4a4f2f6a11",
            "issues": (),
            "events": (
                event("OrderFetched", 5, NOW - 180_000, number="S00042", write_date="2026-11-24 03:56:30", state="sale"),
                event("PayloadBuilt", 6, NOW - 180_000, webhook_id="0d5c9c5e", digest="ab", size=1840, number="S00042"),
                event(
                    "DeliveryAttempted", 7, NOW - 179_880, outcome="endpoint", status="PENDING", endpoint=1, attempt=1,
                    status_code=503, error="Service Unavailable", duration_ms=120, next_at=NOW - 149_880,
                ),
                event(
                    "DeliveryAttempted", 9, NOW - 149_700, outcome="delivered", status="SUCCESS", endpoint=1, attempt=2,
                    status_code=200, duration_ms=88,
                ),
            ),
            "payload": b'{"event":"order.confirmed"}',
            "next_retry_at": 0,
            "held_by": "",
            **values,
        }
    )  # fmt: skip


class Terminal(io.StringIO):
    """A stream that says it is a terminal, or not."""

    encoding = "utf-8"  # type: ignore[assignment]

    def __init__(self, *, tty: bool = False) -> None:
        super().__init__()
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


def drawn(
    draw: Any, *args: Any, width: int | None = None, color: str = "never", json: bool = False, **values: Any
) -> str:
    """What a drawing function prints on a terminal ``width`` columns wide (None: into a pipe)."""
    stream = Terminal()
    out = Output(json=json, color=color, stream=stream)
    out.width = width
    draw(out, *args, **values)
    return stream.getvalue()
