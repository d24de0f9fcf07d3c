"""One request and its answer over one connection."""

import ssl
from collections.abc import Hashable
from typing import NamedTuple

from odoo_rpc.net.answer import Answer, AnswerReader
from odoo_rpc.net.caps import Caps
from odoo_rpc.net.errors import ConnectFailed, TlsFailed
from odoo_rpc.net.wire import Wire


class NotSent(Exception):
    """The peer had closed before the whole request was written: it can't have acted upon it."""


class Outgoing(NamedTuple):
    """A request ready to be written, and what its answer may look like (`bodiless`: it answers a HEAD).

    `deadline` is the moment, on the event loop's clock, by which the answer must be whole.
    """

    data: bytes
    caps: Caps
    deadline: float
    truncate: bool = False
    bodiless: bool = False


class Connection:
    """A wire with the reader of its answers.

    `reusable` says after an answer whether another request may follow; after anything else only `close` is left.
    """

    __slots__ = ("_reader", "_wire", "idle_since", "origin", "reusable")

    def __init__(self, wire: Wire, origin: Hashable) -> None:
        self._wire = wire
        self._reader = AnswerReader()
        self.origin = origin
        self.idle_since = 0.0
        self.reusable = False

    async def round_trip(self, request: Outgoing) -> Answer:
        """Send a request and return its answer.

        Raise `NotSent`, `ConnectFailed`, `TlsFailed`, `ProtocolBroken`, `TooLarge` or `DeadlinePassed`.
        """
        reader = self._reader
        reader.expect(request.caps, truncate=request.truncate, bodiless=request.bodiless)
        sent = await self._send(request)
        try:
            while not reader.complete:
                data = await self._wire.receive(request.deadline)
                if data:
                    reader.feed(data)
                else:
                    reader.end()
        except (OSError, ConnectFailed) as error:
            if not sent and not reader.started:
                raise NotSent from None
            raise _lost(error, started=reader.started) from None
        self.reusable = sent and reader.reusable
        return reader.collect()

    async def _send(self, request: Outgoing) -> bool:
        """Whether all of it was written. A peer that refuses a large request may answer early and close: see then."""
        try:
            await self._wire.send(request.data, request.deadline)
        except OSError:
            return False
        return True

    def silent(self) -> bool:
        """Whether an idle connection is still open with nothing unasked-for on it."""
        return self._wire.silent()

    def close(self) -> None:
        """Close at once."""
        self._wire.close()


def _lost(error: Exception, *, started: bool) -> Exception:
    if isinstance(error, ConnectFailed):
        return error
    if isinstance(error, ssl.SSLError):
        return TlsFailed(f"TLS failed: {error.reason or 'closed by the peer'}")
    return ConnectFailed(f"the connection broke {'in the middle of' if started else 'before'} the answer")
