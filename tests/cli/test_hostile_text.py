"""Names, numbers and errors come from outside: none of their bytes may reach the terminal as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.making import NOW, connection, cycle, detail, drawn, event, order, poller, retry, totals
from cli.making import status as connection_status
from cli.running import Ran
from odoo_poller import connections, logs, orders, retries, status

NASTY = [
    "\x1b]52;c;aGk=\x07",
    "\x1b[2J",
    "\x9b31m",
    "a\rb",
    "a\nb",
    "\u202eexe",
    "\u200b",
    "[/bold]",
    "'; DROP TABLE",
    "%_",
]
RAW = set("\x1b\x07\x9b\r\u202e\u200b")


@pytest.mark.parametrize("nasty", NASTY)
def test_no_page_lets_a_byte_through(nasty: str) -> None:
    row = connection_status(
        connection=connection(nasty), state="failing", last_error=nasty, failing_since=NOW
    )
    shot = status.Snapshot(poller(), [row], [], totals(), NOW)
    life = detail(
        order=order(number=nasty, connection_name=nasty),
        events=(event(nasty, error=nasty),),
        issues=((nasty, nasty, nasty),),
    )
    pages = [
        drawn(status.draw, shot, width=80),
        drawn(connections.draw_list, [row], NOW, width=80),
        drawn(connections.draw, row, NOW, width=80),
        drawn(orders.draw_list, [order(number=nasty, last_error=nasty)], NOW, width=80),
        drawn(orders.draw, life, NOW, width=80),
        drawn(retries.draw, [retry(number=nasty, last_error=nasty)], NOW, width=80),
        drawn(logs.draw, [cycle(error_message=nasty)], lambda _moment: "now", width=80),
        drawn(logs.flow, [cycle(error_message=nasty)], width=80),
    ]
    assert not any(RAW & set(page) for page in pages)


def test_a_name_adds_no_line_to_a_table() -> None:
    rows = [order(number="a\nb"), order(number="c")]
    assert len(drawn(orders.draw_list, rows, NOW).splitlines()) == 3


@pytest.mark.parametrize("nasty", NASTY)
def test_what_is_typed_is_shown_safely_in_errors(nasty: str, run: Callable[..., Ran], database: Path) -> None:
    for arguments in (("connections", "show", nasty), ("orders", "show", nasty), (nasty,), ("status", nasty)):
        said = run(*arguments)
        assert said.code == 2
        assert len(said.err.splitlines()) == 1
        assert not RAW & set(said.err)


@pytest.mark.parametrize("text", ["%", "_", "S0004%", "'; DROP TABLE outbox; --", '"', "*"])
def test_a_search_takes_signs_literally(text: str, run: Callable[..., Ran], database: Path) -> None:
    assert run("orders", "list", text, "--json").data == []
