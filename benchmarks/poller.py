"""The product under test, whole: its store, signing, events, read models, retries, and its log at INFO into a file.

    python benchmarks/poller.py PORT CONNECTIONS ORDERS IN_FLIGHT [--profile]

prints JSON: seconds, CPU seconds and bytes of memory for one cycle of all connections (`poll_once`, the command's
own round), measured when everything is delivered and settled. The connections have been used before: each has polled
once and found nothing, as every poll of a running poller but the first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sqlite3
import tempfile
import time
from pathlib import Path

import msgspec

from odoo_rpc.secret import Secret
from odoo_rpc.session import Session
from poller_core import app
from poller_core.commands import Commands, ConnectionDraft, open_vault
from poller_core.logging import configure
from poller_core.loops.poller import poll_once
from poller_core.settings import Settings
from poller_core.store import Store


def settings_for(path: Path, in_flight: int) -> Settings:
    """Loopback allowed, Odoo not paced: the figures are the poller's own."""
    return Settings.from_environment(
        {
            "POLLER_DB_PATH": str(path),
            "POLLER_ALLOWED_NETWORKS": "127.0.0.0/8",
            "POLLER_ODOO_MIN_INTERVAL_MS": "0",
            "POLLER_ENDPOINT_CONCURRENCY": str(in_flight),
        }
    )


def prepare(settings: Settings, ports: list[int], connections: int, interval: int = 60) -> None:
    """A database with these connections, all of which know their Odoo already."""
    store = Store.open(settings.db_path)
    try:
        commands = Commands(store, open_vault(store, settings), settings, by="bench")
        for number in range(connections):
            commands.add(
                ConnectionDraft(
                    name=f"shop {number}",
                    odoo_url=f"http://127.0.0.1:{ports[number % len(ports)]}",
                    odoo_db=f"shop{number}",
                    odoo_username="poller",
                    api_key=Secret("0123456789abcdef"),
                    store_id="store_1",
                    client_id="client_1",
                    webhook_url=f"http://127.0.0.1:{ports[0]}/hook",
                    webhook_secret=Secret("b5d7c2c0-31f5-4b7e-9d61-1e3c6a0f8a55"),
                    sync_from="all",
                    polling_interval_seconds=interval,
                )
            )
        known = msgspec.json.encode(Session(version=(19, 0), protocol="json2")).decode()
        with store.database.transaction() as tx:
            tx.db.execute(
                "INSERT INTO walk (connection, cursor, session, server_version, last_sync_at) "
                "SELECT number, '2026-11-24 02:00:00', ?, '19.0', 1 FROM connection",
                (known,),
            )
    finally:
        store.close()


async def measured(settings: Settings, orders: int) -> dict[str, float]:
    async with app.opened(settings) as services:
        numbers = {live.connection.number for live in services.store.connections.live()}
        cpu, wall = time.process_time(), time.perf_counter()
        reports = await poll_once(services, numbers)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sent = sum(report.orders_sent for report in reports)
    errors = [report.error for report in reports if report.error]
    if sent != orders or errors:
        raise SystemExit(f"{sent} of {orders} orders sent; {errors[:1]}")
    return {"seconds": wall, "cpu": cpu, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def disk(path: Path) -> int:
    """Bytes of the file once its pages are where they belong."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("port", type=int)
    parser.add_argument("connections", type=int)
    parser.add_argument("orders", type=int, help="of each connection")
    parser.add_argument("in_flight", type=int)
    parser.add_argument("--profile", action="store_true", help="print where the time goes instead")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        settings = settings_for(Path(directory) / "poller.db", given.in_flight)
        with (Path(directory) / "log").open("w") as stream:
            configure(stream, level="INFO")
            prepare(settings, [given.port], given.connections)
            work = measured(settings, given.connections * given.orders)
            if given.profile:
                import cProfile

                with cProfile.Profile() as profile:
                    asyncio.run(work)
                profile.dump_stats("/tmp/poller.prof" if not (out := os.environ.get("PROFILE")) else out)
                return
            print(json.dumps({**asyncio.run(work), "disk": disk(settings.db_path)}))


if __name__ == "__main__":
    main()
