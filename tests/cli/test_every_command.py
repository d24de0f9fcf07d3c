"""No command is forgotten: each has its transcript, its JSON in one, and its call beside a running poller."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli.test_beside_a_daemon import BESIDE
from cli.texts import commands
from odoo_poller.command import LazyGroup
from odoo_poller.main import cli

LEAVES = [path for path, command in commands() if not isinstance(command, LazyGroup)]
# The screens print nothing, and the daemon's JSON is its log, a line each.
NO_JSON = {"odoo-poller tui", "odoo-poller run"}
CALL = re.compile(r"^\$ (?:\w+=\S+ )*(odoo-poller.*?)(?:  # \d+ columns)?$", re.MULTILINE)


def called(line: str) -> str:
    """The path of the command that a line calls."""
    path, command = "odoo-poller", cli
    for word in shlex.split(line)[1:]:
        found = command.get_command(click.Context(command), word) if isinstance(command, LazyGroup) else None
        if found is not None:
            path, command = f"{path} {word}", found  # type: ignore[assignment]
    return path


def transcribed() -> Iterator[tuple[str, str, str]]:
    """Command, line and what it said, of every call that ended well or found something."""
    for file in sorted((Path(__file__).parent / "transcripts").glob("*.txt")):
        pieces = CALL.split(file.read_text("utf-8"))[1:]
        for line, said in zip(pieces[::2], pieces[1::2], strict=True):
            yield called(line), line, said


SAID = list(transcribed())


@pytest.mark.parametrize("path", LEAVES)
def test_it_has_a_transcript(path: str) -> None:
    refused = [] if path == "odoo-poller tui" else ["[exit 2]"]
    assert [line for one, line, said in SAID if one == path and not any(code in said for code in refused)]


@pytest.mark.parametrize("path", sorted(set(LEAVES) - NO_JSON))
def test_its_json_is_in_a_transcript(path: str) -> None:
    found = [said for one, line, said in SAID if one == path and "--json" in line and "[exit 2]" not in said]
    assert found
    for said in found:
        data = "\n".join(line for line in said.splitlines() if not line.startswith(("2>", "[exit")))
        json.loads(re.sub(r": (?:…|N)(?=,?$)", ": 0", data, flags=re.MULTILINE))


@pytest.mark.parametrize("path", LEAVES)
def test_it_was_called_beside_a_running_poller(path: str) -> None:
    assert path in {called("odoo-poller " + line) for line, _code in BESIDE}
