"""Nothing opens the database file outside SQLite, and nothing forks: looked for in the whole source, and while it runs.

Closing any handle of a database file drops the POSIX locks that this process's SQLite has on it, and a connection that is
carried over a fork breaks the file (sqlite.org/howtocorrupt.html, 2.2 and 2.6).
"""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from poller_core.loops.poller import BEAT_SECONDS
from process_support import SECONDS, Program

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("packages/*/src/**/*.py"), *ROOT.glob("apps/*/src/**/*.py")])

OPENING = frozenset(
    {"open", "fdopen", "open_code", "touch", "truncate", "sendfile", "copy_file_range", "FileIO"}
    | {"read_bytes", "write_bytes", "read_text", "write_text"}
)
"""A call by one of these names opens a file, or may, whoever it is called on."""
MODULES = frozenset(
    {"shutil", "tempfile", "mmap", "zipfile", "tarfile", "gzip", "bz2", "lzma", "codecs", "fileinput", "linecache"}
)  # fmt: skip
"""Every call of these counts."""
FORKING = frozenset(
    {"fork", "forkpty", "posix_spawn", "posix_spawnp", "pty", "multiprocessing", "ProcessPoolExecutor"}
    | {"to_process", "preexec_fn"}
)

SQLITE = frozenset({"Store.open", "ReadSide.open"})
"""SQLite itself opens the file there, by the one ``sqlite3.connect`` of ``store/profile.py``."""
CORE, CLI, TUI = "poller_core", "odoo_poller", "odoo_poller_tui"
ALLOWED: dict[tuple[str, str], tuple[int, str]] = {
    (f"{CORE}/store/profile.py", "sqlite3.connect"): (1, "the one place where SQLite opens the file"),
    (f"{CORE}/store/maintenance/restoring.py", "sqlite3.connect"): (1, "in memory, for the schema"),
    (f"{CORE}/store/copying.py", "os.open"): (2, "a new file with O_EXCL, a finished copy or a directory to sync"),
    (f"{CORE}/store/maintenance/fold.py", "tempfile.gettempdir"): (1, "whether there is a place; opens a file of its own there"),
    (f"{CORE}/lock.py", "os.open"): (2, "the lock file beside the database"),
    (f"{CORE}/keyfile.py", "os.open"): (3, "the key file beside the database, and its directory"),
    (f"{CORE}/mounts.py", "_MOUNTINFO.read_text"): (1, "/proc/self/mountinfo"),
    (f"{CORE}/validation.py", "path.open"): (1, "a connection's certificates, which a person names"),
    (f"{CLI}/connections_file.py", "path.read_bytes"): (1, "the TOML file that a person names"),
    (f"{CLI}/connections_file.py", "(folder / str(file)).read_text"): (1, "a secret's file that it names"),
    (f"{CLI}/diagnostics.py", "os.open"): (1, "/dev/null, where stdout was closed"),
    (f"{CLI}/diagnostics.py", "tempfile.mkstemp"): (1, "the details of a fault of this program"),
    (f"{CLI}/diagnostics.py", "os.fdopen"): (1, "the same"),
    (f"{CLI}/demo.py", "tempfile.TemporaryDirectory"): (1, "the demo's own folder"),
    (f"{TUI}/daemon.py", "os.open"): (1, "the poller's log beside the database"),
    (f"{TUI}/daemon.py", "os.fdopen"): (1, "the same"),
    (f"{TUI}/daemon.py", "shutil.which"): (1, "where the program is"),
    (f"{TUI}/daemon.py", "Path(f'/proc/{pid}/cmdline').read_bytes"): (1, "whether a process is a poller"),
    (f"{TUI}/screens/dashboard.py", "self.query_one(Search).open"): (3, "a field on the screen"),
    (f"{TUI}/screens/orders.py", "self.query_one(Search).open"): (1, "a field on the screen"),
}  # fmt: skip


def openings(tree: ast.AST) -> Iterator[str]:
    """The calls that open a file or may, as they are written, and what would hide one from this list."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            last, root = name.rpartition(".")[2], name.partition(".")[0]
            if (last in OPENING or root in MODULES or name == "sqlite3.connect") and name not in SQLITE:
                yield name
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").partition(".")[0]
            hidden = {alias.name for alias in node.names} & (OPENING | {"connect", "*"})
            if module in MODULES or (module in {"os", "io", "sqlite3", "pathlib"} and hidden):
                yield ast.unparse(node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname and alias.name.partition(".")[0] in MODULES | {"os", "io", "sqlite3"}:
                    yield ast.unparse(node)


def forks(tree: ast.AST) -> Iterator[str]:
    """Whatever carries this process's memory into another one."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)) if name in FORKING:
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                parts = {part for alias in names for part in alias.name.split(".")}
                parts |= set((getattr(node, "module", None) or "").split("."))
                yield from parts & FORKING


def place(path: Path) -> str:
    """``package/module.py`` of a source file."""
    return path.relative_to(next(p for p in path.parents if p.name == "src")).as_posix()


def test_every_file_that_the_source_opens_is_listed_with_its_reason_and_none_is_the_database() -> None:
    assert len(SOURCES) > 150
    found = Counter(
        (place(path), name) for path in SOURCES for name in openings(ast.parse(path.read_bytes()))
    )
    assert found == {where: times for where, (times, _reason) in ALLOWED.items()}


@pytest.mark.parametrize(
    "planted",
    [
        "open(db_path)",
        "db_path.open('rb')",
        "db_path.read_bytes()",
        "Path(settings.db_path).touch()",
        "os.open(db_path, os.O_RDONLY)",
        "io.open(db_path)",
        "shutil.copy(db_path, target)",
        "from shutil import copy2",
        "from os import open as look",
        "import shutil as tools",
        "import os as system",
        "sqlite3.connect(db_path)",
        "zipfile.ZipFile(target).write(db_path)",
        "mmap.mmap(handle, 0)",
    ],
)
def test_an_opening_that_somebody_adds_is_found(planted: str) -> None:
    assert list(openings(ast.parse(planted)))


def test_nothing_forks() -> None:
    assert {place(path): names for path in SOURCES if (names := [*forks(ast.parse(path.read_bytes()))])} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "os.fork()",
        "from os import fork",
        "import multiprocessing",
        "from multiprocessing import Pool",
        "import multiprocessing.pool as p",
        "from concurrent.futures import ProcessPoolExecutor",
        "anyio.to_process.run_sync(f)",
        "from anyio import to_process",
        "subprocess.Popen(command, preexec_fn=f)",
    ],
)
def test_a_fork_that_somebody_adds_is_found(planted: str) -> None:
    assert list(forks(ast.parse(planted)))


WATCHED = """
import os, sys
from pathlib import Path

database, told = os.path.realpath(os.environ["POLLER_DB_PATH"]), os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND)
names = {database, database + "-wal", database + "-shm"}

def hear(event, arguments):
    if event == "sqlite3.connect":
        os.write(told, b"sqlite\\n")
    elif event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        name = os.path.realpath(os.fsdecode(arguments[0]))
        if name in names:
            os.write(told, f"{name} by {sys._getframe(1).f_code.co_filename}\\n".encode())
    elif event in ("os.fork", "os.forkpty"):
        os.write(told, f"{event}\\n".encode())

sys.addaudithook(hear)
from odoo_poller.__main__ import main
main()
"""


@pytest.mark.slow
def test_no_command_opens_the_database_or_forks_while_it_runs(tmp_path: Path) -> None:
    """Python tells every file that it opens itself; SQLite's own opening is in C, where nobody hears of it."""
    program = Program(tmp_path)
    program.add("A", url="http://127.0.0.1:9", db="a", username="u", api_key="k", hook="http://127.0.0.1:9/hook", sync_from="all")  # fmt: skip
    told = tmp_path / "told"
    copy = str(tmp_path / "copy.db")
    for words in (
        ("poll",),
        ("deliver",),
        ("status",),
        ("doctor",),
        ("orders", "list"),
        ("connections", "pause", "A"),
        ("db", "check"),
        ("db", "backup", copy),
        ("projections", "rebuild"),
        ("db", "prune", "--yes"),
        ("db", "restore", copy, "--yes"),
    ):
        told.write_bytes(b"")
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, told, *words],
            env=program.env,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert "Traceback" not in done.stderr, (words, done.stderr)
        heard = Counter(told.read_text().splitlines())
        assert heard.keys() == {"sqlite"}, (words, heard, done.stderr)


@pytest.mark.slow
def test_the_running_poller_opens_the_database_by_sqlite_alone(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.add("A", url="http://127.0.0.1:9", db="a", username="u", api_key="k", hook="http://127.0.0.1:9/hook", sync_from="all")  # fmt: skip
    told = tmp_path / "told"
    told.touch()
    command = [sys.executable, "-c", WATCHED, told, "run"]
    with subprocess.Popen(command, env=program.env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            assert any("poll failed" in line for line in lines)
            threading.Event().wait(BEAT_SECONDS + 2)  # it has looked whether the file is still the same one
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
    assert set(told.read_text().splitlines()) == {"sqlite"}


def test_the_watch_hears_an_opening(tmp_path: Path) -> None:
    """Else the test above would show nothing."""
    told, database = tmp_path / "told", tmp_path / "poller.db"
    told.touch()
    database.touch()
    planted = WATCHED.partition("from odoo_poller")[0] + "Path(database).read_bytes()"
    subprocess.run(
        [sys.executable, "-c", planted, told],
        env=os.environ | {"POLLER_DB_PATH": str(database)},
        timeout=SECONDS,
        check=True,
    )
    assert told.read_text().startswith(f"{database.resolve()} by ")
