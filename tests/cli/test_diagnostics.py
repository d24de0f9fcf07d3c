from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from odoo_poller.diagnostics import explain, guarded, near
from odoo_poller.terminal import ReaderGone
from odoo_rpc import AuthenticationFailed, RecordMissing, Unavailable
from poller_core import errors

PROGRAM = [sys.executable, "-m", "odoo_poller"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.PollerError("it failed"), 1),
        (errors.BadInput("wrong words"), 2),
        (errors.NotFound("no such thing", suggestions=("thing",)), 2),
        (errors.StorageFull("the disk is full"), 73),
        (errors.DatabaseUnusable("damaged"), 74),
        (errors.DatabaseHeld("held", pid=7), 75),
        (errors.KeyUnusable("another key"), 78),
        (errors.Conflict("meanwhile"), 1),
        (OSError(errno.ENOSPC, "No space left on device"), 73),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x.toml"), 1),
        (click.UsageError("wrong"), 2),
        (ExceptionGroup("one", [errors.DatabaseHeld("held")]), 75),
    ],
)
def test_each_error_is_one_line_and_its_exit_code(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(error) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"error: [^\n]+\n", said.err)


def test_ctrl_c_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    assert guarded(interrupted) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_went_away_is_no_failure(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "dup2", lambda *_args: None)
    assert explain(ReaderGone()) == 0
    assert explain(BrokenPipeError()) == 0
    assert capfd.readouterr() == ("", "")


def test_a_bug_is_one_line_and_its_details_lie_in_a_private_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken() -> None:
        raise ZeroDivisionError("division by zero")

    assert guarded(broken) == 1
    said = capsys.readouterr().err
    (file,) = tmp_path.iterdir()
    assert said == f"error: odoo-poller itself failed (ZeroDivisionError); the details are in {file}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "division by zero" in file.read_text()


def test_errors_are_said_in_spanish_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLLER_LANG", "es")
    explain(click.NoSuchOption("--foo"))
    explain(OSError(errno.ENOSPC, "No space left on device"))
    assert capsys.readouterr().err == (
        "error: no hay una opción --foo\n"
        "error: el disco está lleno: haga espacio y repita el comando; nada quedó a medias\n"
    )


def test_near_names_are_offered() -> None:
    assert near("stauts", ["status", "orders"]) == "; did you mean 'status'?"
    assert near("zzz", ["status", "orders"]) == ""


def test_a_pipe_that_closes_early_ends_in_silence(database: Path) -> None:
    for arguments in (
        ["events"],
        ["status", "--json"],
        ["orders", "list"],
        ["--help"],
        ["events", "--follow"],
    ):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([*PROGRAM, *arguments], stdout=writing, stderr=subprocess.PIPE, check=False)
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, b""), arguments


def test_a_full_disk_under_stdout_is_told(database: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "events"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 73
    assert done.stderr.startswith("error: the disk is full")


def test_a_closed_stdout_stops_nothing(database: Path) -> None:
    done = subprocess.run(["sh", "-c", f"{' '.join(PROGRAM)} status >&-"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_ascii_terminal_gets_ascii(database: Path) -> None:
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([*PROGRAM, "status"], capture_output=True, env=environ, check=True)
    assert done.stdout.isascii()
    assert b"* ok" in done.stdout


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (AuthenticationFailed("refused"), "check user name and API key"),
        (Unavailable("this address is not allowed", "blocked"), "POLLER_ALLOWED_NETWORKS"),
        (Unavailable("no answer", "timeout"), "see that the server runs"),
        (RecordMissing("it is gone"), "try again later"),
    ],
)
def test_an_odoo_that_refuses_is_told_with_what_to_do(
    error: Exception, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(error) == 1
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == f"error: {error}"
    assert advice in rest[0]


def test_the_advice_is_in_spanish_too() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from odoo_poller import i18n; from odoo_poller.diagnostics import explain; "
            "from odoo_rpc import AuthenticationFailed; explain(AuthenticationFailed('no'))",
        ],
        env={**os.environ, "POLLER_LANG": "es"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "revise el usuario y la clave de API" in run.stderr
