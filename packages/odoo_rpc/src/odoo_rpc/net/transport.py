"""The transport: one request, one reply, whatever the peer does.

`Transport.post` and `Transport.get` are the short way, used by the Odoo client and by deliveries. The same object is
an `httpx.AsyncBaseTransport`, for whoever wants cookies-free, redirect-free `httpx.AsyncClient` semantics around it.
"""

import time
from collections.abc import Callable, Mapping

import anyio
import httpx

from odoo_rpc.net.answer import Answer
from odoo_rpc.net.caps import ODOO_CAPS, Caps
from odoo_rpc.net.connection import Connection, NotSent, Outgoing
from odoo_rpc.net.decoding import decode_body
from odoo_rpc.net.dial import Dialler, Resolve
from odoo_rpc.net.errors import ConnectFailed, TimedOut
from odoo_rpc.net.guard import AddressGuard
from odoo_rpc.net.headers import header_lines, is_ours
from odoo_rpc.net.limits import idle_limit
from odoo_rpc.net.pool import Pool
from odoo_rpc.net.reply import Reply
from odoo_rpc.net.target import ParsedTarget, parse_target
from odoo_rpc.net.watched import loop_clock
from odoo_rpc.net.wire import DeadlinePassed, Wire

DEADLINE_SECONDS = 30.0
"""Total deadline of an exchange unless the caller names another."""

_BODILESS = frozenset({"GET", "HEAD"})

# The body is decoded and whole by now, and a cookie must not reach the jar of an httpx.AsyncClient.
_NOT_HANDED_ON = frozenset({"content-encoding", "content-length", "transfer-encoding", "set-cookie"})


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over sockets that only go where `guard` permits.

    Idle connections are kept for `keepalive_seconds` (longer than a poll's interval, so that polling does not
    reconnect), at most `max_idle_per_origin` to one origin and `max_idle` in all (default: half of the files that
    this process may open). `connect_seconds` bounds look-up, dialling and TLS handshake together. `resolve` stands in
    for the system's resolver.

    It follows no redirect, keeps no cookie, uses no proxy and reads nothing from the environment. Belongs to one
    event loop. A request is sent a second time only where the first can't have arrived whole.
    """

    def __init__(
        self,
        guard: AddressGuard,
        *,
        keepalive_seconds: float = 75,
        max_idle_per_origin: int = 512,
        max_idle: int | None = None,
        connect_seconds: float = 10,
        resolve: Resolve | None = None,
    ) -> None:
        self._dialler = Dialler(guard, connect_seconds=connect_seconds, resolve=resolve)
        self._pool = Pool(
            keepalive_seconds=keepalive_seconds,
            max_idle_per_origin=max_idle_per_origin,
            max_idle=idle_limit() if max_idle is None else max_idle,
        )
        self._clock: Callable[[], float] | None = None

    @property
    def idle(self) -> int:
        """How many idle connections are kept."""
        return len(self._pool)

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
        """POST `body` and return the whole reply, whatever its status. Raise a `NetError` where there is none.

        `headers` may come from `prepare_headers`. Host, Content-Length, Accept-Encoding (gzip where the caps leave
        room for it) and User-Agent are added. With `truncate` a body beyond the caps is cut, and one that can't be
        decoded is left out, instead of refused. `ca_file` (PEM) replaces the public certificate authorities.
        """
        target = parse_target(url) if isinstance(url, str) else url
        lines = header_lines(headers, gzip=caps.gzip)
        data = b"%b%bContent-Length: %d\r\n\r\n%b" % (target.post_head, lines, len(body), body)
        return await self._exchange(target, ca_file, data, caps, deadline_seconds, truncate=truncate)

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
        target = parse_target(url) if isinstance(url, str) else url
        data = b"%b%b\r\n" % (target.head("GET"), header_lines(headers, gzip=caps.gzip))
        return await self._exchange(target, ca_file, data, caps, deadline_seconds, truncate=truncate)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Serve `httpx.AsyncClient`: `ODOO_CAPS`, public authorities, the read timeout as the total deadline."""
        body = await request.aread()
        target = parse_target(str(request.url))
        lines = header_lines(_passed_on(request.headers), gzip=ODOO_CAPS.gzip)
        length = b"Content-Length: %d\r\n" % len(body) if body or request.method not in _BODILESS else b""
        data = b"%b%b%b\r\n%b" % (target.head(request.method), lines, length, body)
        deadline = request.extensions.get("timeout", {}).get("read") or DEADLINE_SECONDS
        bodiless = request.method == "HEAD"
        reply = await self._exchange(target, None, data, ODOO_CAPS, deadline, bodiless=bodiless)
        kept = [(name, value) for name, value in reply.headers.items() if name not in _NOT_HANDED_ON]
        return httpx.Response(reply.status, headers=kept, content=reply.body, request=request)

    async def aclose(self) -> None:
        """Close idle connections. Those in use are closed when their exchange ends."""
        self._pool.close()

    async def _exchange(
        self,
        target: ParsedTarget,
        ca_file: str | None,
        data: bytes,
        caps: Caps,
        deadline_seconds: float,
        *,
        truncate: bool = False,
        bodiless: bool = False,
    ) -> Reply:
        started = time.perf_counter()
        if self._clock is None:
            self._clock = loop_clock()
        request = Outgoing(data, caps, self._clock() + deadline_seconds, truncate, bodiless)
        try:
            status, headers, raw = await self._answer(target, ca_file, request)
        except DeadlinePassed:
            late = f"{target.origin}: no complete answer within {deadline_seconds:g} s"
            raise TimedOut(late) from None
        body = decode_body(raw, headers.get("content-encoding", ""), caps, truncate=truncate)
        return Reply(status, headers, body, (time.perf_counter() - started) * 1000)

    async def _answer(self, target: ParsedTarget, ca_file: str | None, request: Outgoing) -> Answer:
        origin = (target.origin, ca_file)
        idle = self._pool.take(origin)
        if idle is not None:
            try:
                return await self._use(idle, request)
            except NotSent:
                pass  # closed between the look at it and the write: not even its first attempt arrived whole
        fresh = Connection(await self._dial(target, ca_file, request.deadline), origin)
        try:
            return await self._use(fresh, request)
        except NotSent:
            raise ConnectFailed(f"{target.origin}: the connection broke while sending") from None

    async def _dial(self, target: ParsedTarget, ca_file: str | None, deadline: float) -> Wire:
        with anyio.CancelScope(deadline=deadline):
            return await self._dialler.dial(target, ca_file)
        raise DeadlinePassed

    async def _use(self, connection: Connection, request: Outgoing) -> Answer:
        try:
            answer = await connection.round_trip(request)
        except BaseException:
            # Cancelled included: half an answer left on a connection would become the next request's.
            connection.close()
            raise
        if connection.reusable:
            self._pool.put(connection)
        else:
            connection.close()
        return answer


def _passed_on(headers: httpx.Headers) -> dict[str, str]:
    """Headers of `httpx.AsyncClient` without those that the transport decides on."""
    return {name: value for name, value in headers.items() if not is_ours(name) and name != "accept-encoding"}
