"""The state of one fake Odoo database: tables, clock, users and keys, and which records are hidden from whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from odoo_rpc.testing.computed import display_name, sale_order_count
from odoo_rpc.testing.environment import Environment, User
from odoo_rpc.testing.moments import SECOND, from_seconds
from odoo_rpc.testing.schema import schema_of
from odoo_rpc.testing.table import Row, Table

if TYPE_CHECKING:
    from odoo_rpc.testing.transaction import Transaction

_INDEXED = {"sale.order": ("partner_id",), "res.partner": ("parent_id",), "sale.order.line": ("order_id",)}
_FIRST_IDS = {"res.users": 2, "res.partner": 3}
_SCATTER = 618_033


class Snapshot:
    """Everything that a restored backup brings back; see `FakeOdoo.snapshot`."""

    __slots__ = ("tables",)

    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = tables


class Database:
    """Committed records and everything that decides who sees them. Change it through a `Transaction` only."""

    def __init__(self, version: int, name: str, clock: Callable[[], float]) -> None:
        self.version = version
        self.name = name
        self.clock = clock
        self.schema = schema_of(version)
        self.tables = {
            model: Table(_INDEXED.get(model, ()), _FIRST_IDS.get(model, 1)) for model in self.schema
        }
        self.users: dict[int, User] = {}
        self.locks: dict[tuple[str, int], Transaction] = {}
        self._api_keys: dict[str, int] = {}
        self._passwords: dict[int, str] = {}
        self._hidden: dict[str, dict[int, frozenset[str] | None]] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._stamps = 0

    def stamp(self) -> int:
        """Give the moment of work done now, always with hidden microseconds.

        A clock that stands on a whole second would hide the very thing the fake is for, so such a moment gets a fraction
        of its own: scattered, hence not in the order of the calls, and the same in every run.
        """
        moment = from_seconds(self.clock())
        if moment % SECOND == 0:
            self._stamps += 1
            moment += self._stamps * _SCATTER % (SECOND - 1) + 1
        return moment

    def committed(self) -> None:
        """Forget what was derived from the rows; a transaction calls this when it commits."""
        self._names.clear()

    def display_name(self, model: str, record_id: int) -> str:
        """Give the text of a many2one to this record, read with all rights as Odoo does; empty where it is gone."""
        key = (model, record_id)
        shown = self._names.get(key)
        if shown is None:
            row = self.tables[model].rows.get(record_id)
            shown = self._names[key] = display_name(model, row, self) if row else ""
        return shown

    def computed(self, model: str, name: str, row: Row, env: Environment) -> Any:
        """Give the value of a field that no column holds."""
        return self.display_name(model, row["id"]) if name == "display_name" else sale_order_count(row, env)

    # Users and keys

    def add_login(self, user: User, api_key: str, password: str | None) -> None:
        """Let a user in by API key (both protocols) and, where given, by password (JSON-RPC only)."""
        self.users[user.uid] = user
        self._api_keys[api_key] = user.uid
        if password is not None:
            self._passwords[user.uid] = password

    def revoke(self, api_key: str) -> None:
        """Make a key worthless, as expiry or an administrator does."""
        self._api_keys.pop(api_key, None)

    def grant(self, uid: int, api_key: str) -> None:
        """Give a user one more key."""
        self._api_keys[api_key] = uid

    def uid_of_login(self, login: str) -> int | None:
        """Find the active user with this login."""
        return next((user.uid for user in self.users.values() if user.login == login), None)

    def user_of_key(self, api_key: str) -> User | None:
        """Find the user of an API key: all that JSON-2 asks for."""
        uid = self._api_keys.get(api_key)
        return self.users[uid] if uid is not None and self._is_active(uid) else None

    def accepts(self, uid: int, secret: str) -> bool:
        """Say whether JSON-RPC lets this user in with this key or password."""
        known = self._api_keys.get(secret) == uid or (bool(secret) and self._passwords.get(uid) == secret)
        return known and self._is_active(uid)

    def _is_active(self, uid: int) -> bool:
        row = self.tables["res.users"].rows.get(uid)
        return row is not None and row["active"] is True

    # Records that a rule hides

    def hide(self, model: str, ids: Iterable[int], logins: frozenset[str] | None) -> None:
        """Make records unreadable for these logins, or for everybody (None)."""
        self._hidden.setdefault(model, {}).update(dict.fromkeys(ids, logins))

    def unhide(self, model: str, ids: Iterable[int]) -> None:
        """Make records readable again."""
        for record_id in ids:
            self._hidden.get(model, {}).pop(record_id, None)

    def hidden_from(self, login: str, model: str) -> frozenset[int]:
        """Give the ids of a model that this login may not read."""
        hidden = self._hidden.get(model)
        if not hidden:
            return frozenset()
        return frozenset(key for key, logins in hidden.items() if logins is None or login in logins)

    # Backups

    def snapshot(self) -> Snapshot:
        """Take what a backup of the database would hold."""
        return Snapshot({model: table.copy() for model, table in self.tables.items()})

    def restore(self, snapshot: Snapshot) -> None:
        """Put a backup back: ids given since are given again, to other records."""
        self.tables = {model: table.copy() for model, table in snapshot.tables.items()}
        self.locks.clear()
        self.committed()
