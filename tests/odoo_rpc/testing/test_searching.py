"""Domains, order and indexes: the finer points, most of them measured on real servers and checked there by the contract."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_rpc.testing import FakeOdoo, Line, OdooFault
from odoo_rpc.testing.domain import parse
from odoo_rpc.testing.environment import Environment
from odoo_rpc.testing.search import _candidates, count, search

NOON = 1_800_014_400.0


def environment(fake: FakeOdoo, **context: Any) -> Environment:
    admin = fake.database.uid_of_login(fake.username)
    assert admin is not None
    return Environment(fake.database, fake.database.users[admin], context)


@pytest.fixture(params=[14, 19])
def fake(request: pytest.FixtureRequest) -> FakeOdoo:
    return FakeOdoo(request.param)


def found(fake: FakeOdoo, *domain: Any, order: str = "id", **context: Any) -> list[int]:
    return search("sale.order", list(domain), environment(fake, **context), order)


@pytest.mark.parametrize(
    ("operator", "value", "old", "new"),
    [
        (">=", "2027-01-15 12:00:00.300000", False, True),  # from 19 on cut to the second
        (">", "2027-01-15", False, False),  # a bare day after > is its last second, or the day itself
        (">=", "2027-01-15", True, True),
        ("<=", "2027-01-15", True, True),
        ("<", "2027-01-15", False, False),
        ("in", ["2027-01-15 12:00:00"], False, True),
        ("not in", ["2027-01-15 12:00:00"], True, False),
        ("=", False, False, False),
        ("!=", False, True, True),
        ("like", "2027-01", True, True),
    ],
)
def test_datetimes(operator: str, value: object, old: bool, new: bool) -> None:
    for version, expected in ((14, old), (18, old), (19, new)):
        fake = FakeOdoo(version, clock=lambda: NOON + 0.25)
        order = fake.add_order()
        assert (found(fake, ["write_date", operator, value]) == [order]) is expected, version


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("client_order_ref", "=", False),
        ("client_order_ref", "!=", "x"),
        ("client_order_ref", "not in", ["x"]),
        ("client_order_ref", "in", [False, "x"]),
        ("client_order_ref", "not ilike", "zzz"),
        ("name", "ilike", "s0000"),
        ("name", "=like", "S0000_"),
        ("partner_id", "ilike", "ana"),
        ("partner_id", "!=", False),
        ("partner_id.name", "=", "Ana"),
        ("partner_id.country_id.code", "=", "CL"),
        ("order_line", "!=", False),
        ("order_line.product_id", "=", False),
        ("order_line.product_uom_qty", ">", 2),
        ("amount_total", ">", "5"),
        ("state", "=?", False),
        ("state", "not in", []),
        ("id", ">", "0"),
    ],
)
def test_conditions_that_hold(fake: FakeOdoo, field: str, operator: str, value: object) -> None:
    product = fake.add_product("Café", price=100)
    order = fake.add_order(fake.add_partner("Ana", country="CL"), [Line(product, 2.5), Line.note("x")])
    assert found(fake, [field, operator, value]) == [order]
    assert found(fake, "!", [field, operator, value]) == []


def test_prefix_notation(fake: FakeOdoo) -> None:
    first, second, third = (fake.add_order(client_order_ref=ref) for ref in ("a", "b", None))
    a, b = ["client_order_ref", "=", "a"], ["client_order_ref", "=", "b"]
    assert found(fake, "|", a, b) == [first, second]
    assert found(fake, "|", a, "!", b) == [first, third]
    assert found(fake, "&", a, b) == []
    assert found(fake, ["id", ">", first], "|", a, b) == [second]
    assert found(fake, [1, "=", 1]) == [first, second, third]
    assert found(fake, [0, "=", 1]) == []


@pytest.mark.parametrize(
    ("domain", "old", "new"),
    [
        (["|", ["id", "=", 1]], "builtins.AssertionError", "builtins.ValueError"),
        (["zzz"], "builtins.AssertionError", "builtins.ValueError"),
        ("[]", "builtins.AssertionError", "builtins.TypeError"),
        ([["id", "="]], "builtins.ValueError", "builtins.ValueError"),
        ([["id", "in", 1]], "builtins.ValueError", None),
        ([["name", "==", "x"]], "builtins.ValueError", None),
        ([["id", ">", 2**31]], "psycopg2.errors.NumericValueOutOfRange", None),
        ([["id", "=", "a"]], "psycopg2.errors.InvalidTextRepresentation", None),
        ([["write_date", ">", "hello"]], "psycopg2.errors.InvalidDatetimeFormat", "builtins.ValueError"),
        ([["write_date", ">", "2027-01-15T00:00:00Z"]], None, "builtins.ValueError"),
        (False, "builtins.AssertionError", None),
    ],
)
def test_mistakes_have_each_version_s_own_names(domain: object, old: str | None, new: str | None) -> None:
    for version, name in ((14, old), (19, new)):
        env = environment(FakeOdoo(version))
        if name is None:
            search("sale.order", domain, env)
            continue
        with pytest.raises(OdooFault) as caught:
            search("sale.order", domain, env)
        assert caught.value.name == name


def test_an_order_by_a_related_record_follows_that_model_s_own_order(fake: FakeOdoo) -> None:
    zoe, ana = fake.add_partner("Zoe"), fake.add_partner("Ana")
    of_zoe, of_ana = fake.add_order(zoe), fake.add_order(ana)
    assert found(fake, order="partner_id") == [of_ana, of_zoe]
    assert found(fake, order="partner_id desc, id") == [of_zoe, of_ana]


def test_empty_values_sort_last_and_first_when_descending(fake: FakeOdoo) -> None:
    empty, full = fake.add_order(), fake.add_order(client_order_ref="x")
    assert found(fake, order="client_order_ref, id") == [full, empty]
    assert found(fake, order="client_order_ref desc, id") == [empty, full]


def test_limit_and_offset_cut_the_sorted_result_and_zero_means_no_limit(fake: FakeOdoo) -> None:
    ids = [fake.add_order() for _ in range(4)]
    env = environment(fake)
    assert search("sale.order", [], env, "id desc", 1, 2) == [ids[2], ids[1]]
    assert search("sale.order", [], env, "id", 1, 2) == [ids[1], ids[2]]
    assert search("sale.order", [], env, "id", 0, 0) == ids
    assert count("sale.order", [], env, 3) == 3


@pytest.mark.parametrize("order", ["name; drop", "nosuch", "name sideways"])
def test_a_wrong_order_is_refused(fake: FakeOdoo, order: str) -> None:
    with pytest.raises(OdooFault):
        found(fake, order=order)


def test_from_19_on_one_can_not_order_by_what_no_column_holds() -> None:
    for version, refused in ((14, False), (19, True)):
        env = environment(FakeOdoo(version))
        if refused:
            with pytest.raises(OdooFault, match="not stored"):
                search("res.partner", [], env, "sale_order_count")
        else:
            assert search("res.partner", [], env, "sale_order_count")


def test_archived_records_hide_unless_the_domain_or_the_context_asks_for_them(fake: FakeOdoo) -> None:
    partner = fake.add_partner("Archivada", active=False)
    here = ["id", "=", partner]
    env = environment(fake)
    assert search("res.partner", [here], env) == []
    assert search("res.partner", [here, ["active", "in", [True, False]]], env) == [partner]
    assert search("res.partner", [here], environment(fake, active_test=False)) == [partner]


def test_an_idle_poll_looks_only_at_what_lies_in_its_window() -> None:
    now = [NOON]
    fake = FakeOdoo(19, clock=lambda: now[0])
    for _ in range(50):
        fake.add_order()
        now[0] += 60
    table = fake.database.tables["sale.order"]
    window = ["write_date", ">=", "2027-01-15 12:45:00"]

    def looked_at(*domain: Any) -> list[int]:
        return list(_candidates(parse([["state", "=", "sale"], *domain], 19), table, 19))

    assert looked_at(window) == [46, 47, 48, 49, 50]
    assert looked_at(window, ["id", ">", 48]) == [49, 50]
    assert looked_at(["id", "in", [3, 1]]) == [1, 3]
    assert looked_at(["partner_id", "=", 99]) == []
    assert len(looked_at("|", window, ["id", "=", 1])) == 50
