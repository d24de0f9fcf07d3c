"""A fake Odoo database: seed it, change it, and let a client talk to it over JSON-RPC or JSON-2."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Final

from odoo_rpc.testing.asgi import App
from odoo_rpc.testing.database import Database, Snapshot
from odoo_rpc.testing.deeds import Deeds, Tx
from odoo_rpc.testing.environment import User
from odoo_rpc.testing.geography import COUNTRIES, REGIONS, region_code
from odoo_rpc.testing.moments import as_datetime
from odoo_rpc.testing.schema import Group
from odoo_rpc.testing.server import FakeServer
from odoo_rpc.testing.transaction import Transaction

OLDEST: Final = 14
USERNAME: Final = "admin"
API_KEY: Final = "fake-odoo-api-key"


class FakeOdoo(Deeds):
    """One database of an Odoo of a major `version`, 14 or later; every deed commits at once.

    It starts with countries, the regions of Chile, one company and the user `username`, who may do everything and gets in with
    `api_key`. `clock` gives the time of day in seconds since 1970; with a virtual clock everything is deterministic.
    `statistics` counts calls by (model or service, method).
    """

    def __init__(
        self,
        version: int = 19,
        *,
        db: str = "demo",
        clock: Callable[[], float] = time.time,
        api_key: str = API_KEY,
    ) -> None:
        if version < OLDEST:
            raise ValueError(f"the fake speaks like Odoo {OLDEST} and later, not {version}")
        self.version: Final = version
        self.db: Final = db
        self.username: Final = USERNAME
        self.api_key: Final = api_key
        self.clock: Final = clock
        self.statistics: Counter[tuple[str, str]] = Counter()
        self.database: Final = Database(version, db, clock)
        self._seed()

    def begin(self) -> Tx:
        """Open a transaction: what is done in it stays unseen until its `commit`."""
        return Tx(Transaction(self.database))

    def read(self, model: str, record_id: int) -> dict[str, Any]:
        """Give a record's committed values, for assertions.

        Datetimes come with their hidden microseconds, in UTC; a many2one is an id, an x2many a tuple of ids, and what is empty
        False. What the API computes (`display_name`, `sale_order_count`) is not there.

        Raises:
            KeyError: no such record.
        """
        fields = self.database.schema[model].fields
        return {
            name: as_datetime(value) if fields[name].type == "datetime" and value is not False else value
            for name, value in self.database.tables[model].rows[record_id].items()
        }

    def ids(self, model: str) -> list[int]:
        """Give the ids of all committed records of a model, ascending."""
        return list(self.database.tables[model].ids)

    # Users, keys and rights

    def add_user(
        self,
        login: str,
        key: str,
        groups: Iterable[str] = (Group.SALES_ALL,),
        *,
        password: str | None = None,
        companies: Iterable[int] = (1,),
    ) -> int:
        """Add an internal user with an API key and the rights of `groups`; gives its id.

        `Group.SALES_OWN` alone sees its own orders only; `Group.STOCK` alone reads orders but not `sale_order_count` from 19
        on; no group at all may not read orders. A `password` works over JSON-RPC only, as everywhere.
        """
        own = tuple(companies)
        with self._work() as tx:
            partner = tx.insert("res.partner", {"name": login, "type": "contact", "active": True})
            uid = tx.insert(
                "res.users",
                {
                    "name": login,
                    "login": login,
                    "active": True,
                    "partner_id": partner,
                    "company_id": own[0],
                    "company_ids": own,
                },
            )
        rights = frozenset(str(group) for group in groups) | {Group.INTERNAL}
        self.database.add_login(User(uid, login, login, rights), key, password)
        return uid

    def add_company(self, name: str) -> int:
        """Add a company, which `username` may see; its orders are hidden from users without it."""
        with self._work() as tx:
            company = tx.insert("res.company", {"name": name})
            admin = self.database.uid_of_login(USERNAME)
            row = tx.row("res.users", admin) if admin is not None else None
            if row is not None:
                tx.update("res.users", row["id"], {"company_ids": (*row["company_ids"], company)})
        return company

    def revoke(self, key: str) -> None:
        """Make an API key worthless, as its expiry does."""
        self.database.revoke(key)

    def grant(self, login: str, key: str) -> None:
        """Give a user one more API key.

        Raises:
            KeyError: no such user.
        """
        uid = self.database.uid_of_login(login)
        if uid is None:
            raise KeyError(f"no user {login!r}")
        self.database.grant(uid, key)

    def hide(self, model: str, *ids: int, logins: Iterable[str] | None = None) -> None:
        """Make records unreadable for these users (or all) by a record rule: one of them fails a whole read."""
        self.database.hide(model, ids, None if logins is None else frozenset(logins))

    def unhide(self, model: str, *ids: int) -> None:
        """Make hidden records readable again."""
        self.database.unhide(model, ids)

    # Backups

    def snapshot(self) -> Snapshot:
        """Take a backup of the records (users' keys and hidden records are not part of it)."""
        return self.database.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Put a backup back: later records are gone, and their ids will be given to others."""
        self.database.restore(snapshot)

    def asgi(self) -> App:
        """Give an ASGI application that serves this database alone."""
        return FakeServer(self).asgi()

    def _work(self) -> AbstractContextManager[Transaction]:
        return Transaction(self.database)

    def _seed(self) -> None:
        with self._work() as tx:
            company = tx.insert("res.company", {"name": "Mi Empresa"})
            for code, name in COUNTRIES.items():
                tx.insert("res.country", {"name": name, "code": code})
            chile = list(COUNTRIES).index("CL") + 1
            for region in REGIONS:
                values = {"name": region[0], "code": region_code(region, self.version), "country_id": chile}
                tx.insert("res.country.state", values)
        everything = [Group.SALES_OWN, Group.SALES_ALL, Group.STOCK, Group.SYSTEM]
        self.add_user(USERNAME, self.api_key, everything, companies=(company,))
