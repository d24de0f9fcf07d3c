"""All measurements in one go, and the page that they make.

    python benchmarks/run.py [--quick] [--write docs/benchmarks.md] [--only WORD ...]

Everything that is compared runs in turn, a round each, in processes of its own; ratios are formed inside a round and the
medians over the rounds are shown, so that whatever else the machine does touches all alike. Where the machine has two
cores, the servers are pinned to one and the candidates to the other. `--quick` takes two minutes or so: one round,
naive programs on fewer orders, a smaller large log, fewer idle connections. Needs requirements/bench.txt.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Figures = dict[str, Any]


@dataclass
class Goal:
    """One line of the table: what was to be shown, what was measured, and whether that does."""

    figure: str
    goal: str
    measured: str
    met: bool


@dataclass
class Report:
    """What is collected on the way."""

    quick: bool
    goals: list[Goal] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    def show(self, figure: str, *claims: tuple[str, str, bool]) -> None:
        """Add a figure's claims: (goal, measured, met)."""
        for goal, measured, met in claims:
            self.goals.append(Goal(figure, goal, measured, met))
            print(f"{'ok  ' if met else 'MISS'} {figure}: {measured} (goal {goal})", flush=True)

    def table(self, title: str, note: str, head: list[str], rows: list[list[str]]) -> None:
        lines = [f"### {title}", "", note, "", f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        self.tables.append("\n".join(lines))


# Running


def pinned(core: int) -> Callable[[], None]:
    def pin() -> None:
        if hasattr(os, "sched_setaffinity"):
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {cores[core % len(cores)]})

    return pin


def run(program: str, *arguments: object, pin: bool = True) -> Figures:
    """A benchmark's program, its JSON."""
    command = [sys.executable, HERE / program, *map(str, arguments)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, text=True, preexec_fn=pinned(0) if pin else None
    )
    found: Figures = json.loads(done.stdout)
    return found


@contextmanager
def serving(orders: int, latency_ms: int = 0) -> Iterator[int]:
    """The fake Odoo and the receiver; the port of both."""
    command = [sys.executable, HERE / "servers.py", "--orders", str(orders), "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=pinned(1)) as server:
        assert server.stdout is not None
        try:
            (port,) = json.loads(server.stdout.readline())
            yield port
        finally:
            server.kill()


# Orders from end to end


@dataclass(frozen=True)
class Candidate:
    """A program and how much it is given; its rate is what is compared."""

    name: str
    program: str
    orders: int
    extra: tuple[object, ...]


@dataclass(frozen=True)
class Scenario:
    """Connections, orders of each, delay of every answer, and who competes."""

    title: str
    connections: int
    latency_ms: int
    candidates: tuple[Candidate, ...]


def scenarios(quick: bool) -> list[Scenario]:
    few, some = (100, 300) if quick else (500, 2000)

    def naive(orders: int, way: str = "batched") -> Candidate:
        return Candidate(way, "naive.py", orders, (way,))

    def ours(orders: int, in_flight: int, name: str = "odoo-poller") -> Candidate:
        return Candidate(name, "poller.py", orders, (in_flight,))

    def bare(orders: int, in_flight: int) -> Candidate:
        return Candidate("bare", "bare.py", orders, (in_flight,))

    return [
        Scenario(
            "1 connection × 2,000, 0 ms", 1, 0,
            (naive(few, "one-by-one"), naive(some), bare(2000, 50), ours(2000, 50)),
        ),
        Scenario("50 × 100, 0 ms", 50, 0, (naive(20 if quick else 100), bare(100, 50), ours(100, 50))),
        Scenario(
            "1 × 2,000, 150 ms, 100 in flight", 1, 150,
            (naive(30 if quick else 100), bare(2000, 100), ours(2000, 100)),
        ),
        Scenario(
            "50 × 100, 150 ms, 500 in flight", 50, 150,
            (naive(20 if quick else 100), bare(100, 500), ours(100, 500), ours(100, 200, "200 in flight"),
             ours(100, 1000, "1,000 in flight")),
        ),
    ]  # fmt: skip


def play(scenario: Scenario, rounds: int) -> dict[str, list[Figures]]:
    """Every candidate's figures by round, `rate` among them."""
    found: dict[str, list[Figures]] = {one.name: [] for one in scenario.candidates}
    for _ in range(rounds):
        for one in scenario.candidates:
            with serving(one.orders, scenario.latency_ms) as port:
                figures = run(one.program, port, scenario.connections, one.orders, *one.extra)
            total = scenario.connections * one.orders
            figures["rate"] = total / figures["seconds"]
            figures["cpu_us"] = figures["cpu"] / total * 1e6
            found[one.name].append(figures)
    return found


def ratio(found: dict[str, list[Figures]], name: str, other: str, key: str = "rate") -> float:
    pairs = zip(found[name], found[other], strict=True)
    return statistics.median(mine[key] / its[key] for mine, its in pairs)


def median(rows: list[Figures], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def end_to_end(report: Report) -> None:
    rows = []
    results = []
    for scenario in scenarios(report.quick):
        print(f"… {scenario.title}", flush=True)
        found = play(scenario, 1 if report.quick else 3)
        results.append(found)
        for name, figures in found.items():
            rows.append(
                [
                    scenario.title,
                    name,
                    f"{median(figures, 'rate'):,.0f}",
                    f"{ratio(found, name, 'batched'):,.1f}",
                    f"{ratio(found, name, 'bare'):.2f}",
                    f"{median(figures, 'cpu_us'):,.0f}",
                    f"{median(figures, 'rss') / 1e6:.0f}",
                ]
            )
    report.table(
        "Orders from end to end",
        "Fetched, mapped, logged, delivered and recorded; the poller is whole, with signatures, events, read models and its log. "
        "`one-by-one` and `batched`: `naive.py`; `bare`: `bare.py`, the limit.",
        ["scenario", "program", "orders/s", "× batched", "of bare", "CPU µs/order", "MB"],
        rows,
    )
    _judge(report, results)


def _judge(report: Report, results: list[dict[str, list[Figures]]]) -> None:
    def times(found: dict[str, list[Figures]], other: str, goal: float) -> tuple[str, str, bool]:
        value = ratio(found, "odoo-poller", other)
        return f"≥ {goal:g} × {other}", f"{value:.1f} ×", value >= goal

    def part(found: dict[str, list[Figures]], goal: float, name: str = "the limit") -> tuple[str, str, bool]:
        value = ratio(found, "odoo-poller", "bare")
        return f"≥ {goal:g} of {name}", f"{value:.2f}", value >= goal

    single, many, single_far, many_far = results
    report.show(
        "1 connection × 2,000 orders, 0 ms",
        times(single, "batched", 10),
        times(single, "one-by-one", 25),
        part(single, 0.4, "the bare program"),
    )
    report.show("50 × 100, 0 ms", times(many, "batched", 12))
    report.show("1 × 2,000, 150 ms, 100 in flight", times(single_far, "batched", 80), part(single_far, 0.95))
    rates = [median(many_far[name], "rate") for name in ("200 in flight", "odoo-poller", "1,000 in flight")]
    report.show(
        "50 × 100, 150 ms, 500 in flight",
        times(many_far, "batched", 7),
        part(many_far, 0.85),
        (
            "never slower with more in flight",
            " → ".join(f"{rate:,.0f}" for rate in rates) + " orders/s at 200, 500, 1,000",
            rates[1] >= rates[0] * 0.95 and rates[2] >= rates[1] * 0.95,
        ),
    )


# The parts


def http(report: Report) -> None:
    found = run("http_post.py", "--json", "--rounds", 2 if report.quick else 5, pin=False)
    mine = found["clients"]["50"]["odoo_rpc.net"]
    value = mine["cpu_to_aiohttp"]
    report.show(
        "CPU a POST at 50 in flight",
        ("≤ 1 × aiohttp", f"{value:.2f} × ({mine['cpu_us']:.0f} µs)", value <= 1),
    )
    value = found["idle"]["ratio"]
    report.show("a request with 1,000 idle origins", ("≤ 1.2 × with one", f"{value:.2f} ×", value <= 1.2))
    rows = [
        [in_flight, name, f"{row['requests_per_second']:,.0f}", f"{row['cpu_us']:,.0f}", f"{row['rate_to_raw']:.2f}",
         f"{row['cpu_to_aiohttp']:.2f}"]
        for in_flight, clients in found["clients"].items() for name, row in clients.items()
    ]  # fmt: skip
    report.table(
        "One POST",
        "1,200 bytes to a trivial server in another process (`http_post.py`); `raw` writes a prebuilt request.",
        ["in flight", "client", "requests/s", "CPU µs", "of raw", "CPU to aiohttp"],
        rows,
    )


def append(report: Report) -> None:
    found = run("append.py", "--json", "--rounds", 3 if report.quick else 7)
    report.show(
        "append of a poll's 100 orders",
        _at_least(found, "executemany", 0.6, "of a bare executemany of the same rows"),
        _at_least(found, "eventsourcing", 2, "× eventsourcing's application"),
        _at_least(found, "aiosqlite", 15, "× aiosqlite row by row"),
    )
    report.table(
        "Appending 100 orders",
        "Events, outbox, bodies, read models and cursor, one commit with `synchronous=FULL` (`append.py`).",
        ["who", "ms", "× the poller's time"],
        [[name, f"{row['ms']:.2f}", f"{row['ratio']:.2f}"] for name, row in found.items()],
    )


def _at_least(found: Figures, name: str, goal: float, words: str) -> tuple[str, str, bool]:
    value = found[name]["ratio"]
    return f"≥ {goal:g} {words}", f"{value:.2f}", value >= goal


def size(report: Report) -> None:
    events = 300_000 if report.quick else 10_000_000
    found = run("scale.py", "--json", "--events", events, pin=False)
    million = found["open_ms"]
    report.show(
        f"opening a store of {events / 1e6:g} million events", ("≤ 5 ms", f"{million:.1f} ms", million <= 5)
    )
    report.show("disk an order, delivered", ("≤ 1,500 bytes", f"{found['disk']:,.0f}", found["disk"] <= 1500))
    actions = found["actions"]
    report.show(
        f"append, deliver, status, dashboard at {events:,} events",
        *(
            (f"{name} ≤ 1.5 × at 10 thousand", f"{row['ratio']:.2f} ×", row["ratio"] <= 1.5)
            for name, row in actions.items()
        ),
    )
    report.table(
        "A large log",
        f"{found['events']:,} events, {found['bytes'] / 1e9:.1f} GB, beside 10,000 (`scale.py`); milliseconds.",
        ["what", "small", "large", "ratio"],
        [
            [name, f"{row['small_ms']:.2f}", f"{row['large_ms']:.2f}", f"{row['ratio']:.2f}"]
            for name, row in actions.items()
        ],
    )


def rebuild(report: Report) -> None:
    events = 60_000 if report.quick else 1_000_000
    command = [sys.executable, HERE / "rebuild.py", str(events), "--rounds", "3"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
    value = float(told.rsplit(" ", 1)[1])
    report.show(
        f"rebuilding {events:,} events", ("≤ 2.5 × a raw scan", f"{value:.2f} × ({told})", value <= 2.5)
    )


def idle(report: Report) -> None:
    given = ("--connections", 1000, "--period", 6, "--seconds", 6, "--warm-up", 8) if report.quick else ()
    rounds = [run("idle.py", "--json", *given, pin=False) for _ in range(1 if report.quick else 2)]
    value = statistics.median(one["poller"]["cpu_percent"] / one["bare"]["cpu_percent"] for one in rounds)
    mine = rounds[-1]["poller"]
    late = statistics.median(one["poller"]["late_p99_ms"] for one in rounds)
    report.show(
        f"{'1,000 connections every 6 s' if report.quick else '10,000 connections every 60 s'}, answers of 0 orders",
        (
            "≤ 2 × the bare program's CPU",
            f"{value:.2f} × ({mine['cpu_percent']:.1f} % of a core)",
            value <= 2,
        ),
        ("lateness p99 ≤ 50 ms", f"{late:.0f} ms", late <= 50),
    )
    report.table(
        "Connections with nothing new",
        "The daemon beside a timer and a raw request for each (`idle.py`).",
        ["who", "% of a core", "MB", "late p50 ms", "late p99 ms"],
        [
            [name, f"{row['cpu_percent']:.1f}", f"{row['rss'] / 1e6:.0f}", f"{row['late_p50_ms']:.1f}",
             f"{row['late_p99_ms']:.1f}"]
            for name, row in rounds[-1].items()
        ],
    )  # fmt: skip


def calls(report: Report) -> None:
    with serving(1000) as port:
        run("poller.py", port, 1, 1000, 50)
        count = json.loads(_fetch(port))["calls"]
    report.show("calls to Odoo 19 for 1,000 new orders", ("≤ 12", str(count), count <= 12))


def _fetch(port: int) -> bytes:
    from urllib.request import urlopen

    with urlopen(f"http://127.0.0.1:{port}/count") as answer:
        content: bytes = answer.read()
    return content


def startup(report: Report) -> None:
    found = run("startup.py", "--json", "--rounds", 7 if report.quick else 15)
    value = found["odoo-poller"]["ratio"]
    report.show("odoo-poller --help", ("≤ 1.2 × click alone", f"{value:.2f} ×", value <= 1.2))
    report.table(
        "Start-up",
        "Whole processes (`startup.py`). `eager` imports what a poller with screens needs, at once.",
        ["who", "ms", "× click alone"],
        [[name, f"{row['ms']:.0f}", f"{row['ratio']:.2f}"] for name, row in found.items()],
    )


def clients(report: Report) -> None:
    found = run("clients.py", "--json", "--rounds", 2 if report.quick else 5)
    report.table(
        "Clients of Odoo",
        "A page of 100 orders by `search_read`, one call after the other (`clients.py`); no goal, for orientation.",
        ["client", "ms", "CPU ms", "CPU × odoo_rpc"],
        [[n, f"{r['ms']:.2f}", f"{r['cpu_ms']:.2f}", f"{r['ratio']:.1f}"] for n, r in found.items()],
    )


PARTS: dict[str, Callable[[Report], None]] = {
    part.__name__: part for part in (end_to_end, http, append, size, rebuild, idle, calls, startup, clients)
}


# The page


def page(report: Report, minutes: float) -> str:
    met = sum(goal.met for goal in report.goals)
    lines = [
        "# Benchmarks",
        "",
        "<!-- Written by `make bench`; edit benchmarks/run.py instead. -->",
        "",
        f"{time.strftime('%Y-%m-%d')}, {platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, everything on loopback; took {minutes:.0f} minutes"
        + (", quick" if report.quick else "")
        + ". Ratios are formed inside a round and medians shown; absolute figures are this machine's.",
        "",
        f"## Goals: {met} of {len(report.goals)} met",
        "",
        "| figure | goal | measured | |",
        "|---|---|---|---|",
        *(
            f"| {goal.figure} | {goal.goal} | {goal.measured} | {'met' if goal.met else '**missed**'} |"
            for goal in report.goals
        ),
        "",
        "## Figures",
        "",
        "\n\n".join(report.tables),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", type=Path, help="the page's file; without it nothing is written")
    parser.add_argument("--only", nargs="+", choices=sorted(PARTS), help="only these parts")
    given = parser.parse_args()
    report = Report(given.quick)
    started = time.monotonic()
    for name, part in PARTS.items():
        if given.only is None or name in given.only:
            print(f"… {name}", flush=True)
            part(report)
    text = page(report, (time.monotonic() - started) / 60)
    if given.write is not None:
        given.write.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
