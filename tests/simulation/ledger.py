"""What each connection must still capture, and since when: told by the Odoos, struck off by what the store commits."""

from __future__ import annotations

from dataclasses import dataclass, field

from poller_core.decide.reading import parse
from poller_core.store.intake import Built, Page
from simulation.failure import Violation
from simulation.machine import Machine
from simulation.merchant import EPOCH, Merchant

POLL_SLACK_SECONDS = 240.0
SWEEP_SLACK_SECONDS = 1800.0


@dataclass(eq=False)
class Link:
    """A connection as the people know it. ``well_since``: when a person last made or mended it."""

    number: int
    ident: str
    name: str
    merchant: Merchant
    url: str
    interval: int
    since_start: bool
    key: str
    active: bool = True
    gone: bool = False
    well_since: float = 0.0
    outstanding: dict[int, Outstanding] = field(default_factory=dict)
    captured: set[int] = field(default_factory=set)
    """Orders whose payload was built."""

    @property
    def well(self) -> bool:
        """Whether it could work, as far as it and its Odoo are concerned."""
        return self.active and self.key == self.merchant.key and self.merchant.well

    @property
    def since(self) -> float:
        """Since when it could work."""
        return max(self.well_since, self.merchant.well_since, self.merchant.limited_until)


@dataclass(slots=True)
class Outstanding:
    """A confirmed order that is not captured. ``late``: the window need not find it, the sweep must."""

    since: float
    late: bool
    built: bool = False
    """Only a payload will do: it was rejected and has been mended."""


class Ledger:
    """All connections' outstanding orders."""

    def __init__(self, overlap: int, sweep_seconds: float) -> None:
        self.links: dict[int, Link] = {}
        self._overlap = overlap
        self._sweep_seconds = sweep_seconds

    def visible(self, merchant: Merchant, orders: list[int], late: bool) -> None:
        """These orders of a merchant have become visible as confirmed."""
        now = merchant.now()
        for link in self.links.values():
            if link.merchant is merchant:
                for order in orders:
                    if order not in link.captured:
                        link.outstanding[order] = Outstanding(now, late)

    def expect_all(self, link: Link) -> None:
        """A connection that begins: everything that is confirmed now."""
        merchant = link.merchant
        wanted = merchant.confirmed - (merchant.old if link.since_start else set()) - link.captured
        for order in sorted(wanted):
            link.outstanding[order] = Outstanding(merchant.now(), order in merchant.late)

    def postponed(self, merchant: Merchant, order: int) -> None:
        """An order's ``write_date`` was moved by a clock that is wrong."""
        for link in self.links.values():
            if link.merchant is merchant and order in link.outstanding:
                link.outstanding[order].late = True

    def mended(self, merchant: Merchant, order: int) -> None:
        """An order that could not be mapped can be, and its ``write_date`` has moved."""
        for link in self.links.values():
            if link.merchant is merchant and order in merchant.confirmed and order not in link.captured:
                link.outstanding[order] = Outstanding(merchant.now(), order in merchant.late, built=True)

    def gone(self, merchant: Merchant, orders: list[int]) -> None:
        """These orders are confirmed no more."""
        for link in self.links.values():
            if link.merchant is merchant:
                for order in orders:
                    link.outstanding.pop(order, None)

    def captured(self, page: Page) -> None:
        """A page is committed."""
        link = self.links.get(page.connection)
        if link is None:
            return
        for order in page.orders:
            if isinstance(order, Built):
                link.captured.add(order.order_id)
                link.outstanding.pop(order.order_id, None)
            elif (due := link.outstanding.get(order.order_id)) is not None and not due.built:
                del link.outstanding[order.order_id]
        wanted = link.merchant.seen if link.since_start else link.merchant.seen | link.merchant.old
        strangers = {order.order_id for order in page.orders} - wanted
        if strangers:
            raise Violation(f"{link.name}: captured {sorted(strangers)[:3]}, which were never wanted")

    def found_in(self, store: Machine) -> None:
        """What is in the tables when a process begins: a commit right before the last one's death told nobody."""
        for link in self.links.values():
            for order, due in list(link.outstanding.items()):
                row = store.sql(
                    "SELECT 1 FROM outbox WHERE connection = ? AND order_id = ?", link.number, order
                )
                if row:
                    link.captured.add(order)
                rejected = not due.built and store.sql(
                    "SELECT 1 FROM rejected WHERE connection = ? AND order_id = ?", link.number, order
                )
                if row or rejected:
                    del link.outstanding[order]

    def check(self, now: float, poller_since: float) -> None:
        """Everything that could be captured is, within its time."""
        for link in self.links.values():
            if not link.outstanding or not link.well:
                continue
            able = max(link.since, poller_since)
            for order, due in link.outstanding.items():
                waited = now - max(able, due.since)
                allowed = (
                    self._sweep_seconds + SWEEP_SLACK_SECONDS
                    if due.late
                    else 2 * link.interval + POLL_SLACK_SECONDS
                )
                if waited > allowed:
                    kind = "late" if due.late else "mended" if due.built else "plain"
                    raise Violation(f"{link.name}: {kind} order {order} not captured for {waited:.0f} s")

    def check_cursor(self, number: int, cursor: str) -> None:
        """No cursor lies past an uncaptured order that it had a chance to see."""
        link = self.links.get(number)
        if link is None or not cursor or not link.outstanding:
            return
        lower = parse(cursor).timestamp() - EPOCH - self._overlap
        rows = link.merchant.odoo.database.tables["sale.order"].rows
        for order, due in link.outstanding.items():
            if due.late or order not in rows:
                continue
            written = rows[order]["write_date"] // 1_000_000 - EPOCH
            if written < lower:
                raise Violation(
                    f"{link.name}: the cursor {cursor} passed order {order} ({lower - written:.0f} s)"
                )


__all__ = ["Ledger", "Link", "Outstanding"]
