"""Questions to a person, and secrets: from a hidden prompt, from stdin, or from their variables. Never from argv.

Questions go to stderr, so that stdout stays data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from odoo_poller import diagnostics
from odoo_poller.i18n import _

if TYPE_CHECKING:
    from odoo_rpc import Secret

MAX_SECRET = 4096
YES = ("y", "yes", "s", "si", "sí")
VISIBLE = (
    "a secret on the command line can be read by everyone on this machine (ps): write - and give it on stdin"
)
ASK = "?"  # what a secret's option holds when it was given without a value


class FromStdin(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5
    """A secret's option: ``-`` reads stdin, no value asks; anything else was visible to everyone on the machine."""

    name = "-"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept only what is no secret."""
        if value not in ("-", ASK):
            self.fail(_(VISIBLE), param, ctx)
        return str(value)


def confirm(question: str, *, assume_yes: bool) -> bool:
    """Ask a yes/no question. Without a terminal, ``--yes`` must have been given; a usage error says so."""
    if assume_yes:
        return True
    if not diagnostics.at_terminal():
        raise click.UsageError(
            _("{question} There is nobody to ask here: give --yes", question=question),
            click.get_current_context(),
        )
    return ask(question + " " + _("[y/N]")).lower() in YES


def ask(question: str, *, default: str = "", check: Callable[[str], str | None] | None = None) -> str:
    """Ask for a line until ``check`` finds no fault with it. An empty answer means ``default``."""
    shown = f"{question} [{default}]" if default else question
    while True:
        answer = _read(shown + " ").strip() or default
        fault = check(answer) if check else None
        if fault is None:
            return answer
        diagnostics.say(f"  {fault}", "bad")


def _read(prompt: str) -> str:
    if sys.stderr is not None:
        sys.stderr.write(prompt)
        sys.stderr.flush()
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        raise click.Abort
    return line


def hidden(question: str) -> Secret:
    """Ask for a secret without showing it."""
    from getpass import getpass

    from odoo_rpc import Secret

    if not diagnostics.at_terminal():
        raise click.UsageError(_("there is no terminal to ask for a secret on"), click.get_current_context())
    while True:
        try:
            answer = getpass(question + " ", stream=sys.stderr).strip()
        except EOFError:
            raise click.Abort from None
        if answer:
            return Secret(answer)


def secret(option: str | None, variable: str, question: str, *, required: bool) -> Secret | None:
    """Find a secret: the option says where (stdin or a prompt), else its variable, else a prompt where ``required``.

    Two secrets from stdin are two lines, in the order in which they are asked for here.
    """
    from odoo_rpc import Secret

    if option == "-":
        return Secret(_line_of_stdin())
    if option == ASK:
        return hidden(question)
    if value := os.environ.get(variable, "").strip():
        return Secret(value)
    if not required:
        return None
    if not diagnostics.at_terminal():
        raise click.UsageError(
            _("{question} There is nobody to ask here: set {variable}", question=question, variable=variable),
            click.get_current_context(),
        )
    return hidden(question)


def _line_of_stdin() -> str:
    line = (sys.stdin.readline(MAX_SECRET + 1) if sys.stdin is not None else "").strip()
    if not line:
        raise click.UsageError(_("stdin held no secret"), click.get_current_context())
    if len(line) > MAX_SECRET:
        raise click.UsageError(_("stdin held more than a secret"), click.get_current_context())
    return line
