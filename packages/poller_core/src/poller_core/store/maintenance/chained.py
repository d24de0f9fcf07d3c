"""The log and the bodies beside it held against the hash chain: what was altered or is missing, event by event."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from poller_core.i18n import Phrase
from poller_core.reports import OnProgress
from poller_core.store.archive import ZstdError, decompress
from poller_core.store.base import Base
from poller_core.store.chain import GENESIS

BATCH = 1000

_EVENTS = "SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position"
_BODIES = "SELECT * FROM bodies WHERE position > ? AND position <= ?"
_ARCHIVE = "SELECT * FROM archive WHERE position > ? AND position <= ?"


class _Digested(msgspec.Struct):
    """What an event says of its body."""

    digest: str


class _Erased(msgspec.Struct):
    """What an event says of bodies and events that were erased."""

    before: int = 0
    checkpoint: str = ""
    settled_before: int = 0


_WITH_BODY = frozenset({b"PayloadBuilt", b"OrderRejected"})
_WITHOUT_CONTENT = frozenset({b"OrderFetched", b"DeliveryAttempted", b"PollCompleted"})
_digested = msgspec.json.Decoder(_Digested).decode
_erased = msgspec.json.Decoder(_Erased).decode


class Chained:
    """Goes through the log once, in short reads. ``tell`` takes each problem, one line.

    The connection's texts must come as bytes: what was altered need not be UTF-8 any more.
    """

    def __init__(self, db: sqlite3.Connection, base: Base, tell: Callable[[Phrase], None]) -> None:
        self._db = db
        self._base = base
        self._tell = tell
        self._previous: bytes | None = bytes.fromhex(base.hash) if base.position else GENESIS
        self._position = base.position
        self._checkpoint = _Erased()
        self.settled_before = 0
        """Bodies of orders that were settled before then (ms) may be gone: an event says that they were erased."""
        self.events = 0
        self.bodies = 0
        self.erased = 0
        self.bytes = 0

    def go(self, head: int, on_progress: OnProgress) -> None:
        """Verify all events up to position ``head``, and the bodies that are there."""
        first = self._base.position
        for start in range(first, head, BATCH):
            end = min(start + BATCH, head)
            try:
                self._batch(start, end)
            except sqlite3.DatabaseError as error:
                self._tell(
                    Phrase(
                        "events {first} to {last} can't be read: {why}", first=start + 1, last=end, why=error
                    )
                )
                self._position, self._previous = end, None
            on_progress(end - first, head - first)
        self._require_next(head + 1)
        if (self._checkpoint.before, self._checkpoint.checkpoint) != (first, self._base.hash):
            self._tell(Phrase("the log's beginning was cut off, and no event says so"))

    def _batch(self, start: int, end: int) -> None:
        rows = self._db.execute(_EVENTS, (start, end)).fetchall()
        # In this order: a body that is archived meanwhile is found in both places, and never in none.
        bodies = {row[0]: row[1:] for row in self._db.execute(_BODIES, (start, end))}
        archive = {row[0]: row[1:] for row in self._db.execute(_ARCHIVE, (start, end))}
        for position, subject, order_id, version, kind, at, data, kept in rows:
            if position != self._position + 1:
                self._require_next(position)
            self._position = position
            self.bytes += len(data)
            try:
                line = b"%d|%d|%d|%d|%b|%d|%b" % (position, subject, order_id, version, kind, at, data)
                sound = self._previous is None or sha256(self._previous + line).digest() == kept
            except TypeError:
                sound = False
            if not sound:
                self._tell(Phrase("event {position} was altered", position=position))
            self._previous = kept
            if kind not in _WITHOUT_CONTENT:
                self._content(position, kind, data, bodies.get(position), archive.get(position))
        self.events += len(rows)

    def _content(self, position: int, kind: bytes, data: bytes, body: Any, archived: Any) -> None:
        try:
            if kind in _WITH_BODY:
                self._body(position, _digested(data).digest, body, archived)
            elif kind == b"PayloadsErased":
                erased = _erased(data)
                self._checkpoint = erased if erased.checkpoint else self._checkpoint
                self.settled_before = max(self.settled_before, erased.settled_before)
        except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
            self._tell(Phrase("event {position} can't be read", position=position))

    def _body(self, position: int, digest: str, body: Any, archived: Any) -> None:
        if body is None and archived is None:
            self.erased += 1
            return
        self.bodies += 1
        try:
            if body is not None:
                self._hold(body[0], body[1], digest)
            if archived is not None:
                self._hold(archived[0], decompress(archived[1]), digest)
        except (ZstdError, TypeError, ValueError):
            self._tell(Phrase("the payload of event {position} was altered", position=position))

    def _hold(self, salt: bytes, body: bytes, digest: str) -> None:
        self.bytes += len(body)
        if sha256(salt + body).hexdigest() != digest:
            raise ValueError(digest)

    def _require_next(self, position: int) -> None:
        first, last = self._position + 1, position - 1
        if first <= last:
            self._tell(Phrase("events {first} to {last} are missing", first=first, last=last))
            self._previous = None


__all__ = ["Chained"]
