"""Bodies as the archive keeps them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller_core.store.archive import ZstdError, compress, decompress

BODY = b'{"event":"order.confirmed","external_id":"odoo_shop_1","source":{"platform":"ODOO"}}' * 20
PACKED = compress(BODY)


@given(st.binary(max_size=5000))
def test_whatever_is_packed_comes_back(body: bytes) -> None:
    assert decompress(compress(body)) == body


def test_what_payloads_have_in_common_takes_no_room() -> None:
    assert len(PACKED) < len(BODY) / 20


def test_a_flipped_bit_never_makes_another_body() -> None:
    noticed = 0
    for place in range(len(PACKED)):
        for bit in range(8):
            altered = bytearray(PACKED)
            altered[place] ^= 1 << bit
            try:
                assert decompress(bytes(altered)) == BODY
            except ZstdError:
                noticed += 1
    assert noticed > len(PACKED) * 7


@pytest.mark.parametrize("damage", [b"", b"x", PACKED[:-1], PACKED + b"x", PACKED * 2])
def test_what_is_too_short_or_too_long_is_refused(damage: bytes) -> None:
    with pytest.raises(ZstdError):
        decompress(damage)


def test_two_threads_may_pack_at_once() -> None:
    bodies = [BODY + str(number).encode() * 50 for number in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        packed = list(pool.map(compress, bodies))
    assert list(map(decompress, packed)) == bodies
