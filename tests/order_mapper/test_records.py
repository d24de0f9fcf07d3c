"""Decoding is permissive: whatever JSON stands in a field, the page decodes."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_mapper import (
    NestedOrder,
    NestedOrders,
    NestedPage,
    Rejected,
    decode_record,
    encode_record,
    map_order,
    records_type,
)
from order_samples import SOURCE, TABLES, line, order, partner, product, record, value

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "x"]), inner),
    max_leaves=6,
)


@given(st.lists(JSON | st.dictionaries(st.sampled_from(list(order())), JSON)))
def test_a_page_decodes_whatever_its_records_hold(rows):
    page = msgspec.json.decode(json.dumps({"length": 1, "records": rows}), type=NestedPage)
    assert len(page.records) == len(rows)
    for row, found in zip(rows, page.records, strict=True):
        assert isinstance(found, NestedOrder) == isinstance(row, dict)


@pytest.mark.parametrize("model", TABLES)
@given(rows=st.lists(JSON))
def test_a_table_of_a_classic_read_decodes_whatever_its_records_hold(model, rows):
    assert len(msgspec.json.decode(json.dumps(rows), type=list[records_type(model)])) == len(rows)


@pytest.mark.parametrize("junk", [None, False, True, 0, 7, 1.5, "x", [], [1, "x"], {}, {"id": 1}])
def test_every_relation_may_be_anything(junk):
    for field in ("partner_id", "partner_shipping_id", "order_line"):
        record(order(**{field: junk}))
    for field in ("state_id", "country_id"):
        record(order(partner_id=partner(**{field: junk})))
    record(order(order_line=[line(product_id=junk)]))
    record(order(order_line=[line(product_id=product(product_template_attribute_value_ids=junk))]))
    record(
        order(order_line=[line(product_id=product(product_template_attribute_value_ids=[value("L", junk)]))])
    )


def test_one_bad_order_leaves_the_others_of_its_page_as_they_are():
    rows = [order(), order(partner_id="?", order_line=7, amount_total={}), None, order(id=43)]
    found = msgspec.json.decode(json.dumps(rows), type=NestedOrders)
    outcomes = [map_order(one, SOURCE, note_is_html=True) for one in found]
    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [False, True, True, False]


def test_what_is_kept_of_a_record_is_what_is_mapped_and_nothing_else():
    kept = encode_record(record(order(barcode="123", secret="x", note=False)))
    assert b"secret" not in kept
    assert b"barcode" not in kept
    assert decode_record(kept) == record(order(note=False))


def test_a_kept_record_is_rejected_for_the_same_reasons_again():
    bad = record(order(id=0, partner_id=[43, "Juan"], order_line=[51, line(price_unit="x"), {"id": 3}]))
    again = decode_record(encode_record(bad))
    assert map_order(again, SOURCE, note_is_html=True) == map_order(bad, SOURCE, note_is_html=True)


UNWRITABLE = {
    "surrogate": "a\ud800b",
    "surrogates in lists": [["\udfff"]],
    "a surrogate as a key": {"\ud800": 1},
    "an endless number": 1 << 20_000,
    "endless numbers": [1 << 20_000],
    "no number": float("nan"),
}


@pytest.mark.parametrize("value", UNWRITABLE.values(), ids=UNWRITABLE)
def test_keeping_a_record_never_fails(value):
    kept = encode_record(record(order(name=value, order_line=[line(name=value)])))
    assert decode_record(kept).id == 42


def test_keeping_a_record_that_is_nested_without_end_never_fails():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    bad = record(order())
    bad.note = deep
    assert decode_record(encode_record(bad)).id == 42
