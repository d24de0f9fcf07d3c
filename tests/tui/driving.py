"""Drives the application over the fake backend: press, wait until everything asked for was drawn, look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

from textual.pilot import Pilot
from textual.widgets import Static

from odoo_poller_tui.app import PollerApp
from tui.fake_backend import SECRET, FakeBackend
from tui.rows import NOW

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}


def application(fake: FakeBackend | None = None) -> PollerApp:
    """The application at a fixed moment; it looks for changes only when told to."""
    fake = fake or FakeBackend()
    return PollerApp(fake.backend(), clock=lambda: NOW, zone=UTC, look_seconds=0, new_secret=lambda: SECRET)


async def settle(pilot: Pilot[None]) -> None:
    """Wait until nothing is being fetched, written or drawn."""
    quiet = 0
    while quiet < 2:
        await pilot.pause()
        quiet = 0 if pilot.app.link.pending else quiet + 1


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one by one, each once the one before it has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def write(pilot: Pilot[None], text: str) -> None:
    """Type into the focused field, whatever is in it already is replaced."""
    field = pilot.app.focused
    assert field is not None
    field.value = ""  # type: ignore[attr-defined]
    for char in text:
        await pilot.press({" ": "space"}.get(char, char) if char.isalnum() or char == " " else char)
    await settle(pilot)


@asynccontextmanager
async def running(
    fake: FakeBackend | None = None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Pilot[None]]:
    """The application, drawn for the first time."""
    async with application(fake).run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot


def screen_text(pilot: Pilot[None]) -> str:
    """What is on the screen, line by line."""
    width, height = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips()
    assert len(strips) == height
    assert all(strip.cell_length == width for strip in strips)
    return "\n".join(strip.text.rstrip() for strip in strips)


def notices(pilot: Pilot[None]) -> list[str]:
    """What was told in the corner."""
    return [notice.message for notice in pilot.app._notifications]


def shown(pilot: Pilot[None], selector: str) -> str:
    """The text of one ``Static``."""
    return str(pilot.app.screen.query_one(selector, Static).render())
