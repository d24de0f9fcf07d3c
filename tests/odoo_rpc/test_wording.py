"""Foreign text on one line of ours."""

import pytest

from odoo_rpc.wording import one_line, page_title


def test_only_the_first_line_that_says_anything_is_kept() -> None:
    assert one_line("\n \n  You are  not\tallowed.\nRecords: S00023") == "You are not allowed."


def test_what_a_terminal_would_obey_becomes_space() -> None:
    assert one_line("a\x1b]52;c;AAAA\x07b\x9bc\u202ed\u200be\x00f") == "a ]52;c;AAAA b c d e f"


def test_a_long_line_is_cut_to_two_hundred_characters() -> None:
    line = one_line("ñ" * 100_000)
    assert line == "ñ" * 199 + "…"


def test_a_secret_is_hidden_also_where_the_line_is_cut() -> None:
    assert "6248" not in one_line("x" * 190 + "6248e325b5dd4a6b", hide=("6248e325b5dd4a6b",))
    assert one_line("the key 6248e325 is wrong", hide=("6248e325",)) == "the key *** is wrong"


def test_nothing_to_hide_hides_nothing() -> None:
    assert one_line("abc", hide=("",)) == "abc"


def test_nothing_said_is_empty() -> None:
    assert one_line("\n\x00\n") == ""


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (b"<!DOCTYPE html><TITLE lang=en>\n 502 Bad\nGateway</TITLE>", "502 Bad"),
        (b"<title>\xff\xfe</title>", "��"),
        (b"<title>never closed", ""),
        (b" " * 5000 + b"<title>too far down</title>", ""),
        (b"", ""),
    ],
)
def test_a_page_is_named_by_its_title_alone(page: bytes, title: str) -> None:
    assert page_title(page) == title
