"""All measurements in one go, and the page that they make.

    python benchmarks/run.py [--quick] [--rounds 7] [--write docs/benchmarks.md] [--only WORD ...]

Everything that is compared runs in turn, a round each, in processes of its own; ratios are formed inside a round and the
medians over the rounds are shown, so that whatever else the machine does touches all alike. Beside a ratio stand those
of the middle rounds: where the goal lies between them, the verdict says that it is within the noise. Where the machine
has two cores, the servers are pinned to one and the candidates to the other. `--quick` takes three minutes or so: one
round, naive programs on fewer orders, a smaller large log, fewer idle connections. Needs requirements/bench.txt.
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
    sure: bool = True

    @property
    def verdict(self) -> str:
        return ("met" if self.met else "**missed**") + ("" if self.sure else ", within the noise")


Claim = tuple[str, str, bool, bool]
"""Goal, measured, met, and whether the middle rounds agree on it."""


def claim(goal: str, ratios: list[float], limit: float, *, most: bool = False, unit: str = "") -> Claim:
    """What rounds say of a limit: the least that must be reached, or with `most` the most that is allowed."""
    ordered = sorted(ratios)
    low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
    value = statistics.median(ordered)
    met = value <= limit if most else value >= limit
    shown = f"{_shown(value)}{unit}"
    if len(ordered) > 1:
        shown += f" ({_shown(low)}–{_shown(high)})"
    return goal, shown, met, not low < limit < high


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


@dataclass
class Report:
    """What is collected on the way."""

    quick: bool
    rounds: int = 7
    goals: list[Goal] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    def show(self, figure: str, *claims: Claim) -> None:
        """Add what is claimed of a figure."""
        for goal, measured, met, sure in claims:
            self.goals.append(Goal(figure, goal, measured, met, sure))
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
            "1 connection × 2,000, 0 ms, 100 in flight", 1, 0,
            (naive(few, "one-by-one"), naive(some), bare(2000, 100), ours(2000, 100), ours(2000, 50, "50 in flight")),
        ),
        Scenario(
            "50 × 100, 0 ms, 100 in flight", 50, 0,
            (naive(20 if quick else 100), bare(100, 100), ours(100, 100), ours(100, 50, "50 in flight")),
        ),
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


def ratios(found: dict[str, list[Figures]], name: str, other: str) -> list[float]:
    """Round by round, how many times as fast as the other."""
    return [mine["rate"] / its["rate"] for mine, its in zip(found[name], found[other], strict=True)]


def median(rows: list[Figures], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def end_to_end(report: Report) -> None:
    rows = []
    results = []
    for scenario in scenarios(report.quick):
        print(f"… {scenario.title}", flush=True)
        found = play(scenario, min(report.rounds, 3) if scenario.latency_ms else report.rounds)
        results.append(found)
        for name, figures in found.items():
            rows.append(
                [
                    scenario.title,
                    name,
                    f"{median(figures, 'rate'):,.0f}",
                    f"{statistics.median(ratios(found, name, 'batched')):,.1f}",
                    f"{statistics.median(ratios(found, name, 'bare')):.2f}",
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
    def times(found: dict[str, list[Figures]], other: str, goal: float) -> Claim:
        return claim(f"≥ {goal:g} × {other}", ratios(found, "odoo-poller", other), goal, unit=" ×")

    def part(found: dict[str, list[Figures]], goal: float, name: str = "the limit") -> Claim:
        return claim(f"≥ {goal:g} of {name}", ratios(found, "odoo-poller", "bare"), goal)

    single, many, single_far, many_far = results
    report.show(
        "1 connection × 2,000 orders, 0 ms, 100 in flight",
        times(single, "batched", 10),
        times(single, "one-by-one", 25),
        part(single, 0.4, "the bare program"),
    )
    report.show("50 × 100, 0 ms, 100 in flight", times(many, "batched", 12))
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
            True,
        ),
    )


# The parts


def http(report: Report) -> None:
    found = run("http_post.py", "--json", "--rounds", 2 if report.quick else 5, pin=False)
    mine = found["clients"]["50"]["odoo_rpc.net"]
    report.show("CPU a POST at 50 in flight", claim("≤ 1 × aiohttp", mine["ratios"], 1, most=True, unit=" ×"))
    report.show(
        "a request with 1,000 idle origins",
        claim("≤ 1.2 × with one", found["idle"]["ratios"], 1.2, most=True, unit=" ×"),
    )
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
        claim("≥ 0.6 of a bare executemany of the same rows", found["executemany"]["ratios"], 0.6),
        claim("≥ 2 × eventsourcing's application", found["eventsourcing"]["ratios"], 2, unit=" ×"),
        claim("≥ 15 × aiosqlite row by row", found["aiosqlite"]["ratios"], 15, unit=" ×"),
    )
    report.table(
        "Appending 100 orders",
        "Events, outbox, bodies, read models and cursor, one commit with `synchronous=FULL` (`append.py`).",
        ["who", "ms", "× the poller's time"],
        [[name, f"{row['ms']:.2f}", _shown(statistics.median(row["ratios"]))] for name, row in found.items()],
    )


def size(report: Report) -> None:
    events = 300_000 if report.quick else 10_000_000
    found = run("scale.py", "--json", "--events", events, pin=False)
    million = found["open_ms"]
    report.show(
        f"opening a store of {events / 1e6:g} million events",
        ("≤ 5 ms", f"{million:.1f} ms", million <= 5, True),
    )
    disk = found["disk"]
    report.show("disk an order, delivered", ("≤ 1,500 bytes", f"{disk:,.0f}", disk <= 1500, True))
    actions = found["actions"]
    report.show(
        f"append, deliver, status, dashboard at {events:,} events",
        *(
            claim(f"{name} ≤ 1.5 × at 10 thousand", row["ratios"], 1.5, most=True, unit=" ×")
            for name, row in actions.items()
        ),
    )
    report.table(
        "A large log",
        f"{found['events']:,} events, {found['bytes'] / 1e9:.1f} GB, beside 10,000 (`scale.py`); milliseconds.",
        ["what", "small", "large", "ratio"],
        [
            [
                name,
                f"{row['small_ms']:.2f}",
                f"{row['large_ms']:.2f}",
                _shown(statistics.median(row["ratios"])),
            ]
            for name, row in actions.items()
        ],
    )


def rebuild(report: Report) -> None:
    events = 60_000 if report.quick else 1_000_000
    found = run("rebuild.py", events, "--rounds", 5, "--json", pin=False)
    report.show(
        f"rebuilding {events:,} events",
        claim("≤ 2.5 × a raw scan", found["ratios"], 2.5, most=True, unit=" ×"),
    )
    report.table(
        "Rebuilding the read models",
        f"{events:,} events folded again, beside reading them all in Python (`rebuild.py`); seconds.",
        ["raw scan", "rebuild"],
        [[f"{found['scan']:.2f}", f"{found['rebuild']:.2f}"]],
    )


def idle(report: Report) -> None:
    given = ("--connections", 1000, "--period", 6, "--seconds", 6, "--warm-up", 13) if report.quick else ()
    found = run("idle.py", "--json", *given, pin=False)
    late = found["poller"]["late_p99_ms"]
    report.show(
        f"{'1,000 connections every 6 s' if report.quick else '10,000 connections every 60 s'}, answers of 0 orders",
        claim("≤ 2 × the bare program's CPU", found["ratios"], 2, most=True, unit=" ×"),
        ("lateness p99 ≤ 50 ms", f"{late:.0f} ms", late <= 50, True),
    )
    report.table(
        "Connections with nothing new",
        "The daemon beside a timer and a raw request for each (`idle.py`).",
        ["who", "% of a core", "MB", "late p50 ms", "late p99 ms"],
        [
            [name, f"{row['cpu_percent']:.1f}", f"{row['rss'] / 1e6:.0f}", f"{row['late_p50_ms']:.1f}",
             f"{row['late_p99_ms']:.1f}"]
            for name, row in found.items() if name != "ratios"
        ],
    )  # fmt: skip


def calls(report: Report) -> None:
    with serving(1000) as port:
        run("poller.py", port, 1, 1000, 50)
        count = json.loads(_fetch(port))["calls"]
    report.show("calls to Odoo 19 for 1,000 new orders", ("≤ 12", str(count), count <= 12, True))


def _fetch(port: int) -> bytes:
    from urllib.request import urlopen

    with urlopen(f"http://127.0.0.1:{port}/count") as answer:
        content: bytes = answer.read()
    return content


def startup(report: Report) -> None:
    found = run("startup.py", "--json", "--rounds", 7 if report.quick else 15)
    report.show(
        "odoo-poller --help",
        claim("≤ 1.2 × click alone", found["odoo-poller"]["ratios"], 1.2, most=True, unit=" ×"),
    )
    report.table(
        "Start-up",
        "Whole processes (`startup.py`). `eager` imports what a poller with screens needs, at once.",
        ["who", "ms", "× click alone"],
        [[name, f"{row['ms']:.0f}", _shown(statistics.median(row["ratios"]))] for name, row in found.items()],
    )


def status(report: Report) -> None:
    events = 20_000 if report.quick else 1_000_000
    found = run("status.py", "--json", "--events", events, "--rounds", 7 if report.quick else 15)
    report.show(
        f"odoo-poller status at {events:,} events",
        claim("≤ 3 × importing click", found["status"]["ratios"], 3, most=True, unit=" ×"),
    )
    report.table(
        "Status",
        f"Whole processes, on a database of {events:,} events (`status.py`).",
        ["who", "ms", "× importing click"],
        [[name, f"{row['ms']:.0f}", _shown(statistics.median(row["ratios"]))] for name, row in found.items()],
    )


def screens(report: Report) -> None:
    # As many orders come in the meantime, whatever the size: the poller works while somebody looks.
    connections, events, new = (50, 20_000, 600) if report.quick else (1000, 1_000_000, 30)
    size = ("--connections", connections, "--events", events, "--new", new)
    found = run("screens.py", "--json", *size, "--keys", 100 if report.quick else 300, pin=False)
    p95 = found["key_p95_ms"]
    report.show(
        f"the screens, {connections:,} connections and {events:,} events, beside a poller at work",
        claim("first picture ≤ 1 s", found["first_picture_s"], 1, most=True, unit=" s"),
        ("a key's answer p95 ≤ 100 ms", f"{p95:.0f} ms", p95 <= 100, True),
    )
    report.table(
        "The screens",
        f"In a terminal of 200×60, process and all (`screens.py`); the poller wrote {found['events_meanwhile']:,} events meanwhile.",
        ["first picture s", "its CPU s", "key p50 ms", "key p95 ms", "key worst ms", "MB"],
        [
            [
                f"{statistics.median(found['first_picture_s']):.2f}",
                f"{found['first_picture_cpu_s']:.2f}",
                *(f"{found[f'key_{which}_ms']:.0f}" for which in ("p50", "p95", "worst")),
                f"{found['rss'] / 1e6:.0f}",
            ]
        ],
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
    part.__name__: part
    for part in (end_to_end, http, append, size, rebuild, idle, calls, startup, status, screens, clients)
}


# The page


def others_busy(seconds: float = 2.0) -> float | None:
    """The part of this machine that other programs use: measured while this one does nothing; None where unknown."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None

    def idle_and_all() -> tuple[int, int]:
        ticks = [int(word) for word in stat.read_text().partition("\n")[0].split()[1:9]]
        return ticks[3] + ticks[4], sum(ticks)

    before = idle_and_all()
    time.sleep(seconds)
    after = idle_and_all()
    return 1 - (after[0] - before[0]) / max(after[1] - before[1], 1)


def shared(found: list[float | None]) -> str:
    """A sentence on how alone the measurements were, from the share of others before each part."""
    known = [share for share in found if share is not None]
    if not known:
        return ""
    return (
        f" Other programs used {min(known):.0%} to {max(known):.0%} of the machine between the parts "
        f"(median {statistics.median(known):.0%}): the more, the less a figure says."
        + (" " + FLATTERING if statistics.median(known) > BUSY else "")
    )


BUSY = 0.3
FLATTERING = (
    "On a machine as busy as that, who commits often waits for the disk all the time: ratios to programs that commit every "
    "order, and to the bare one, flatter the poller and must be taken again on a quiet machine."
)


def page(report: Report, minutes: float, busy: list[float | None]) -> str:
    met = sum(goal.met for goal in report.goals)
    lines = [
        "# Benchmarks",
        "",
        "<!-- Written by `make bench`; edit benchmarks/run.py instead. -->",
        "",
        f"{time.strftime('%Y-%m-%d')}, {platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, everything on loopback; took {minutes:.0f} minutes"
        + (", quick" if report.quick else "")
        + ". Ratios are formed inside a round; shown is the median and, in brackets, the middle rounds. Absolute figures "
        "are this machine's." + shared(busy),
        "",
        f"## Goals: {met} of {len(report.goals)} met",
        "",
        "| figure | goal | measured | |",
        "|---|---|---|---|",
        *(f"| {goal.figure} | {goal.goal} | {goal.measured} | {goal.verdict} |" for goal in report.goals),
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
    parser.add_argument(
        "--rounds", type=int, default=7, help="of orders from end to end; 3 at most with delays"
    )
    parser.add_argument("--write", type=Path, help="the page's file; without it nothing is written")
    parser.add_argument("--only", nargs="+", choices=sorted(PARTS), help="only these parts")
    given = parser.parse_args()
    report = Report(given.quick, 1 if given.quick else given.rounds)
    started = time.monotonic()
    busy: list[float | None] = []
    text = ""
    for name, part in PARTS.items():
        if given.only is None or name in given.only:
            print(f"… {name}", flush=True)
            busy.append(others_busy())
            part(report)
            text = page(report, (time.monotonic() - started) / 60, busy)
            if given.write is not None:
                # After each part: whoever breaks off keeps what was measured until then.
                given.write.write_text(text)
    if given.write is None:
        print(text)


if __name__ == "__main__":
    main()
