import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from odoo_rpc.secret import Secret
from poller_core.errors import KeyUnusable
from poller_core.keyfile import create_key_file, read_key_file
from poller_core.vault import Vault, new_key

ROW = {"connection_id": "a1", "kind": "api_key", "bound_to": "https://empresa.odoo.com"}
OLD = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w="
NEW = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "poller.db"


def vault(*keys: str) -> Vault:
    return Vault(keys, "POLLER_SECRET_KEY")


def test_what_was_locked_is_unlocked_for_the_same_row() -> None:
    key = Secret("a key that is longer than chance: ñ\n1")
    token = vault(OLD).lock(key, **ROW)
    assert b"longer than chance" not in token
    assert vault(OLD).unlock(token, **ROW) == key


@pytest.mark.parametrize(
    "other",
    [{"connection_id": "b2"}, {"kind": "webhook"}, {"bound_to": "https://thief.example"}],
    ids=["another connection", "another kind", "another address"],
)
def test_a_token_moved_to_another_row_is_refused(other: dict[str, str]) -> None:
    token = vault(OLD).lock(Secret("k-1"), **ROW)
    with pytest.raises(KeyUnusable, match="was entered for another connection or address: enter it again"):
        vault(OLD).unlock(token, **{**ROW, **other})


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\xff\xfe"])
def test_a_damaged_token_is_refused_in_one_line(damage: bytes) -> None:
    with pytest.raises(KeyUnusable) as caught:
        vault(OLD).unlock(damage, **ROW)
    assert (
        str(caught.value)
        == "connection a1: its api_key is damaged or locked with another key: enter it again"
    )


def test_a_token_with_one_changed_byte_is_refused() -> None:
    token = bytearray(vault(OLD).lock(Secret("k-1"), **ROW))
    token[40] ^= 1
    with pytest.raises(KeyUnusable, match="damaged"):
        vault(OLD).unlock(bytes(token), **ROW)


def test_a_foreign_fernet_token_of_the_same_key_is_refused() -> None:
    with pytest.raises(KeyUnusable, match="another connection"):
        vault(OLD).unlock(Fernet(OLD).encrypt(b'["a1","api_key"]'), **ROW)


def test_an_older_key_still_unlocks_and_rotation_moves_its_secrets_to_the_newest() -> None:
    token = vault(OLD).lock(Secret("k-1"), **ROW)
    both = vault(NEW, OLD)
    assert both.unlock(token, **ROW) == Secret("k-1")
    assert both.needs_rotation(token)
    rotated = both.rotate(token)
    assert not both.needs_rotation(rotated)
    assert vault(NEW).unlock(rotated, **ROW) == Secret("k-1")


def test_rotating_what_no_key_unlocks_is_refused() -> None:
    with pytest.raises(KeyUnusable, match="damaged or locked with another key"):
        vault(NEW).rotate(vault(OLD).lock(Secret("k-1"), **ROW))


def test_a_new_database_gets_a_private_key_file_and_opens_with_it_again(db: Path) -> None:
    first = Vault.load(db, (), check_value=None, create=True)
    key_file = db.with_name("poller.db.key")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [path.name for path in db.parent.iterdir()] == ["poller.db.key"]
    again = Vault.load(db, (), check_value=first.check_value(), create=False)
    assert again.unlock(first.lock(Secret("k-1"), **ROW), **ROW) == Secret("k-1")


def test_given_keys_leave_no_key_file(db: Path) -> None:
    Vault.load(db, (OLD,), check_value=None, create=True)
    assert list(db.parent.iterdir()) == []


def test_a_missing_key_file_is_never_made_anew_for_a_database_that_has_secrets(db: Path) -> None:
    check = vault(OLD).check_value()
    with pytest.raises(KeyUnusable, match=r"the key file .*poller\.db\.key is gone"):
        Vault.load(db, (), check_value=check, create=True)
    assert list(db.parent.iterdir()) == []


def test_a_missing_key_is_not_made_where_nothing_is_to_be_created(db: Path) -> None:
    with pytest.raises(KeyUnusable, match="there is no key: neither POLLER_SECRET_KEY nor"):
        Vault.load(db, (), check_value=None, create=False)


def test_another_key_is_refused_with_both_keys_ids(db: Path) -> None:
    check = vault(OLD).check_value()
    with pytest.raises(KeyUnusable) as caught:
        Vault.load(db, (NEW,), check_value=check, create=False)
    message = str(caught.value)
    assert message.startswith(f"POLLER_SECRET_KEY is key {vault(NEW).key_ids[0]}, ")
    assert f"locked with key {vault(OLD).key_ids[0]}" in message
    assert OLD not in message
    assert NEW not in message


def test_changing_from_the_key_file_to_the_variable_is_explained(db: Path) -> None:
    check = Vault.load(db, (), check_value=None, create=True).check_value()
    with pytest.raises(KeyUnusable, match=r"append what .*poller\.db\.key holds"):
        Vault.load(db, (NEW,), check_value=check, create=False)


def test_the_check_value_tells_when_secrets_should_be_rotated(db: Path) -> None:
    check = vault(OLD).check_value()
    both = Vault.load(db, (NEW, OLD), check_value=check, create=False)
    assert not both.is_current(check)
    assert both.is_current(both.check_value())


def test_one_key_spelled_in_two_ways_has_one_id() -> None:
    key = "-" * 43 + "="
    assert vault(key).key_ids == vault(key.replace("-", "+")).key_ids


@pytest.mark.parametrize("text", [f"\n {NEW}\t\r\n{OLD}\n", f"{NEW},{OLD}", f"{NEW}, {OLD}"])
def test_a_key_file_may_hold_several_keys_and_stray_spaces(db: Path, text: str) -> None:
    db.with_name("poller.db.key").write_text(text)
    loaded = Vault.load(db, (), check_value=vault(OLD).check_value(), create=False)
    assert loaded.key_ids == vault(NEW, OLD).key_ids


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: put the key back"),
        (" \n", "is empty: put the key back"),
        ("tooshort", "holds something that is no Fernet key"),
        ("contraseña-con-eñe", "holds something that is no Fernet key"),
    ],
)
def test_an_unusable_key_file_is_named(db: Path, text: str, said: str) -> None:
    db.with_name("poller.db.key").write_text(text)
    with pytest.raises(KeyUnusable, match=said):
        Vault.load(db, (), check_value=None, create=True)


def test_a_malformed_key_is_not_quoted() -> None:
    with pytest.raises(KeyUnusable) as caught:
        vault("my-own-password")
    assert "my-own-password" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_key_file_that_others_can_read_is_repaired(db: Path) -> None:
    key_file = db.with_name("poller.db.key")
    key_file.write_text(OLD)
    key_file.chmod(0o644)
    Vault.load(db, (), check_value=None, create=False)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_key_file_that_can_not_be_made_private_is_refused(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    key_file = db.with_name("poller.db.key")
    key_file.write_text(OLD)
    key_file.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(KeyUnusable, match="others can read"):
        Vault.load(db, (), check_value=None, create=False)


def test_a_directory_or_pipe_in_place_of_the_key_file_is_refused(db: Path) -> None:
    import os

    os.mkfifo(db.with_name("poller.db.key"))
    with pytest.raises(KeyUnusable, match="is not a regular file"):
        Vault.load(db, (), check_value=None, create=True)


def test_a_key_file_that_can_not_be_made_says_why(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="can't be made: No such file or directory"):
        Vault.load(tmp_path / "missing" / "poller.db", (), check_value=None, create=True)


def test_starts_at_the_same_time_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "poller.db.key"
    barrier = threading.Barrier(8)
    kept: list[str] = []

    def start() -> None:
        key = new_key()
        barrier.wait()
        kept.append(create_key_file(path, key).strip())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(kept) == {(read_key_file(path) or "").strip()}
    assert len(kept) == 8
    assert [entry.name for entry in tmp_path.iterdir()] == ["poller.db.key"]


def test_a_linked_database_has_the_key_of_the_file_it_points_to(tmp_path: Path) -> None:
    real, link = tmp_path / "real.db", tmp_path / "link.db"
    sqlite3.connect(real).close()
    link.symlink_to(real)
    Vault.load(link, (), check_value=None, create=True)
    assert (tmp_path / "real.db.key").exists()
