"""The JSON that scripts rely on: one function a shape, keys as ``design`` names them, times in UTC, null for "none".

Keys may be added; none is renamed or taken away.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from odoo_poller.times import iso
from poller_core.model import (
    Connection,
    ConnectionStatus,
    DeliverReport,
    EndpointStatus,
    LoggedEvent,
    OrderDetail,
    OrderRow,
    PollerStatus,
    PollReport,
    RetryRow,
    SyncLogRow,
)

if TYPE_CHECKING:
    from odoo_poller.status import Snapshot
    from poller_core.loops.reconcile import ReconcileReport
    from poller_core.reports import RestoreReport, TestReport

Shape = dict[str, Any]


def poller(status: PollerStatus) -> Shape:
    """Whether a poller runs; ``pid`` is null where none does."""
    return {
        "running": status.running,
        "pid": status.pid or None,
        "started_at": iso(status.started_at),
        "heartbeat_at": iso(status.heartbeat_at),
        "version": status.version or None,
    }


def connection_status(row: ConnectionStatus) -> Shape:
    """One connection in ``status`` and in ``connections list``."""
    return {
        "id": row.connection.id,
        "name": row.connection.name,
        "active": row.connection.active,
        "state": row.state,
        "last_sync_at": iso(row.last_sync_at),
        "sent_today": row.sent_today,
        "sent_total": row.sent_total,
        "captured_total": row.captured_total,
        "pending": row.pending,
        "retries_pending": row.retries_pending,
        "failed": row.failed,
        "rejected": row.rejected,
        "last_error": row.last_error or None,
        "last_error_at": iso(row.last_error_at),
        "failing_since": iso(row.failing_since),
        "suspended_since": iso(row.suspended_since),
        "next_probe_at": iso(row.next_probe_at),
    }


def status(shot: Snapshot) -> Shape:
    """``status --json``. ``late``: not polled in time, although a poller runs."""
    return {
        "poller": poller(shot.poller),
        "connections": [{**connection_status(row), "late": shot.late(row)} for row in shot.connections],
        "outbox": {
            "pending": shot.totals.pending,
            "failed": shot.totals.failed,
            "retries_pending": shot.totals.retries_pending,
            "sent_today": shot.totals.sent_today,
            "rejected": shot.totals.rejected,
        },
        "endpoints": [endpoint(row) for row in shot.endpoints],
    }


def endpoint(row: EndpointStatus) -> Shape:
    """One webhook URL."""
    return {
        "url": row.url,
        "state": row.state,
        "connections": row.connections,
        "pending": row.pending,
        "suspended_since": iso(row.suspended_since),
        "next_probe_at": iso(row.next_probe_at),
        "last_delivered_at": iso(row.last_delivered_at),
        "last_error": row.last_error or None,
    }


def connection(row: Connection) -> Shape:
    """A connection as configured. No secret is in it."""
    return {
        "id": row.id,
        "name": row.name,
        "active": row.active,
        "odoo_url": row.odoo_url,
        "odoo_db": row.odoo_db,
        "odoo_username": row.odoo_username,
        "store_id": row.store_id,
        "client_id": row.client_id,
        "webhook_url": row.webhook_url,
        "polling_interval_seconds": row.polling_interval_seconds,
        "sync_from": _odoo_iso(row.sync_from) or "all",
        "protocol": row.protocol,
        "min_interval_ms": row.min_interval_ms if row.min_interval_ms >= 0 else None,
        "overlap_seconds": row.overlap_seconds if row.overlap_seconds >= 0 else None,
        "max_attempts": row.max_attempts,
        "ca_file": row.ca_file or None,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def connection_shown(row: ConnectionStatus) -> Shape:
    """``connections show --json``: what is configured and how it does."""
    return {
        **connection(row.connection),
        **connection_status(row),
        "last_sync_order_id": row.last_sync_order_id or None,
        "server_version": row.server_version or None,
        "protocol_used": row.protocol_used or None,
        "reconciled_at": iso(row.reconciled_at),
    }


def cycle(row: SyncLogRow) -> Shape:
    """A row of sync_log."""
    return {
        "id": row.id,
        "connection_id": row.connection_id,
        "connection_name": row.connection_name,
        "synced_at": iso(row.synced_at),
        "orders_found": row.orders_found,
        "orders_sent": row.orders_sent,
        "orders_failed": row.orders_failed,
        "error_message": row.error_message or None,
        "duration_ms": row.duration_ms,
    }


def retry(row: RetryRow) -> Shape:
    """A row of retry_queue, without the payload."""
    return {
        "id": row.id,
        "connection_id": row.connection_id,
        "connection_name": row.connection_name,
        "odoo_order_id": row.odoo_order_id,
        "external_id": row.external_id,
        "number": row.number,
        "attempts": row.attempts,
        "max_attempts": row.max_attempts,
        "next_retry_at": iso(row.next_retry_at),
        "last_error": row.last_error or None,
        "status": row.status,
        "held_by": row.held_by or None,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def order(row: OrderRow) -> Shape:
    """An order in a list."""
    return {
        "external_id": row.external_id,
        "number": row.number,
        "odoo_order_id": row.odoo_order_id,
        "connection_id": row.connection_id,
        "connection_name": row.connection_name,
        "status": row.status,
        "captured_at": iso(row.captured_at),
        "updated_at": iso(row.updated_at),
        "delivered_at": iso(row.delivered_at),
        "attempts": row.attempts,
        "last_error": row.last_error or None,
        "position": row.position,
    }


def event(row: LoggedEvent) -> Shape:
    """An event; its own fields lie under ``data``."""
    return {
        "position": row.position,
        "type": row.type,
        "at": iso(row.at),
        "connection_id": row.connection_id or None,
        "connection_name": row.connection_name or None,
        "odoo_order_id": row.odoo_order_id or None,
        "order_number": row.order_number or None,
        "version": row.version,
        "data": row.data,
    }


def payload(detail: OrderDetail) -> Any:
    """Return the body as JSON; None where it is erased or was never built."""
    return json.loads(detail.payload) if detail.payload is not None else None


def order_detail(detail: OrderDetail) -> Shape:
    """``orders show --json``: ``payload`` is the body as sent, as JSON; null where erased or never built."""
    return {
        **order(detail.order),
        "webhook_id": detail.webhook_id or None,
        "next_retry_at": iso(detail.next_retry_at),
        "held_by": detail.held_by or None,
        "issues": [{"path": path, "code": code, "message": text} for path, code, text in detail.issues],
        "payload": payload(detail),
        "events": [event(row) for row in detail.events],
    }


def poll(report: PollReport) -> Shape:
    """One connection in ``poll --json``."""
    return {
        "connection_id": report.connection_id,
        "name": report.name,
        "orders_found": report.orders_found,
        "orders_sent": report.orders_sent,
        "orders_failed": report.orders_failed,
        "error": report.error,
        "duration_ms": report.duration_ms,
        "rejected": report.rejected,
        "left_out": report.left_out,
    }


def reconciled(report: ReconcileReport) -> Shape:
    """``reconcile --json``; ids are Odoo's."""
    return {
        "connection_id": report.connection_id,
        "name": report.name,
        "since": _odoo_iso(report.since),
        "in_odoo": report.in_odoo,
        "captured": report.captured,
        "delivered": report.delivered,
        "undelivered": list(report.undelivered),
        "rejected": list(report.rejected),
        "missing": [
            {
                "odoo_order_id": order.odoo_order_id,
                "number": order.number,
                "write_date": _odoo_iso(order.write_date),
            }
            for order in report.missing
        ],
        "left_out": report.left_out,
        "fixed": report.fixed,
        "complete": len(report.missing) <= report.fixed,
    }


def _odoo_iso(text: str) -> str | None:
    """Odoo's naive UTC text as JSON has times; None for none."""
    return text.replace(" ", "T") + "Z" if text else None


def tested(report: TestReport) -> Shape:
    """``connections test --json``: each step, and what was found out; ``ok`` if all steps were."""
    return {
        "ok": report.ok,
        "steps": [
            {
                "name": step.name,
                "ok": step.ok,
                "detail": str(step.detail),
                "elapsed_ms": step.elapsed_ms,
                "remedy": str(step.remedy) or None,
            }
            for step in report.steps
        ],
        "server_version": report.server_version or None,
        "protocol": report.protocol or None,
        "missing_fields": list(report.missing_fields),
        "key_expires_at": iso(report.key_expires_at),
        "webhook_status": report.webhook_status or None,
    }


def restored(report: RestoreReport) -> Shape:
    """``db restore --json``; ``kept`` is where the replaced database lies."""
    return {
        "path": report.path,
        "kept": report.kept or None,
        "events": report.events,
        "last_event_at": iso(report.last_event_at),
        "duration_ms": report.duration_ms,
    }


def deliver(report: DeliverReport) -> Shape:
    """``deliver --json``."""
    return {
        "attempted": report.attempted,
        "delivered": report.delivered,
        "failed": report.failed,
        "waiting": report.waiting,
        "held": report.held,
    }
