"""An Odoo that keeps confirming orders and a receiver that remembers, served from threads of this process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import anyio

from odoo_rpc.testing import FakeOdoo, serve
from process_support import Program, Sink, receiver
from real_odoo_support import Seeder, locate


@dataclass
class World:
    """What the program works on. ``confirmed`` holds the external id of every order that Odoo has confirmed."""

    program: Program
    sink: Sink
    random: Random
    confirmed: set[str] = field(default_factory=set)
    pause: threading.Event = field(default_factory=threading.Event)

    @property
    def arrived(self) -> Counter[str]:
        """How often each webhook id arrived."""
        return Counter(ident for ident, _ in self.sink.got)

    def settle(self) -> None:
        """Let the program finish what is left, with nothing disturbing it."""
        self.pause.set()
        for _ in range(50):
            self.program("poll")
            report = self.program.json("deliver")
            if not report["waiting"]:
                return
        raise AssertionError("orders are waiting that nobody takes")


@contextmanager
def world(folder: Path, *, seed: int, real: int = 0) -> Iterator[World]:
    """The program with one connection to a busy Odoo: a fake one, or the real one of version ``real``."""
    with receiver() as sink:
        made = World(Program(folder), sink, Random(seed))
        stop, ready = threading.Event(), threading.Event()
        busy = _busy_real_odoo if real else _busy_fake
        access: dict[str, str] = {}
        thread = threading.Thread(target=busy, args=(made, stop, ready, access, real), daemon=True)
        thread.start()
        assert ready.wait(30)
        try:
            made.program.add("busy", hook=sink.url, polling_interval="1", **access)
            if real:
                made.program("poll")
            made.pause.clear()
            yield made
        finally:
            stop.set()
            thread.join(30)


def _busy_fake(
    made: World, stop: threading.Event, ready: threading.Event, access: dict[str, str], _version: int
) -> None:
    odoo = FakeOdoo(19)

    async def main() -> None:
        async with serve(odoo.asgi()) as url:
            access.update(url=url, db=odoo.db, username=odoo.username, api_key=odoo.api_key, sync_from="all")
            made.pause.set()
            ready.set()
            while not stop.is_set():
                if not made.pause.is_set():
                    orders = odoo.add_orders(made.random.randint(1, 5))
                    made.confirmed.update(f"odoo_{odoo.db}_{order}" for order in orders)
                await anyio.sleep(0.02)

    anyio.run(main)


def _busy_real_odoo(
    made: World, stop: threading.Event, ready: threading.Event, access: dict[str, str], version: int
) -> None:
    found = locate(version)
    seeder = Seeder(found)
    partner, product = seeder.partner("Busy"), seeder.product("Busy", sku="B-1", price=1000.0)
    line = {"product_id": product, "product_uom_qty": 1, "price_unit": 1000.0}
    access.update(url=found.url, db=found.db, username=found.username, api_key=found.api_key)
    made.pause.set()
    ready.set()
    while not stop.wait(0.05):
        if not made.pause.is_set():
            orders = seeder.draft_orders(30, partner, [line])
            seeder.confirm(orders)
            made.confirmed.update(f"odoo_{found.db}_{order}" for order in orders)
    seeder.close()
