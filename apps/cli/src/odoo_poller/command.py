"""What every command shares: the common options, help with examples and variables, and groups that load late.

A group knows its commands' names and one-line helps without importing them: ``--help`` and completion must cost no
more than click itself. Help texts stay English in the code and are translated when shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from odoo_poller.i18n import _

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMON = "odoo_poller.common"  # where the common options wait in ``ctx.meta`` for the session

COMMON_VARIABLES = (
    ("POLLER_DB_PATH", "the database (default ./data/poller.db)"),
    ("POLLER_LANG", "en or es; without it the locale decides"),
    ("NO_COLOR", "no colour"),
)


class Entry(NamedTuple):
    """A command that is not imported yet: its one-line help, where it lies (``module:attribute``) and its section."""

    help: str
    place: str
    section: str = "Commands"


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's name and its help in the reader's language."""
        record = super().get_help_record(ctx)
        return record and (record[0], _(self.help or ""))


class Choice(click.Choice[str]):
    """A choice whose refusal is translated."""

    def fail_with(self, value: object) -> str:
        """Say which values there are."""
        return _("{value} is none of {choices}", value=repr(value), choices=", ".join(map(str, self.choices)))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept one of the choices, in any case of letters."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(self.fail_with(value), param, ctx)


class Whole(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5
    """A whole number within bounds, whose refusal is translated."""

    name = "number"

    def __init__(self, least: int, most: int = 1_000_000) -> None:
        self.least = least
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Accept digits, and nothing beyond the bounds."""
        text = str(value).strip()
        digits = text.isascii() and text.isdigit() and len(text) < 19
        if not digits or not self.least <= int(text) <= self.most:
            bounds = {"least": self.least, "most": self.most}
            self.fail(_("must be a whole number from {least} to {most}", **bounds), param, ctx)
        return int(text)


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> None:
    if value not in (None, False):
        ctx.meta.setdefault(COMMON, {})[param.name] = value


def common_options() -> list[click.Option]:
    """Build ``--db``, ``--json`` and ``--color``; they may stand behind the program, a group or a command."""
    shared: dict[str, Any] = {"expose_value": False, "callback": _remember, "is_eager": True}
    return [
        Option(["--db"], metavar="PATH", help="Database to use instead of POLLER_DB_PATH.", **shared),
        Option(["--json"], is_flag=True, help="Print JSON (times in UTC).", **shared),
        Option(
            ["--color"],
            type=Choice(["auto", "always", "never"], case_sensitive=False),
            metavar="WHEN",
            help="Colour: auto (on a terminal), always or never.",
            **shared,
        ),
    ]


class Command(click.Command):
    """A command with the common options, examples and the variables that it reads."""

    def __init__(
        self,
        name: str | None = None,
        *,
        examples: Sequence[str] = (),
        variables: Sequence[tuple[str, str]] = (),
        params: Sequence[click.Parameter] | None = None,
        **kwargs: Any,
    ) -> None:
        self.examples = examples
        self.variables = variables
        self.common = common_options()
        super().__init__(name, params=[*(params or []), *self.common], **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse what is left over in the reader's language."""
        refuse = not ctx.allow_extra_args and not ctx.resilient_parsing
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if refuse and rest:
            ctx.fail(_("{arguments} is too much", arguments=" ".join(map(repr, rest))))
        return rest

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help`` with a translated help text."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this help and exit.")
        return option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the command is called."""
        pieces = " ".join(self.collect_usage_pieces(ctx)).replace("[OPTIONS]", _("[OPTIONS]"))
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Usage: "))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does, paragraph by paragraph."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_("\n\n".join(_unwrapped(self.help or ""))))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, then the ones that all commands have."""
        own = [p for p in self.get_params(ctx) if isinstance(p, click.Option) and p not in self.common]
        help_option = self.get_help_option(ctx)
        _write_options(ctx, formatter, _("Options"), [p for p in own if p is not help_option])
        _write_options(
            ctx,
            formatter,
            _("Options of every command"),
            [*self.common, *([help_option] if help_option else [])],
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the environment variables."""
        if self.examples:
            with formatter.section(_("Examples")):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
        with formatter.section(_("Environment")):
            formatter.write_dl([(name, _(text)) for name, text in (*self.variables, *COMMON_VARIABLES)])


def _unwrapped(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def _write_options(
    ctx: click.Context, formatter: click.HelpFormatter, title: str, options: Sequence[click.Option]
) -> None:
    records = [record for option in options if (record := option.get_help_record(ctx))]
    if records:
        with formatter.section(title):
            formatter.write_dl(records)


class LazyGroup(Command, click.Group):
    """A group that imports a command when it is called, and none to list them."""

    def __init__(self, name: str, *, entries: dict[str, Entry], **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which help shows them."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _colon, attribute = entry.place.partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was perhaps meant."""
        if args[0] not in self.entries and not args[0].startswith("-") and not ctx.resilient_parsing:
            from odoo_poller.diagnostics import near

            message = _("there is no command {name}", name=repr(args[0]))
            ctx.fail(message + near(args[0], self.entries))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands section by section, then the options."""
        for section in dict.fromkeys(entry.section for entry in self.entries.values()):
            rows = [(name, _(e.help)) for name, e in self.entries.items() if e.section == section]
            with formatter.section(_(section)):
                formatter.write_dl(rows, col_max=20)
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands by name without importing them, and options."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(n, help=_(e.help)) for n, e in self.entries.items() if n.startswith(incomplete)
        ]
        return found + Command.shell_complete(self, ctx, incomplete)


def command(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a :class:`Command` of a function."""
    return click.command(name, cls=Command, **attributes)


def option(*declarations: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add an :class:`Option` to a command."""
    return click.option(*declarations, cls=Option, **attributes)
