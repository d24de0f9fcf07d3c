"""``completion``: the script that makes a shell complete commands, connection names and orders."""

from __future__ import annotations

import click

from odoo_poller import diagnostics
from odoo_poller.command import Choice, command
from odoo_poller.completing import VARIABLE
from odoo_poller.i18n import _
from odoo_poller.session import Session, with_session

SHELLS = ("bash", "zsh", "fish")
INSTALL = {
    "bash": 'eval "$(odoo-poller completion bash)"  # ~/.bashrc',
    "zsh": 'eval "$(odoo-poller completion zsh)"  # ~/.zshrc',
    "fish": "odoo-poller completion fish > ~/.config/fish/completions/odoo-poller.fish",
}


@command(
    "completion",
    help="""
    Print the script that makes your shell complete commands, options, connection names and orders.
    """,
    examples=[*INSTALL.values()],
)
@click.argument("shell", type=Choice(list(SHELLS)))
@with_session
def completion(session: Session, shell: str) -> None:
    """Print the script."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    if found is None:
        raise click.UsageError(_("{shell} is not known", shell=shell))
    source = found(root, {}, "odoo-poller", VARIABLE).source()
    if session.json:
        session.out.data({"shell": shell, "script": source})
        return
    session.out.text(source + "\n")
    if session.out.terminal:
        diagnostics.hint(INSTALL[shell])
