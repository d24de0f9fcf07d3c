"""A backend made by hand: a small warehouse with every state a screen can show, the same at every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from odoo_poller_tui.backend import Backend, Draft, TestStep
from poller_core.errors import BadInput, NotFound, PollerError
from poller_core.model import (
    Activity,
    Connection,
    ConnectionStatus,
    EndpointStatus,
    Hour,
    LoggedEvent,
    OrderDetail,
    OrderRow,
    OutboxTotals,
    PollerStatus,
    PollReport,
    RetryRow,
    SyncLogRow,
)

NOW = int(datetime(2026, 11, 24, 10, 30, 15, tzinfo=UTC).timestamp() * 1000)
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
STOCKMASTER = "https://stockmaster.notorios.cl/api/webhooks/odoo"
OLD_HOOK = "https://picking.bodega-sur.example/hooks/odoo"
SECRET = "5f0c2a52-6c1e-4d0f-9d4e-1f2a3b4c5d6e"


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


@dataclass
class FakeBackend:
    """``Reads``, ``Writes`` and ``Runs`` in one, over lists that a test may change; ``calls`` tells what was asked of it."""

    statuses: list[ConnectionStatus] = field(default_factory=seeded_connections)
    is_running: bool = True
    owned: bool = False
    version: int = 1
    calls: list[tuple[object, ...]] = field(default_factory=list)
    failure: PollerError | None = None
    steps: list[TestStep] = field(
        default_factory=lambda: [
            TestStep("address", True, "https://le-juste-odoo.odoo.com", 0.4),
            TestStep("tls", True, "TLS 1.3", 48),
            TestStep("version", True, "Odoo 17.0, JSON-RPC", 122),
            TestStep("authenticate", True, "user id 7", 160),
            TestStep("read", True, "all fields are there", 210),
            TestStep("webhook", False, "401 Unauthorized: the receiver doesn't know this secret", 95),
        ]
    )
    left_out_count: int = 0
    payload: bytes | None = PAYLOAD

    def __post_init__(self) -> None:
        self.retry_rows = seeded_retries(self.statuses) if len(self.statuses) == 12 else []
        self.log = seeded_log(self.statuses) if self.statuses else []
        self.happened = seeded_activity(self.statuses) if len(self.statuses) == 12 else []
        self.order_rows = seeded_orders(self.statuses, self.retry_rows) if len(self.statuses) == 12 else []
        self.hour_rows = seeded_hours()
        self.endpoint_rows = [
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

    def backend(self) -> Backend:
        """What the application takes."""
        return Backend(lambda: self, lambda: self, self, "data/poller.db", STOCKMASTER)

    def changed(self) -> None:
        """As after a commit."""
        self.version += 1

    # Reads

    def data_version(self) -> int:
        self._fail()
        return self.version

    def poller(self) -> PollerStatus:
        if not self.is_running:
            return PollerStatus(running=False)
        return PollerStatus(
            running=True, pid=4321, started_at=NOW - 3 * DAY, heartbeat_at=NOW - 2 * SECOND, version="0.1.0"
        )

    def totals(self, day_start: int) -> OutboxTotals:
        return OutboxTotals(
            pending=sum(s.pending for s in self.statuses),
            failed=sum(s.failed for s in self.statuses),
            retries_pending=sum(s.retries_pending for s in self.statuses),
            sent_today=sum(s.sent_today for s in self.statuses),
            rejected=sum(s.rejected for s in self.statuses),
        )

    def connections(self, day_start: int) -> Sequence[ConnectionStatus]:
        self._fail()
        return list(self.statuses)

    def connection(self, name_or_id: str) -> ConnectionStatus:
        for row in self.statuses:
            if name_or_id in (row.connection.id, row.connection.name):
                return row
        raise NotFound(f"no connection is called {name_or_id}")

    def endpoints(self) -> Sequence[EndpointStatus]:
        return self.endpoint_rows

    def hours(self, since: int, connection_id: str | None = None) -> Sequence[Hour]:
        return self.hour_rows

    def activity(self, limit: int = 50) -> Sequence[Activity]:
        return self.happened[:limit]

    def sync_log(
        self,
        connection_id: str | None = None,
        *,
        limit: int = 100,
        before_id: int | None = None,
        errors_only: bool = False,
    ) -> Sequence[SyncLogRow]:
        rows = [
            row
            for row in self.log
            if (connection_id is None or row.connection_id == connection_id)
            and (before_id is None or row.id < before_id)
            and (not errors_only or row.error_message)
        ]
        return rows[:limit]

    def retries(
        self,
        connection_id: str | None = None,
        status: Sequence[str] | None = None,
        *,
        limit: int = 200,
        after: int | None = None,
    ) -> Sequence[RetryRow]:
        self._fail()
        rows = [
            row
            for row in self.retry_rows
            if (connection_id is None or row.connection_id == connection_id)
            and (status is None or row.status in status)
            and (after is None or row.id < after)
        ]
        return rows[:limit]

    def orders(
        self,
        query: str | None = None,
        connection_id: str | None = None,
        status: str | None = None,
        *,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[OrderRow]:
        rows = [
            row
            for row in self.order_rows
            if (
                query is None
                or row.number.startswith(query)
                or row.external_id.startswith(query)
                or (query == "REF-CLIENTE-001" and row.number == "S00042")
            )
            and (connection_id is None or row.connection_id == connection_id)
            and (status is None or row.status == status)
            and (before is None or row.position < before)
        ]
        return rows[:limit]

    def order(self, external_id: str, connection_id: str | None = None) -> OrderDetail:
        row = next((row for row in self.order_rows if row.external_id == external_id), None)
        if row is None:
            raise NotFound(f"no order is called {external_id}")
        rejected = row.status == "REJECTED"
        return OrderDetail(
            order=row,
            webhook_id="" if rejected else "2b1c5a6e-0f4d-5c3b-9a7e-6d5f4e3c2b1a",
            issues=(
                ("customer.name", "missing", "the customer has no name"),
                ("items[0].quantity", "negative", "-2 is below 0"),
            )
            if rejected
            else (),
            events=self._life(row),
            payload=None if rejected else self.payload,
            next_retry_at=NOW + 25 * SECOND if row.status == "PENDING" else 0,
            held_by="",
        )

    def _life(self, row: OrderRow) -> tuple[LoggedEvent, ...]:
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

    # Writes

    def validate(self, field: str, value: str) -> str | None:
        match field:
            case "name" | "odoo_url" | "odoo_db" | "odoo_username" | "api_key" | "store_id" | "client_id" if (
                not value
            ):
                return "is needed"
            case "odoo_url" | "webhook_url" if not value.startswith("https://"):
                return "must begin with https://"
            case "polling_interval_seconds" if not value.isdecimal() or int(value) < 1:
                return "must be a whole number of seconds, at least 1"
            case "name" if any(value == s.connection.name for s in self.statuses):
                return f"another connection is called {value}"
        return None

    def add(self, draft: Draft) -> str:
        self._fail()
        self.calls.append(("add", dict(draft.values)))
        new = connection(len(self.statuses) + 1, draft.values["name"], odoo_url=draft.values["odoo_url"])
        self.statuses.append(status(new, "new", last_sync_at=0))
        self.changed()
        return new.id

    def edit(self, connection_id: str, changes: Mapping[str, object]) -> None:
        self._fail()
        self.calls.append(("edit", connection_id, dict(changes)))
        if "odoo_url" in changes and "api_key" not in changes:
            raise BadInput("give the API key again", field="api_key")
        self.changed()

    def remove(self, connection_id: str, *, discard: bool = False) -> None:
        self._fail()
        self.calls.append(("remove", connection_id, discard))
        self.statuses = [s for s in self.statuses if s.connection.id != connection_id]
        self.changed()

    def pause(self, connection_id: str) -> None:
        self._activate(connection_id, False, "paused")

    def resume(self, connection_id: str) -> None:
        self._activate(connection_id, True, "ok")

    def _activate(self, connection_id: str, active: bool, state: str) -> None:
        self._fail()
        self.calls.append(("resume" if active else "pause", connection_id))
        self.statuses = [
            msgspec.structs.replace(
                s, state=state, connection=msgspec.structs.replace(s.connection, active=active)
            )
            if s.connection.id == connection_id
            else s
            for s in self.statuses
        ]
        self.changed()

    def retry(self, rows: Sequence[int]) -> int:
        self._fail()
        self.calls.append(("retry", tuple(rows)))
        return len(rows)

    def discard(self, rows: Sequence[int], reason: str) -> int:
        self._fail()
        self.calls.append(("discard", tuple(rows), reason))
        self.retry_rows = [
            msgspec.structs.replace(r, status="DISCARDED") if r.id in rows else r for r in self.retry_rows
        ]
        self.changed()
        return len(rows)

    # Runs

    def test(self, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
        self.calls.append(("test", connection_id))
        for step in self.steps:
            on_step(step)
        self._fail()

    def test_draft(self, draft: Draft, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
        self.calls.append(("test_draft", dict(draft.values), connection_id))
        for step in self.steps:
            on_step(step)
        self._fail()

    def left_out(self, connection_id: str) -> int:
        self.calls.append(("left_out", connection_id))
        return self.left_out_count

    def poll(self, connection_ids: Sequence[str]) -> Sequence[PollReport]:
        self._fail()
        self.calls.append(("poll", tuple(connection_ids)))
        return [
            PollReport(
                connection_id=c, name=self.connection(c).connection.name, orders_found=3, orders_sent=2
            )
            for c in connection_ids
        ]

    def start(self, where: str) -> None:
        self._fail()
        self.calls.append(("start", where))
        self.is_running, self.owned = True, where == "window"

    def stop(self) -> None:
        self._fail()
        self.calls.append(("stop",))
        self.is_running = self.owned = False

    def owns_poller(self) -> bool:
        return self.owned

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
