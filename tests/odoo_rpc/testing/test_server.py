"""Addresses and envelopes: what each version serves, and what it says to requests that make no sense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from odoo_rpc import ODOO_CAPS, NotOdoo, Reply, UnknownDatabase, connect
from odoo_rpc.testing import AsgiExchange, FakeOdoo, FakeServer

pytestmark = pytest.mark.anyio
NOON = 1_800_014_400.0
JSON = {"Content-Type": "application/json"}


async def post(
    fake: FakeOdoo | FakeServer, path: str, body: Any, headers: dict[str, str] | None = None
) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    exchange = AsgiExchange(fake.asgi())
    return await exchange.post(f"https://odoo.test{path}", headers or JSON, raw, caps=ODOO_CAPS)


def envelope(service: str, method: str, *args: Any) -> dict[str, Any]:
    return {
        "jsonrpc": "2.0",
        "method": "call",
        "params": {"service": service, "method": method, "args": args},
        "id": 7,
    }


async def outcome(fake: FakeOdoo, body: Any) -> Any:
    answer = json.loads((await post(fake, "/jsonrpc", body)).body)
    return answer["error"]["data"]["name"] if "error" in answer else answer.get("result")


async def test_json_rpc_is_gone_at_22_and_json_2_begins_at_19() -> None:
    served = {}
    for version in (14, 18, 19, 21, 22):
        fake = FakeOdoo(version)
        bearer = JSON | {"Authorization": f"bearer {fake.api_key}"}
        old = await post(fake, "/jsonrpc", envelope("common", "version"))
        new = await post(fake, "/json/2/res.country/search_count", {"domain": []}, bearer)
        served[version] = (old.status, new.status)
    assert served == {14: (200, 404), 18: (200, 404), 19: (200, 200), 21: (200, 200), 22: (404, 200)}


async def test_the_version_can_be_asked_for_without_a_key() -> None:
    for version, status in ((18, 404), (19, 200)):
        exchange = AsgiExchange(FakeOdoo(version).asgi())
        reply = await exchange.get("https://odoo.test/web/version", {}, caps=ODOO_CAPS)
        assert reply.status == status


async def test_the_date_is_the_fake_s_own() -> None:
    reply = await post(FakeOdoo(19, clock=lambda: NOON), "/jsonrpc", envelope("common", "version"))
    assert reply.headers["date"] == "Fri, 15 Jan 2027 12:00:00 GMT"


async def test_json_that_does_not_say_it_is_json_is_refused() -> None:
    for version, status in ((14, 400), (19, 415)):
        fake = FakeOdoo(version)
        reply = await post(fake, "/jsonrpc", envelope("common", "version"), {"Content-Type": "text/plain"})
        assert (reply.status, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("body", "old", "new"), [(b"{bad", 400, 400), (b"[]", 500, 400), (b"\xff", 400, 400)]
)
async def test_a_body_that_is_no_request_gets_a_page(body: bytes, old: int, new: int) -> None:
    statuses = [(await post(FakeOdoo(version), "/jsonrpc", body)).status for version in (14, 19)]
    assert statuses == [old, new]


async def test_calls_that_make_no_sense_get_errors_in_the_envelope() -> None:
    fake = FakeOdoo(19)
    call = ("object", "execute_kw", fake.db, 2, fake.api_key, "sale.order")
    expected = {
        "builtins.TypeError": {"jsonrpc": "2.0", "method": "call", "id": 7},
        "builtins.KeyError": envelope("nosuch", "version"),
        "builtins.Exception": envelope("common", "nosuch"),
        "builtins.NameError": envelope("object", "nosuch", fake.db, 2, "x"),
        "builtins.ValueError": envelope("object", "execute_kw", fake.db),
        "builtins.IndexError": envelope(*call, "read", [], {}),
        "odoo.exceptions.MissingError": envelope(
            "object", "execute_kw", fake.db, 99, "x", "sale.order", "read"
        ),
        "odoo.exceptions.AccessDenied": envelope(
            "object", "execute_kw", fake.db, False, "x", "sale.order", "read"
        ),
        "odoo.exceptions.AccessError": envelope(*call, "_read", [[1]], {}),
    }
    assert {name: await outcome(fake, body) for name, body in expected.items()} == {
        name: name for name in expected
    }
    assert (
        await outcome(
            fake, envelope("object", "execute", fake.db, 2, fake.api_key, "sale.order", "search", [])
        )
        == []
    )
    assert await outcome(fake, envelope("common", "login", fake.db, "admin", fake.api_key)) == 2


async def test_json_2_checks_arguments_before_it_calls() -> None:
    fake = FakeOdoo(19)
    bearer = JSON | {"Authorization": f"Bearer {fake.api_key}"}

    async def status(path: str, body: Any, headers: dict[str, str] = bearer) -> int:
        return (await post(fake, f"/json/2/{path}", body, headers)).status

    assert await status("sale.order/search_count", {"domain": [], "nosuch": 1}) == 422
    assert await status("sale.order/search_count", {}) == 422
    assert await status("sale.order/search_count", {"ids": [1], "domain": []}) == 422
    assert await status("sale.order/search_read", {"domain": [], "nosuch": 1}) == 500
    assert await status("sale.order/nosuch", {}) == 404
    assert await status("sale.order", {}) == 404
    assert await status("sale.order/_read", {}) == 403
    assert await status("sale.order/read", b"{bad") == 400
    assert await status("res.users/context_get", b"") == 200
    assert await status("res.users/context_get", {}, JSON | {"Authorization": "Basic x"}) == 401
    assert await status("res.users/context_get", {}, {"Authorization": bearer["Authorization"]}) == 415


async def test_several_databases_are_told_apart_by_name() -> None:
    one, two = FakeOdoo(19, db="uno"), FakeOdoo(19, db="dos", api_key="other")
    two.add_order()
    server = FakeServer(one, two)
    exchange = AsgiExchange(server.asgi())
    for protocol in ("json2", "jsonrpc"):
        for fake, orders in ((one, 0), (two, 1)):
            client = await connect(
                "https://odoo.test",
                fake.db,
                fake.username,
                fake.api_key,
                exchange=exchange,
                protocol=protocol,
                min_interval_seconds=0,
            )
            assert await client.search_count("sale.order", []) == orders
    bearer = JSON | {"Authorization": f"bearer {one.api_key}"}
    assert (await post(server, "/json/2/sale.order/search_count", {"domain": []}, bearer)).status == 404
    assert one.statistics == {("sale.order", "search_count"): 2, ("common", "authenticate"): 1}
    assert server.statistics["sale.order", "search_count"] == 4
    assert server.statistics["web", "version"] == 4


async def test_databases_of_one_server_have_one_version_and_different_names() -> None:
    for databases in ([], [FakeOdoo(14), FakeOdoo(19, db="b")], [FakeOdoo(19), FakeOdoo(19)]):
        with pytest.raises(ValueError, match="database"):
            FakeServer(*databases)


async def test_a_database_served_alone_counts_every_call() -> None:
    fake = FakeOdoo(14)
    client = await connect(
        "https://odoo.test",
        fake.db,
        "admin",
        fake.api_key,
        exchange=AsgiExchange(fake.asgi()),
        min_interval_seconds=0,
    )
    await client.search_count("sale.order", [])
    assert fake.statistics == {
        ("common", "version"): 1,
        ("common", "authenticate"): 1,
        ("sale.order", "search_count"): 1,
    }


async def test_an_upgrade_under_a_client_that_knew_json_rpc_is_noticed() -> None:
    served = {"https://odoo.test": FakeOdoo(21).asgi()}
    client = await connect(
        "https://odoo.test",
        "demo",
        "admin",
        FakeOdoo(21).api_key,
        exchange=AsgiExchange(served),
        protocol="jsonrpc",
        min_interval_seconds=0,
    )
    assert await client.search_count("sale.order", []) == 0
    served["https://odoo.test"] = FakeOdoo(22).asgi()
    with pytest.raises(NotOdoo):
        await client.search_count("sale.order", [])


async def test_a_missing_database_is_the_client_s_unknown_database_on_every_version() -> None:
    for version in (14, 19, 22):
        fake = FakeOdoo(version)
        client = await connect(
            "https://odoo.test",
            "otra",
            "admin",
            "x",
            exchange=AsgiExchange(fake.asgi()),
            min_interval_seconds=0,
        )
        with pytest.raises(UnknownDatabase):
            await client.search_count("sale.order", [])
