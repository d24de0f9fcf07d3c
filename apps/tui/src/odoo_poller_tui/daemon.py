"""Starts and stops the poller from the screens: as a process of its own, or as a thread of this one with its own event loop."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odoo_poller_tui.backend import Where
from odoo_poller_tui.i18n import _
from poller_core.errors import DatabaseHeld, PollerError
from poller_core.lock import holder
from poller_core.settings import Settings

if TYPE_CHECKING:
    import anyio

START_SECONDS = 10.0
STOP_SECONDS = 12.0
LOOK_SECONDS = 0.05
LOG_LIMIT = 10_000_000
"""A log of the poller's that is larger is begun anew at the next start."""


class Daemon:
    """The poller of one database. Its methods wait: call them in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._thread: threading.Thread | None = None
        self._loop_stop: tuple[Any, anyio.Event] | None = None
        self._failure: BaseException | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def owned(self) -> bool:
        """Whether it runs in this process."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, where: Where) -> None:
        """Start it; returns once it holds the database. Raises ``PollerError`` that says why it does not."""
        if holder(self._settings.db_path) is not None:
            raise DatabaseHeld(_("A poller runs already"))
        if where == "window":
            self._start_thread()
        else:
            self._start_process()

    def stop(self) -> None:
        """Ask it to stop; returns once the database is free."""
        if self.owned and self._loop_stop is not None:
            loop, stop = self._loop_stop
            loop.call_soon_threadsafe(stop.set)
        else:
            self._signal()
        if not self._wait(lambda: holder(self._settings.db_path) is None and not self.owned, STOP_SECONDS):
            raise PollerError(_("The poller was asked to stop and has not yet"))
        if self._child is not None and self._child.poll() is not None:
            self._child = None

    def _start_thread(self) -> None:
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
        self._thread.start()
        self._wait(lambda: self._held() or not self.owned, START_SECONDS)
        if self._failure is not None:
            raise (
                self._failure
                if isinstance(self._failure, PollerError)
                else PollerError(_("The poller failed"))
            )

    def _run(self) -> None:
        import anyio
        from anyio.lowlevel import current_token

        from poller_core import app

        async def until_stopped() -> None:
            stop = anyio.Event()
            self._loop_stop = (current_token().native_token, stop)
            await app.run(self._settings, stop=stop, install_signals=False)

        try:
            anyio.run(until_stopped)
        except BaseException as error:  # noqa: BLE001  # told to whoever started it
            self._failure = error
        finally:
            self._loop_stop = None

    def _start_process(self) -> None:
        with self._log() as log:
            self._child = subprocess.Popen(  # noqa: S603  # our own command with the database's path
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | {"POLLER_LOG_LEVEL": self._settings.log_level},
            )
        child = self._child
        self._wait(lambda: self._held() or child.poll() is not None, START_SECONDS)
        if child.poll() is not None:
            raise PollerError(
                _(
                    "The poller ended at once, with exit code {code}: see {path}",
                    code=child.returncode,
                    path=self._log_path,
                )
            )

    def _command(self) -> list[str]:
        beside = Path(sys.executable).with_name("odoo-poller")
        command = str(beside) if beside.exists() else shutil.which("odoo-poller")
        if command is None:
            raise PollerError(_("The command odoo-poller is not installed: start the poller in this window"))
        return [command, "run", "--db", str(self._settings.db_path.absolute())]

    @property
    def _log_path(self) -> Path:
        path = self._settings.db_path
        return path.with_name(f"{path.name}.run.log")

    def _log(self) -> Any:
        path = self._log_path
        grown = path.exists() and path.stat().st_size > LOG_LIMIT
        flags = (
            os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_TRUNC if grown else os.O_APPEND)
        )
        try:
            return os.fdopen(os.open(path, flags, 0o600), "ab")
        except OSError as error:
            raise PollerError(f"{path}: {error.strerror}") from None

    def _held(self) -> bool:
        return holder(self._settings.db_path) is not None

    def _signal(self) -> None:
        """SIGTERM to the holder, if it is a poller that this machine's process list knows: a pid may be another container's."""
        pid = holder(self._settings.db_path)
        if pid is None:
            raise PollerError(_("No poller runs"))
        if not pid or not _is_poller(pid):
            raise PollerError(
                _(
                    "Process {pid} is no poller that can be stopped from here: stop it where it was started",
                    pid=pid,
                )
            )
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            return
        except PermissionError:
            raise PollerError(_("The poller is another user's: stop it as that user")) from None

    @staticmethod
    def _wait(done: Any, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if done():
                return True
            time.sleep(LOOK_SECONDS)
        return bool(done())


def _is_poller(pid: int) -> bool:
    """Whether the process's command line is odoo-poller's; where there is no /proc, whether it is there at all."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()
    return any(name in command for name in (b"odoo-poller", b"odoo_poller"))
