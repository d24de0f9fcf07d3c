"""An order is found by whatever is at hand, and a connection that was mistyped is offered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import Ran

Run = Callable[..., Ran]


def ids(said: Ran) -> list[int]:
    return [row["odoo_order_id"] for row in said.data]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("odoo_lejuste_42", [42]),
        ("odoo_lejuste_4", [46, 45, 44, 43, 42, 41]),
        ("lejuste_4", [46, 45, 44, 43, 42, 41]),
        ("odoo_lejuste_", [46, 45, 44, 43, 42, 41]),
        ("odoo_lej", [46, 45, 44, 43, 42, 41]),
        ("lejuste", [46, 45, 44, 43, 42, 41]),
        ("odoo_sur_4", []),
        ("juste", []),
        ("S0004", [45, 44, 43, 42, 41]),
        ("42", [42]),
        ("OC-45", [41]),
        ("odoo_lejuste_0", []),
    ],
)
def test_a_list_is_chosen_by_what_begins_so(text: str, found: list[int], run: Run, database: Path) -> None:
    assert ids(run("orders", "list", text, "--json")) == found


@pytest.mark.parametrize("name", ["odoo_lejuste_45", "lejuste_45", "S00045", "45"])
def test_one_order_goes_by_its_external_id_its_number_and_its_id(name: str, run: Run, database: Path) -> None:
    assert run("orders", "show", name, "--json").data["odoo_order_id"] == 45


def test_what_only_begins_several_orders_is_for_the_list(run: Run, database: Path) -> None:
    assert run("orders", "show", "odoo_lejuste_4").err == (
        "error: 6 orders go by 'odoo_lejuste_4'; see: odoo-poller orders list 'odoo_lejuste_4'\n"
    )


def test_an_event_of_an_order_says_its_number(run: Run, database: Path) -> None:
    rows = {row["position"]: row for row in run("events", "--json").data}
    assert rows[14] == rows[14] | {"type": "DeliveryAttempted", "order_number": "S00041"}
    assert rows[1]["order_number"] is None


@pytest.mark.parametrize("name", ["sur", "Comercial", "comercial Sur", "Comersial Sur"])
def test_a_connection_that_was_mistyped_is_offered(name: str, run: Run, database: Path) -> None:
    said = run("connections", "show", name)
    assert (said.code, said.err) == (
        2,
        f"error: no connection named {name!r}; did you mean 'Comercial Sur'?\n",
    )


def test_what_is_to_be_done_next_is_to_be_done_with_the_same_database(
    run: Run, database: Path, tmp_path: Path
) -> None:
    moved = database.rename(tmp_path / "other one.db")
    said = run("status", "--db", str(moved))
    assert f"→ odoo-poller --db '{moved}' connections edit 'Comercial Sur' --api-key\n" in said.out


def test_an_empty_variable_names_no_database(run: Run, database: Path) -> None:
    said = run("status", "--db", "")
    assert (said.code, said.err) == (2, "error: --db: must not be empty (see odoo-poller status --help)\n")


def test_screens_need_a_terminal(run: Run, database: Path) -> None:
    said = run("tui")
    assert (said.code, said.out) == (2, "")
    assert "--web serves them to a browser" in said.err


@pytest.mark.parametrize("words", [[], ["--json"], ["db"], ["db", "--json"]])
def test_a_group_without_a_command_shows_its_page(words: list[str], run: Run) -> None:
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Usage: odoo-poller ")


@pytest.mark.parametrize(
    ("words", "spanish"),
    [
        (("--polling-interval", "0"), "--polling-interval: debe ser un número entero entre 1 y 86400"),
        (("--odoo-db", "ñ"), "--odoo-db: debe ser ASCII: letras, dígitos y signos, sin tildes ni eñes"),
    ],
)
def test_a_value_that_is_refused_names_its_option(
    words: tuple[str, str], spanish: str, run: Run, database: Path
) -> None:
    said = run("connections", "edit", "Le Juste", *words, POLLER_LANG="es")
    assert (said.code, said.err) == (2, f"error: {spanish}\n")


def test_a_file_that_is_no_database_and_one_that_is_not_there_are_told_in_spanish(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no database " * 100)
    said = run("status", "--db", str(tmp_path / "notes.txt"), POLLER_LANG="es")
    assert (said.code, "no es una base SQLite" in said.err) == (74, True)
    said = run("connections", "apply", str(tmp_path / "none.toml"), POLLER_LANG="es")
    assert said.err.endswith("none.toml: no existe tal archivo o directorio\n")
