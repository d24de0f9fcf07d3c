import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from poller_core import filesystem
from poller_core.errors import BadInput, DatabaseUnusable, PollerError, StorageFull
from poller_core.filesystem import beside, file_identity, prepare
from poller_core.mounts import Mount

LOCAL = (Mount("/", "ext4"),)


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(path: Path, **options: bool) -> PollerError:
    with pytest.raises(PollerError) as caught:
        prepare(path, mounts=LOCAL, **options)
    assert "\n" not in str(caught.value)
    return caught.value


def test_missing_directories_are_made_private(tmp_path: Path) -> None:
    prepared = prepare(tmp_path / "a" / "b" / "poller.db", mounts=LOCAL)
    assert prepared.path == tmp_path / "a" / "b" / "poller.db"
    assert prepared.is_new
    assert prepared.warnings == ()
    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o700, 0o700)
    assert not prepared.path.exists()


def test_files_made_from_then_on_are_private(tmp_path: Path) -> None:
    prepare(tmp_path / "poller.db", mounts=LOCAL)
    (tmp_path / "later").touch()
    assert mode(tmp_path / "later") == 0o600


def test_an_existing_directory_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    prepare(tmp_path / "poller.db", mounts=LOCAL)
    assert mode(tmp_path) == 0o755


def test_files_that_others_can_read_are_repaired(tmp_path: Path) -> None:
    names = ["poller.db", "poller.db-wal", "poller.db-shm", "poller.db.lock"]
    for name in names:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o666)
    assert not prepare(tmp_path / "poller.db", mounts=LOCAL).is_new
    assert {mode(tmp_path / name) for name in names} == {0o600}


def test_a_file_that_can_not_be_repaired_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    db = tmp_path / "poller.db"
    db.touch()
    db.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    assert "chmod 600 it as its owner" in str(refusal(db))


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.db").touch()
    (tmp_path / "link.db").symlink_to("real.db")
    assert prepare(tmp_path / "link.db", mounts=LOCAL).path == tmp_path / "real.db"


def test_a_link_to_nowhere_names_the_file_to_be_made(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("volume/real.db")
    prepared = prepare(tmp_path / "link.db", mounts=LOCAL)
    assert prepared.path == tmp_path / "volume" / "real.db"
    assert prepared.is_new


def test_a_link_to_itself_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "loop.db").symlink_to("loop.db")
    assert isinstance(refusal(tmp_path / "loop.db"), BadInput)


def test_a_directory_in_the_database_s_place_is_bad_input(tmp_path: Path) -> None:
    error = refusal(tmp_path)
    assert isinstance(error, BadInput)
    assert str(error) == f"{tmp_path} is a directory: name a file in it, such as {tmp_path / 'poller.db'}"


def test_something_that_is_no_file_is_bad_input(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert isinstance(refusal(tmp_path / "s"), BadInput)


def test_a_file_in_the_directory_s_place_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = refusal(tmp_path / "file" / "poller.db")
    assert isinstance(error, BadInput)
    assert "is no usable path: Not a directory" in str(error)


def test_a_second_hard_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "poller.db").touch()
    os.link(tmp_path / "poller.db", tmp_path / "copy.db")
    error = refusal(tmp_path / "poller.db")
    assert isinstance(error, DatabaseUnusable)
    assert "has a second name (a hard link)" in str(error)


def test_a_missing_database_is_not_made_where_it_was_to_be_opened(tmp_path: Path) -> None:
    error = refusal(tmp_path / "a" / "poller.db", create=False)
    assert str(error) == f"there is no database at {tmp_path / 'a' / 'poller.db'}"
    assert error.exit_code == 2
    assert not (tmp_path / "a").exists()


def test_a_read_only_volume_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem.os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    error = refusal(tmp_path / "poller.db")
    assert isinstance(error, DatabaseUnusable)
    assert str(error) == f"{tmp_path} is mounted read-only: mount it writable"


def test_another_user_s_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "poller.db").touch()
    monkeypatch.setattr(filesystem.os, "access", lambda path, _: path == tmp_path)
    monkeypatch.setattr(filesystem.os, "geteuid", lambda: 10001)
    owner = os.getuid()
    assert str(refusal(tmp_path / "poller.db")) == (
        f"{tmp_path / 'poller.db'} can't be read and written by this user (uid 10001): it belongs to uid {owner}"
    )


def test_a_directory_that_can_not_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem.os, "access", lambda *_: False)
    assert "isn't writable by this user" in str(refusal(tmp_path / "poller.db"))


def test_a_full_disk_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    assert isinstance(refusal(tmp_path / "a" / "poller.db"), StorageFull)


def test_an_unsafe_filesystem_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable) as caught:
        prepare(tmp_path / "a" / "poller.db", mounts=(Mount(str(tmp_path), "nfs4"),))
    assert str(caught.value) == (
        f"{tmp_path} is a nfs4 filesystem, where SQLite loses data: use a local disk "
        "(POLLER_ALLOW_UNSAFE_FILESYSTEM=1 overrides this)"
    )
    assert not (tmp_path / "a").exists()


def test_an_unsafe_filesystem_may_be_allowed_with_a_loud_warning(tmp_path: Path) -> None:
    prepared = prepare(tmp_path / "poller.db", allow_unsafe=True, mounts=(Mount("/", "9p"),))
    assert prepared.warnings == (
        "UNSAFE FILESYSTEM, used because POLLER_ALLOW_UNSAFE_FILESYSTEM is set: "
        "/ is a 9p filesystem, where SQLite loses data: use a local disk",
    )


def test_a_container_s_own_layer_is_a_warning(tmp_path: Path) -> None:
    prepared = prepare(tmp_path / "poller.db", mounts=(Mount("/", "overlay"),))
    assert prepared.warnings == (
        "the database lies inside the container and goes with it: put it on a volume",
    )


def test_companions_keep_the_whole_name() -> None:
    assert beside(Path("/srv/orders"), ".key") == Path("/srv/orders.key")
    assert beside(Path("/srv/orders.db"), "-wal") == Path("/srv/orders.db-wal")


def test_a_replaced_file_has_another_identity(tmp_path: Path) -> None:
    db = tmp_path / "poller.db"
    assert file_identity(db) is None
    db.touch()
    before = file_identity(db)
    (tmp_path / "other").touch()
    (tmp_path / "other").replace(db)
    assert file_identity(db) not in (None, before)
