from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = "import sys; sys.argv[0] = 'odoo-poller'; from odoo_poller.__main__ import main; main()"


def complete(line: str, shell: str = "bash", *, environ: dict[str, str] | None = None) -> list[str]:
    import os

    words = line.split(" ")
    asked = {
        "_ODOO_POLLER_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **asked, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.split("\n") if line]


def test_commands_and_options(database: Path) -> None:
    assert complete("odoo-poller re") == ["plain,retries", "plain,reconcile"]
    assert complete("odoo-poller connections ro") == ["plain,rotate-secret"]
    assert complete("odoo-poller status --wa") == ["plain,--watch"]
    assert complete("odoo-poller orders list --status F") == ["plain,FAILED"]


def test_connection_names_are_quoted_for_bash_alone(database: Path) -> None:
    assert complete("odoo-poller connections show L") == ["plain,'Le Juste'"]
    assert complete("odoo-poller logs le")[0] == "plain,'Le Juste'"
    assert "Tienda Ñuñoa" in complete("odoo-poller connections pause ", "zsh")


def test_orders_by_external_id_and_by_number(database: Path) -> None:
    assert complete("odoo-poller orders show odoo_lejuste_42") == ["plain,odoo_lejuste_42"]
    assert complete("odoo-poller orders show S00042") == ["plain,odoo_lejuste_42"]
    assert len(complete("odoo-poller retries show odoo_")) == 6


@pytest.mark.parametrize("path", ["/nowhere/at.all", "/etc/passwd"])
def test_trouble_means_no_suggestions(path: str) -> None:
    assert complete("odoo-poller connections show L", environ={"POLLER_DB_PATH": path}) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_program(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "odoo_poller", "completion", shell], capture_output=True, text=True, check=True
    )
    assert "odoo-poller" in done.stdout
    assert done.stderr == ""
