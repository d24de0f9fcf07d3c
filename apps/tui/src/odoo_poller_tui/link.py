"""Calls the synchronous backend in threads of its own, so that a key is answered while the database is busy.

Reads have one thread, writes another (a SQLite connection likes to stay in the thread that opened it), and what takes long gets a
thread that doesn't hold up the end of the program.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from odoo_poller_tui.backend import Backend, Reads, Runs, Writes

T = TypeVar("T")
S = TypeVar("S")


class Lane(Generic[S]):
    """One thread and what it opened at its first use."""

    def __init__(self, name: str, opened: Callable[[], S]) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._open = opened
        self._opened: list[S] = []

    async def call(self, ask: Callable[[S], T]) -> T:
        """``ask`` of what this lane opened, in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._call, ask)

    def close(self) -> None:
        """Take no more calls; close what was opened if it can be closed. Doesn't wait."""
        self._pool.submit(self._close)
        self._pool.shutdown(wait=False)

    def _call(self, ask: Callable[[S], T]) -> T:
        if not self._opened:
            self._opened.append(self._open())
        return ask(self._opened[0])

    def _close(self) -> None:
        for opened in self._opened:
            close = getattr(opened, "close", None)
            if close is not None:
                close()


class Link:
    """What the screens call. Every method raises what the backend raised."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.pending = 0
        """How many calls are under way: what tests wait for."""
        self._reads: Lane[Reads] = Lane("reads", backend.open_reads)
        self._writes: Lane[Writes] = Lane("writes", backend.open_writes)

    async def read(self, ask: Callable[[Reads], T]) -> T:
        """A short read."""
        return await self._counted(self._reads.call(ask))

    async def write(self, ask: Callable[[Writes], T]) -> T:
        """A short writing transaction."""
        return await self._counted(self._writes.call(ask))

    async def run(self, ask: Callable[[Runs], T]) -> T:
        """Something that takes long. A cancelled caller leaves it running to its end."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()  # from now on a cancelled caller doesn't cancel it

        def perform() -> None:
            try:
                result = ask(self.backend.runs)
            except BaseException as error:  # noqa: BLE001  # handed over to the caller, whatever it is
                done.set_exception(error)
            else:
                done.set_result(result)

        threading.Thread(target=perform, name="runs", daemon=True).start()
        return await self._counted(asyncio.wrap_future(done))

    async def _counted(self, call: Awaitable[T]) -> T:
        self.pending += 1
        try:
            return await call
        finally:
            self.pending -= 1

    def close(self) -> None:
        """Let go of the backend. Doesn't wait."""
        self._reads.close()
        self._writes.close()
