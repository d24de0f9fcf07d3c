"""A tiny HTTP/1.1 server for ASGI applications: enough for demonstrations and for tests over real sockets.

It knows keep-alive, bodies with a length or in chunks, and nothing else (no pipelining, no limits): it is not meant to face a
network.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httptools
from anyio.abc import SocketAttribute, SocketStream

from odoo_rpc.testing.asgi import Application, Message, Scope

_CHUNK = 65_536
_HEAD = b"HTTP/1.1 %d \r\n"


@asynccontextmanager
async def serve(app: Application, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve an ASGI application while the `async with` block runs; gives its base URL, such as `http://127.0.0.1:40001`.

    Port 0 takes a free one. Leaving the block closes the listener and cuts every connection. What the
    application raises ends the block too: a stand-in that fails should be loud.

    Raises:
        OSError: the port is taken or not permitted.
    """
    listener = await anyio.create_tcp_listener(local_host=host, local_port=port)
    async with listener, anyio.create_task_group() as tasks:
        bound = listener.extra(SocketAttribute.local_port)  # noqa: S610 - anyio's, not Django's
        tasks.start_soon(listener.serve, _Server(app))
        try:
            yield f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
        finally:
            tasks.cancel_scope.cancel()


class _Server:
    """Answers the requests of one connection after the other's end, one at a time."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, stream: SocketStream) -> None:
        async with stream:
            try:
                await self._converse(stream)
            except (anyio.BrokenResourceError, anyio.EndOfStream, httptools.HttpParserError):
                return

    async def _converse(self, stream: SocketStream) -> None:
        reader = _Reader()
        while True:
            while not reader.complete:
                reader.parser.feed_data(await stream.receive(_CHUNK))
            request = reader.take()
            await stream.send(await self._respond(request))
            if not request.keep_alive:
                return

    async def _respond(self, request: _Request) -> bytes:
        body: list[Message] = [{"type": "http.request", "body": b"".join(request.body), "more_body": False}]
        head: list[bytes] = []
        parts: list[bytes] = []

        async def receive() -> Message:
            return body.pop() if body else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.append(_HEAD % message["status"])
                lines = message.get("headers", ())
                head.extend(b"%b: %b\r\n" % line for line in lines if line[0].lower() != b"content-length")
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(_scope(request), receive, send)
        content = b"".join(parts)
        head.append(b"content-length: %d\r\n" % len(content))
        head.append(b"connection: keep-alive\r\n\r\n" if request.keep_alive else b"connection: close\r\n\r\n")
        return b"".join(head) + (b"" if request.method == "HEAD" else content)


class _Request:
    """What has been read of one request."""

    def __init__(self) -> None:
        self.method = "GET"
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: list[bytes] = []
        self.keep_alive = False


class _Reader:
    """Collects what httptools reports."""

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.complete = False
        self._request = _Request()

    def take(self) -> _Request:
        """Hand over the complete request and begin the next."""
        request, self._request, self.complete = self._request, _Request(), False
        return request

    def on_url(self, url: bytes) -> None:
        self._request.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._request.headers.append((name.lower(), value))

    def on_body(self, part: bytes) -> None:
        self._request.body.append(part)

    def on_message_complete(self) -> None:
        # Asked later, the parser would answer for the message to come.
        self._request.method = self.parser.get_method().decode("ascii")
        self._request.keep_alive = self.parser.should_keep_alive()
        self.complete = True


def _scope(request: _Request) -> Scope:
    url = httptools.parse_url(request.url)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": url.path.decode("ascii"),
        "raw_path": url.path,
        "query_string": url.query or b"",
        "root_path": "",
        "headers": request.headers,
        "client": None,
        "server": None,
    }
