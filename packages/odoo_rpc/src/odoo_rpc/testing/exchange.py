"""Talk to ASGI applications as if they were hosts on the network: no sockets, no threads, no real time."""

from __future__ import annotations

from collections.abc import Mapping

import anyio

from odoo_rpc.net import (
    Caps,
    Exchange,
    NameNotFound,
    ParsedTarget,
    Reply,
    TimedOut,
    TooLarge,
    parse_target,
    prepare_headers,
)
from odoo_rpc.testing.asgi import Application, Message, Scope
from odoo_rpc.testing.faults import FaultHook

DEADLINE_SECONDS = 30.0


class AsgiExchange(Exchange):
    """An `Exchange`, as `odoo_rpc.Transport` is one, whose hosts are ASGI applications.

    `app` is one application that answers at every address, or a mapping from origin (`https://host[:port]`) to
    application; then other hosts have no address (`NameNotFound`). `faults` is asked first; see `odoo_rpc.testing.faults`.
    Caps and the deadline hold as they do on a socket. Whatever an application raises comes out as it is.
    """

    def __init__(self, app: Application | Mapping[str, Application], faults: FaultHook | None = None) -> None:
        self._apps = app if isinstance(app, Mapping) else None
        self._app = None if isinstance(app, Mapping) else app
        self.faults = faults

    async def post(
        self,
        url: ParsedTarget | str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        caps: Caps,
        deadline_seconds: float = DEADLINE_SECONDS,
        ca_file: str | None = None,
        truncate: bool = False,
    ) -> Reply:
        """POST `body` and give the reply. Raises a `NetError` where a fault says so, or caps or deadline are passed."""
        return await self._exchange("POST", url, headers, body, caps, deadline_seconds, truncate=truncate)

    async def get(
        self,
        url: ParsedTarget | str,
        headers: Mapping[str, str],
        *,
        caps: Caps,
        deadline_seconds: float = DEADLINE_SECONDS,
        ca_file: str | None = None,
        truncate: bool = False,
    ) -> Reply:
        """GET, otherwise as `post`."""
        return await self._exchange("GET", url, headers, b"", caps, deadline_seconds, truncate=truncate)

    async def _exchange(
        self,
        method: str,
        url: ParsedTarget | str,
        headers: Mapping[str, str],
        body: bytes,
        caps: Caps,
        deadline_seconds: float,
        *,
        truncate: bool,
    ) -> Reply:
        target = parse_target(url) if isinstance(url, str) else url
        block = prepare_headers(headers)
        started = anyio.current_time()
        with anyio.CancelScope(deadline=started + deadline_seconds):
            reply = await self._answer(method, target, block, body)
            answered = _within(reply, caps, target.origin, truncate=truncate)
            return Reply(reply.status, reply.headers, answered, (anyio.current_time() - started) * 1_000)
        raise TimedOut(f"{target.origin}: no complete answer within {deadline_seconds:g} s")

    async def _answer(
        self, method: str, target: ParsedTarget, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        if self.faults is None:
            return await self._served(method, target, headers, body)
        outcome = await self.faults(method, f"{target.origin}{target.path.decode('ascii')}", body)
        if isinstance(outcome, Reply):
            return outcome
        reply = await self._served(method, target, headers, body)
        return reply if outcome is None else outcome(reply)

    async def _served(
        self, method: str, target: ParsedTarget, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        app = self._app or (self._apps or {}).get(target.origin)
        if app is None:
            raise NameNotFound(f"{target.origin}: no such host")
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        collected = _Collected()

        async def receive() -> Message:
            return messages.pop() if messages else {"type": "http.disconnect"}

        await app(_scope(method, target, headers, len(body)), receive, collected.send)
        return Reply(collected.status, collected.headers, b"".join(collected.parts), 0.0)


class _Collected:
    """What an application sent."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message.get("headers", ()):
                key, text = name.decode("latin-1").lower(), value.decode("latin-1")
                self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))


def _scope(method: str, target: ParsedTarget, headers: Mapping[str, str], length: int) -> Scope:
    path, _, query = target.path.partition(b"?")
    lines = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    lines.append((b"host", target.host.encode("ascii")))
    lines.append((b"content-length", str(length).encode("ascii")))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https" if target.secure else "http",
        "path": path.decode("ascii"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": lines,
        "client": ("127.0.0.1", 0),
        "server": (target.host, target.port),
    }


def _within(reply: Reply, caps: Caps, origin: str, *, truncate: bool) -> bytes:
    if len(reply.body) <= caps.decoded:
        return reply.body
    if truncate:
        return reply.body[: caps.decoded]
    raise TooLarge(f"{origin}: an answer of more than {caps.decoded} bytes")
