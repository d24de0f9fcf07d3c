from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from cli.running import Ran
from cli.texts import commands
from odoo_poller.command import COMMON_VARIABLES, Command, folded
from odoo_poller.main import cli

COMMANDS = dict(commands())
HEAVY = (
    "anyio",
    "asyncio",
    "cryptography",
    "httpx",
    "msgspec",
    "odoo_rpc",
    "rich",
    "sqlite3",
    "structlog",
    "textual",
)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_page_has_a_sentence_an_example_and_the_variables(path: str, run: Callable[..., Ran]) -> None:
    said = run(*path.split()[1:], "--help", width=80)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: {path}")
    assert "\nExamples:\n  " in said.out
    assert all(f"\n  {name}" in said.out for name, _text in COMMON_VARIABLES)
    assert all(f"{option} " in said.out for option in ("--db", "--json", "--color", "-h, --help"))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_page_fits_eighty_columns_but_for_examples(path: str, run: Callable[..., Ran]) -> None:
    for language in ("en", "es"):
        page = run(*path.split()[1:], "--help", width=80, POLLER_LANG=language).out
        examples = {"  " + example for example in COMMANDS[path].examples}
        assert [line for line in page.splitlines() if len(line) > 80 and line not in examples] == []


@pytest.mark.parametrize("path", COMMANDS)
def test_every_example_is_a_call_that_the_program_understands(path: str) -> None:
    for example in COMMANDS[path].examples:
        line = example.split("odoo-poller", 1)[-1] if "odoo-poller" in example else ""
        words = line.replace("\\", "").split()
        command: click.Command = cli
        while words and isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0).strip("\"')"))
            assert found is not None, example
            command = found


def test_spanish_help_is_spanish_throughout(run: Callable[..., Ran]) -> None:
    page = run("connections", "add", "--help", POLLER_LANG="es").out
    assert page.startswith("Uso: odoo-poller connections add [OPCIONES]")
    for title in ("Opciones:", "Opciones de todos los comandos:", "Ejemplos:", "Variables de entorno:"):
        assert title in page


def test_help_loads_nothing_that_only_work_needs() -> None:
    code = (
        "import sys\n"
        "from odoo_poller.diagnostics import guarded\n"
        "from odoo_poller.main import cli\n"
        "guarded(lambda: cli.main(['--help'], prog_name='odoo-poller', standalone_mode=False))\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_status_loads_no_network_and_no_cryptography(database: object) -> None:
    code = (
        "import sys\n"
        "from odoo_poller.diagnostics import guarded\n"
        "from odoo_poller.main import cli\n"
        "guarded(lambda: cli.main(['status'], prog_name='odoo-poller', standalone_mode=False))\n"
        "heavy = ('anyio', 'asyncio', 'cryptography', 'httpx', 'rich', 'sqlite_utils', 'structlog', 'textual')\n"
        "print(sorted(set(heavy) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_no_two_options_of_a_command_share_a_name() -> None:
    for path, command in COMMANDS.items():
        assert isinstance(command, Command)
        names = [name for parameter in command.params for name in parameter.opts if name.startswith("-")]
        assert len(names) == len(set(names)), path


def test_common_options_may_stand_anywhere(run: Callable[..., Ran], database: object) -> None:
    after = run("connections", "list", "--json").data
    assert run("--json", "connections", "list").data == after
    assert run("connections", "--json", "list").data == after


def test_the_version_is_told(run: Callable[..., Ran]) -> None:
    assert run("--version").out == "odoo-poller 0.1.0\n"


def test_text_is_folded_between_words() -> None:
    assert folded("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert folded("https://a.very.long/address x", 10) == ["https://a.very.long/address", "x"]
    assert folded("", 10) == [""]
