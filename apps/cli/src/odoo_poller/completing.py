"""Argument types that complete themselves in the shell: connection names and orders, read from the database.

Completion must never fail loudly or be slow: any trouble means no suggestions.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from poller_core.readside import ReadSide

LIMIT = 50
VARIABLE = "_ODOO_POLLER_COMPLETE"  # set by the shell that asks


def _suggest(ctx: click.Context, ask: Callable[[ReadSide], list[tuple[str, str]]]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from odoo_poller.session import session_of

    found: list[tuple[str, str]] = []
    with contextlib.suppress(Exception), session_of(ctx).reading() as reader:
        found = ask(reader)
    # bash puts a completion into the line as it is; zsh and fish quote by themselves.
    quoted = shlex.quote if os.environ.get(VARIABLE, "").startswith("bash") else str
    return [CompletionItem(quoted(value), help=text) for value, text in found if value.isprintable()]


class ConnectionName(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5
    """A connection's name or id."""

    name = "connection"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take any text: whether there is such a connection is the core's to say."""
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Suggest names that begin so."""
        start = incomplete.strip("\"'").casefold()
        return _suggest(
            ctx, lambda reader: [(n, "") for n in reader.names() if n.casefold().startswith(start)]
        )


class OrderName(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5
    """An order: its external id, Odoo's number or Odoo's id."""

    name = "order"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take any text: whether there is such an order is the core's to say."""
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Suggest external ids, each with its number and state."""
        return _suggest(
            ctx, lambda reader: [_order(row) for row in reader.orders(incomplete or None, limit=LIMIT)]
        )


def _order(row: Any) -> tuple[str, str]:
    return row.external_id, f"{row.number} {row.status}"
