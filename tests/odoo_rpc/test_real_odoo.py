"""The client against real Odoos, read only: version, protocols, reads, and the ways in which an account can be wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from odoo_rpc import (
    AddressGuard,
    AuthenticationFailed,
    NotOdoo,
    OdooClient,
    Transport,
    Unavailable,
    UnknownDatabase,
    UnknownModelOrField,
    Unsupported,
    UserRejected,
    connect,
)
from real_odoo_support import Access

pytestmark = [pytest.mark.real_odoo, pytest.mark.anyio]

Odoos = Callable[[int], Access]
Way = tuple[int, str, str]
WAYS: list[Way] = [(14, "auto", "jsonrpc"), (19, "auto", "json2"), (19, "jsonrpc", "jsonrpc")]
CONFIRMED = [["state", "in", ["sale", "done"]]]


class Order(msgspec.Struct):
    id: int
    name: str
    write_date: str


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport(AddressGuard.parse("127.0.0.0/8")) as transport:
        yield transport


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]}-{way[2]}")
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


async def client(way: Way, real_odoo: Odoos, transport: Transport, **other: Any) -> OdooClient:
    real = real_odoo(way[0])
    account = {"url": real.url, "db": real.db, "username": real.username, "api_key": real.api_key, **other}
    protocol: Any = way[1]
    return await connect(**account, exchange=transport, protocol=protocol, min_interval_seconds=0)


async def test_version_protocol_and_login(way: Way, real_odoo: Odoos, transport: Transport) -> None:
    odoo = await client(way, real_odoo, transport)
    assert (odoo.version, odoo.session.protocol) == ((way[0], 0), way[2])
    assert await odoo.authenticate() == odoo.session.uid == 2
    assert odoo.server_date is not None


async def test_a_restored_session_reads_with_its_first_call(
    way: Way, real_odoo: Odoos, transport: Transport
) -> None:
    first = await client(way, real_odoo, transport)
    await first.authenticate()
    odoo = await client(way, real_odoo, transport, session=first.session)
    assert await odoo.search_count("sale.order", CONFIRMED) > 0
    assert odoo.calls == 1


async def test_reads_are_typed_and_agree(way: Way, real_odoo: Odoos, transport: Transport) -> None:
    odoo = await client(way, real_odoo, transport)
    ids = await odoo.search("sale.order", CONFIRMED, order="id asc", limit=5)
    orders = await odoo.search_read(
        "sale.order", CONFIRMED, ["name", "write_date"], order="id asc", limit=5, type=list[Order]
    )
    assert [order.id for order in orders] == ids == sorted(ids)
    assert (
        await odoo.read("sale.order", [*ids, *ids, 2**31 - 1], ["name", "write_date"], type=list[Order])
        == orders
    )
    pages = odoo.walk("sale.order", [*CONFIRMED, ["id", "<=", ids[-1]]], ["name"], page=2)
    assert [[record["id"] for record in page] async for page in pages] == [ids[0:2], ids[2:4], ids[4:5]]


async def test_fields_are_negotiated(way: Way, real_odoo: Odoos, transport: Transport) -> None:
    odoo = await client(way, real_odoo, transport)
    has_mobile = way[0] == 14
    found = await odoo.available_fields("res.partner", ["phone", "mobile", "name"])
    assert found == (["phone", "mobile", "name"] if has_mobile else ["phone", "name"])
    assert len(await odoo.read("res.partner", [1], found)) == 1
    assert (await odoo.fields_get("res.partner", names=["name"])) == {"name": {"type": "char"}}
    assert len(await odoo.fields_get("res.partner")) > 100


async def test_web_search_read_nests_from_17_on(way: Way, real_odoo: Odoos, transport: Transport) -> None:
    odoo = await client(way, real_odoo, transport)
    specification = {"name": {}, "partner_id": {"fields": {"country_id": {"fields": {"code": {}}}}}}
    if way[0] == 14:
        with pytest.raises(Unsupported):
            await odoo.web_search_read("sale.order", CONFIRMED, specification)
        return
    page = await odoo.web_search_read("sale.order", CONFIRMED, specification, limit=2, order="id asc")
    assert page.length == await odoo.search_count("sale.order", CONFIRMED)
    assert {*page.records[0]} == {"id", "name", "partner_id"}
    assert {*page.records[0]["partner_id"]} == {"id", "country_id"}
    counted = await odoo.web_search_read("sale.order", CONFIRMED, specification, limit=2, count_limit=1)
    assert counted.length == 2


async def test_what_this_odoo_has_not_got_is_said(way: Way, real_odoo: Odoos, transport: Transport) -> None:
    odoo = await client(way, real_odoo, transport)
    with pytest.raises(UnknownModelOrField):
        await odoo.read("res.partner", [1], ["nosuch"])
    with pytest.raises(UnknownModelOrField):
        await odoo.call("res.partner", "nosuch", [1])
    with pytest.raises(UnknownModelOrField):
        await odoo.call("res.partner", "read", [1], nosuch=1)
    with pytest.raises(UserRejected if way[2] == "jsonrpc" else UnknownModelOrField):
        await odoo.read("no.such", [1], ["name"])


async def test_a_wrong_key_is_said(way: Way, real_odoo: Odoos, transport: Transport) -> None:
    odoo = await client(way, real_odoo, transport, api_key="wrong")
    with pytest.raises(AuthenticationFailed):
        await odoo.search_count("sale.order", [])


async def test_a_wrong_database_is_said(way: Way, real_odoo: Odoos, transport: Transport) -> None:
    odoo = await client(way, real_odoo, transport, db="nosuchdb")
    with pytest.raises(UnknownDatabase):
        await odoo.search_count("sale.order", [])


async def test_a_wrong_url_is_said(way: Way, real_odoo: Odoos, transport: Transport) -> None:
    with pytest.raises(NotOdoo):
        await client(way, real_odoo, transport, url=real_odoo(way[0]).url + "/web/login")
    with pytest.raises(Unavailable) as caught:
        await client(way, real_odoo, transport, url="http://127.0.0.1:9")
    assert caught.value.reason == "connect"
