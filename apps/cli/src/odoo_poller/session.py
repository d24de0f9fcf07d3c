"""What a command works with, opened when it asks for it: settings, output, the read side, the commands.

Everything heavy is imported inside, so that a command pays only for what it uses.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from odoo_poller import diagnostics
from odoo_poller.command import COMMON
from odoo_poller.i18n import _
from odoo_poller.output import Output
from odoo_poller.words import called

if TYPE_CHECKING:
    from poller_core.commands import Commands
    from poller_core.readside import ReadSide
    from poller_core.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


class Session:
    """One call of one command."""

    def __init__(self, *, db: str | None = None, json: bool = False, color: str = "auto") -> None:
        self.db = db
        self.json = json
        self.color = color
        diagnostics.color = color

    @cached_property
    def out(self) -> Output:
        """Stdout."""
        return Output(json=self.json, color=self.color)

    @cached_property
    def settings(self) -> Settings:
        """The environment's settings, with ``--db`` over them."""
        from poller_core.settings import Settings

        return Settings.from_environment(os.environ, db=self.db)

    @property
    def now(self) -> int:
        """The time now, milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    @contextmanager
    def reading(self) -> Iterator[ReadSide]:
        """Open the read side, close it afterwards."""
        from poller_core.readside import ReadSide

        self.need_database()
        reader = ReadSide.open(self.settings.db_path)
        try:
            yield reader
        finally:
            reader.close()

    @contextmanager
    def writing(self) -> Iterator[Commands]:
        """Open the store for short writing transactions, close it afterwards."""
        with opened_commands(self.settings) as commands:
            yield commands

    def log_to_stderr(self) -> None:
        """Log errors beside the talk, which says itself what went wrong; more only where POLLER_LOG_LEVEL asks for it."""
        from poller_core.logging import configure

        level = self.settings.log_level if os.environ.get("POLLER_LOG_LEVEL") else "ERROR"
        configure(sys.stderr, level=level)

    def log_to_stdout(self) -> None:
        """For ``run``, whose log is its data: JSON lines unless a person looks at them."""
        from poller_core.logging import configure

        configure(sys.stdout, level=self.settings.log_level, json_lines=True if self.json else None)

    def need_database(self) -> None:
        """Refuse where there is no database yet, instead of making an empty one of a mistyped path."""
        from poller_core.errors import PollerError

        path = self.settings.db_path
        if not path.exists():
            raise PollerError(
                _(
                    "there is no database at {path} yet: begin with «{add}», or see «odoo-poller demo»",
                    path=path,
                    add=called("connections", "add"),
                )
            )


@contextmanager
def opened_commands(settings: Settings) -> Iterator[Commands]:
    """Open the store and the vault for commands, close the store afterwards."""
    from poller_core.commands import open_commands

    with open_commands(settings, by="cli") as commands:
        yield commands


def session_of(ctx: click.Context) -> Session:
    """Return a session with the common options that were given."""
    common: dict[str, Any] = ctx.meta.get(COMMON, {})
    return Session(**common)


def with_session(function: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Give a command its session as the first argument."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        gc.enable()
        return function(session_of(click.get_current_context()), *args, **kwargs)

    return run
