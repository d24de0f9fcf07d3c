"""What the loops need of the world, so that a simulation can give them another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol, TypeVar

import anyio
import anyio.to_thread

from odoo_rpc.net.reply import Exchange
from poller_core.decide.backoff import Backoff
from poller_core.logging import Log
from poller_core.store import Store
from poller_core.timeline import Timeline
from poller_core.vault import Vault

T = TypeVar("T")


class Blocking(Protocol):
    """Runs a store's function: in a thread, or in place where time is simulated. Calls never overlap."""

    async def __call__(self, function: Callable[..., T], *arguments: object) -> T:
        """Await ``function(*arguments)``."""


class ThreadBlocking:
    """One worker thread at a time, so that a slow disk never stops the loops. The store is used by nobody else.

    anyio keeps a cancelled caller waiting until the thread has ended: a commit can't be taken back.
    """

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(1)
        self._queue = anyio.Lock(fast_acquire=True)

    async def __call__(self, function: Callable[..., T], *arguments: object) -> T:
        """Run in the thread once it is this call's turn."""
        async with self._queue:
            return await anyio.to_thread.run_sync(function, *arguments, limiter=self._limiter)

    async def urgent(self, function: Callable[..., T], *arguments: object) -> T:
        """Run in the thread, past whoever queues: fifty pages to be captured must not keep answers from being recorded."""
        return await anyio.to_thread.run_sync(function, *arguments, limiter=self._limiter)


async def inline(function: Callable[..., T], *arguments: object) -> T:
    """Run in place: a virtual clock must not run on while a thread works."""
    await anyio.lowlevel.checkpoint()
    return function(*arguments)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows. Times in the unit that their name says."""

    min_interval_ms: int = 1000
    overlap_seconds: int = 300
    endpoint_concurrency: int = 16
    deadline_seconds: float = 30.0
    connect_seconds: float = 10.0
    backoff: Backoff = field(default_factory=Backoff)
    auth_retry_seconds: float = 600.0
    sweep_every_seconds: float = 86_400.0


@dataclass(slots=True)
class Services:
    """Store, clock, network and chance, handed to every loop."""

    store: Store
    vault: Vault
    timeline: Timeline
    odoo: Exchange
    receivers: Exchange
    blocking: Blocking
    urgent: Blocking
    """The same thread, past those who queue for it."""
    limits: Limits
    random: Random
    log: Log


__all__ = ["Blocking", "Limits", "Services", "ThreadBlocking", "inline"]
