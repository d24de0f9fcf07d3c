"""Arguments by name and by position, in both protocols."""

import pytest

from odoo_rpc import Unsupported
from odoo_rpc.calls import Call, named, positional


def test_a_domain_goes_by_position_over_json_rpc_since_its_name_changed_between_versions() -> None:
    call = Call("sale.order", "search", None, (), {"domain": [["id", ">", 3]], "limit": 2})
    assert positional(call) == ([[["id", ">", 3]]], {"limit": 2})


def test_the_ids_of_the_records_come_first_over_json_rpc() -> None:
    call = Call("sale.order", "write", [7], (), {"vals": {"note": "x"}})
    assert positional(call) == ([[7], {"note": "x"}], {})


def test_an_empty_list_of_records_is_sent_as_one() -> None:
    assert positional(Call("sale.order", "action_confirm", [], (), {})) == ([[]], {})


def test_what_was_given_by_position_stays_there_over_json_rpc() -> None:
    call = Call("res.partner", "name_search", None, ("Juan",), {"domain": [], "limit": 5})
    assert positional(call) == (["Juan", []], {"limit": 5})


def test_a_gap_in_the_positions_leaves_the_rest_named() -> None:
    assert positional(Call("res.partner", "name_search", None, (), {"domain": []})) == ([], {"domain": []})


def test_a_method_nobody_knows_keeps_its_names_over_json_rpc() -> None:
    assert positional(Call("x.y", "do_it", [1], ("a",), {"domain": []})) == ([[1], "a"], {"domain": []})


def test_json_2_gets_the_records_as_ids() -> None:
    assert named(Call("res.partner", "read", [3], (), {"fields": ["name"]})) == {
        "ids": [3],
        "fields": ["name"],
    }


def test_json_2_gets_names_for_the_positions_of_well_known_methods() -> None:
    call = Call("sale.order", "search_read", None, ([], ["name"]), {"limit": 1})
    assert named(call) == {"domain": [], "fields": ["name"], "limit": 1}


def test_a_position_without_a_known_name_can_not_go_over_json_2() -> None:
    with pytest.raises(Unsupported, match=r"x\.y\.do_it: JSON-2 takes named arguments"):
        named(Call("x.y", "do_it", [1], ("a",), {}))


def test_a_call_is_named_by_model_and_method() -> None:
    assert str(Call("sale.order", "read", None, (), {})) == "sale.order.read"
