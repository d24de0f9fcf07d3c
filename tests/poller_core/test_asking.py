"""``poll`` and ``deliver`` beside whoever holds the database: a daemon answers, anybody else is waited for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from poller_core import app
from poller_core.lock import PollerLock
from poller_core.model import DeliverReport
from poller_core.settings import Settings
from poller_core.store import Store

pytestmark = pytest.mark.anyio
WORK: list[tuple[Callable[[Settings], Awaitable[Any]], Any]] = [
    (app.poll, []),
    (app.deliver, DeliverReport()),
]


@pytest.mark.parametrize(("work", "nothing"), WORK)
async def test_who_held_the_database_and_went_away_without_an_answer_leaves_the_work_to_us(
    work: Callable[[Settings], Awaitable[Any]], nothing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another ``poll`` does that cron started a moment before."""
    settings = Settings(db_path=tmp_path / "poller.db")
    Store.open(settings.db_path).close()
    lock = PollerLock.acquire(settings.db_path)
    asked = app.Store.open

    def ask(path: Path, **how: Any) -> Store:
        """It goes away just when it is asked."""
        lock.release()
        return asked(path, **how)

    monkeypatch.setattr(app.Store, "open", ask)
    with anyio.fail_after(20):
        assert await work(settings) == nothing
    store = asked(settings.db_path)
    assert store.requests.take() == []
    store.close()


@pytest.mark.parametrize(("work", "nothing"), WORK)
async def test_a_request_waits_until_it_is_answered_or_nobody_holds_the_database(
    work: Callable[[Settings], Awaitable[Any]], nothing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(db_path=tmp_path / "poller.db")
    Store.open(settings.db_path).close()
    lock = PollerLock.acquire(settings.db_path)
    looks = 0

    def holder(path: Path) -> int | None:
        nonlocal looks
        looks += 1
        if looks == 3:
            lock.release()
        return 1 if looks < 3 else None

    monkeypatch.setattr(app, "holder", holder)
    with anyio.fail_after(20):
        assert await work(settings) == nothing
    assert looks == 3
