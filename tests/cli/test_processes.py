"""What the two commands say that are processes of their own: the demo, and the daemon from its start to its stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parent / "transcripts" / "processes.txt"
PROGRAM = [sys.executable, "-m", "odoo_poller"]
MASKS = [
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"20\d\d-\d\d-\d\d[T ][\d:.]+Z?|\d\d:\d\d:\d\d", "WHEN"),
    (r"\b\d+(?:\.\d)? m?s\b", "SPAN"),
    (r'"(pid|seconds)": ?[\d.]+', r'"\1": N'),
]


def environ(folder: Path) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("POLLER_", "LC_", "LANG", "PORT"))}
    return {**clean, "POLLER_DB_PATH": str(folder / "poller.db"), "POLLER_LANG": "en", "COLUMNS": "100"}


def demonstrated(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [*PROGRAM, "demo", *words],
        capture_output=True,
        text=True,
        env=environ(folder),
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Orders of two shops arrive in whatever order they arrive in.
    arrived = re.compile(r"  \d\d:\d\d:\d\d  ")
    lines = done.stdout.splitlines()
    moments = [place for place, line in enumerate(lines) if arrived.match(line)]
    if moments:
        first, last = moments[0], moments[-1] + 1
        lines[first:last] = sorted(lines[first:last], key=lambda line: line[12:])
    return "\n".join(lines) + "\n" + "".join(f"2> {line}\n" for line in done.stderr.splitlines())


def ran(folder: Path, *words: str) -> str:
    """The daemon's whole log, stopped as soon as it has started."""
    with subprocess.Popen(
        [*PROGRAM, "run", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ(folder),
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest, talk = process.communicate(timeout=20)
    assert (process.returncode, talk) == (0, "")
    return (first + rest).replace(str(folder), "FOLDER")


def test_says_what_the_transcript_says(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    said = (
        f"$ odoo-poller demo\n{demonstrated(tmp_path)}\n"
        f"$ odoo-poller demo --json\n{demonstrated(tmp_path, '--json')}\n"
        f"$ odoo-poller run\n{ran(tmp_path)}\n"
        f"$ odoo-poller run --json\n{ran(tmp_path, '--json')}\n"
    )
    for pattern, mask in MASKS:
        said = re.sub(pattern, mask, said)
    said = re.sub(r"(?<=\S)  +", "  ", said)
    if request.config.getoption("--transcripts"):
        FILE.write_text(said, "utf-8")
    assert said == FILE.read_text("utf-8")


def test_the_log_is_one_json_object_a_line(tmp_path: Path) -> None:
    lines = ran(tmp_path).splitlines()
    assert json.loads(lines[0])["message"] == "poller started"
