"""The receivers: what they took, how they answer now, and what must hold whenever a delivery arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import anyio

from odoo_rpc.net import Caps, ConnectFailed, Reply, TimedOut
from simulation.failure import Violation

Key = tuple[str, str]
"""(webhook id, connection id): two connections to one Odoo send the same order under one id, each with its own source."""


@dataclass(eq=False)
class Endpoint:
    """One URL: how it answers, and everything that it ever took."""

    url: str
    now: Callable[[], float]
    random: Random
    arriving: Callable[[Endpoint, str, str], None]
    """Looks at a delivery that arrives, before it is answered: (endpoint, webhook id, connection id)."""
    down: bool = False
    slow: float = 0.0
    lose_answers: float = 0.0
    busy_until: float = 0.0
    poison: dict[str, int] = field(default_factory=dict)
    """By webhook id: the status that this order always gets."""
    wrong: dict[str, int] = field(default_factory=dict)
    """By connection id: the status that its set-up earns (401, 404, 410)."""
    taken: set[Key] = field(default_factory=set)
    bodies: dict[Key, bytes] = field(default_factory=dict)
    answered: dict[Key, int] = field(default_factory=dict)
    """What was told that it is delivered, and in which age of the poller's memory."""
    troubles: dict[Key, list[float]] = field(default_factory=dict)
    """When the answer to a delivery was anything but its acceptance, or there was none (virtual seconds)."""
    last_accepted_at: float = -1.0
    age: Callable[[], int] = lambda: 0
    requests: int = 0
    in_flight: int = 0
    record: list[tuple[float, str]] | None = None
    """Moments and ids of all requests, where a test wants them."""

    async def post(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one delivery."""
        ident, connection = headers["webhook-id"], headers["X-Odoo-Connection-Id"]
        key = ident, connection
        self.arriving(self, ident, connection)
        if self.bodies.setdefault(key, body) != body:
            raise Violation(f"two bodies under {ident}")
        if self.answered.get(key) == self.age():
            raise Violation(f"{ident} was delivered, which was answered, and comes again")
        self.requests += 1
        if self.record is not None:
            self.record.append((self.now(), ident))
        self.in_flight += 1
        try:
            await anyio.sleep(self.random.uniform(0.01, 0.2) + self.slow)
            reply = self._answer(key)
            await anyio.sleep(0.01)
            if reply.status < 300:
                self.answered[key] = self.age()
                self.last_accepted_at = self.now()
            return reply
        finally:
            self.in_flight -= 1
            if key not in self.answered:
                self.troubles.setdefault(key, []).append(self.now())

    def was_unlucky(self, key: Key, tries: int) -> bool:
        """Whether this delivery met trouble so often while others were taken: the poller can't tell that from its own fault."""
        times = self.troubles.get(key, [])
        return len(times) >= tries and self.last_accepted_at > times[0]

    def _answer(self, key: Key) -> Reply:
        chance = self.random
        ident, connection = key
        if self.down:
            kind = chance.randrange(3)
            if kind == 0:
                raise ConnectFailed("down")
            if kind == 1:
                raise TimedOut("down")
            return reply(chance.choice([500, 502, 503]))
        if self.now() < self.busy_until:
            return reply(429, {"retry-after": str(int(self.busy_until - self.now()) + 1)})
        if connection in self.wrong:
            return reply(self.wrong[connection])
        if ident in self.poison:
            return reply(self.poison[ident])
        self.taken.add(key)
        if chance.random() < self.lose_answers:
            raise ConnectFailed("the answer was lost")
        return reply(204)

    def recover(self) -> None:
        """Everything works again; what is poison stays so."""
        self.down, self.slow, self.lose_answers, self.busy_until = False, 0.0, 0.0, 0.0
        self.wrong.clear()


def reply(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer without a body."""
    return Reply(status, dict(headers or {}), b"", 1.0)


class Receivers:
    """All endpoints as one exchange."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints

    async def post(
        self,
        url: Any,
        headers: Mapping[str, str],
        body: bytes,
        *,
        caps: Caps,
        deadline_seconds: float,
        **_: Any,
    ) -> Reply:
        """POST within the deadline."""
        del caps
        with anyio.move_on_after(deadline_seconds):
            return await self._endpoints[str(url)].post(headers, body)
        raise TimedOut("no answer in time")

    async def get(self, *_: Any, **__: Any) -> Reply:
        """Nobody gets anything."""
        raise Violation("a delivery is a POST")


__all__ = ["Endpoint", "Key", "Receivers", "reply"]
