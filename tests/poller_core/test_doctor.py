"""``doctor``: what is wrong here, and how to mend it. Changes nothing, shows no secret."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from histories import Life
from net_peers import Authority, Peer, answering
from odoo_rpc.secret import Secret
from odoo_rpc.testing import FakeOdoo, serve
from poller_core import app
from poller_core.commands import ConnectionDraft, open_commands
from poller_core.doctor import examine, machine, network
from poller_core.i18n import Phrase, translator
from poller_core.lock import PollerLock
from poller_core.mounts import Mount
from poller_core.reports import Finding
from poller_core.settings import Settings
from poller_core.spanish import CORE
from poller_core.store import Store
from poller_core.vault import new_key

HOOK = "https://127.0.0.1:1/hooks/TOKEN-IN-THE-PATH"


def settings(directory: Path, **more: Any) -> Settings:
    values = {"allowed_networks": "127.0.0.0/8", "odoo_min_interval_ms": 0} | more
    return Settings(db_path=directory / "poller.db", **values)


def examined(settings: Settings, environ: Mapping[str, str] | None = None) -> list[Finding]:
    async def work() -> list[Finding]:
        return await examine(settings, environ=environ or {})

    return anyio.run(work)


def of(findings: list[Finding], topic: str) -> list[Finding]:
    return [finding for finding in findings if finding.topic == topic]


def wrong(findings: list[Finding]) -> list[str]:
    return [finding.topic for finding in findings if not finding.ok]


def add(settings: Settings, odoo_url: str, hook: str = HOOK, name: str = "Tienda", ca_file: str = "") -> str:
    with open_commands(settings, by="test") as commands:
        return commands.add(
            ConnectionDraft(
                name=name, odoo_url=odoo_url, odoo_db="shop", odoo_username="poller", api_key=Secret("API-KEY-1234"),
                store_id="s", client_id="c", webhook_url=hook, webhook_secret=Secret("HOOK-SECRET"), ca_file=ca_file,
            )
        ).id  # fmt: skip


@contextmanager
def answering_odoo(authority: Authority, date: str = "") -> Iterator[str]:
    line = f"date: {date}\r\n" if date else ""
    peer = Peer(
        answering(f"HTTP/1.1 404 Not Found\r\n{line}content-length: 0\r\n\r\n".encode()),
        authority.server("127.0.0.1"),
    )
    try:
        yield f"https://127.0.0.1:{peer.port}"
    finally:
        peer.stop()


def test_a_place_where_nothing_was_made_yet_is_well(tmp_path: Path) -> None:
    path = tmp_path / "not" / "made" / "poller.db"
    findings = examined(Settings(db_path=path))
    assert wrong(findings) == []
    assert "made by the first command" in of(findings, "database")[0].text
    assert list(tmp_path.iterdir()) == []


def test_a_poller_that_is_well_from_the_lock_to_the_receiver(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine = settings(tmp_path)
    with answering_odoo(authority) as url:
        add(mine, url, hook=url + "/hook", ca_file=authority.file)
        before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir() if entry.is_file()}
        with PollerLock.acquire(mine.db_path):
            heard: list[Finding] = []
            findings = anyio.run(partial(app.examine, mine, on_finding=heard.append))
    assert heard == findings
    # The receiver's authority is private, and there is no file for it: that is a finding.
    host = url.removeprefix("https://")
    assert wrong(findings) == [f"webhook {host}"]
    assert of(findings, f"Odoo {host}")[0].text.startswith("127.0.0.1, TLSv1.")
    assert of(findings, "poller")[0].text == f"runs as process {os.getpid()}"
    assert of(findings, "database")[0].text == "connections: 1, events: 1, size: 1 MB"
    assert "opens the secrets (key " in of(findings, "key")[0].text
    after = {name: (tmp_path / name).read_bytes() for name in before if not name.endswith(".lock")}
    assert after == {name: data for name, data in before.items() if not name.endswith(".lock")}


def test_no_finding_shows_a_secret(tmp_path: Path) -> None:
    mine = settings(tmp_path, secret_keys=(new_key(),))
    add(mine, "https://127.0.0.1:1")
    environ = {
        "POLLER_SECRET_KEY": "THE-KEY",
        "POLLER_ODOO_API_KEY": "API-KEY-1234",
        "POLLER_SECRETKEY": "OOPS",
    }
    said = repr(examined(mine, environ)) + repr(examined(settings(tmp_path, secret_keys=(new_key(),))))
    for secret in ("THE-KEY", "API-KEY-1234", "OOPS", "HOOK-SECRET", "TOKEN-IN-THE-PATH", *mine.secret_keys):
        assert secret not in said


def test_every_finding_that_is_wrong_has_a_remedy_and_every_text_its_spanish(tmp_path: Path) -> None:
    mine = settings(tmp_path, secret_keys=("A" * 43 + "=",))
    add(mine, "https://127.0.0.1:1")
    (tmp_path / "poller.db").chmod(0o644)
    findings = examined(settings(tmp_path, secret_keys=(new_key(),)), {"POLLER_DB": "x", "K_SERVICE": "y"})
    assert set(wrong(findings)) == {"variables", "filesystem", "permissions", "key", "Odoo 127.0.0.1:1", "webhook 127.0.0.1:1"}  # fmt: skip
    spanish = translator("es")
    for finding in findings:
        assert finding.ok or finding.remedy
        for text in (finding.topic, finding.text, finding.remedy):
            if isinstance(text, Phrase):
                assert text.template in CORE
                assert spanish(text)


# This machine


def test_a_variable_that_nobody_reads_gets_a_suggestion() -> None:
    findings = list(machine.environment({"POLLER_DBPATH": "x", "POLLER_LOG_LEVEL": "INFO", "HOME": "/"}))
    assert [(finding.ok, finding.text, finding.remedy) for finding in findings] == [
        (True, "set: POLLER_LOG_LEVEL", ""),
        (False, "POLLER_DBPATH is read by nobody", "was POLLER_DB_PATH meant?"),
    ]


def test_all_variables_of_the_settings_are_known() -> None:
    source = Path(machine.__file__).parents[1].joinpath("settings.py").read_text()
    assert all(f'"{name}"' in source or name in ("POLLER_ODOO_API_KEY", "POLLER_WEBHOOK_SECRET") for name in machine.VARIABLES)  # fmt: skip


@pytest.mark.parametrize(
    ("version", "ok", "advice"),
    [
        ((3, 36, 0), False, True),
        ((3, 40, 1), True, True),
        ((3, 44, 6), True, False),
        ((3, 45, 1), True, True),
        ((3, 50, 7), True, False),
        ((3, 51, 2), True, True),
        ((3, 51, 3), True, False),
        ((3, 53, 0), True, False),
    ],
)
def test_sqlite_s_version_is_judged(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], ok: bool, advice: bool
) -> None:
    monkeypatch.setattr(machine, "sqlite_version", lambda: version)
    finding = machine.sqlite()
    assert (finding.ok, bool(finding.remedy)) == (ok, advice)


@pytest.mark.parametrize(
    ("kind", "ok", "remedy"),
    [
        ("ext4", True, ""),
        ("overlay", True, "put it on a disk"),
        ("nfs4", False, "put the database on a local disk"),
    ],
)
def test_the_filesystem_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, ok: bool, remedy: str
) -> None:
    monkeypatch.setattr(machine, "current_mounts", lambda: (Mount("/", kind),))
    finding = next(machine.place(settings(tmp_path), {}))
    assert (finding.topic, finding.ok) == ("filesystem", ok)
    assert finding.remedy.startswith(remedy)


def test_cloud_run_s_disks_are_no_place_for_a_log(tmp_path: Path) -> None:
    findings = list(machine.place(settings(tmp_path), {"K_SERVICE": "poller"}))
    assert [finding.ok for finding in findings if "Cloud Run" in finding.text] == [False]


def test_files_that_others_may_read_and_second_names_are_found(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    add(mine, "https://127.0.0.1:1")
    (tmp_path / "poller.db.key").chmod(0o640)
    os.link(tmp_path / "poller.db", tmp_path / "second.db")
    texts = [(finding.text, finding.remedy) for finding in machine.permissions(mine) if not finding.ok]
    assert texts == [
        (f"{tmp_path}/poller.db has a second name (a hard link)", "remove one of the two names"),
        (f"others can read {tmp_path}/poller.db.key", f"chmod 600 {tmp_path}/poller.db.key"),
    ]


# Database and key


@pytest.mark.parametrize("content", [b"no database" * 1000, b""])
def test_a_database_that_can_t_be_used_ends_the_examination_of_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "poller.db").write_bytes(content)
    findings = examined(settings(tmp_path))
    assert "database" in wrong(findings)
    assert of(findings, "key") == []


def test_a_damaged_structure_is_found(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    with Life(mine.db_path, seed=1).go_on(60):
        pass
    whole = bytearray(mine.db_path.read_bytes())
    middle = len(whole) // 4096 // 2 * 4096
    whole[middle : middle + 4096] = bytes(4096)
    mine.db_path.write_bytes(whole)
    findings = examined(mine)
    assert "database" in wrong(findings)
    assert "restore" in of(findings, "database")[0].remedy or "db check" in of(findings, "database")[0].remedy


@pytest.mark.slow
def test_a_write_ahead_log_that_somebody_holds_up_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poller_core.doctor.stored.WAL_ALARM_BYTES", 100_000)
    mine = settings(tmp_path)
    with Life(mine.db_path, seed=1) as life:
        life.store.database.db.execute("PRAGMA wal_autocheckpoint=0")
        life.go_on(60)
        assert of(examined(mine), "write-ahead log")[0].ok is False


def test_a_poller_without_a_sign_of_life_is_found(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    store = Store.open(mine.db_path, clock=lambda: 1_700_000_000_000)
    store.requests.beat(1, 1, "1")
    store.close()
    with PollerLock.acquire(mine.db_path):
        assert [finding.ok for finding in of(examined(mine), "poller")] == [True, False]


def test_another_key_is_found_before_the_poller_starts_with_it(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    add(mine, "https://127.0.0.1:1")
    findings = examined(settings(tmp_path, secret_keys=(new_key(),)))
    assert "key" in wrong(findings)
    (tmp_path / "poller.db.key").unlink()
    (gone,) = of(examined(mine), "key")
    assert (gone.ok, "is gone" in gone.text) == (False, True)
    assert not (tmp_path / "poller.db.key").exists()


def test_secrets_that_were_moved_or_lost_are_named_by_connection(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    one, two = add(mine, "https://127.0.0.1:1"), add(mine, "https://127.0.0.1:2", name="Otra")
    db = sqlite3.connect(mine.db_path)
    db.execute("UPDATE secret SET token = (SELECT token FROM secret WHERE connection = 1 AND kind = 'api_key') WHERE connection = 2 AND kind = 'api_key'")  # fmt: skip
    db.execute("DELETE FROM secret WHERE connection = 1 AND kind = 'webhook'")
    db.commit()
    db.close()
    said = [(finding.text, finding.remedy) for finding in of(examined(mine), "key") if not finding.ok]
    assert said == [
        (f"connection {one}: its webhook is missing", "odoo-poller connections edit Tienda"),
        (f"connection {two}: its api_key was entered for another connection or address: enter it again", "odoo-poller connections edit Otra"),
    ]  # fmt: skip


# The network


def test_an_odoo_whose_clock_differs_says_so(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine = settings(tmp_path)
    with answering_odoo(authority, date="Sun, 06 Nov 1994 08:49:37 GMT") as url:
        add(mine, url, ca_file=authority.file)
        (finding,) = of(examined(mine), "clock")
    assert (finding.ok, "NTP" in finding.remedy) == (False, True)


def test_one_odoo_with_a_wrong_clock_among_several_is_its_own_trouble() -> None:
    assert network._clock([0.4, 0.6, 90_000.0]).ok
    assert not network._clock([-300.0, -299.5, 0.4]).ok
    assert network._clock([0.5]).text == "0 s ahead of the Odoos' (negative: behind)"


def test_plain_http_on_an_allowed_network_is_reached_and_paused_connections_are_left_alone(
    tmp_path: Path,
) -> None:
    mine = settings(tmp_path)

    async def work() -> list[Finding]:
        async with serve(FakeOdoo(19).asgi()) as url:
            await anyio.to_thread.run_sync(add, mine, url, url + "/hook")
            await anyio.to_thread.run_sync(add, mine, "https://127.0.0.1:1", url + "/hook", "Otra")
            with open_commands(mine, by="test") as commands:
                commands.pause("Otra")
            return await app.examine(mine)

    findings = anyio.run(work)
    reached = [finding for finding in findings if finding.topic.startswith(("Odoo", "webhook"))]
    assert [(finding.ok, finding.text) for finding in reached] == [(True, "127.0.0.1, not encrypted")] * 2


def test_a_host_that_takes_a_connection_and_says_nothing_doesn_t_hold_the_doctor_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "DEADLINE_SECONDS", 0.3)
    over = threading.Event()
    peer = Peer(lambda _talk: (over.wait(20), None)[1])
    mine = settings(tmp_path)
    try:
        add(mine, f"https://127.0.0.1:{peer.port}")
        (finding,) = of(examined(mine), f"Odoo 127.0.0.1:{peer.port}")
        assert (finding.ok, "firewall" in finding.remedy) == (False, True)
    finally:
        over.set()
        peer.stop()
