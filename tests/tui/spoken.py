"""Every English text of the screens that somebody reads, found in the source: what the Spanish catalogue must hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import odoo_poller_tui
from odoo_poller_tui import fields, happenings, overview, sorting, words, worries
from odoo_poller_tui.screens import orders, retries
from odoo_poller_tui.widgets import top_bar

SOURCE = Path(odoo_poller_tui.__file__).parent


def texts() -> set[str]:
    """All of them, in no order."""
    found = {
        text for path in SOURCE.rglob("*.py") for text in _of(ast.parse(path.read_text(encoding="utf-8")))
    }
    return (found | set(_tables())) - {"", "Odoo", "StockMaster", "Id"}


def _of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("_"), args=[ast.Constant(str() as text), *_rest]):
                yield text
            case ast.Call(
                func=ast.Name("plural"),
                args=[_count, ast.Constant(str() as one), ast.Constant(str() as many)],
            ):
                yield from (one, many)
            case ast.Call(
                func=ast.Name("Binding"), args=[_key, _action, ast.Constant(str() as text), *_rest]
            ):
                yield text
            case ast.Call(func=ast.Name("Column"), args=[ast.Constant(str() as text), *_rest]):
                yield text
            case ast.Assign(
                targets=[ast.Name("TITLE_OF_LIST" | "EMPTY" | "ADVICE")], value=ast.Constant(str() as text)
            ):
                yield text


def _tables() -> Iterator[str]:
    yield from (word for _sign, word, _tone in words.STATES.values())
    yield from (word for _sign, word, _tone in words.STATUSES.values())
    yield from (word for _sign, word, _tone in words.ENDPOINTS.values())
    yield from words.HELD.values()
    yield from words.TEST_STEPS.values()
    for _sign, _tone, one, many in happenings.ACTIVITY.values():
        yield from (one, many)
    yield from (word for _sign, _tone, word in happenings.OUTCOMES.values())
    yield from worries._CONNECTION.values()
    yield from (title for title, _key in sorting.ORDERS)
    yield from (title for title, _statuses in retries.VIEWS.values())
    yield from (title for title, _status in orders.VIEWS)
    yield from (title for _mode, title in top_bar.PLACES)
    for title, group in fields.SECTIONS:
        yield title
        for field in group:
            yield from (field.label, field.hint)
    assert overview.SEVERITY
