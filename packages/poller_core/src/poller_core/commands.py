"""What people change: short writing transactions, allowed beside a running poller, which notices by itself."""

from __future__ import annotations

import secrets as random_bytes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from odoo_rpc import AddressGuard
from odoo_rpc.secret import Secret
from poller_core import events as ev
from poller_core.errors import BadInput
from poller_core.i18n import Phrase
from poller_core.model import Connection
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.store.connections import Token
from poller_core.validation import parse_sync_from, reason, unknown_connection
from poller_core.vault import Vault
from poller_core.webhook import new_secret

ROTATION_MS = 24 * 3_600_000
EDITABLE = (
    "name",
    "odoo_url",
    "odoo_db",
    "odoo_username",
    "webhook_url",
    "store_id",
    "client_id",
    "polling_interval_seconds",
    "sync_from",
    "protocol",
    "min_interval_ms",
    "overlap_seconds",
    "max_attempts",
    "ca_file",
)


KEY_AGAIN = Phrase("a new Odoo URL needs the API key again: it was entered for the old one")
SECRET_AGAIN = Phrase("a new webhook URL needs the webhook secret again: it was entered for the old one")


def _random_id() -> str:
    return random_bytes.token_hex(8)


class ConnectionDraft:
    """A connection as a person enters it. Not a Struct: it holds secrets, which must not be printed."""

    def __init__(
        self,
        *,
        name: str,
        odoo_url: str,
        odoo_db: str,
        odoo_username: str,
        api_key: Secret,
        store_id: str,
        client_id: str,
        webhook_url: str = "",
        webhook_secret: Secret | None = None,
        polling_interval_seconds: int = 60,
        sync_from: str = "now",
        protocol: str = "auto",
        min_interval_ms: int = -1,
        overlap_seconds: int = -1,
        max_attempts: int = 5,
        ca_file: str = "",
        active: bool = True,
    ) -> None:
        self.name = name
        self.odoo_url = odoo_url.strip().rstrip("/")
        self.odoo_db = odoo_db
        self.odoo_username = odoo_username
        self.api_key = api_key
        self.store_id = store_id
        self.client_id = client_id
        self.webhook_url = webhook_url
        self.webhook_secret = webhook_secret
        self.polling_interval_seconds = polling_interval_seconds
        self.sync_from = sync_from
        self.protocol = protocol
        self.min_interval_ms = min_interval_ms
        self.overlap_seconds = overlap_seconds
        self.max_attempts = max_attempts
        self.ca_file = ca_file
        self.active = active

    def __repr__(self) -> str:
        return f"ConnectionDraft(name={self.name!r})"


class Added(msgspec.Struct, frozen=True):
    """A new connection. ``webhook_secret`` is told only where it was made up here: show it once."""

    id: str
    webhook_secret: Secret | None


class Commands:
    """Every change that a person can make. ``by`` says who, in the log."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        settings: Settings,
        *,
        by: str,
        new_id: Callable[[], str] = _random_id,
    ) -> None:
        self._new_id = new_id
        self._store = store
        self._vault = vault
        self._settings = settings
        self._guard = AddressGuard.parse(settings.allowed_networks)
        self._by = by

    # Connections

    def validate(self, field: str, value: object) -> str | None:
        """Why ``value`` can't be the ``field`` of a connection, in one line; None where it can."""
        return reason(field, value, self._guard)

    def add(self, draft: ConnectionDraft) -> Added:
        """Store a new connection. Raises BadInput that names the field."""
        webhook_url = draft.webhook_url or self._settings.default_webhook_url
        generated = None if draft.webhook_secret else Secret(new_secret())
        secret = draft.webhook_secret or generated
        assert secret is not None  # noqa: S101  # one of the two lines above made it
        values = {name: getattr(draft, name) for name in EDITABLE} | {"webhook_url": webhook_url}
        self._check(values, api_key=draft.api_key, webhook_secret=secret)
        ident = self._new_id()
        event = ev.ConnectionAdded(
            id=ident,
            endpoint=0,
            active=draft.active,
            **(values | {"sync_from": parse_sync_from(draft.sync_from, datetime.now(UTC))}),
        )
        tokens = {
            "api_key": self._lock(draft.api_key, ident, "api_key", draft.odoo_url),
            "webhook": self._lock(secret, ident, "webhook", webhook_url),
        }
        self._store.connections.add(event, webhook_url, tokens)
        return Added(ident, generated)

    def edit(
        self,
        name_or_id: str,
        *,
        api_key: Secret | None = None,
        webhook_secret: Secret | None = None,
        **changes: object,
    ) -> Connection:
        """Store new values. A new address needs its secret again: a stored one is never sent to another place."""
        connection = self._find(name_or_id)
        values = self._changed(connection, changes)
        self._check(values, api_key=api_key, webhook_secret=webhook_secret)
        if "odoo_url" in values and api_key is None:
            raise BadInput(KEY_AGAIN, field="api_key")
        if "webhook_url" in values and webhook_secret is None:
            raise BadInput(SECRET_AGAIN, field="webhook_secret")
        if "sync_from" in values:
            values["sync_from"] = parse_sync_from(str(values["sync_from"]), datetime.now(UTC))
        tokens = {}
        if api_key is not None:
            url = str(values.get("odoo_url", connection.odoo_url))
            tokens["api_key"] = Token(self._lock(api_key, connection.id, "api_key", url))
        if webhook_secret is not None:
            url = str(values.get("webhook_url", connection.webhook_url))
            tokens["webhook"] = Token(self._lock(webhook_secret, connection.id, "webhook", url))
        if values or tokens:
            self._store.connections.change(connection.number, values, tokens, self._by)
        return self._find(connection.id)

    def _changed(self, connection: Connection, changes: dict[str, object]) -> dict[str, str | int | bool]:
        unknown = set(changes) - set(EDITABLE)
        if unknown:
            raise BadInput(Phrase("a connection has no {field}", field=min(unknown)))
        if isinstance(changes.get("odoo_url"), str):
            changes["odoo_url"] = str(changes["odoo_url"]).strip().rstrip("/")
        return {
            name: value
            for name, value in changes.items()
            if value is not None and value != getattr(connection, name) and isinstance(value, str | int)
        }

    def remove(self, name_or_id: str, *, discard: bool = False) -> int:
        """Remove a connection; how many waiting orders were discarded with it. BadInput where some wait and none may be."""
        return self._store.connections.remove(self._find(name_or_id).number, self._by, discard)

    def pause(self, name_or_id: str) -> None:
        """Neither poll nor deliver until resumed."""
        connection = self._find(name_or_id)
        if connection.active:
            self._store.connections.record(connection.number, ev.ConnectionPaused(by=self._by))

    def resume(self, name_or_id: str) -> None:
        """Poll and deliver again, also after a 410."""
        self._store.connections.resume(self._find(name_or_id).number, self._by)

    def rotate_secret(self, name_or_id: str, new: Secret | None = None) -> Secret:
        """A new webhook secret; for a day deliveries carry two signatures, of the new and of the old one."""
        connection = self._find(name_or_id)
        secret = new or Secret(new_secret())
        self._check({}, webhook_secret=secret)
        token = self._store.connections.tokens(connection.number)["webhook"]
        url = connection.webhook_url
        old = self._vault.unlock(token.token, connection_id=connection.id, kind="webhook", bound_to=url)
        now = self._store.database.clock()
        tokens = {
            "webhook": Token(self._lock(secret, connection.id, "webhook", url)),
            "webhook_old": Token(self._lock(old, connection.id, "webhook", url), now + ROTATION_MS),
        }
        self._store.connections.change(connection.number, {}, tokens, self._by)
        return secret

    def reveal(self, name_or_id: str) -> dict[str, Secret]:
        """The connection's secrets, for an export that was asked to hold them."""
        connection = self._find(name_or_id)
        bound = {"api_key": connection.odoo_url, "webhook": connection.webhook_url}
        tokens = self._store.connections.tokens(connection.number)
        return {
            kind: self._vault.unlock(tokens[kind].token, connection_id=connection.id, kind=kind, bound_to=url)
            for kind, url in bound.items()
            if kind in tokens
        }

    # Orders

    def retry(self, positions: Sequence[int], reason: str = "asked for") -> int:
        """Make these rows of the retry queue due now, with all their attempts; how many were."""
        return self._store.outbox.requeue(positions, reason, self._by)

    def discard(self, positions: Sequence[int], reason: str) -> int:
        """Decide that these rows are not to be delivered; how many were."""
        return self._store.outbox.discard(positions, reason, self._by)

    # Helpers

    def _find(self, name_or_id: str) -> Connection:
        found = self._store.connections.by_name(name_or_id)
        if found is None:
            raise unknown_connection(name_or_id, self._store.connections.names())
        return found

    def _check(
        self,
        values: dict[str, str | int | bool],
        *,
        api_key: Secret | None = None,
        webhook_secret: Secret | None = None,
    ) -> None:
        asked: dict[str, object] = dict(values)
        if api_key is not None:
            asked["api_key"] = api_key.reveal()
        if webhook_secret is not None:
            asked["webhook_secret"] = webhook_secret.reveal()
        for field, value in asked.items():
            found = reason(field, value, self._guard)
            if found is not None:
                raise BadInput(
                    Phrase("{field}: {reason}", field=field.replace("_", " "), reason=found), field=field
                )

    def _lock(self, secret: Secret, ident: str, kind: str, url: str) -> bytes:
        return self._vault.lock(secret, connection_id=ident, kind=kind, bound_to=url)


def open_vault(store: Store, settings: Settings) -> Vault:
    """The vault of an open database; its check value is kept at the first time. Raises KeyUnusable."""
    kept = store.meta("key_check")
    check = bytes(kept) if isinstance(kept, bytes) else None
    vault = Vault.load(settings.db_path, settings.secret_keys, check_value=check, create=True)
    if check is None or not vault.is_current(check):
        store.connections.relock(vault.rotate)
        store.set_meta("key_check", vault.check_value())
    return vault


@contextmanager
def open_commands(settings: Settings, *, by: str) -> Iterator[Commands]:
    """Open the store and the vault for short writing transactions; close the store afterwards."""
    from poller_core.filesystem import prepare

    prepare(settings.db_path, allow_unsafe=settings.allow_unsafe_filesystem)
    store = Store.open(settings.db_path)
    try:
        yield Commands(store, open_vault(store, settings), settings, by=by)
    finally:
        store.close()


__all__ = ["Added", "Commands", "ConnectionDraft", "open_commands", "open_vault"]
