"""Other people's text made fit for one line of ours: errors quote servers, and servers may send anything."""

from __future__ import annotations

import re

LIMIT = 200
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_MODEL = re.compile(r"\(([a-z][a-z0-9_]{0,40}(?:\.[a-z0-9_]{1,40}){1,6})\)")
_SCAN = 4096
_MASK = "***"


def one_line(text: str, *, hide: tuple[str, ...] = (), limit: int = LIMIT) -> str:
    """The first line of `text` that says anything: printable, single-spaced, at most `limit` characters.

    Every occurrence of a string in `hide` becomes `***` before anything is cut, so no part of it survives.
    """
    for secret in filter(None, hide):
        text = text.replace(secret, _MASK)
    for line in text[:_SCAN].splitlines():
        printable = "".join(char if char.isprintable() else " " for char in line)
        words = " ".join(printable.split())
        if words:
            return words if len(words) <= limit else words[: limit - 1] + "…"
    return ""


def page_title(body: bytes) -> str:
    """What an HTML page calls itself, `""` where it has no title. The rest of a page may echo the request."""
    found = _TITLE.search(body[:_SCAN].decode("utf-8", "replace"))
    return one_line(found.group(1), limit=80) if found else ""


def model_named(message: str) -> str:
    """The first model that Odoo's message names in parentheses, `""` for none.

    From 19 on the first line of an access error is a joke, and which rights are missing stands further down. Models'
    names are the same in every language; the rest of those lines names records.
    """
    found = _MODEL.search(message[:_SCAN])
    return found.group(1) if found else ""
