"""Every screen at three sizes, reached by keys, as it was looked at and found good.

After a wanted change: ``pytest tests/tui/test_snapshots.py --snapshot-update``, and look at what changed before committing it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from odoo_poller_tui.i18n import use_language
from tui.driving import SIZES, application, press, settle
from tui.fake_backend import FakeBackend

# Drawn once: what a screen looks like is no matter of the Python version.
pytestmark = pytest.mark.slow

SCREENS: dict[str, tuple[str, ...]] = {
    "dashboard": (),
    "connection": ("down", "enter"),
    "new connection": ("n", "tab", "h"),
    "edit connection": ("e",),
    "delete connection": ("down", "d"),
    "test": ("t",),
    "logs": ("4",),
    "retries": ("2", "down", "space"),
    "discard": ("2", "x"),
    "payload": ("2", "v"),
    "orders": ("3",),
    "order": ("3", "enter"),
    "rejected order": ("3", "f", "f", "f", "f", "enter"),
    "pick connection": ("4", "c"),
    "start poller": ("s",),
    "keys": ("question_mark",),
}

Compare = Callable[..., bool]


def _pressed(*keys: str) -> Callable[[Pilot[None]], object]:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, *keys)
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        for area in pilot.app.screen.query(TextArea):
            area.cursor_blink = False
        await settle(pilot)

    return run


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_screen(name: str, size: str, snap_compare: Compare) -> None:
    fake = FakeBackend(is_running=name != "start poller")
    assert snap_compare(application(fake), terminal_size=SIZES[size], run_before=_pressed(*SCREENS[name]))


def test_the_light_theme(snap_compare: Compare) -> None:
    assert snap_compare(application(), terminal_size=(120, 40), run_before=_pressed("ctrl+t"))


def test_spanish(snap_compare: Compare) -> None:
    use_language("es")
    assert snap_compare(application(), terminal_size=(80, 24), run_before=_pressed())


def test_without_connections(snap_compare: Compare) -> None:
    assert snap_compare(application(FakeBackend(statuses=[])), terminal_size=(80, 24), run_before=_pressed())


@pytest.mark.parametrize("size", [(20, 5), (500, 200), (1, 1)])
def test_sizes_that_nobody_wants_do_not_break_it(size: tuple[int, int]) -> None:
    import asyncio

    async def run() -> None:
        async with application().run_test(size=size) as pilot:
            await press(pilot, "down", "2", "enter", "1", "n", "escape")
            for width, height in ((80, 24), (20, 5), (200, 60), (33, 7)):
                await pilot.resize_terminal(width, height)
            await settle(pilot)

    asyncio.run(run())
