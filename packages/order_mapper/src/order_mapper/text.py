"""Text is passed on as Odoo has it, all of Unicode, except for what breaks those who read it.

NUL and the other C0 controls are dropped, tab and line ends stay: they mean nothing in a name or a note, and cut texts
short in databases and terminals. An unpaired surrogate can't be written as UTF-8 at all; U+FFFD takes its place.
"""

import re

__all__ = ["clean_text"]

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def clean_text(text: str) -> str | None:
    """`text` without C0 controls (tab, LF and CR stay); null where nothing or only white space is left."""
    if (
        not text.isprintable()
    ):  # a cheap test that most texts pass: all of the below, and line ends, are unprintable
        text = _UNFIT.sub(_fit, text)
    return None if not text or text.isspace() else text


def _fit(unfit: re.Match[str]) -> str:
    return "" if unfit[0] < " " else "\ufffd"
