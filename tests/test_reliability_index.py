"""The table in docs/reliability.md names a test for each row of the study, or says why there is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "reliability.md"
ROWS = [f"A{n}" for n in range(1, 31)] + [f"B{n}" for n in range(1, 61)]
TABLE = dict(re.findall(r"^\| ([AB]\d+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_table_has_every_row_once_in_its_order() -> None:
    assert re.findall(r"^\| ([AB]\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == ROWS


@pytest.mark.parametrize("row", ROWS)
def test_what_a_row_names_is_there(row: str) -> None:
    said = TABLE[row]
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", said)
    assert named or said.startswith("no test: ")
    for file, name in named:
        text = (TESTS / file).read_text(encoding="utf-8")
        defined = re.search(rf"^\s*(async )?def {name}\(", text, re.MULTILINE)
        assert defined, f"{row}: {file} has no {name}"
