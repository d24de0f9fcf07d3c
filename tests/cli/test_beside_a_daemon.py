"""Each command beside a running poller: none is refused, none waits, none hears «database is locked»."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = [sys.executable, "-m", "odoo_poller"]
NEW = [
    "connections", "add", "--name", "Otra", "--odoo-db", "otra", "--odoo-username", "x", "--store-id", "s",
    "--client-id", "c", "--odoo-url", "http://127.0.0.1:9", "--paused", "--no-check",
]  # fmt: skip

HELD, USAGE, FOUND = 75, 2, 1
"""Another poller holds the database; wrong usage; the doctor found something about this machine."""

BESIDE = [
    ("demo", {0}),
    ("run", {HELD}),
    ("tui", {USAGE}),
    ("status", {0}),
    ("orders list", {0}),
    ("orders show odoo_lejuste_4", {0}),
    ("logs", {0}),
    ("events", {0}),
    ("poll", {0}),
    ("deliver", {0}),
    ("retries list", {0}),
    ("retries show odoo_lejuste_4", {0}),
    ("retries retry --all --yes", {0}),
    ("retries discard --all --yes", {0}),
    ("reconcile 'Le Juste' --since 2100-01-01", {0}),
    ("doctor", {0, FOUND}),
    ("connections list", {0}),
    ("connections show 'Le Juste'", {0}),
    ("connections test 'Le Juste'", {0}),
    ("connections apply {folder}/wanted.toml --yes", {0}),
    ("connections edit Aplicada --polling-interval 30", {0}),
    ("connections pause Aplicada", {0}),
    ("connections resume Aplicada", {0}),
    ("connections rotate-secret Aplicada", {0}),
    ("connections export", {0}),
    ("connections remove Aplicada --yes", {0}),
    (
        "connections add --name Otra --odoo-db otra --odoo-username x --store-id s --client-id c "
        "--odoo-url http://127.0.0.1:9 --paused --no-check",
        {0},
    ),
    ("connections remove Otra --yes", {0}),
    ("db check", {0}),
    ("db backup {folder}/copy.db", {0}),
    ("db restore {folder}/copy.db --yes", {HELD}),
    ("db prune --older-than 30 --yes", {0}),
    ("projections rebuild", {HELD}),
    ("completion bash", {0}),
]
WANTED = """[[connections]]
name = "Aplicada"
odoo_url = "http://127.0.0.1:9"
odoo_db = "aplicada"
odoo_username = "bot"
api_key = "k3y"
store_id = "s"
client_id = "c"
"""


def environ(database: Path) -> dict[str, str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("POLLER_", "LANG", "LC_"))
    }
    return {
        **clean,
        "POLLER_DB_PATH": str(database),
        "POLLER_ALLOWED_NETWORKS": "127.0.0.0/8",
        "POLLER_ODOO_API_KEY": "demo-api-key",
        "POLLER_LANG": "en",
    }


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo kept up: a poller that polls each second and delivers, until the tests are done."""
    database = tmp_path_factory.mktemp("daemon") / "demo.db"
    command = [*PROGRAM, "demo", "--keep", "--seconds", "120", "--db", str(database)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ(database)
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "↻ retried" in line:
                break
        try:
            yield database
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert process.returncode == 0


def call(database: Path, *arguments: str, code: int = 0) -> Any:
    done = subprocess.run(
        [*PROGRAM, *arguments, "--json"],
        capture_output=True,
        text=True,
        env=environ(database),
        timeout=60,
        check=False,
    )
    assert (done.returncode, "locked" in done.stderr) == (code, False), done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_every_command_does_its_work_or_says_who_holds_the_database(daemon: Path) -> None:
    folder = daemon.parent
    (folder / "wanted.toml").write_text(WANTED)
    (folder / "wanted.toml").chmod(0o600)
    wrong = []
    for line, codes in BESIDE:
        done = subprocess.run(
            [*PROGRAM, *shlex.split(line.format(folder=folder)), "--json"],
            capture_output=True,
            text=True,
            env=environ(daemon),
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        if done.returncode not in codes or "locked" in done.stderr or not (done.stdout or done.stderr):
            wrong.append((line, done.returncode, done.stderr))
        if done.returncode == HELD:
            assert done.stderr.startswith("error: another poller (process "), line
        elif done.stdout:
            json.loads(done.stdout)
    assert wrong == []


def test_reading_sees_what_the_poller_does(daemon: Path) -> None:
    data = call(daemon, "status")
    assert data["poller"]["running"] is True
    assert {row["name"]: row["state"] for row in data["connections"]}["Le Juste"] == "ok"
    assert data["outbox"]["sent_today"] >= 9
    assert call(daemon, "connections", "show", "Le Juste")["protocol_used"] == "json2"
    assert any(row["orders_found"] >= 6 for row in call(daemon, "logs", "Le Juste", "-n", "1000"))
    assert call(daemon, "events", "--type", "ConnectionAdded")[0]["connection_name"] == "Le Juste"


def test_an_order_that_was_retried_tells_its_life(daemon: Path) -> None:
    life = call(daemon, "orders", "show", "odoo_lejuste_4")
    assert life["status"] == "SUCCESS"
    assert [event["data"]["outcome"] for event in life["events"] if event["type"] == "DeliveryAttempted"] == [
        "endpoint",
        "delivered",
    ]
    assert life["payload"]["external_id"] == "odoo_lejuste_4"


def test_poll_and_deliver_ask_the_running_poller(daemon: Path) -> None:
    (report,) = call(daemon, "poll", "Le Juste")
    assert report.keys() >= {
        "connection_id", "name", "orders_found", "orders_sent", "orders_failed", "error", "duration_ms"
    }  # fmt: skip
    assert (report["name"], report["error"]) == ("Le Juste", None)
    assert call(daemon, "deliver")["failed"] == 0


def test_a_second_poller_leaves_and_names_the_first(daemon: Path) -> None:
    said = call(daemon, "run", code=75)
    assert said.startswith("error: another poller (process ")


def test_everything_of_a_connection_can_be_changed_meanwhile(daemon: Path) -> None:
    made = call(daemon, *NEW)
    assert (
        call(daemon, "connections", "edit", "Otra", "--polling-interval", "30")["polling_interval_seconds"]
        == 30
    )
    assert call(daemon, "connections", "resume", "Otra")[0]["active"] is True
    assert call(daemon, "connections", "pause", "Otra")[0]["active"] is False
    assert call(daemon, "connections", "rotate-secret", "Otra")["webhook_secret"]
    assert call(daemon, "connections", "export", "Otra")[0]["id"] == made["id"]
    assert call(daemon, "connections", "remove", "Otra", "--yes")["removed"] is True


def test_reconcile_proves_what_the_poller_delivered(daemon: Path) -> None:
    """The demo goes on confirming: what was confirmed since the last poll is missing until the next one, and not after."""
    first = reconciled(daemon)
    call(daemon, "poll", "Comercial Sur")
    second = reconciled(daemon)
    assert first["in_odoo"] >= 4
    assert second["in_odoo"] >= first["in_odoo"]
    assert not missing(first) & missing(second)
    assert len(missing(first)) <= 1


def reconciled(daemon: Path) -> Any:
    """A report, and the exit code that goes with it: 1 only where something is missing."""
    words = ["reconcile", "Comercial Sur", "--since", "all", "--json"]
    done = subprocess.run(
        [*PROGRAM, *words], capture_output=True, text=True, env=environ(daemon), check=False
    )
    report = json.loads(done.stdout)
    assert done.returncode == (1 if report["missing"] else 0), done.stderr
    assert report["complete"] is not bool(report["missing"])
    return report


def missing(report: Any) -> set[int]:
    """Ids of the orders that the report misses."""
    return {order["odoo_order_id"] for order in report["missing"]}


def test_retries_can_be_looked_at_and_chosen(daemon: Path) -> None:
    assert [row["external_id"] for row in call(daemon, "retries", "list", "--status", "SUCCESS")][
        -1
    ] == "odoo_lejuste_4"
    assert call(daemon, "retries", "retry", "--all", "--yes") == {"retried": 0}
    assert call(daemon, "retries", "discard", "--all", "--dry-run") == {"would_discard": 0}


@pytest.mark.parametrize("arguments", [["events", "--follow"], ["logs", "--follow"], ["status", "--watch"]])
def test_following_shows_what_comes_and_ends_at_ctrl_c(arguments: list[str], daemon: Path) -> None:
    command = [*PROGRAM, *arguments, "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ(daemon)
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        json.loads(first)
        process.send_signal(signal.SIGINT)
        try:
            _out, err = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert (process.returncode, err.strip()) == (130, "")


def test_many_readers_and_writers_at_once_wait_for_each_other(daemon: Path) -> None:
    commands = [
        ["status"],
        ["connections", "pause", "Comercial Sur"],
        ["connections", "resume", "Comercial Sur"],
        ["events"],
    ]
    running = [
        subprocess.Popen(
            [*PROGRAM, *arguments, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ(daemon),
        )
        for arguments in commands * 2
    ]
    ended = [(process.communicate(timeout=30), process.returncode) for process in running]
    assert [(err, code) for (_out, err), code in ended] == [(b"", 0)] * 8
