"""One request, one reply; connections kept, checked before reuse, and never reused half-read."""

import gzip
import socket
from collections.abc import Callable

import anyio
import pytest

from net_peers import NO_CONTENT, Peer, Talk, after_request, answering, idle_connection_saw_something
from odoo_rpc.net import (
    ODOO_CAPS,
    WEBHOOK_CAPS,
    AddressGuard,
    Caps,
    ConnectFailed,
    TimedOut,
    Transport,
    parse_target,
    prepare_headers,
)
from odoo_rpc.net.wire import Wire

pytestmark = pytest.mark.anyio

StartPeer = Callable[..., Peer]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Thing: Some\r\n\r\nok"


async def test_a_post_goes_out_and_its_reply_comes_back(peer: StartPeer, transport: Transport) -> None:
    served = peer(answering(OK))
    reply = await transport.post(served.url, {"Content-Type": "application/json"}, b"{}", caps=WEBHOOK_CAPS)
    assert (reply.status, reply.body) == (200, b"ok")
    assert reply.headers == {"content-length": "2", "x-thing": "Some"}
    assert 0 < reply.elapsed_ms < 5000
    assert served.requests == [
        b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        b"User-Agent: odoo-rpc\r\nAccept-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}" % served.port
    ]


async def test_a_get_sends_no_body_and_no_length(peer: StartPeer, transport: Transport) -> None:
    served = peer(answering(OK))
    reply = await transport.get(served.url, {}, caps=ODOO_CAPS)
    assert reply.body == b"ok"
    assert served.requests == [
        b"GET /hook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: odoo-rpc\r\nAccept-Encoding: gzip\r\n\r\n"
        % served.port
    ]


async def test_target_and_headers_may_be_prepared_once(peer: StartPeer, transport: Transport) -> None:
    served = peer(answering(OK))
    target, headers = parse_target(served.url), prepare_headers({"X-Key": "abc"})
    for body in (b"1", b"2"):
        await transport.post(target, headers, body, caps=WEBHOOK_CAPS)
    assert [request[-1:] for request in served.requests] == [b"1", b"2"]
    assert all(b"X-Key: abc\r\n" in request for request in served.requests)


async def test_a_compressed_answer_is_decoded(peer: StartPeer, transport: Transport) -> None:
    body = gzip.compress(b"[1, 2]")
    served = peer(
        answering(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
    )
    assert (await transport.post(served.url, {}, b"", caps=ODOO_CAPS)).body == b"[1, 2]"


async def test_a_body_larger_than_all_buffers_goes_both_ways(peer: StartPeer, transport: Transport) -> None:
    size = 8 * 1024 * 1024

    def echo(talk: Talk) -> None:
        request = talk.request() or b""
        body = request.partition(b"\r\n\r\n")[2]
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    sent = bytes(range(256)) * (size // 256)
    assert (await transport.post(peer(echo).url, {}, sent, caps=ODOO_CAPS)).body == sent


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int, peer: StartPeer, transport: Transport) -> None:
    elsewhere = peer(answering(OK))
    served = peer(
        answering(
            b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
            % (status, elsewhere.url.encode())
        )
    )
    reply = await transport.post(served.url, {"Authorization": "bearer x"}, b"{}", caps=WEBHOOK_CAPS)
    assert reply.status == status
    assert elsewhere.connections == 0
    assert len(served.requests) == 1


async def test_a_cookie_is_not_sent_back(peer: StartPeer, transport: Transport) -> None:
    served = peer(answering(b"HTTP/1.1 204 x\r\nSet-Cookie: session_id=1\r\n\r\n"))
    for _ in range(2):
        await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
    assert not any(b"cookie" in request.lower() for request in served.requests)


async def test_the_environment_sets_no_proxy(
    peer: StartPeer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, proxy = peer(answering(OK)), peer(answering(OK))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
    assert (served.connections, proxy.connections) == (1, 0)


# Keeping connections


async def test_one_connection_serves_requests_one_after_the_other(
    peer: StartPeer, transport: Transport
) -> None:
    served = peer(answering(NO_CONTENT))
    for _ in range(5):
        await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
    assert (served.connections, transport.idle) == (1, 1)


async def test_parallel_requests_get_a_connection_each_and_leave_them_idle(
    peer: StartPeer, transport: Transport
) -> None:
    served = peer(answering(NO_CONTENT))
    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(lambda: transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS))
    assert len(served.requests) == 8
    assert transport.idle == served.connections <= 8


async def test_connections_are_not_shared_between_certificate_authorities(
    peer: StartPeer, transport: Transport
) -> None:
    served = peer(answering(NO_CONTENT))
    await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
    await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS, ca_file="/somewhere/ca.pem")
    assert served.connections == 2


async def test_an_idle_connection_that_the_peer_closed_is_noticed_before_reuse(
    peer: StartPeer, transport: Transport
) -> None:
    def answer_once_and_close(talk: Talk) -> None:
        talk.request()
        talk.send(NO_CONTENT)

    served = peer(answer_once_and_close)
    for _ in range(5):
        await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
        await idle_connection_saw_something(transport)
    assert served.connections == 5


async def test_an_idle_connection_that_the_peer_reset_is_noticed_before_reuse(
    peer: StartPeer, transport: Transport
) -> None:
    def answer_once_and_reset(talk: Talk) -> None:
        talk.request()
        talk.send(NO_CONTENT)
        talk.peer.stopping.wait(0.05)
        talk.reset()

    served = peer(answer_once_and_reset)
    for _ in range(3):
        await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
        await idle_connection_saw_something(transport)
    assert served.connections == 3


async def test_a_connection_on_which_something_unasked_came_is_not_reused(
    peer: StartPeer, transport: Transport
) -> None:
    def babble(talk: Talk) -> None:
        talk.request()
        talk.send(NO_CONTENT)
        talk.peer.stopping.wait(0.05)
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        talk.wait_until_closed()

    served = peer(babble)
    for _ in range(3):
        reply = await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
        assert (reply.status, reply.body) == (204, b"")
        await idle_connection_saw_something(transport)
    assert served.connections == 3


async def test_a_connection_with_a_second_answer_in_the_same_packet_is_not_reused(
    peer: StartPeer, transport: Transport
) -> None:
    served = peer(answering(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"))
    for _ in range(2):
        assert (await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)).body == b"ok"
    assert (served.connections, transport.idle) == (2, 0)


async def test_expired_connections_are_closed_by_any_later_request(peer: StartPeer) -> None:
    served, other = peer(answering(NO_CONTENT)), peer(answering(NO_CONTENT))
    async with Transport(AddressGuard.parse("127.0.0.1"), keepalive_seconds=0) as transport:
        await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
        await transport.post(other.url, {}, b"", caps=WEBHOOK_CAPS)
        assert transport.idle == 0


async def test_idle_connections_never_exceed_their_limit(peer: StartPeer) -> None:
    peers = [peer(answering(NO_CONTENT)) for _ in range(6)]
    async with Transport(AddressGuard.parse("127.0.0.1"), max_idle=4) as transport:
        for served in peers:
            await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
        assert transport.idle == 4
        await transport.post(peers[-1].url, {}, b"", caps=WEBHOOK_CAPS)
        await transport.post(peers[0].url, {}, b"", caps=WEBHOOK_CAPS)
        assert (peers[-1].connections, peers[0].connections) == (1, 2)


async def test_closing_closes_idle_connections(peer: StartPeer, transport: Transport) -> None:
    served = peer(answering(NO_CONTENT))
    await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
    await transport.aclose()
    assert transport.idle == 0


# When a request may be sent again


async def test_a_request_that_could_not_be_written_whole_goes_out_on_a_new_connection(
    peer: StartPeer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peer closes between the look at an idle connection and the write: one look too early."""

    def answer_once_and_reset(talk: Talk) -> None:
        talk.request()
        talk.send(NO_CONTENT)
        if talk.peer.connections == 1:
            talk.reset()
        else:
            talk.wait_until_closed()

    served = peer(answer_once_and_reset)
    await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
    await idle_connection_saw_something(transport)
    monkeypatch.setattr(Wire, "silent", lambda wire: True)
    reply = await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
    assert reply.status == 204
    assert served.connections == 2


async def test_a_request_that_was_written_is_never_sent_again_by_itself(
    peer: StartPeer, transport: Transport
) -> None:
    def answer_one_then_read_and_close(talk: Talk) -> None:
        talk.request()
        talk.send(NO_CONTENT)
        talk.request()

    served = peer(answer_one_then_read_and_close)
    await transport.post(served.url, {}, b"first", caps=WEBHOOK_CAPS)
    with pytest.raises(ConnectFailed):
        await transport.post(served.url, {}, b"second", caps=WEBHOOK_CAPS)
    assert [request[-6:] for request in served.requests] == [b"\nfirst", b"second"]
    assert served.connections == 1


async def test_a_refusal_that_comes_before_the_request_is_read_counts_as_the_answer(
    peer: StartPeer, transport: Transport
) -> None:
    def refuse_early(talk: Talk) -> None:
        talk.socket.recv(1)
        talk.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        talk.socket.shutdown(socket.SHUT_WR)
        talk.wait_until_closed()

    reply = await transport.post(peer(refuse_early).url, {}, bytes(10_000_000), caps=WEBHOOK_CAPS)
    assert reply.status == 413


async def test_a_refusal_followed_by_a_reset_is_still_read_and_the_connection_dropped(
    peer: StartPeer, transport: Transport
) -> None:
    def refuse_and_reset(talk: Talk) -> None:
        talk.socket.recv(1)
        talk.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        # Closing with data unread makes the kernel send RST.

    reply = await transport.post(peer(refuse_and_reset).url, {}, bytes(50_000_000), caps=WEBHOOK_CAPS)
    assert reply.status == 413
    assert transport.idle == 0


# Deadlines and cancellation


async def test_a_silent_peer_ends_at_the_deadline(peer: StartPeer, transport: Transport) -> None:
    served = peer(after_request(Talk.wait_until_closed))
    with anyio.fail_after(5), pytest.raises(TimedOut) as caught:
        await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS, deadline_seconds=0.2)
    assert str(caught.value) == f"http://127.0.0.1:{served.port}: no complete answer within 0.2 s"
    assert transport.idle == 0


async def test_a_peer_that_never_reads_ends_at_the_deadline(peer: StartPeer, transport: Transport) -> None:
    served = peer(lambda talk: talk.peer.stopping.wait(5))
    with anyio.fail_after(5), pytest.raises(TimedOut):
        await transport.post(served.url, {}, bytes(50_000_000), caps=WEBHOOK_CAPS, deadline_seconds=0.3)


async def test_a_slow_resolver_ends_at_the_connect_deadline() -> None:
    async def never(host: str) -> list[object]:
        await anyio.sleep_forever()
        return []

    transport = Transport(AddressGuard(), resolve=never, connect_seconds=0.1)
    with anyio.fail_after(5), pytest.raises(TimedOut) as caught:
        await transport.post("https://odoo.example/", {}, b"", caps=WEBHOOK_CAPS)
    assert str(caught.value) == "https://odoo.example: not connected within 0.1 s"


async def test_the_total_deadline_holds_while_connecting() -> None:
    async def never(host: str) -> list[object]:
        await anyio.sleep_forever()
        return []

    transport = Transport(AddressGuard(), resolve=never)
    with anyio.fail_after(5), pytest.raises(TimedOut):
        await transport.post("https://odoo.example/", {}, b"", caps=WEBHOOK_CAPS, deadline_seconds=0.1)


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf "])
async def test_cancelling_a_request_closes_its_connection_and_the_next_gets_its_own_answer(
    before: bytes, peer: StartPeer, transport: Transport
) -> None:
    def first_hangs(talk: Talk) -> None:
        number = talk.peer.connections
        while talk.request() is not None:
            if number == 1:
                talk.send(before)
                talk.wait_until_closed()
                return
            talk.send(OK)

    served = peer(first_hangs)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: transport.post(served.url, {}, b"first", caps=WEBHOOK_CAPS))
        while not served.requests:
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert transport.idle == 0
    for _ in range(2):
        assert (await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)).body == b"ok"
    assert (served.connections, transport.idle) == (2, 1)


async def test_many_requests_cancelled_at_any_moment_leave_every_answer_where_it_belongs(
    peer: StartPeer, transport: Transport
) -> None:
    def echo(talk: Talk) -> None:
        while (request := talk.request()) is not None:
            body = request.partition(b"\r\n\r\n")[2]
            talk.drip(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), seconds=0)
            talk.send(body)

    served = peer(echo)
    wrong: list[tuple[bytes, bytes]] = []
    answered = 0

    async def one(number: int) -> None:
        nonlocal answered
        body = b"%d" % number
        with anyio.move_on_after(0.0002 * (number % 40) if number % 2 == 0 else 20):
            reply = await transport.post(served.url, {}, body, caps=WEBHOOK_CAPS)
            answered += 1
            if reply.body != body:
                wrong.append((body, reply.body))

    for start in range(0, 400, 20):
        async with anyio.create_task_group() as group:
            for number in range(start, start + 20):
                group.start_soon(one, number)
    assert wrong == []
    assert 200 <= answered < 400
    assert (await transport.post(served.url, {}, b"last", caps=Caps(100, 100))).body == b"last"
