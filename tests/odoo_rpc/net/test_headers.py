"""Request headers can't split a request, and the framing ones are the transport's."""

import pytest

from odoo_rpc.net import Unsendable, prepare_headers
from odoo_rpc.net.headers import header_lines


def test_the_lines_are_the_callers_and_then_what_every_request_has() -> None:
    assert header_lines({"Content-Type": "application/json"}, gzip=True) == (
        b"Content-Type: application/json\r\nUser-Agent: odoo-rpc\r\nAccept-Encoding: gzip\r\n"
    )
    assert header_lines({}, gzip=False) == b"User-Agent: odoo-rpc\r\nAccept-Encoding: identity\r\n"


def test_what_the_caller_sets_is_not_set_twice() -> None:
    assert header_lines({"user-agent": "x", "ACCEPT-ENCODING": "identity"}, gzip=True) == (
        b"user-agent: x\r\nACCEPT-ENCODING: identity\r\n"
    )


def test_prepared_headers_are_a_mapping_and_give_the_same_lines() -> None:
    headers = {"X-Webhook-Secret": "abc", "Content-Type": "application/json"}
    prepared = prepare_headers(headers)
    assert dict(prepared) == headers
    assert prepare_headers(prepared) is prepared
    assert header_lines(prepared, gzip=False) == header_lines(headers, gzip=False)


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb", "a\x00b", "ñandú", "a\tb", "\x7f", "a\x85b"])
def test_a_value_that_could_start_another_line_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(Unsendable) as caught:
        prepare_headers({"X-Webhook-Secret": value})
    assert str(caught.value) == "the value of header X-Webhook-Secret must be printable ASCII"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ñ", "(x)"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(Unsendable):
        prepare_headers({name: "x"})


@pytest.mark.parametrize(
    "name", ["Host", "content-length", "Transfer-Encoding", "Connection", "Expect", "Upgrade"]
)
def test_a_header_that_frames_the_message_is_refused(name: str) -> None:
    with pytest.raises(Unsendable) as caught:
        prepare_headers({name: "x"})
    assert "set by the transport" in str(caught.value)


def test_showing_prepared_headers_shows_no_value() -> None:
    assert repr(prepare_headers({"X-Webhook-Secret": "s3cret"})) == "HeaderBlock(names=['X-Webhook-Secret'])"
