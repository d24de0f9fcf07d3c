"""The tiny server over real sockets, with the package's own transport as the client."""

from __future__ import annotations

import anyio
import pytest

from odoo_rpc import ODOO_CAPS, AddressGuard, ConnectFailed, Transport, connect
from odoo_rpc.testing import FakeOdoo, chile, serve

pytestmark = pytest.mark.anyio
LOOPBACK = AddressGuard.parse("127.0.0.0/8")


async def test_a_client_reads_a_served_fake_over_a_socket() -> None:
    fake = FakeOdoo(19)
    orders = chile(fake)
    transport = Transport(LOOPBACK)
    with anyio.fail_after(10):
        async with serve(fake.asgi()) as url:
            client = await connect(
                url, fake.db, "admin", fake.api_key, exchange=transport, min_interval_seconds=0
            )
            names = await client.search_read("sale.order", [], ["name"], order="id", limit=3)
            assert [record["id"] for record in names] == orders[:3]
            assert transport.idle == 1  # the connection was kept
        await transport.aclose()


async def test_what_is_no_longer_served_refuses_connections() -> None:
    transport = Transport(LOOPBACK)
    with anyio.fail_after(10):
        async with serve(FakeOdoo(19).asgi()) as url:
            pass
        with pytest.raises(ConnectFailed):
            await transport.get(f"{url}/web/version", {}, caps=ODOO_CAPS)
        await transport.aclose()


async def raw(url: str, *parts: bytes) -> bytes:
    """Send bytes to a server and read until it closes."""
    host, _, port = url.removeprefix("http://").partition(":")
    received = b""
    async with await anyio.connect_tcp(host, int(port)) as stream:
        for part in parts:
            await stream.send(part)
        while True:
            try:
                received += await stream.receive()
            except anyio.EndOfStream:
                return received


async def test_bodies_may_come_in_pieces_and_in_chunks() -> None:
    question = b'{"jsonrpc":"2.0","params":{"service":"common","method":"version","args":[]},"id":1}'
    head = b"POST /jsonrpc?x=1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nConnection: close\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(question), question)
    with anyio.fail_after(10):
        async with serve(FakeOdoo(14).asgi()) as url:
            measured = b"Content-Length: %d\r\n\r\n" % len(question)
            answers = [
                await raw(url, head + measured + question[:10], question[10:]),
                await raw(url, head + chunked),
            ]
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'"server_version":"14.0"' in answer


async def test_rubbish_ends_the_connection_and_nothing_else() -> None:
    with anyio.fail_after(10):
        async with serve(FakeOdoo(19).asgi()) as url:
            assert await raw(url, b"\x00\x01\x02\r\n\r\n") == b""
            answer = await raw(url, b"HEAD /web/version HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")
