"""Whatever Odoo sends, mapping ends in a payload that keeps its promises or in issues that give nothing away."""

import json
from typing import Any

import jsonschema
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from order_mapper import (
    MAX_BODY_BYTES,
    ClassicBatch,
    Mapped,
    NestedOrder,
    Outcome,
    Rejected,
    assemble,
    decode,
    encode,
    encode_record,
    json_schema,
    map_order,
    records_type,
)
from order_samples import SOURCE, line, order, partner, product, value

VALID = jsonschema.Draft202012Validator(json_schema())
CANARY = "canario"
ANY_TEXT = st.text(st.characters(), max_size=8).map(lambda text: CANARY + text)
NUMBER = st.floats(-1e12, 1e12) | st.integers(-(10**9), 10**9)
ANY_NUMBER = st.floats() | st.integers() | st.integers(2**62, 2**66)
ANYTHING = st.recursive(
    st.none() | st.booleans() | ANY_NUMBER | ANY_TEXT | st.just(""),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT | st.sampled_from(["id", "name"]), inner)
    ),
    max_leaves=5,
)


@st.composite
def odd_now_and_then(draw: st.DrawFn, real: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A record as Odoo sends it, in which now and then any field is anything, or absent."""
    found = real | {name: draw(strategy) for name, strategy in fields.items()}
    names = sorted(found)
    for number in draw(st.sampled_from(ODD_PLACES)):
        place = names[number % len(names)]
        if draw(st.booleans()):
            found[place] = draw(ANYTHING)
        else:
            found.pop(place, None)
    return found


ODD_PLACES: list[tuple[int, ...]] = [
    *[()] * 60,
    *((place,) for place in range(12)),
    tuple(range(6)),
    (3, 5, 7),
]
PARTNERS = odd_now_and_then(partner(), name=ANY_TEXT)
VALUES = odd_now_and_then(value(), name=ANY_TEXT)
PRODUCTS = odd_now_and_then(
    product(), default_code=ANY_TEXT, product_template_attribute_value_ids=st.lists(VALUES, max_size=2)
)
LINES = odd_now_and_then(line(), product_id=PRODUCTS, product_uom_qty=NUMBER, price_unit=NUMBER)
ORDERS = odd_now_and_then(
    order(),
    name=ANY_TEXT,
    note=ANY_TEXT,
    amount_total=NUMBER,
    partner_id=PARTNERS,
    partner_shipping_id=PARTNERS,
    order_line=st.lists(LINES, max_size=3),
)


def check(outcome: Outcome) -> None:
    match outcome:
        case Mapped(_, payload, body):
            assert len(body) <= MAX_BODY_BYTES
            assert decode(body) == payload
            assert encode(decode(body)) == body
            assert not [byte for byte in body if byte < 0x20]
            VALID.validate(json.loads(body))
        case Rejected(issues):
            assert issues
            assert len({issue.path for issue in issues}) == len(issues)
            for issue in issues:
                assert issue.path.isascii()
                assert CANARY not in issue.path + issue.message


@settings(max_examples=400, deadline=None)
@given(ORDERS, st.booleans())
def test_mapping_never_raises_and_keeps_its_promises(values, note_is_html):
    record = msgspec.convert(values, NestedOrder)
    outcome = map_order(record, SOURCE, note_is_html=note_is_html)
    check(outcome)
    encode_record(record)
    assert map_order(record, SOURCE, note_is_html=note_is_html) == outcome


@settings(max_examples=300, deadline=None)
@given(
    st.lists(ORDERS, max_size=2),
    st.lists(LINES, max_size=3),
    st.lists(PARTNERS, max_size=3),
    st.lists(PRODUCTS, max_size=3),
)
def test_mapping_what_the_classic_calls_returned_never_raises(orders, lines, partners, products):
    batch = ClassicBatch()
    tables = {
        "sale.order": orders,
        "sale.order.line": lines,
        "res.partner": partners,
        "product.product": products,
    }
    for model, rows in tables.items():
        batch.put(model, msgspec.convert(rows, list[records_type(model)]))
    for record in assemble(batch):
        check(map_order(record, SOURCE, note_is_html=True))


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_mapping_what_is_no_order_at_all_never_raises(junk):
    check(map_order(junk, SOURCE, note_is_html=True))
