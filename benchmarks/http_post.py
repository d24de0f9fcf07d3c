"""What one POST costs: stock httpx, aiohttp and odoo_rpc.net in turn, against a trivial server in another process.

    python benchmarks/http_post.py [--rounds 5] [--seconds 0.2] [--origins 1000] [--json]

Needs requirements/bench.txt. Every round runs all candidates one after the other; ratios are formed inside a round and
the medians over the rounds are shown, so that whatever else the machine does touches all alike. `raw` is the floor:
an asyncio.Protocol that writes a prebuilt request and looks for the end of a bodiless answer. Client and server are
pinned to a core each where the machine has two.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest import mock

import httpx

from odoo_rpc.net import WEBHOOK_CAPS, AddressGuard, Transport, dial, parse_target

HEADERS = {
    "Content-Type": "application/json",
    "X-Webhook-Secret": "b5d7c2c0-31f5-4b7e-9d61-1e3c6a0f8a55",
    "X-Odoo-Connection-Id": "3f2a9c1e7b604d58",
    "webhook-id": "7d6f1c3e-5b1a-5a8e-8a53-0f3f4f1b2c3d",
    "webhook-timestamp": "1767225600",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}
BODY = b"x" * 1200
ANSWER = (
    b"HTTP/1.1 204 No Content\r\nServer: trivial\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    b"Connection: keep-alive\r\n\r\n"
)
LOOPBACK = AddressGuard.parse("127.0.0.1")

Post = Callable[[], Awaitable[object]]


# The server, a process of its own


class Receiver(asyncio.Protocol):
    """Answers as soon as the announced length is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, separator, body = self._data.partition(b"\r\n\r\n")
        if not separator:
            return
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
        if len(body) >= int(length):
            self._data = b""
            self._transport.write(ANSWER)


async def serve(count: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Receiver, "127.0.0.1", 0) for _ in range(count)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.Event().wait()


def run_server(count: int) -> None:
    allow_many_files()
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(count))
    else:
        uvloop.run(serve(count))


# The candidates


class Raw(asyncio.Protocol):
    """One connection of the floor."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self.answered.set_result(None)


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Post]:
    target = parse_target(url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items()).encode()
    request = target.post_head + lines + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    loop = asyncio.get_running_loop()
    idle: list[Raw] = []

    async def post() -> None:
        if idle:
            connection = idle.pop()
        else:
            _, connection = await loop.create_connection(Raw, target.host, target.port)
        connection.answered = loop.create_future()
        connection.transport.write(request)
        await connection.answered
        idle.append(connection)

    yield post
    for connection in idle:
        connection.transport.close()


@asynccontextmanager
async def stock_httpx(url: str) -> AsyncIterator[Post]:
    async with httpx.AsyncClient() as client:
        yield lambda: client.post(url, headers=HEADERS, content=BODY)


@asynccontextmanager
async def stock_aiohttp(url: str) -> AsyncIterator[Post]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post() -> None:
            async with session.post(url, headers=HEADERS, data=BODY) as answer:
                await answer.read()

        yield post


@asynccontextmanager
async def ours(url: str) -> AsyncIterator[Post]:
    async with Transport(LOOPBACK) as transport:
        # A new mapping each time, as every delivery has its own timestamp and signature.
        yield lambda: transport.post(url, dict(HEADERS), BODY, caps=WEBHOOK_CAPS, truncate=True)


@asynccontextmanager
async def ours_by_anyio(url: str) -> AsyncIterator[Post]:
    with mock.patch.object(dial, "watched", lambda wire: wire):
        async with ours(url) as post:
            yield post


@asynccontextmanager
async def ours_in_httpx(url: str) -> AsyncIterator[Post]:
    async with httpx.AsyncClient(transport=Transport(LOOPBACK)) as client:
        yield lambda: client.post(url, headers=HEADERS, content=BODY)


CANDIDATES = {
    "raw": raw,
    "httpx": stock_httpx,
    "aiohttp": stock_aiohttp,
    "odoo_rpc.net": ours,
    "odoo_rpc.net, anyio only": ours_by_anyio,
    "odoo_rpc.net in httpx.AsyncClient": ours_in_httpx,
}


# Measuring


async def measure(post: Post, in_flight: int, seconds: float) -> tuple[float, float]:
    """Keep `in_flight` POSTs going; return requests a second and CPU µs a request, the first ones left out."""
    done = 0
    running = True

    async def again_and_again() -> None:
        nonlocal done
        while running:
            await post()
            done += 1

    workers = [asyncio.create_task(again_and_again()) for _ in range(in_flight)]
    await asyncio.sleep(min(0.1, seconds / 3))
    before, cpu, wall = done, time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    count, cpu, wall = done - before, time.process_time() - cpu, time.perf_counter() - wall
    running = False
    await asyncio.gather(*workers)
    return count / wall, cpu / max(count, 1) * 1e6


async def measure_candidate(name: str, url: str, in_flight: int, seconds: float) -> tuple[float, float]:
    async with CANDIDATES[name](url) as post:
        return await measure(post, in_flight, seconds)


async def measure_idle(ports: list[int], rounds: int, seconds: float) -> list[tuple[float, float]]:
    """CPU µs a request, with one origin known and with all of `ports` idle."""
    results = []
    async with (
        Transport(LOOPBACK, max_idle=len(ports)) as one,
        Transport(LOOPBACK, max_idle=len(ports)) as many,
    ):

        async def post(transport: Transport, port: int = ports[0]) -> None:
            await transport.post(f"http://127.0.0.1:{port}/hook", HEADERS, BODY, caps=WEBHOOK_CAPS)

        for port in ports:
            await post(many, port)
        for _ in range(rounds):
            _, alone = await measure(lambda: post(one), 1, seconds)
            _, among = await measure(lambda: post(many), 1, seconds)
            results.append((alone, among))
        assert many.idle == len(ports)
    return results


def clients(port: int, rounds: int, seconds: float) -> dict[int, dict[str, dict[str, Any]]]:
    """Medians by in-flight count and candidate, and each round's CPU to aiohttp's."""
    url = f"http://127.0.0.1:{port}/hook"
    figures: dict[int, dict[str, dict[str, Any]]] = {}
    for in_flight in (1, 50):
        samples: dict[str, list[dict[str, float]]] = {name: [] for name in CANDIDATES}
        for _ in range(rounds):
            results = {}
            for name in CANDIDATES:
                gc.collect()
                results[name] = asyncio.run(measure_candidate(name, url, in_flight, seconds))
            for name, (rate, cpu) in results.items():
                samples[name].append(
                    {
                        "requests_per_second": rate,
                        "cpu_us": cpu,
                        "rate_to_raw": rate / results["raw"][0],
                        "cpu_to_aiohttp": cpu / results["aiohttp"][1],
                    }
                )
        figures[in_flight] = {
            name: {**medians(rows), "ratios": [row["cpu_to_aiohttp"] for row in rows]}
            for name, rows in samples.items()
        }
    return figures


def medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}


def idle_origins(ports: list[int], rounds: int, seconds: float) -> dict[str, Any]:
    results = asyncio.run(measure_idle(ports, rounds, seconds))
    return {
        "origins": len(ports),
        "cpu_us_one": round(statistics.median(alone for alone, _ in results), 1),
        "cpu_us_all": round(statistics.median(among for _, among in results), 1),
        "ratios": [round(among / alone, 3) for alone, among in results],
    }


# Running and showing


def allow_many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def pin(pid: int, core: int) -> None:
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(pid, {sorted(os.sched_getaffinity(0))[core]})


def show(figures: dict[int, dict[str, dict[str, Any]]], idle: dict[str, Any]) -> None:
    print("| in flight | client | req/s | CPU µs | req/s to raw | CPU to aiohttp |")
    print("|---|---|---|---|---|---|")
    for in_flight, rows in figures.items():
        for name, row in rows.items():
            print(
                f"| {in_flight} | {name} | {row['requests_per_second']:,.0f} | {row['cpu_us']:,.0f} "
                f"| {row['rate_to_raw']:.2f} | {row['cpu_to_aiohttp']:.2f} |"
            )
    print(
        f"\nA request with {idle['origins']:,} idle origins: {idle['cpu_us_all']:.0f} µs CPU, "
        f"with one {idle['cpu_us_one']:.0f} µs, ratio {statistics.median(idle['ratios']):.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each measurement")
    parser.add_argument("--origins", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        run_server(options.serve)
        return
    allow_many_files()
    command = [sys.executable, __file__, "--serve", str(options.origins)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            ports = json.loads(server.stdout.readline())
            pin(server.pid, 1)
            pin(0, 0)
            figures = clients(ports[0], options.rounds, options.seconds)
            idle = idle_origins(ports, options.rounds, options.seconds)
        finally:
            server.kill()
    if options.json:
        print(json.dumps({"clients": figures, "idle": idle}, indent=2))
    else:
        show(figures, idle)


if __name__ == "__main__":
    main()
