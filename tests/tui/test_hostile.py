"""What comes from orders, Odoos and receivers is shown and never obeyed: markup, control sequences, overlong and oversized text."""

from __future__ import annotations

import re

import msgspec
import pytest

from odoo_poller_tui import cells
from odoo_poller_tui.screens.payload import JsonView
from odoo_poller_tui.widgets.line import Line
from poller_core.errors import PollerError
from poller_core.model import Activity, EndpointStatus
from tui.driving import application, press, running, screen_text, settle
from tui.fake_backend import NOW, FakeBackend, connection, order_row, retry_row, status

pytestmark = pytest.mark.anyio

HOSTILE = (
    "[/bold] SpA",
    "[@click=app.quit]x[/]",
    "[link=https://evil.example]y[/link]",
    "\x1b]52;c;aGFja2Vk\x07",
    "\x1b[2J\x1b[31m",
    "\x9b31m\x90q\x9c",
    "a\rb\nc\td\x00e\x08\x7f",
    "\u202egpj.exe\u2066\u2069",
    "z\u200be\u200dr\u2060o\ufeff",
    "Z" + "\u0301" * 200,
    "東京👩‍👩‍👧 Ltda",
    "'; DROP TABLE orders;--%_",
    "x" * 100_000,
    "$text-error $primary {name} %s",
    "\\[escaped\\] [b",
)
TOGETHER = [" ".join(HOSTILE[:6]), " ".join(HOSTILE[6:])]
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
SCREENS = {
    "dashboard": (),
    "connection": ("enter",),
    "keys": ("question_mark",),
    "retries": ("2",),
    "order": ("2", "enter"),
    "payload": ("2", "v"),
    "discard": ("2", "x"),
    "orders": ("3",),
    "logs": ("4",),
    "pick": ("4", "c"),
    "form": ("e",),
    "delete": ("d",),
    "test": ("t",),
    "palette": ("ctrl+p",),
}


def poisoned(text: str) -> FakeBackend:
    """A backend in which every field that is shown holds ``text``."""
    of = connection(
        1,
        text,
        odoo_url=text,
        odoo_db=text,
        odoo_username=text,
        webhook_url=text,
        store_id=text,
        client_id=text,
        sync_from=text,
    )
    row = status(
        of,
        "failing",
        last_error=text,
        last_error_at=NOW,
        failing_since=NOW,
        server_version=text,
        protocol_used=text,
        pending=1,
        failed=1,
    )
    fake = FakeBackend(statuses=[row])
    fake.retry_rows = [retry_row(9, of, 1, "PENDING", number=text, external_id=text, last_error=text)]
    fake.order_rows = [order_row(of, 9, 1, "FAILED", number=text, external_id=text, last_error=text)]
    fake.log = [msgspec.structs.replace(line, error_message=text) for line in fake.log[:3]]
    fake.happened = [
        Activity(
            position=1,
            at=NOW,
            connection_id=of.id,
            connection_name=text,
            kind=text,
            order_number=text,
            detail=text,
        )
    ]
    fake.endpoint_rows = [
        EndpointStatus(
            number=1, url=text, connections=1, state="suspended", suspended_since=NOW, last_error=text
        )
    ]
    fake.payload = msgspec.json.encode({text: text})
    fake.steps = [msgspec_step(text)]
    return fake


def msgspec_step(text: str) -> object:
    from odoo_poller_tui.backend import TestStep

    return TestStep(text, False, text, 1)


@pytest.mark.parametrize("name", SCREENS)
async def test_no_hostile_text_is_interpreted_or_reaches_the_terminal(name: str) -> None:
    for text in TOGETHER:
        async with running(poisoned(text), size=(200, 60)) as pilot:
            await press(pilot, *SCREENS[name])
            seen = screen_text(pilot)
            assert not CONTROL.search(seen.replace("\n", "")), (name, text)
            links = [
                seg
                for strip in pilot.app.screen._compositor.render_strips()
                for seg in strip
                if seg.style and seg.style.link
            ]
            assert not links


async def test_markup_is_shown_as_it_is_written() -> None:
    async with running(poisoned("[/bold] SpA")) as pilot:
        assert screen_text(pilot).count("[/bold] SpA") >= 3
        await press(pilot, "2", "enter")
        assert "Order [/bold] SpA" in screen_text(pilot)


async def test_notices_hold_hostile_text_harmlessly() -> None:
    fake = FakeBackend()
    async with application(fake).run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        fake.failure = PollerError("[/bold]\x1b]52;c;x\x07")
        await press(pilot, "p")
        seen = screen_text(pilot)
        assert "[/bold]\\x1b]52;c;x\\x07" in seen.replace("\n", "")
        assert not CONTROL.search(seen.replace("\n", ""))


async def test_a_connection_with_a_hostile_name_is_found_in_the_palette() -> None:
    from textual.command import CommandList

    async with running(poisoned("[/bold] SpA")) as pilot:
        await press(pilot, "ctrl+p")
        await pilot.press(*"bold")
        options = pilot.app.screen.query_one(CommandList)
        while not options.option_count:
            await pilot.pause()
        assert "[/bold] SpA" in screen_text(pilot)


async def test_a_pasted_megabyte_and_control_characters_stop_at_the_field() -> None:
    from textual import events

    async with running() as pilot:
        await press(pilot, "3", "slash")
        field = pilot.app.focused
        assert isinstance(field, Line)
        field.post_message(events.Paste("S\x1b[2J" + "9" * 1_000_000))
        await settle(pilot)
        assert field.value == "S[2J" + "9" * 195
        field.value = "a\x00b\u202ec"
        assert field.value == "abc"


async def test_an_edited_form_does_not_store_what_it_only_shows_differently() -> None:
    fake = poisoned("a\x1bb")
    async with running(fake) as pilot:
        await press(pilot, "e", "ctrl+s")
        assert fake.calls == []


async def test_a_payload_is_shown_harmlessly_and_copied_as_it_is() -> None:
    async with running(poisoned("\u202eevil")) as pilot:
        await press(pilot, "2", "v")
        assert "\u202e" not in pilot.app.screen.query_one(JsonView).text
        await press(pilot, "c")
        assert "\u202eevil" in pilot.app.clipboard


def test_cells_are_exactly_as_wide_as_they_are_asked_to_be() -> None:
    from rich.cells import cell_len

    for text in HOSTILE:
        for width in (1, 2, 5, 17, 40):
            pieces = cells.fitted(((text, "bad"), (text, "")), width)
            assert sum(cell_len(piece) for piece, _tone in pieces) == width, (text[:20], width)
