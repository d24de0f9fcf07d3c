"""The screens in a browser: only for its own name and page, nothing from elsewhere, no traceback with locals."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin

import httpx
import pytest
from aiohttp import web

from odoo_poller_tui.web import WebScreens

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    with_port = WebScreens("true", "127.0.0.1", 0)
    runner = web.AppRunner(await with_port._make_app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    with_port.port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{with_port.port}"
    finally:
        await runner.cleanup()


async def test_the_page_comes_with_a_policy_that_loads_nothing_from_elsewhere() -> None:
    async with served() as url, httpx.AsyncClient() as client:
        answer = await client.get(url)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.text.count(".focus()") == 1
    assert "<title>odoo-poller</title>" in answer.text
    assert f'data-session-websocket-url="{url.replace("http", "ws")}/ws"' in answer.text


async def test_all_that_the_page_asks_for_is_served_here() -> None:
    async with served() as url, httpx.AsyncClient() as client:
        page = (await client.get(url)).text
        asked = re.findall(r"""(?:href|src)="([^"]*)"|url\(['"]([^'"]*)['"]\)""", page)
        addresses = {urljoin(url, one or other) for one, other in asked} - {"data:,"}
        assert any(address.endswith("textual.js") for address in addresses)
        assert any(address.endswith("RobotoMono-VariableFont_wght.ttf") for address in addresses)
        for address in addresses:
            assert address.startswith(f"{url}/static/")
            assert (await client.get(address)).status_code == 200


async def test_another_name_another_page_and_no_page_are_refused() -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    async with served() as url, httpx.AsyncClient() as client:
        named = await client.get(url, headers={"Host": "evil.example"})
        strange = await client.get(f"{url}/ws", headers=upgrade | {"Origin": "https://evil.example"})
        alone = await client.get(f"{url}/ws", headers=upgrade)
        assert (named.status_code, strange.status_code, alone.status_code) == (421, 403, 403)
    await asyncio.sleep(0)
