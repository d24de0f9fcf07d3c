"""A small warehouse with every state that a screen can show."""

from __future__ import annotations

from collections.abc import Sequence

from odoo_poller_tui.backend import TestStep
from poller_core.model import (
    Activity,
    ConnectionStatus,
    EndpointStatus,
    Hour,
    OrderRow,
    RetryRow,
    SyncLogRow,
)
from tui.rows import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    OLD_HOOK,
    SECOND,
    STOCKMASTER,
    connection,
    order_row,
    retry_row,
    status,
)


def seeded_connections() -> list[ConnectionStatus]:
    """Twelve merchants, in every state."""
    return [
        status(connection(1, "Le Juste Odoo"), sent_today=12, pending=2, retries_pending=1),
        status(connection(2, "Empresa X", active=False), "paused", last_sync_at=NOW - 3 * DAY),
        status(
            connection(3, "Empresa Y"),
            sent_today=3,
            failed=1,
            last_error="422: sku PROD-009 is unknown",
            last_error_at=NOW - HOUR,
        ),
        status(
            connection(4, "Perfumería Ñuñoa SpA"),
            "auth_failed",
            last_sync_at=NOW - 2 * HOUR,
            last_error="Odoo refuses the API key of poller@example.com",
            last_error_at=NOW - 10 * MINUTE,
            failing_since=NOW - 2 * HOUR,
        ),
        status(
            connection(5, "Bodega Sur", webhook_url=OLD_HOOK, endpoint=2),
            "suspended",
            sent_today=41,
            pending=14,
            retries_pending=3,
            last_error="503 Service Unavailable",
            last_error_at=NOW - 42 * MINUTE,
            suspended_since=NOW - 42 * MINUTE,
            next_probe_at=NOW + 3 * MINUTE,
        ),
        status(
            connection(6, "Café Altura"),
            "failing",
            last_sync_at=NOW - 7 * MINUTE,
            last_error="Odoo did not answer within 30 s",
            last_error_at=NOW - 20 * SECOND,
            failing_since=NOW - 7 * MINUTE,
        ),
        status(
            connection(7, "Libros del Sur", created_at=NOW - 20 * SECOND),
            "new",
            last_sync_at=0,
            sent_total=0,
            captured_total=0,
            server_version="",
        ),
        status(
            connection(8, "東京ストア"),
            sent_today=1_204,
            server_version="19.0",
            protocol_used="json2",
            walking=True,
        ),
        status(connection(9, "Deportes Andes"), last_sync_at=NOW - 11 * MINUTE, sent_today=5),
        status(connection(10, "Ferretería Maipú"), sent_today=8, server_version="14.0"),
        status(
            connection(11, "Vinos de Colchagua"),
            sent_today=27,
            rejected=2,
            last_error="customer.name: missing",
            last_error_at=NOW - 4 * HOUR,
        ),
        status(connection(12, "Zapatería Ruiz"), sent_today=0),
    ]


PAYLOAD = (
    '{"event":"order.confirmed","external_id":"odoo_le-juste-odoo_42","source":{"platform":"ODOO","connection_id":'
    '"c0001a1b2c3d4e5f","store_id":"store_1","client_id":"client_1"},"order":{"platform_order_id":"42",'
    '"platform_order_number":"S00042","date_order":"2026-11-24T10:29:58Z","financial_status":"paid","note":null,'
    '"client_order_ref":"REF-CLIENTE-001","amount_total":5990000,"tags":[],"platform_attributes":{"odoo_state":"sale",'
    '"client_order_ref":"REF-CLIENTE-001"}},"customer":{"name":"Juan Pérez","phone":"+56912345678","email":'
    '"juan@example.com","orders_count":5},"shipping_address":{"name":"Juan Pérez","address1":"Av. Providencia 1234",'
    '"address2":"Depto 502","city":"Providencia","province":"Región Metropolitana","zip":"7500000","country":"CL",'
    '"phone":"+56912345678"},"items":[{"sku":"PROD-001","name":"Perfume El Testigo - Edición Limitada","variant_name":'
    '"50ml","quantity":2,"price_cents":2995000}]}'
).encode()


def seeded_retries(rows: Sequence[ConnectionStatus]) -> list[RetryRow]:
    """Some of every status, newest first."""
    by_name = {row.connection.name: row.connection for row in rows}
    sur, juste, y = by_name["Bodega Sur"], by_name["Le Juste Odoo"], by_name["Empresa Y"]
    return [
        retry_row(
            912,
            juste,
            42,
            "PENDING",
            attempts=1,
            last_error="timeout after 30 s",
            next_retry_at=NOW + 25 * SECOND,
        ),
        retry_row(907, sur, 1207, "PENDING", held_by="endpoint"),
        retry_row(906, sur, 1206, "PENDING", held_by="endpoint"),
        retry_row(905, sur, 1205, "PENDING", held_by="endpoint", attempts=3),
        retry_row(
            871, y, 318, "FAILED", attempts=5, last_error="422: sku PROD-009 is unknown", created_at=NOW - DAY
        ),
        retry_row(
            640, juste, 17, "SUCCESS", attempts=2, last_error="502 Bad Gateway", created_at=NOW - 3 * DAY
        ),
        retry_row(
            512, y, 201, "DISCARDED", attempts=5, last_error="409: already picked", created_at=NOW - 5 * DAY
        ),
    ]


def seeded_log(rows: Sequence[ConnectionStatus]) -> list[SyncLogRow]:
    """The last cycles of all, newest first."""
    log = []
    for place in range(600):
        row = rows[place % len(rows)]
        bad = row.state in ("auth_failed", "failing")
        found = 0 if bad else (3, 0, 0, 1, 0)[place % 5]
        log.append(
            SyncLogRow(
                id=5000 - place,
                connection_id=row.connection.id,
                connection_name=row.connection.name,
                synced_at=NOW - (5 + place * 7) * SECOND,
                orders_found=found,
                orders_sent=found,
                orders_failed=0,
                error_message=row.last_error if bad else "",
                duration_ms=180 + place * 13 % 900,
            )
        )
    return log


def seeded_activity(rows: Sequence[ConnectionStatus]) -> list[Activity]:
    """What happened last, newest first."""
    c = {row.connection.name: row.connection for row in rows}

    def happened(position: int, ago: int, name: str, kind: str, **more: object) -> Activity:
        of = c[name]
        return Activity(
            position=position, at=NOW - ago, connection_id=of.id, connection_name=of.name, kind=kind, **more
        )  # type: ignore[arg-type]

    return [
        happened(9120, 0, "Le Juste Odoo", "delivered", count=3),
        happened(9118, 12 * SECOND, "Café Altura", "PollFailed", detail="Odoo did not answer within 30 s"),
        happened(
            9117,
            63 * SECOND,
            "Empresa Y",
            "delivered",
            count=1,
            order_number="S00331",
            external_id="odoo_empresa-y_331",
        ),
        happened(9115, 90 * SECOND, "Café Altura", "recovered"),
        happened(
            9112,
            165 * SECOND,
            "Le Juste Odoo",
            "failed",
            count=1,
            order_number="S00042",
            external_id="odoo_le-juste-odoo_42",
            detail="timeout after 30 s",
        ),
        happened(9101, 9 * MINUTE, "Vinos de Colchagua", "captured", count=27),
        happened(
            9099, 15 * MINUTE, "Vinos de Colchagua", "OrderRejected", count=2, detail="customer.name: missing"
        ),
        happened(9020, 42 * MINUTE, "Bodega Sur", "EndpointSuspended", detail="503 Service Unavailable"),
        happened(8800, 2 * HOUR, "Perfumería Ñuñoa SpA", "PollFailed", detail="Odoo refuses the API key"),
        happened(8700, 5 * HOUR, "Deportes Andes", "ConnectionChanged"),
        happened(8600, 26 * HOUR, "Empresa X", "ConnectionPaused"),
    ]


def seeded_hours() -> list[Hour]:
    """A working day."""
    delivered = (2, 0, 0, 0, 1, 3, 12, 30, 55, 61, 80, 74, 52, 66, 71, 48, 30, 22, 12, 9, 40, 66, 90, 31)
    failed = (0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 5, 1)
    start = NOW - NOW % HOUR - 23 * HOUR
    return [
        Hour(start + place * HOUR, sent, failed[place], sent)
        for place, sent in enumerate(delivered)
        if sent or failed[place]
    ]


def seeded_orders(rows: Sequence[ConnectionStatus], retries: Sequence[RetryRow]) -> list[OrderRow]:
    """The retries' orders, one rejected, and 450 that went out; newest first."""
    found = []
    for row in retries:
        of = next(s.connection for s in rows if s.connection.id == row.connection_id)
        found.append(
            order_row(
                of,
                row.id,
                row.odoo_order_id,
                row.status,
                captured_at=row.created_at,
                attempts=row.attempts,
                last_error=row.last_error,
            )
        )
    wine = next(s.connection for s in rows if s.connection.name == "Vinos de Colchagua")
    found.append(order_row(wine, 899, 77, "REJECTED", last_error="customer.name: missing", attempts=0))
    for place in range(450):
        of = rows[place % len(rows)].connection
        at = NOW - (5 + place * 3) * MINUTE
        found.append(
            order_row(of, 500 - place, 5000 - place, "SUCCESS", captured_at=at, delivered_at=at + 2400)
        )
    return sorted(found, key=lambda row: -row.position)


def seeded_endpoints() -> list[EndpointStatus]:
    """One in order, one that is down."""
    return [
        EndpointStatus(
            number=1,
            url=STOCKMASTER,
            connections=11,
            state="ok",
            pending=2,
            last_delivered_at=NOW - 5 * SECOND,
        ),
        EndpointStatus(
            number=2,
            url=OLD_HOOK,
            connections=1,
            state="suspended",
            pending=14,
            streak=9,
            suspended_since=NOW - 42 * MINUTE,
            next_probe_at=NOW + 3 * MINUTE,
            probes=6,
            last_delivered_at=NOW - 43 * MINUTE,
            last_error="503 Service Unavailable",
        ),
    ]


def seeded_steps() -> list[TestStep]:
    """A test whose last step fails."""
    return [
        TestStep("address", True, "https://le-juste-odoo.odoo.com", 0.4),
        TestStep("tls", True, "TLS 1.3", 48),
        TestStep("version", True, "Odoo 17.0, JSON-RPC", 122),
        TestStep("authenticate", True, "user id 7", 160),
        TestStep("read", True, "all fields are there", 210),
        TestStep("webhook", False, "401 Unauthorized: the receiver doesn't know this secret", 95),
    ]
