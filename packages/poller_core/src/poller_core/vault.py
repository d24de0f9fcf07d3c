"""Secrets at rest: encrypted in the database, bound to the row and the address that they were entered for.

Fernet authenticates a token but not where it lies. So the plaintext carries the connection, the kind and the URL,
and `Vault.unlock` compares: a token copied to another connection's row, or a URL changed under a token, is refused
instead of mailing one merchant's key to another's server.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from poller_core.errors import KeyUnusable
from poller_core.filesystem import beside, real_path
from poller_core.i18n import Phrase
from poller_core.keyfile import create_key_file, read_key_file

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet

    from odoo_rpc.secret import Secret

_VARIABLE = "POLLER_SECRET_KEY"
_CHECKED = b"odoo-poller: this key opens this database's secrets"
_KEY_ID_DIGITS = 8


class Vault:
    """Locks and unlocks secrets with the newest key; older keys still unlock. Make one with `load`.

    Tokens and the check value are bytes for the database to keep. About 30 µs a call.
    """

    def __init__(self, keys: Sequence[str], source: str) -> None:
        """``keys`` newest first; ``source`` names where they came from. Raise `KeyUnusable` for what is no key."""
        from cryptography.fernet import MultiFernet

        self._each = [_fernet(key, source) for key in keys]
        self._all: MultiFernet = MultiFernet(self._each)
        self.key_ids = tuple(map(_key_id, keys))
        """Short digests that name the keys in messages, newest first; nothing can be told from them."""

    @classmethod
    def load(cls, db_path: Path, keys: Sequence[str], *, check_value: bytes | None, create: bool) -> Self:
        """The vault of a database: of ``keys`` where there are any, else of the key file ``<db>.key``.

        ``check_value`` is what the database kept of an earlier `Vault.check_value`, None where it has none yet; only
        then, and with ``create``, is a missing key file made. Raise `KeyUnusable` where the key is missing,
        malformed or not the one that the check value was made with.
        """
        path = beside(real_path(db_path), ".key")
        source = _VARIABLE if keys else str(path)
        vault = cls(
            keys
            or _keys_of_file(path, create=create and check_value is None, locked=check_value is not None),
            source,
        )
        if check_value is not None and not vault.opens(check_value):
            raise KeyUnusable(
                _other_key(source, check_value, vault.key_ids, rotate=bool(keys) and path.exists(), path=path)
            )
        return vault

    def check_value(self) -> bytes:
        """What the database keeps to tell this key from another at the next start: the key's id and a known token."""
        return self.key_ids[0].encode() + b" " + self._each[0].encrypt(_CHECKED)

    def opens(self, check_value: bytes) -> bool:
        """Whether one of the keys made this check value."""
        return self._decrypted(check_value.partition(b" ")[2]) == _CHECKED

    def is_current(self, check_value: bytes) -> bool:
        """Whether the newest key made it; if not, rotate the tokens and store a new one in the same transaction."""
        return check_value.partition(b" ")[0] == self.key_ids[0].encode()

    def lock(self, secret: Secret, *, connection_id: str, kind: str, bound_to: str) -> bytes:
        """Encrypt ``secret`` for one row: ``kind`` says which secret it is, ``bound_to`` is the URL it is sent to."""
        return self._each[0].encrypt(msgspec.json.encode((connection_id, kind, bound_to, secret.reveal())))

    def unlock(self, token: bytes, *, connection_id: str, kind: str, bound_to: str) -> Secret:
        """Decrypt what `lock` made for the same row and URL. Raise `KeyUnusable` otherwise: the secret must be entered again."""
        from odoo_rpc.secret import Secret

        plain = self._decrypted(token)
        if plain is None:
            raise KeyUnusable(
                Phrase(
                    "connection {id}: its {kind} is damaged or locked with another key: enter it again",
                    id=connection_id,
                    kind=kind,
                )
            )
        try:
            *owner, text = msgspec.json.decode(plain, type=tuple[str, str, str, str])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            owner, text = [], ""
        if owner != [connection_id, kind, bound_to]:
            raise KeyUnusable(
                Phrase(
                    "connection {id}: its {kind} was entered for another connection or address: enter it again",
                    id=connection_id,
                    kind=kind,
                )
            )
        return Secret(text)

    def needs_rotation(self, token: bytes) -> bool:
        """Whether the newest key isn't the one that locked this token."""
        from cryptography.fernet import InvalidToken

        try:
            self._each[0].decrypt(token)
        except InvalidToken:
            return True
        return False

    def rotate(self, token: bytes) -> bytes:
        """The same secret, locked with the newest key. Raise `KeyUnusable` where no key unlocks it."""
        from cryptography.fernet import InvalidToken

        try:
            return self._all.rotate(token)
        except InvalidToken:
            raise KeyUnusable(
                Phrase("a secret in the database is damaged or locked with another key")
            ) from None

    def _decrypted(self, token: bytes) -> bytes | None:
        from cryptography.fernet import InvalidToken

        try:
            return self._all.decrypt(token)
        except InvalidToken:
            return None


def new_key() -> str:
    """A fresh Fernet key, as POLLER_SECRET_KEY and the key file take it."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")


def _keys_of_file(path: Path, *, create: bool, locked: bool) -> list[str]:
    text = read_key_file(path)
    if text is None and create:
        text = create_key_file(path, new_key())
    if text is None:
        if locked:
            raise KeyUnusable(
                Phrase(
                    "the key file {path} is gone, and this database's secrets are locked with it: put it back",
                    path=path,
                )
            )
        raise KeyUnusable(
            Phrase("there is no key: neither {variable} nor {path}", variable=_VARIABLE, path=path)
        )
    keys = [part for part in re.split(r"[,\s]+", text) if part]
    if not keys:
        raise KeyUnusable(Phrase("the key file {path} is empty: put the key back", path=path))
    return keys


def _fernet(key: str, source: str) -> Fernet:
    from cryptography.fernet import Fernet

    try:
        return Fernet(key)
    except (ValueError, TypeError):
        # Without the cause: it quotes the key.
        raise KeyUnusable(
            Phrase(
                "{source} holds something that is no Fernet key (44 characters of URL-safe base64)",
                source=source,
            )
        ) from None


def _key_id(key: str) -> str:
    # Of the bytes, not the text: one key can be spelled in several ways.
    return hashlib.sha256(b"odoo-poller key id " + base64.urlsafe_b64decode(key)).hexdigest()[:_KEY_ID_DIGITS]


def _other_key(
    source: str, check_value: bytes, given: tuple[str, ...], *, rotate: bool, path: Path
) -> Phrase:
    wanted = check_value.partition(b" ")[0].decode("ascii", "replace")
    if rotate:
        return Phrase(
            "{source} is key {given}, the secrets are locked with key {wanted}: to change from the key file, append what {path} holds",
            source=source,
            given=", ".join(given),
            wanted=wanted,
            path=path,
        )
    return Phrase(
        "{source} is key {given}, the secrets are locked with key {wanted}: give that one (after a newer one, if you want to change)",
        source=source,
        given=", ".join(given),
        wanted=wanted,
    )


__all__ = ["Vault", "new_key"]
