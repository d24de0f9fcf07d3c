"""Every action of the specification's TUI section, done with keys over the fake backend."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec
import pytest
from textual.command import CommandList

from odoo_poller_tui.backend import TestStep
from odoo_poller_tui.screens.connection import ConnectionScreen
from odoo_poller_tui.screens.order import OrderScreen
from odoo_poller_tui.screens.payload import JsonView, PayloadScreen
from odoo_poller_tui.widgets.line import Line
from odoo_poller_tui.widgets.table import Table
from odoo_poller_tui.widgets.top_bar import Place
from poller_core.errors import PollerError
from tui.driving import notices, press, running, screen_text, settle, shown, write
from tui.fake_backend import SECRET, FakeBackend
from tui.rows import NOW, STOCKMASTER, connection, status

pytestmark = pytest.mark.anyio

ACTIONS = {
    "dashboard: state, last sync, sent today, retries, errors": "test_the_dashboard_puts_what_needs_attention_first",
    "dashboard: attention first": "test_the_dashboard_puts_what_needs_attention_first",
    "dashboard: recent activity leads to its order": "test_the_timeline_opens_from_an_activity",
    "create a connection": "test_a_connection_is_created_with_the_generated_secret_and_the_default_url",
    "each field judged as it is typed": "test_a_field_is_judged_as_it_is_typed",
    "edit a connection": "test_editing_stores_only_what_changed_and_never_shows_a_secret",
    "delete with confirmation": "test_a_connection_is_deleted_only_after_it_was_confirmed",
    "test a stored connection": "test_a_test_shows_each_step_as_it_ends",
    "test an unsaved connection": "test_what_is_typed_is_tested_before_it_is_saved",
    "test an unsaved change": "test_a_change_is_tested_before_it_is_saved",
    "live steps": "test_a_step_is_shown_while_the_next_is_under_way_and_the_screen_answers",
    "pause and resume with one key": "test_one_key_pauses_and_the_same_key_resumes",
    "logs by connection": "test_logs_of_one_connection_and_of_all",
    "retries by connection and state": "test_retries_are_filtered_by_connection_and_status",
    "retry now": "test_retry_now_takes_the_row_or_all_that_are_marked",
    "discard": "test_discard_asks_for_a_reason_and_takes_no_empty_one",
    "view and copy the payload": "test_the_payload_is_shown_indented_and_copied_whole",
    "search by number or customer reference": "test_an_order_is_found_by_its_number_and_its_reference",
    "timeline from any order": "test_the_timeline_opens_from_wherever_an_order_is_shown",
    "start and stop the poller": "test_the_poller_is_stopped_after_a_confirmation_and_started_in_a_chosen_place",
    "start the poller in this window, from the screens": "test_the_poller_starts_in_this_window_and_quitting_asks",
    "poll now": "test_poll_now_tells_what_came_of_it",
    "mouse": "test_a_click_moves_the_cursor_and_a_second_one_opens",
    "palette": "test_places_are_reached_by_click_and_the_palette_knows_connections",
    "key help, light and dark": "test_the_theme_changes_and_the_keys_are_listed",
}
"""What the specification's section on the screens asks for, and the test that does it. The real poller is in test_core."""


def test_every_action_of_the_specification_has_its_test() -> None:
    assert {name for name in ACTIONS.values() if not callable(globals().get(name))} == set()


async def test_the_dashboard_puts_what_needs_attention_first() -> None:
    async with running() as pilot:
        names = [row.connection.name for row in pilot.app.screen.query_one("#connections", Table).rows]
        assert names[:3] == ["Perfumería Ñuñoa SpA", "Bodega Sur", "Café Altura"]
        assert names[-1] == "Empresa X"
        text = screen_text(pilot)
        assert "RUNNING pid 4321" in text
        assert "12 connections · sent today 1,300 · waiting 16 · failed 1" in text


async def test_a_change_of_the_database_is_drawn_and_the_cursor_stays_on_its_connection() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        table = pilot.app.screen.query_one("#connections", Table)
        await press(pilot, "down", "down")
        assert table.current.connection.name == "Café Altura"
        fake.statuses = [s for s in fake.statuses if s.connection.name != "Bodega Sur"]
        fake.changed()
        await pilot.app.look()
        await settle(pilot)
        assert table.current.connection.name == "Café Altura"
        assert table.cursor == 1


async def test_without_a_change_nothing_is_fetched_again() -> None:
    async with running() as pilot:
        await pilot.app.look()
        await settle(pilot)
        loads = pilot.app.screen.loads
        await pilot.app.look()
        await settle(pilot)
        assert pilot.app.screen.loads == loads


async def test_a_connection_is_created_with_the_generated_secret_and_the_default_url() -> None:
    fake = FakeBackend()
    fake.left_out_count = 2314
    async with running(fake) as pilot:
        await press(pilot, "n")
        form = pilot.app.screen
        assert form.query_one("#webhook_url", Line).value == STOCKMASTER
        assert form.query_one("#webhook_secret", Line).value == SECRET
        assert form.query_one("#api_key", Line).password
        assert form.query_one("#polling_interval_seconds", Line).value == "60"
        for name, text in {
            "name": "Nueva",
            "odoo_url": "https://nueva.odoo.com",
            "odoo_db": "nueva",
            "odoo_username": "bot",
            "api_key": "k3y",
            "store_id": "s1",
            "client_id": "c1",
        }.items():
            form.query_one(f"#{name}", Line).value = text
        await press(pilot, "ctrl+s")
        await settle(pilot)
        kind, values = fake.calls[0]
        assert kind == "add"
        assert values["name"] == "Nueva"
        assert values["api_key"] == "k3y"
        assert values["webhook_secret"] == SECRET
        assert "Saved" in notices(pilot)
        assert any("2,314 confirmed orders lie before its start" in notice for notice in notices(pilot))


async def test_a_field_is_judged_as_it_is_typed() -> None:
    async with running() as pilot:
        await press(pilot, "n", "tab")
        await write(pilot, "http")
        assert "must begin with https://" in screen_text(pilot)
        pilot.app.screen.query_one("#odoo_url", Line).value = "https://a.odoo.com"
        await settle(pilot)
        assert "must begin with https://" not in screen_text(pilot)


async def test_a_form_with_a_wrong_field_is_not_stored_and_leads_there() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "n", "ctrl+s")
        assert fake.calls == []
        assert pilot.app.focused is pilot.app.screen.query_one("#name")


async def test_editing_stores_only_what_changed_and_never_shows_a_secret() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "e")
        form = pilot.app.screen
        assert form.query_one("#name", Line).value == "Perfumería Ñuñoa SpA"
        assert form.query_one("#api_key", Line).value == ""
        assert form.query_one("#webhook_secret", Line).value == ""
        form.query_one("#store_id", Line).value = "otra"
        await press(pilot, "ctrl+s")
        assert fake.calls == [("edit", fake.statuses[3].connection.id, {"store_id": "otra"})]


async def test_a_new_address_asks_for_its_key_again_at_that_field() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "e")
        pilot.app.screen.query_one("#odoo_url", Line).value = "https://elsewhere.odoo.com"
        await press(pilot, "ctrl+s")
        await settle(pilot)
        assert "give the API key again" in screen_text(pilot)
        assert pilot.app.focused is pilot.app.screen.query_one("#api_key")


async def test_leaving_a_form_asks_only_where_something_was_typed() -> None:
    async with running() as pilot:
        await press(pilot, "n", "escape")
        assert pilot.app.screen.query("#connections")
        await press(pilot, "n", "a", "escape")
        assert "What you typed is not saved" in screen_text(pilot)


async def test_a_new_secret_is_generated_and_secrets_are_revealed_on_demand() -> None:
    async with running() as pilot:
        await press(pilot, "e", "ctrl+g")
        secret = pilot.app.screen.query_one("#webhook_secret", Line)
        assert secret.value == SECRET
        assert SECRET not in screen_text(pilot)
        await press(pilot, "f2")
        assert SECRET in screen_text(pilot)


async def test_a_connection_is_deleted_only_after_it_was_confirmed() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "down", "d", "enter")
        assert fake.calls == []
        await press(pilot, "d", "right", "enter")
        assert fake.calls == [("remove", "c0005a1b2c3d4e5f", True)]
        assert "Bodega Sur is deleted" in notices(pilot)


async def test_one_key_pauses_and_the_same_key_resumes() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "p")
        await settle(pilot)
        table = pilot.app.screen.query_one("#connections", Table)
        table.go_to("c0004a1b2c3d4e5f")
        await press(pilot, "p")
        assert fake.calls == [("pause", "c0004a1b2c3d4e5f"), ("resume", "c0004a1b2c3d4e5f")]


async def test_a_test_shows_each_step_as_it_ends() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "t")
        await settle(pilot)
        text = screen_text(pilot)
        assert fake.calls == [("test", "c0004a1b2c3d4e5f")]
        assert "✓ Log in to Odoo" in text
        assert "✗ Test ping to the webhook" in text
        assert "Not everything works" in text
        await press(pilot, "escape")
        assert pilot.app.screen.query("#connections")


async def test_a_step_is_shown_while_the_next_is_under_way_and_the_screen_answers() -> None:
    class Slow(FakeBackend):
        def test(self, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
            on_step(self.steps[0])
            assert go_on.wait(30)
            on_step(self.steps[1])

    go_on = threading.Event()
    async with running(Slow()) as pilot:
        await pilot.press("t")
        while "✓ Address" not in (text := screen_text(pilot)):
            await pilot.pause()
        assert "Encryption" not in text
        assert "under way…" in text
        await pilot.press("escape", "down")
        await pilot.pause()
        assert pilot.app.screen.query_one("#connections", Table).cursor == 1
        go_on.set()
        await settle(pilot)
        assert pilot.app.is_running


async def test_what_is_typed_is_tested_before_it_is_saved() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "n", "ctrl+r")
        assert fake.calls == []
        assert pilot.app.focused is pilot.app.screen.query_one("#odoo_url")
        form = pilot.app.screen
        typed = {
            "odoo_url": "https://nueva.odoo.com",
            "odoo_db": "nueva",
            "odoo_username": "bot",
            "api_key": "k3y",
        }
        for name, text in typed.items():
            form.query_one(f"#{name}", Line).value = text
        await press(pilot, "ctrl+r")
        await settle(pilot)
        ((kind, values, connection_id),) = fake.calls
        assert (kind, connection_id) == ("test_draft", "")
        assert values["api_key"] == "k3y"
        assert values["webhook_secret"] == SECRET
        assert "✓ Log in to Odoo" in screen_text(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen is form
        assert form.query_one("#odoo_db", Line).value == "nueva"
        assert len(fake.statuses) == 12


async def test_a_change_is_tested_before_it_is_saved() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "e")
        pilot.app.screen.query_one("#odoo_db", Line).value = "otra"
        await press(pilot, "ctrl+r")
        await settle(pilot)
        ((kind, values, connection_id),) = fake.calls
        assert (kind, values["odoo_db"], values["api_key"], connection_id) == (
            "test_draft",
            "otra",
            "",
            "c0004a1b2c3d4e5f",
        )


async def test_logs_of_one_connection_and_of_all() -> None:
    async with running() as pilot:
        await press(pilot, "l")
        table = pilot.app.screen.query_one("#list", Table)
        assert {row.connection_name for row in table.rows} == {"Perfumería Ñuñoa SpA"}
        assert "Perfumería Ñuñoa SpA" in screen_text(pilot)
        await press(pilot, "c", "ctrl+a")
        assert len({row.connection_name for row in table.rows}) == 12
        await press(pilot, "f")
        assert {row.connection_name for row in table.rows} == {"Perfumería Ñuñoa SpA", "Café Altura"}


async def test_a_long_log_comes_in_pages_as_the_cursor_goes_down() -> None:
    async with running() as pilot:
        await press(pilot, "4")
        table = pilot.app.screen.query_one("#list", Table)
        assert len(table.rows) == 200
        await press(pilot, "end")
        assert len(table.rows) == 400
        await press(pilot, "end", "end")
        assert [row.id for row in table.rows] == list(range(5000, 4400, -1))
        assert "600" in str(table.border_title)


async def test_a_log_that_is_left_open_follows_the_newest_cycle_and_does_not_grow() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "4")
        table = pilot.app.screen.query_one("#list", Table)
        for _round in range(15):
            newest = fake.log[0]
            fake.log = [
                msgspec.structs.replace(newest, id=newest.id + more) for more in range(190, 0, -1)
            ] + fake.log
            fake.changed()
            await pilot.app.look()
            await settle(pilot)
        assert table.current is fake.log[0]
        assert [row.id for row in table.rows] == [row.id for row in fake.log[:2_000]]
        await press(pilot, "down")
        chosen = table.current
        fake.log = [msgspec.structs.replace(fake.log[0], id=fake.log[0].id + 1), *fake.log]
        fake.changed()
        await pilot.app.look()
        await settle(pilot)
        assert table.current == chosen


async def test_an_order_under_the_cursor_never_changes_by_itself() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "2")
        table = pilot.app.screen.query_one("#list", Table)
        chosen = table.current
        fake.retry_rows = [
            msgspec.structs.replace(chosen, id=chosen.id + 1, number="S99999"),
            *fake.retry_rows,
        ]
        fake.changed()
        await pilot.app.look()
        await settle(pilot)
        assert (table.current, table.cursor) == (chosen, 1)


async def test_retries_are_filtered_by_connection_and_status() -> None:
    async with running() as pilot:
        await press(pilot, "2")
        table = pilot.app.screen.query_one("#list", Table)
        assert [row.id for row in table.rows] == [912, 907, 906, 905, 871]
        await press(pilot, "f")
        assert [row.id for row in table.rows] == [912, 907, 906, 905]
        await press(pilot, "f")
        assert [row.id for row in table.rows] == [871]
        await press(pilot, "c")
        await write(pilot, "juste")
        await press(pilot, "enter", "f")
        assert [row.id for row in table.rows] == [640]


async def test_retry_now_takes_the_row_or_all_that_are_marked() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "2", "r")
        await settle(pilot)
        await press(pilot, "space", "space", "r")
        assert fake.calls == [("retry", (912,)), ("retry", (912, 907))]
        assert "2 orders are due now" in notices(pilot)


async def test_discard_asks_for_a_reason_and_takes_no_empty_one() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "2", "x", "enter")
        assert fake.calls == []
        assert "Say why" in screen_text(pilot)
        await write(pilot, "duplicada")
        await press(pilot, "enter")
        assert fake.calls == [("discard", (912,), "duplicada")]
        assert [row.id for row in pilot.app.screen.query_one("#list", Table).rows] == [907, 906, 905, 871]


async def test_the_payload_is_shown_indented_and_copied_whole() -> None:
    async with running() as pilot:
        await press(pilot, "2", "v")
        await settle(pilot)
        assert isinstance(pilot.app.screen, PayloadScreen)
        lines = pilot.app.screen.query_one(JsonView).text.split("\n")
        assert lines[:3] == [
            "{",
            '  "event": "order.confirmed",',
            '  "external_id": "odoo_le-juste-odoo_42",',
        ]
        await press(pilot, "c")
        assert pilot.app.clipboard.startswith('{\n  "event": "order.confirmed"')


async def test_an_erased_payload_is_told() -> None:
    fake = FakeBackend()
    fake.payload = None
    async with running(fake) as pilot:
        await press(pilot, "2", "v")
        await settle(pilot)
        assert notices(pilot) == ["This order has no payload: it was erased, or never built"]


async def test_an_order_is_found_by_its_number_and_its_reference() -> None:
    async with running() as pilot:
        await press(pilot, "3", "slash")
        table = pilot.app.screen.query_one("#list", Table)
        await write(pilot, "S0004")
        assert [row.number for row in table.rows] == ["S00042"]
        await write(pilot, "REF-CLIENTE-001")
        assert [row.number for row in table.rows] == ["S00042"]
        await press(pilot, "enter", "enter")
        assert isinstance(pilot.app.screen, OrderScreen)


@pytest.mark.parametrize("keys", [("2", "enter"), ("3", "enter")])
async def test_the_timeline_opens_from_wherever_an_order_is_shown(keys: tuple[str, ...]) -> None:
    async with running(size=(200, 60)) as pilot:
        await press(pilot, *keys)
        text = screen_text(pilot)
        assert "Order S00042" in text
        assert "captured from Odoo" in text
        assert "attempt 1: the endpoint is in trouble  HTTP 503 · 812 ms · 503 Service Unavailable" in text
        assert "queued again  the receiver is back · by tui" in text


async def test_the_timeline_opens_from_an_activity() -> None:
    async with running() as pilot:
        activity = pilot.app.screen.query_one("#activity", Table)
        activity.focus()
        await press(pilot, "down", "down", "down", "down", "enter")
        assert isinstance(pilot.app.screen, OrderScreen)
        assert "Order S00042" in screen_text(pilot)


async def test_a_rejected_order_says_what_is_wrong_with_it() -> None:
    async with running() as pilot:
        await press(pilot, "3", "f", "f", "f", "f", "enter")
        text = screen_text(pilot)
        assert "! customer.name  the customer has no name" in text
        assert "! items[0].quantity  -2 is below 0" in text


async def test_the_poller_is_stopped_after_a_confirmation_and_started_in_a_chosen_place() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "s", "escape")
        assert fake.calls == []
        await press(pilot, "s", "right", "enter")
        await settle(pilot)
        await pilot.app.look()
        await settle(pilot)
        assert "STOPPED" in screen_text(pilot)
        await press(pilot, "s", "enter")
        assert fake.calls == [("stop",), ("start", "process")]


async def test_the_poller_starts_in_this_window_and_quitting_asks() -> None:
    fake = FakeBackend(is_running=False)
    async with running(fake) as pilot:
        await press(pilot, "s", "right", "enter")
        await settle(pilot)
        await pilot.app.look()
        await settle(pilot)
        assert fake.calls == [("start", "window")]
        assert "RUNNING" in screen_text(pilot)
        await press(pilot, "q", "escape")
        assert fake.calls == [("start", "window")]
        assert pilot.app.is_running


async def test_quitting_with_a_poller_in_this_window_asks_and_stops_it() -> None:
    fake = FakeBackend(owned=True)
    async with running(fake) as pilot:
        await press(pilot, "q")
        assert "The poller runs in this window" in screen_text(pilot)
        await press(pilot, "right", "enter")
        await settle(pilot)
    assert fake.calls == [("stop",)]


async def test_poll_now_tells_what_came_of_it() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        await press(pilot, "g")
        assert fake.calls == [("poll", ("c0004a1b2c3d4e5f",))]
        assert "Perfumería Ñuñoa SpA: 3 orders found, 2 sent" in notices(pilot)


async def test_a_connection_opens_with_its_facts_and_cycles_and_closes_again() -> None:
    async with running(size=(200, 60)) as pilot:
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ConnectionScreen)
        assert "Odoo refuses the API key of poller@example.com" in screen_text(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen.query("#connections")


async def test_search_and_order_of_the_connections() -> None:
    async with running() as pilot:
        table = pilot.app.screen.query_one("#connections", Table)
        await press(pilot, "slash")
        await write(pilot, "maip")
        assert [row.connection.name for row in table.rows] == ["Ferretería Maipú"]
        await press(pilot, "escape", "o")
        assert table.rows[0].connection.name == "Bodega Sur"
        assert "by name" in str(table.border_title)


async def test_a_failed_write_is_told_and_nothing_else_happens() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        fake.failure = PollerError("the disk is full")
        await press(pilot, "p")
        await settle(pilot)
        assert notices(pilot) == ["the disk is full"]


async def test_a_database_that_cannot_be_read_is_said_on_top_until_it_can() -> None:
    fake = FakeBackend()
    async with running(fake) as pilot:
        fake.failure = PollerError("damaged")
        await pilot.app.look()
        await settle(pilot)
        assert "✗ damaged" in screen_text(pilot)
        fake.failure = None
        fake.changed()
        await pilot.app.look()
        await settle(pilot)
        assert "RUNNING" in screen_text(pilot)


async def test_without_connections_the_dashboard_says_how_to_begin() -> None:
    async with running(FakeBackend(statuses=[])) as pilot:
        assert "No connection yet: press n to add a merchant's Odoo" in screen_text(pilot)
        await press(pilot, "e", "d", "p", "t")
        assert pilot.app.screen.query("#connections")


async def test_a_click_moves_the_cursor_and_a_second_one_opens() -> None:
    async with running() as pilot:
        await pilot.click("#connections", offset=(20, 4))
        await settle(pilot)
        assert pilot.app.screen.query_one("#connections", Table).cursor == 2
        await pilot.click("#connections", offset=(20, 4))
        await settle(pilot)
        assert isinstance(pilot.app.screen, ConnectionScreen)


async def test_places_are_reached_by_click_and_the_palette_knows_connections() -> None:
    async with running() as pilot:
        await pilot.click(list(pilot.app.screen.query(Place))[3])
        await settle(pilot)
        assert pilot.app.current_mode == "logs"
        await press(pilot, "1", "ctrl+p")
        await pilot.press(*"juste")
        options = pilot.app.screen.query_one(CommandList)
        while not options.option_count:
            await pilot.pause()
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ConnectionScreen)


async def test_the_theme_changes_and_the_keys_are_listed() -> None:
    async with running() as pilot:
        await press(pilot, "ctrl+t")
        assert pilot.app.theme == "poller-light"
        await press(pilot, "question_mark")
        text = screen_text(pilot)
        assert "This screen" in text
        assert "Sort by" in text


async def test_a_late_connection_is_not_taken_for_one_without_orders() -> None:
    fake = FakeBackend(statuses=[status(connection(1, "Quiet"), last_sync_at=NOW - 181_000)])
    async with running(fake) as pilot:
        assert "◷ late" in screen_text(pilot)
        assert "has not synced in time" in screen_text(pilot)


async def test_what_is_shown_of_a_row_stands_in_full_below_the_list() -> None:
    async with running(size=(80, 24)) as pilot:
        await press(pilot, "2")
        assert (
            shown(pilot, "#detail")
            == "S00042 odoo_le-juste-odoo_42  ◌ PENDING  next try in 25 s\ntimeout after 30 s"
        )
