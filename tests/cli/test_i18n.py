from __future__ import annotations

import re

import pytest

from cli.texts import all_texts
from odoo_poller.i18n import _, language_of, number, plural
from odoo_poller.spanish import CATALOGUE
from poller_core.i18n import Phrase
from poller_core.spanish import CORE

PLACE = re.compile(r"\{(\w+)\}")


def test_everything_that_a_person_reads_is_there_in_spanish() -> None:
    assert sorted(text for text in all_texts() if text not in CATALOGUE and text not in CORE) == []


def test_nothing_is_translated_that_nobody_says() -> None:
    assert sorted(set(CATALOGUE) - all_texts()) == []


@pytest.mark.parametrize("text", sorted(CATALOGUE))
def test_a_translation_has_the_same_places(text: str) -> None:
    assert sorted(set(PLACE.findall(CATALOGUE[text]))) == sorted(set(PLACE.findall(text)))


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "es_CL.UTF-8"}, "es"),
        ({"LANG": "es"}, "es"),
        ({"LANG": "est_EE"}, "en"),
        ({"LANG": "es_CL.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US", "POLLER_LANG": "es"}, "es"),
        ({"LANG": "es_CL", "POLLER_LANG": "en"}, "en"),
        ({"LANG": "es_CL", "POLLER_LANG": ""}, "es"),
    ],
)
def test_the_variable_decides_before_the_locale(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


def test_a_count_takes_its_form_and_its_thousands(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plural(1, "1 failed", "{n} failed") == "1 failed"
    assert plural(1234, "1 failed", "{n} failed") == "1,234 failed"
    monkeypatch.setenv("POLLER_LANG", "es")
    assert plural(1, "1 failed", "{n} failed") == "1 fallida"
    assert plural(1234, "1 failed", "{n} failed") == "1.234 fallidas"
    assert number(1_000_000) == "1.000.000"


def test_what_the_core_says_is_said_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    phrase = Phrase("must be a whole number from {low} to {high}", low=1, high=9)
    assert _(phrase) == "must be a whole number from 1 to 9"
    monkeypatch.setenv("POLLER_LANG", "es")
    assert _(phrase) == CORE[phrase.template].format(low=1, high=9)


def test_braces_in_a_name_are_no_places(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _("{name} is missing", name="{x}") == "{x} is missing"
    assert _("{whatever} braces") == "{whatever} braces"
    monkeypatch.setenv("POLLER_LANG", "es")
    assert _("{whatever} braces") == "{whatever} braces"
