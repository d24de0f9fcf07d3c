"""The backend over ``poller_core``: its read side and commands as they are, and what takes long in a loop of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from odoo_poller_tui.backend import Backend, Draft, TestStep, Where
from odoo_poller_tui.daemon import Daemon
from odoo_poller_tui.i18n import _
from poller_core.errors import BadInput, DatabaseUnusable, PollerError
from poller_core.i18n import Phrase
from poller_core.model import PollReport
from poller_core.readside import ReadSide
from poller_core.settings import Settings

if TYPE_CHECKING:
    from poller_core.commands import Commands, ConnectionDraft
    from poller_core.reports import Step

WHOLE = ("polling_interval_seconds", "min_interval_ms", "max_attempts")
SECRETS = ("api_key", "webhook_secret")


def backend(settings: Settings) -> Backend:
    """The backend of one database. The file is made where there is none."""
    return Backend(
        open_reads=lambda: _reads(settings),
        open_writes=lambda: CoreWrites(settings),
        runs=CoreRuns(settings),
        path=str(settings.db_path),
        default_webhook_url=settings.default_webhook_url,
    )


def _reads(settings: Settings) -> ReadSide:
    """The read side; where the file is not there or is older, the store makes or migrates it first."""
    from poller_core.filesystem import prepare

    prepare(settings.db_path, allow_unsafe=settings.allow_unsafe_filesystem)
    try:
        return ReadSide.open(settings.db_path)
    except DatabaseUnusable:
        from poller_core.store import Store

        Store.open(settings.db_path).close()
        return ReadSide.open(settings.db_path)


class CoreWrites:
    """``Writes`` over ``poller_core.commands``. Store and vault are opened for each change and closed after it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def validate(self, field: str, value: str) -> str | None:
        """Why ``value`` can't be the field's, with the field still to be named."""
        from odoo_rpc import AddressGuard
        from poller_core.validation import reason

        return reason(field, value, AddressGuard.parse(self._settings.allowed_networks))

    def add(self, draft: Draft) -> str:
        """Store a new connection."""
        with self._commands() as commands:
            return commands.add(_draft(draft.values)).id

    def edit(self, connection_id: str, changes: Mapping[str, object]) -> None:
        """Store what changed; secrets as ``Secret``."""
        with self._commands() as commands:
            commands.edit(connection_id, **_typed(changes))

    def remove(self, connection_id: str, *, discard: bool = False) -> None:
        """Delete a connection."""
        with self._commands() as commands:
            commands.remove(connection_id, discard=discard)

    def pause(self, connection_id: str) -> None:
        """Pause it."""
        with self._commands() as commands:
            commands.pause(connection_id)

    def resume(self, connection_id: str) -> None:
        """Resume it."""
        with self._commands() as commands:
            commands.resume(connection_id)

    def retry(self, rows: Sequence[int]) -> int:
        """Make rows due now."""
        with self._commands() as commands:
            return commands.retry(rows)

    def discard(self, rows: Sequence[int], reason: str) -> int:
        """Discard rows."""
        with self._commands() as commands:
            return commands.discard(rows, reason)

    def _commands(self) -> AbstractContextManager[Commands]:
        return _commands(self._settings)


class CoreRuns:
    """``Runs`` over ``poller_core.app``: each call in an event loop of its own, in the thread that it is called in."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._daemon = Daemon(settings)

    def test(self, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
        """Try a stored connection."""
        self._run("test_connection", connection_id, _telling(on_step))

    def test_draft(self, draft: Draft, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
        """Try what is typed."""
        self._run("test_connection", _draft(draft.values), _telling(on_step), instead_of=connection_id)

    def left_out(self, connection_id: str) -> int:
        """How many orders the start leaves out."""
        return int(self._run("left_out", connection_id))

    def poll(self, connection_ids: Sequence[str]) -> Sequence[PollReport]:
        """One cycle now."""
        found: Sequence[PollReport] = self._run("poll", connection_ids)
        return found

    def start(self, where: Where) -> None:
        """Start a poller."""
        self._daemon.start(where)

    def stop(self) -> None:
        """Stop the one that runs."""
        self._daemon.stop()

    def owns_poller(self) -> bool:
        """Whether it runs in this window."""
        return self._daemon.owned

    def _run(self, name: str, *arguments: object, **options: object) -> Any:
        import anyio

        from odoo_rpc import OdooError

        app: Any = import_module("poller_core.app")
        try:
            return anyio.run(partial(getattr(app, name), self._settings, *arguments, **options))
        except OdooError as error:
            raise PollerError(error.summary) from None


def _telling(on_step: Callable[[TestStep], None]) -> Callable[[Step], None]:
    def told(step: Step) -> None:
        detail = " · ".join(filter(None, (_(step.detail), _(step.remedy))))
        on_step(TestStep(step.name, step.ok, detail, step.elapsed_ms))

    return told


def _commands(settings: Settings) -> AbstractContextManager[Commands]:
    from poller_core.commands import open_commands

    return open_commands(settings, by="tui")


def _draft(values: Mapping[str, str]) -> ConnectionDraft:
    from odoo_rpc import Secret
    from poller_core.commands import ConnectionDraft

    typed = _typed(values)
    if "api_key" not in typed:
        typed["api_key"] = Secret("")
    return ConnectionDraft(**typed)


def _typed(values: Mapping[str, object]) -> dict[str, Any]:
    """Text from the form as the core takes it: whole numbers, secrets that don't show themselves, empty ones left out."""
    from odoo_rpc import Secret

    typed: dict[str, Any] = {}
    for name, value in values.items():
        if name in SECRETS:
            if value:
                typed[name] = Secret(str(value))
        elif name in WHOLE:
            typed[name] = _whole(name, str(value))
        else:
            typed[name] = value
    return typed


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadInput(Phrase("must be a whole number"), field=name) from None


__all__ = ["CoreRuns", "CoreWrites", "backend"]
