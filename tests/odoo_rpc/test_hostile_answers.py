"""Whatever bytes a server answers, a caller sees a result or an OdooError, and no secret."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo_rpc import OdooClient, OdooError, Session, connect
from odoo_rpc.net import Reply
from odoo_wire import NAMES, Script, recording, reply

KEY = "b58dbf97e8f644a3"


class Order(msgspec.Struct):
    id: int
    name: str | bool = False


async def _walk(odoo: OdooClient) -> list[Any]:
    return [page async for page in odoo.walk("sale.order", [], ["name"], page=1)]


MADE: list[Callable[[OdooClient], Awaitable[Any]]] = [
    lambda odoo: odoo.search_read("sale.order", [], ["name"]),
    lambda odoo: odoo.search_read("sale.order", [], ["name"], type=list[Order]),
    lambda odoo: odoo.read("sale.order", range(1, 600), ["name"], type=list[Order]),
    lambda odoo: odoo.web_search_read("sale.order", [], {"name": {}}),
    lambda odoo: odoo.fields_get("sale.order"),
    lambda odoo: odoo.available_fields("sale.order", ["name"], refresh=True),
    lambda odoo: odoo.search_count("sale.order", []),
    lambda odoo: odoo.call("sale.order", "action_lock", [1]),
    lambda odoo: odoo.authenticate(),
    lambda odoo: odoo.server_version(),
    _walk,
]
SESSIONS = [
    Session(version=(14, 0), protocol="jsonrpc"),
    Session(version=(18, 0), protocol="jsonrpc", uid=2),
    Session(version=(19, 0), protocol="json2"),
    Session(version=(22, 0), protocol="json2"),
]

_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(KEY)
_documents = st.recursive(
    _leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
_faults = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["odoo.exceptions.AccessDenied", "psycopg2.OperationalError", KEY])
        | _documents,
        "message": st.text() | st.just(f"{KEY}\n\x1b[2J") | _documents,
        "debug": _documents,
    },
)
_envelopes = st.fixed_dictionaries(
    {},
    optional={
        "result": _documents | st.just({"server_version_info": ["saas~19", 1]}),
        "error": _documents | st.fixed_dictionaries({}, optional={"data": _faults, "code": _documents}),
        "length": _documents,
        "records": _documents,
        "uid": _documents,
        "version_info": _documents | st.lists(st.integers() | st.text(), max_size=3),
    },
)
_bodies = (
    st.binary()
    | (_envelopes | _faults | _documents).map(lambda value: json.dumps(value).encode())
    | st.integers(1, 30_000).map(lambda depth: b"[" * depth + b"]" * depth)
    | st.text().map(lambda text: f"<title>{text}{KEY}</title>".encode("utf-8", "surrogatepass"))
)


@st.composite
def _spoilt_recordings(draw: st.DrawFn) -> Reply:
    """A real answer with some bytes replaced, left out or put in."""
    real = recording(draw(st.sampled_from(NAMES))).reply
    start = draw(st.integers(0, len(real.body)))
    end = draw(st.integers(start, min(len(real.body), start + 20)))
    body = real.body[:start] + draw(st.binary(max_size=8)) + real.body[end:]
    return Reply(draw(st.just(real.status) | st.integers(100, 599)), real.headers, body, 1.0)


_headers = st.dictionaries(
    st.sampled_from(["date", "retry-after", "content-type", "location"]),
    st.text()
    | st.sampled_from(
        ["5", "-1", "9" * 400, "Tue, 24 Nov 2026 03:56:39 GMT", "Tue, 24 Nov 99999 03:56:39 GMT"]
    ),
)
_replies = _spoilt_recordings() | st.builds(
    lambda status, headers, body: Reply(status, headers, body, 1.0),
    st.sampled_from([200, 401, 403, 404, 422, 429, 500]) | st.integers(100, 599),
    _headers,
    _bodies,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    session=st.sampled_from(SESSIONS),
    made=st.sampled_from(MADE),
    replies=st.lists(_replies, min_size=1, max_size=4),
)
def test_whatever_is_answered_ends_in_a_result_or_an_odoo_error(
    session: Session, made: Callable[[OdooClient], Awaitable[Any]], replies: list[Reply]
) -> None:
    async def main() -> None:
        answers = [*replies, *[reply(b"", 400)] * 8]
        odoo = await connect(
            "https://odoo.example",
            "demo",
            "ana",
            KEY,
            exchange=Script(answers),
            session=session,
            min_interval_seconds=0,
        )
        try:
            await made(odoo)
        except OdooError as error:
            _check(error)
        odoo.server_date  # noqa: B018 - must not raise either
        assert KEY.encode() not in msgspec.json.encode(odoo.session)

    anyio.run(main)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(replies=st.lists(_replies, min_size=2, max_size=2))
def test_whatever_is_answered_to_the_first_question_ends_in_a_client_or_an_odoo_error(
    replies: list[Reply],
) -> None:
    async def main() -> None:
        try:
            await connect(
                "https://odoo.example", "demo", "ana", KEY, exchange=Script(replies), min_interval_seconds=0
            )
        except OdooError as error:
            _check(error)

    anyio.run(main)


def _check(error: OdooError) -> None:
    assert KEY not in error.summary
    assert error.summary.isprintable()
    assert 0 < len(error.summary) <= 200
    assert str(error) == error.summary


@pytest.mark.parametrize("name", NAMES)
def test_no_recording_cut_short_is_taken_for_a_whole_one(name: str) -> None:
    real = recording(name).reply

    async def main(length: int) -> None:
        cut = Reply(real.status, real.headers, real.body[:length], 1.0)
        odoo = await connect(
            "https://odoo.example",
            "demo",
            "ana",
            KEY,
            exchange=Script([cut]),
            protocol="jsonrpc" if b'"jsonrpc"' in real.body else "json2",
            session=Session(version=(19, 0), protocol="json2", uid=2),
            min_interval_seconds=0,
        )
        with pytest.raises(OdooError):
            await odoo.call("sale.order", "read", [1])

    for length in range(0, len(real.body) - 1, max(1, len(real.body) // 12)):
        anyio.run(main, length)
