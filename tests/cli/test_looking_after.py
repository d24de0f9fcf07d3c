"""The commands that look after the database and the connections, as people and scripts see them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from cli.running import Ran

Run = Callable[..., Ran]


def altered(path: Path, sql: str) -> None:
    db = sqlite3.connect(path)
    db.execute(sql)
    db.commit()
    db.close()


def test_check_says_what_it_proved(run: Run, database: Path) -> None:
    said = run("db", "check")
    assert (said.code, said.out.startswith("✓ sound: ")) == (0, True)
    data = run("db", "check", "--json").data
    assert (data["ok"], data["problems"]) == (True, [])
    assert data["events"] > 10


def test_check_names_what_was_altered_and_ends_with_its_code(run: Run, database: Path) -> None:
    altered(database, "UPDATE events SET at = at + 1 WHERE position = 3")
    said = run("db", "check")
    assert (said.code, "✗ event 3 was altered" in said.out) == (74, True)
    assert run("db", "check", "--json").data["problems"] == ["event 3 was altered"]
    assert "el evento 3 fue alterado" in run("db", "check", POLLER_LANG="es").out


def test_rebuild_says_what_it_mended(run: Run, database: Path) -> None:
    assert "events say what the tables say" in run("projections", "rebuild").err
    altered(database, "UPDATE tally SET sent = 99")
    assert run("projections", "rebuild", "--json").data["changed"] == ["tally"]
    altered(database, "UPDATE tally SET sent = 99")
    assert "mended: tally" in run("projections", "rebuild").err


def test_a_backup_is_made_and_put_back(run: Run, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    assert run("db", "backup", str(target), "--json").data["path"] == str(target)
    again = run("db", "backup", str(target))
    assert (again.code, "is there already" in again.err) == (2, True)
    report = run("db", "restore", str(target), "--yes", "--json").data
    assert report["path"] == str(database)
    assert Path(report["kept"]).exists()
    assert run("db", "check").code == 0


def test_prune_counts_before_it_erases(run: Run, database: Path) -> None:
    would = run("db", "prune", "--older-than", "1", "--dry-run", "--json").data
    assert would["dry_run"]
    done = run("db", "prune", "--older-than", "1", "--yes", "--json").data
    assert (done["payloads"], done["polls"]) == (would["payloads"], would["polls"])
    assert "0 payloads, 0 events and 0 log lines would be erased" in run("db", "prune", "--older-than", "1", "--dry-run").err  # fmt: skip
    assert run("db", "check").code == 0


def test_doctor_has_a_remedy_for_whatever_is_wrong(run: Run, database: Path) -> None:
    said = run("doctor", "--json", POLLER_DBPATH="x")
    assert said.code == 1
    findings = said.data
    assert {"topic", "ok", "text", "remedy"} == set(findings[0])
    assert all(finding["ok"] or finding["remedy"] for finding in findings)
    assert "was POLLER_DB_PATH meant?" in {finding["remedy"] for finding in findings}
    assert "¿quiso decir POLLER_DB_PATH?" in run("doctor", POLLER_LANG="es", POLLER_DBPATH="x").out


def test_a_connection_that_can_t_be_reached_is_told_step_by_step(run: Run, database: Path) -> None:
    altered(database, "UPDATE connection SET odoo_url = 'https://127.0.0.1:1'")
    said = run("connections", "test", "Le Juste", "--json")
    assert said.code == 1
    assert said.data["ok"] is False
    assert said.data["steps"][0]["name"] == "address"
    assert said.data["steps"][0]["ok"] is False
