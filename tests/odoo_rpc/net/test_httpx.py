"""The transport under httpx.AsyncClient: the same checks, httpx's types and errors."""

import gzip
from collections.abc import Callable

import httpx
import pytest

from net_peers import NO_CONTENT, Peer, Talk, after_request, answering
from odoo_rpc.net import AddressGuard, BlockedAddress, NetError, TimedOut, TooLarge, Transport, Unsendable

pytestmark = pytest.mark.anyio

StartPeer = Callable[..., Peer]


async def test_a_client_gets_a_decoded_response(peer: StartPeer, transport: Transport) -> None:
    body = gzip.compress(b'{"a": 1}')
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    served = peer(answering(head % len(body) + body))
    async with httpx.AsyncClient(transport=transport) as client:
        response = await client.post(served.url, json={"b": 2}, headers={"X-Key": "k"})
    assert response.json() == {"a": 1}
    assert response.headers["content-type"] == "application/json"
    assert "content-encoding" not in response.headers
    request = served.requests[0]
    assert request.endswith(b'\r\n\r\n{"b":2}')
    assert b"\r\nx-key: k\r\n" in request.lower()
    assert (
        request.lower().count(b"\r\nhost: ") == request.lower().count(b"\r\naccept-encoding: gzip\r\n") == 1
    )


async def test_a_streamed_body_is_sent_whole_with_its_length(peer: StartPeer, transport: Transport) -> None:
    async def pieces() -> object:
        yield b"one "
        yield b"two"

    served = peer(answering(NO_CONTENT))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.post(served.url, content=pieces())
    assert served.requests[0].endswith(b"\r\n\r\none two")
    assert b"transfer-encoding" not in served.requests[0].lower()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_other_methods_work(method: str, peer: StartPeer, transport: Transport) -> None:
    body = b"" if method == "HEAD" else b"ok"
    served = peer(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body))
    async with httpx.AsyncClient(transport=transport) as client:
        response = await client.request(method, served.url)
    assert (response.status_code, response.content) == (200, body)
    assert served.requests[0].startswith(method.encode() + b" /hook HTTP/1.1\r\n")


async def test_no_redirect_and_no_cookie(peer: StartPeer, transport: Transport) -> None:
    served = peer(
        answering(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
    )
    async with httpx.AsyncClient(transport=transport) as client:
        response = await client.get(served.url)
        assert response.status_code == 302
        assert dict(client.cookies) == {}


async def test_connections_are_kept_between_requests_of_a_client(
    peer: StartPeer, transport: Transport
) -> None:
    served = peer(answering(NO_CONTENT))
    async with httpx.AsyncClient(transport=transport) as client:
        for _ in range(3):
            await client.post(served.url, content=b"x")
    assert served.connections == 1
    assert transport.idle == 0  # closing the client closes its transport


async def test_the_read_timeout_is_the_total_deadline(peer: StartPeer, transport: Transport) -> None:
    served = peer(after_request(Talk.wait_until_closed))
    async with httpx.AsyncClient(transport=transport, timeout=0.2) as client:
        with pytest.raises(TimedOut) as caught:
            await client.get(served.url)
    assert caught.value.request.url == served.url


async def test_caps_hold(peer: StartPeer, transport: Transport) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    served = peer(
        answering(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
        )
    )
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(TooLarge):
            await client.get(served.url)


@pytest.mark.parametrize(
    ("url", "error"), [("https://127.0.0.1/", BlockedAddress), ("https://user:key@odoo.example/", Unsendable)]
)
async def test_errors_are_httpx_transport_errors(url: str, error: type[NetError]) -> None:
    async with httpx.AsyncClient(transport=Transport(AddressGuard())) as client:
        with pytest.raises(httpx.TransportError) as caught:
            await client.get(url)
    assert type(caught.value) is error
