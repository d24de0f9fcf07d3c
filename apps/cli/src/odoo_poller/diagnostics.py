"""All of stderr and every exit code: what happened, to which connection, and what to do next, in one line.

    0  done                     73  the disk is full
    1  it failed                74  the database can't be used (damaged, foreign, from a newer version)
    2  wrong usage              75  another poller holds this database
    130  stopped by Ctrl-C      78  the key for the secrets is missing or is another one

No traceback is ever shown. A fault in the program itself is one line that names the file with the details.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, cast

import click

from odoo_poller.i18n import _, error_text
from odoo_poller.terminal import ReaderGone, fits_encoding, is_terminal, paint, takes_colour

DONE, FAILED, USAGE, DISK_FULL, STOPPED = 0, 1, 2, 73, 130

color = "auto"  # as --color says; the session sets it


def say(text: str, style: str = "") -> None:
    """Tell the person something that isn't data."""
    from odoo_poller.output import safe

    if sys.stdout is not None:
        sys.stdout.flush()  # what was printed before comes before
    if sys.stderr is not None:
        cleaned = safe((text, style))[0]
        line = paint(cleaned, style) if takes_colour(sys.stderr, color) else cleaned
        sys.stderr.write(fits_encoding(line, sys.stderr) + "\n")
        sys.stderr.flush()


def warn(text: str) -> None:
    """Tell of something that needs attention but stops nothing."""
    say(_("warning: {text}", text=text), "warn")


def hint(text: str) -> None:
    """Tell what to do next."""
    say(f"  → {text}", "dim")


def near(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean X?" for the nearest of the known names, or nothing."""
    from difflib import get_close_matches

    return did_you_mean(get_close_matches(name, list(known), n=3, cutoff=0.6))


def did_you_mean(suggestions: Iterable[str]) -> str:
    """Return the question that offers near names, or nothing."""
    quoted = _(" or ").join(repr(name) for name in suggestions)
    return _("; did you mean {names}?", names=quoted) if quoted else ""


def guarded(run: Callable[[], object]) -> int:
    """Run the program and return its exit code; whatever is raised becomes one line on stderr."""
    try:
        result = run()
        if sys.stdout is not None:
            sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - the outermost wall: nothing may reach the user as a traceback
        # A shell that asks for completions shows whatever is said in the middle of the line being typed.
        return FAILED if "_ODOO_POLLER_COMPLETE" in os.environ else explain(error)
    except KeyboardInterrupt:
        return STOPPED
    return result if isinstance(result, int) else DONE


def explain(error: BaseException) -> int:
    """Say in one line what went wrong and return the exit code that belongs to it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    match error:
        case click.exceptions.NoArgsIsHelpError():
            sys.stderr.write(error.format_message() + "\n")
            return USAGE
        case click.UsageError():
            return _usage(error)
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            return _stopped(error)
        case ReaderGone() | BrokenPipeError():
            return _reader_gone()
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return _fail(
                _("the disk is full: make room and run the command again; nothing was half done"), DISK_FULL
            )
        case OSError():
            return _fail(_os_error(error), FAILED)
    return _known(error) or _bug(error)


def _fail(text: str, code: int) -> int:
    from odoo_poller.output import safe

    say(_("error: {text}", text=safe((text, ""))[0]), "bad")
    return code


def _usage(error: click.UsageError) -> int:
    text = _wrong_usage(error)
    if error.ctx is not None:
        text += _(" (see {command} --help)", command=error.ctx.command_path)
    return _fail(text, USAGE)


def _wrong_usage(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return _("there is no option {name}", name=error.option_name) + did_you_mean(
                error.possibilities or ()
            )
        case click.MissingParameter():
            return _("{name} is missing", name=_hint(error))
        case click.BadParameter():
            return f"{_hint(error)}: {error.message}" if _hint(error) else error.message
        case click.BadOptionUsage():
            return _("option {name} needs a value, or takes none", name=error.option_name)
    return error.message


def _hint(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    if isinstance(error.param, click.Parameter):
        return error.param.human_readable_name
    return str(error.param_hint or "")


def _stopped(error: click.Abort) -> int:
    if isinstance(error.__cause__, KeyboardInterrupt):
        return STOPPED
    return _fail(_("stopped: there was no answer, so nothing was done"), FAILED)


def _reader_gone() -> int:
    """The reader of a pipe went away, as ``| head`` does: it has what it wanted. Say nothing, now or at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return DONE


def _os_error(error: OSError) -> str:
    reason = _(error.strerror or type(error).__name__)
    return f"{error.filename}: {reason}" if error.filename else reason


def _known(error: BaseException) -> int:
    """Explain an error of the core or of odoo_rpc; 0 where it is neither. They are known only where they are loaded."""
    errors = sys.modules.get("poller_core.errors")
    if errors is not None and isinstance(error, errors.PollerError):
        return _fail(_of_an_option(error) or error_text(error), error.exit_code)
    summary = getattr(error, "summary", None)
    if not (isinstance(summary, str) and summary):
        return 0
    from poller_core.reach import remedy

    code = _fail(_(summary), FAILED)
    hint(_(remedy(cast("Any", error))))
    return code


def _of_an_option(error: BaseException) -> str:
    """Name the option whose value the core refuses; "" for another error."""
    from odoo_poller.connection_options import flag

    said: Any = error.args[0] if error.args else ""
    if getattr(said, "template", "") != "{field}: {reason}":
        return ""
    return f"{flag(getattr(error, 'field', ''))}: {_(said.values['reason'])}"


def _bug(error: BaseException) -> int:
    """A fault of this program: keep the details in a private file and name it."""
    import tempfile
    import traceback

    try:
        handle, path = tempfile.mkstemp(prefix="odoo-poller-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        path = _("nowhere: no temporary file could be written")
    name = type(error).__name__
    return _fail(
        _("odoo-poller itself failed ({name}); the details are in {path}", name=name, path=path), FAILED
    )


def at_terminal() -> bool:
    """Whether there is a person to ask: stdin and stderr are both a terminal."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)
