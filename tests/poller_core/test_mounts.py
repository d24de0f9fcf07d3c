from pathlib import Path

import pytest

from poller_core.mounts import Fit, Lossy, Mount, Unfit, current_mounts, judge, mount_of, parse_mountinfo

MOUNTINFO = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw,discard
30 27 0:44 / /mnt/share rw,nosuid - nfs4 server:/export rw,vers=4.2
31 27 0:45 / /mnt/with\040space ro,relatime shared:5 - virtiofs data rw
32 27 0:46 / /mnt/share/local rw - xfs /dev/sdb1 rw
33 27 0:47 / /srv rw - ext4 /dev/sdc1 ro
34 27 0:48 / /srv rw - fuse.gcsfuse bucket rw
this line has another shape
"""


def test_mountinfo_is_read_with_its_escapes_and_optional_fields() -> None:
    assert parse_mountinfo(MOUNTINFO) == (
        Mount("/proc", "proc"),
        Mount("/", "ext4"),
        Mount("/mnt/share", "nfs4"),
        Mount("/mnt/with space", "virtiofs", read_only=True),
        Mount("/mnt/share/local", "xfs"),
        Mount("/srv", "ext4", read_only=True),
        Mount("/srv", "fuse.gcsfuse"),
    )


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ana/poller.db", "ext4"),
        ("/mnt/share/poller.db", "nfs4"),
        ("/mnt/shared/poller.db", "ext4"),
        ("/mnt/share/local/poller.db", "xfs"),
        ("/mnt/with space/poller.db", "virtiofs"),
        ("/srv/poller.db", "fuse.gcsfuse"),
    ],
)
def test_a_path_lies_on_the_deepest_mount_and_the_last_of_several_at_one_point(path: str, kind: str) -> None:
    found = mount_of(Path(path), parse_mountinfo(MOUNTINFO))
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "f2fs", "apfs", "fuseblk"])
def test_local_disks_are_fit(kind: str) -> None:
    assert judge(Mount("/data", kind)) == Fit()


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "9p",
        "virtiofs",
        "fuse",
        "fuse.gcsfuse",
        "fuse.sshfs",
        "fakeowner",
        "vboxsf",
    ],
)
def test_network_and_pass_through_filesystems_are_unfit(kind: str) -> None:
    found = judge(Mount("/data", kind))
    assert isinstance(found, Unfit)
    assert found.reason == f"/data is a {kind} filesystem, where SQLite loses data: use a local disk"


@pytest.mark.parametrize("kind", ["overlay", "tmpfs"])
def test_what_does_not_last_is_lossy(kind: str) -> None:
    assert isinstance(judge(Mount("/", kind)), Lossy)


def test_what_is_not_known_passes() -> None:
    assert judge(None) == Fit()
    assert mount_of(Path("/data/poller.db"), ()) is None


def test_this_machine_has_mounts() -> None:
    assert any(mount.point == "/" for mount in current_mounts())
