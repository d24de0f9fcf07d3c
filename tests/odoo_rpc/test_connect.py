"""How a client comes to know its Odoo: version, protocol, a restored session, the login when it is needed."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from odoo_rpc import (
    AuthenticationFailed,
    Lane,
    NotOdoo,
    OdooClient,
    RateLimited,
    Secret,
    Session,
    Unavailable,
    UnknownDatabase,
    UnknownModelOrField,
    Unsupported,
    connect,
)
from odoo_rpc.net import ODOO_CAPS, ConnectFailed
from odoo_wire import Script, error, fault, recording, reply, result

pytestmark = pytest.mark.anyio

WEB_19 = recording("19/01-web-version").reply
COMMON_14 = recording("14/01-common-version").reply
COMMON_19 = recording("19/02-common-version").reply
PAGE_404 = reply(b"<title>Odoo</title>", 404, content_type="text/html")
UNKNOWN_DB = recording("19/05-authenticate-unknown-db").reply
JSON2_UNKNOWN_DB = recording("19/35-json2-wrong-database").reply
LOGIN, REFUSED_LOGIN = result(2), result(False)
DENIED = recording("14/05-execute-wrong-key").reply

S14 = Session(version=(14, 0), protocol="jsonrpc", uid=2)
S19 = Session(version=(19, 0), protocol="json2")


async def client(*answers: Any, session: Session | None = None, **options: Any) -> tuple[OdooClient, Script]:
    exchange = Script(answers)
    odoo = await connect(
        "https://odoo.example/",
        "demo",
        "ana@example.com",
        options.pop("key", "KEY"),
        exchange=exchange,
        session=session,
        min_interval_seconds=0,
        **options,
    )
    return odoo, exchange


async def test_a_19_says_its_version_by_get_and_gets_json_2() -> None:
    odoo, exchange = await client(WEB_19)
    assert (odoo.version, odoo.session.protocol, odoo.calls) == ((19, 0), "json2", 1)
    assert [(s.method, s.url) for s in exchange.sent] == [("GET", "https://odoo.example/web/version")]


async def test_a_14_is_asked_a_second_time_and_gets_json_rpc() -> None:
    odoo, exchange = await client(PAGE_404, COMMON_14)
    assert (odoo.version, odoo.session.protocol, odoo.calls) == ((14, 0), "jsonrpc", 2)
    assert exchange.sent[1].body["params"] == {"service": "common", "method": "version", "args": []}


@pytest.mark.parametrize(
    "page",
    [
        PAGE_404,
        reply(b"<html>login</html>"),
        reply(b"", 303),
        reply({"version": 5}),
        reply([1]),
        reply({"version_info": 1}),
    ],
)
async def test_whatever_says_no_version_is_asked_by_json_rpc(page: Any) -> None:
    odoo, _ = await client(page, COMMON_19)
    assert odoo.version == (19, 0)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([PAGE_404, PAGE_404], NotOdoo),
        ([PAGE_404, reply(b"<html>shop</html>")], NotOdoo),
        ([PAGE_404, result({"server_version": "?"})], NotOdoo),
        ([PAGE_404, result([])], NotOdoo),
        ([PAGE_404, error("builtins.NameError")], Unavailable),
        ([reply(b"", 502)], Unavailable),
        ([reply(b"", 429)], RateLimited),
        ([ConnectFailed("refused")], Unavailable),
        ([reply({"version_info": [13, 0]})], Unsupported),
    ],
)
async def test_what_is_no_odoo_or_does_not_answer_is_said_at_once(
    answers: list[Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await client(*answers)


async def test_a_restored_session_makes_no_call_before_the_first_read() -> None:
    for session in (S14, S19):
        odoo, exchange = await client(result([]) if session is S14 else reply([]), session=session)
        assert (odoo.calls, odoo.session) == (0, session)
        await odoo.search_read("sale.order", [], ["name"])
        assert (odoo.calls, odoo.auth_calls, len(exchange.sent)) == (1, 0, 1)


async def test_the_first_call_over_json_rpc_logs_in_once() -> None:
    odoo, exchange = await client(PAGE_404, COMMON_14, result(7), result(3), result(4))
    assert await odoo.search_count("sale.order", []) == 3
    assert await odoo.search_count("sale.order", []) == 4
    assert exchange.sent[2].rpc == ["demo", "ana@example.com", "KEY", {}]
    assert exchange.sent[3].rpc[:3] == ["demo", 7, "KEY"]
    assert (odoo.calls, odoo.auth_calls, odoo.session.uid) == (5, 1, 7)


async def test_json_2_always_names_the_database_and_the_key() -> None:
    odoo, exchange = await client(
        reply(3), session=S19, key=Secret("K3Y"), ca_file="/ca.pem", deadline_seconds=12
    )
    await odoo.search_count("sale.order", [])
    sent = exchange.sent[0]
    assert sent.headers["Authorization"] == "bearer K3Y"
    assert sent.headers["X-Odoo-Database"] == "demo"
    assert sent.headers["Content-Type"] == "application/json"
    assert (sent.url, sent.caps) == ("https://odoo.example/json/2/sale.order/search_count", ODOO_CAPS)
    assert (sent.deadline_seconds, sent.ca_file) == (12, "/ca.pem")


async def test_a_stale_user_id_is_asked_for_anew_and_the_call_made_once_more() -> None:
    odoo, exchange = await client(DENIED, result(9), result(5), session=S14)
    assert await odoo.search_count("sale.order", []) == 5
    assert [sent.rpc[1] for sent in exchange.sent] == [2, "ana@example.com", 9]
    assert (odoo.session.uid, odoo.auth_calls) == (9, 1)


async def test_a_refused_key_costs_one_login_and_then_one_login_a_call() -> None:
    odoo, _ = await client(DENIED, REFUSED_LOGIN, REFUSED_LOGIN, session=S14)
    with pytest.raises(AuthenticationFailed, match="login: Odoo refuses"):
        await odoo.search_count("sale.order", [])
    assert (odoo.calls, odoo.session.uid) == (2, None)
    with pytest.raises(AuthenticationFailed):
        await odoo.search_count("sale.order", [])
    assert odoo.calls == 3


async def test_a_call_denied_to_a_fresh_login_is_not_tried_again() -> None:
    odoo, _ = await client(DENIED, LOGIN, DENIED, session=S14)
    with pytest.raises(AuthenticationFailed):
        await odoo.search_count("sale.order", [])
    odoo, _ = await client(LOGIN, DENIED, session=Session(version=(14, 0), protocol="jsonrpc"))
    with pytest.raises(AuthenticationFailed):
        await odoo.search_count("sale.order", [])


async def test_a_wrong_key_over_json_2_is_not_tried_again() -> None:
    odoo, _ = await client(recording("19/34-json2-wrong-key").reply, session=S19)
    with pytest.raises(AuthenticationFailed):
        await odoo.search_count("sale.order", [])
    assert odoo.calls == 1


async def test_authenticate_asks_every_time() -> None:
    odoo, _ = await client(result(2), result(3), session=S14)
    assert [await odoo.authenticate(), await odoo.authenticate()] == [2, 3]


async def test_authenticate_over_json_2_tells_the_user_of_the_key() -> None:
    odoo, exchange = await client(reply({"lang": "es_CL", "tz": "America/Santiago", "uid": 6}), session=S19)
    assert await odoo.authenticate() == 6
    assert exchange.paths == ["/json/2/res.users/context_get"]
    assert odoo.session.uid == 6


async def test_calls_at_the_same_time_log_in_once() -> None:
    odoo, _ = await client(LOGIN, result(1), result(1), session=Session(version=(14, 0), protocol="jsonrpc"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(odoo.search_count, "sale.order", [])
        tasks.start_soon(odoo.search_count, "sale.order", [])
    assert (odoo.calls, odoo.auth_calls) == (3, 1)


async def test_where_an_upgrade_took_json_rpc_away_auto_goes_over_to_json_2() -> None:
    gone = Session(version=(18, 0), protocol="jsonrpc", uid=2, fields={"res.partner": ["mobile"]})
    odoo, exchange = await client(PAGE_404, reply({"version_info": [22, 0]}), reply(5), session=gone)
    assert await odoo.search_count("sale.order", []) == 5
    assert exchange.paths == ["/jsonrpc", "/web/version", "/json/2/sale.order/search_count"]
    assert odoo.session == Session(version=(22, 0), protocol="json2", uid=2)


async def test_where_json_2_is_not_served_auto_goes_over_to_json_rpc_and_stays_there() -> None:
    odoo, exchange = await client(PAGE_404, LOGIN, PAGE_404, COMMON_19, result(5), session=S19)
    assert await odoo.search_count("sale.order", []) == 5
    assert exchange.paths == [
        "/json/2/sale.order/search_count",
        "/jsonrpc",
        "/web/version",
        "/jsonrpc",
        "/jsonrpc",
    ]
    assert odoo.session == Session(version=(19, 0), protocol="jsonrpc", uid=2)
    again, _ = await client(result(6), session=odoo.session)
    assert await again.search_count("sale.order", []) == 6


async def test_where_a_restored_server_is_older_auto_learns_its_version() -> None:
    odoo, _ = await client(PAGE_404, LOGIN, PAGE_404, COMMON_14, result(5), session=S19)
    assert await odoo.search_count("sale.order", []) == 5
    assert odoo.session == Session(version=(14, 0), protocol="jsonrpc", uid=2)


async def test_an_unknown_database_is_said_by_both_protocols_of_a_19() -> None:
    odoo, _ = await client(JSON2_UNKNOWN_DB, UNKNOWN_DB, session=S19)
    with pytest.raises(UnknownDatabase, match="login: OperationalError"):
        await odoo.search_count("sale.order", [])
    assert odoo.session == S19


async def test_an_unknown_database_of_a_22_is_said_by_json_2_alone() -> None:
    odoo, _ = await client(JSON2_UNKNOWN_DB, session=Session(version=(22, 0), protocol="json2"))
    with pytest.raises(UnknownDatabase):
        await odoo.search_count("sale.order", [])


async def test_the_first_failure_is_told_where_neither_protocol_is_served() -> None:
    odoo, _ = await client(JSON2_UNKNOWN_DB, PAGE_404, session=S19)
    with pytest.raises(UnknownDatabase, match=r"sale\.order\.search_count"):
        await odoo.search_count("sale.order", [])
    odoo, _ = await client(PAGE_404, PAGE_404, PAGE_404, session=S14)
    with pytest.raises(NotOdoo, match=r"sale\.order\.search_count"):
        await odoo.search_count("sale.order", [])


async def test_a_protocol_that_was_chosen_is_kept() -> None:
    for protocol, session in (("jsonrpc", S14), ("json2", S19)):
        odoo, _ = await client(PAGE_404, session=session, protocol=protocol)
        with pytest.raises(NotOdoo if protocol == "jsonrpc" else UnknownDatabase):
            await odoo.search_count("sale.order", [])
        assert odoo.calls == 1


async def test_another_choice_of_protocol_rules_over_the_sessions() -> None:
    odoo, exchange = await client(
        result(5), session=Session(version=(19, 0), protocol="json2", uid=2), protocol="jsonrpc"
    )
    await odoo.search_count("sale.order", [])
    assert exchange.paths == ["/jsonrpc"]
    with pytest.raises(Unsupported, match="no JSON-2"):
        await client(session=S14, protocol="json2")


async def test_a_new_version_makes_the_known_fields_forgotten_and_an_old_one_does_not() -> None:
    known = Session(version=(19, 0), protocol="json2", uid=2, fields={"res.partner": ["phone"]})
    odoo, _ = await client(WEB_19, reply({"version_info": [20, 0]}), session=known)
    assert await odoo.server_version() == (19, 0)
    assert odoo.session is known
    assert await odoo.server_version() == (20, 0)
    assert odoo.session == Session(version=(20, 0), protocol="json2", uid=2)


async def test_an_error_that_is_no_missing_address_changes_no_protocol() -> None:
    odoo, _ = await client(reply(fault("builtins.ValueError"), 500), reply(b"<html>", 200), session=S19)
    with pytest.raises(UnknownModelOrField):
        await odoo.search_count("sale.order", [])
    with pytest.raises(NotOdoo):
        await odoo.search_count("sale.order", [])
    assert odoo.calls == 2


@pytest.mark.parametrize(
    "url",
    ["", "odoo.example", "ftp://odoo.example", "https://u:p@odoo.example", "https://x#y", "https://x?db=y"],
)
async def test_what_is_no_address_of_an_odoo_is_refused_before_any_call(url: str) -> None:
    with pytest.raises(NotOdoo, match="URL"):
        await connect(url, "demo", "ana", "KEY", exchange=Script([]), session=S19)


@pytest.mark.parametrize(
    ("db", "key"), [("demo", "clave ñ"), ("demo\r\nX-Evil: 1", "KEY"), ("demo", "KEY\n")]
)
async def test_what_a_header_can_not_carry_is_unsupported_over_json_2_alone(db: str, key: str) -> None:
    exchange = Script([result(5)])
    over_json_2 = await connect(
        "https://x.example", db, "ana", key, exchange=exchange, session=S19, min_interval_seconds=0
    )
    with pytest.raises(Unsupported, match="JSON-2 can't carry this account") as caught:
        await over_json_2.search_count("sale.order", [])
    assert key not in caught.value.summary
    over_json_rpc = await connect(
        "https://x.example", db, "ana", key, exchange=exchange, session=S14, min_interval_seconds=0
    )
    assert await over_json_rpc.search_count("sale.order", []) == 5


async def test_a_429_makes_the_whole_lane_hold() -> None:
    now = 1000.0
    lane = Lane(0.0, clock=lambda: now)
    for headers, seconds in [({"retry_after": "17"}, 17.0), ({}, 5.0), ({"retry_after": "999999"}, 3600.0)]:
        odoo, _ = await client(reply(b"", 429, **headers), session=S19, lane=lane)
        lane._not_before = 0.0
        with pytest.raises(RateLimited):
            await odoo.search_count("sale.order", [])
        assert lane._not_before == now + seconds


async def test_a_503_holds_the_lane_where_it_says_how_long() -> None:
    now = 1000.0
    lane = Lane(0.0, clock=lambda: now)
    for headers, until in [({}, 1000.0), ({"retry_after": "17"}, 1017.0)]:
        odoo, _ = await client(reply(b"", 503, **headers), session=S19, lane=lane)
        with pytest.raises(Unavailable):
            await odoo.search_count("sale.order", [])
        assert lane._not_before == until


async def test_the_servers_date_is_that_of_the_last_answer() -> None:
    odoo, _ = await client(reply(1, date="Tue, 24 Nov 2026 03:56:39 GMT"), reply(1), session=S19)
    assert odoo.server_date is None
    await odoo.search_count("sale.order", [])
    assert str(odoo.server_date) == "2026-11-24 03:56:39+00:00"
    await odoo.search_count("sale.order", [])
    assert odoo.server_date is None


async def test_neither_client_nor_session_shows_the_key() -> None:
    odoo, _ = await client(WEB_19, key="b58dbf97")
    seen = [repr(odoo), repr(odoo.session), repr(vars(odoo)), repr(odoo._channel.line.account)]
    assert not any("b58d" in text for text in seen)
