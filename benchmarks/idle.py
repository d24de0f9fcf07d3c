"""Ten thousand connections that are polled every minute and have nothing new: what that costs, and how late polls begin.

    python benchmarks/idle.py [--connections 10000] [--period 60] [--seconds 30] [--warm-up 20] [--only poller|bare] [--json]

The poller's daemon, whole, against 1,000 origins that answer with no order; beside it a bare program: a timer for each
connection, a prebuilt request on a kept raw connection, the answer decoded, no store. CPU is measured in a window that
begins when every connection has been polled once; the poller spreads its polls over the period from then on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from bare import SPECIFICATION, Page, Wire

ORIGINS = 1000


def figures(cpu: float, seconds: float, late: list[float], polls: int) -> dict[str, float]:
    late.sort()
    return {
        "cpu_percent": cpu / seconds * 100,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "late_p50_ms": late[len(late) // 2] * 1000,
        "late_p99_ms": late[len(late) * 99 // 100] * 1000,
        "polls": polls,
    }


async def run_poller(path: Path, seconds: float, warm_up: float) -> dict[str, float]:
    from poller import settings_for
    from poller_core import app
    from poller_core.loops.poller import Poller

    async with app.opened(settings_for(path, 16)) as services:
        poller = Poller(services, pid=os.getpid(), version="bench")
        started = asyncio.Event()
        running = asyncio.create_task(poller.run(started=started.set))
        await started.wait()
        await asyncio.sleep(warm_up)
        late = poller.scheduler.lateness
        late.clear()
        cpu, wall = time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        found = figures(cpu, wall, list(late.values()), len(late))
        poller.stop()
        await running
    failing = sum(1 for entry in poller.roster if entry.failing)
    if failing:
        raise SystemExit(f"{failing} connections are failing")
    return found


async def run_bare(
    ports: list[int], connections: int, period: float, seconds: float, warm_up: float
) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    idle: dict[int, list[Wire]] = {port: [] for port in ports}
    late: list[float] = []
    decode = msgspec.json.Decoder(Page).decode

    async def one(number: int) -> None:
        port = ports[number % len(ports)]
        body = msgspec.json.encode(
            {"domain": [], "specification": SPECIFICATION, "limit": 100, "order": "id asc"}
        )
        request = (
            b"POST /json/2/sale.order/web_search_read HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: bearer key\r\n"
            b"X-Odoo-Database: shop%d\r\nContent-Length: %d\r\n\r\n%b" % (number, len(body), body)
        )
        due = loop.time() + number / connections * period
        while True:
            await asyncio.sleep(max(due - loop.time(), 0))
            late.append(loop.time() - due)
            due += period
            if idle[port]:
                wire = idle[port].pop()
            else:
                _, wire = await loop.create_connection(Wire, "127.0.0.1", port)
            wire.answer = loop.create_future()
            async with asyncio.timeout(30):
                wire.transport.write(request)
                answer = await wire.answer
            idle[port].append(wire)
            decode(answer.partition(b"\r\n\r\n")[2])

    tasks = [asyncio.create_task(one(number)) for number in range(connections)]
    await asyncio.sleep(warm_up)
    late.clear()
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    found = figures(cpu, wall, late, len(late))
    for task in tasks:
        task.cancel()
    return found


def child(given: argparse.Namespace, ports: list[int]) -> dict[str, float]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if given.only == "bare":
        return asyncio.run(run_bare(ports, given.connections, given.period, given.seconds, given.warm_up))
    from poller import prepare, settings_for
    from poller_core.logging import configure

    with tempfile.TemporaryDirectory() as directory, (Path(directory) / "log").open("w") as stream:
        configure(stream, level="INFO")
        path = Path(directory) / "poller.db"
        # In a process of its own: what it takes to make ten thousand connections is not the poller's memory.
        if not (pid := os.fork()):
            prepare(settings_for(path, 16), ports, given.connections, given.period)
            os._exit(0)
        os.waitpid(pid, 0)
        return asyncio.run(run_poller(path, given.seconds, given.warm_up))


def measure(given: argparse.Namespace) -> dict[str, dict[str, Any]]:
    here = Path(__file__).parent
    with subprocess.Popen(
        [sys.executable, here / "servers.py", "--orders", "0", "--ports", str(ORIGINS)],
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        try:
            ports = server.stdout.readline().decode().strip()
            found = {}
            for name in ("poller", "bare") if given.only is None else (given.only,):
                command = [sys.executable, __file__, *sys.argv[1:], "--only", name, "--ports", ports]
                found[name] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            return found
        finally:
            server.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--period", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--warm-up", type=float, default=20)
    parser.add_argument("--only", choices=["poller", "bare"])
    parser.add_argument("--ports", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.ports is not None:
        print(json.dumps(child(given, given.ports)))
        return
    found = measure(given)
    if given.json:
        print(json.dumps(found))
        return
    for name, row in found.items():
        print(
            f"{name:7} {row['cpu_percent']:6.1f} % of a core, {row['rss'] / 1e6:5.0f} MB, "
            f"late p50 {row['late_p50_ms']:.1f} ms, p99 {row['late_p99_ms']:.1f} ms, {row['polls']} polls"
        )


if __name__ == "__main__":
    main()
