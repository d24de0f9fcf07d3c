from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_poller.tables import Column, fold, lay_out
from odoo_poller.terminal import cells

COLUMNS = [
    Column("NAME", least=6),
    Column("STATE"),
    Column("SENT", rank=1, right=True),
    Column("ERROR", rank=2, least=8),
]
ROWS = [
    ["Le Juste", "ok", "34", ""],
    ["Comercial Sur", "failing", "0", "Odoo refuses the user or the API key"],
]


def text(width: int | None, rows: list[list[str]] = ROWS) -> list[str]:
    return ["".join(piece for piece, _style in line) for line in lay_out(COLUMNS, rows, width)]


def test_a_pipe_gets_every_text_whole() -> None:
    assert text(None) == [
        "NAME           STATE    SENT  ERROR",
        "Le Juste       ok         34  ",
        "Comercial Sur  failing     0  Odoo refuses the user or the API key",
    ]


def test_the_least_important_text_is_cut_first() -> None:
    assert text(50) == [
        "NAME           STATE    SENT  ERROR",
        "Le Juste       ok         34  ",
        "Comercial Sur  failing     0  Odoo refuses the us…",
    ]


def test_a_column_goes_when_cutting_is_not_enough() -> None:
    assert text(28) == [
        "NAME           STATE    SENT",
        "Le Juste       ok         34",
        "Comercial Sur  failing     0",
    ]


def test_where_nothing_fits_the_first_column_stays() -> None:
    assert text(13) == ["NAME", "Le Juste", "Comercial Sur"]


def test_a_column_that_is_empty_throughout_is_left_away() -> None:
    assert text(80, [["Le Juste", "ok", "34", ""]]) == ["NAME      STATE  SENT", "Le Juste  ok       34"]


def test_wide_and_combining_signs_keep_the_columns_in_line() -> None:
    lines = lay_out([Column("A"), Column("B")], [["東京", "x"], ["n\u0303", "y"], ["ab", "z"]], None)
    assert ["".join(piece for piece, _style in line) for line in lines] == [
        "A     B",
        "東京  x",
        "n\u0303     y",
        "ab    z",
    ]


@given(
    rows=st.lists(st.lists(st.text(max_size=60), min_size=4, max_size=4), min_size=1, max_size=5),
    width=st.integers(20, 200),
)
def test_no_row_is_ever_wider_than_the_terminal(rows: list[list[str]], width: int) -> None:
    assert max(map(cells, text(width, rows))) <= width


@pytest.mark.parametrize("width", [None, 20, 40, 80, 200])
def test_every_record_is_one_line(width: int | None) -> None:
    assert len(text(width)) == 1 + len(ROWS)


def folded(line: list[tuple[str, str]], width: int, hang: int = 2) -> list[str]:
    return ["".join(piece for piece, _style in one).rstrip() for one in fold(line, width, hang)]


def test_a_sentence_is_folded_between_words_and_indented() -> None:
    line = [("✗ ", "bad"), ("Le Juste: ", ""), ("503 Service Unavailable", "warn")]
    assert folded(line, 80) == ["✗ Le Juste: 503 Service Unavailable"]
    assert folded(line, 24) == ["✗ Le Juste: 503 Service", "  Unavailable"]
    assert folded([("https://a.cl/b/c", "")], 10) == ["https://", "  a.cl/b/c"]


@given(st.lists(st.text("abc ñ東", max_size=12), max_size=8), st.integers(6, 30))
def test_folding_loses_nothing_and_never_passes_the_edge(texts: list[str], width: int) -> None:
    lines = folded([(text, "") for text in texts], width)
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join("".join(texts).split())
