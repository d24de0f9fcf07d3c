"""The shapes that scripts rely on. Keys may be added; none of these may go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli import making
from cli.population import BODY, HOSTILE
from cli.running import Ran
from odoo_poller import shapes
from odoo_poller.status import Snapshot


def test_status(run: Callable[..., Ran], database: Path) -> None:
    data = run("status", "--json").data
    assert data["poller"] | {"running": False, "pid": None} == data["poller"]
    assert data["outbox"] | {"pending": 2, "failed": 1} == data["outbox"]
    rows = {row["name"]: row for row in data["connections"]}
    juste = rows["Le Juste"]
    assert juste == juste | {
        "id": "9f3c1a7b2d4e6f82",
        "active": True,
        "last_sync_at": "2026-11-24T03:55:07.320Z",
        "sent_today": 2,
        "retries_pending": 2,
        "failed": 1,
        "last_error": "timeout: no answer within 30 s",
    }
    assert rows["Tienda Ñuñoa"]["active"] is False
    assert rows["Tienda Ñuñoa"]["last_sync_at"] is None


@pytest.mark.parametrize(
    ("running", "minutes", "late"), [(True, 2, False), (True, 4, True), (False, 4, False)]
)
def test_status_says_of_a_connection_that_it_is_not_polled_in_time(
    running: bool, minutes: int, late: bool
) -> None:
    row = making.status(last_sync_at=making.NOW - minutes * 60_000)
    shot = Snapshot(making.poller(running=running), [row], [], making.totals(), making.NOW)
    (shown,) = shapes.status(shot)["connections"]
    assert (shown["state"], shown["late"]) == ("ok", late)


def test_retries_list_has_the_columns_of_retry_queue_without_the_payload(
    run: Callable[..., Ran], database: Path
) -> None:
    row = next(
        row for row in run("retries", "list", "--json").data if row["external_id"] == "odoo_lejuste_44"
    )
    assert row == row | {
        "id": 12,
        "connection_id": "9f3c1a7b2d4e6f82",
        "odoo_order_id": 44,
        "attempts": 1,
        "max_attempts": 1,
        "last_error": "HTTP 422",
        "status": "FAILED",
        "created_at": "2026-11-24T03:49:36.120Z",
        "updated_at": "2026-11-24T03:50:07.320Z",
    }
    assert "next_retry_at" in row
    assert "payload" not in row


def test_orders_show(run: Callable[..., Ran], database: Path) -> None:
    data = run("orders", "show", "odoo_lejuste_42", "--json").data
    assert (data["external_id"], data["status"], data["payload"]) == ("odoo_lejuste_42", "SUCCESS", BODY)
    assert [(event["position"], event["type"]) for event in data["events"]] == [
        (7, "OrderFetched"),
        (8, "PayloadBuilt"),
        (15, "DeliveryAttempted"),
        (17, "DeliveryAttempted"),
    ]
    assert data["events"][0]["at"] == "2026-11-24T03:49:36.120Z"


def test_a_rejected_order_has_no_payload_and_all_its_issues(run: Callable[..., Ran], database: Path) -> None:
    data = run("orders", "show", "S00045", "--json").data
    assert (data["status"], data["payload"]) == ("REJECTED", None)
    assert data["issues"] == [
        {"path": "partner_id", "code": "missing", "message": "the order has no customer"},
        {"path": "order_line.3.price_unit", "code": "not_finite", "message": "is no number"},
    ]


def test_logs_have_the_columns_of_sync_log(run: Callable[..., Ran], database: Path) -> None:
    rows = run("logs", "--json").data
    assert rows[0] == rows[0] | {
        "id": 1,
        "connection_id": "9f3c1a7b2d4e6f82",
        "synced_at": "2026-11-24T03:49:36.120Z",
        "orders_found": 4,
        "orders_sent": 1,
        "orders_failed": 3,
        "error_message": None,
        "duration_ms": 412,
    }
    assert rows[-1]["error_message"] == "Odoo refuses the user or the API key"


def test_events(run: Callable[..., Ran], database: Path) -> None:
    first, *_others = run("events", "--json").data
    assert (first["position"], first["type"]) == (1, "ConnectionAdded")
    assert first["data"]["odoo_url"] == "https://lejuste.odoo.com"


def test_connections_hold_no_secret(run: Callable[..., Ran], database: Path) -> None:
    listed = run("connections", "list", "--json")
    shown = run("connections", "show", "Le Juste", "--json")
    exported = run("connections", "export", "--json")
    assert not any(
        secret in said.out
        for said in (listed, shown, exported)
        for secret in ("key-lejuste", "secret-lejuste")
    )
    assert shown.data["odoo_url"] == "https://lejuste.odoo.com"
    assert shown.data["sync_from"] == "2026-11-24T00:00:00Z"


def test_json_keeps_hostile_text_and_says_it_without_acting(run: Callable[..., Ran], database: Path) -> None:
    said = run("orders", "list", "--json")
    assert said.data[0]["number"] == HOSTILE
    assert not any(sign in said.out for sign in "\x1b\x07\u202e\x9b")


def test_following_writes_one_object_a_line(run: Callable[..., Ran], database: Path) -> None:
    import json

    from cli.making import Terminal, event
    from odoo_poller.events import flow
    from odoo_poller.output import Output

    stream = Terminal()
    flow(
        Output(json=True, stream=stream), [event("ConnectionPaused"), event("OrderFetched", number="\x9bS1")]
    )
    first, second = stream.getvalue().splitlines()
    assert json.loads(first)["type"] == "ConnectionPaused"
    assert "\x9b" not in second
    assert json.loads(second)["data"]["number"] == "\x9bS1"
