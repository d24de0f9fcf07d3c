"""Talking to applications in memory as to hosts on a network, with faults on the way."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from odoo_rpc import (
    ODOO_CAPS,
    AuthenticationFailed,
    Caps,
    ConnectFailed,
    NameNotFound,
    NotOdoo,
    OdooClient,
    RateLimited,
    Reply,
    TimedOut,
    TooLarge,
    Unavailable,
    connect,
    parse_target,
)
from odoo_rpc.testing import AsgiExchange, FakeOdoo, faults

pytestmark = pytest.mark.anyio
SMALL = Caps(raw=10, decoded=10)


async def echo(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    message = await receive()
    seen = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
        "body": message["body"].decode(),
    }
    headers = [(b"content-type", b"application/json"), (b"x-a", b"1"), (b"X-A", b"2")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    body = json.dumps(seen).encode()
    await send({"type": "http.response.body", "body": body[:5], "more_body": True})
    await send({"type": "http.response.body", "body": body[5:]})


async def test_an_application_sees_what_a_server_would_show_it() -> None:
    exchange = AsgiExchange(echo)
    url = "https://shop.test:8443/hook/1?key=secret"
    reply = await exchange.post(parse_target(url), {"X-Webhook-Secret": "s"}, b"body", caps=ODOO_CAPS)
    seen = json.loads(reply.body)
    assert (reply.status, reply.headers["x-a"]) == (201, "1, 2")
    assert (seen["method"], seen["path"], seen["query"], seen["body"]) == (
        "POST",
        "/hook/1",
        "key=secret",
        "body",
    )
    assert seen["headers"]["x-webhook-secret"] == "s"
    assert seen["headers"]["content-length"] == "4"
    assert json.loads((await exchange.get(url, {}, caps=ODOO_CAPS)).body)["method"] == "GET"


async def test_caps_hold_and_a_reply_may_be_cut_instead() -> None:
    exchange = AsgiExchange(echo)
    with pytest.raises(TooLarge):
        await exchange.get("https://shop.test", {}, caps=SMALL)
    assert len((await exchange.get("https://shop.test", {}, caps=SMALL, truncate=True)).body) == 10


async def test_hosts_are_told_apart_by_origin_and_others_do_not_exist() -> None:
    fake = FakeOdoo(19)
    exchange = AsgiExchange({"https://odoo.test": fake.asgi(), "http://hook.test:8080": echo})
    assert (await exchange.get("https://odoo.test/web/version", {}, caps=ODOO_CAPS)).status == 200
    assert (await exchange.get("http://hook.test:8080/x", {}, caps=ODOO_CAPS)).status == 201
    with pytest.raises(NameNotFound):
        await exchange.get("https://elsewhere.test", {}, caps=ODOO_CAPS)


async def test_what_hangs_ends_at_the_deadline_or_when_cancelled() -> None:
    exchange = AsgiExchange(echo, faults.hang())
    with pytest.raises(TimedOut):
        await exchange.get("https://shop.test", {}, caps=ODOO_CAPS, deadline_seconds=0.01)
    with anyio.move_on_after(0.01) as scope:
        await exchange.get("https://shop.test", {}, caps=ODOO_CAPS)
    assert scope.cancelled_caught


async def client_with(fault: faults.FaultHook | None, fake: FakeOdoo) -> OdooClient:
    exchange = AsgiExchange(fake.asgi())
    client = await connect(
        "https://odoo.test", fake.db, fake.username, fake.api_key, exchange=exchange, min_interval_seconds=0
    )
    exchange.faults = fault
    return client


@pytest.mark.parametrize("version", [14, 19])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.status(503), Unavailable),
        (faults.status(302, headers={"location": "https://elsewhere.test"}), NotOdoo),
        (faults.html_page(), NotOdoo),
        (faults.rate_limited(30), RateLimited),
        (faults.broken(), Unavailable),
        (faults.broken(NameNotFound), Unavailable),
        (faults.answer_lost(), Unavailable),
        (faults.changed(lambda body: body[:-3]), NotOdoo),
        (faults.changed(lambda body: b"\xef\xbb\xbf" + body), NotOdoo),
        (faults.auth_revoked(), AuthenticationFailed),
    ],
)
async def test_each_fault_is_what_its_name_says(
    version: int, fault: faults.FaultHook, error: type[Exception]
) -> None:
    client = await client_with(fault, FakeOdoo(version))
    with pytest.raises(error):
        await client.search_count("sale.order", [])


async def test_a_rate_limit_says_how_long() -> None:
    client = await client_with(faults.rate_limited(30), FakeOdoo(19))
    with pytest.raises(RateLimited) as caught:
        await client.search_count("sale.order", [])
    assert caught.value.retry_after == 30


async def test_a_lost_answer_is_lost_after_the_deed() -> None:
    fake = FakeOdoo(19)
    order = fake.add_order(confirm=False)
    client = await client_with(faults.answer_lost(), fake)
    with pytest.raises(Unavailable):
        await client.call("sale.order", "action_confirm", [order])
    assert fake.read("sale.order", order)["state"] == "sale"


async def test_faults_combine() -> None:
    busy, seen = faults.status(503), []

    async def noting(method: str, url: str, body: bytes) -> faults.Outcome:
        seen.append(url)
        return None

    async def statuses(fault: faults.FaultHook, *urls: str) -> list[int]:
        exchange = AsgiExchange(echo, fault)
        return [(await exchange.get(url, {}, caps=ODOO_CAPS)).status for url in urls]

    url, other = "https://shop.test/a", "https://shop.test/b"
    assert await statuses(faults.times(2, busy), url, url, url) == [503, 503, 201]
    assert await statuses(faults.in_turn([None, busy]), url, url, url) == [201, 503, 201]
    assert await statuses(faults.only("/b$", busy), url, other) == [201, 503]
    assert await statuses(faults.latency(0), url) == [201]
    assert await statuses(noting, url) == [201]
    assert seen == [url]


async def test_an_outage_begins_and_ends() -> None:
    outage = faults.Switch()
    exchange = AsgiExchange(echo, outage)
    outage.fault = faults.broken()
    with pytest.raises(ConnectFailed):
        await exchange.get("https://shop.test", {}, caps=ODOO_CAPS)
    outage.fault = None
    assert (await exchange.get("https://shop.test", {}, caps=ODOO_CAPS)).status == 201


async def test_a_reply_of_a_test_s_own_takes_the_application_s_place() -> None:
    async def teapot(method: str, url: str, body: bytes) -> faults.Outcome:
        return Reply(418, {}, b"", 0.0)

    assert (await AsgiExchange(echo, teapot).get("https://shop.test", {}, caps=ODOO_CAPS)).status == 418
