"""Spanish is complete, and the screens say it."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len
from textual.widgets._footer import FooterKey

from odoo_poller_tui.i18n import _, use_language
from odoo_poller_tui.spanish import SPANISH
from odoo_poller_tui.widgets import tables
from odoo_poller_tui.widgets.card import NAME_WIDTH, Card
from poller_core.i18n import Language
from tui.driving import press, running, screen_text, settle
from tui.spoken import texts

pytestmark = pytest.mark.anyio


def test_every_text_has_a_spanish_one_and_none_is_left_over() -> None:
    assert texts() - SPANISH.keys() == set()
    assert SPANISH.keys() - texts() == set()


def test_translations_take_the_same_values() -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    assert [english for english, spanish in SPANISH.items() if names(english) != names(spanish)] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_column_is_never_narrower_than_its_title(language: Language) -> None:
    use_language(language)
    lists = (
        tables.connections(lambda: True),
        tables.endpoints(),
        tables.activity(None),
        tables.sync_log(None),
        tables.retries(None),
        tables.orders(None),
    )
    titles = [(_(column.title), column.width) for columns in lists for column in columns]
    assert [title for title, width in titles if len(title) > width] == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "keys", [(), ("enter",), ("2",), ("3",), ("3", "enter"), ("4",), ("n",), ("d",), ("2", "v")]
)
async def test_on_a_narrow_terminal_help_or_the_way_out_is_never_cut_off(
    language: Language, keys: tuple[str, ...]
) -> None:
    use_language(language)
    async with running(size=(80, 24)) as pilot:
        await press(pilot, *keys)
        last_line = screen_text(pilot).split("\n")[-1]
        word = (
            _("Keys")
            if pilot.app.screen.query("TopBar")
            else pilot.app.screen.query_one(".-kept").description
        )
        assert last_line.endswith(word)
        shown = [key for key in pilot.app.screen.query(FooterKey) if key.display]
        assert [
            key.description for key in shown if f"{key.key_display} {key.description}" not in last_line
        ] == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("keys", [("enter",), ("3", "enter"), ("3", "f", "f", "f", "f", "enter")])
async def test_between_a_fact_and_its_name_there_is_always_a_space(
    language: Language, keys: tuple[str, ...]
) -> None:
    use_language(language)
    async with running(size=(200, 60)) as pilot:
        await press(pilot, *keys)
        names = [name for card in pilot.app.screen.query(Card) for name, _value in card._facts]
        assert names
        assert [name for name in names if cell_len(name) >= NAME_WIDTH] == []


async def test_a_terminal_that_is_made_wider_shows_more_keys() -> None:
    async with running(size=(80, 24)) as pilot:
        assert "q Quit" not in screen_text(pilot).split("\n")[-1]
        await pilot.resize_terminal(120, 24)
        await settle(pilot)
        assert "q Quit" in screen_text(pilot).split("\n")[-1]
        await pilot.resize_terminal(40, 24)
        await settle(pilot)
        assert " ".join(screen_text(pilot).split("\n")[-1].split()) == "n New e Edit p Pause t Test ? Keys"


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
