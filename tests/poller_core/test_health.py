import json
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack

import anyio
import pytest

from poller_core import health
from poller_core.errors import PollerError
from poller_core.health import Health, prometheus_text, serve

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Poller:
    """What the server asks."""

    def __init__(self) -> None:
        self.health = Health(live=True, started=True)
        self.numbers: Mapping[str, float] = {"poller_connections": 3}

    def probe(self) -> Health:
        return self.health

    def metrics(self) -> Mapping[str, float]:
        return self.numbers


async def exchange(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    with anyio.fail_after(5):
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(request)
            answer = await everything(stream)
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return int(status.split(" ")[1]), dict(line.split(": ", 1) for line in headers), body


async def everything(stream: anyio.abc.ByteStream) -> bytes:
    received = b""
    try:
        while True:
            received += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return received


async def get(poller: Poller, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    async with anyio.create_task_group() as group:
        port = await group.start(serve, "127.0.0.1", 0, poller.probe, poller.metrics)
        answer = await exchange(port, f"{method} {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        group.cancel_scope.cancel()
    return answer


async def test_a_live_poller_says_so() -> None:
    status, headers, body = await get(Poller(), "/livez")
    assert (status, json.loads(body)) == (200, {"live": True, "reasons": []})
    assert headers["Connection"] == "close"
    assert headers["Content-Length"] == str(len(body))
    assert headers["Cache-Control"] == "no-store"


async def test_a_stuck_loop_turns_liveness_red_with_its_reason() -> None:
    poller = Poller()
    poller.health = Health(live=False, started=True, reasons=("relay: no heartbeat for 90 s",))
    status, _, body = await get(poller, "/livez")
    assert (status, json.loads(body)) == (503, {"live": False, "reasons": ["relay: no heartbeat for 90 s"]})


async def test_a_poller_that_is_still_starting_is_live_and_not_started() -> None:
    poller = Poller()
    poller.health = Health(live=True, started=False, reasons=("migrating",))
    assert (await get(poller, "/startupz"))[0] == 503
    assert (await get(poller, "/livez?verbose"))[0] == 200


async def test_metrics_are_prometheus_text() -> None:
    status, headers, body = await get(Poller(), "/metrics")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert body == b"# TYPE poller_connections gauge\npoller_connections 3\n"


async def test_a_head_request_gets_no_body() -> None:
    status, headers, body = await get(Poller(), "/livez", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/", "GET", 404), ("/connections", "GET", 404), ("/livez/", "GET", 404), ("/livez", "POST", 405)],
)
async def test_nothing_else_is_served(path: str, method: str, status: int) -> None:
    assert (await get(Poller(), path, method))[0] == status


async def test_a_probe_that_fails_is_unhealthy_and_keeps_its_words_to_itself() -> None:
    class Broken(Poller):
        def probe(self) -> Health:
            raise RuntimeError("merchant Ñandú: no such table")

    status, _, body = await get(Broken(), "/livez")
    assert (status, json.loads(body)) == (503, {"reasons": ["the probe failed"]})


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n",
        b"GET /livez\r\n\r\n",
        b"GET http://h/livez HTTP/1.1\r\n\r\n",
        b"GET /livez HTTP/2.0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"G" * 9000,
    ],
)
async def test_what_is_no_request_is_a_400_and_the_server_goes_on(request_bytes: bytes) -> None:
    poller = Poller()
    async with anyio.create_task_group() as group:
        port = await group.start(serve, "127.0.0.1", 0, poller.probe, poller.metrics)
        assert (await exchange(port, request_bytes))[0] == 400
        assert (await exchange(port, b"GET /livez HTTP/1.0\r\n\r\n"))[0] == 200
        group.cancel_scope.cancel()


async def test_a_request_in_pieces_is_put_together() -> None:
    poller = Poller()
    async with anyio.create_task_group() as group:
        port = await group.start(serve, "127.0.0.1", 0, poller.probe, poller.metrics)
        with anyio.fail_after(5):
            async with await anyio.connect_tcp("127.0.0.1", port) as stream:
                for piece in (b"GET /li", b"vez HTTP/1.1\r\n", b"Host: h\r\n\r", b"\n"):
                    await stream.send(piece)
                    await anyio.lowlevel.checkpoint()
                assert (await everything(stream)).startswith(b"HTTP/1.1 200 OK\r\n")
        group.cancel_scope.cancel()


async def test_a_request_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REQUEST_SECONDS", 0.05)
    poller = Poller()
    async with anyio.create_task_group() as group:
        port = await group.start(serve, "127.0.0.1", 0, poller.probe, poller.metrics)
        with anyio.fail_after(5):
            async with await anyio.connect_tcp("127.0.0.1", port) as stream:
                await stream.send(b"GET /livez HTTP/1.1\r\n")
                assert await everything(stream) == b""
        group.cancel_scope.cancel()


async def test_one_connection_too_many_is_closed_at_once_and_room_comes_back() -> None:
    poller = Poller()
    async with anyio.create_task_group() as group:
        port = await group.start(serve, "127.0.0.1", 0, poller.probe, poller.metrics)
        with anyio.fail_after(5):
            async with AsyncExitStack() as stack:
                streams = [
                    await stack.enter_async_context(await anyio.connect_tcp("127.0.0.1", port))
                    for _ in range(health.MAX_CONNECTIONS)
                ]
                async with await anyio.connect_tcp("127.0.0.1", port) as extra:
                    assert await everything(extra) == b""
                await streams[0].send(b"GET /livez HTTP/1.1\r\n\r\n")
                assert (await everything(streams[0])).startswith(b"HTTP/1.1 200 OK")
                assert (await exchange(port, b"GET /livez HTTP/1.1\r\n\r\n"))[0] == 200
        group.cancel_scope.cancel()


async def test_a_peer_that_leaves_is_no_error() -> None:
    poller = Poller()
    async with anyio.create_task_group() as group:
        port = await group.start(serve, "127.0.0.1", 0, poller.probe, poller.metrics)
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(b"GET /metrics HTTP/1.1\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port)):
            pass
        assert (await exchange(port, b"GET /livez HTTP/1.1\r\n\r\n"))[0] == 200
        group.cancel_scope.cancel()


async def test_running_out_of_files_pauses_the_server_and_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "_BREATH_SECONDS", 0)
    calls = 0

    class Listener:
        async def serve(self, handler: object) -> None:
            nonlocal calls
            calls += 1
            if calls == 3:
                await anyio.sleep_forever()
            raise ExceptionGroup("listeners", [OSError(24, "Too many open files")])

    with anyio.move_on_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(health._accept, Listener(), None)
            while calls < 3:
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
    assert calls == 3


async def test_another_failure_to_accept_is_not_hidden() -> None:
    class Listener:
        async def serve(self, handler: object) -> None:
            raise ExceptionGroup("listeners", [OSError(9, "Bad file descriptor")])

    with pytest.raises(ExceptionGroup):
        await health._accept(Listener(), None)  # type: ignore[arg-type]


async def test_a_port_that_is_taken_is_one_line() -> None:
    poller = Poller()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PollerError) as caught:
            await serve("127.0.0.1", port, poller.probe, poller.metrics)
    assert str(caught.value) == (
        f"health can't listen on 127.0.0.1 port {port}: Address already in use (POLLER_HTTP_HOST, POLLER_HTTP_PORT)"
    )


def test_metrics_are_grouped_by_name_and_bad_names_are_left_out() -> None:
    text = prometheus_text(
        {
            'poller_outbox{status="pending"}': 2,
            "poller_delivered_total": 1e15,
            'poller_outbox{status="failed"}': 0.5,
            "poller lag": 1,
            "9lives": 1,
            'a{b="\n"}': 1,
            "poller_nan": float("nan"),
            "poller_inf": float("-inf"),
        }
    )
    assert text == (
        "# TYPE poller_outbox gauge\n"
        'poller_outbox{status="pending"} 2\n'
        'poller_outbox{status="failed"} 0.5\n'
        "# TYPE poller_delivered_total counter\n"
        "poller_delivered_total 1000000000000000\n"
        "# TYPE poller_nan gauge\n"
        "poller_nan NaN\n"
        "# TYPE poller_inf gauge\n"
        "poller_inf -Inf\n"
    )
