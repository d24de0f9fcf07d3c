"""A fake Odoo that keeps confirming orders and a receiver that remembers, served from a thread of this process."""

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


@dataclass
class World:
    """What the program works on. ``confirmed`` are the orders that Odoo has."""

    program: Program
    sink: Sink
    odoo: FakeOdoo
    random: Random
    pause: threading.Event = field(default_factory=threading.Event)

    @property
    def confirmed(self) -> set[str]:
        """External ids of every confirmed order."""
        return {f"odoo_{self.odoo.db}_{order}" for order in self.odoo.ids("sale.order")}

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
def world(folder: Path, *, seed: int, every_seconds: float = 0.02, interval: int = 1) -> Iterator[World]:
    """The program with one connection to a busy Odoo."""
    odoo = FakeOdoo(19)
    program = Program(folder)
    stop, started, address = threading.Event(), threading.Event(), list[str]()
    with receiver() as sink:
        made = World(program, sink, odoo, Random(seed))

        async def main() -> None:
            async with serve(odoo.asgi()) as url:
                address.append(url)
                started.set()
                while not stop.is_set():
                    if not made.pause.is_set():
                        odoo.add_orders(made.random.randint(1, 5))
                    await anyio.sleep(every_seconds)

        thread = threading.Thread(target=anyio.run, args=(main,), daemon=True)
        thread.start()
        assert started.wait(10)
        try:
            program.add(
                "busy",
                url=address[0],
                db=odoo.db,
                username=odoo.username,
                api_key=odoo.api_key,
                hook=sink.url,
                sync_from="all",
                polling_interval=str(interval),
            )
            yield made
        finally:
            stop.set()
            thread.join(10)
