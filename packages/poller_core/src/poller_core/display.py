"""Foreign text made safe to show: order numbers, customers' names and server answers may hold anything at all.

An escape sequence could retitle the terminal, write its clipboard or hide a line; a right-to-left override turns
``exe.gpj`` round; zero-width characters make two different names look alike. Each such character becomes a visible
escape. For JSON output and webhooks nothing of this applies: there the text stays as it is.
"""

from __future__ import annotations

import re

# str.isprintable() is false for control, format (bidi, zero-width), surrogate, private and unassigned characters. These
# pass it and yet draw nothing: joiners, Hangul and Khmer fillers, Mongolian selectors, the blank Braille pattern.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]")
# More marks than any script stacks: they would run over the lines above and below.
_MARK = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED = re.compile(f"({_MARK}{{4}}){_MARK}+")
_SPACES = frozenset(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ELLIPSIS = "…"


def display_safe(text: str, limit: int | None = None) -> str:
    """``text`` as one printable line, at most ``limit`` characters long (the last one ``…`` where something is cut).

    Line ends and tabs become ``\\n``, ``\\r`` and ``\\t``, other unprintable characters ``\\x1b``, ``\\u202e`` or ``\\U000e0041``;
    unusual spaces become plain ones. The result is safe for a terminal, not for markup: show it as plain text.
    """
    cut = limit is not None and len(text) > limit
    if cut:
        text = text[:limit]
    if not (text.isprintable() and (text.isascii() or not _hostile(text))):
        text = _STACKED.sub(r"\1", "".join(map(_visible, text)))
    if limit is None or (len(text) <= limit and not cut):
        return text
    return text[: limit - 1] + _ELLIPSIS if limit > 0 else ""


def _hostile(text: str) -> bool:
    return _BLANK.search(text) is not None or _STACKED.search(text) is not None


def _visible(char: str) -> str:
    if char.isprintable() and not _BLANK.match(char):
        return char
    if char in _SPACES:
        return " "
    return _NAMED.get(char) or _escaped(ord(char))


def _escaped(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


__all__ = ["display_safe"]
