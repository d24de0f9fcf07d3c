"""What can last two seconds says how far it is, and what is done at once says nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from cli.making import Terminal
from cli.running import Ran
from odoo_poller import progress
from odoo_poller.progress import Progress, describe, waited_for


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Stderr as a terminal, and a clock on which every look is a second later."""
    terminal = Terminal(tty=True)
    seconds: Iterator[int] = itertools.count()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=terminal))
    monkeypatch.setattr(progress, "monotonic", lambda: float(next(seconds)))
    return terminal


def test_what_is_done_at_once_draws_nothing(screen: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "monotonic", lambda: 7.0)
    with Progress("Checking") as step:
        step(1, 2)
    assert screen.getvalue() == ""


def test_a_bar_is_drawn_and_taken_away(screen: Terminal) -> None:
    with Progress("Checking") as step:
        step(500, 1000)
    drawn, rest = screen.getvalue().split("\r\x1b[K")[1:]
    assert drawn.startswith("Checking ████████████░░░░░░░░░░░░ 50% · 500/1,000 · ")
    assert rest == ""


def test_nothing_is_drawn_where_nobody_looks(screen: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    screen.tty = False
    with Progress("Checking") as step:
        step(1, 2)
    assert screen.getvalue() == ""


def test_a_bar_never_passes_the_edge(screen: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    with Progress("Checking") as step:
        step(500, 1000)
    assert all(len(text) < 30 for text in screen.getvalue().split("\r\x1b[K"))


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [
        (0, 0, "Reading … 5 s"),
        (2000, 0, "Reading … 2,000 · 5 s"),
        (1, 4, "Reading ██████░░░░░░░░░░░░░░░░░░ 25% · 1/4 · 15 s"),
        (9, 4, "Reading ████████████████████████ 100% · 9/4"),
    ],
)
def test_how_far_it_is(done: int, total: int, text: str) -> None:
    assert describe("Reading", done, total, 5.0) == text


def test_what_does_not_tell_how_far_it_is_tells_how_long_it_takes(
    screen: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TICK", 0.001)

    async def work(_step: Progress) -> str:
        with anyio.fail_after(10):
            while "Polling … " not in screen.getvalue():  # noqa: ASYNC110 - what is drawn can't be awaited
                await anyio.sleep(0.001)
        return "done"

    assert waited_for("Polling", work) == "done"
    assert screen.getvalue().endswith("\r\x1b[K")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[int, int]]]:
    """What each bar was told, by its label."""
    heard: dict[str, list[tuple[int, int]]] = {}

    def hear(bar: Progress, done: int, total: int = 0) -> None:
        heard.setdefault(bar.label, []).append((done, total))

    monkeypatch.setattr(Progress, "__call__", hear)
    return heard


def test_looking_after_the_database_tells_how_far_it_is(
    run: Callable[..., Ran],
    database: Path,
    tmp_path: Path,
    told: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poller_core.store.copying.PROGRESS_EVERY", 10)
    copy = str(tmp_path / "copy.db")
    assert run("db", "check").code == 0
    assert run("db", "backup", copy).code == 0
    assert run("db", "restore", copy, "--yes").code == 0
    assert run("db", "prune", "--older-than", "1", "--yes").code == 0
    assert run("projections", "rebuild").code == 0
    assert {"Checking", "Copying", "Restoring", "Rebuilding"} <= told.keys()
    for label, steps in told.items():
        shares = [done / total for done, total in steps]
        assert shares == sorted(shares), label
        assert shares[-1] == 1, label
    # Both halves of the work are told: the copy, and the proof that it is sound.
    assert len([done for done, total in told["Restoring"] if done * 2 < total]) > 1
