"""Spanish is complete, and the screens say it."""

from __future__ import annotations

import re

import pytest

from odoo_poller_tui.i18n import use_language
from odoo_poller_tui.spanish import SPANISH
from tui.driving import press, running, screen_text
from tui.spoken import texts

pytestmark = pytest.mark.anyio


def test_every_text_has_a_spanish_one_and_none_is_left_over() -> None:
    assert texts() - SPANISH.keys() == set()
    assert SPANISH.keys() - texts() == set()


def test_translations_take_the_same_values() -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    assert [english for english, spanish in SPANISH.items() if names(english) != names(spanish)] == []


async def test_the_screens_speak_spanish_with_their_keys_and_numbers() -> None:
    use_language("es")
    async with running() as pilot:
        text = screen_text(pilot)
        assert "EN MARCHA" in text
        assert "12 conexiones · hoy 1.300" in text
        assert "n Nueva e Editar p Pausar" in text
        await press(pilot, "2")
        assert "Cola de reintentos" in screen_text(pilot)
        await press(pilot, "question_mark")
        assert "Esta pantalla" in screen_text(pilot)
