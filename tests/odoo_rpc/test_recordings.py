"""Every recorded exchange with a real Odoo: our client sends those very bytes and understands the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from odoo_rpc import (
    AccessForbidden,
    AuthenticationFailed,
    NotOdoo,
    OdooClient,
    OdooError,
    Session,
    UnknownDatabase,
    UnknownModelOrField,
    UserRejected,
    connect,
)
from odoo_rpc.calls import Call
from odoo_rpc.json2 import Json2
from odoo_rpc.jsonrpc import JsonRpc
from odoo_rpc.secret import Secret
from odoo_rpc.wire import Account
from odoo_wire import NAMES, Recording, Script, recording

Made = Callable[[OdooClient, Recording], Awaitable[Any]]

ORDER_FIELDS = "name state date_order write_date partner_id partner_shipping_id order_line note amount_total client_order_ref"
LINE_FIELDS = "product_id name product_uom_qty price_unit price_total product_template_id"
PARTNER_FIELDS = "name phone email street street2 city state_id zip country_id sale_order_count"
PRODUCT_FIELDS = "default_code name barcode product_template_attribute_value_ids"
CONFIRMED = ["state", "in", ["sale", "done"]]
LATE = ["write_date", ">", "2020-01-01 00:00:00"]


@dataclass(frozen=True)
class Row:
    """A call, what it gives (looked at through `view`) or raises, as which user, and what is asked after it."""

    made: Made
    expected: Any
    view: Callable[[Any], Any] = lambda value: value
    uid: int = 2
    key: str = "API_KEY"
    database: str | None = None
    then: tuple[str, ...] = ()


def search_read(model: str, domain: list[Any], fields: str, **window: Any) -> Made:
    return lambda odoo, _: odoo.search_read(model, domain, fields.split(), **window)


def read(model: str, ids: list[int], fields: str) -> Made:
    return lambda odoo, _: odoo.read(model, ids, fields.split())


def call(model: str, method: str, ids: list[int] | None = None, **kwargs: Any) -> Made:
    return lambda odoo, _: odoo.call(model, method, ids, **kwargs)


def web_search_read(domain: list[Any]) -> Made:
    return lambda odoo, recorded: odoo.web_search_read(
        "sale.order", domain, recorded.kwargs["specification"], order="write_date asc, id asc", limit=100
    )


def login(odoo: OdooClient, _: Recording) -> Awaitable[int]:
    return odoo.authenticate()


def version(odoo: OdooClient, _: Recording) -> Awaitable[tuple[int, int]]:
    return odoo.server_version()


def each(field: str) -> Callable[[Any], Any]:
    return lambda records: [record[field] for record in records]


def nested(page: Any) -> Any:
    return [
        (
            order["id"],
            order["partner_shipping_id"]["country_id"]["code"],
            [line["product_id"] and line["product_id"]["default_code"] for line in order["order_line"]],
        )
        for order in page.records
    ]


NESTED = [
    (25, "CL", [False, False, "POL-S-AZ", False, "ARCH-1", "ARCH-1", False]),
    (26, "CL", ["POL-S-AZ"]),
]

ROWS: dict[str, Row] = {
    "14/02-authenticate": Row(login, 2),
    "14/03-authenticate-wrong-key": Row(login, AuthenticationFailed, key="wrong"),
    "14/04-authenticate-unknown-db": Row(login, UnknownDatabase, database="nosuchdb"),
    "14/05-execute-wrong-key": Row(
        call("sale.order", "search_count", domain=[]),
        AuthenticationFailed,
        key="wrong",
        then=("14/03-authenticate-wrong-key",),
    ),
    "14/06-orders": Row(
        search_read(
            "sale.order",
            [CONFIRMED, LATE, ["id", "in", [24, 25]]],
            ORDER_FIELDS,
            order="write_date asc, id asc",
            limit=100,
        ),
        ["Dejar en conserjería\nTocar timbre <2> & esperar", ""],
        each("note"),
    ),
    "14/07-order-lines": Row(
        read("sale.order.line", [50, 51, 52, 53, 54, 55, 56, 57], LINE_FIELDS),
        [0.0, 19.99, 1.01, 0.29, 29950.0, 29950.0, 0.0, 19.99],
        each("price_unit"),
    ),
    "14/08-order-lines-with-display-type": Row(
        read("sale.order.line", [50, 51, 52, 53, 54, 55, 56, 57], f"{LINE_FIELDS} display_type"),
        ["line_section", False, False, False, False, False, "line_note", False],
        each("display_type"),
    ),
    "14/09-partners-with-mobile": Row(
        read("res.partner", [43, 44], f"{PARTNER_FIELDS} mobile"), ["+56912345678", False], each("mobile")
    ),
    "14/10-partners": Row(read("res.partner", [43, 44], PARTNER_FIELDS), [2, 0], each("sale_order_count")),
    "14/11-products": Row(
        read("product.product", [40, 41, 44, 45], PRODUCT_FIELDS),
        [False, "POL-S-AZ", False, "ARCH-1"],
        each("default_code"),
    ),
    "14/12-attribute-values": Row(
        read("product.template.attribute.value", [8, 10, 11], "name attribute_id"),
        ["S", "Rojo", "Azul"],
        each("name"),
    ),
    "14/13-countries": Row(read("res.country", [46], "code name"), ["CL"], each("code")),
    "14/14-states": Row(read("res.country.state", [1183], "name code"), ["Metropolitana"], each("name")),
    "14/16-partner-fields-get": Row(
        lambda odoo, _: odoo.fields_get("res.partner", names=["phone", "mobile", "sale_order_count"]),
        {"mobile": {"type": "char"}, "phone": {"type": "char"}, "sale_order_count": {"type": "integer"}},
    ),
    "14/17-unknown-model": Row(search_read("sale.orderx", [], "name"), UserRejected),
    "14/18-datetime-with-zone-in-domain": Row(
        lambda odoo, _: odoo.search_count("sale.order", [["write_date", ">", "2026-01-01T00:00:00Z"]]), 25
    ),
    "14/19-method-returning-nothing": Row(call("sale.order", "action_unlock", [25]), None),
    "14/20-own-documents-user-reads-foreign-lines": Row(
        read("sale.order.line", [50, 51, 52, 53, 54, 55, 56, 57], "name"),
        AccessForbidden,
        uid=8,
        key="own-pass-123",
    ),
    "14/21-stock-user-reads-orders": Row(
        search_read("sale.order", [CONFIRMED, ["id", "in", [24, 25]]], "name state"),
        [25, 24],
        each("id"),
        uid=9,
        key="own-pass-123",
    ),
    "14/22-stock-user-reads-sale-order-count": Row(
        read("res.partner", [43, 44], "name sale_order_count"),
        [2, 0],
        each("sale_order_count"),
        uid=9,
        key="own-pass-123",
    ),
    "19/01-web-version": Row(version, (19, 0)),
    "19/03-authenticate": Row(login, 2),
    "19/04-authenticate-wrong-key": Row(login, AuthenticationFailed, key="wrong"),
    "19/05-authenticate-unknown-db": Row(login, UnknownDatabase, database="nosuchdb"),
    "19/06-execute-wrong-key": Row(
        call("sale.order", "search_count", domain=[]),
        AuthenticationFailed,
        key="wrong",
        then=("19/04-authenticate-wrong-key",),
    ),
    "19/07-orders": Row(
        search_read(
            "sale.order",
            [CONFIRMED, LATE, ["id", "in", [25, 26]]],
            ORDER_FIELDS,
            order="write_date asc, id asc",
            limit=100,
        ),
        ["<p>Dejar en conserjería\nTocar timbre &lt;2&gt; &amp; esperar</p>", False],
        each("note"),
    ),
    "19/08-order-lines": Row(
        read("sale.order.line", [51, 52, 53, 54, 55, 56, 57, 58], LINE_FIELDS),
        [0.0, 19.99, 1.005, 0.29, 29950.0, 29950.0, 0.0, 19.99],
        each("price_unit"),
    ),
    "19/09-order-lines-with-display-type": Row(
        read("sale.order.line", [51, 52, 53, 54, 55, 56, 57, 58], f"{LINE_FIELDS} display_type"),
        ["line_section", False, False, False, False, False, "line_note", False],
        each("display_type"),
    ),
    "19/10-partners-with-mobile": Row(
        read("res.partner", [45, 46], f"{PARTNER_FIELDS} mobile"), UnknownModelOrField
    ),
    "19/11-partners": Row(
        read("res.partner", [45, 46], PARTNER_FIELDS), ["+56 2 2345 6789", False], each("phone")
    ),
    "19/12-products": Row(
        read("product.product", [56, 57, 60, 61], PRODUCT_FIELDS),
        [False, "POL-S-AZ", False, "ARCH-1"],
        each("default_code"),
    ),
    "19/13-attribute-values": Row(
        read("product.template.attribute.value", [25, 27, 28], "name attribute_id"),
        ["S", "Rojo", "Azul"],
        each("name"),
    ),
    "19/14-countries": Row(read("res.country", [46], "code name"), ["CL"], each("code")),
    "19/15-states": Row(read("res.country.state", [1158], "name code"), ["Metropolitana"], each("name")),
    "19/17-partner-fields-get": Row(
        lambda odoo, _: odoo.fields_get("res.partner", names=["phone", "mobile", "sale_order_count"]),
        {"phone": {"type": "char"}, "sale_order_count": {"type": "integer"}},
    ),
    "19/18-unknown-model": Row(search_read("sale.orderx", [], "name"), UserRejected),
    "19/19-datetime-with-zone-in-domain": Row(
        lambda odoo, _: odoo.search_count("sale.order", [["write_date", ">", "2026-01-01T00:00:00Z"]]),
        UnknownModelOrField,
    ),
    "19/20-method-returning-nothing": Row(call("sale.order", "action_lock", [26]), None),
    "19/21-own-documents-user-reads-foreign-lines": Row(
        read("sale.order.line", [51, 52, 53, 54, 55, 56, 57, 58], "name"),
        AccessForbidden,
        uid=7,
        key="own-pass-123",
    ),
    "19/22-stock-user-reads-orders": Row(
        search_read("sale.order", [CONFIRMED, ["id", "in", [25, 26]]], "name state"),
        [26, 25],
        each("id"),
        uid=8,
        key="own-pass-123",
    ),
    "19/23-stock-user-reads-sale-order-count": Row(
        read("res.partner", [45, 46], "name sale_order_count"), AccessForbidden, uid=8, key="own-pass-123"
    ),
    "19/25-web-search-read": Row(web_search_read([CONFIRMED, ["id", "in", [25, 26]]]), NESTED, nested),
    "19/26-json2-search-read": Row(
        search_read(
            "sale.order",
            [CONFIRMED, ["id", "in", [25, 26]]],
            ORDER_FIELDS,
            order="write_date asc, id asc",
            limit=100,
        ),
        [29991.71, 19.99],
        each("amount_total"),
    ),
    "19/27-json2-web-search-read": Row(web_search_read([CONFIRMED, ["id", "in", [25, 26]]]), NESTED, nested),
    "19/28-json2-read": Row(
        read("res.partner", [45, 46], PARTNER_FIELDS), ["Providencia", "Ñuñoa"], each("city")
    ),
    "19/29-json2-context-get": Row(login, 2),
    "19/30-json2-invalid-field": Row(read("res.partner", [45, 46], "name mobile"), UnknownModelOrField),
    "19/31-json2-unknown-model": Row(read("sale.orderx", [1], "name"), UnknownModelOrField),
    "19/32-json2-unknown-argument": Row(
        call("sale.order", "search_read", domain=[], nosuch=1), UnknownModelOrField
    ),
    "19/33-json2-user-error": Row(call("sale.order", "action_confirm", [25]), UserRejected),
    "19/34-json2-wrong-key": Row(
        call("sale.order", "search_count", domain=[]), AuthenticationFailed, key="wrong"
    ),
    "19/35-json2-wrong-database": Row(
        call("sale.order", "search_count", domain=[]), UnknownDatabase, database="nosuchdb"
    ),
}

# What our client never sends, so only the answer can be shown to it: a body that is no JSON, a request without a key,
# one id twice, and the version question of a 14 or an old proxy before a 19, of which test_connect tells more.
ANSWERS_ONLY: dict[str, Any] = {
    "14/01-common-version": None,
    "14/15-read-missing-and-duplicate-ids": [{"id": 43, "name": "Juan Pérez Ñuñoa"}] * 2,
    "14/23-body-not-json": NotOdoo,
    "19/02-common-version": None,
    "19/16-read-missing-and-duplicate-ids": [{"id": 45, "name": "Juan Pérez Ñuñoa"}] * 2,
    "19/24-body-not-json": NotOdoo,
    "19/36-json2-no-authorization": AuthenticationFailed,
}


def test_every_recording_has_its_expectation() -> None:
    assert sorted([*ROWS, *ANSWERS_ONLY]) == NAMES


@pytest.mark.anyio
@pytest.mark.parametrize("name", ROWS)
async def test_the_client_sends_the_recorded_request_and_understands_the_recorded_answer(name: str) -> None:
    row, recorded = ROWS[name], recording(name)
    exchange = Script([recorded.reply, *(recording(other).reply for other in row.then)])
    major = int(name.split("/")[0])
    protocol = "json2" if recorded.path.startswith("/json/2/") else "jsonrpc"
    odoo = await connect(
        "http://odoo.example",
        row.database or f"odoo{major}",
        "admin",
        row.key,
        exchange=exchange,
        protocol=protocol,
        session=Session(version=(major, 0), protocol=protocol, uid=row.uid),
        min_interval_seconds=0,
    )
    outcome = await _outcome(row.made(odoo, recorded))
    sent = exchange.sent[0]
    assert (sent.method, sent.path) == (recorded.method, recorded.path)
    assert _without_id(sent.body) == _without_id(recorded.body)
    assert len(exchange.sent) == 1 + len(row.then)
    if isinstance(row.expected, type):
        assert type(outcome) is row.expected
        assert "Traceback" not in outcome.summary
        assert row.key not in outcome.summary
    else:
        assert row.view(outcome) == row.expected


@pytest.mark.parametrize("name", ANSWERS_ONLY)
def test_an_answer_alone_is_understood(name: str) -> None:
    recorded, expected = recording(name), ANSWERS_ONLY[name]
    account = Account("http://odoo.example", "odoo", "admin", Secret("API_KEY"))
    wire = Json2(account) if recorded.path.startswith("/json/2/") else JsonRpc(account)
    some_call = Call("res.partner", "read", [1], (), {})
    if isinstance(expected, type):
        with pytest.raises(expected):
            wire.result(recorded.reply, some_call, Any)
    elif expected is None:
        assert wire.result(recorded.reply, some_call, Any)["server_version"] == f"{name[:2]}.0"
    else:
        assert wire.result(recorded.reply, some_call, Any) == expected


async def _outcome(made: Awaitable[Any]) -> Any:
    try:
        return await made
    except OdooError as error:
        return error


def _without_id(body: Any) -> Any:
    return {key: value for key, value in body.items() if key != "id"} if isinstance(body, dict) else body
