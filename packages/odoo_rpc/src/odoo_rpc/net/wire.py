"""One connected socket, plain or TLS, that waits through anyio and so runs on asyncio and trio.

Not anyio's own streams: between a request and its answer those cost one more turn of the loop, closing them takes an
await, which a cancelled task can't give, and they don't tell whether the peer closed an idle connection.
`anyio.wait_readable` has none of that. TLS goes through the same calls: a non-blocking `ssl.SSLSocket` says itself
what it waits for.
"""

import os
import socket
import ssl

import anyio

from odoo_rpc.net.target import Address

CHUNK = 64 * 1024
"""Bytes taken from a socket at once, at most."""

NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a non-blocking socket raises where it would have to wait.

Sending waits for room and receiving for data: the crossed cases of TLS need renegotiation, which `tls` forbids.
"""


class DeadlinePassed(Exception):
    """The moment until which a wire was to wait is over; what was under way on it is in pieces."""


class Wire:
    """A connected byte pipe. Whoever holds it closes it; `close` is immediate and may be called twice.

    A `deadline` is a moment on the event loop's clock (`anyio.current_time()`); who would have to wait beyond it raises
    `DeadlinePassed`. The wire keeps it, not a scope around the whole exchange: most exchanges wait once, and setting
    up a scope costs several times what the one timer does (see `watched`).
    """

    __slots__ = ("_socket",)

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    async def send(self, data: bytes, deadline: float) -> None:
        """Send everything. Raise `OSError` where the peer is gone, or `DeadlinePassed`."""
        try:
            sent = self._socket.send(data)
        except NOT_YET:
            sent = 0
        if sent < len(data):
            with anyio.CancelScope(deadline=deadline):
                await self._send_rest(memoryview(data)[sent:])
                return
            raise DeadlinePassed

    async def _send_rest(self, rest: memoryview) -> None:
        while rest:
            await anyio.wait_writable(self._socket)
            try:
                rest = rest[self._socket.send(rest) :]
            except NOT_YET:
                continue

    async def receive(self, deadline: float) -> bytes:
        """Wait for something to come and return it; b"" at the end of stream. Raise `OSError` or `DeadlinePassed`."""
        with anyio.CancelScope(deadline=deadline):
            while True:
                await anyio.wait_readable(self._socket)
                try:
                    return self._socket.recv(CHUNK)
                except NOT_YET:
                    continue
        raise DeadlinePassed

    def silent(self) -> bool:
        """Whether the peer neither closed nor said anything. What it said unasked is lost: close the wire then."""
        try:
            self._socket.recv(1)
        except NOT_YET:
            return True
        except OSError:
            return False
        return False

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Speak TLS from here on, with a peer that proves to be `host`. Raise `ssl.SSLError` or another `OSError`."""
        wrapped = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        self._socket = wrapped
        while True:
            try:
                wrapped.do_handshake()
            except ssl.SSLWantReadError:
                await anyio.wait_readable(wrapped)
            except ssl.SSLWantWriteError:
                await anyio.wait_writable(wrapped)
            else:
                return

    def close(self) -> None:
        """Close at once, without waiting for anything."""
        self._socket.close()

    def detach(self) -> socket.socket:
        """Hand the socket over; this wire is of no use afterwards."""
        return self._socket


async def connect(address: Address, port: int) -> Wire:
    """Open a TCP connection to this very address. Raise `OSError`."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            opened.connect((str(address), port))
        except BlockingIOError:
            await anyio.wait_writable(opened)
            code = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, os.strerror(code)) from None
    except BaseException:
        opened.close()
        raise
    return Wire(opened)
