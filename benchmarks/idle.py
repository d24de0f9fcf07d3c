"""Ten thousand connections that are polled every minute and have nothing new: what that costs, and how late polls begin.

    python benchmarks/idle.py [--connections 10000] [--period 60] [--seconds 10] [--windows 3] [--warm-up 65] [--only poller|bare] [--json]

The poller's daemon, whole, against 1,000 origins that answer with no order; beside it a bare program: a timer for each
connection, a prebuilt request on a kept raw connection, the answer decoded, no store. CPU is measured in a window that
begins after a whole period: the poller polls every connection at once when it starts and spreads its polls from then on,
and within a period every connection has had its second poll. Both are measured at the same time, in several
windows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bare import SPECIFICATION, Page, Wire

ORIGINS = 1000
CONNECTIONS_MADE_PER_SECOND = 500


class Windows:
    """When to measure, and what was found: several windows one after the other, the first at `begin` (epoch seconds)."""

    def __init__(self, begin: float, seconds: float, count: int) -> None:
        self.begin = begin
        self.seconds = seconds
        self.count = count
        self.cpu: list[float] = []
        """Per cent of a core."""
        self.late: list[float] = []

    async def measure(self, late: Callable[[], list[float]]) -> None:
        """`late` hands over the seconds by which polls began late since it was asked last."""
        await asyncio.sleep(max(self.begin - time.time(), 0))
        late()
        for _ in range(self.count):
            cpu, wall = time.process_time(), time.perf_counter()
            await asyncio.sleep(self.seconds)
            self.cpu.append((time.process_time() - cpu) / (time.perf_counter() - wall) * 100)
        self.late = sorted(late())

    def figures(self) -> dict[str, Any]:
        late = self.late
        return {
            "cpu_windows": self.cpu,
            "cpu_percent": statistics.median(self.cpu),
            "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "late_p50_ms": late[len(late) // 2] * 1000,
            "late_p99_ms": late[len(late) * 99 // 100] * 1000,
            "polls": len(late),
        }


async def run_poller(path: Path, windows: Windows) -> None:
    from poller import settings_for
    from poller_core import app
    from poller_core.loops.poller import Poller

    async with app.opened(settings_for(path, 16)) as services:
        poller = Poller(services, pid=os.getpid(), version="bench")
        started = asyncio.Event()
        running = asyncio.create_task(poller.run(started=started.set))
        await started.wait()
        lateness = poller.scheduler.lateness

        def late() -> list[float]:
            found = list(lateness.values())
            lateness.clear()
            return found

        await windows.measure(late)
        poller.stop()
        await running
    failing = sum(1 for entry in poller.roster if entry.failing)
    if failing:
        raise SystemExit(f"{failing} connections are failing")


async def run_bare(ports: list[int], connections: int, period: float, windows: Windows) -> None:
    loop = asyncio.get_running_loop()
    idle: dict[int, list[Wire]] = {port: [] for port in ports}
    lateness: list[float] = []
    decode = msgspec.json.Decoder(Page).decode

    def late() -> list[float]:
        found = lateness[:]
        lateness.clear()
        return found

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
            lateness.append(loop.time() - due)
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
    await windows.measure(late)
    for task in tasks:
        task.cancel()


def child(given: argparse.Namespace, ports: list[int]) -> dict[str, Any]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    windows = Windows(given.begin, given.seconds, given.windows)
    if given.only == "bare":
        asyncio.run(run_bare(ports, given.connections, given.period, windows))
        return windows.figures()
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
        windows.begin = max(windows.begin, time.time() + given.warm_up)
        asyncio.run(run_poller(path, windows))
    return windows.figures()


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Both at the same time, so that whatever else the machine does touches both: they need a few per cent of it."""
    here = Path(__file__).parent
    with subprocess.Popen(
        [sys.executable, here / "servers.py", "--orders", "0", "--ports", str(ORIGINS)],
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        try:
            ports = server.stdout.readline().decode().strip()
            # Making the connections comes before the warm-up.
            begin = time.time() + given.warm_up + given.connections / CONNECTIONS_MADE_PER_SECOND
            command = [
                sys.executable,
                __file__,
                *sys.argv[1:],
                "--ports",
                ports,
                "--begin",
                str(begin),
                "--only",
            ]
            running = {
                name: subprocess.Popen([*command, name], stdout=subprocess.PIPE)
                for name in (("poller", "bare") if given.only is None else (given.only,))
            }
            found: dict[str, Any] = {}
            for name, process in running.items():
                said, _ = process.communicate()
                if process.returncode:
                    raise SystemExit(f"{name} failed")
                found[name] = json.loads(said)
        finally:
            server.kill()
    if given.only is None:
        windows = zip(found["poller"]["cpu_windows"], found["bare"]["cpu_windows"], strict=True)
        found["ratios"] = [mine / bare for mine, bare in windows]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--period", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=10, help="of a window")
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--warm-up", type=float, default=65)
    parser.add_argument("--only", choices=["poller", "bare"])
    parser.add_argument("--ports", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--begin", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.ports is not None:
        print(json.dumps(child(given, given.ports)))
        return
    found = measure(given)
    if given.json:
        print(json.dumps(found))
        return
    print("poller to bare, by window:", *(f"{ratio:.2f}" for ratio in found.pop("ratios", [])))
    for name, row in found.items():
        print(
            f"{name:7} {row['cpu_percent']:6.1f} % of a core, {row['rss'] / 1e6:5.0f} MB, "
            f"late p50 {row['late_p50_ms']:.1f} ms, p99 {row['late_p99_ms']:.1f} ms, {row['polls']} polls"
        )


if __name__ == "__main__":
    main()
