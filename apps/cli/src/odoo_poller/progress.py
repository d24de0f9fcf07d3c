"""A bar on stderr for what can last longer than two seconds, and nothing at all where nobody looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from odoo_poller.i18n import number
from odoo_poller.terminal import cut, fits_encoding, is_terminal, width_of
from odoo_poller.times import span

T = TypeVar("T")
EVERY = 0.1  # seconds between two drawings
BAR = 24


class Progress:
    """``with Progress("Checking") as step: step(done, total)``. ``total`` 0 means that nobody knows yet."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.started = time.monotonic()
        self.drawn = 0.0
        self.shown = is_terminal(sys.stderr)

    def __enter__(self) -> Progress:
        """Begin to count the time."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Take the bar away."""
        if self.drawn:
            self._write("\r\x1b[K")

    def __call__(self, done: int, total: int = 0) -> None:
        """Show how far it is, at most ten times a second."""
        now = time.monotonic()
        if self.shown and now - self.drawn >= EVERY:
            self.drawn = now
            self.show(describe(self.label, done, total, now - self.started))

    def show(self, text: str) -> None:
        """Put this text in the place of the bar."""
        if self.shown:
            self.drawn = self.drawn or time.monotonic()
            self._write("\r\x1b[K" + cut(text, self._room()))

    def _room(self) -> int:
        return (width_of(sys.stderr) or 80) - 1

    def _write(self, text: str) -> None:
        sys.stderr.write(fits_encoding(text, sys.stderr))
        sys.stderr.flush()


def waited_for(label: str, work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work`` to its end, showing how long it has taken already where it takes long."""
    import anyio

    async def ticked() -> T:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_tick, label)
            result = await work()
            tasks.cancel_scope.cancel()
        return result

    return anyio.run(ticked)


async def _tick(label: str) -> None:
    import anyio

    with Progress(label) as step:
        started = anyio.current_time()
        while True:
            await anyio.sleep(1)
            step.show(f"{label} … {span(int((anyio.current_time() - started) * 1000))}")


def describe(label: str, done: int, total: int, seconds: float) -> str:
    """Write the bar: label, how full, how many, how long it may still take."""
    if total <= 0:
        return f"{label} … {number(done)}"
    share = min(1.0, done / total)
    full = int(share * BAR)
    text = f"{label} {'█' * full}{'░' * (BAR - full)} {share:.0%} · {number(done)}/{number(total)}"
    if 0 < done < total and seconds > 1:
        text += f" · {span(int(seconds * 1000 * (total - done) / done))}"
    return text
