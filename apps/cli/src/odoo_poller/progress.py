"""A bar on stderr for what can last longer than two seconds, and nothing at all where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from odoo_poller.i18n import number
from odoo_poller.terminal import cut, fits_encoding, is_terminal, width_of
from odoo_poller.times import span

T = TypeVar("T")
FIRST = 0.5  # seconds before anything is drawn: what is done by then needs no bar
EVERY = 0.1  # seconds between two drawings
TICK = 1.0  # seconds between two drawings of what doesn't tell how far it is
BAR = 24


class Progress:
    """``with Progress("Checking") as step: step(done, total)``. ``total`` 0 means that nobody knows yet."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.started = monotonic()
        self.due = self.started + FIRST
        self.drawn = False
        self.shown = is_terminal(sys.stderr)
        self.done = self.total = 0

    def __enter__(self) -> Progress:
        """Begin to count the time."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Take the bar away."""
        self.clear()

    def __call__(self, done: int, total: int = 0) -> None:
        """Show how far it is, at most ten times a second."""
        self.done, self.total = done, total
        if monotonic() >= self.due:
            self.show()

    def show(self) -> None:
        """Draw what was told last, and for how long it has been going on."""
        if self.shown:
            now = monotonic()
            self.drawn, self.due = True, now + EVERY
            text = describe(self.label, self.done, self.total, now - self.started)
            self._write("\r\x1b[K" + cut(text, (width_of(sys.stderr) or 80) - 1))

    def clear(self) -> None:
        """Take the bar away, for a line that is to stand in its place."""
        if self.drawn:
            self.drawn = False
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        sys.stderr.write(fits_encoding(text, sys.stderr))
        sys.stderr.flush()


def waited_for(label: str, work: Callable[[Progress], Awaitable[T]]) -> T:
    """Run ``work`` to its end, showing how far it is where it tells, and how long it has taken already."""
    import anyio

    async def ticked() -> T:
        with Progress(label) as progress:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_tick, progress)
                result = await work(progress)
                tasks.cancel_scope.cancel()
        return result

    return anyio.run(ticked)


async def _tick(progress: Progress) -> None:
    import anyio

    while True:
        await anyio.sleep(TICK)
        progress.show()


def describe(label: str, done: int, total: int, seconds: float) -> str:
    """Write the bar: label, how full, how many, how long it may still take; without a total, how long it has taken."""
    if total <= 0:
        passed = span(int(seconds * 1000))
        return f"{label} … {number(done)} · {passed}" if done else f"{label} … {passed}"
    share = min(1.0, done / total)
    full = int(share * BAR)
    text = f"{label} {'█' * full}{'░' * (BAR - full)} {share:.0%} · {number(done)}/{number(total)}"
    if 0 < done < total and seconds > 1:
        text += f" · {span(int(seconds * 1000 * (total - done) / done))}"
    return text
