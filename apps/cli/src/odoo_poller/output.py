"""All of stdout: data, as a table, as lines or as JSON. Talk and errors go to stderr, in ``diagnostics``.

Every text that came from outside passes ``display_safe`` here, so no name, error or note can move the cursor, colour
the screen or forge a line. JSON is not altered: what could act on a terminal is escaped as JSON escapes it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from odoo_poller.tables import Column, Line, Piece, fold, lay_out, piece
from odoo_poller.terminal import (
    cells,
    cut,
    fits_encoding,
    height_of,
    is_terminal,
    paint,
    read_by_somebody,
    takes_colour,
    width_of,
)

# Legal in JSON, but a terminal may act on them: C1 controls, DEL, bidi and zero-width signs, line separators.
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


class Output:
    """Where a command puts its data, knowing how wide, how coloured and whether as JSON."""

    def __init__(self, *, json: bool = False, color: str = "auto", stream: TextIO | None = None) -> None:
        self.stream = stream if stream is not None else sys.stdout
        self.json = json
        self.color = takes_colour(self.stream, color)
        self.width = width_of(self.stream)

    @property
    def terminal(self) -> bool:
        """Whether a person looks at it."""
        return is_terminal(self.stream)

    @property
    def height(self) -> int | None:
        """The screen's rows, None without a screen."""
        return height_of(self.stream)

    def data(self, value: Any) -> None:
        """Print ``value`` as JSON, indented."""
        self._write_json(value, indent=2)

    def data_line(self, value: Any) -> None:
        """Print ``value`` as one line of JSON, for what flows."""
        self._write_json(value, indent=0)

    def line(self, *pieces: Piece, fit: bool = False) -> None:
        """Print one line of pieces; with ``fit`` it is cut at the terminal's edge."""
        self.lines([[safe(piece(p)) for p in pieces]], fit=fit)

    def sentence(self, *pieces: Piece, hang: int) -> None:
        """Print what must be read to its end: folded at the terminal's edge, ``hang`` columns in from the second line."""
        line = [safe(piece(p)) for p in pieces]
        self.lines(fold(line, self.width, hang) if self.width else [line])

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Piece]]) -> None:
        """Print a heading and one line a row; nothing where there is no row."""
        if rows:
            cleaned = [[safe(piece(value)) for value in row] for row in rows]
            self.lines(lay_out(columns, cleaned, self.width))

    def fields(self, rows: Sequence[tuple[str, Piece]]) -> None:
        """Print names and values below each other, the values aligned."""
        wide = max(cells(name) for name, _value in rows)
        for name, value in rows:
            self.line((name + " " * (wide - cells(name) + 2), "dim"), value)

    def lines(self, lines: Iterable[Line], *, fit: bool = False) -> None:
        """Print lines whose texts are safe already."""
        for line in lines:
            pieces = _cut_line(line, self.width) if fit and self.width else line
            self.text("".join(paint(t, style) if self.color else t for t, style in pieces).rstrip(" ") + "\n")

    def text(self, text: str) -> None:
        """Write as it is; only for text that was made here or made safe."""
        if self.stream is not None:
            with read_by_somebody():
                self.stream.write(fits_encoding(text, self.stream))

    def raw(self, body: bytes) -> None:
        """Write bytes as they are, for a payload that a program reads."""
        self.flush()
        buffer = getattr(self.stream, "buffer", None)
        if buffer is not None:
            with read_by_somebody():
                buffer.write(body)
        else:
            self.text(body.decode("utf-8", "replace"))

    def flush(self) -> None:
        """Hand everything to the reader now."""
        if self.stream is not None:
            with read_by_somebody():
                self.stream.flush()

    def _write_json(self, value: Any, *, indent: int) -> None:
        import msgspec

        # What the core says to people are Phrases, which are texts all the same.
        encoded = msgspec.json.encode(value, enc_hook=str)
        text = (msgspec.json.format(encoded, indent=indent) if indent else encoded).decode()
        self.raw((_UNSAFE_IN_JSON.sub(_escape, text) + "\n").encode())


def safe(value: tuple[str, str]) -> tuple[str, str]:
    """Make a text harmless for a terminal; its style stays."""
    text, style = value
    if text.isascii() and text.isprintable():
        return value
    from poller_core.display import display_safe

    return display_safe(text), style


def _cut_line(line: Line, width: int) -> Line:
    kept: Line = []
    for text, style in line:
        if cells(text) > width:
            kept.append((cut(text, width), style))
            break
        kept.append((text, style))
        width -= cells(text)
    return kept
