"""Odoo writes JSON as Python does: a float that is no number must not hide the rest of its page."""

from __future__ import annotations

import math
from typing import Any

import pytest

from odoo_rpc.errors import NotOdoo
from odoo_rpc.net.reply import Reply
from odoo_rpc.wire import decode


def read(body: bytes) -> Any:
    return decode(Reply(200, {}, body, 1.0), list[dict[str, Any]], "sale.order.read", ())


def test_nan_and_infinity_arrive_as_floats_beside_sound_records() -> None:
    found = read(
        b'[{"id": 1, "amount_total": NaN}, {"id": 2, "amount_total": -Infinity}, {"id": 3, "amount_total": 1.5}]'
    )
    assert math.isnan(found[0]["amount_total"])
    assert found[1:] == [{"id": 2, "amount_total": -math.inf}, {"id": 3, "amount_total": 1.5}]


def test_a_number_of_five_thousand_digits_arrives_as_infinite() -> None:
    assert read(b'[{"id": ' + b"9" * 5000 + b"}]") == [{"id": math.inf}]


def test_an_exponent_beyond_floats_arrives_as_infinite() -> None:
    assert read(b'[{"id": 1, "price_unit": 1e999}]')[0]["price_unit"] == math.inf


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'[{"id": 1', b'{"a": }', b"NaN", b'["\xff"]', b'["\\ud800"]', b""]
)
def test_what_no_parser_reads_is_still_no_answer_of_odoo(body: bytes) -> None:
    with pytest.raises(NotOdoo):
        read(body)
