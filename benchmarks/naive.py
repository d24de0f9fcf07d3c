"""What people would write from the specification: httpx and aiosqlite, one order after the other, a commit each.

    python benchmarks/naive.py PORT CONNECTIONS ORDERS one-by-one|batched

One shared `AsyncClient`, `search_read` by pages of 100, then either one read per thing an order needs (`one-by-one`) or
one read per model and page (`batched`). Each order: is it sent already? POST, insert, update, commit. SQLite as it
comes. Without retries, signatures, limits or a log. Prints JSON as `poller.py` does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

import aiosqlite
import httpx

from mapper import naive_payload

SCHEMA = """
CREATE TABLE connections (id TEXT PRIMARY KEY, name TEXT, last_sync_at TEXT, last_sync_order_id INTEGER);
CREATE TABLE sent_orders (id INTEGER PRIMARY KEY AUTOINCREMENT, connection_id TEXT NOT NULL REFERENCES connections(id),
  odoo_order_id INTEGER NOT NULL, external_id TEXT NOT NULL, sent_at TEXT NOT NULL DEFAULT (datetime('now')),
  UNIQUE(connection_id, odoo_order_id));
CREATE TABLE sync_log (id INTEGER PRIMARY KEY AUTOINCREMENT, connection_id TEXT NOT NULL, orders_found INTEGER,
  orders_sent INTEGER, synced_at TEXT NOT NULL DEFAULT (datetime('now')));
"""
FIELDS = [
    "name",
    "state",
    "date_order",
    "write_date",
    "partner_id",
    "partner_shipping_id",
    "order_line",
    "note",
    "amount_total",
    "client_order_ref",
]
PAGE = 100
Record = dict[str, Any]


class Shop:
    """One connection's poll."""

    def __init__(self, client: httpx.AsyncClient, db: aiosqlite.Connection, base: str, number: int) -> None:
        self.client = client
        self.db = db
        self.base = base
        self.id = f"shop{number}"
        self.numbers = count(1)

    async def call(self, service: str, method: str, *args: Any) -> Any:
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "params": {"service": service, "method": method, "args": args},
            "id": next(self.numbers),
        }
        answer = await self.client.post(f"{self.base}/jsonrpc", json=body)
        answer.raise_for_status()
        return answer.json()["result"]

    async def execute(self, model: str, method: str, args: list[Any], kwargs: Record) -> Any:
        return await self.call("object", "execute_kw", self.id, self.uid, "key", model, method, args, kwargs)

    async def read(self, model: str, ids: list[int], fields: list[str]) -> dict[int, Record]:
        if not ids:
            return {}
        rows = await self.execute(model, "read", [sorted(set(ids))], {"fields": fields})
        return {row["id"]: row for row in rows}

    async def poll(self, page_wise: bool) -> int:
        self.uid = await self.call("common", "authenticate", self.id, "user", "key", {})
        after = sent = 0
        while True:
            domain = [["state", "in", ["sale", "done"]], ["id", ">", after]]
            kwargs = {"fields": FIELDS, "order": "id asc", "limit": PAGE}
            page = await self.execute("sale.order", "search_read", [domain], kwargs)
            for group in [page] if page_wise else [[row] for row in page]:
                for whole in await self.complete(group):
                    sent += await self.deliver(whole)
            if len(page) < PAGE:
                break
            after = page[-1]["id"]
        await self.db.execute(
            "INSERT INTO sync_log (connection_id, orders_found, orders_sent) VALUES (?, ?, ?)",
            (self.id, sent, sent),
        )
        await self.db.commit()
        return sent

    async def complete(self, orders: list[Record]) -> list[Record]:
        """The orders with everything they refer to."""
        lines = await self.read(
            "sale.order.line",
            [i for o in orders for i in o["order_line"]],
            ["product_id", "name", "product_uom_qty", "price_unit", "display_type"],
        )
        people = [o[name][0] for o in orders for name in ("partner_id", "partner_shipping_id")]
        partners = await self.read(
            "res.partner",
            people,
            [
                "name",
                "phone",
                "email",
                "street",
                "street2",
                "city",
                "state_id",
                "zip",
                "country_id",
                "sale_order_count",
            ],
        )
        products = await self.read(
            "product.product",
            [row["product_id"][0] for row in lines.values()],
            ["default_code", "name", "product_template_attribute_value_ids"],
        )
        values = await self.read(
            "product.template.attribute.value",
            [i for row in products.values() for i in row["product_template_attribute_value_ids"]],
            ["name", "attribute_id"],
        )
        return [nested(order, lines, partners, products, values) for order in orders]

    async def deliver(self, order: Record) -> int:
        async with self.db.execute(
            "SELECT 1 FROM sent_orders WHERE connection_id = ? AND odoo_order_id = ?", (self.id, order["id"])
        ) as found:
            if await found.fetchone():
                return 0
        payload = naive_payload(order)
        payload["external_id"] = f"odoo_{self.id}_{order['id']}"
        headers = {"X-Webhook-Secret": "secret", "X-Odoo-Connection-Id": self.id}
        answer = await self.client.post(f"{self.base}/hook", json=payload, headers=headers)
        answer.raise_for_status()
        await self.db.execute(
            "INSERT INTO sent_orders (connection_id, odoo_order_id, external_id) VALUES (?, ?, ?)",
            (self.id, order["id"], payload["external_id"]),
        )
        await self.db.execute(
            "UPDATE connections SET last_sync_at = ?, last_sync_order_id = ? WHERE id = ?",
            (order["write_date"], order["id"], self.id),
        )
        await self.db.commit()
        return 1


def nested(
    order: Record,
    lines: dict[int, Record],
    partners: dict[int, Record],
    products: dict[int, Record],
    values: dict[int, Record],
) -> Record:
    """An order with its records in place of their ids."""

    def value(number: int) -> Record:
        row = values[number]
        return {**row, "attribute_id": {"id": row["attribute_id"][0], "name": row["attribute_id"][1]}}

    def product(number: int) -> Record:
        row = products[number]
        ids = row["product_template_attribute_value_ids"]
        return {**row, "product_template_attribute_value_ids": [value(i) for i in ids]}

    def partner(number: int) -> Record:
        row = partners[number]
        state, country = row["state_id"], row["country_id"]
        return {
            **row,
            "state_id": {"name": state[1]} if state else None,
            "country_id": {"code": country[1]} if country else None,
        }

    return {
        **order,
        "partner_id": partner(order["partner_id"][0]),
        "partner_shipping_id": partner(order["partner_shipping_id"][0]),
        "order_line": [
            {**lines[i], "product_id": product(lines[i]["product_id"][0])} for i in order["order_line"]
        ],
    }


async def measured(port: int, connections: int, page_wise: bool, path: Path) -> tuple[int, dict[str, float]]:
    async with aiosqlite.connect(path) as db, httpx.AsyncClient(timeout=30) as client:
        await db.executescript(SCHEMA)
        shops = [Shop(client, db, f"http://127.0.0.1:{port}", number) for number in range(connections)]
        for shop in shops:
            await db.execute("INSERT INTO connections (id, name) VALUES (?, ?)", (shop.id, shop.id))
        await db.commit()
        cpu, wall = time.process_time(), time.perf_counter()
        sent = sum(await asyncio.gather(*(shop.poll(page_wise) for shop in shops)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return sent, {
        "seconds": wall,
        "cpu": cpu,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("port", type=int)
    parser.add_argument("connections", type=int)
    parser.add_argument("orders", type=int)
    parser.add_argument("way", choices=["one-by-one", "batched"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "naive.db"
        sent, figures = asyncio.run(measured(given.port, given.connections, given.way == "batched", path))
        if sent != given.connections * given.orders:
            raise SystemExit(f"{sent} orders sent")
        print(json.dumps({**figures, "disk": path.stat().st_size}))


if __name__ == "__main__":
    main()
