"""What comes from orders, Odoos and receivers is shown and never obeyed: markup, control sequences, overlong and oversized text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar, get_type_hints

import msgspec
import pytest

from odoo_poller_tui import cells
from odoo_poller_tui.backend import TestStep
from odoo_poller_tui.screens.payload import JsonView
from odoo_poller_tui.widgets.line import Line
from poller_core.errors import PollerError
from poller_core.model import (
    Activity,
    EndpointStatus,
    LoggedEvent,
    OrderDetail,
    PollerStatus,
    PollReport,
)
from tui.driving import application, press, running, screen_text, settle
from tui.fake_backend import FakeBackend
from tui.rows import NOW, connection, order_row, retry_row, status

pytestmark = pytest.mark.anyio
S = TypeVar("S", bound=msgspec.Struct)

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
    "test of what is typed": ("e", "ctrl+r"),
    "poll now": ("g",),
    "stop": ("s",),
    "palette": ("ctrl+p",),
}


def filled(value: S, text: str, *, but: tuple[str, ...] = ()) -> S:
    """The value with ``text`` in every field that holds any text; a code of the core's own (a Literal) is none."""
    hints = get_type_hints(type(value))
    names = [field.name for field in msgspec.structs.fields(value) if hints[field.name] is str]
    return msgspec.structs.replace(value, **{name: text for name in names if name not in but})


class Poisoned(FakeBackend):
    """Every field that is shown holds ``text``."""

    text: str = ""

    def order(self, external_id: str, connection_id: str | None = None) -> OrderDetail:
        row, text = self.order_rows[0], self.text
        data = dict.fromkeys(("state", "write_date", "webhook_id", "outcome", "error", "reason", "by"), text)
        kinds = (*KINDS, text)
        events = tuple(
            LoggedEvent(
                position=place,
                at=NOW,
                type=kind,
                connection_id=text,
                connection_name=text,
                odoo_order_id=1,
                version=place,
                data={**data, "size": text, "attempt": text, "status_code": text, "duration_ms": text},
            )
            for place, kind in enumerate(kinds, 1)
        )
        return OrderDetail(
            order=row,
            webhook_id=text,
            issues=((text, text, text),),
            events=events,
            payload=self.payload,
            next_retry_at=0,
            held_by="",
        )

    def poll(self, connection_ids: Sequence[str]) -> Sequence[PollReport]:
        return [PollReport(connection_id=self.text, name=self.text, error=self.text)]

    def poller(self) -> PollerStatus:
        return filled(super().poller(), self.text)


KINDS = (
    "OrderFetched",
    "PayloadBuilt",
    "OrderRejected",
    "DeliveryAttempted",
    "DeliveryRequeued",
    "DeliveryDiscarded",
    "PayloadsErased",
)


def poisoned(text: str) -> FakeBackend:
    """A backend in which every field that is shown holds ``text``."""
    of = filled(connection(1, "x"), text)
    row = filled(status(of, "failing", last_error_at=NOW, failing_since=NOW, pending=1, failed=1), text)
    fake = Poisoned(statuses=[row])
    fake.text = text
    fake.retry_rows = [filled(retry_row(9, of, 1, "PENDING"), text)]
    fake.order_rows = [filled(order_row(of, 9, 1, "FAILED"), text)]
    fake.log = [filled(line, text) for line in fake.log[:3]]
    happened = Activity(position=1, at=NOW, connection_id=of.id, connection_name=text, kind="failed")
    fake.happened = [filled(happened, text), filled(happened, text, but=("kind",))]
    fake.endpoint_rows = [
        filled(EndpointStatus(number=1, url="", connections=1, state="suspended", suspended_since=NOW), text)
    ]
    fake.payload = msgspec.json.encode({text: text})
    fake.steps = [TestStep(text, False, text, 1)]
    return fake


@pytest.mark.parametrize(
    "value",
    [
        connection(1, "x"),
        status(connection(1, "x")),
        retry_row(9, connection(1, "x"), 1, "PENDING"),
        order_row(connection(1, "x"), 9, 1, "FAILED"),
    ],
)
def test_the_poison_is_in_every_field_that_holds_text(value: msgspec.Struct) -> None:
    codes = {"state", "status", "protocol", "held_by"}
    held = {
        name
        for name, content in msgspec.structs.asdict(filled(value, "☠")).items()
        if isinstance(content, str) and content != "☠"
    }
    assert held <= codes


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
@pytest.mark.parametrize("name", SCREENS)
async def test_no_hostile_text_is_interpreted_or_reaches_the_terminal(
    name: str, size: tuple[int, int]
) -> None:
    for text in TOGETHER:
        async with running(poisoned(text), size=size) as pilot:
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
            assert pilot.app.is_running


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


@pytest.mark.parametrize("name", ["bold\rthen\nanother", "bold" + "x" * 3_000])
async def test_in_the_palette_a_name_has_one_line(name: str) -> None:
    from textual.command import CommandList

    fake = FakeBackend(statuses=[status(connection(1, name))])
    async with running(fake, size=(120, 40)) as pilot:
        await press(pilot, "ctrl+p")
        await pilot.press(*"bold")
        options = pilot.app.screen.query_one(CommandList)
        while not options.option_count:
            await pilot.pause()
        assert options.virtual_size.height == options.option_count == 1


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
