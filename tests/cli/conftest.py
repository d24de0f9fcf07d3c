"""The command line on a database of its own, at a moment that stands still, in Chile."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.making import NOW
from cli.population import populate
from cli.running import Ran
from odoo_poller import diagnostics
from odoo_poller.diagnostics import guarded
from odoo_poller.main import cli
from odoo_poller.session import Session

FIRST_ID = 0x9F3C1A7B2D4E6F80
SANTIAGO = "<-03>3"  # by offset: the machine may have no zone files


@pytest.fixture(autouse=True)
def chile_at_one_moment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith(("POLLER_", "LC_", "LANG")) or name in ("NO_COLOR", "COLUMNS", "PORT"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", SANTIAGO)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("POLLER_DB_PATH", str(tmp_path / "poller.db"))
    monkeypatch.setattr(Session, "now", property(lambda _session: NOW))
    monkeypatch.setattr(diagnostics, "color", "auto")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The populated database, made once."""
    path = tmp_path_factory.mktemp("morning") / "poller.db"
    ids = itertools.count(FIRST_ID)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("POLLER_SECRET_KEY", raising=False)
        patch.setattr("poller_core.commands.random_bytes.token_hex", lambda size: f"{next(ids):0{2 * size}x}")
        populate(path)
    return path


@pytest.fixture
def database(morning: Path, tmp_path: Path) -> Path:
    """A copy of the populated database, where the command line looks for it."""
    for file in morning.parent.glob("poller.db*"):
        shutil.copy2(file, tmp_path / file.name)
    return tmp_path / "poller.db"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Call the command line in this process: ``run("status", "--json", width=80)``."""

    def call(*arguments: str, width: int | None = None, stdin: str | None = None, **environ: str) -> Ran:
        import io

        with monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            if width is not None:
                patch.setenv("COLUMNS", str(width))
            patch.setattr("sys.stdin", io.StringIO(stdin or ""))
            capfd.readouterr()
            code = guarded(lambda: cli.main(list(arguments), prog_name="odoo-poller", standalone_mode=False))
            out, err = capfd.readouterr()
        return Ran(code, out, err)

    return call


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--transcripts", action="store_true", help="write tests/cli/transcripts anew")
