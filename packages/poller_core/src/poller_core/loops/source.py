"""Orders out of Odoo: in one nested call where that works, in a handful of classic calls where it doesn't.

Either way the result is the same list of nested orders. An order that this user may not read in full is found by
halving and handed on as unreadable, so that it never holds up the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

import msgspec

from odoo_rpc import AccessForbidden, NotOdoo, OdooClient, UnknownModelOrField
from odoo_rpc.session import WEB_SEARCH_READ_SINCE
from order_mapper import CLASSIC_READS, PLAN, ClassicBatch, NestedOrder, NestedOrders, assemble, records_type
from poller_core.decide.reading import ID_PAGE, Domain

_CACHED = ("product.template.attribute.value", "res.country", "res.country.state")
_CACHE_LIMIT = 5000


class Head(msgspec.Struct):
    """What is read of an order first, where most of a window is known."""

    id: int
    write_date: Any = None
    name: Any = None
    state: Any = None
    create_date: Any = None


def created(heads: Sequence[Head]) -> dict[int, str]:
    """The ``create_date`` of each, empty where Odoo gave none."""
    return {head.id: str(head.create_date or "") for head in heads}


class Unreadable(msgspec.Struct, frozen=True):
    """An order that exists but may not be read in full. ``message`` is Odoo's, one safe line."""

    head: Head
    message: str


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Orders by ascending id.

    ``known``: captured already, passed over by their heads. ``full``: there may be more behind the last one, whose
    id is ``last``. ``clock``: Odoo's own, at the first call.
    """

    orders: Sequence[NestedOrder]
    known: Sequence[Head] = ()
    unreadable: Sequence[Unreadable] = ()
    full: bool = False
    last: int = 0
    clock: datetime | None = None


class Source:
    """Reads one connection's orders. ``caches`` keeps what hardly ever changes (countries, regions, values)."""

    def __init__(self, client: OdooClient, caches: dict[str, dict[int, object]]) -> None:
        self.client = client
        self._caches = caches

    @property
    def nested(self) -> bool:
        """Whether one call does."""
        return self.client.version >= WEB_SEARCH_READ_SINCE

    async def window(self, domain: Domain, limit: int) -> Batch:
        """The first ``limit`` orders of a domain by id.

        Raises AccessForbidden where one of them may not be read: then ask for ``heads`` and ``by_ids``.
        """
        found: NestedOrders
        if self.nested:
            page = await self._negotiating(lambda: self._nested(domain, limit))
            found, clock = page.records, self.client.server_date
            more = isinstance(page.length, int) and page.length > len(found)
            orders = _sound(found)
            return Batch(orders=orders, full=more, last=_last(orders), clock=clock)
        found = await self._negotiating(lambda: self._orders(domain, limit))
        clock = self.client.server_date
        asked = _sound(found)
        orders = await self._complete(asked)
        return Batch(orders=orders, full=len(asked) >= limit, last=_last(asked), clock=clock)

    async def heads(self, domain: Domain, limit: int = ID_PAGE) -> list[Head]:
        """Ids, dates, name and state only."""
        return await self.client.search_read(
            "sale.order",
            domain,
            ["write_date", "name", "state", "create_date"],
            limit=limit,
            order="id asc",
            type=list[Head],
        )

    async def newest(self, domain: Domain) -> str:
        """The newest ``write_date`` of a domain; empty for none."""
        found = await self.client.search_read(
            "sale.order", domain, ["write_date"], limit=1, order="write_date desc, id desc", type=list[Head]
        )
        return str(found[0].write_date or "") if found else ""

    async def by_ids(self, heads: Sequence[Head], confirmed: Domain) -> Batch:
        """These orders, as far as they are still confirmed, and which of them can't be read."""
        if not heads:
            return Batch(orders=())
        domain = [*confirmed, ["id", "in", [head.id for head in heads]]]
        try:
            return await self.window(domain, len(heads))
        except AccessForbidden as error:
            if len(heads) == 1:
                return Batch(
                    orders=(),
                    unreadable=(Unreadable(heads[0], error.summary),),
                    clock=self.client.server_date,
                )
        middle = len(heads) // 2
        first = await self.by_ids(heads[:middle], confirmed)
        second = await self.by_ids(heads[middle:], confirmed)
        return Batch(
            orders=[*first.orders, *second.orders],
            unreadable=[*first.unreadable, *second.unreadable],
            clock=first.clock,
        )

    # One nested call

    async def _nested(self, domain: Domain, limit: int) -> Any:
        specification = _specification(self.client.version[0], self._without())
        return await self.client.web_search_read(
            "sale.order", domain, specification, limit=limit, order="id asc", type=NestedOrders
        )

    def _without(self) -> frozenset[tuple[str, str]]:
        missing = self.client.session.missing
        return frozenset((model, name) for model, names in missing.items() for name in names)

    async def _negotiating(self, read: Callable[[], Any]) -> Any:
        """Read; where a field is unknown or forbidden, find out which, and read once more without it."""
        before = self._without()
        try:
            return await read()
        except (UnknownModelOrField, AccessForbidden) as error:
            for model, names in PLAN.optional_fields(self.client.version[0]).items():
                await self.client.available_fields(
                    model, names, refresh=isinstance(error, UnknownModelOrField)
                )
            if self._without() == before:
                raise
        return await read()

    # The classic calls

    async def _orders(self, domain: Domain, limit: int) -> Any:
        names = PLAN.for_version(self.client.version[0], self._without())["sale.order"]
        return await self.client.search_read(
            "sale.order", domain, names, limit=limit, order="id asc", type=NestedOrders
        )

    async def _complete(self, orders: list[NestedOrder]) -> list[NestedOrder]:
        """Fill in what belongs to the orders; those that changed meanwhile are left for the next time."""
        if not orders:
            return []
        batch = ClassicBatch(orders=list(orders))
        for model in CLASSIC_READS:
            batch.put(model, await self._related(model, batch.wanted(model)))
        whole = assemble(batch)
        ids = [order.id for order in orders]
        now = await self.client.search_read(
            "sale.order", [["id", "in", ids]], ["write_date"], limit=len(ids), type=list[Head]
        )
        dates = {head.id: head.write_date for head in now}
        return [order for order in _sound(whole) if dates.get(order.id) == order.write_date]

    async def _related(self, model: str, ids: Sequence[int]) -> list[Any]:
        if model not in _CACHED:
            return list(await self._read(model, ids))
        cache = self._caches.setdefault(model, {})
        if len(cache) > _CACHE_LIMIT:
            cache.clear()
        missing = [number for number in ids if number not in cache]
        for record in await self._read(model, missing):
            cache[record.id] = record
        return [cache[number] for number in ids if number in cache]

    async def _read(self, model: str, ids: Sequence[int]) -> Any:
        if not ids:
            return []

        async def read() -> Any:
            names = PLAN.for_version(self.client.version[0], self._without())[model]
            return await self.client.read(model, ids, names, type=list[records_type(model)])  # type: ignore[misc,call-overload]

        return await self._negotiating(read)


@lru_cache(maxsize=128)
def _specification(major: int, without: frozenset[tuple[str, str]]) -> dict[str, Any]:
    """The same for nearly every connection; nobody changes it."""
    return PLAN.specification(major, without)


def _sound(found: Any) -> list[NestedOrder]:
    """The answer's orders by id, each once. Raises NotOdoo where it isn't in the order that was asked for."""
    orders = [order for order in found if type(order) is NestedOrder]
    ids = [order.id for order in orders]
    if len(orders) != len(found) or any(type(number) is not int for number in ids):
        raise NotOdoo("sale.order: the answer holds something that is no order", 200)
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise NotOdoo("sale.order: the answer is not in the order of ids that was asked for", 200)
    return orders


def _last(orders: Sequence[NestedOrder]) -> int:
    return orders[-1].id if orders else 0


__all__ = ["Batch", "Head", "Source", "Unreadable", "created"]
