"""A secret stays one."""

import copy
import pickle

import msgspec
import pytest

from odoo_rpc import Secret

KEY = Secret("b58dbf97e8f6")


def test_a_secret_shows_a_mask_however_it_is_printed() -> None:
    shown = [
        repr(KEY),
        str(KEY),
        f"{KEY}",
        f"{KEY!r:>5}",
        f"{KEY:<4}",
        repr([KEY]),
        repr({"key": KEY}),
    ]
    assert all("b58d" not in text and "***" in text for text in shown)


def test_only_reveal_gives_the_text() -> None:
    assert KEY.reveal() == "b58dbf97e8f6"


def test_secrets_compare_by_their_text() -> None:
    assert Secret("b58dbf97e8f6") == KEY
    assert Secret("other") != KEY
    assert KEY != "b58dbf97e8f6"


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert KEY


def test_of_takes_both_text_and_secret() -> None:
    assert Secret.of(KEY) is KEY
    assert Secret.of("x") == Secret("x")


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode, hash])
def test_a_secret_can_not_be_written_copied_or_hashed(leak: object) -> None:
    with pytest.raises(TypeError):
        leak(KEY)  # type: ignore[operator]


def test_a_secret_has_no_attributes_to_look_at() -> None:
    with pytest.raises(TypeError):
        vars(KEY)
