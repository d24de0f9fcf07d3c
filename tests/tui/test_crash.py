"""A failure of the screens themselves shows where, and nothing that was held there."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from textual.worker import WorkerFailed

from odoo_poller_tui.app import PollerApp
from odoo_poller_tui.crash import crash_report
from tui.driving import application
from tui.fake_backend import FakeBackend

pytestmark = pytest.mark.anyio
CANARY = "canary-3c9f-secret"


class Failing(FakeBackend):
    def connections(self, day_start: int):  # type: ignore[no-untyped-def]
        api_key = CANARY
        raise RuntimeError(f"{api_key} in a message, and in a local")


async def crash(app: PollerApp) -> None:
    """Run until it failed; Textual hands the failure on to the test."""

    async def run() -> None:
        async with app.run_test() as pilot:
            while app._exception is None:
                await pilot.pause()

    with pytest.raises(WorkerFailed):
        await run()


async def test_a_crash_shows_no_locals_and_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    app = application(Failing())
    await crash(app)
    printed = io.StringIO()
    console = Console(file=printed, width=200)
    app.error_console = console
    assert app._exception is not None
    console.print(crash_report(app._exception))
    out = capsys.readouterr()
    for text in (printed.getvalue(), out.out, out.err):
        assert CANARY not in text
    assert "The poller and its database are not affected" in printed.getvalue()
    assert "in connections" in printed.getvalue()
    assert "RuntimeError" in printed.getvalue()


async def test_the_error_that_textual_prints_is_ours() -> None:
    app = application(Failing())
    shown: list[object] = []
    print_errors = app._print_error_renderables

    def note() -> None:
        shown.extend(str(renderable) for renderable in app._exit_renderables)
        app._exit_renderables.clear()
        print_errors()

    app._print_error_renderables = note  # type: ignore[method-assign]
    await crash(app)
    assert shown
    assert all(CANARY not in str(text) for text in shown)
