"""``connections test``: each step says what it found, and what to do where it found something wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from net_peers import Authority, Peer, answering
from odoo_rpc import AddressGuard
from odoo_rpc.errors import AccessForbidden, NotOdoo, RateLimited, Unavailable
from odoo_rpc.net import BlockedAddress, TlsFailed, Unsendable
from odoo_rpc.secret import Secret
from odoo_rpc.testing import FakeOdoo, Group, chile, serve
from poller_core import app
from poller_core.commands import ConnectionDraft, open_commands
from poller_core.errors import BadInput, NotFound
from poller_core.i18n import translator
from poller_core.reach import addresses, handshake, remedy
from poller_core.reports import Step, TestReport
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.webhook import verify

pytestmark = pytest.mark.anyio
SECRET = "5f0c2a52-6c1e-4d0f-9d4e-1f2a3b4c5d6e"


class Hook:
    """A receiver that keeps what it got."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.got.append((headers, message["body"]))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def settings(directory: Path, **more: Any) -> Settings:
    values = {"allowed_networks": "127.0.0.0/8", "odoo_min_interval_ms": 0} | more
    return Settings(db_path=directory / "poller.db", **values)


def draft(fake: FakeOdoo, odoo_url: str, hook_url: str, **more: Any) -> ConnectionDraft:
    values: dict[str, Any] = {
        "name": "Tienda", "odoo_url": odoo_url, "odoo_db": fake.db, "odoo_username": fake.username,
        "api_key": Secret(fake.api_key), "store_id": "s1", "client_id": "c1", "webhook_url": hook_url,
        "webhook_secret": Secret(SECRET),
    }  # fmt: skip
    return ConnectionDraft(**(values | more))


@asynccontextmanager
async def world(fake: FakeOdoo, hook: Hook) -> AsyncIterator[tuple[str, str]]:
    async with serve(fake.asgi()) as odoo_url, serve(hook) as hook_url:
        yield odoo_url, hook_url


def names(directory: Path) -> list[str]:
    return [entry.name for entry in directory.iterdir()]


async def tried(directory: Path, fake: FakeOdoo, hook: Hook, **more: Any) -> TestReport:
    async with world(fake, hook) as (odoo_url, hook_url):
        urls = {"odoo_url": odoo_url, "hook_url": hook_url} | {
            k: more.pop(k) for k in ("odoo_url", "hook_url") if k in more
        }
        return await app.test_connection(settings(directory), draft(fake, **urls, **more))


def by_name(report: TestReport) -> dict[str, Step]:
    return {step.name: step for step in report.steps}


@pytest.mark.parametrize(("version", "protocol"), [(14, "jsonrpc"), (17, "jsonrpc"), (19, "json2")])
async def test_a_connection_that_is_well(tmp_path: Path, version: int, protocol: str) -> None:
    fake, hook = FakeOdoo(version), Hook()
    chile(fake, orders=3)
    heard: list[Step] = []
    async with world(fake, hook) as (odoo_url, hook_url):
        report = await app.test_connection(settings(tmp_path), draft(fake, odoo_url, hook_url), heard.append)
    assert report.ok
    assert [step.name for step in report.steps] == [
        "address",
        "version",
        "authenticate",
        "read",
        "key",
        "webhook",
    ]
    assert tuple(heard) == report.steps
    assert (report.server_version, report.protocol) == (f"{version}.0", protocol)
    assert by_name(report)["address"].detail == "127.0.0.1"
    assert by_name(report)["version"].detail == f"Odoo {version}.0, {protocol}"
    assert by_name(report)["read"].detail == "an order read, with every field"
    assert (report.missing_fields, report.webhook_status) == ((), 204)
    assert all(step.elapsed_ms >= 0 and not step.remedy for step in report.steps)
    assert names(tmp_path) == [], "a draft needs no database"


async def test_the_ping_is_no_order_and_carries_the_headers_of_a_delivery(tmp_path: Path) -> None:
    hook = Hook()
    await tried(tmp_path, FakeOdoo(19), hook)
    ((headers, body),) = hook.got
    ping = msgspec.json.decode(body)
    assert ping["event"] == "test.ping"
    assert "order" not in ping
    assert ping["source"] == {
        "platform": "ODOO",
        "connection_id": "test",
        "store_id": "s1",
        "client_id": "c1",
    }
    assert headers["x-webhook-secret"] == SECRET
    assert headers["content-type"] == "application/json"
    assert headers["x-odoo-connection-id"] == "test"
    assert verify(headers, body, Secret(SECRET), float(headers["webhook-timestamp"])) == headers["webhook-id"]


async def test_a_stored_connection_is_tried_with_its_own_secrets_and_left_as_it_was(tmp_path: Path) -> None:
    fake, hook = FakeOdoo(17), Hook()
    chile(fake, orders=2)
    async with world(fake, hook) as (odoo_url, hook_url):
        with open_commands(settings(tmp_path), by="test") as commands:
            added = commands.add(draft(fake, odoo_url, hook_url))
        report = await app.test_connection(settings(tmp_path), "Tienda")
    assert report.ok
    assert hook.got[0][0]["x-odoo-connection-id"] == added.id
    store = Store.open(tmp_path / "poller.db")
    assert store.database.rows("SELECT type FROM events") == [("ConnectionAdded",)]
    assert store.database.rows("SELECT * FROM walk") == []
    store.close()
    with pytest.raises(NotFound, match="Tienda"):
        await app.test_connection(settings(tmp_path), "Tiend")


async def test_a_change_is_tried_before_it_is_stored_with_the_stored_secrets_at_their_own_addresses_only(
    tmp_path: Path,
) -> None:
    fake, hook = FakeOdoo(17), Hook()
    chile(fake, orders=2)
    async with world(fake, hook) as (odoo_url, hook_url):
        with open_commands(settings(tmp_path), by="test") as commands:
            added = commands.add(draft(fake, odoo_url, hook_url))
        change = draft(fake, odoo_url, hook_url, api_key=Secret(""), webhook_secret=None, store_id="otra")
        report = await app.test_connection(settings(tmp_path), change, instead_of="Tienda")
        assert report.ok
        headers, body = hook.got[0]
        assert (headers["x-webhook-secret"], headers["x-odoo-connection-id"]) == (SECRET, added.id)
        assert msgspec.json.decode(body)["source"]["store_id"] == "otra"
        for urls, field in (
            ((f"{odoo_url}/elsewhere", hook_url), "api_key"),
            ((odoo_url, f"{hook_url}/elsewhere"), "webhook_secret"),
        ):
            moved = draft(fake, *urls, api_key=Secret(""), webhook_secret=None)
            with pytest.raises(BadInput) as caught:
                await app.test_connection(settings(tmp_path), moved, instead_of=added.id)
            assert caught.value.field == field
    assert len(hook.got) == 1
    store = Store.open(tmp_path / "poller.db")
    assert store.database.rows("SELECT type FROM events") == [("ConnectionAdded",)]
    store.close()


async def test_a_wrong_key_is_named_and_the_webhook_tried_all_the_same(tmp_path: Path) -> None:
    hook = Hook()
    report = await tried(tmp_path, FakeOdoo(19), hook, api_key=Secret("0" * 40))
    assert not report.ok
    assert [(step.name, step.ok) for step in report.steps] == [
        ("address", True), ("version", True), ("authenticate", False), ("webhook", True),
    ]  # fmt: skip
    assert "API key" in by_name(report)["authenticate"].remedy
    assert "0" * 40 not in repr(report)
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "check the webhook's URL and secret"),
        (410, "check the webhook's URL and secret"),
        (302, "check the webhook's URL and secret"),
        (503, "in trouble"),
        (422, "refuses a test ping"),
    ],
)
async def test_what_the_receiver_answers_is_judged_as_a_delivery_is(
    tmp_path: Path, status: int, remedy: str
) -> None:
    report = await tried(tmp_path, FakeOdoo(19), Hook(status))
    step = by_name(report)["webhook"]
    assert (step.ok, step.detail, report.webhook_status) == (False, f"HTTP {status}", status)
    assert remedy in step.remedy


async def test_fields_that_this_user_doesn_t_get_are_listed_and_orders_go_out_without_them(
    tmp_path: Path,
) -> None:
    fake = FakeOdoo(19)
    chile(fake, orders=2)
    fake.add_user("bodega", "k" * 40, groups=[Group.STOCK])
    report = await tried(tmp_path, fake, Hook(), odoo_username="bodega", api_key=Secret("k" * 40))
    assert report.ok
    assert report.missing_fields == ("res.partner.sale_order_count",)
    assert by_name(report)["read"].detail == (
        "an order read; not there for this user, so null in the payload: res.partner.sale_order_count"
    )
    assert "rights" in by_name(report)["read"].remedy


async def test_a_user_who_may_read_no_orders_is_told_which_rights_are_missing(tmp_path: Path) -> None:
    fake = FakeOdoo(19)
    chile(fake, orders=2)
    fake.add_user("nobody", "k" * 40, groups=[])
    report = await tried(tmp_path, fake, Hook(), odoo_username="nobody", api_key=Secret("k" * 40))
    step = by_name(report)["read"]
    assert (step.ok, "sale.order" in step.detail) == (False, True)
    assert step.remedy == "give the Odoo user the rights that the message names"
    assert "key" not in by_name(report)


async def test_an_odoo_without_an_order_is_well_too(tmp_path: Path) -> None:
    report = await tried(tmp_path, FakeOdoo(18), Hook())
    assert report.ok
    assert by_name(report)["read"].detail == "there is no confirmed order to read yet, with every field"


@pytest.mark.parametrize(
    ("version", "said"),
    [(14, "keys of this Odoo don't expire"), (19, "Odoo doesn't say when the key expires")],
)
async def test_a_key_s_end_is_unknown_where_odoo_doesn_t_say(tmp_path: Path, version: int, said: str) -> None:
    report = await tried(tmp_path, FakeOdoo(version), Hook())
    assert by_name(report)["key"].detail == said
    assert report.key_expires_at == 0


async def test_an_address_that_isn_t_allowed_is_said_without_a_call(tmp_path: Path) -> None:
    hook = Hook()
    async with world(FakeOdoo(19), hook) as (odoo_url, hook_url):
        report = await app.test_connection(
            settings(tmp_path, allowed_networks=""), draft(FakeOdoo(19), odoo_url, hook_url)
        )
    assert [(step.name, step.ok) for step in report.steps] == [("address", False), ("webhook", False)]
    assert "POLLER_ALLOWED_NETWORKS" in report.steps[0].remedy
    assert "POLLER_ALLOWED_NETWORKS" in report.steps[1].remedy
    assert hook.got == []


async def test_a_server_that_isn_t_odoo_is_told_apart(tmp_path: Path) -> None:
    hook = Hook(200)
    async with serve(hook) as url:
        report = await app.test_connection(settings(tmp_path), draft(FakeOdoo(19), url, url))
    assert by_name(report)["version"].ok is False
    assert "check the URL" in by_name(report)["version"].remedy


async def test_nobody_at_home(tmp_path: Path) -> None:
    async with serve(Hook()) as gone:
        pass
    report = await app.test_connection(settings(tmp_path), draft(FakeOdoo(19), gone, gone))
    assert [(step.name, step.ok) for step in report.steps] == [
        ("address", True), ("version", False), ("webhook", False),
    ]  # fmt: skip
    assert "see that the server runs" in by_name(report)["version"].remedy


async def test_every_text_of_a_test_is_there_in_spanish(tmp_path: Path) -> None:
    report = await tried(tmp_path, FakeOdoo(18), Hook(401))
    spanish = translator("es")
    assert (
        spanish(by_name(report)["read"].detail)
        == "todavía no hay ninguna orden confirmada que leer, con todos los campos"
    )
    assert spanish(by_name(report)["webhook"].remedy).startswith("revise la URL")


async def test_a_certificate_is_looked_at_before_anything_is_asked(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    peer = Peer(
        answering(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"), authority.server("127.0.0.1")
    )
    guard = AddressGuard.parse("127.0.0.0/8")
    try:
        url = f"https://127.0.0.1:{peer.port}"
        done = await handshake(guard, url, authority.file)
        assert done is not None
        assert done.version in ("TLSv1.2", "TLSv1.3")
        assert done.certificate_until > 1_790_000_000_000
        assert peer.requests == []
        with pytest.raises(TlsFailed):
            await handshake(guard, url)
        wrong = await app.test_connection(settings(tmp_path), draft(FakeOdoo(19), url, url))
        assert [step.name for step in wrong.steps] == ["address", "tls", "webhook"]
        assert "--ca-file" in wrong.steps[1].remedy
        right = await app.test_connection(
            settings(tmp_path), draft(FakeOdoo(19), url, url, ca_file=authority.file)
        )
        assert by_name(right)["tls"].ok
        assert "certificate until" in by_name(right)["tls"].detail
        assert by_name(right)["tls"].remedy == "the certificate ends soon: have it renewed"
    finally:
        peer.stop()


async def test_a_url_is_resolved_under_the_guard() -> None:
    assert await addresses(AddressGuard.parse("127.0.0.1/32"), "http://127.0.0.1:8069") == ["127.0.0.1"]
    with pytest.raises(BlockedAddress):
        await addresses(AddressGuard(), "https://localhost")
    with pytest.raises(Unsendable):
        await addresses(AddressGuard(), "https://user:password@example.com")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AccessForbidden("no"), "rights"),
        (NotOdoo("no"), "check the URL"),
        (RateLimited("slow"), "try again later"),
        (Unavailable("no", "dns"), "name server"),
        (Unavailable("no", "tls"), "certificate"),
        (Unavailable("no", "blocked"), "POLLER_ALLOWED_NETWORKS"),
        (Unavailable("no", "timeout"), "firewall"),
        (Unavailable("no", "http_5xx"), "try again later"),
    ],
)
def test_each_kind_of_trouble_has_its_remedy(error: Exception, said: str) -> None:
    assert said in remedy(error)  # type: ignore[arg-type]
