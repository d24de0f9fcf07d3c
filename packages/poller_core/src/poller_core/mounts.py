"""Which filesystem a path lies on, and whether SQLite's write-ahead log can live there.

A WAL needs real file locks, a shared-memory file seen alike by all processes, and an fsync that means it. Network
and pass-through filesystems give some of these some of the time: databases there break after minutes (virtiofs, 9p)
or days (NFS), silently. A container's overlay does all three, but goes with the container.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from poller_core.i18n import Phrase

_MOUNTINFO = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")
_NETWORKED = frozenset(
    {
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "gcsfuse",
        "gfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "smb2",
        "smb3",
        "smbfs",
    }
)
_PASSED_THROUGH = frozenset({"9p", "drvfs", "fakeowner", "osxfs", "prl_fs", "vboxsf", "virtiofs", "vmhgfs"})
_LAYERED = frozenset({"aufs", "overlay", "overlayfs"})
_IN_MEMORY = frozenset({"ramfs", "tmpfs"})


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo: where it is mounted, the filesystem's type, and whether it is read-only."""

    point: str
    kind: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """SQLite works here."""


@dataclass(frozen=True, slots=True)
class Lossy:
    """SQLite works here, but what is written doesn't last. ``reason`` is one line."""

    reason: Phrase


@dataclass(frozen=True, slots=True)
class Unfit:
    """SQLite loses or damages data here. ``reason`` is one line."""

    reason: Phrase


Verdict: TypeAlias = Fit | Lossy | Unfit


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """The mounts in the kernel's order (proc_pid_mountinfo(5)); lines of another shape are left out."""
    found = []
    for line in text.splitlines():
        left, dash, right = line.partition(" - ")
        fields, rest = left.split(" "), right.split(" ")
        if dash and len(fields) >= 6:
            options = f"{fields[5]},{rest[2] if len(rest) > 2 else ''}".split(",")
            found.append(Mount(_unescaped(fields[4]), rest[0], "ro" in options))
    return tuple(found)


def mount_of(path: Path, mounts: tuple[Mount, ...]) -> Mount | None:
    """The mount that an absolute, resolved path lies on: the deepest one, and of several at one point the last."""
    best: Mount | None = None
    for mount in mounts:
        covers = path.is_relative_to(mount.point)
        if covers and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def current_mounts() -> tuple[Mount, ...]:
    """This process's mounts; none where the system has no /proc."""
    try:
        return parse_mountinfo(_MOUNTINFO.read_text(errors="surrogateescape"))
    except OSError:
        return ()


def judge(mount: Mount | None) -> Verdict:
    """Whether a database may lie on this mount. What isn't known to be harmful passes."""
    if mount is None:
        return Fit()
    kind = mount.kind
    if kind in _NETWORKED | _PASSED_THROUGH or kind == "fuse" or kind.startswith("fuse."):
        return Unfit(
            Phrase(
                "{point} is a {kind} filesystem, where SQLite loses data: use a local disk",
                point=mount.point,
                kind=kind,
            )
        )
    if kind in _LAYERED:
        return Lossy(Phrase("the database lies inside the container and goes with it: put it on a volume"))
    if kind in _IN_MEMORY:
        return Lossy(
            Phrase(
                "{point} is held in memory ({kind}): the database is gone at the next restart",
                point=mount.point,
                kind=kind,
            )
        )
    return Fit()


def _unescaped(field: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), field)


__all__ = [
    "Fit",
    "Lossy",
    "Mount",
    "Unfit",
    "Verdict",
    "current_mounts",
    "judge",
    "mount_of",
    "parse_mountinfo",
]
