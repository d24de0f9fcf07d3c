"""The language of the screens: one translator for the whole program, because it has one reader.

What stands in the source is English and, where Spanish is asked for, a template of the Spanish catalogue.
"""

from __future__ import annotations

from odoo_poller_tui.spanish import SPANISH
from poller_core.i18n import Language, Translator, translator

_said: list[Translator] = [translator("en")]


def use_language(language: Language) -> None:
    """Show everything from now on in this language."""
    _said[0] = translator(language, SPANISH)


def language() -> Language:
    """The language that is shown now."""
    return _said[0].language


def _(text: str, /, **values: object) -> str:
    """A template with its values, or a phrase that came up from the core, in the language shown now."""
    return _said[0](text, **values)


def plural(count: int, one: str, many: str, /, **values: object) -> str:
    """``one`` or ``many``, with ``{n}`` as the grouped count."""
    return _(one if count == 1 else many, n=number(count), **values)


def number(value: int) -> str:
    """A count with its thousands grouped: 12,345 or 12.345."""
    text = f"{value:,}"
    return text.replace(",", ".") if language() == "es" else text


def explain(error: BaseException) -> str:
    """An error's one line."""
    return _said[0].error(error)
