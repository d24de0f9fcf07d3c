"""The Odoos that one contract is checked on: fakes and real ones, over both protocols, seeded through one interface.

Real ones are seeded by `real_odoo_support.Seeder` as it is; `FakeSeeder` does the same to a `FakeOdoo`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from odoo_rpc import AddressGuard, Exchange, OdooClient, ProtocolChoice, Transport, connect
from odoo_rpc.testing import AsgiExchange, FakeOdoo, Line
from real_odoo_support import Access, Login, Seeder


class Seed(Protocol):
    """What the contract's tests need to put into an Odoo; see `Seeder` for each."""

    def unique(self, name: str) -> str: ...
    def partner(self, name: str | None, **values: Any) -> int: ...
    def product(
        self, name: str, *, sku: str | None = None, price: float = 0.0, active: bool = True
    ) -> int: ...
    def variant(
        self, name: str, attributes: Mapping[str, str], *, sku: str | None = None, price: float = 0.0
    ) -> int: ...
    def draft_orders(
        self, count: int, partner: int, lines: Sequence[Mapping[str, Any]], **values: Any
    ) -> list[int]: ...
    def confirm(self, ids: Sequence[int]) -> None: ...
    def cancel(self, ids: Sequence[int]) -> None: ...
    def lock(self, ids: Sequence[int]) -> None: ...
    def write(self, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> None: ...
    def delete(self, model: str, ids: Sequence[int]) -> None: ...
    def user(self, *groups: str) -> Login: ...
    def kept(self, name: str, make: Callable[[], list[int]]) -> list[int]: ...
    def late_commit(self, ids: Sequence[int]) -> Any: ...


class FakeSeeder:
    """Seeds a fake as `Seeder` seeds a real one."""

    def __init__(self, fake: FakeOdoo) -> None:
        self.fake = fake
        self._users = 0

    def unique(self, name: str) -> str:
        return name

    def partner(self, name: str | None, **values: Any) -> int:
        renamed = {"zip": "zip_code", "parent_id": "parent", "type": "kind"}
        return self.fake.add_partner(name, **{renamed.get(key, key): value for key, value in values.items()})

    def product(self, name: str, *, sku: str | None = None, price: float = 0.0, active: bool = True) -> int:
        return self.fake.add_product(name, sku=sku, price=price, active=active)

    def variant(
        self, name: str, attributes: Mapping[str, str], *, sku: str | None = None, price: float = 0.0
    ) -> int:
        return self.fake.add_product(name, sku=sku, price=price, variant=attributes)

    def draft_orders(
        self, count: int, partner: int, lines: Sequence[Mapping[str, Any]], **values: Any
    ) -> list[int]:
        renamed = {"partner_shipping_id": "shipping", "user_id": "user"}
        return self.fake.add_orders(
            count,
            partner=partner,
            lines=[_line(values) for values in lines],
            confirm=False,
            **{renamed.get(key, key): value for key, value in values.items()},
        )

    def confirm(self, ids: Sequence[int]) -> None:
        self.fake.confirm(ids)

    def cancel(self, ids: Sequence[int]) -> None:
        self.fake.cancel(*ids)

    def lock(self, ids: Sequence[int]) -> None:
        self.fake.lock(*ids)

    def write(self, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> None:
        for record_id in ids:
            self.fake.edit(model, record_id, **values)

    def delete(self, model: str, ids: Sequence[int]) -> None:
        for record_id in ids:
            self.fake.delete(model, record_id)

    def user(self, *groups: str) -> Login:
        self._users += 1
        login, key = f"user-{self._users}", f"key-{self._users}"
        return Login(login, self.fake.add_user(login, key, groups), key)

    def kept(self, name: str, make: Callable[[], list[int]]) -> list[int]:
        return make()

    @contextmanager
    def late_commit(self, ids: Sequence[int]) -> Iterator[None]:
        tx = self.fake.begin()
        tx.confirm(ids)
        yield
        tx.commit()


def _line(values: Mapping[str, Any]) -> Line:
    section = values.get("display_type")
    return Line(
        values.get("product_id"),
        values.get("product_uom_qty", 0.0 if section else 1.0),
        values.get("price_unit"),
        values.get("name"),
        section,
    )


@dataclass(frozen=True)
class Backend:
    """One Odoo over one protocol."""

    version: int
    protocol: ProtocolChoice
    seed: Seed
    access: Access
    exchange: Callable[[], AbstractAsyncContextManager[Exchange]]

    @asynccontextmanager
    async def client(
        self, login: Login | None = None, *, key: str | None = None, db: str | None = None, **options: Any
    ) -> Any:
        """Connect as the administrator or as `login`; unpaced."""
        username = login.username if login else self.access.username
        secret = key or (login.key if login else self.access.api_key)
        async with self.exchange() as exchange:
            odoo: OdooClient = await connect(
                self.access.url,
                db or self.access.db,
                username,
                secret,
                exchange=exchange,
                protocol=self.protocol,
                min_interval_seconds=0,
                deadline_seconds=120,
                **options,
            )
            yield odoo


def fake_backend(version: int, protocol: ProtocolChoice) -> Backend:
    """A new fake, on the machine's own clock."""
    fake = FakeOdoo(version, db="demo", clock=time.time)
    access = Access(version, "https://odoo.test", fake.db, fake.username, fake.api_key)

    @asynccontextmanager
    async def exchange() -> Any:
        yield AsgiExchange(fake.asgi())

    return Backend(version, protocol, FakeSeeder(fake), access, exchange)


def real_backend(seeder: Seeder, protocol: ProtocolChoice) -> Backend:
    """A real Odoo over a real socket."""

    @asynccontextmanager
    async def exchange() -> Any:
        transport = Transport(AddressGuard.parse("127.0.0.0/8"))
        try:
            yield transport
        finally:
            await transport.aclose()

    return Backend(seeder.access.version, protocol, seeder, seeder.access, exchange)
