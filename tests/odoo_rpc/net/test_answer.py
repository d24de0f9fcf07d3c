"""Bytes become an answer, or one clear reason why not, wherever they are cut into pieces."""

import pytest

from odoo_rpc.net import HEADER_BYTES, Caps, ConnectFailed, ProtocolBroken, TooLarge
from odoo_rpc.net.answer import Answer, AnswerReader

CAPS = Caps(raw=100, decoded=1000)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


def read(data: bytes, *, size: int = 10**9, truncate: bool = False, end: bool = False) -> tuple[Answer, bool]:
    """Feed `data` in pieces of `size`; return the answer and whether the connection is reusable."""
    reader = AnswerReader()
    reader.expect(CAPS, truncate=truncate)
    for start in range(0, len(data), size):
        if reader.complete:
            break
        reader.feed(data[start : start + size])
    if end:
        reader.end()
    assert reader.complete
    reusable = reader.reusable
    return reader.collect(), reusable


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_an_answer_is_read_in_pieces_of_any_size(size: int) -> None:
    answer, reusable = read(OK, size=size)
    assert answer == (200, {"content-length": "2", "content-type": "text/plain"}, b"ok")
    assert reusable


@pytest.mark.parametrize("size", [1, 1000])
def test_chunks_are_joined_and_trailers_left_out(size: int) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nX-Late: 1\r\n\r\n"
    answer, reusable = read(data, size=size)
    assert answer == (200, {"transfer-encoding": "chunked"}, b"abcde")
    assert reusable


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_an_answer_without_a_body_ends_with_its_headers(status: bytes) -> None:
    answer, reusable = read(b"HTTP/1.1 " + status + b"\r\nX: y\r\n\r\n")
    assert answer.body == b""
    assert reusable


def test_repeated_headers_are_joined() -> None:
    answer, _ = read(b"HTTP/1.1 204 x\r\nVia: a\r\nVIA: b\r\n\r\n")
    assert answer.headers == {"via": "a, b"}


def test_informational_answers_are_skipped() -> None:
    early = b"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    answer, reusable = read(early + OK)
    assert (answer.status, answer.body) == (200, b"ok")
    assert "link" not in answer.headers
    assert reusable


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    answer, reusable = read(b"HTTP/1.1 200 OK\r\n\r\nall of it", end=True)
    assert answer.body == b"all of it"
    assert not reusable


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 200 OK\r\n",
        OK + b"garbage",
        OK + OK,
    ],
)
def test_a_connection_is_not_reusable_if_it_closes_or_if_something_follows_the_answer(data: bytes) -> None:
    answer, reusable = read(data)
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers["content-length"] == "2"
    assert not reusable


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r\n\r\n",
        b"<html>hello</html>",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 099 Odd\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent Length: 2\r\n\r\nok",
    ],
)
def test_what_is_not_http_1_as_asked_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolBroken) as caught:
        read(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [1000, 10**9])
@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * HEADER_BYTES + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Endless: " + b"x" * (HEADER_BYTES + 1),
        b"HTTP/1.1 200 " + b"x" * (HEADER_BYTES + 1),
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 201 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 4000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 201 + b"\r\n",
    ],
)
def test_headers_beyond_their_caps_are_refused(data: bytes, size: int) -> None:
    with pytest.raises(ProtocolBroken):
        read(data, size=size)


def test_two_hundred_headers_are_accepted() -> None:
    answer, _ = read(b"HTTP/1.1 204 x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n")
    assert len(answer.headers) == 200


BEYOND_THE_CAP = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"32\r\n"
    + b"x" * 50
    + b"\r\n33\r\n"
    + b"x" * 51,
    b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101,
]


@pytest.mark.parametrize("size", [1, 10**9])
@pytest.mark.parametrize("data", BEYOND_THE_CAP)
def test_a_body_beyond_its_cap_is_refused(data: bytes, size: int) -> None:
    with pytest.raises(TooLarge):
        read(data, size=size)


@pytest.mark.parametrize("size", [1, 10**9])
@pytest.mark.parametrize("data", BEYOND_THE_CAP)
def test_a_body_beyond_its_cap_is_cut_when_truncating(data: bytes, size: int) -> None:
    answer, reusable = read(data, size=size, truncate=True)
    assert answer.status == 200
    assert answer.body == b"x" * 100
    assert not reusable


def test_too_long_a_body_is_refused_as_soon_as_its_length_is_announced() -> None:
    with pytest.raises(TooLarge):
        read(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n")


def test_framing_counts_towards_the_cap_too() -> None:
    flood = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"e" * (HEADER_BYTES + 200)
    with pytest.raises(TooLarge):
        read(flood, size=1000)


def test_a_body_of_exactly_the_cap_is_accepted() -> None:
    answer, reusable = read(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100)
    assert len(answer.body) == 100
    assert reusable


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        OK[:-1],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_an_answer_cut_short_is_a_failed_connection(data: bytes) -> None:
    with pytest.raises(ConnectFailed):
        read(data, end=True)


def test_one_reader_reads_one_answer_after_the_other_and_keeps_nothing_of_it() -> None:
    reader = AnswerReader()
    for body in (b"first", b"second"):
        reader.expect(CAPS, truncate=False)
        reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert reader.collect().body == body
        assert reader.collect() == (200, {}, b"")


def test_the_answer_to_a_head_has_no_body_and_ends_the_connection() -> None:
    reader = AnswerReader()
    reader.expect(CAPS, truncate=False, bodiless=True)
    reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    assert reader.complete
    assert not reader.reusable
