"""The order's own fields, and when an order is rejected as a whole."""

import pytest

from order_mapper import MAX_BODY_BYTES, Issue, Mapped, Rejected, Source, map_order
from order_samples import SOURCE, issues, line, mapped, order, outcome, record, rejected

NAN, INFINITY = float("nan"), float("inf")


def test_the_order_names_itself_by_database_and_id():
    payload = mapped()
    assert payload.external_id == "odoo_demo_42"
    assert payload.order.platform_order_id == "42"
    assert payload.order.platform_order_number == "S00042"


def test_the_source_is_the_connection():
    source = mapped().source
    assert (source.platform, source.connection_id, source.store_id, source.client_id) == (
        "ODOO",
        "abc123",
        "store_xyz",
        "client_xyz",
    )


def test_the_state_and_the_reference_are_among_the_attributes():
    head = mapped(state="done", client_order_ref="PO-7").order
    assert head.client_order_ref == "PO-7"
    assert (head.platform_attributes.odoo_state, head.platform_attributes.client_order_ref) == (
        "done",
        "PO-7",
    )


@pytest.mark.parametrize("reference", [False, None, "", "  "])
def test_no_reference_is_null_in_both_places(reference):
    head = mapped(client_order_ref=reference).order
    assert head.client_order_ref is None
    assert head.platform_attributes.client_order_ref is None


def test_what_never_changes():
    head = mapped().order
    assert (mapped().event, head.financial_status, head.tags) == ("order.confirmed", "paid", ())


@pytest.mark.parametrize("note", [False, None, "", " ", "<p><br></p>", "<p>&nbsp;</p>", "<p></p>", "\x00"])
def test_an_empty_note_is_null(note):
    assert mapped(note=note).order.note is None


def test_a_note_of_15_and_later_is_html():
    note = "<p>Tocar timbre &lt;2&gt; &amp; esperar</p><p>Gracias</p>"
    assert mapped(note=note).order.note == "Tocar timbre <2> & esperar\nGracias"


def test_a_note_of_14_is_text_and_stays_untouched():
    note = "  Tocar timbre <2> &amp; esperar\n<p>no es HTML</p> "
    assert mapped(note=note, note_is_html=False).order.note == note


def test_the_total_is_in_minor_units():
    assert mapped(amount_total=34490.48).order.amount_total == 3449048
    assert mapped(amount_total=-1.005).order.amount_total == -101
    assert mapped(amount_total=59900).order.amount_total == 5990000


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"id": 0}, ("id", "out_of_range")),
        ({"id": -1}, ("id", "out_of_range")),
        ({"id": 2**31}, ("id", "out_of_range")),
        ({"id": True}, ("id", "wrong_type")),
        ({"id": 1.0}, ("id", "wrong_type")),
        ({"id": "42"}, ("id", "wrong_type")),
        ({"id": None}, ("id", "missing")),
        ({"id": False}, ("id", "missing")),
        ({"name": False}, ("name", "missing")),
        ({"name": " "}, ("name", "missing")),
        ({"name": 42}, ("name", "wrong_type")),
        ({"name": ["S00042"]}, ("name", "wrong_type")),
        ({"state": False}, ("state", "missing")),
        ({"state": {"a": 1}}, ("state", "wrong_type")),
        ({"date_order": False}, ("date_order", "missing")),
        ({"date_order": "ayer"}, ("date_order", "not_a_date")),
        ({"date_order": 1736937000}, ("date_order", "wrong_type")),
        ({"note": []}, ("note", "wrong_type")),
        ({"note": 5}, ("note", "wrong_type")),
        ({"client_order_ref": True}, ("client_order_ref", "wrong_type")),
        ({"amount_total": NAN}, ("amount_total", "not_finite")),
        ({"amount_total": -INFINITY}, ("amount_total", "not_finite")),
        ({"amount_total": False}, ("amount_total", "missing")),
        ({"amount_total": "5"}, ("amount_total", "wrong_type")),
        ({"amount_total": True}, ("amount_total", "wrong_type")),
        ({"amount_total": 1e18}, ("amount_total", "out_of_range")),
        ({"amount_total": 10**4000}, ("amount_total", "out_of_range")),
        ({"order_line": None}, ("order_line", "missing")),
        ({"order_line": {"a": 1}}, ("order_line", "wrong_type")),
        ({"order_line": "x"}, ("order_line", "wrong_type")),
    ],
)
def test_an_order_is_rejected_for_a_field_that_it_cannot_be_sent_without_or_that_is_no_such_thing(
    changes, found
):
    assert issues(**changes) == [found]


def test_the_largest_id_is_sent():
    assert mapped(id=2**31 - 1).external_id == "odoo_demo_2147483647"


def test_all_issues_are_reported_at_once_in_the_order_of_the_payload():
    lines = [line(), line(price_unit=NAN, product_uom_qty="dos"), line(name=False, product_id=False, id=0)]
    changes = {"id": 0, "name": [], "date_order": "?", "partner_id": False, "order_line": lines}
    assert issues(**changes) == [
        ("id", "out_of_range"),
        ("name", "wrong_type"),
        ("date_order", "not_a_date"),
        ("partner_id", "missing"),
        ("order_line[1].product_uom_qty", "wrong_type"),
        ("order_line[1].price_unit", "not_finite"),
        ("order_line[2].id", "out_of_range"),
        ("order_line[2].name", "missing"),
    ]


def test_a_message_says_what_was_expected_and_not_what_was_found():
    assert rejected(date_order="Juan Pérez, Av. Providencia") == (
        Issue("date_order", "not_a_date", "a date was expected here, like 2025-01-15 10:30:00"),
    )
    assert rejected(client_order_ref=["Juan Pérez"]) == (
        Issue("client_order_ref", "wrong_type", "text was expected here, not a list"),
    )


def test_a_payload_of_the_limit_is_sent_and_one_byte_more_is_too_large():
    room = MAX_BODY_BYTES - len(outcome(note="x", note_is_html=False).body) + 1
    fits = outcome(note="x" * room, note_is_html=False)
    assert isinstance(fits, Mapped)
    assert len(fits.body) == MAX_BODY_BYTES
    result = outcome(note="x" * (room + 1), note_is_html=False)
    assert result == Rejected(
        (Issue("order", "too_large", "the payload has 262145 bytes, and 262144 is the limit"),)
    )


def test_an_order_name_of_a_megabyte_is_too_large():
    assert issues(name="S" * 1_000_000) == [("order", "too_large")]


def test_ten_thousand_lines_are_too_large():
    assert issues(order_line=[line()] * 10_000) == [("order", "too_large")]


@pytest.mark.parametrize("junk", [None, False, 7, "S00042", [1, 2], {"id": 42}])
def test_what_is_no_order_is_rejected(junk):
    result = map_order(junk, SOURCE, note_is_html=True)
    assert result == Rejected((Issue("order", "wrong_type", "an order was expected here"),))


def test_mapping_leaves_the_record_as_it_was():
    before = record(order())
    map_order(before, SOURCE, note_is_html=True)
    assert before == record(order())


def test_a_source_that_cannot_be_written_is_refused_when_it_is_made():
    with pytest.raises(ValueError):
        Source("abc", "store\ud800", "client", "demo")
