"""This machine: variables, SQLite, limits, the database's place and who may read it, who holds it."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator, Mapping
from pathlib import Path

from poller_core.errors import BadInput
from poller_core.filesystem import beside, real_path
from poller_core.i18n import Phrase
from poller_core.lock import current_holder
from poller_core.mounts import Fit, Lossy, Unfit, current_mounts, judge, mount_of
from poller_core.reports import Finding
from poller_core.settings import Settings
from poller_core.store.maintenance.look import sqlite_version
from poller_core.validation import suggest

VARIABLES = frozenset(
    {
        "POLLER_ALLOWED_NETWORKS",
        "POLLER_ALLOW_UNSAFE_FILESYSTEM",
        "POLLER_BACKOFF_BASE_SECONDS",
        "POLLER_BACKOFF_MAX_SECONDS",
        "POLLER_DB_PATH",
        "POLLER_DEFAULT_WEBHOOK_URL",
        "POLLER_ENDPOINT_CONCURRENCY",
        "POLLER_HTTP_HOST",
        "POLLER_HTTP_PORT",
        "POLLER_LANG",
        "POLLER_LOG_LEVEL",
        "POLLER_ODOO_API_KEY",
        "POLLER_ODOO_MIN_INTERVAL_MS",
        "POLLER_OVERLAP_SECONDS",
        "POLLER_SECRET_KEY",
        "POLLER_WEBHOOK_SECRET",
    }
)
_CLOUD_RUN = ("K_SERVICE", "CLOUD_RUN_JOB", "CLOUD_RUN_WORKER_POOL")
OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables came with it."""
LEAST_FILES = 256
LEAST_FREE_BYTES = 200_000_000
_OTHERS = 0o077


def environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that look like ours: which are set, and which nobody reads. Never their values."""
    topic = Phrase("variables")
    ours = sorted(name for name in environ if name.startswith("POLLER_"))
    known = [name for name in ours if name in VARIABLES]
    names = ", ".join(known)
    yield Finding(
        topic=topic,
        ok=True,
        text=Phrase("set: {names}", names=names) if known else Phrase("none is set: the defaults hold"),
    )
    for name in ours:
        if name not in VARIABLES:
            near = suggest(name, VARIABLES)
            yield Finding(
                topic=topic,
                ok=False,
                text=Phrase("{name} is read by nobody", name=name),
                remedy=Phrase("was {near} meant?", near=near[0]) if near else Phrase("take it out"),
            )


def sqlite() -> Finding:
    """The library's version; WAL checkpoints had a bug until these (sqlite.org/wal.html, "the WAL-reset bug")."""
    version = sqlite_version()
    text = ".".join(map(str, version))
    if version < OLDEST_SQLITE:
        return Finding(
            topic=Phrase("SQLite"),
            ok=False,
            text=Phrase("version {version} is too old", version=text),
            remedy=Phrase("use a Python with SQLite 3.44.6 or newer"),
        )
    mended = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)
    return Finding(
        topic=Phrase("SQLite"),
        ok=True,
        text=Phrase("version {version}", version=text),
        remedy=""
        if mended
        else Phrase("3.44.6, 3.50.7 and 3.51.3 mend a rare fault of its write-ahead log: prefer one of them"),
    )


def open_files() -> Finding:
    """How many connections can be kept."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = most == resource.RLIM_INFINITY or most >= LEAST_FILES
    return Finding(
        topic=Phrase("open files"),
        ok=enough,
        text=Phrase("at most {count} at once", count=most)
        if most != resource.RLIM_INFINITY
        else Phrase("no limit"),
        remedy="" if enough else Phrase("raise the limit (ulimit -n) to a few for each connection"),
    )


def place(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The filesystem under the database, its room, and whether it lasts."""
    topic = Phrase("filesystem")
    try:
        path = real_path(settings.db_path)
    except BadInput as error:
        yield Finding(topic=topic, ok=False, text=error.args[0], remedy=Phrase("name another path"))
        return
    mount = mount_of(path, current_mounts())
    kind = mount.kind if mount else "?"
    match judge(mount):
        case Fit():
            yield Finding(topic=topic, ok=True, text=Phrase("{kind}, which SQLite is well on", kind=kind))
        case Lossy(reason):
            yield Finding(
                topic=topic, ok=True, text=reason, remedy=Phrase("put it on a disk or volume that lasts")
            )
        case Unfit(reason):
            yield Finding(
                topic=topic, ok=False, text=reason, remedy=Phrase("put the database on a local disk")
            )
    if any(environ.get(name) for name in _CLOUD_RUN):
        yield Finding(
            topic=topic,
            ok=False,
            text=Phrase(
                "this is Cloud Run, whose own disk is wiped at every stop and whose volumes can't hold SQLite"
            ),
            remedy=Phrase(
                "run the poller on a machine with a disk of its own, or have the database replicated"
            ),
        )
    yield _room(path)


def _room(path: Path) -> Finding:
    there = next(place for place in (path.parent, *path.parent.parents) if place.exists())
    status = os.statvfs(there)
    free = status.f_bavail * status.f_frsize
    enough = free >= LEAST_FREE_BYTES
    return Finding(
        topic=Phrase("disk space"),
        ok=enough,
        text=Phrase("{megabytes} MB free", megabytes=free // 1_000_000),
        remedy="" if enough else Phrase("free some space: a full disk holds everything up"),
    )


def permissions(settings: Settings) -> Iterator[Finding]:
    """Who may read and write the database's files."""
    topic = Phrase("permissions")
    directory = real_path(settings.db_path).parent
    if not directory.exists():
        yield Finding(topic=topic, ok=True, text=Phrase("{path} is not there yet", path=directory))
        return
    problems = [*_of_files(settings.db_path), *_of_directory(directory)]
    for text, remedy in problems:
        yield Finding(topic=topic, ok=False, text=text, remedy=remedy)
    if not problems:
        open_to_others = directory.stat().st_mode & _OTHERS
        yield Finding(
            topic=topic,
            ok=True,
            text=Phrase("only this user reads the database's files"),
            remedy=Phrase("others can look into {path}: chmod 700 {path}", path=directory)
            if open_to_others
            else "",
        )


def _of_files(db_path: Path) -> Iterator[tuple[Phrase, Phrase]]:
    for suffix in ("", "-wal", "-shm", ".lock", ".key"):
        file = beside(real_path(db_path), suffix)
        if not file.exists():
            continue
        status = file.stat()
        if status.st_mode & _OTHERS:
            yield Phrase("others can read {path}", path=file), Phrase("chmod 600 {path}", path=file)
        if not os.access(file, os.R_OK | os.W_OK):
            yield (
                Phrase("this user (uid {uid}) can't read and write {path}", uid=os.geteuid(), path=file),
                Phrase(
                    "run as its owner, uid {owner}, or give it to this user with chown", owner=status.st_uid
                ),
            )
        if status.st_nlink > 1:
            yield (
                Phrase("{path} has a second name (a hard link)", path=file),
                Phrase("remove one of the two names"),
            )


def _of_directory(directory: Path) -> Iterator[tuple[Phrase, Phrase]]:
    if not os.access(directory, os.W_OK | os.X_OK):
        yield (
            Phrase("this user (uid {uid}) can't write in {path}", uid=os.geteuid(), path=directory),
            Phrase(
                "run as its owner, uid {owner}, or give it to this user with chown",
                owner=directory.stat().st_uid,
            ),
        )


def lock(settings: Settings) -> Finding:
    """Whether a poller runs."""
    try:
        holder = current_holder(settings.db_path)
    except BadInput:
        holder = None
    if holder is None:
        return Finding(
            topic=Phrase("poller"),
            ok=True,
            text=Phrase("none runs on this database"),
            remedy=Phrase("start it with: odoo-poller run"),
        )
    return Finding(topic=Phrase("poller"), ok=True, text=Phrase("runs as process {pid}", pid=holder.pid))


__all__ = ["environment", "lock", "open_files", "permissions", "place", "sqlite"]
