"""Two things at once, where one goes first: committing a page while the next one is on its way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import anyio.lowlevel

T = TypeVar("T")


async def meanwhile(work: Callable[[], Awaitable[None]], ahead: Callable[[], Awaitable[T]]) -> T:
    """Do both, ``ahead`` up to its first wait before ``work`` begins; what ``ahead`` returned.

    Where ``work`` raises, ``ahead`` is cancelled; what ``ahead`` raises waits.
    """
    outcome: list[T | Exception] = []
    failure: Exception | None = None

    async def run_ahead() -> None:
        try:
            outcome.append(await ahead())
        except Exception as error:  # noqa: BLE001  # raised below, once the work is done
            outcome.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_ahead)
        try:
            await anyio.lowlevel.checkpoint()
            await work()
        except Exception as error:  # noqa: BLE001  # raised below, outside the group, which would wrap it
            failure = error
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    (found,) = outcome
    if isinstance(found, Exception):
        raise found
    return found


__all__ = ["meanwhile"]
