"""What a stream can show: its width, whether it takes colour, whether it knows signs beyond ASCII."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

STYLES = {"good": "32", "bad": "31", "warn": "33", "accent": "36", "dim": "2", "bold": "1"}

# What stands for a sign where the stream's encoding lacks it.
ASCII = str.maketrans(
    {"●": "*", "○": "o", "◐": "~", "▲": "!", "✓": "+", "✗": "x", "…": "~", "→": ">", "·": "-", "─": "-",
     "█": "#", "░": ".", "↻": "~", "—": "-", "│": "|", "«": '"', "»": '"', "–": "-", "’": "'"}
)  # fmt: skip


def takes_colour(stream: TextIO | None, choice: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Decide by ``--color``, then ``NO_COLOR`` and ``TERM=dumb``, then whether it is a terminal."""
    if choice != "auto" or stream is None:
        return choice == "always"
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb" and is_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at (or types into) this stream."""
    return stream is not None and not stream.closed and stream.isatty()


def width_of(stream: TextIO | None) -> int | None:
    """Return the columns there are; None where lines may be as long as they like (a pipe, a file)."""
    if os.environ.get("COLUMNS", "").isdigit() or is_terminal(stream):
        return max(20, screen()[0])
    return None


def height_of(stream: TextIO | None) -> int | None:
    """Return the rows of the screen; None where there is no screen."""
    return screen()[1] if is_terminal(stream) else None


def screen() -> tuple[int, int]:
    """Return the columns and rows: COLUMNS and LINES, else the terminal's own, else 80 × 24.

    As ``shutil.get_terminal_size`` does, which brings along all of Python's compression to say so.
    """
    try:
        real = os.get_terminal_size(sys.__stdout__.fileno()) if sys.__stdout__ else os.terminal_size((80, 24))
    except (OSError, ValueError):
        real = os.terminal_size((80, 24))
    columns, rows = os.environ.get("COLUMNS", ""), os.environ.get("LINES", "")
    return (
        int(columns) if columns.isdigit() and int(columns) else real.columns or 80,
        int(rows) if rows.isdigit() and int(rows) else real.lines or 24,
    )


def fits_encoding(text: str, stream: TextIO) -> str:
    """Return ``text`` in signs that the stream's encoding has."""
    encoding = stream.encoding or "ascii"
    if encoding.lower().replace("-", "") == "utf8":
        return (
            text.encode("utf-8", "replace").decode() if any("\ud800" <= c <= "\udfff" for c in text) else text
        )
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(ASCII).encode(encoding, "replace").decode(encoding)
    return text


class ReaderGone(Exception):
    """The reader of a pipe went away, as ``| head`` does. Not an OSError, which click would take for a failure."""


@contextmanager
def read_by_somebody() -> Iterator[None]:
    """Turn a broken pipe into `ReaderGone`."""
    try:
        yield
    except BrokenPipeError:
        raise ReaderGone from None


def print_page(text: str) -> None:
    """Write a text of our own to stdout at once."""
    if sys.stdout is not None:
        with read_by_somebody():
            sys.stdout.write(fits_encoding(text, sys.stdout) + "\n")
            sys.stdout.flush()


def paint(text: str, style: str) -> str:
    """Wrap ``text`` in the escape codes of one or more styles ("bad", "bold dim"); "" paints nothing."""
    codes = ";".join(STYLES[name] for name in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def cells(text: str) -> int:
    """Count the columns that ``text`` takes: two for wide East Asian signs and emoji, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_cell(char) for char in text)


def _cell(char: str) -> int:
    import unicodedata

    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """Shorten ``text`` to at most ``width`` columns, the last of them "…" where something was left out."""
    if cells(text) <= width:
        return text
    return beginning(text, width - 1) + "…" if width > 0 else ""


def beginning(text: str, width: int) -> str:
    """Return as much of ``text`` as takes at most ``width`` columns."""
    used = 0
    for place, char in enumerate(text):
        used += _cell(char)
        if used > width:
            return text[:place]
    return text
