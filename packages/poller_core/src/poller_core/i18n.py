"""English and Spanish: every text is written in English where it arises and said in the reader's language at the edge.

The core raises errors and gives reasons without knowing who reads them, so it makes them as `Phrase`s: English
strings that remember the template and values they came from. The command line and the screens own a `Translator`
and hand it either a template of their own (``_("{n} orders", n=3)``) or a Phrase that came up from below.
A catalogue is a plain dict from English template to Spanish one; where an entry is missing, the English stands. What `odoo_rpc`
said, and lies in the database as it was said, is no Phrase: the sentences known in it are said in Spanish where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "es"]


class Phrase(str):
    """A finished English text that can be said again in another language.

    ``Phrase("at most {limit} characters", limit=100) == "at most 100 characters"``. Without values the template is
    taken as it stands, braces included.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Phrase:
        """Fill ``template`` in; a value that is a Phrase itself is translated along with it."""
        phrase = super().__new__(cls, _filled(template, values))
        phrase.template = template
        phrase.values = values
        return phrase


class Translator:
    """Says templates, Phrases and errors in one language. Never raises: at worst the English text is shown."""

    def __init__(self, language: Language, catalogue: Mapping[str, str]) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, text: str, /, **values: object) -> str:
        """The translation of a template with its values, or of a Phrase (whose own values count)."""
        if isinstance(text, Phrase):
            values = {**text.values}
            text = text.template
        elif not values and text not in self._catalogue:
            return self._within(text)
        said = {name: self(value) if isinstance(value, Phrase) else value for name, value in values.items()}
        try:
            return _filled(self._catalogue.get(text, text), said)
        except (KeyError, IndexError, ValueError):
            return _filled(text, said)

    def _within(self, text: str) -> str:
        if self.language == "es":
            for pattern, spanish in _sentences():
                text = pattern.sub(lambda found, said=spanish: said.format(*found.groups()), text)  # type: ignore[misc]
        return text

    def count(self, number: int, one: str, many: str, /, **values: object) -> str:
        """``one`` for exactly 1, ``many`` otherwise (as both languages have it); ``{n}`` is the number."""
        return self(one if number == 1 else many, n=number, **values)

    def error(self, error: BaseException) -> str:
        """An error's message: translated where it was raised with a Phrase, as it is elsewhere."""
        first = error.args[0] if error.args else None
        return self(first) if isinstance(first, Phrase) else str(error)


def translator(language: Language, catalogue: Mapping[str, str] | None = None) -> Translator:
    """The translator for ``language``; ``catalogue`` holds an application's Spanish texts, beside the core's own."""
    if language == "en":
        return Translator("en", {})
    from poller_core.spanish import CORE

    return Translator("es", {**CORE, **(catalogue or {})})


@cache
def _sentences() -> list[tuple[re.Pattern[str], str]]:
    """What may stand within a text, longest first, and its Spanish; ``{0}`` is whatever stands there."""
    from poller_core.spanish import WITHIN

    return [
        (re.compile(re.escape(english).replace(r"\{0\}", r"(\S+)")), spanish)
        for english, spanish in sorted(WITHIN.items(), key=lambda entry: -len(entry[0]))
    ]


def _filled(template: str, values: Mapping[str, object]) -> str:
    return template.format_map(values) if values else template


__all__ = ["Language", "Phrase", "Translator", "translator"]
