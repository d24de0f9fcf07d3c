"""The reads: what is asked, what is put together, what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from odoo_rpc import Lane, NotOdoo, OdooClient, Page, Session, UnknownModelOrField, Unsupported, connect
from odoo_rpc.net import Reply
from odoo_wire import Script, Sent, fault, reply, result

pytestmark = pytest.mark.anyio

S14 = Session(version=(14, 0), protocol="jsonrpc", uid=2)
S19 = Session(version=(19, 0), protocol="json2")
WEB_19 = reply({"version_info": [19, 0]})


class Order(msgspec.Struct):
    id: int
    name: str | bool = False


async def over(session: Session, *answers: Any, **options: Any) -> tuple[OdooClient, Script]:
    exchange = Script(answers)
    odoo = await connect(
        "https://odoo.example",
        "demo",
        "ana",
        "KEY",
        exchange=exchange,
        session=session,
        min_interval_seconds=0,
        **options,
    )
    return odoo, exchange


async def test_search_read_sends_only_what_differs_from_odoos_defaults() -> None:
    odoo, exchange = await over(S19, reply([]), reply([]))
    await odoo.search_read("sale.order", [["id", ">", 1]], ["name"])
    await odoo.search_read("sale.order", [], ("name",), limit=5, offset=10, order="id asc", active_test=False)
    assert exchange.sent[0].body == {"domain": [["id", ">", 1]], "fields": ["name"]}
    assert exchange.sent[1].body == {
        "domain": [],
        "fields": ["name"],
        "limit": 5,
        "offset": 10,
        "order": "id asc",
        "context": {"active_test": False},
    }


async def test_a_misspelt_argument_is_refused_instead_of_reading_everything() -> None:
    odoo, exchange = await over(S19)
    with pytest.raises(TypeError, match="'limt'"):
        await odoo.search_read("sale.order", [], ["name"], limt=5)  # type: ignore[call-overload]
    assert exchange.sent == []


async def test_results_are_decoded_straight_into_the_type_that_is_asked_for() -> None:
    record = [{"id": 3, "name": False, "more": 1}]
    for session, answer in ((S14, result(record)), (S19, reply(record))):
        odoo, _ = await over(session, answer, answer)
        assert await odoo.search_read("sale.order", [], ["name"], type=list[Order]) == [Order(3)]
        assert await odoo.read("sale.order", [3], ["name"], type=list[Order]) == [Order(3)]


async def test_without_a_type_records_are_dicts() -> None:
    odoo, _ = await over(S19, reply([{"id": 3}]))
    assert await odoo.search_read("sale.order", [], []) == [{"id": 3}]


async def test_no_field_at_all_means_the_id_and_not_every_field() -> None:
    odoo, exchange = await over(S19, reply([]), reply([]))
    await odoo.search_read("sale.order", [], [])
    await odoo.read("sale.order", [1], ())
    assert [sent.body["fields"] for sent in exchange.sent] == [["id"], ["id"]]


async def test_read_asks_for_each_id_once_and_in_chunks_of_500() -> None:
    odoo, exchange = await over(S19, *[lambda sent: reply([{"id": i} for i in sent.body["ids"]])] * 3)
    records = await odoo.read("res.partner", [7, 7, *range(1, 1203), 7], ["name"])
    assert [len(sent.body["ids"]) for sent in exchange.sent] == [500, 500, 202]
    assert [record["id"] for record in records] == [7, *(i for i in range(1, 1203) if i != 7)]


async def test_read_of_nothing_makes_no_call() -> None:
    odoo, exchange = await over(S19)
    assert await odoo.read("res.partner", [], ["name"]) == []
    assert exchange.sent == []


async def test_search_and_search_count() -> None:
    odoo, exchange = await over(S14, result([3, 1]), result(17), result(18))
    assert await odoo.search("sale.order", [], limit=2, order="id desc", active_test=False) == [3, 1]
    assert await odoo.search_count("sale.order", []) == 17
    assert await odoo.search_count("sale.order", [], active_test=False) == 18
    assert exchange.sent[0].rpc[5:] == [
        [[]],
        {"limit": 2, "order": "id desc", "context": {"active_test": False}},
    ]
    assert [sent.rpc[5:] for sent in exchange.sent[1:]] == [
        [[[]], {}],
        [[[]], {"context": {"active_test": False}}],
    ]


async def test_web_search_read_gives_a_typed_page() -> None:
    odoo, exchange = await over(S19, reply({"length": 7, "records": [{"id": 3, "name": "S3"}]}))
    page = await odoo.web_search_read(
        "sale.order", [], {"name": {}}, limit=1, count_limit=1, type=list[Order]
    )
    assert page == Page(7, [Order(3, "S3")])
    assert exchange.sent[0].body == {
        "domain": [],
        "specification": {"name": {}},
        "limit": 1,
        "count_limit": 1,
    }


async def test_web_search_read_is_unsupported_before_17_without_a_call() -> None:
    odoo, exchange = await over(Session(version=(16, 0), protocol="jsonrpc", uid=2))
    with pytest.raises(Unsupported, match="Odoo 16 has no web_search_read"):
        await odoo.web_search_read("sale.order", [], {})
    assert exchange.sent == []


async def test_the_clients_context_goes_with_every_call_and_a_calls_own_is_added() -> None:
    odoo, exchange = await over(
        S19, reply([]), reply(None), reply(None), context={"lang": "es_CL"}, allowed_company_ids=[2, 1]
    )
    await odoo.search("sale.order", [], active_test=False)
    await odoo.call("sale.order", "x", context={"lang": "en_US", "tz": "UTC"})
    await odoo.call("sale.order", "x")
    assert [sent.body["context"] for sent in exchange.sent] == [
        {"lang": "es_CL", "allowed_company_ids": [2, 1], "active_test": False},
        {"lang": "en_US", "allowed_company_ids": [2, 1], "tz": "UTC"},
        {"lang": "es_CL", "allowed_company_ids": [2, 1]},
    ]


async def test_any_method_can_be_called_by_name_in_both_protocols() -> None:
    for session, answer in ((S14, result(True)), (S19, reply(True))):
        odoo, exchange = await over(session, answer)
        assert await odoo.call("sale.order", "message_post", [5], body="Hola", model="x") is True
        if session is S14:
            assert exchange.sent[0].rpc[3:] == [
                "sale.order",
                "message_post",
                [[5]],
                {"body": "Hola", "model": "x"},
            ]
        else:
            assert exchange.paths == ["/json/2/sale.order/message_post"]
            assert exchange.sent[0].body == {"ids": [5], "body": "Hola", "model": "x"}


async def test_call_raw_takes_arguments_of_any_name_and_gives_the_json_as_it_came() -> None:
    odoo, exchange = await over(S19, reply(b"[1,  2]"), reply([1]))
    raw = await odoo.call_raw("x.y", "z", kwargs={"type": 1, "method": 2, "args": 3})
    assert bytes(raw) == b"[1,  2]"
    assert exchange.sent[0].body == {"type": 1, "method": 2, "args": 3}
    assert await odoo.call_raw("x.y", "z", type=list[int]) == [1]


async def test_a_models_name_can_not_lead_to_another_address() -> None:
    odoo, exchange = await over(S19, reply(None))
    await odoo.call("../../web?x=", "y/z#")
    assert exchange.paths == ["/json/2/..%2F..%2Fweb%3Fx%3D/y%2Fz%23"]


async def test_fields_get_asks_for_the_names_and_attributes_that_are_wanted() -> None:
    odoo, exchange = await over(S14, result({"phone": {"type": "char"}}), result({}))
    assert await odoo.fields_get("res.partner", names=["phone", "fax"]) == {"phone": {"type": "char"}}
    await odoo.fields_get("res.partner", ["type", "string"])
    assert [s.rpc[5:] for s in exchange.sent] == [
        [[["phone", "fax"]], {"attributes": ["type"]}],
        [[[]], {"attributes": ["type", "string"]}],
    ]


def described(sent: Sent) -> Reply:
    """A res.partner without `mobile`."""
    return reply({name: {"type": "char"} for name in sent.body["allfields"] if name != "mobile"})


async def test_available_fields_are_asked_for_once_and_kept_in_the_session() -> None:
    odoo, exchange = await over(S19, WEB_19, described)
    for _ in range(2):
        assert await odoo.available_fields("res.partner", ["mobile", "phone", "email"]) == ["phone", "email"]
    assert await odoo.available_fields("res.partner", ["phone"]) == ["phone"]
    assert exchange.paths == ["/web/version", "/json/2/res.partner/fields_get"]
    assert odoo.session.fields == {"res.partner": ["phone", "email"]}
    assert odoo.session.missing == {"res.partner": ["mobile"]}
    restored, _ = await over(odoo.session)
    assert await restored.available_fields("res.partner", ["mobile", "email"]) == ["email"]


async def test_a_field_never_asked_for_is_asked_for_with_those_known() -> None:
    odoo, exchange = await over(S19, WEB_19, described, described)
    await odoo.available_fields("res.partner", ["mobile"])
    assert await odoo.available_fields("res.partner", ["vat", "mobile"]) == ["vat"]
    assert exchange.sent[-1].body["allfields"] == ["mobile", "vat"]


async def test_one_question_for_the_version_serves_a_whole_negotiation() -> None:
    now = 0.0
    lane = Lane(0.0, clock=lambda: now)
    odoo, exchange = await over(S19, WEB_19, described, described, WEB_19, described, lane=lane)
    await odoo.available_fields("res.partner", ["mobile"])
    await odoo.available_fields("sale.order", ["name"], refresh=True)
    now = 61.0
    assert await odoo.available_fields("res.partner", ["mobile"], refresh=True) == []
    assert [path.rpartition("/")[2] for path in exchange.paths] == [
        "version",
        "fields_get",
        "fields_get",
        "version",
        "fields_get",
    ]


async def test_fields_known_for_an_older_version_are_forgotten_when_asked_anew() -> None:
    old = Session(
        version=(19, 0), protocol="json2", fields={"res.partner": ["gone"]}, missing={"sale.order": ["x"]}
    )
    odoo, exchange = await over(old, reply({"version_info": [20, 0]}), described)
    assert await odoo.available_fields("res.partner", ["phone"]) == ["phone"]
    assert exchange.sent[-1].body["allfields"] == ["phone"]
    assert (odoo.session.fields, odoo.session.missing) == ({"res.partner": ["phone"]}, {"res.partner": []})


async def test_no_field_wanted_needs_no_question() -> None:
    odoo, _ = await over(S19)
    assert await odoo.available_fields("res.partner", []) == []


def pages(*ids: list[int]) -> list[Reply]:
    return [reply([{"id": number} for number in page]) for page in ids]


async def test_walk_goes_by_id_to_the_end_of_a_domain() -> None:
    odoo, exchange = await over(S19, *pages([2, 5], [6, 9], [11]))
    seen = [
        [record["id"] for record in page]
        async for page in odoo.walk("sale.order", [["state", "=", "sale"]], ["name"], page=2)
    ]
    assert seen == [[2, 5], [6, 9], [11]]
    assert [sent.body["domain"] for sent in exchange.sent] == [
        [["state", "=", "sale"], ["id", ">", after]] for after in (0, 5, 9)
    ]
    assert {key: exchange.sent[0].body[key] for key in ("order", "limit", "context")} == {
        "order": "id asc",
        "limit": 2,
        "context": {"active_test": False},
    }


async def test_walk_ends_on_an_empty_page_after_a_full_one_and_yields_no_empty_page() -> None:
    odoo, _ = await over(S19, *pages([2, 5], []), *pages([]))
    assert [len(page) async for page in odoo.walk("sale.order", [], [], page=2)] == [2]
    assert [page async for page in odoo.walk("sale.order", [], [], page=2, after_id=7)] == []


@pytest.mark.parametrize("second", [[2, 5], [5, 6], [9, 6], [6, 6], [4, 7]])
async def test_walk_refuses_a_page_that_does_not_go_on(second: list[int]) -> None:
    odoo, _ = await over(S19, *pages([2, 5], second))
    with pytest.raises(NotOdoo, match="not in the order of their ids"):
        [page async for page in odoo.walk("sale.order", [], [], page=2)]


@pytest.mark.parametrize("record", [{}, {"id": "3"}, {"id": False}, {"id": 2**31}])
async def test_walk_refuses_records_without_an_id(record: dict[str, Any]) -> None:
    odoo, _ = await over(S19, reply([record]))
    with pytest.raises(NotOdoo):
        [page async for page in odoo.walk("sale.order", [], [])]


async def test_walk_stops_at_an_error_and_can_be_taken_up_after_the_last_id() -> None:
    odoo, exchange = await over(S19, *pages([2, 5]), reply(fault("builtins.ValueError"), 500), *pages([6]))
    seen: list[int] = []

    async def walk(after_id: int) -> None:
        async for page in odoo.walk("sale.order", [], [], page=2, after_id=after_id):
            seen.extend(record["id"] for record in page)

    with pytest.raises(UnknownModelOrField):
        await walk(0)
    await walk(seen[-1])
    assert seen == [2, 5, 6]
    assert exchange.sent[-1].body["domain"] == [["id", ">", 5]]


async def test_another_priority_is_the_same_client_in_another_place_of_the_queue() -> None:
    taken: list[int] = []

    class Watched(Lane):  # type: ignore[misc]  # final for users; here only watched
        def turn(self, priority: int = 0) -> Any:
            taken.append(priority)
            return super().turn(priority)

    odoo, _ = await over(S14, result(1), result(2), lane=Watched(0.0))
    behind = odoo.at_priority(10)
    await odoo.search_count("sale.order", [])
    await behind.search_count("sale.order", [])
    assert taken == [0, 10]
    assert (odoo.calls, behind.calls, behind.session is odoo.session) == (2, 2, True)
