"""The one list of the screens: rows of frozen values of which only those on the screen are ever drawn.

It keeps no copy of what it shows: ``show`` takes the new rows, and only lines whose cells differ are drawn again. A thousand
connections or a hundred thousand orders therefore cost what fits on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from odoo_poller_tui.cells import TONES, Cell, Tone, fitted, plain
from odoo_poller_tui.i18n import _
from odoo_poller_tui.widgets.columns import GAP, Column, fit

R = TypeVar("R")
Key = Hashable


class Table(ScrollView, Generic[R], can_focus=True):
    """A list with a cursor, marks and columns that make do with the room there is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--cursor-blurred",
        *(f"table--{tone}" for tone in TONES if tone),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,ctrl+home", "edge(False)", "First", show=False),
        Binding("end,ctrl+end", "edge(True)", "Last", show=False),
        Binding("enter", "open", "Open", show=False),
    ]

    class Moved(Message):
        """The cursor is on another row (or on none)."""

        def __init__(self, table: Table[Any]) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> Table[Any]:
            """The table that sent it."""
            return self.table

    class Opened(Moved):
        """Enter was pressed on a row, or it was clicked while the cursor was on it."""

    class NeedsMore(Moved):
        """The cursor nears the end of what is loaded."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        key: Callable[[R], Key],
        *,
        empty: str = "",
        header: bool = True,
        follow: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._key = key
        self._empty = empty
        self._head = 1 if header else 0
        self._follow = follow
        self._rows: Sequence[R] = ()
        self._now = 0
        self._cursor = 0
        self._marks: set[Key] = set()
        self._drawn: dict[int, tuple[Cell, ...]] = {}
        self._fitted: tuple[int, list[tuple[Column[R], int]]] = (-1, [])

    @property
    def rows(self) -> Sequence[R]:
        """What is shown."""
        return self._rows

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if 0 <= self._cursor < len(self._rows) else None

    @property
    def cursor(self) -> int:
        """The place of the row under the cursor."""
        return self._cursor

    @property
    def bottom(self) -> int:
        """The place of the last row that is on the screen."""
        return self.scroll_offset.y + self._page_rows() - 1

    @property
    def marked(self) -> bool:
        """Whether any row is marked."""
        return bool(self._marks)

    @property
    def chosen(self) -> list[R]:
        """The marked rows, or the one under the cursor where none is marked."""
        marked = [row for row in self._rows if self._key(row) in self._marks] if self._marks else []
        return marked or ([self.current] if self.current is not None else [])

    def show(self, rows: Sequence[R], now: int, *, empty: str | None = None) -> None:
        """Show these rows as of ``now``. The cursor stays on the row it was on, if that is still there; where the list follows,
        on the first one, if it was there."""
        before = self._key(self.current) if self.current is not None else None
        same_length = len(rows) == len(self._rows)
        self._rows, self._now = rows, now
        self._empty = self._empty if empty is None else empty
        if self._marks:
            self._marks &= {self._key(row) for row in rows}
        self._cursor = 0 if self._follow and not self._cursor else self._find(before)
        if not same_length:
            self.virtual_size = Size(0, len(rows) + self._head)
            self.refresh()
        else:
            self._refresh_changed()
        if (self._key(self.current) if self.current is not None else None) != before:
            self.post_message(self.Moved(self))

    def tick(self, now: int) -> None:
        """Draw again the lines that read differently at ``now``."""
        self._now = now
        self._refresh_changed()

    def go_to(self, key: Key) -> bool:
        """Put the cursor on the row with this key; tells whether it is there."""
        for place, row in enumerate(self._rows):
            if self._key(row) == key:
                self._move_to(place)
                return True
        return False

    def toggle_mark(self) -> None:
        """Mark the row under the cursor or take its mark away, and go on to the next."""
        if self.current is not None:
            self._marks ^= {self._key(self.current)}
            self.refresh_line(self._cursor + self._head)
            self._move_to(self._cursor + 1)

    def toggle_marks(self) -> None:
        """Mark all loaded rows, or none if some are marked."""
        self._marks = set() if self._marks else {self._key(row) for row in self._rows}
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self._move_to(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self._move_to(self._cursor + by * max(1, self._page_rows() - 1))

    def action_edge(self, last: bool) -> None:
        """Move the cursor to the first or last loaded row."""
        self._move_to(len(self._rows) - 1 if last else 0)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where it was clicked; open the row that it was on already."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self._head:
            return
        place = self.scroll_offset.y + offset.y - self._head
        if 0 <= place < len(self._rows):
            if place == self._cursor or event.chain > 1:
                self._move_to(place)
                self.action_open()
            else:
                self._move_to(place)

    def on_focus(self) -> None:
        """The cursor's line looks different with the focus."""
        self.refresh_line(self._cursor + self._head)

    def on_blur(self) -> None:
        """The cursor's line looks different without the focus."""
        self.refresh_line(self._cursor + self._head)

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, a row, or what stands where there is none."""
        width = self.scrollable_content_region.width
        if y < self._head:
            return self._header(width)
        place = self.scroll_offset.y + y - self._head
        if place < len(self._rows):
            return self._line(place, width)
        self._drawn.pop(place, None)
        text = self._empty if place == 0 else ""
        return self._strip(fitted(plain(f"   {text}", "dim"), width), self.rich_style)

    def _line(self, place: int, width: int) -> Strip:
        row = self._rows[place]
        cells = self._cells(row, width)
        self._drawn[place] = cells
        if len(self._drawn) > 500:
            self._drawn = {place: cells}
        on_cursor = place == self._cursor
        base = self._base(on_cursor)
        sign = "›" if on_cursor and self.has_focus else " "
        mark = "✓" if self._key(row) in self._marks else " "
        pieces: list[tuple[str, Tone]] = [(f"{sign}{mark} ", "strong")]
        for (column, size), cell in zip(self._fit(width), cells, strict=True):
            pieces += [*fitted(cell, size, right=column.right), (" " * GAP, "")]
        return self._strip(pieces[:-1], base).adjust_cell_length(width, base)

    def _header(self, width: int) -> Strip:
        pieces: list[tuple[str, Tone]] = [("   ", "")]
        for column, size in self._fit(width):
            pieces += [*fitted(plain(_(column.title)), size, right=column.right), (" " * GAP, "")]
        base = self.get_component_rich_style("table--header")
        return self._strip(pieces[:-1], base).adjust_cell_length(width, base)

    def _strip(self, pieces: Sequence[tuple[str, Tone]], base: Style) -> Strip:
        return Strip([Segment(text, self._toned(tone, base)) for text, tone in pieces])

    def _toned(self, tone: Tone, base: Style) -> Style:
        if not tone:
            return base
        style = self.get_component_rich_style(f"table--{tone}")
        return base + Style(color=style.color, bold=style.bold)

    def _base(self, on_cursor: bool) -> Style:
        if not on_cursor:
            return self.rich_style
        return self.get_component_rich_style("table--cursor" if self.has_focus else "table--cursor-blurred")

    def _cells(self, row: R, width: int) -> tuple[Cell, ...]:
        return tuple(column.cell(row, self._now) for column, _size in self._fit(width))

    def _fit(self, width: int) -> list[tuple[Column[R], int]]:
        if self._fitted[0] != width:
            self._fitted = (width, fit(self._columns, width - 4))
        return self._fitted[1]

    def _page_rows(self) -> int:
        return max(1, self.scrollable_content_region.height - self._head)

    def _find(self, key: Key | None) -> int:
        """Where the row with ``key`` is now; the old place, within bounds, where it is gone."""
        if key is not None:
            if 0 <= self._cursor < len(self._rows) and self._key(self._rows[self._cursor]) == key:
                return self._cursor
            for place, row in enumerate(self._rows):
                if self._key(row) == key:
                    return place
        return max(0, min(self._cursor, len(self._rows) - 1))

    def _refresh_changed(self) -> None:
        width, top = self.scrollable_content_region.width, self.scroll_offset.y
        for place in range(top, min(top + self._page_rows(), len(self._rows))):
            if self._drawn.get(place) != self._cells(self._rows[place], width):
                self.refresh_line(place + self._head)

    def _move_to(self, place: int) -> None:
        place = max(0, min(place, len(self._rows) - 1))
        if place != self._cursor:
            self.refresh_line(self._cursor + self._head)
            self._cursor = place
            self.refresh_line(place + self._head)
            self.post_message(self.Moved(self))
        self._keep_in_sight()
        if self._rows and place >= len(self._rows) - self._page_rows():
            self.post_message(self.NeedsMore(self))

    def _keep_in_sight(self) -> None:
        top, page = self.scroll_offset.y, self._page_rows()
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + page:
            self.scroll_to(y=self._cursor - page + 1, animate=False)
