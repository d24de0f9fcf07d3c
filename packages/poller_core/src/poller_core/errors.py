"""Everything the core raises on purpose: one root, one class per different reaction of the caller.

    PollerError                 exit code 1   it failed; the message says what to do
    ├── BadInput                          2   the caller's words are wrong; nothing was done
    │   └── NotFound                      2   no such connection, order or request; carries suggestions
    ├── DatabaseHeld                     75   another poller holds this database (EX_TEMPFAIL)
    ├── DatabaseUnusable                 74   damaged, foreign, from a newer version, on an unsafe filesystem (EX_IOERR)
    ├── KeyUnusable                      78   the secrets' key is missing or is not the one that locked them (EX_CONFIG)
    ├── OdooRestored                      1   an id names another order than before; that connection stands still
    ├── StorageFull                      73   the disk refused a write (EX_CANTCREAT); nothing was half done
    └── Conflict                          1   somebody else changed the same thing meanwhile; try again

Exit codes follow sysexits.h where one fits.
"""

from __future__ import annotations


class PollerError(Exception):
    """Root of the core's errors. ``str(error)`` is one line that says what happened and what to do."""

    exit_code = 1


class BadInput(PollerError):
    """A value that can't be accepted. ``field`` names it (an option's or form field's name), where one does."""

    exit_code = 2

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotFound(BadInput):
    """Nothing goes by that name. ``suggestions`` are near names, best first."""

    def __init__(self, message: str, *, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.suggestions = suggestions


class DatabaseHeld(PollerError):
    """Another poller holds this database. ``pid`` is its process id, 0 where it isn't known."""

    exit_code = 75

    def __init__(self, message: str, *, pid: int = 0) -> None:
        super().__init__(message)
        self.pid = pid


class DatabaseUnusable(PollerError):
    """The file can't be used as it is: damaged, another program's, from a newer version, on an unsafe disk."""

    exit_code = 74


class KeyUnusable(PollerError):
    """The key that unlocks the secrets is missing or is another one."""

    exit_code = 78


class OdooRestored(PollerError):
    """An Odoo gave an order an id that another one had: it was put back to an earlier state. Nothing was captured."""


class StorageFull(PollerError):
    """The disk is full or refused a write. The transaction was rolled back whole."""

    exit_code = 73


class Conflict(PollerError):
    """The stream grew since it was read: decide again on what is there now."""


__all__ = [
    "BadInput",
    "Conflict",
    "DatabaseHeld",
    "DatabaseUnusable",
    "KeyUnusable",
    "NotFound",
    "OdooRestored",
    "PollerError",
    "StorageFull",
]
