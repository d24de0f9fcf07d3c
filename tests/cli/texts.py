"""Every text that the command line says to a person, found in its source and in its commands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import click

import odoo_poller
from odoo_poller import connection_options, words
from odoo_poller.command import COMMON_VARIABLES, Command, LazyGroup, _unwrapped
from odoo_poller.connections_file import _NAMES
from odoo_poller.connections_test import STEPS
from odoo_poller.main import cli
from odoo_poller.prompts import VISIBLE

SOURCE = Path(odoo_poller.__file__).parent


def all_texts() -> set[str]:
    return {text for text in (*_spoken(), *_helps("odoo-poller", cli), *_tables()) if text.strip()}


def commands() -> Iterator[tuple[str, Command]]:
    yield from _walk("odoo-poller", cli)


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, Command]]:
    assert isinstance(command, Command)
    yield path, command
    if isinstance(command, LazyGroup):
        for name in command.entries:
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from _walk(f"{path} {name}", found)


def _spoken() -> Iterator[str]:
    for file in SOURCE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("_", "plural")
            ):
                for argument in node.args[:1] if node.func.id == "_" else node.args[1:3]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value


def _helps(path: str, root: click.Command) -> Iterator[str]:
    for _path, command in _walk(path, root):
        yield "\n\n".join(_unwrapped(command.help or ""))
        yield from (text for _name, text in (*command.variables, *COMMON_VARIABLES))
        for parameter in (*command.params, command.help_switch):
            if isinstance(parameter, click.Option) and not parameter.hidden:
                yield parameter.help or ""
        if isinstance(command, LazyGroup):
            for entry in command.entries.values():
                yield from (entry.help, entry.section)


def _tables() -> Iterator[str]:
    yield from (word for _sign, _style, word in words._STATES.values())
    yield from ("URL suspended", "suspended", "paused", VISIBLE)
    yield from (question for _metavar, _help, question in connection_options.FIELDS.values())
    yield from _NAMES.values()
    yield from STEPS
