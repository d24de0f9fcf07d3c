"""From a real Odoo to a webhook, through the program as its user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from process_support import Program, Sink, receiver
from real_odoo_support import Access, Seeder

pytestmark = pytest.mark.real_odoo
BOTH = pytest.mark.parametrize("version", [14, 19])


@pytest.fixture
def sink() -> Iterator[Sink]:
    with receiver() as found:
        yield found


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def add(program: Program, access: Access, hook: str, name: str = "A", **more: str) -> str:
    return program.add(
        name,
        url=access.url,
        db=access.db,
        username=access.username,
        api_key=access.api_key,
        hook=hook,
        **more,
    )


def confirmed(seeder: Seeder, count: int) -> list[str]:
    """Confirm so many new orders in one transaction; their numbers."""
    partner = seeder.partner(
        "Juan Pérez Ñuñoa", street="Av. Providencia 1234", city="Providencia", zip="7500000"
    )
    product = seeder.product("Perfume", sku="PROD-001", price=29950.0)
    line = {"product_id": product, "product_uom_qty": 2, "price_unit": 29950.0}
    ids = seeder.draft_orders(count, partner, [line])
    seeder.confirm(ids)
    found = seeder.call("sale.order", "read", ids, ["name"])
    return sorted(row["name"] for row in found)


@BOTH
def test_every_confirmed_order_arrives_once_and_a_second_poll_sends_nothing(
    version: int, real_odoo: Callable[[int], Access], program: Program, sink: Sink
) -> None:
    access = real_odoo(version)
    seeder = Seeder(access)
    add(program, access, sink.url)
    assert program.json("poll")[0]["orders_found"] == 0
    numbers = confirmed(seeder, 150)
    (report,) = program.json("poll")
    assert (report["orders_found"], report["orders_sent"], report["orders_failed"]) == (150, 150, 0)
    assert sink.numbers == numbers
    assert len({ident for ident, _ in sink.got}) == 150
    (again,) = program.json("poll")
    assert (again["orders_found"], again["orders_sent"]) == (0, 0)
    assert len(sink.got) == 150
    seeder.close()


@BOTH
def test_the_payload_is_the_specified_one(
    version: int, real_odoo: Callable[[int], Access], program: Program, sink: Sink
) -> None:
    access = real_odoo(version)
    seeder = Seeder(access)
    ident = add(program, access, sink.url)
    program.json("poll")
    (number,) = confirmed(seeder, 1)
    program.json("poll")
    payload = json.loads(sink.got[0][1])
    assert list(payload) == [
        "event",
        "external_id",
        "source",
        "order",
        "customer",
        "shipping_address",
        "items",
    ]
    assert payload["event"] == "order.confirmed"
    assert payload["external_id"] == f"odoo_{access.db}_{payload['order']['platform_order_id']}"
    assert payload["source"] == {
        "platform": "ODOO",
        "connection_id": ident,
        "store_id": "store_1",
        "client_id": "client_1",
    }
    assert payload["order"]["platform_order_number"] == number
    assert payload["order"]["financial_status"] == "paid"
    assert payload["customer"]["orders_count"] == 1
    assert payload["shipping_address"]["address1"] == "Av. Providencia 1234"
    (item,) = payload["items"]
    assert (item["sku"], item["quantity"], item["price_cents"]) == ("PROD-001", 2, 2995000)
    assert sink.headers[0]["X-Odoo-Connection-Id"] == ident
    seeder.close()


def test_both_protocols_of_19_give_the_same_payloads(
    real_odoo: Callable[[int], Access], program: Program, sink: Sink
) -> None:
    access = real_odoo(19)
    seeder = Seeder(access)
    add(program, access, sink.url, "rpc", protocol="jsonrpc")
    add(program, access, sink.url, "json2", protocol="json2")
    program.json("poll")
    confirmed(seeder, 20)
    reports = program.json("poll")
    assert [report["orders_sent"] for report in reports] == [20, 20]
    bodies: dict[str, list[dict[str, object]]] = {}
    for ident, body in sink.got:
        payload = json.loads(body)
        del payload["source"]["connection_id"]
        bodies.setdefault(ident, []).append(payload)
    assert all(len(pair) == 2 and pair[0] == pair[1] for pair in bodies.values())
    seeder.close()


@BOTH
def test_a_transaction_that_commits_late_is_not_lost(
    version: int, real_odoo: Callable[[int], Access], program: Program, sink: Sink
) -> None:
    access = real_odoo(version)
    seeder = Seeder(access)
    add(program, access, sink.url)
    program.json("poll")
    partner = seeder.partner("Tarde")
    product = seeder.product("Lento", sku="L-1", price=1.0)
    late = seeder.draft_orders(5, partner, [{"product_id": product, "product_uom_qty": 1, "price_unit": 1.0}])
    with seeder.late_commit(late):
        early = confirmed(seeder, 1)
        program.json("poll")
        assert sink.numbers == early
    (report,) = program.json("poll")
    assert report["orders_sent"] == 5
    assert len(sink.got) == 6
    seeder.close()


@BOTH
def test_the_daemon_delivers_what_is_confirmed_while_it_runs(
    version: int, real_odoo: Callable[[int], Access], program: Program, sink: Sink
) -> None:
    access = real_odoo(version)
    seeder = Seeder(access)
    add(program, access, sink.url, polling_interval="1")
    sink.answer = lambda number: 503 if number == 0 else 204
    with program.running():
        numbers = confirmed(seeder, 3)
        sink.wait_for(4)
        assert program.json("status")["poller"]["running"] is True
    assert sorted(set(sink.numbers)) == numbers
    assert len({ident for ident, _ in sink.got}) == 3
    assert len({(ident, body) for ident, body in sink.got}) == 3
    seeder.close()


@BOTH
def test_reconcile_proves_that_everything_was_captured_and_delivered(
    version: int, real_odoo: Callable[[int], Access], program: Program, sink: Sink
) -> None:
    access = real_odoo(version)
    seeder = Seeder(access)
    add(program, access, sink.url)
    program.json("poll")
    confirmed(seeder, 7)
    program.json("poll")
    report = program.json("reconcile", "A", "--since", "2026-01-01")
    assert report["captured"] == 7
    assert report["missing"] == []
    seeder.close()
