"""Work in a transaction: when it is seen, what date it carries, who else may touch the rows."""

from __future__ import annotations

import pytest

from odoo_rpc.testing import FakeOdoo, Line, RowLocked

NOON = 1_800_014_400.0  # 2027-01-15 12:00:00


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeOdoo:
    return FakeOdoo(19, clock=clock)


def written(fake: FakeOdoo, order: int) -> str:
    return f"{fake.read('sale.order', order)['write_date']:%Y-%m-%d %H:%M:%S}"


def test_a_transaction_s_work_is_dated_when_done_and_seen_when_committed(
    fake: FakeOdoo, clock: Clock
) -> None:
    late, quick = fake.add_orders(2, confirm=False)
    tx = fake.begin()
    clock.now = NOON + 10
    tx.confirm([late])
    clock.now = NOON + 20
    fake.confirm([quick])
    clock.now = NOON + 30
    assert fake.read("sale.order", late)["state"] == "draft"
    tx.commit()
    assert fake.read("sale.order", late)["state"] == "sale"
    assert (written(fake, late), written(fake, quick)) == ("2027-01-15 12:00:10", "2027-01-15 12:00:20")


def test_ids_are_given_out_before_the_commit_and_not_taken_back_by_a_rollback(fake: FakeOdoo) -> None:
    tx = fake.begin()
    first = tx.add_order()
    second = fake.add_order()
    assert (second, fake.ids("sale.order")) == (first + 1, [second])
    tx.rollback()
    assert fake.add_order() == second + 1
    assert fake.ids("sale.order") == [second, second + 1]


def test_a_transaction_sees_its_own_work(fake: FakeOdoo) -> None:
    tx = fake.begin()
    product = tx.add_product("Polera", sku="POL", price=19.99, variant={"Talla": "S"})
    order = tx.add_order(tx.add_partner("Ana"), [Line(product, 2)], confirm=False)
    tx.confirm([order])
    tx.add_lines(order, [Line(product, 1)])
    tx.commit()
    assert fake.read("sale.order", order)["amount_total"] == 59.97


def test_a_row_that_an_open_transaction_changed_is_locked_for_others(fake: FakeOdoo) -> None:
    order = fake.add_order(confirm=False)
    tx = fake.begin()
    tx.confirm([order])
    with pytest.raises(RowLocked):
        fake.cancel(order)
    tx.rollback()
    fake.cancel(order)
    assert fake.read("sale.order", order)["state"] == "cancel"


def test_a_deed_that_fails_leaves_nothing_behind(fake: FakeOdoo) -> None:
    order = fake.add_order(confirm=False)
    with pytest.raises(KeyError):
        fake.confirm([order, 99])
    assert fake.read("sale.order", order)["state"] == "draft"
    fake.confirm([order])  # nothing stayed locked either


def test_orders_confirmed_together_share_one_moment_to_the_microsecond(fake: FakeOdoo) -> None:
    ids = fake.add_orders(5)
    assert len({fake.read("sale.order", order)["write_date"] for order in ids}) == 1


def test_a_clock_on_the_second_still_gives_hidden_microseconds_out_of_order(fake: FakeOdoo) -> None:
    moments = [fake.read("sale.order", fake.add_order())["write_date"] for _ in range(20)]
    again = FakeOdoo(19, clock=lambda: NOON)
    assert {f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments} == {"2027-01-15 12:00:00"}
    assert all(moment.microsecond for moment in moments)
    assert moments != sorted(moments)
    assert moments == [again.read("sale.order", again.add_order())["write_date"] for _ in range(20)]


def test_an_import_may_bring_its_own_dates_but_not_its_write_date(fake: FakeOdoo) -> None:
    order = fake.add_order(created="2020-01-02 03:04:05", ordered="2019-12-31 23:59:59")
    row = fake.read("sale.order", order)
    dates = [f"{row[name]:%Y-%m-%d %H:%M:%S}" for name in ("create_date", "date_order", "write_date")]
    assert dates == ["2020-01-02 03:04:05", "2019-12-31 23:59:59", "2027-01-15 12:00:00"]


def test_an_odd_write_date_can_be_made(fake: FakeOdoo) -> None:
    order = fake.add_order()
    fake.edit("sale.order", order, write_date="2031-01-01 00:00:00.000001")
    assert written(fake, order) == "2031-01-01 00:00:00"


def test_a_restored_backup_gives_ids_out_again(fake: FakeOdoo) -> None:
    kept = fake.add_order()
    backup = fake.snapshot()
    lost = fake.add_order(client_order_ref="perdida")
    fake.cancel(kept)
    fake.restore(backup)
    assert fake.ids("sale.order") == [kept]
    assert fake.read("sale.order", kept)["state"] == "sale"
    assert fake.add_order(client_order_ref="otra") == lost
    fake.restore(backup)  # a backup may be put back more than once
    assert fake.ids("sale.order") == [kept]


def test_deleting_an_order_takes_its_lines_along(fake: FakeOdoo) -> None:
    order = fake.add_order()
    fake.delete("sale.order", order)
    assert (fake.ids("sale.order"), fake.ids("sale.order.line")) == ([], [])


def test_deleting_a_line_changes_the_total_and_moves_the_order(fake: FakeOdoo, clock: Clock) -> None:
    product = fake.add_product("Café", price=100)
    order = fake.add_order(None, [Line(product, 2), Line(product, 1)])
    clock.now += 60
    fake.delete("sale.order.line", fake.ids("sale.order.line")[0])
    assert fake.read("sale.order", order)["amount_total"] == 100.0
    assert written(fake, order) == "2027-01-15 12:01:00"


def test_total_of_many_small_lines_is_rounded_once_from_18_on() -> None:
    totals = []
    for version in (17, 18):
        fake = FakeOdoo(version)
        product = fake.add_product("Tornillo", price=0.29)
        order = fake.add_order(None, [Line(product, 2.5), Line(product, 2.5)])
        totals.append(fake.read("sale.order", order)["amount_total"])
    assert totals == [1.46, 1.45]  # 0.725 each, as 0.73 + 0.73 or as 1.45


def test_too_old_a_version_is_refused() -> None:
    with pytest.raises(ValueError, match="14"):
        FakeOdoo(13)
