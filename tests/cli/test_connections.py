from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import Ran
from odoo_rpc.secret import Secret
from poller_core.commands import open_commands
from poller_core.settings import Settings

NEW = (
    "connections", "add", "--name", "Nueva", "--odoo-url", "https://nueva.odoo.com", "--odoo-db", "nueva",
    "--odoo-username", "bot@nueva.cl", "--store-id", "s9", "--client-id", "c9", "--no-check",
)  # fmt: skip


def secrets(database: Path, name: str) -> dict[str, str]:
    with open_commands(Settings(db_path=database), by="test") as commands:
        return {kind: secret.reveal() for kind, secret in commands.reveal(name).items()}


def test_add_prints_the_id_alone_and_tells_the_made_secret_once(
    run: Callable[..., Ran], database: Path
) -> None:
    said = run(*NEW, "--api-key", "-", stdin="k3y\n")
    made = secrets(database, "Nueva")
    assert said.code == 0
    assert said.out.strip() == run("connections", "show", "Nueva", "--json").data["id"]
    assert made["api_key"] == "k3y"
    assert said.err.splitlines() == [
        f"✓ Nueva is added ({said.out.strip()})",
        f"Webhook secret, shown only now: {made['webhook']}",
        "  → odoo-poller connections test Nueva",
    ]


def test_add_prints_json_with_the_secret_only_where_it_was_made(
    run: Callable[..., Ran], database: Path
) -> None:
    data = run(*NEW, "--json", POLLER_ODOO_API_KEY="k3y").data
    assert data["webhook_secret"] == secrets(database, "Nueva")["webhook"]
    given = run(
        *[word.replace("ueva", "ora") for word in NEW],
        "--json",
        POLLER_ODOO_API_KEY="k",
        POLLER_WEBHOOK_SECRET="mine",
    )
    assert given.data.keys() == {"id", "name", "left_out"}
    assert secrets(database, "Nora") == {"api_key": "k", "webhook": "mine"}


def test_two_secrets_on_stdin_are_two_lines(run: Callable[..., Ran], database: Path) -> None:
    run(*NEW, "--api-key", "-", "--webhook-secret", "-", stdin="one\ntwo\n")
    assert secrets(database, "Nueva") == {"api_key": "one", "webhook": "two"}


@pytest.mark.parametrize("option", ["--api-key", "--webhook-secret"])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    option: str, run: Callable[..., Ran], database: Path
) -> None:
    said = run(*NEW, option, "hunter2")
    assert said.code == 2
    assert "hunter2" not in said.err
    assert "can be read by everyone" in said.err


def test_an_empty_stdin_holds_no_secret(run: Callable[..., Ran], database: Path) -> None:
    said = run(*NEW, "--api-key", "-", stdin="")
    assert (said.code, said.err) == (
        2,
        "error: stdin held no secret (see odoo-poller connections add --help)\n",
    )


def test_without_a_terminal_the_key_must_come_from_somewhere(run: Callable[..., Ran], database: Path) -> None:
    said = run(*NEW)
    assert said.code == 2
    assert "set POLLER_ODOO_API_KEY" in said.err


def test_edit_changes_only_what_is_given(run: Callable[..., Ran], database: Path) -> None:
    before = run("connections", "show", "Le Juste", "--json").data
    said = run("connections", "edit", "Le Juste", "--polling-interval", "30")
    after = run("connections", "show", "Le Juste", "--json").data
    assert said.err == "✓ Le Juste: changed polling-interval-seconds\n"
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"polling_interval_seconds", "updated_at"}
    assert secrets(database, "Le Juste") == {"api_key": "key-lejuste", "webhook": "secret-lejuste"}


def test_a_new_url_takes_its_secret_with_it(run: Callable[..., Ran], database: Path) -> None:
    moved = ("connections", "edit", "Le Juste", "--odoo-url", "https://otra.odoo.com")
    assert run(*moved).code == 2
    assert run(*moved, POLLER_ODOO_API_KEY="fresh").code == 0
    assert secrets(database, "Le Juste")["api_key"] == "fresh"


def test_pause_and_resume_take_several_names(run: Callable[..., Ran], database: Path) -> None:
    run("connections", "pause", "Le Juste", "Comercial Sur")
    assert {row["name"]: row["active"] for row in run("connections", "list", "--json").data} == {
        "Comercial Sur": False, "Le Juste": False, "Tienda Ñuñoa": False,
    }  # fmt: skip
    said = run("connections", "resume", "Le Juste", "Tienda Ñuñoa", "--json")
    assert [(row["name"], row["active"]) for row in said.data] == [("Le Juste", True), ("Tienda Ñuñoa", True)]


def test_one_wrong_name_among_several_changes_nothing(run: Callable[..., Ran], database: Path) -> None:
    assert run("connections", "pause", "Le Juste", "Nobody").code == 2
    assert run("connections", "show", "Le Juste", "--json").data["active"] is True


def test_remove_refuses_while_orders_wait_unless_they_are_given_up(
    run: Callable[..., Ran], database: Path
) -> None:
    assert run("connections", "remove", "Le Juste", "--yes").code == 2
    said = run("connections", "remove", "Le Juste", "--discard", "--yes", "--json")
    assert said.data["removed"] is True
    assert run("connections", "show", "Le Juste").code == 2


def test_rotate_secret_prints_the_new_one_alone(run: Callable[..., Ran], database: Path) -> None:
    said = run("connections", "rotate-secret", "Le Juste")
    assert said.out.strip() == secrets(database, "Le Juste")["webhook"]
    own = run("connections", "rotate-secret", "Le Juste", "--webhook-secret", "-", stdin="my own\n")
    assert (own.code, own.out) == (0, "")
    assert secrets(database, "Le Juste")["webhook"] == "my own"


def test_a_secret_is_masked_where_it_is_not_asked_for() -> None:
    assert f"{Secret('x')}" == "***"
