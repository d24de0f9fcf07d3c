"""The screens' backend made of the core: reads as they are, writes and long work through thin adapters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from odoo_poller_tui.backend import Backend, Draft, TestStep, Where
from poller_core.commands import ConnectionDraft, open_commands
from poller_core.errors import PollerError
from poller_core.lock import holder
from poller_core.model import PollReport
from poller_core.readside import ReadSide
from poller_core.settings import Settings

START_SECONDS = 10.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.05
_NUMBERS = frozenset({"polling_interval_seconds", "max_attempts", "min_interval_ms"})
_SECRETS = frozenset({"api_key", "webhook_secret"})


def backend(settings: Settings) -> Backend:
    """The backend of a database, which is made where it isn't there yet."""
    with open_commands(settings, by="tui"):
        pass
    return Backend(
        open_reads=lambda: ReadSide.open(settings.db_path),
        open_writes=lambda: CoreWrites(settings),
        runs=CoreRuns(settings),
        path=str(settings.db_path),
        default_webhook_url=settings.default_webhook_url,
    )


def typed(values: Mapping[str, object]) -> dict[str, Any]:
    """A form's texts as the core takes them: numbers as numbers, secrets hidden, empty secrets left out."""
    from odoo_rpc.secret import Secret

    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in _SECRETS:
            if value:
                found[name] = Secret(str(value))
        else:
            found[name] = int(str(value)) if name in _NUMBERS else value
    return found


class CoreWrites:
    """Short transactions, all in the thread that opened them."""

    def __init__(self, settings: Settings) -> None:
        self._stack = ExitStack()
        self._commands = self._stack.enter_context(open_commands(settings, by="tui"))

    def close(self) -> None:
        """Close the store."""
        self._stack.close()

    def validate(self, field: str, value: str) -> str | None:
        """Why the value can't be accepted."""
        return self._commands.validate(field, value)

    def add(self, draft: Draft) -> str:
        """Store a new connection; its id."""
        return self._commands.add(ConnectionDraft(**typed(draft.values))).id

    def edit(self, connection_id: str, changes: Mapping[str, object]) -> None:
        """Store what changed."""
        self._commands.edit(connection_id, **typed(changes))

    def remove(self, connection_id: str, *, discard: bool = False) -> None:
        """Delete a connection."""
        self._commands.remove(connection_id, discard=discard)

    def pause(self, connection_id: str) -> None:
        """Pause a connection."""
        self._commands.pause(connection_id)

    def resume(self, connection_id: str) -> None:
        """Resume a connection."""
        self._commands.resume(connection_id)

    def retry(self, rows: Sequence[int]) -> int:
        """Make rows due now."""
        return self._commands.retry(rows)

    def discard(self, rows: Sequence[int], reason: str) -> int:
        """Give rows up."""
        return self._commands.discard(rows, reason)


class CoreRuns:
    """What takes long, and the poller itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], None] | None = None

    def test(self, what: str | Draft, on_step: Callable[[TestStep], None]) -> None:
        """Try a stored connection, telling each step as it ends."""
        import anyio

        from poller_core import app
        from poller_core.reports import Step

        if isinstance(what, Draft):
            raise PollerError("save the connection first, then test it")

        def ended(step: Step) -> None:
            on_step(TestStep(step.name, step.ok, step.detail, step.elapsed_ms))

        anyio.run(app.test_connection, self._settings, what, ended)

    def left_out(self, connection_id: str) -> int:
        """Confirmed orders before the connection's start."""
        import anyio

        from poller_core import app

        return anyio.run(app.left_out, self._settings, connection_id)

    def poll(self, connection_ids: Sequence[str]) -> Sequence[PollReport]:
        """One cycle now."""
        import anyio

        from poller_core import app

        return anyio.run(app.poll, self._settings, connection_ids)

    def start(self, where: Where) -> None:
        """Start a poller in a process of its own, or in this window."""
        if where == "process":
            program = [sys.executable, "-m", "odoo_poller", "run", "--db", str(self._settings.db_path)]
            subprocess.Popen(  # noqa: S603  # our own program on our own database
                program,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        else:
            self._thread = threading.Thread(target=self._run_here, name="poller", daemon=True)
            self._thread.start()
        self._wait(
            lambda pid: pid is not None, START_SECONDS, "the poller did not start; see: odoo-poller run"
        )

    def _run_here(self) -> None:
        import anyio
        from anyio.from_thread import BlockingPortal

        from poller_core import app

        async def main() -> None:
            stop = anyio.Event()
            async with BlockingPortal() as portal:
                self._stop = lambda: portal.call(stop.set)
                await app.run(self._settings, stop=stop, install_signals=False)
                self._stop = None

        anyio.run(main)

    def stop(self) -> None:
        """Ask the running poller to stop, and wait for it."""
        if self._stop is not None:
            self._stop()
        else:
            pid = holder(self._settings.db_path)
            if pid:
                os.kill(pid, signal.SIGTERM)
        self._wait(lambda pid: pid is None, STOP_SECONDS, "the poller did not stop within ten seconds")

    def _wait(self, reached: Callable[[int | None], bool], seconds: float, failure: str) -> None:
        until = time.monotonic() + seconds
        while not reached(holder(self._settings.db_path)):
            if time.monotonic() > until:
                raise PollerError(failure)
            time.sleep(LOOK_SECONDS)

    def owns_poller(self) -> bool:
        """Whether a poller runs in this window."""
        return self._thread is not None and self._thread.is_alive()


__all__ = ["CoreRuns", "CoreWrites", "backend"]
