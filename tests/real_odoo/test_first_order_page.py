"""The page docs/first-order.md says what happens: walked again on a real Odoo, it differs in times and numbers alone."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from real_odoo_support import Access

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "first-order.md"
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\([0-9a-f]{16}\)|[0-9][0-9.,:]*(?: m?s\b)?(?: ago)?|\bnow\b"
)


def alike(text: str) -> list[str]:
    """The words, without what is another each time."""
    return CHANGING.sub("…", text).split()


def test_it_takes_fewer_than_ten_commands_and_names_no_place_of_the_machine_that_wrote_it() -> None:
    text = PAGE.read_text("utf-8")
    assert 0 < len(re.findall(r"^\$ ", text, re.MULTILINE)) < 10
    assert not re.search(r"/(?:tmp|home|root|work|srv)\b", text)
    assert "✓ delivered" in text


@pytest.mark.real_odoo
def test_the_walk_says_again_what_the_page_says(real_odoo: Callable[[int], Access], tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("walk", ROOT / "docs" / "walk.py")
    assert spec is not None
    assert spec.loader is not None
    walk = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(walk)
    assert alike(walk.page(real_odoo(19), tmp_path)) == alike(PAGE.read_text("utf-8"))
