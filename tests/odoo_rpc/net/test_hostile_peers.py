"""Peers that misbehave on purpose. Whatever they do, the caller gets one clear error in bounded time and memory."""

import gzip
from collections.abc import Callable

import anyio
import pytest

from net_peers import Peer, Script, Talk, after_request, answering
from odoo_rpc.net import (
    HEADER_BYTES,
    ODOO_CAPS,
    WEBHOOK_CAPS,
    Caps,
    ConnectFailed,
    NetError,
    ProtocolBroken,
    TimedOut,
    TooLarge,
    Transport,
)

pytestmark = pytest.mark.anyio

StartPeer = Callable[..., Peer]
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def sized(body: bytes, *, headers: bytes = b"", length: int | None = None) -> bytes:
    return HEAD + headers + b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body


def endless(piece: bytes, before: bytes = b"") -> Script:
    """Send `piece` again and again until the client has had enough."""

    def script(talk: Talk) -> None:
        talk.request()
        talk.send(before)
        while not talk.peer.stopping.is_set():
            talk.send(piece)

    return script


def dripping(data: bytes, before: bytes = b"") -> Script:
    def drip(talk: Talk) -> None:
        talk.send(before)
        talk.drip(data)

    return after_request(drip)


@pytest.mark.parametrize(
    "script",
    [
        dripping(sized(b"x" * 1000)),
        dripping(b"x" * 1000, before=HEAD + b"Content-Length: 1000\r\n\r\n"),
        dripping(b"1\r\nx\r\n" * 1000, before=CHUNKED),
        dripping(b"X: y\r\n" * 1000, before=HEAD),
    ],
    ids=["everything", "body", "chunks", "headers"],
)
async def test_a_peer_that_drips_ends_at_the_total_deadline(
    script: Script, peer: StartPeer, transport: Transport
) -> None:
    with anyio.fail_after(5), pytest.raises(TimedOut):
        await transport.post(peer(script).url, {}, b"", caps=ODOO_CAPS, deadline_seconds=0.3)
    assert transport.idle == 0


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (endless(b"400\r\n" + b"x" * 1024 + b"\r\n", before=CHUNKED), TooLarge),
        (endless(b"1;" + b"e" * 1022, before=CHUNKED), TooLarge),
        (endless(b"x" * 1024, before=HEAD + b"\r\n"), TooLarge),
        (endless(b"x" * 1024, before=HEAD + b"Content-Length: 999999999999\r\n\r\n"), TooLarge),
        (endless(b"x" * 1024, before=HEAD + b"X-Endless: "), ProtocolBroken),
        (endless(b"X: y\r\n", before=HEAD), ProtocolBroken),
        (endless(b"X: y\r\n", before=CHUNKED + b"0\r\n"), ProtocolBroken),
        (endless(b"HTTP/1.1 100 Continue\r\n\r\n"), ProtocolBroken),
        (endless(b"x" * 1024), ProtocolBroken),
    ],
    ids=["chunks", "extensions", "no length", "length", "header", "headers", "trailers", "continue", "noise"],
)
async def test_a_peer_that_never_stops_is_cut_off_at_the_caps(
    script: Script, error: type[NetError], peer: StartPeer, transport: Transport
) -> None:
    with pytest.raises(error):
        await transport.post(
            peer(script).url, {}, b"", caps=Caps(raw=300_000, decoded=1_000_000), deadline_seconds=20
        )
    assert transport.idle == 0


BOMB = gzip.compress(bytes(64 * 1024 * 1024))
GZIP = b"Content-Encoding: gzip\r\n"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (sized(BOMB, headers=GZIP), TooLarge),
        (sized(gzip.compress(BOMB), headers=b"Content-Encoding: gzip, gzip\r\n"), ProtocolBroken),
        (sized(gzip.compress(BOMB), headers=GZIP + GZIP), ProtocolBroken),
        (sized(b"\x8b\x02\x80ok\x03", headers=b"Content-Encoding: br\r\n"), ProtocolBroken),
        (sized(b"ok", headers=b"Content-Encoding: zstd\r\n"), ProtocolBroken),
        (sized(b"ok", headers=GZIP), ProtocolBroken),
        (sized(gzip.compress(b"some words")[:-4], headers=GZIP), ProtocolBroken),
    ],
    ids=["bomb", "double gzip", "double gzip in two headers", "br", "zstd", "no gzip", "truncated gzip"],
)
async def test_a_body_that_is_not_encoded_as_asked_is_refused(
    answer: bytes, error: type[NetError], peer: StartPeer, transport: Transport
) -> None:
    with pytest.raises(error) as caught:
        await transport.post(peer(answering(answer)).url, {}, b"", caps=ODOO_CAPS, deadline_seconds=20)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"X-Huge: " + b"x" * HEADER_BYTES + b"\r\n\r\n",
        HEAD + b"X: y\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi",
        b"<html>Hello from 1991</html>\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        HEAD + b"Content-Length: 2\r\nContent-Length: 200\r\n\r\nok",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=[
        "huge header",
        "1,000 headers",
        "101",
        "HTTP/0.9",
        "SSH",
        "TLS alert",
        "two lengths",
        "length and chunks",
    ],
)
@pytest.mark.parametrize("truncate", [False, True])
async def test_an_answer_that_is_not_http_1_is_refused_and_its_connection_closed(
    answer: bytes, truncate: bool, peer: StartPeer, transport: Transport
) -> None:
    with pytest.raises(ProtocolBroken) as caught:
        await transport.post(peer(answering(answer)).url, {}, b"", caps=WEBHOOK_CAPS, truncate=truncate)
    assert "\n" not in str(caught.value)
    assert transport.idle == 0


@pytest.mark.parametrize(
    "then",
    [
        lambda talk: None,
        lambda talk: talk.reset(),
        lambda talk: talk.send(HEAD + b"Content-Le"),
        lambda talk: talk.send(sized(b"half", length=8)),
        lambda talk: talk.send(CHUNKED + b"4\r\nhalf\r\n"),
        lambda talk: (talk.send(sized(b"half", length=8)), talk.peer.stopping.wait(0.05), talk.reset()),
    ],
    ids=["close", "reset", "half a head", "half a body", "no last chunk", "reset in the body"],
)
@pytest.mark.parametrize("truncate", [False, True])
async def test_an_answer_that_breaks_off_is_a_failed_connection(
    then: Script, truncate: bool, peer: StartPeer, transport: Transport
) -> None:
    with pytest.raises(ConnectFailed):
        await transport.post(peer(after_request(then)).url, {}, b"", caps=WEBHOOK_CAPS, truncate=truncate)
    assert transport.idle == 0


async def test_a_body_longer_than_announced_is_cut_there_and_its_connection_dropped(
    peer: StartPeer, transport: Transport
) -> None:
    served = peer(answering(sized(b"ok and more", length=2)))
    for _ in range(2):
        assert (await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)).body == b"ok"
    assert served.connections == 2


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (sized(b"x" * 200_000), b"x" * 65536),
        (CHUNKED + b"30d40\r\n" + b"x" * 200_000 + b"\r\n0\r\n\r\n", b"x" * 65536),
        (sized(BOMB[:60_000], headers=GZIP), bytes(65536)),
        (sized(b"ok", headers=b"Content-Encoding: br\r\n"), b""),
        (sized(b"short"), b"short"),
    ],
    ids=["long", "chunked", "bomb", "br", "short"],
)
async def test_a_webhook_that_said_yes_is_not_failed_for_its_body(
    answer: bytes, body: bytes, peer: StartPeer, transport: Transport
) -> None:
    reply = await transport.post(peer(answering(answer)).url, {}, b"", caps=WEBHOOK_CAPS, truncate=True)
    assert (reply.status, reply.body) == (200, body)


async def test_an_endless_answer_to_a_webhook_is_cut_and_its_connection_closed(
    peer: StartPeer, transport: Transport
) -> None:
    served = peer(endless(b"400\r\n" + b"x" * 1024 + b"\r\n", before=CHUNKED))
    reply = await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS, truncate=True, deadline_seconds=20)
    assert (reply.status, len(reply.body), transport.idle) == (200, 65536, 0)
