"""The last 24 hours at a glance: deliveries and failures by hour, as bars of as many lines as there is room for.

Each series has its own row with its name, so that nothing hangs on colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from odoo_poller_tui.cells import Piece, Tone, content
from odoo_poller_tui.i18n import _, number
from poller_core.model import Hour

BLOCKS = " ▁▂▃▄▅▆▇█"
HOURS = 24


def bars(values: Sequence[int], height: int) -> list[str]:
    """``height`` lines, top first, of one character a value; the largest fills them, and more than none is always seen."""
    top = max(values, default=0)
    if not top:
        return [" " * len(values)] * (height - 1) + ["▁" * len(values)]
    steps = [max(1, round(value / top * height * 8)) if value else 0 for value in values]
    lines = []
    for line in range(height - 1, -1, -1):
        lines.append("".join(BLOCKS[max(0, min(8, step - line * 8))] for step in steps))
    return lines


def stretched(line: str, width: int) -> str:
    """Each character ``width`` times, with a blank between the bars where they are wide enough to spare it."""
    if width < 3:
        return "".join(char * width for char in line)
    return "".join(char * (width - 1) + " " for char in line)


class Chart(Widget):
    """Bars of deliveries and of failed attempts, by hour, with their sums."""

    DEFAULT_CSS = """
    Chart { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hours: tuple[Hour, ...] = ()
        self._zone_hours: tuple[str, ...] = ()

    def show(self, hours: tuple[Hour, ...], labels: tuple[str, ...]) -> None:
        """Show these 24 hours; ``labels`` are their local names (``08``)."""
        if (hours, labels) != (self._hours, self._zone_hours):
            self._hours, self._zone_hours = hours, labels
            self.refresh()

    def render(self) -> Content:
        """The bars, as wide and high as the widget is."""
        height = max(1, self.size.height)
        delivered = tuple(hour.delivered for hour in self._hours) or (0,) * HOURS
        failed = tuple(hour.failed for hour in self._hours) or (0,) * HOURS
        names = (_("sent"), _("failed"))
        margin = max(map(len, names)) + 1
        tail = max(len(number(sum(delivered))), len(number(sum(failed)))) + 1
        width = max(1, min(6, (self.size.width - margin - tail) // HOURS))
        axis = 1 if height >= 4 else 0
        low = 1 if height < 6 else (height - axis) // 3
        high = max(1, height - axis - low)
        lines = _series(names[0], delivered, high, width, margin, "good")
        if height > 1:
            lines += _series(names[1], failed, low, width, margin, "bad")
        if axis:
            lines.append([(" " * margin + _axis(self._zone_hours, width), "dim")])
        return content(piece for line in lines for piece in (*line, ("\n", "")))


def _series(
    name: str, values: Sequence[int], height: int, width: int, margin: int, tone: Tone
) -> list[list[Piece]]:
    drawn = [stretched(line, width) for line in bars(values, height)]
    drawn_tone: Tone = tone if any(values) else "dim"
    lines: list[list[Piece]] = [[(" " * margin, ""), (line, drawn_tone)] for line in drawn]
    lines[-1] = [(name.ljust(margin), ""), (drawn[-1], drawn_tone), (f" {number(sum(values))}", "strong")]
    return lines


def _axis(labels: Sequence[str], width: int) -> str:
    """Every so many hours its name under its bar."""
    step = 6 if width < 2 else 3 if width < 4 else 2
    text = ""
    for place, label in enumerate(labels):
        if place % step == 0:
            text = text.ljust(place * width) + label
    return text
