"""Ready-made faults for `AsgiExchange`: what goes wrong between a client and a server, on demand.

A fault is an async callable `(method, url, body)`, asked before the application. It gives None to let the request pass, a
`Reply` to answer in the application's place, or a function that changes the application's own reply; or it raises a `NetError`,
or never returns. They combine: `times(2, html_page())`, `only("search_read", hang())`, `Switch(status(503))`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping

import anyio
import msgspec

from odoo_rpc.net import ConnectFailed, NetError, Reply

Change = Callable[[Reply], Reply]
Outcome = Reply | Change | None
FaultHook = Callable[[str, str, bytes], Awaitable[Outcome]]

_MAINTENANCE = "<!doctype html>\n<html><head><title>Mantenimiento</title></head><body><h1>Volvemos pronto</h1></body></html>"


def status(code: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> FaultHook:
    """Answer every request with this HTTP status."""
    reply = Reply(code, {"content-type": "text/plain", **(headers or {})}, body, 0.0)
    return _answering(reply)


def html_page(page: str = _MAINTENANCE, code: int = 200) -> FaultHook:
    """Answer with a page, as proxies, captive portals and maintenance do, with 200 as often as not."""
    return status(code, page.encode(), {"content-type": "text/html; charset=utf-8"})


def rate_limited(retry_after: str | float | None = None) -> FaultHook:
    """Answer 429, with `Retry-After` where given: seconds, an HTTP date, or rubbish."""
    headers = {} if retry_after is None else {"retry-after": _shown(retry_after)}
    return status(429, b"Too Many Requests", headers)


def hang() -> FaultHook:
    """Never answer: the caller's deadline or cancellation ends it."""

    async def fault(method: str, url: str, body: bytes) -> Outcome:
        await anyio.sleep_forever()
        return None

    return fault


def latency(seconds: float) -> FaultHook:
    """Let every request pass after a while, on the event loop's own clock."""

    async def fault(method: str, url: str, body: bytes) -> Outcome:
        await anyio.sleep(seconds)
        return None

    return fault


def broken(error: type[NetError] = ConnectFailed) -> FaultHook:
    """Break the connection before the request arrives; or fail in any other way that a `NetError` names."""

    async def fault(method: str, url: str, body: bytes) -> Outcome:
        raise error(f"{_origin(url)}: broken by a fault")

    return fault


def answer_lost(error: type[NetError] = ConnectFailed) -> FaultHook:
    """Let the server do what was asked, and lose its answer."""

    async def fault(method: str, url: str, body: bytes) -> Outcome:
        def lose(reply: Reply) -> Reply:
            raise error(f"{_origin(url)}: the answer was lost by a fault")

        return lose

    return fault


def changed(change: Callable[[bytes], bytes]) -> FaultHook:
    """Change the body of every answer: cut it short, put a byte order mark before it, make its JSON wrong."""

    async def fault(method: str, url: str, body: bytes) -> Outcome:
        return lambda reply: Reply(reply.status, reply.headers, change(reply.body), reply.elapsed_ms)

    return fault


def auth_revoked() -> FaultHook:
    """Refuse the key in the words of the protocol that asks, whatever the key is.

    To revoke one key of one user, use `FakeOdoo.revoke`.
    """

    async def fault(method: str, url: str, body: bytes) -> Outcome:
        if "/json/2/" in url:
            return _json(401, _exception("werkzeug.exceptions.Unauthorized", "Invalid apikey"))
        if not url.endswith("/jsonrpc"):
            return None
        envelope = {"jsonrpc": "2.0", "id": None}
        if b'"authenticate"' in body:
            return _json(200, envelope | {"result": False})
        if b'"execute_kw"' not in body:
            return None
        error = {
            "code": 0,
            "message": "Odoo Server Error",
            "data": _exception("odoo.exceptions.AccessDenied", "Access Denied"),
        }
        return _json(200, envelope | {"error": error})

    return fault


# Combinations


def times(count: int, fault: FaultHook) -> FaultHook:
    """Let `fault` act on the first `count` requests, and the others pass."""
    return in_turn([fault] * count)


def in_turn(faults: Iterable[FaultHook | None]) -> FaultHook:
    """Give each request the next fault, None letting it pass; when they run out, all pass."""
    upcoming = iter(faults)

    async def fault(method: str, url: str, body: bytes) -> Outcome:
        current = next(upcoming, None)
        return None if current is None else await current(method, url, body)

    return fault


def only(pattern: str, fault: FaultHook) -> FaultHook:
    """Let `fault` act where a regular expression is found in the URL or the body, such as a method or a database."""
    wanted = re.compile(pattern)

    async def filtered(method: str, url: str, body: bytes) -> Outcome:
        concerned = wanted.search(url) or wanted.search(body.decode("utf-8", "replace"))
        return await fault(method, url, body) if concerned else None

    return filtered


class Switch:
    """A fault that is put in and taken out while the exchange is in use: an outage that begins and ends."""

    def __init__(self, fault: FaultHook | None = None) -> None:
        self.fault = fault

    async def __call__(self, method: str, url: str, body: bytes) -> Outcome:
        """Ask the fault of the moment."""
        return None if self.fault is None else await self.fault(method, url, body)


def _answering(reply: Reply) -> FaultHook:
    async def fault(method: str, url: str, body: bytes) -> Outcome:
        return reply

    return fault


def _shown(retry_after: str | float) -> str:
    return retry_after if isinstance(retry_after, str) else f"{retry_after:g}"


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _exception(name: str, message: str) -> dict[str, object]:
    return {"name": name, "message": message, "arguments": [message], "context": {}, "debug": "Traceback"}


def _json(code: int, value: object) -> Reply:
    return Reply(code, {"content-type": "application/json; charset=utf-8"}, msgspec.json.encode(value), 0.0)
