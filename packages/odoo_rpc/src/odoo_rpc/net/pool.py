"""Idle connections, kept for the next request to the same origin.

The newest is used first, so that the surplus of a busy moment ages and goes. Every operation costs the same with one
origin or ten thousand: a request looks at the connections that have been idle longest, and closes those whose time
is over.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from odoo_rpc.net.connection import Connection


class Pool:
    """Connections by origin, at most `max_idle_per_origin` each and `max_idle` in all, none idle longer than
    `keepalive_seconds`. What exceeds a limit is closed, longest idle first.
    """

    def __init__(
        self,
        *,
        keepalive_seconds: float,
        max_idle_per_origin: int,
        max_idle: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keepalive_seconds = keepalive_seconds
        self._max_idle_per_origin = max_idle_per_origin
        self._max_idle = max_idle
        self._clock = clock
        self._stacks: dict[Hashable, list[Connection]] = {}
        self._by_age: OrderedDict[Connection, None] = OrderedDict()
        self._closed = False

    def __len__(self) -> int:
        """Return how many connections are idle."""
        return len(self._by_age)

    def take(self, origin: Hashable) -> Connection | None:
        """Return the newest idle connection to `origin` that its peer has not closed meanwhile."""
        self.close_expired()
        while stack := self._stacks.get(origin):
            connection = stack[-1]
            self._forget(connection)
            if connection.silent():
                return connection
            connection.close()
        return None

    def put(self, connection: Connection) -> None:
        """Keep a connection that is ready for another request."""
        if self._closed:
            connection.close()
            return
        connection.idle_since = self._clock()
        self._stacks.setdefault(connection.origin, []).append(connection)
        self._by_age[connection] = None
        if len(stack := self._stacks[connection.origin]) > self._max_idle_per_origin:
            self._drop(stack[0])
        while len(self._by_age) > self._max_idle:
            self._drop(next(iter(self._by_age)))
        self.close_expired()

    def close_expired(self) -> None:
        """Close what has been idle for too long. Every `take` and `put` does this."""
        too_old = self._clock() - self._keepalive_seconds
        while self._by_age and (oldest := next(iter(self._by_age))).idle_since <= too_old:
            self._drop(oldest)

    def close(self) -> None:
        """Close every idle connection, and from now on what is put."""
        self._closed = True
        while self._by_age:
            self._drop(next(iter(self._by_age)))

    def _drop(self, connection: Connection) -> None:
        self._forget(connection)
        connection.close()

    def _forget(self, connection: Connection) -> None:
        del self._by_age[connection]
        stack = self._stacks[connection.origin]
        stack.remove(connection) if stack[-1] is not connection else stack.pop()
        if not stack:
            del self._stacks[connection.origin]
