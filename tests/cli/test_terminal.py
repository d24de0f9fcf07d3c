from __future__ import annotations

import pytest

from cli.making import Terminal
from odoo_poller.terminal import cells, cut, fits_encoding, paint, takes_colour, width_of


@pytest.mark.parametrize(
    ("choice", "tty", "environ", "wanted"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {}, False),
    ],
)
def test_colour_is_for_terminals_unless_somebody_decides(
    choice: str, tty: bool, environ: dict[str, str], wanted: bool
) -> None:
    assert takes_colour(Terminal(tty=tty), choice, environ) is wanted


def test_a_stream_that_is_not_there_takes_no_colour() -> None:
    assert not takes_colour(None, "auto", {})


def test_a_pipe_has_no_width_and_columns_decides_where_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert width_of(Terminal()) is None
    monkeypatch.setenv("COLUMNS", "72")
    assert width_of(Terminal()) == 72


def test_a_terminal_of_a_few_columns_counts_as_twenty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "5")
    assert width_of(Terminal(tty=True)) == 20


@pytest.mark.parametrize(
    ("text", "wide"), [("abc", 3), ("Ñuñoa", 5), ("東京", 4), ("n\u0303", 1), ("👍", 2), ("", 0)]
)
def test_text_is_measured_in_columns(text: str, wide: int) -> None:
    assert cells(text) == wide


@pytest.mark.parametrize(
    ("text", "width", "cut_text"),
    [
        ("Le Juste", 8, "Le Juste"),
        ("Le Juste", 7, "Le Jus…"),
        ("東京都", 5, "東京…"),
        ("東京都", 4, "東…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
    ],
)
def test_text_is_cut_at_a_column_never_inside_a_sign(text: str, width: int, cut_text: str) -> None:
    assert cut(text, width) == cut_text


def test_signs_that_an_encoding_lacks_have_stand_ins() -> None:
    stream = Terminal()
    stream.encoding = "latin-1"  # type: ignore[misc]
    assert fits_encoding("● Ñuñoa … → 東", stream) == "* Ñuñoa ~ > ?"
    stream.encoding = "utf-8"  # type: ignore[misc]
    assert fits_encoding("● Ñuñoa …", stream) == "● Ñuñoa …"


def test_half_a_surrogate_pair_does_not_stop_the_output() -> None:
    assert fits_encoding("a\ud800b", Terminal()) == "a?b"


def test_paint_wraps_only_where_there_is_something_to_paint() -> None:
    assert paint("x", "bad bold") == "\x1b[31;1mx\x1b[0m"
    assert paint("x", "") == "x"
    assert paint("", "bad") == ""
