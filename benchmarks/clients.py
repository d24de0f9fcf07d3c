"""A page of 100 orders over JSON-RPC, one call after the other: this client beside the others that people use.

    python benchmarks/clients.py [--calls 40] [--rounds 5] [--json]

Each logs in once and then makes the same `execute_kw`; answers come decoded as each client gives them. Figures are
milliseconds and CPU milliseconds a call. odoorpc, odooly and odoo-client-lib are synchronous; aio-odoorpc runs on httpx.
`odoo_rpc` decodes into typed records, as the poller does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODEL, DOMAIN = "sale.order", [["state", "in", ["sale", "done"]]]
FIELDS = ["name", "state", "date_order", "write_date", "partner_id", "order_line", "amount_total"]
WINDOW = {"limit": 100, "order": "id asc"}
ORDERS = 100
Figures = tuple[float, float]


def repeat(call: Callable[[], list[Any]], calls: int) -> Figures:
    assert len(call()) == ORDERS
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - wall) / calls * 1000, (time.process_time() - cpu) / calls * 1000


def with_odoorpc(port: int, calls: int) -> Figures:
    import odoorpc

    odoo = odoorpc.ODOO("127.0.0.1", port=port, version="19.0")
    odoo.login("shop", "poller", "key")
    arguments = {"domain": DOMAIN, "fields": FIELDS, **WINDOW}
    return repeat(lambda: odoo.execute_kw(MODEL, "search_read", [], arguments), calls)


def with_odooly(port: int, calls: int) -> Figures:
    import odooly

    client = odooly.Client(f"http://127.0.0.1:{port}/jsonrpc", "shop", "poller", "key")
    env = client.env
    arguments = {"domain": DOMAIN, "fields": FIELDS, **WINDOW}
    return repeat(lambda: env.execute(MODEL, "search_read", **arguments), calls)


def with_odoo_client_lib(port: int, calls: int) -> Figures:
    import odoolib

    connection = odoolib.get_connection(
        hostname="127.0.0.1", protocol="jsonrpc", port=port, database="shop", login="poller", password="key"
    )
    # Not its model's own search_read, which is a search and a read.
    service = connection.get_service("object")
    account = ("shop", connection.user_id, "key")
    arguments = {"fields": FIELDS, **WINDOW}
    return repeat(lambda: service.execute_kw(*account, MODEL, "search_read", [DOMAIN], arguments), calls)


def with_aio_odoorpc(port: int, calls: int) -> Figures:
    import httpx
    from aio_odoorpc import AsyncOdooRPC

    async def run() -> Figures:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/jsonrpc") as http:
            odoo = AsyncOdooRPC(database="shop", username_or_uid="poller", password="key", http_client=http)
            await odoo.login()

            async def call() -> list[Any]:
                return await odoo.execute_kw(
                    "search_read", [DOMAIN], {"fields": FIELDS, **WINDOW}, model_name=MODEL
                )

            return await repeat_async(call, calls)

    return asyncio.run(run())


def with_odoo_rpc(port: int, calls: int) -> Figures:
    from odoo_rpc import AddressGuard, Transport, connect
    from order_mapper import NestedOrders

    async def run() -> Figures:
        async with Transport(AddressGuard.parse("127.0.0.0/8")) as transport:
            client = await connect(
                f"http://127.0.0.1:{port}", "shop", "poller", "key", exchange=transport, protocol="jsonrpc",
                min_interval_seconds=0,
            )  # fmt: skip

            async def call() -> Any:
                return await client.search_read(
                    MODEL, DOMAIN, FIELDS, limit=100, order="id asc", type=NestedOrders
                )

            return await repeat_async(call, calls)

    return asyncio.run(run())


async def repeat_async(call: Callable[[], Any], calls: int) -> Figures:
    assert len(await call()) == ORDERS
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        await call()
    return (time.perf_counter() - wall) / calls * 1000, (time.process_time() - cpu) / calls * 1000


CLIENTS: dict[str, Callable[[int, int], Figures]] = {
    "odoo_rpc": with_odoo_rpc,
    "odoorpc": with_odoorpc,
    "odooly": with_odooly,
    "odoo-client-lib": with_odoo_client_lib,
    "aio-odoorpc": with_aio_odoorpc,
}


def measure(rounds: int, calls: int) -> dict[str, dict[str, float]]:
    here = Path(__file__).parent
    command = [sys.executable, here / "servers.py", "--orders", str(ORDERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            (port,) = json.loads(server.stdout.readline())
            found: dict[str, list[Figures]] = {name: [] for name in CLIENTS}
            for _ in range(rounds):
                for name, run in CLIENTS.items():
                    found[name].append(run(port, calls))
        finally:
            server.kill()
    return {
        name: {
            "ms": statistics.median(wall for wall, _ in rows),
            "cpu_ms": statistics.median(cpu for _, cpu in rows),
            "ratio": statistics.median(
                its[1] / mine[1] for its, mine in zip(rows, found["odoo_rpc"], strict=True)
            ),
        }
        for name, rows in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.rounds, given.calls)
    if given.json:
        print(json.dumps(found))
        return
    for name, row in found.items():
        print(
            f"{name:16} {row['ms']:7.2f} ms  {row['cpu_ms']:7.2f} ms CPU  {row['ratio']:5.2f} x odoo_rpc's CPU"
        )


if __name__ == "__main__":
    main()
