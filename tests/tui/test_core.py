"""The backend over the real core: what the fake promises, on a real database."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from odoo_poller_tui import core, daemon
from odoo_poller_tui.app import PollerApp
from odoo_poller_tui.backend import Backend, Draft
from odoo_poller_tui.widgets.line import Line
from odoo_poller_tui.widgets.table import Table
from poller_core.errors import BadInput, DatabaseHeld, PollerError
from poller_core.lock import PollerLock
from poller_core.readside import ReadSide
from poller_core.settings import Settings
from tui.driving import press, screen_text, settle

pytestmark = pytest.mark.anyio
VALUES = {
    "name": "Le Juste",
    "odoo_url": "https://le-juste.odoo.com",
    "odoo_db": "le-juste",
    "odoo_username": "bot",
    "api_key": "k3y",
    "store_id": "s1",
    "client_id": "c1",
    "webhook_url": "https://hook.example/odoo",
    "webhook_secret": "s3cret",
    "polling_interval_seconds": "60",
    "sync_from": "now",
    "max_attempts": "5",
    "protocol": "auto",
    "min_interval_ms": "-1",
    "ca_file": "",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(db_path=tmp_path / "data" / "poller.db")


@pytest.fixture
def backend(settings: Settings) -> Backend:
    return core.backend(settings)


def test_a_new_database_is_made_and_read(backend: Backend, settings: Settings) -> None:
    reads = backend.open_reads()
    assert list(reads.connections(0)) == []
    assert not reads.poller().running
    assert isinstance(reads, ReadSide)
    assert stat.S_IMODE(settings.db_path.stat().st_mode) == 0o600
    reads.close()


def test_connections_are_added_edited_paused_resumed_and_removed(backend: Backend) -> None:
    reads, writes = backend.open_reads(), backend.open_writes()
    before = reads.data_version()
    ident = writes.add(Draft(VALUES))
    assert reads.data_version() != before
    writes.edit(ident, {"name": "Le Juste 2", "polling_interval_seconds": "30", "api_key": "other"})
    connection = reads.connection(ident).connection
    assert (connection.name, connection.polling_interval_seconds) == ("Le Juste 2", 30)
    writes.pause(ident)
    assert reads.connection(ident).state == "paused"
    writes.resume(ident)
    assert reads.connection(ident).state == "new"
    writes.remove(ident)
    assert list(reads.connections(0)) == []
    reads.close()


def test_a_new_address_needs_its_secret_again(backend: Backend) -> None:
    writes = backend.open_writes()
    ident = writes.add(Draft(VALUES))
    with pytest.raises(BadInput) as caught:
        writes.edit(ident, {"webhook_url": "https://elsewhere.example/odoo"})
    assert caught.value.field == "webhook_secret"


def test_what_is_no_number_is_refused_at_its_field(backend: Backend) -> None:
    with pytest.raises(BadInput) as caught:
        backend.open_writes().add(Draft(VALUES | {"max_attempts": "x"}))
    assert caught.value.field == "max_attempts"
    assert backend.open_writes().validate("polling_interval_seconds", "0") is not None
    assert backend.open_writes().validate("polling_interval_seconds", "60") is None
    assert backend.open_writes().validate("odoo_url", "http://169.254.169.254/") is not None


def test_secrets_are_nowhere_in_a_draft_that_is_printed() -> None:
    assert "k3y" not in repr(Draft(VALUES))
    assert "k3y" not in str(core._draft(VALUES))


async def test_the_form_creates_a_real_connection(backend: Backend) -> None:
    app = PollerApp(backend, look_seconds=0, new_secret=lambda: "5f0c2a52-6c1e-4d0f-9d4e-1f2a3b4c5d6e")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "STOPPED" in screen_text(pilot)
        await press(pilot, "n")
        for name in ("name", "odoo_url", "odoo_db", "odoo_username", "api_key", "store_id", "client_id"):
            app.screen.query_one(f"#{name}", Line).value = VALUES[name]
        app.screen.query_one("#odoo_url", Line).value = "https://127.0.0.1"
        await press(pilot, "ctrl+s")
        assert app.focused is app.screen.query_one("#odoo_url")
        app.screen.query_one("#odoo_url", Line).value = "https://nobody.invalid"
        await press(pilot, "ctrl+s")
        await settle(pilot)
        rows = app.screen.query_one("#connections", Table).rows
        assert [row.connection.name for row in rows] == ["Le Juste"]


def test_the_poller_runs_in_this_window_and_stops(settings: Settings, backend: Backend) -> None:
    backend.open_reads().close()
    backend.runs.start("window")
    assert backend.runs.owns_poller()
    with pytest.raises(DatabaseHeld):
        backend.runs.start("process")
    backend.runs.stop()
    assert not backend.runs.owns_poller()


def test_the_poller_runs_in_its_own_process_and_stops(settings: Settings, backend: Backend) -> None:
    reads = backend.open_reads()
    backend.runs.start("process")
    poller = reads.poller()
    assert poller.running
    assert poller.pid != os.getpid()
    assert not backend.runs.owns_poller()
    backend.runs.stop()
    assert not reads.poller().running
    log = settings.db_path.with_name("poller.db.run.log")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    reads.close()


def test_a_process_that_is_no_poller_is_never_signalled(
    settings: Settings, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.open_reads().close()
    killed: list[int] = []
    monkeypatch.setattr(daemon.os, "kill", lambda pid, _signal: killed.append(pid))
    monkeypatch.setattr(daemon, "_is_poller", lambda _pid: False)
    with (
        PollerLock.acquire(settings.db_path),
        pytest.raises(PollerError, match="no poller that can be stopped"),
    ):
        backend.runs.stop()
    assert killed == []


def test_a_poller_that_cannot_start_says_so(settings: Settings, backend: Backend) -> None:
    settings.db_path.parent.mkdir()
    settings.db_path.write_text("not a database at all, only some text that is long enough to be one")
    with pytest.raises(PollerError, match="ended at once, with exit code 74"):
        backend.runs.start("process")
