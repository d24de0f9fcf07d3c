"""The life of one order, up to its second attempt or to its rejection."""

from __future__ import annotations

from poller_core.model import (
    LoggedEvent,
    OrderRow,
)
from tui.rows import MINUTE, NOW


def life_of(row: OrderRow) -> tuple[LoggedEvent, ...]:
    """Its events, oldest first."""

    def event(back: int, kind: str, **data: object) -> LoggedEvent:
        return LoggedEvent(
            position=row.position - back,
            at=NOW - back * MINUTE,
            type=kind,
            connection_id=row.connection_id,
            connection_name=row.connection_name,
            odoo_order_id=row.odoo_order_id,
            version=10 - back,
            data=data,
        )

    fetched = event(5, "OrderFetched", number=row.number, state="sale", write_date="2026-11-24 10:24:58")
    if row.status == "REJECTED":
        return (
            fetched,
            event(
                4,
                "OrderRejected",
                issues=[
                    ["customer.name", "missing", "the customer has no name"],
                    ["items[0].quantity", "negative", "-2 is below 0"],
                ],
            ),
        )
    return (
        fetched,
        event(4, "PayloadBuilt", webhook_id="2b1c5a6e-0f4d-5c3b-9a7e-6d5f4e3c2b1a", size=1042),
        event(
            3,
            "DeliveryAttempted",
            outcome="endpoint",
            attempt=1,
            status_code=503,
            duration_ms=812,
            error="503 Service Unavailable",
        ),
        event(2, "DeliveryRequeued", reason="the receiver is back", by="tui"),
        event(
            1,
            "DeliveryAttempted",
            outcome="endpoint",
            attempt=2,
            duration_ms=30_000,
            error="timeout after 30 s",
        ),
    )
