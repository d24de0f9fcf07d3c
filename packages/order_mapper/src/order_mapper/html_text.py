"""The order note of Odoo 15+ is HTML; a picker reads plain text.

This is a scanner of its own and not `html.parser`, for two reasons that both matter here. What `html.parser` makes of
broken markup has changed in patch releases of every Python, and the same note must give the same bytes on all of them.
And it takes quadratic time on hostile notes (60 kB of `<a x='` keep Python 3.11 busy for ten seconds), which would
stop every other tenant's orders. Entities are decoded by the standard library's `html.unescape`.
"""

import re
from html import unescape

__all__ = ["plain_text"]

_TAG = re.compile(
    r"<(/?)([a-z][^\s/>]*+)(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+>", re.IGNORECASE | re.ASCII
)
"""A whole tag. A quoted value may hold `>`; every quantifier is possessive, so one attempt takes linear time."""

_TAG_START = re.compile(r"</?[a-zA-Z]")

_ENDLESS_NUMBER = re.compile(r"&#[0-9]{1000,};?")
"""No character has such a number, and `int` refuses to read thousands of digits."""

_SKIPPED = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "template", "title")
}
"""Elements that go with all their content, and how to find their end."""

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer form h1"
        " h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul",
    )
)
"""Elements that begin and end a line of their own."""

_SPACE = " \t\n\r\f"


def plain_text(html: str) -> str:
    """`html` as a person would read it: one line for each block and `<br>`, entities decoded, tags gone.

    Scripts, styles and comments go whole. Line ends inside a text stay, because Odoo itself writes plain notes into
    `<p>` like that. White space around line ends and at both ends of the text goes. Takes linear time.
    """
    lines = _Lines()
    position = 0
    while (start := html.find("<", position)) >= 0:
        lines.add(html[position:start])
        position = _markup(html, start, lines)
    lines.add(html[position:])
    return lines.joined()


def _markup(html: str, start: int, lines: "_Lines") -> int:
    """Take in the markup that begins at `start`; where the text goes on."""
    tag = _TAG.match(html, start)
    if tag is not None:
        return _tag(html, tag, lines)
    if _TAG_START.match(html, start):
        lines.add(html[start:])  # no `>` up to the end, so nothing behind here is a tag either
        return len(html)
    if html.startswith("<!--", start):
        return _behind(html, "-->", start + 2)
    if html.startswith(("<!", "<?", "</"), start):
        return _behind(html, ">", start + 1)
    lines.add("<")
    return start + 1


def _tag(html: str, tag: re.Match[str], lines: "_Lines") -> int:
    name = tag[2].lower()
    if name == "br":
        lines.line_end()
    elif name in _BLOCKS:
        lines.block()
    elif name in {"td", "th"} and not tag[1]:
        lines.cell()
    elif name in _SKIPPED and not tag[1] and not tag[0].endswith("/>"):
        end = _SKIPPED[name].search(html, tag.end())
        return end.start() if end else len(html)
    return tag.end()


def _behind(html: str, mark: str, position: int) -> int:
    found = html.find(mark, position)
    return found + len(mark) if found >= 0 else len(html)


class _Lines:
    """Pieces of text and the line ends between them."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._in_line = False  # whether the current line holds anything yet

    def add(self, escaped: str) -> None:
        text = unescape(_ENDLESS_NUMBER.sub("\ufffd", escaped)) if "&" in escaped else escaped
        if not self._in_line:
            text = text.lstrip(_SPACE)
        if text:
            self._pieces.append(text)
            self._in_line = True

    def cell(self) -> None:
        if self._in_line:
            self._pieces.append("\t")

    def block(self) -> None:
        if self._in_line:
            self.line_end()

    def line_end(self) -> None:
        if self._in_line:
            self._pieces[-1] = self._pieces[-1].rstrip(_SPACE)
        self._pieces.append("\n")
        self._in_line = False

    def joined(self) -> str:
        text = "".join(self._pieces).strip(_SPACE)
        return "\n".join(line.rstrip(" \t\r\f") for line in text.split("\n"))
