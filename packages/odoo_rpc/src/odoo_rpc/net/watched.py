"""The same wire on asyncio, at two thirds of the price.

`anyio.wait_readable` registers the socket with the selector before every answer and takes it out again afterwards:
two system calls and the selector's bookkeeping, a third of the CPU of a POST with 50 in flight. asyncio can leave it
registered for as long as the connection lives, and a timer of its loop keeps a deadline at a quarter of what a cancel
scope costs. So this is the one place that goes around anyio (`benchmarks/http_post.py` measures both).
"""

import asyncio
import socket
from collections.abc import Callable

import anyio

from odoo_rpc.net.wire import CHUNK, NOT_YET, DeadlinePassed, Wire


class WatchedWire(Wire):
    """A wire whose socket the running asyncio loop watches. Raise `NotImplementedError` where that loop can't."""

    __slots__ = ("_loop", "_waiter", "_watching")

    def __init__(self, connected: socket.socket) -> None:
        super().__init__(connected)
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[bytes | OSError | DeadlinePassed] | None = None
        self._watching = False
        self._watch()

    async def receive(self, deadline: float) -> bytes:
        """Wait for something to come and return it; b"" at the end of stream. Raise `OSError` or `DeadlinePassed`."""
        if self._loop.time() >= deadline:
            raise DeadlinePassed  # a peer that always has one more byte would be ahead of the timer each time
        if not self._watching:
            self._watch()
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_at(deadline, _give_up, waiter)
        try:
            came = await waiter
        finally:
            timer.cancel()
            self._waiter = None  # it holds what came, for as long as the connection lies idle
        if isinstance(came, bytes):
            return came
        raise came

    def close(self) -> None:
        """Close at once, without waiting for anything."""
        self._ignore()
        super().close()

    def detach(self) -> socket.socket:
        """Hand the socket over, unwatched; this wire is of no use afterwards."""
        self._ignore()
        return super().detach()

    def _readable(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            # Nobody waits, or what came last was not taken yet. Leave it with the kernel: that slows an eager peer
            # down, and `silent` will find it on an idle connection.
            self._ignore()
            return
        try:
            waiter.set_result(self._socket.recv(CHUNK))
        except NOT_YET:
            return
        except OSError as error:
            # As a result, since asyncio complains about an exception that a cancelled task no longer fetches.
            waiter.set_result(error)

    def _watch(self) -> None:
        self._loop.add_reader(self._socket.fileno(), self._readable)
        self._watching = True

    def _ignore(self) -> None:
        if self._watching:
            self._loop.remove_reader(self._socket.fileno())
            self._watching = False


def _give_up(waiter: asyncio.Future[bytes | OSError | DeadlinePassed]) -> None:
    if not waiter.done():
        waiter.set_result(DeadlinePassed())


def watched(wire: Wire) -> Wire:
    """Return the wire as it is best used here: watched by the loop on asyncio, as it is anywhere else."""
    try:
        return WatchedWire(wire.detach()) if _in_asyncio() else wire
    except NotImplementedError:
        return wire


def loop_clock() -> Callable[[], float]:
    """What `anyio.current_time` reads, without its look-up of who runs the loop, which a request would notice."""
    return asyncio.get_running_loop().time if _in_asyncio() else anyio.current_time


def _in_asyncio() -> bool:
    """Whether this is a task of asyncio's own: trio may run as a guest inside an asyncio loop."""
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False
