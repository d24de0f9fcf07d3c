"""Which of our errors an exception's name and a status mean, whatever codes and messages say."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_rpc import (
    AccessForbidden,
    AuthenticationFailed,
    NotOdoo,
    OdooError,
    RateLimited,
    RecordMissing,
    Secret,
    Unavailable,
    UnknownDatabase,
    UnknownModelOrField,
    UserRejected,
)
from odoo_rpc.calls import Call
from odoo_rpc.faults import undelivered
from odoo_rpc.json2 import Json2
from odoo_rpc.jsonrpc import JsonRpc
from odoo_rpc.net import (
    BlockedAddress,
    ConnectFailed,
    NameNotFound,
    NetError,
    ProtocolBroken,
    Reply,
    TimedOut,
    TlsFailed,
    TooLarge,
    Unsendable,
)
from odoo_rpc.wire import Account
from odoo_wire import error, fault, recording, reply, result

KEY = 'secret"key'
ACCOUNT = Account("https://odoo.example", "demo", "ana@example.com", Secret(KEY))
CALL = Call("sale.order", "read", [1], (), {})
DATE = "Tue, 24 Nov 2026 12:00:00 GMT"


def over_json_rpc(answer: Reply, type: Any = Any) -> OdooError:  # noqa: A002
    with pytest.raises(OdooError) as caught:
        JsonRpc(ACCOUNT).result(answer, CALL, type)
    return caught.value


def over_json_2(answer: Reply, type: Any = Any) -> OdooError:  # noqa: A002
    with pytest.raises(OdooError) as caught:
        Json2(ACCOUNT).result(answer, CALL, type)
    return caught.value


NAMES = [
    ("odoo.exceptions.AccessDenied", AuthenticationFailed, 403),
    ("odoo.http.SessionExpiredException", AuthenticationFailed, 403),
    ("odoo.exceptions.AccessError", AccessForbidden, 403),
    ("odoo.exceptions.MissingError", RecordMissing, 404),
    ("odoo.exceptions.UserError", UserRejected, 422),
    ("odoo.exceptions.ValidationError", UserRejected, 422),
    ("odoo.exceptions.RedirectWarning", UserRejected, 500),
    ("builtins.ValueError", UnknownModelOrField, 500),
    ("builtins.TypeError", UnknownModelOrField, 500),
    ("builtins.KeyError", UnknownModelOrField, 500),
    ("builtins.AttributeError", UnknownModelOrField, 500),
    ("builtins.AssertionError", UnknownModelOrField, 500),
    ("builtins.ZeroDivisionError", Unavailable, 500),
    ("psycopg2.errors.SerializationFailure", Unavailable, 500),
    ("odoo.exceptions.ConcurrencyError", Unavailable, 500),
]


@pytest.mark.parametrize(("name", "kind", "status"), NAMES)
def test_the_exceptions_name_decides_in_both_protocols(name: str, kind: type[OdooError], status: int) -> None:
    assert type(over_json_rpc(error(name))) is kind
    assert type(over_json_2(reply(fault(name), status))) is kind


@pytest.mark.parametrize("code", [0, 100, 200, 404, "x", None])
@pytest.mark.parametrize("message", ["Access Denied", "Invalid field", "Acceso denegado", ""])
def test_neither_code_nor_message_decides_anything(code: object, message: str) -> None:
    envelope = {
        "error": {"code": code, "message": message, "data": fault("odoo.exceptions.MissingError", message)}
    }
    assert type(over_json_rpc(reply(envelope))) is RecordMissing


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationFailed), (403, AccessForbidden), (404, UnknownModelOrField), (422, UserRejected)],
)
def test_an_apps_own_exception_counts_by_its_status_over_json_2(status: int, kind: type[OdooError]) -> None:
    assert type(over_json_2(reply(fault("odoo.addons.l10n_cl.errors.Sii"), status))) is kind


def test_an_unknown_exception_is_a_server_error_to_try_again_after() -> None:
    for problem in (
        over_json_rpc(error("builtins.OSError")),
        over_json_2(reply(fault("builtins.OSError"), 500)),
    ):
        assert isinstance(problem, Unavailable)
        assert problem.reason == "server_error"


def test_an_operational_error_is_an_unknown_database_over_json_rpc_but_a_lost_one_over_json_2() -> None:
    assert type(over_json_rpc(error("psycopg2.OperationalError"))) is UnknownDatabase
    assert type(over_json_2(reply(fault("psycopg2.OperationalError"), 500))) is Unavailable


def test_a_404_page_is_an_unknown_database_over_json_2_and_no_odoo_over_json_rpc() -> None:
    page = reply(b"<!DOCTYPE html><title>404 Not Found</title>", 404, content_type="text/html")
    assert type(over_json_2(page)) is UnknownDatabase
    assert type(over_json_rpc(page)) is NotOdoo


def test_a_404_in_somebody_elses_json_is_no_odoo() -> None:
    assert type(over_json_2(reply({"error": "no route"}, 404))) is NotOdoo


PAGES = [
    (200, NotOdoo),
    (204, NotOdoo),
    (301, NotOdoo),
    (302, NotOdoo),
    (307, NotOdoo),
    (308, NotOdoo),
    (400, NotOdoo),
    (403, NotOdoo),
    (405, NotOdoo),
    (413, NotOdoo),
    (408, Unavailable),
    (429, RateLimited),
    (500, Unavailable),
    (502, Unavailable),
    (503, Unavailable),
    (504, Unavailable),
    (599, Unavailable),
]


@pytest.mark.parametrize(("status", "kind"), PAGES)
@pytest.mark.parametrize(
    "body", [b"", b"<html><title>Hi</title>", b"\xff\xfe", b"null", b"[]", b"[" * 100_000]
)
def test_an_answer_in_nobodys_words_counts_by_its_status(
    status: int, kind: type[OdooError], body: bytes
) -> None:
    if status != 200 or body not in (b"null", b"[]"):
        assert type(over_json_2(reply(body, status))) is kind
    assert type(over_json_rpc(reply(body, status))) is kind


def test_a_page_is_quoted_by_its_title_only() -> None:
    page = reply(b"<title>502 Bad\x1b[2J Gateway</title><p>" + KEY.encode(), 502)
    assert over_json_rpc(page).summary == "sale.order.read: HTTP 502, titled “502 Bad [2J Gateway”"


def test_a_page_with_status_200_is_named_as_what_it_is() -> None:
    problem = over_json_2(reply(b"<html><title>Login | Acme</title></html>"))
    assert problem.summary == "sale.order.read: a page titled “Login | Acme” instead of JSON"
    assert isinstance(problem, NotOdoo)
    assert problem.status == 200


def test_a_redirect_says_what_to_do() -> None:
    assert (
        "give the final URL"
        in over_json_rpc(reply(b"", 301, location="https://other.example/?token=1")).summary
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "17"}, 17.0),
        ({"retry_after": "99999"}, 3600.0),
        ({"retry_after": "Tue, 24 Nov 2026 12:00:42 GMT", "date": DATE}, 42.0),
        ({"retry_after": "Tue, 24 Nov 2026 12:00:42 GMT"}, None),
        ({"retry_after": "soon", "date": DATE}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_handed_on(headers: dict[str, str], seconds: float | None, status: int) -> None:
    for problem in (
        over_json_rpc(reply(b"", status, **headers)),
        over_json_2(reply(fault("x"), status, **headers)),
    ):
        assert isinstance(problem, RateLimited | Unavailable)
        assert problem.retry_after == seconds


def test_a_429_is_a_rate_limit_whatever_its_body_says() -> None:
    assert type(over_json_2(reply(fault("odoo.exceptions.UserError"), 429))) is RateLimited


def test_a_summary_is_odoos_first_line_and_never_its_traceback() -> None:
    problem = over_json_rpc(error("odoo.exceptions.AccessError", "No access.\nRecords: Juan Pérez"))
    assert problem.summary == str(problem) == "sale.order.read: AccessError: No access."


def test_a_summary_names_the_model_that_the_joke_on_its_first_line_does_not() -> None:
    uh_oh = recording("19/21-own-documents-user-reads-foreign-lines").reply
    assert over_json_rpc(uh_oh).summary == (
        "sale.order.read: AccessError (sale.order.line): "
        "Uh-oh! Looks like you have stumbled upon some top-secret records."
    )
    plain = recording("14/20-own-documents-user-reads-foreign-lines").reply
    assert over_json_rpc(plain).summary == (
        "sale.order.read: AccessError: Due to security restrictions, you are not allowed to access "
        "'Sales Order Line' (sale.order.line) records."
    )


@pytest.mark.parametrize("echo", [KEY, 'secret\\"key'])
def test_a_summary_never_holds_the_key_also_where_odoo_echoes_it(echo: str) -> None:
    for name in ("builtins.ValueError", echo):
        problem = over_json_rpc(error(name, f"bad: {echo} {'x' * 500}"))
        assert "secret" not in problem.summary
        assert len(problem.summary) <= 200
    assert "secret" not in over_json_2(reply(f"<title>{echo}</title>".encode(), 502)).summary
    assert "secret" not in undelivered(ConnectFailed(f"no route to {echo}"), CALL, ACCOUNT.hidden).summary


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (ConnectFailed("refused"), "connect"),
        (NameNotFound("no address"), "dns"),
        (TlsFailed("expired"), "tls"),
        (TimedOut("30 s"), "timeout"),
        (BlockedAddress("private"), "blocked"),
    ],
)
def test_what_brought_no_answer_is_unavailable_for_a_reason(failure: NetError, reason: str) -> None:
    problem = undelivered(failure, CALL, ())
    assert isinstance(problem, Unavailable)
    assert problem.reason == reason
    assert problem.summary == f"sale.order.read: {failure}"


@pytest.mark.parametrize(
    "failure", [ProtocolBroken("101"), TooLarge("9 MB"), Unsendable("no host"), NetError("?")]
)
def test_what_is_no_answer_of_an_odoo_is_not_odoo(failure: NetError) -> None:
    assert type(undelivered(failure, CALL, ())) is NotOdoo


WRONG = [
    b"",
    b"{",
    b'{"result": [1, 2}',
    b"\xef\xbb\xbf{}",
    b'{"result": "\xff"}',
    '{"result": "ñ"}'.encode("latin-1"),
    '{"result": 1}'.encode("utf-16"),
    b'{"result": "\\ud800"}',
    b'{"result": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"ignored": ' + b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + b"}",
    b'{"error": "Odoo Server Error"}',
    b'{"error": {"code": -32601, "message": "Method not found"}}',
    b'{"error": {"data": null}}',
    b'{"error": {"data": {"name": 5}}}',
    b'{"error": true}',
    b"true",
]


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_bytes_that_are_no_envelope_are_not_odoo(body: bytes) -> None:
    assert type(over_json_rpc(reply(body))) is NotOdoo


@pytest.mark.parametrize("value", [None, False, {}, [1], [{"id": "x"}], "x", 10**400])
def test_a_result_of_another_shape_is_not_odoo_and_its_values_are_not_quoted(value: Any) -> None:
    for problem in (
        over_json_rpc(result(value), list[dict[str, int]]),
        over_json_2(reply(value), list[dict[str, int]]),
    ):
        assert type(problem) is NotOdoo


def test_no_result_where_one_is_due_is_not_odoo() -> None:
    assert type(over_json_rpc(reply({"jsonrpc": "2.0", "id": 1}), list[int])) is NotOdoo


def test_no_result_is_none_for_a_method_that_may_return_nothing() -> None:
    assert JsonRpc(ACCOUNT).result(reply({"jsonrpc": "2.0", "id": 1}), CALL, Any) is None


def test_an_error_of_null_is_no_error() -> None:
    assert JsonRpc(ACCOUNT).result(reply({"result": 5, "error": None}), CALL, int) == 5


def test_of_a_key_that_comes_twice_the_last_one_counts() -> None:
    assert JsonRpc(ACCOUNT).result(reply(b'{"result": 1, "result": 2}'), CALL, int) == 2


@pytest.mark.parametrize("uid", [0, -1, 2**31, "2", [2], 2.5, {}, True])
def test_a_login_that_gives_no_record_id_is_not_odoo(uid: Any) -> None:
    with pytest.raises(NotOdoo):
        JsonRpc(ACCOUNT).uid(result(uid))
    with pytest.raises(NotOdoo):
        Json2(ACCOUNT).uid(reply({"uid": uid, "lang": "es_CL"}))


@pytest.mark.parametrize("refusal", [False, None])
def test_a_login_that_gives_false_is_refused(refusal: object) -> None:
    with pytest.raises(AuthenticationFailed):
        JsonRpc(ACCOUNT).uid(result(refusal))
