"""Is it alive, has it started, and a few numbers: all that a platform's probes and a metrics scraper may ask.

Liveness is the loops' heartbeats and a real read and write of the database, never Odoo's or a receiver's reachability: a
restart would mend neither. No answer names a tenant. Hundreds of connections or a peer that never ends its request
must not reach the poller, so there is a limit on each.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

import anyio
import msgspec
from anyio.abc import SocketAttribute, SocketStream, TaskStatus
from anyio.streams.stapled import MultiListener

from poller_core.errors import PollerError
from poller_core.i18n import Phrase
from poller_core.logging import log

MAX_CONNECTIONS = 64
REQUEST_SECONDS = 5.0
_HEAD_LIMIT = 8192
_BREATH_SECONDS = 0.5
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_REQUEST_LINE = re.compile(rb"([A-Z]{1,10}) (/[!-~]*) HTTP/1\.[01]")
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^\n{}]*\})?")
_JSON = "application/json"
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Health:
    """What the poller says of itself. ``reasons`` are short and name no tenant: whoever reaches the port reads them."""

    live: bool
    started: bool
    reasons: tuple[str, ...] = ()


Probe = Callable[[], Health]
Metrics = Callable[[], Mapping[str, float]]


async def serve(
    host: str,
    port: int,
    probe: Probe,
    metrics: Metrics,
    *,
    task_status: TaskStatus[int] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Answer ``/livez``, ``/startupz`` and ``/metrics`` until cancelled; started with the port that is bound (0: any).

    ``probe`` and ``metrics`` are called in the loop and must be quick. Metrics are Prometheus text: names that end in
    ``_total`` are counters, others gauges; a name may carry labels in braces. Raise `PollerError` where the
    address can't be bound.
    """
    try:
        listener = await anyio.create_tcp_listener(local_host=host, local_port=port)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise PollerError(
            Phrase(
                "health can't listen on {host} port {port}: {why} (POLLER_HTTP_HOST, POLLER_HTTP_PORT)",
                host=host,
                port=port,
                why=why,
            )
        ) from None
    async with listener:
        task_status.started(listener.extra(SocketAttribute.local_port))  # noqa: S610  # anyio's, not Django's
        await _accept(listener, _Desk(probe, metrics).handle)


async def _accept(
    listener: MultiListener[SocketStream], handle: Callable[[SocketStream], Awaitable[None]]
) -> None:
    while True:
        try:
            await listener.serve(handle)
        except* OSError as group:
            if not all(error.errno in _EXHAUSTED for error in _leaves(group)):
                raise
            log.warning("health paused: too many open files")
            await anyio.sleep(_BREATH_SECONDS)


def _leaves(group: BaseExceptionGroup[OSError]) -> Iterable[OSError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


class _Desk:
    """Takes one request a connection, `MAX_CONNECTIONS` at once, each within `REQUEST_SECONDS`."""

    def __init__(self, probe: Probe, metrics: Metrics) -> None:
        self._probe = probe
        self._metrics = metrics
        self._open = 0

    async def handle(self, stream: SocketStream) -> None:
        """Answer and close. Nothing that a peer does raises."""
        async with stream:
            if self._open >= MAX_CONNECTIONS:
                return
            self._open += 1
            try:
                with anyio.move_on_after(REQUEST_SECONDS):
                    await stream.send(self._answer(await _request_line(stream)))
                    await stream.send_eof()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
                return
            finally:
                self._open -= 1

    def _answer(self, line: bytes) -> bytes:
        found = _REQUEST_LINE.fullmatch(line)
        if found is None:
            return _response(400, _JSON, b"{}")
        method, path = found[1], found[2].partition(b"?")[0]
        if method not in (b"GET", b"HEAD"):
            return _response(405, _JSON, b"{}", extra="Allow: GET, HEAD\r\n")
        return _response(*self._page(path), head_only=method == b"HEAD")

    def _page(self, path: bytes) -> tuple[int, str, bytes]:
        try:
            match path:
                case b"/livez":
                    health = self._probe()
                    return _verdict("live", health.live, health.reasons)
                case b"/startupz":
                    health = self._probe()
                    return _verdict("started", health.started, health.reasons)
                case b"/metrics":
                    return 200, _PROMETHEUS, prometheus_text(self._metrics()).encode()
                case _:
                    return 404, _JSON, b"{}"
        except Exception as error:  # noqa: BLE001  # a probe that fails is an answer: not healthy
            log.warning("health probe failed", error=error)
            return 503, _JSON, b'{"reasons":["the probe failed"]}'


def prometheus_text(metrics: Mapping[str, float]) -> str:
    """Metrics in the text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats); bad names are left out."""
    families: dict[str, list[str]] = {}
    for name, value in metrics.items():
        if _METRIC.fullmatch(name):
            families.setdefault(name.partition("{")[0], []).append(f"{name} {_number(value)}\n")
    return "".join(
        f"# TYPE {family} {'counter' if family.endswith('_total') else 'gauge'}\n{''.join(lines)}"
        for family, lines in families.items()
    )


def _number(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))


def _verdict(name: str, good: bool, reasons: tuple[str, ...]) -> tuple[int, str, bytes]:
    return (200 if good else 503), _JSON, msgspec.json.encode({name: good, "reasons": reasons})


async def _request_line(stream: SocketStream) -> bytes:
    """The first line, once the whole head is there; empty where it never comes whole or is too long."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _HEAD_LIMIT:
        try:
            head += await stream.receive(_HEAD_LIMIT)
        except anyio.EndOfStream:
            return b""
    return head.partition(b"\r\n")[0] if b"\r\n\r\n" in head else b""


def _response(status: int, kind: str, body: bytes, *, extra: str = "", head_only: bool = False) -> bytes:
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"Cache-Control: no-store\r\nConnection: close\r\n{extra}\r\n"
    )
    return head.encode("ascii") + (b"" if head_only else body)


__all__ = ["MAX_CONNECTIONS", "REQUEST_SECONDS", "Health", "prometheus_text", "serve"]
