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
from odoo_poller.terminal import print_page, screen

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

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Suggest choices as they are written, however their beginning was."""
        from click.shell_completion import CompletionItem

        start = incomplete.casefold()
        return [CompletionItem(choice) for choice in self.choices if choice.casefold().startswith(start)]


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
    if value == "":  # as an unset variable in a script gives it: another database must not be taken silently
        raise click.BadParameter(_("must not be empty"), ctx, param)
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


def _help_switch() -> click.Option:
    return Option(
        ["-h", "--help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_help,
        help="Show this help and exit.",
    )


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        print_page(ctx.get_help())
        ctx.exit()


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
        self.help_switch = _help_switch()
        super().__init__(name, params=[*(params or []), *self.common], **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse what is left over in the reader's language."""
        refuse = not ctx.allow_extra_args and not ctx.resilient_parsing
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if refuse and rest:
            ctx.fail(_("{arguments} is too much", arguments=" ".join(map(repr, rest))))
        return rest

    def get_help_option(self, ctx: click.Context) -> click.Option:
        """Return ``--help``; click's own would start Python's translation machinery for its text."""
        return self.help_switch

    def get_help(self, ctx: click.Context) -> str:
        """Write the help as wide as the terminal, at most 80 columns."""
        ctx.terminal_width = max(min(screen()[0], 80) - 2, 50)
        return super().get_help(ctx)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page: how it is called, what it does, its options, examples and variables."""
        page = Page(formatter.width)
        pieces = " ".join(self.collect_usage_pieces(ctx)).replace("[OPTIONS]", _("[OPTIONS]"))
        page.text(_("Usage: ") + f"{ctx.command_path} {pieces}")
        for paragraph in _("\n\n".join(_unwrapped(self.help or ""))).split("\n\n"):
            page.text("")
            page.text(paragraph, indent=2)
        self.write_sections(ctx, page)
        formatter.write("\n".join(page.lines) + "\n")

    def write_sections(self, ctx: click.Context, page: Page) -> None:
        """Write everything below the description."""
        switches = [*self.common, self.help_switch]
        own = [p for p in self.params if isinstance(p, click.Option) and p not in switches]
        page.section(_("Options"), [_described(option, ctx) for option in own])
        page.section(_("Options of every command"), [_described(option, ctx) for option in switches])
        if self.examples:
            page.text("")
            page.text(_("Examples") + ":")
            page.lines += ["  " + example for example in self.examples]
        variables = (*self.variables, *COMMON_VARIABLES)
        page.section(_("Environment"), [(name, _(text)) for name, text in variables])


def _unwrapped(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def _described(option: click.Option, ctx: click.Context) -> tuple[str, str]:
    return option.get_help_record(ctx) or ("", "")


class Page:
    """A page of help as it grows. Click's own formatter would load what a page of help never needs."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = []

    def text(self, text: str, indent: int = 0) -> None:
        """Write a paragraph."""
        self.lines += [" " * indent + line for line in folded(text, self.width - indent)]

    def section(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Write a titled list of names and what they mean; nothing where there are none."""
        if rows:
            self.lines += ["", title + ":"]
            wide = max(len(name) for name, _text in rows) + 4
            for name, text in rows:
                first, *rest = folded(text, self.width - wide)
                self.lines.append(f"  {name:<{wide - 2}}{first}".rstrip())
                self.lines += [" " * wide + line for line in rest]


def folded(text: str, width: int) -> list[str]:
    """Break a text between words into lines of at most ``width``; a longer word stands alone."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


class LazyGroup(Command, click.Group):
    """A group that imports a command when it is called, and none to list them."""

    def __init__(self, name: str, *, entries: dict[str, Entry], **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.entries = entries
        self.widest = max(map(len, entries))

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

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; show the page where none was named."""
        if not (ctx._protected_args or ctx.args):  # noqa: SLF001 - click's own place for it, without a public name
            raise click.exceptions.NoArgsIsHelpError(ctx)
        return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was perhaps meant."""
        if args[0] not in self.entries and not args[0].startswith("-") and not ctx.resilient_parsing:
            from odoo_poller.diagnostics import near

            message = _("there is no command {name}", name=repr(args[0]))
            ctx.fail(message + near(args[0], self.entries))
        return super().resolve_command(ctx, args)

    def write_sections(self, ctx: click.Context, page: Page) -> None:
        """Write the commands section by section before the rest."""
        for section in dict.fromkeys(entry.section for entry in self.entries.values()):
            rows = [(name, _(e.help)) for name, e in self.entries.items() if e.section == section]
            page.section(_(section), [(f"{name:<{self.widest}}", text) for name, text in rows])
        super().write_sections(ctx, page)

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
