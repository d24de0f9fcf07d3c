"""Where orders get lost: what `write_date` is, how it is compared and sorted, and when it becomes visible."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contract.backends import Backend

pytestmark = pytest.mark.anyio

CROWD = 130
SALE = ["state", "in", ["sale", "done"]]
# How many of 130 orders, all with write_date W, each domain finds: until 18, and from 19 on.
COMPARED = {">": (130, 0), ">=": (130, 130), "=": (0, 130), "<=": (0, 130), "<": (0, 0), "!=": (130, 0)}


def some_orders(odoo: Backend, count: int = 1, **values: Any) -> list[int]:
    partner = odoo.seed.partner(odoo.seed.unique("Cliente"), country="CL")
    product = odoo.seed.product(odoo.seed.unique("Producto"), sku="P-1", price=1000)
    line = {"product_id": product, "product_uom_qty": 2, "price_unit": 1000}
    return odoo.seed.draft_orders(count, partner, [line], **values)


def crowd(odoo: Backend) -> list[int]:
    """130 orders confirmed in one transaction, made once for each real Odoo."""

    def make() -> list[int]:
        ids = some_orders(odoo, CROWD)
        odoo.seed.confirm(ids)
        return ids

    return odoo.seed.kept("crowd", make)


async def test_orders_confirmed_together_share_one_second(odoo: Backend) -> None:
    ids = crowd(odoo)
    async with odoo.client() as client:
        orders = await client.search_read(
            "sale.order", [["id", "in", ids]], ["write_date", "date_order", "state"]
        )
    assert len(orders) == CROWD
    assert len({order["write_date"] for order in orders}) == 1
    assert {order["state"] for order in orders} == {"sale"}


@pytest.mark.parametrize("operator", COMPARED)
async def test_a_domain_is_compared_with_the_hidden_microseconds_or_with_seconds(
    odoo: Backend, operator: str
) -> None:
    ids = crowd(odoo)
    async with odoo.client() as client:
        first = await client.search_read("sale.order", [["id", "=", ids[0]]], ["write_date"])
        condition = ["write_date", operator, first[0]["write_date"]]
        found = await client.search_count("sale.order", [["id", "in", ids], condition])
    assert found == COMPARED[operator][odoo.version >= 19]


async def test_a_window_of_one_second_holds_them_all(odoo: Backend) -> None:
    ids = crowd(odoo)
    async with odoo.client() as client:
        first = await client.search_read("sale.order", [["id", "=", ids[0]]], ["write_date"])
        begin = first[0]["write_date"]
        end = _one_second_after(begin)
        window = [["write_date", ">=", begin], ["write_date", "<", end], ["id", "in", ids]]
        assert await client.search_count("sale.order", window) == CROWD


async def test_a_walk_by_id_reaches_each_of_them_once(odoo: Backend) -> None:
    ids = crowd(odoo)
    seen: list[int] = []
    async with odoo.client() as client:
        first = await client.search_read("sale.order", [["id", "=", ids[0]]], ["write_date"])
        domain = [["write_date", ">=", first[0]["write_date"]], SALE, ["id", "in", ids]]
        async for page in client.walk("sale.order", domain, ["name"], page=50):
            seen += [order["id"] for order in page]
    assert seen == sorted(ids)


async def test_sorting_by_write_date_follows_the_hidden_microseconds_not_the_ids(odoo: Backend) -> None:
    older, newer = some_orders(odoo, 2)
    odoo.seed.confirm([newer])
    odoo.seed.confirm([older])
    async with odoo.client() as client:
        found = await client.search("sale.order", [["id", "in", [older, newer]]], order="write_date, id")
    assert found == [newer, older]


async def test_confirming_sets_the_order_date_to_that_moment(odoo: Backend) -> None:
    ids = some_orders(odoo)
    odoo.seed.write("sale.order", ids, {"date_order": "2020-01-01 08:00:00"})
    odoo.seed.confirm(ids)
    async with odoo.client() as client:
        order = (await client.read("sale.order", ids, ["date_order", "write_date"]))[0]
    assert order["date_order"] > "2020-01-01 08:00:00"
    assert order["date_order"][:16] == order["write_date"][:16]


async def _is_first(odoo: Backend, order: int, other: int) -> bool:
    async with odoo.client() as client:
        found = await client.search("sale.order", [["id", "in", [order, other]]], order="write_date, id")
    return found[0] == order


@pytest.mark.parametrize(
    ("values", "moves"),
    [({"product_uom_qty": 7}, True), ({"price_unit": 5.5}, True), ({"name": "Otro nombre"}, False)],
    ids=["quantity", "price", "name"],
)
async def test_a_line_moves_its_order_only_where_the_total_changes(
    odoo: Backend, values: dict[str, Any], moves: bool
) -> None:
    edited, marker = some_orders(odoo, 2)
    odoo.seed.confirm([edited])
    odoo.seed.confirm([marker])
    async with odoo.client() as client:
        line = (await client.read("sale.order", [edited], ["order_line"]))[0]["order_line"][0]
    odoo.seed.write("sale.order.line", [line], values)
    assert await _is_first(odoo, edited, marker) is not moves


async def test_a_new_address_of_the_customer_does_not_move_the_order(odoo: Backend) -> None:
    edited, marker = some_orders(odoo, 2)
    odoo.seed.confirm([edited])
    odoo.seed.confirm([marker])
    async with odoo.client() as client:
        partner = (await client.read("sale.order", [edited], ["partner_id"]))[0]["partner_id"][0]
    odoo.seed.write("res.partner", [partner], {"street": "Otra calle 2"})
    assert await _is_first(odoo, edited, marker)


async def test_cancelling_moves_the_order_and_takes_it_out_of_the_confirmed_ones(odoo: Backend) -> None:
    cancelled, marker = some_orders(odoo, 2)
    odoo.seed.confirm([cancelled])
    odoo.seed.confirm([marker])
    odoo.seed.cancel([cancelled])
    async with odoo.client() as client:
        confirmed = await client.search("sale.order", [["id", "in", [cancelled, marker]], SALE])
    assert confirmed == [marker]
    assert not await _is_first(odoo, cancelled, marker)


async def test_a_late_commit_appears_behind_orders_that_were_read_before_it(odoo: Backend) -> None:
    late, quick = some_orders(odoo, 2)
    domain = [["id", "in", [late, quick]], SALE]
    async with odoo.client() as client:
        with odoo.seed.late_commit([late]):
            odoo.seed.confirm([quick])
            while_open = await client.search("sale.order", domain)
        after = await client.search("sale.order", domain, order="write_date")
    assert while_open == [quick]
    assert after == [late, quick]


async def test_a_locked_order_is_still_found_among_the_confirmed_ones(odoo: Backend) -> None:
    ids = some_orders(odoo)
    odoo.seed.confirm(ids)
    odoo.seed.lock(ids)
    async with odoo.client() as client:
        found = await client.search_read("sale.order", [["id", "in", ids], SALE], ["state"])
    assert [order["state"] for order in found] == ["done" if odoo.version < 17 else "sale"]


def _one_second_after(text: str) -> str:
    return str(datetime.fromisoformat(text) + timedelta(seconds=1))
