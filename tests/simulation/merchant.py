"""A tenant's Odoo: its deeds tell the ledger what must be captured; its faults lie between the poller and it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import anyio

from odoo_rpc.net import ConnectFailed, Reply
from odoo_rpc.testing import FakeOdoo, Line

EPOCH = 1_790_000_000
START = "2026-09-21 12:13:20"
"""Two hours before EPOCH, as Odoo writes it: a clock that is put back by an hour stays behind it."""
SKEW_MEMORY_SECONDS = 7200.0


@dataclass(eq=False)
class Merchant:
    """One Odoo database and what is wrong with it now. ``well_since``: when it last began to answer properly."""

    name: str
    version: int
    now: Callable[[], float]
    random: Random
    visible: Callable[[Merchant, list[int], bool], None]
    """Told of orders that have become visible as confirmed, and whether that was too late for the window."""
    postponed: Callable[[Merchant, int], None]
    """Told of an order whose ``write_date`` has moved by a clock that is wrong."""
    gone: Callable[[Merchant, list[int]], None]
    down: bool = False
    hanging: bool = False
    html: bool = False
    limited_until: float = 0.0
    skew: float = 0.0
    skewed_at: float = -1e9
    well_since: float = 0.0
    requests: int = 0
    key: str = ""
    key_works: bool = True
    confirmed: set[int] = field(default_factory=set)
    """Ids of the orders that are visible as confirmed now."""
    late: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    """Orders that were ever confirmed since the beginning."""
    old: set[int] = field(default_factory=set)
    """Orders from before the beginning."""
    ambush: list[Callable[[], None]] = field(default_factory=list)
    """What happens right before the next request is served."""

    def __post_init__(self) -> None:
        self.host = f"https://{self.name}.odoo.test"
        self.key = f"S3CRET-key-{self.name}"
        self.odoo = FakeOdoo(self.version, db=self.name, clock=self.clock, api_key=self.key)
        self.partner = self.odoo.add_partner("Ana", country="CL", region="Metropolitana")
        self.product = self.odoo.add_product("Polera", sku="P-1", price=1000)
        self.app = self.odoo.asgi()

    def clock(self) -> float:
        """This Odoo's time of day."""
        return EPOCH + self.now() + self.skew

    # Deeds

    def confirm(self, count: int, **more: Any) -> list[int]:
        """Orders of one transaction, confirmed together."""
        line = Line(self.product, 1, 1000)
        ids = self.odoo.add_orders(count, partner=self.partner, lines=[line], **more)
        self.show(ids, late=False)
        return ids

    def old_orders(self, count: int) -> None:
        """Confirmed orders from before anybody was connected."""
        long_ago = "2026-01-05 10:00:00"
        ids = self.odoo.add_orders(count, partner=self.partner, created=long_ago, ordered=long_ago)
        for order in ids:
            # Confirming sets the date of the order to now; an import keeps it.
            self.odoo.edit("sale.order", order, date_order=long_ago)
        self.old.update(ids)
        self.confirmed.update(ids)

    def show(self, ids: list[int], *, late: bool) -> None:
        """These have become visible."""
        late = late or self.now() - self.skewed_at < SKEW_MEMORY_SECONDS
        self.confirmed.update(ids)
        self.seen.update(ids)
        if late:
            self.late.update(ids)
        self.visible(self, ids, late)

    def edit(self, order: int, **values: Any) -> None:
        """Somebody changes an order."""
        if order in self.odoo.database.tables["sale.order"].rows:
            self.odoo.edit("sale.order", order, **values)
            if order in self.confirmed and self.now() - self.skewed_at < SKEW_MEMORY_SECONDS:
                self.late.add(order)
                self.postponed(self, order)

    def cancel(self, order: int) -> None:
        """An order is cancelled."""
        self._drop(order)
        self.odoo.cancel(order)

    def delete(self, order: int) -> None:
        """An order is deleted."""
        self._drop(order)
        self.odoo.delete("sale.order", order)

    def _drop(self, order: int) -> None:
        self.confirmed.discard(order)
        self.gone(self, [order])

    # Faults

    @property
    def well(self) -> bool:
        """Whether it answers properly now."""
        troubled = self.down or self.hanging or self.html or self.now() < self.limited_until
        return self.key_works and not troubled

    def recover(self) -> None:
        """Everything works again."""
        self.down = self.hanging = self.html = False
        self.limited_until = 0.0
        self.well_since = self.now()

    async def fault(self) -> Reply | None:
        """What stands between a request and this Odoo."""
        self.requests += 1
        if self.down:
            raise ConnectFailed("down")
        if self.hanging:
            await anyio.sleep_forever()
        if self.html:
            return Reply(200, {"content-type": "text/html"}, b"<html>maintenance</html>", 1.0)
        if self.now() < self.limited_until:
            return Reply(429, {"retry-after": "20"}, b"", 1.0)
        await anyio.sleep(self.random.uniform(0.02, 0.4))
        while self.ambush:
            self.ambush.pop()()
        return None


__all__ = ["EPOCH", "START", "Merchant"]
