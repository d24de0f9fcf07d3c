"""What a person reads, in the person's language: English in the code, Spanish from the catalogues.

``POLLER_LANG`` decides, else the locale (``LC_ALL``, ``LC_MESSAGES``, ``LANG``). A text without a translation stays
English, and a test counts those. JSON, logs, states and event names are never translated.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poller_core.i18n import Language, Translator


def language_of(environ: Mapping[str, str]) -> Language:
    """Return ``"es"`` or ``"en"`` as the environment asks for it."""
    for name in ("POLLER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            return (
                "es"
                if value.lower() == "es" or value.lower().startswith(("es_", "es-", "es.", "es@"))
                else "en"
            )
    return "en"


@cache
def _translator(language: Language) -> Translator:
    from odoo_poller.spanish import CATALOGUE
    from poller_core.i18n import translator

    return translator(language, CATALOGUE)


def _(text: str, /, **values: object) -> str:
    """Translate an English ``text`` (or what the core said as a Phrase) and fill its ``{places}``."""
    language = language_of(os.environ)
    if language == "en":  # as it stands: what the core says as a Phrase is English too
        return text.format_map(values) if values else text
    return _translator(language)(text, **values)


def error_text(error: BaseException) -> str:
    """Return an error's message in the reader's language."""
    return _translator(language_of(os.environ)).error(error)


def plural(count: int, one: str, many: str, /, **values: object) -> str:
    """Translate with the form that fits ``count``, which fills ``{n}`` with its thousands apart."""
    return _(one if count == 1 else many, n=number(count), **values)


def number(value: int) -> str:
    """Write a count with its thousands apart, as the language does: 12,345 or 12.345."""
    text = f"{value:,}"
    return text.replace(",", ".") if language_of(os.environ) == "es" else text
