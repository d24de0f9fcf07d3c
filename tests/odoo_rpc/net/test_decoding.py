"""A body's encoding is undone within its caps, whatever it claims to be."""

import gzip
import zlib

import pytest

from odoo_rpc.net import ODOO_CAPS, WEBHOOK_CAPS, Caps, ProtocolBroken, TooLarge
from odoo_rpc.net.decoding import decode_body

SMALL = Caps(raw=1000, decoded=5000)


def test_a_plain_body_is_passed_on() -> None:
    assert decode_body(b"[1]", "", ODOO_CAPS, truncate=False) == b"[1]"
    assert decode_body(b"[1]", "identity", WEBHOOK_CAPS, truncate=False) == b"[1]"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " gzip ", "x-gzip"])
def test_gzip_is_undone(encoding: str) -> None:
    assert decode_body(gzip.compress(b"[1]"), encoding, ODOO_CAPS, truncate=False) == b"[1]"


def test_a_body_that_decodes_to_exactly_its_cap_is_accepted() -> None:
    assert decode_body(gzip.compress(bytes(5000)), "gzip", SMALL, truncate=False) == bytes(5000)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(TooLarge):
        decode_body(gzip.compress(bytes(50_000_000)), "gzip", ODOO_CAPS, truncate=False)


@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip,br", "identity, gzip", "x", ","]
)
def test_an_encoding_that_was_not_asked_for_is_refused_and_not_shown(encoding: str) -> None:
    with pytest.raises(ProtocolBroken) as caught:
        decode_body(b"x", encoding, ODOO_CAPS, truncate=False)
    assert str(caught.value) == "the answer has a content encoding that was not asked for"


def test_gzip_is_refused_where_identity_was_asked_for() -> None:
    with pytest.raises(ProtocolBroken):
        decode_body(gzip.compress(b"ok"), "gzip", WEBHOOK_CAPS, truncate=False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not gzip at all",
        gzip.compress(b"some words")[:-1],
        gzip.compress(b"some words")[:-8] + bytes(8),
        zlib.compress(b"some words"),
        gzip.compress(b"one") + gzip.compress(b"two"),
        gzip.compress(b"one") + b"tail",
    ],
    ids=["empty", "no gzip", "no end", "wrong checksum", "zlib", "two members", "tail"],
)
def test_gzip_that_is_damaged_cut_or_followed_by_something_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        decode_body(body, "gzip", ODOO_CAPS, truncate=False)


def test_when_truncating_nothing_about_the_body_is_an_error() -> None:
    assert decode_body(bytes(100), "", Caps(raw=50, decoded=50), truncate=True) == bytes(50)
    assert decode_body(gzip.compress(bytes(10**7)), "gzip", WEBHOOK_CAPS, truncate=True) == bytes(64 * 1024)
    assert decode_body(b"?", "gzip", WEBHOOK_CAPS, truncate=True) == b""
    assert decode_body(b"?", "br", WEBHOOK_CAPS, truncate=True) == b""
