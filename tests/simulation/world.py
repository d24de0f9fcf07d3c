"""The world that the real core lives in: virtual time, fake Odoos, receivers, and everything that can go wrong with them.

All chance comes from one seed. The store is in memory and outlives the poller, as a disk outlives a process: what was
committed stays, what was not is gone.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any

import anyio

from odoo_rpc.net import Caps, ConnectFailed, NetError, Reply, TimedOut
from odoo_rpc.secret import Secret
from odoo_rpc.testing import AsgiExchange, FakeOdoo, Line
from poller_core.commands import Commands, ConnectionDraft
from poller_core.decide.backoff import Backoff
from poller_core.errors import StorageFull
from poller_core.logging import log
from poller_core.loops.services import Limits, Services
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.timeline import Timeline
from poller_core.vault import Vault, new_key

EPOCH = 1_790_000_000
BUSY = 3000
OVERLAP = 300
SWEEP_SECONDS = 7200.0
BACKOFF = Backoff(30.0, 600.0)


class Violation(BaseException):
    """An invariant does not hold. No Exception: the loops must not take it for a fault of the network."""


@dataclass
class Endpoint:
    """A receiver: how it answers now, and everything that it ever took."""

    world: World
    url: str
    down: bool = False
    slow: float = 0.0
    lose_answers: float = 0.0
    poison: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    """By connection id: the status that its set-up earns (401, 404, 410)."""
    busy_until: float = 0.0
    taken: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """By (webhook id, connection id): two connections to one Odoo send the same order under one id, each with its own source."""
    bodies: dict[tuple[str, str], bytes] = field(default_factory=dict)
    requests: list[float] = field(default_factory=list)
    back_at: float = -1.0
    in_flight: int = 0

    async def post(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one delivery."""
        ident, connection = headers["webhook-id"], headers["X-Odoo-Connection-Id"]
        self.world.check_attempt(self, ident, connection)
        self.requests.append(self.world.now())
        if self.bodies.setdefault((ident, connection), body) != body:
            raise Violation(f"two bodies under {ident}")
        self.in_flight += 1
        try:
            await anyio.sleep(self.world.random.uniform(0.01, 0.3) + self.slow)
            return self._answer(ident, connection, body)
        finally:
            self.in_flight -= 1

    def _answer(self, ident: str, connection: str, body: bytes) -> Reply:
        chance = self.world.random
        if self.down:
            kind = chance.randrange(3)
            if kind == 0:
                raise ConnectFailed("down")
            if kind == 1:
                raise TimedOut("down")
            return _reply(chance.choice([500, 502, 503]))
        if self.world.now() < self.busy_until:
            wait = int(self.busy_until - self.world.now()) + 1
            return _reply(429, {"retry-after": str(wait)})
        if connection in self.wrong:
            return _reply(self.wrong[connection])
        if ident in self.poison:
            return _reply(self.poison[ident])
        self.taken[ident, connection] = body
        if chance.random() < self.lose_answers:
            raise ConnectFailed("the answer was lost")
        return _reply(204)


def _reply(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, dict(headers or {}), b"", 1.0)


class Receivers:
    """All endpoints as one exchange."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints

    async def post(
        self,
        url: Any,
        headers: Mapping[str, str],
        body: bytes,
        *,
        caps: Caps,
        deadline_seconds: float,
        **_: Any,
    ) -> Reply:
        """POST within the deadline."""
        with anyio.move_on_after(deadline_seconds):
            return await self._endpoints[str(url)].post(headers, body)
        raise TimedOut("no answer in time")

    async def get(self, *_: Any, **__: Any) -> Reply:
        """Nobody gets anything."""
        raise Violation("a delivery is a POST")


@dataclass
class Merchant:
    """A tenant's Odoo, and what is wrong with it now."""

    odoo: FakeOdoo
    host: str
    down: bool = False
    hanging: bool = False
    html: bool = False
    limited_until: float = 0.0
    skew: float = 0.0
    partner: int = 0
    product: int = 0
    key: str = ""
    hidden: int = 0


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, *, connections: int = 0) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.trace = sha256()
        self.wall_jump = 0.0
        self.disk_full = False
        self.repeats_allowed: set[tuple[str, str]] = set()
        self.confirmed_at: dict[tuple[str, int], float] = {}
        self.late: set[tuple[str, int]] = set()
        self.gone: set[int] = set()
        self.steps = 0
        self._moment = -1.0
        self._at_once: Counter[str] = Counter()
        self.polls = 0
        chance = self.random
        self.endpoints = {
            url: Endpoint(self, url) for url in ("https://one.test/hook", "https://two.test/hook")
        }
        self.merchants: list[Merchant] = []
        for number in range(chance.randint(2, 3)):
            self.merchants.append(self._merchant(number, chance.choice([14, 17, 19, 19])))
        self.store = Store.simulated(lambda: self.services.timeline.now())
        self.vault = Vault([new_key()], "simulation")
        self.services = self.make_services()
        self.commands = Commands(self.store, self.vault, Settings.from_environment({}), by="person")
        self.names: list[str] = []
        for number in range(connections or chance.randint(3, 5)):
            self.add_connection(number)

    # Time

    def now(self) -> float:
        """Seconds since the simulation began."""
        return anyio.current_time() if self.running else 0.0

    running = False

    def wall_ms(self) -> int:
        """The poller's wall clock."""
        return int((EPOCH + self.now() + self.wall_jump) * 1000)

    def monotonic_ms(self) -> int:
        """The poller's monotonic clock."""
        return int(self.now() * 1000)

    # Making

    def _merchant(self, number: int, version: int) -> Merchant:
        made: list[Merchant] = []
        odoo = FakeOdoo(
            version, db=f"shop{number}", clock=lambda: EPOCH + self.now() + (made[0].skew if made else 0.0)
        )
        merchant = Merchant(odoo, f"https://shop{number}.odoo.test", key=odoo.api_key)
        made.append(merchant)
        merchant.partner = odoo.add_partner("Ana", country="CL", region="Metropolitana")
        merchant.product = odoo.add_product("Polera", sku="P-1", price=1000)
        return merchant

    def make_services(self) -> Services:
        """What a new process gets."""
        timeline = Timeline(self.wall_ms, self.monotonic_ms)
        if hasattr(self, "store"):
            timeline.not_before(self.store.database.last_at())
        exchange = AsgiExchange({m.host: m.odoo.asgi() for m in self.merchants}, faults=self._odoo_fault)
        return Services(
            store=self.store,
            vault=self.vault,
            timeline=timeline,
            odoo=exchange,
            receivers=Receivers(self.endpoints),
            blocking=self.blocking,
            limits=Limits(
                min_interval_ms=1000,
                overlap_seconds=OVERLAP,
                endpoint_concurrency=4,
                backoff=BACKOFF,
                sweep_every_seconds=SWEEP_SECONDS,
            ),
            random=Random(self.random.getrandbits(32)),
            log=log,
        )

    def add_connection(self, number: int) -> None:
        """One more tenant connection, some on the same Odoo or endpoint as others."""
        merchant = self.merchants[number % len(self.merchants)]
        name = f"c{number}"
        self.commands.add(
            ConnectionDraft(
                name=name,
                odoo_url=merchant.host,
                odoo_db=merchant.odoo.db,
                odoo_username=merchant.odoo.username,
                api_key=Secret(merchant.key),
                store_id="s",
                client_id="c",
                webhook_url=self.random.choice(list(self.endpoints)),
                webhook_secret=Secret("secret"),
                polling_interval_seconds=self.random.choice([10, 30, 60]),
                sync_from="all",
            )
        )
        self.names.append(name)

    async def blocking(self, function: Callable[..., Any], *arguments: object) -> Any:
        """The store, in place; a crash may fall before or after, never inside a transaction."""
        await anyio.lowlevel.checkpoint()
        self._not_busy(function.__name__)
        if self.disk_full and function.__name__ in WRITING:
            raise StorageFull("the disk is full")
        result = function(*arguments)
        self.steps += 1
        self.trace.update(function.__name__.encode())
        return result

    def _not_busy(self, name: str) -> None:
        """Nobody turns in circles: at one moment of virtual time there is only so much to do."""
        if self.now() != self._moment:
            self._moment, self._at_once = self.now(), Counter()
        self._at_once[name] += 1
        if self._at_once[name] > BUSY:
            raise Violation(f"busy at one moment: {self._at_once.most_common(4)}")

    async def _odoo_fault(self, _method: str, url: str, _body: bytes) -> Any:
        merchant = next(m for m in self.merchants if url.startswith(m.host))
        self.polls += 1
        if merchant.down:
            raise ConnectFailed("down")
        if merchant.hanging:
            await anyio.sleep_forever()
        if merchant.html:
            return Reply(200, {"content-type": "text/html"}, b"<html>maintenance</html>", 1.0)
        if self.now() < merchant.limited_until:
            return _reply(429, {"retry-after": "20"})
        await anyio.sleep(self.random.uniform(0.02, 0.4))
        return None

    # Looking

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the tables."""
        return self.store.database.db.execute(statement, values).fetchall()

    def check_attempt(self, endpoint: Endpoint, ident: str, connection: str) -> None:
        """What must hold when an attempt leaves: nothing delivered goes again, nothing goes before it is due."""
        rows = self.sql(
            "SELECT o.status, o.due_at, o.connection FROM outbox o JOIN connection c ON c.number = o.connection "
            "WHERE o.webhook_id = ? AND c.id = ?",
            ident,
            connection,
        )
        if not rows:
            raise Violation(f"{ident} was sent and is not in the outbox")
        ((status, due_at, number),) = rows
        now = self.services.timeline.now()
        if status == 1 and (ident, connection) not in self.repeats_allowed:
            raise Violation(f"{ident} was delivered and goes again")
        state = next(h for url, h in self.store.connections.endpoints().values() if url == endpoint.url)
        if state.suspended:
            if endpoint.in_flight and now - state.suspended_at > 40_000:
                raise Violation("more than one probe in flight")
            return
        if status == 0 and due_at > now + 5 and not self.probing(number):
            raise Violation(f"{ident} goes {(due_at - now) / 1000:.0f} s before it is due")

    def probing(self, connection: int) -> bool:
        """Whether the connection's deliveries are suspended, so that an attempt is a probe."""
        return (
            '"suspended_at":0'
            not in self.sql("SELECT health FROM connection WHERE number = ?", connection)[0][0]
        )

    def backup(self) -> sqlite3.Connection:
        """A copy of the database as it is now."""
        copy = sqlite3.connect(":memory:", isolation_level=None)
        self.store.database.db.backup(copy)
        return copy

    def restore(self, copy: sqlite3.Connection) -> None:
        """Put a copy back; whatever was delivered since may go again, read anew from an Odoo that went on."""
        for endpoint in self.endpoints.values():
            self.repeats_allowed |= set(endpoint.taken)
        copy.backup(self.store.database.db)
        kept = set(
            self.sql("SELECT o.webhook_id, c.id FROM outbox o JOIN connection c ON c.number = o.connection")
        )
        for endpoint in self.endpoints.values():
            endpoint.bodies = {key: body for key, body in endpoint.bodies.items() if key in kept}

    def add_orders(self, merchant: Merchant, count: int, **more: Any) -> list[int]:
        """Confirm orders in one transaction."""
        line = Line(merchant.product, 1, 1000)
        return merchant.odoo.add_orders(count, partner=merchant.partner, lines=[line], **more)


WRITING = frozenset(
    {"capture", "settle", "failed", "log_polls", "beat", "swept", "take", "finish", "requeue_after_outage"}
)

__all__ = [
    "BACKOFF",
    "EPOCH",
    "OVERLAP",
    "SWEEP_SECONDS",
    "Endpoint",
    "Merchant",
    "NetError",
    "Violation",
    "World",
]
