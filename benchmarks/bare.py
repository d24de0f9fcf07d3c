"""The limit: the least that gets the same orders from the same Odoo to the same receiver without losing one.

    python benchmarks/bare.py PORT CONNECTIONS ORDERS IN_FLIGHT

The mapper, prebuilt requests on raw `asyncio.Protocol`s, SQLite inline: an order is committed with `synchronous=FULL`
before it is sent, results are committed many at a time, the next page is asked for while this one is worked on. No
retries, signatures, limits, log, events, read models or second process; nothing waits for a thread. Prints JSON as
`poller.py` does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sqlite3
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

import msgspec

from order_mapper import PLAN, Mapped, NestedOrders, Source, map_order

PAGE = 100
SETTLE_SECONDS = 0.005
SCHEMA = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "CREATE TABLE outbox (id INTEGER PRIMARY KEY, shop INTEGER NOT NULL, order_id INTEGER NOT NULL, body BLOB NOT NULL, "
    "sent_at INTEGER NOT NULL DEFAULT 0, UNIQUE (shop, order_id))",
    "CREATE TABLE cursor (shop INTEGER PRIMARY KEY, after INTEGER NOT NULL)",
)
SPECIFICATION = PLAN.specification(19)


class Page(msgspec.Struct):
    length: int
    records: NestedOrders


decode = msgspec.json.Decoder(Page).decode


class Wire(asyncio.Protocol):
    """One kept connection."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.data = b""
        self.wanted = -1

    def data_received(self, data: bytes) -> None:
        self.data = data = self.data + data if self.data else data
        if self.wanted < 0:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                return
            at = data.find(b"Content-Length: ", 0, end)
            self.wanted = end + 4 + (int(data[at + 16 : data.find(b"\r", at)]) if at > 0 else 0)
        if len(data) >= self.wanted:
            self.data, wanted, self.wanted = b"", self.wanted, -1
            if not self.answer.done():
                self.answer.set_result(data[:wanted])


class Program:
    def __init__(self, db: sqlite3.Connection, port: int, in_flight: int) -> None:
        self.db = db
        self.port = port
        self.idle: list[Wire] = []
        self.queue: deque[tuple[int, bytes, bytes]] = deque()
        self.in_flight = in_flight
        self.workers = 0
        self.settled: list[tuple[int, int]] = []
        self.settling = False
        self.tasks: set[asyncio.Task[None]] = set()

    async def exchange(self, request: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        if self.idle:
            wire = self.idle.pop()
        else:
            _, wire = await loop.create_connection(Wire, "127.0.0.1", self.port)
        wire.answer = loop.create_future()
        wire.transport.write(request)
        answer = await wire.answer
        self.idle.append(wire)
        return answer

    async def page(self, shop: int, after: int) -> Page:
        domain = [["state", "in", ["sale", "done"]], ["id", ">", after]]
        wanted = {"domain": domain, "specification": SPECIFICATION, "limit": PAGE, "order": "id asc"}
        return decode((await self.ask(shop, "web_search_read", wanted)).partition(b"\r\n\r\n")[2])

    async def ask(self, shop: int, method: str, arguments: dict[str, Any]) -> bytes:
        body = msgspec.json.encode(arguments)
        return await self.exchange(
            b"POST /json/2/sale.order/%b HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Odoo-Database: shop%d\r\n"
            b"Authorization: bearer key\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (method.encode(), shop, len(body), body)
        )

    async def poll(self, shop: int) -> None:
        source = Source("c", "s", "c", f"shop{shop}")
        page = await self.page(shop, 0)
        if page.length > len(page.records):
            # The moment up to which the next window is known to be captured: design.md asks for it as well.
            await self.ask(
                shop,
                "search_read",
                {"domain": [], "fields": ["write_date"], "order": "write_date desc", "limit": 1},
            )
        while True:
            last = page.records[-1].id
            coming = None
            if page.length > len(page.records):
                coming = asyncio.ensure_future(self.page(shop, last))
                await asyncio.sleep(0)
            mapped = [map_order(order, source, note_is_html=True) for order in page.records]
            self.capture(shop, last, page, [one.body for one in mapped if isinstance(one, Mapped)])
            if coming is None:
                return
            page = await coming

    def capture(self, shop: int, last: int, page: Page, bodies: list[bytes]) -> None:
        db = self.db
        db.execute("BEGIN IMMEDIATE")
        first = db.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0] + 1
        rows = [
            (place, shop, order.id, body)
            for place, (order, body) in enumerate(zip(page.records, bodies, strict=True), first)
        ]
        db.executemany("INSERT INTO outbox (id, shop, order_id, body) VALUES (?, ?, ?, ?)", rows)
        db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (shop, last))
        db.execute("COMMIT")
        head = (
            b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Webhook-Secret: secret\r\n"
            b"X-Odoo-Connection-Id: shop%d\r\nContent-Length: " % shop
        )
        self.queue.extend((place, head, body) for place, _, _, body in rows)
        while self.workers < min(self.in_flight, self.workers + len(self.queue)):
            self.workers += 1
            task = asyncio.ensure_future(self.work())
            self.tasks.add(task)

    async def work(self) -> None:
        while self.queue:
            place, head, body = self.queue.popleft()
            answer = await self.exchange(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            if not answer.startswith(b"HTTP/1.1 2"):
                raise SystemExit("refused")
            self.settled.append((time.time_ns() // 1_000_000, place))
            if not self.settling:
                self.settling = True
                asyncio.get_running_loop().call_later(SETTLE_SECONDS, self.settle)
        self.workers -= 1

    def settle(self) -> None:
        self.settling = False
        rows, self.settled = self.settled, []
        if rows:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.executemany("UPDATE outbox SET sent_at = ? WHERE id = ?", rows)
            self.db.execute("COMMIT")


async def measured(db: sqlite3.Connection, given: argparse.Namespace) -> dict[str, float]:
    program = Program(db, given.port, given.in_flight)
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(program.poll(shop) for shop in range(given.connections)))
    await asyncio.gather(*program.tasks)
    program.settle()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    (sent,) = db.execute("SELECT count(*) FROM outbox WHERE sent_at > 0").fetchone()
    if sent != given.connections * given.orders:
        raise SystemExit(f"{sent} orders sent")
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": wall, "cpu": cpu, "rss": rss}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("port", type=int)
    parser.add_argument("connections", type=int)
    parser.add_argument("orders", type=int)
    parser.add_argument("in_flight", type=int)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        db = sqlite3.connect(Path(directory) / "bare.db", isolation_level=None)
        for statement in SCHEMA:
            db.execute(statement)
        print(json.dumps(asyncio.run(measured(db, given))))


if __name__ == "__main__":
    main()
