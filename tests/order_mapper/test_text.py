import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_mapper.text import clean_text


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\x00", "\xa0", "\x1b \x07"])
def test_blank_text_is_null(blank):
    assert clean_text(blank) is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b", "ab"),
        ("\x1b[2Jx", "[2Jx"),
        ("a\tb\r\nc", "a\tb\r\nc"),
        ("\x0b\x0c\x1fx", "x"),
        (" x ", " x "),
        ("\x7f\x85\x9b", "\x7f\x85\x9b"),
        ("\ud800x", "\ufffdx"),
    ],
)
def test_only_c0_controls_are_dropped(text, kept):
    assert clean_text(text) == kept


@pytest.mark.parametrize(
    "text", ["👩🏽‍🚒", "\u202eabc", "\u200b\u2060x", "e\u0301", "𠜎", "[/bold] SpA", "ñandú"]
)
def test_all_of_unicode_is_passed_on(text):
    assert clean_text(text) == text


@given(st.text(st.characters()))
def test_what_is_kept_can_be_written_as_utf8_and_holds_no_control(text):
    kept = clean_text(text) or "x"
    kept.encode()
    assert not [character for character in kept if character < " " and character not in "\t\r\n"]
    assert clean_text(kept) == kept
