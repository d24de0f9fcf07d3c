from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import Ran
from cli.test_connections import secrets

ONE = """
[[connections]]
name = "Nueva"
odoo_url = "https://nueva.odoo.com"
odoo_db = "nueva"
odoo_username = "bot@nueva.cl"
api_key_env = "NUEVA_KEY"
store_id = "s9"
client_id = "c9"
"""


@pytest.fixture
def apply(run: Callable[..., Ran], tmp_path: Path) -> Callable[..., Ran]:
    def call(text: str, *options: str, **environ: str) -> Ran:
        file = tmp_path / "c.toml"
        file.write_text(text, "utf-8")
        return run("connections", "apply", str(file), *options, **{"NUEVA_KEY": "k3y", **environ})

    return call


def test_shows_a_plan_and_does_nothing_without_a_yes(
    apply: Callable[..., Ran], run: Callable[..., Ran], database: Path
) -> None:
    said = apply(ONE)
    assert said.code == 2
    assert said.out == "+ Nueva  https://nueva.odoo.com\n"
    assert run("connections", "show", "Nueva").code == 2


def test_applying_again_changes_nothing(
    apply: Callable[..., Ran], run: Callable[..., Ran], database: Path
) -> None:
    assert apply(ONE, "--yes").code == 0
    before = len(run("events", "-n", "1000", "--json").data)
    again = apply(ONE)
    assert (again.code, again.out) == (0, "  1 stays as it is\n")
    assert len(run("events", "-n", "1000", "--json").data) == before


def test_changes_what_differs_and_says_how(
    apply: Callable[..., Ran], run: Callable[..., Ran], database: Path
) -> None:
    apply(ONE, "--yes")
    changed = ONE.replace("c9", "c10") + "polling_interval_seconds = 30\nactive = false\n"
    said = apply(changed, "--yes", NUEVA_KEY="other")
    assert said.out.splitlines() == [
        "~ Nueva",
        "    client_id: c9 → c10",
        "    polling_interval_seconds: 60 → 30",
        "    active: True → False",
        "    api_key: replaced",
    ]
    shown = run("connections", "show", "Nueva", "--json").data
    assert (shown["client_id"], shown["polling_interval_seconds"], shown["active"]) == ("c10", 30, False)
    assert secrets(database, "Nueva")["api_key"] == "other"


def test_a_secret_that_the_file_does_not_give_stays(apply: Callable[..., Ran], database: Path) -> None:
    apply(ONE, "--yes")
    assert apply(ONE, NUEVA_KEY="").out == "  1 stays as it is\n"
    assert secrets(database, "Nueva")["api_key"] == "k3y"


def test_others_stay_unless_pruned(
    apply: Callable[..., Ran], run: Callable[..., Ran], tmp_path: Path
) -> None:
    two = ONE + ONE.replace("ueva", "ora")
    apply(two, "--yes")
    assert apply(ONE, "--yes").out == "  1 stays as it is\n"
    assert apply(ONE, "--prune", "--yes", "--json").data == {
        "added": [], "changed": {}, "removed": ["Nora"], "unchanged": 1, "webhook_secrets": {},
    }  # fmt: skip


def test_export_can_be_applied_to_an_empty_database(
    apply: Callable[..., Ran], run: Callable[..., Ran], database: Path, tmp_path: Path
) -> None:
    exported = run("connections", "export", "--with-secrets").out
    other = str(tmp_path / "other.db")
    assert apply(exported, "--yes", "--db", other).code == 0
    assert run("connections", "export", "--with-secrets", "--db", other).out == exported
    assert apply(exported, "--db", other).out == "  3 stay as they are\n"


def test_defaults_count_where_a_connection_says_nothing(
    apply: Callable[..., Ran], run: Callable[..., Ran]
) -> None:
    apply('[defaults]\nwebhook_url = "https://x.cl/hook"\nmax_attempts = 9\n' + ONE, "--yes")
    shown = run("connections", "show", "Nueva", "--json").data
    assert (shown["webhook_url"], shown["max_attempts"]) == ("https://x.cl/hook", 9)


def test_every_fault_is_told_at_once_and_nothing_is_done(
    apply: Callable[..., Ran], run: Callable[..., Ran], database: Path
) -> None:
    wrong = (
        ONE.replace("odoo_db", "odo_db").replace('"s9"', "9") + "polling_interval_seconds = 0\ncolour = 1\n"
    )
    said = apply(wrong + ONE, "--yes")
    assert said.code == 2
    assert [line.partition("c.toml: ")[2] for line in said.err.splitlines()] == [
        "Nueva: unknown key odo_db; did you mean 'odoo_db'?",
        "Nueva: unknown key colour",
        "Nueva: odoo_db is missing",
        "Nueva: store_id must be text",
        "Nueva: polling_interval_seconds must be a whole number from 1 to 86400",
        "Nueva: there twice",
    ]
    assert run("connections", "show", "Nueva").code == 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[connections]\n", "it is not TOML: "),
        ('connections = "none"', "it must hold [[connections]] tables"),
        ("conections = []", "the file: unknown key conections; did you mean 'connections'?"),
        (ONE.replace("api_key_env", "# "), "Nueva: api_key is missing"),
        (ONE.replace("api_key_env", "api_key_file"), "Nueva: api_key_file: No such file or directory"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(text: str, fault: str, apply: Callable[..., Ran]) -> None:
    said = apply(text, "--yes")
    assert said.code == 2
    assert len(said.err.splitlines()) == 1
    assert fault in said.err


def test_tabs_and_a_byte_order_mark_are_no_fault(apply: Callable[..., Ran]) -> None:
    assert apply("\ufeff" + ONE.replace(" = ", "\t=\t"), "--yes").code == 0


def test_a_secret_may_lie_in_a_file_beside(apply: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("from file\n")
    apply(ONE.replace('api_key_env = "NUEVA_KEY"', 'api_key_file = "key.txt"'), "--yes")
    assert secrets(tmp_path / "poller.db", "Nueva")["api_key"] == "from file"
