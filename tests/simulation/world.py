"""The world that the real core lives in: virtual time, tenants' Odoos, receivers, one machine, and people.

All chance comes from one seed. What must hold at each step is looked at where the step happens: at a delivery's
arrival, behind a commit, at a look round every few minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

import anyio
import msgspec

from odoo_rpc.net import Reply
from odoo_rpc.secret import Secret
from odoo_rpc.testing import AsgiExchange
from poller_core.commands import ConnectionDraft
from poller_core.decide import endpoint as ep
from poller_core.decide.backoff import Backoff
from poller_core.decide.endpoint import Health
from poller_core.loops.services import Limits, Services
from poller_core.store.intake import Page
from poller_core.store.outbox import FAR_FUTURE_MS, Ended, Settled
from poller_core.timeline import Timeline
from simulation.failure import Violation
from simulation.ledger import Ledger, Link
from simulation.machine import Died, Machine
from simulation.merchant import EPOCH, START, Merchant
from simulation.receiver import Endpoint, Receivers
from simulation.watching import Listening

BACKOFF = Backoff(30.0, 600.0)
CONCURRENCY = 4
_health = msgspec.json.Decoder(Health).decode


class Pace(msgspec.Struct, frozen=True):
    """How fast a world lives. Seconds, save where the name says otherwise."""

    intervals: tuple[int, ...] = (20, 30, 60)
    overlap: int = 300
    sweep: float = 3600.0
    min_interval_ms: int = 1000
    concurrency: int = CONCURRENCY


class World:
    """Everything of one seed."""

    def __init__(
        self,
        seed: int,
        pace: Pace | None = None,
        *,
        versions: tuple[int, ...] = (),
        urls: int = 2,
        connections: int = 0,
    ) -> None:
        """Without ``versions`` and ``connections`` chance decides."""
        self.seed = seed
        self.pace = pace or Pace()
        chance = self.random = Random(seed)
        self.trace = sha256()
        self.wall_jump = 0.0
        self.running = False
        self.last = 0.0
        self.clock_now: Callable[[], float] = anyio.current_time
        self.age = 0
        """Counts what may make the poller forget an answer: crashes, restores, results that could not be stored."""
        self.alive_since = -1.0
        self.ledger = Ledger(self.pace.overlap, self.pace.sweep)
        self.machine = Machine(self.wall_ms, self.now)
        self.log = Listening()
        self.endpoints = {f"https://hook{n}.test/orders": self._endpoint(n) for n in range(urls)}
        self.merchants = [
            self._merchant(number, version)
            for number, version in enumerate(versions or [chance.choice([14, 17, 19, 19]) for _ in range(2)])
        ]
        self._by_host = {merchant.host: merchant for merchant in self.merchants}
        self._odoo = AsgiExchange({m.host: m.app for m in self.merchants}, faults=self._odoo_fault)
        self.services: Services | None = None
        self._named = 0
        for number in range(connections or chance.randint(3, 4)):
            self.add_connection(self.merchants[number % len(self.merchants)])

    # Time

    def now(self) -> float:
        """Seconds since the simulation began."""
        if self.running:
            self.last = self.clock_now()
        return self.last

    def wall_ms(self) -> int:
        """What the machine's wall clock says."""
        return int((EPOCH + self.now() + self.wall_jump) * 1000)

    def monotonic_ms(self) -> int:
        """The machine's monotonic clock."""
        return int(self.now() * 1000)

    # Making

    def _merchant(self, number: int, version: int) -> Merchant:
        return Merchant(
            f"shop{number}",
            version,
            self.now,
            self.random,
            self.ledger.visible,
            self.ledger.postponed,
            self.ledger.gone,
        )

    def _endpoint(self, number: int) -> Endpoint:
        made = Endpoint(f"https://hook{number}.test/orders", self.now, self.random, self._arriving)
        made.age = lambda: self.age
        return made

    def boot(self) -> Services:
        """What a new process gets."""
        timeline = Timeline(self.wall_ms, self.monotonic_ms)
        store = self.machine.boot(timeline.now)
        timeline.not_before(store.database.last_at())
        self.alive_since = self.now()
        self.ledger.found_in(self.machine)
        self.services = Services(
            store=store,
            vault=self.machine.vault,
            timeline=timeline,
            odoo=self._odoo,
            receivers=Receivers(self.endpoints),
            blocking=self.blocking,
            urgent=self.blocking,
            limits=Limits(
                min_interval_ms=self.pace.min_interval_ms,
                overlap_seconds=self.pace.overlap,
                endpoint_concurrency=self.pace.concurrency,
                backoff=BACKOFF,
                sweep_every_seconds=self.pace.sweep,
            ),
            random=Random(self.random.getrandbits(32)),
            log=self.log,  # type: ignore[arg-type]
        )
        return self.services

    def shut(self) -> None:
        """The process is gone."""
        self.services = None
        self.machine.shut()

    async def blocking(self, function: Callable[..., Any], *arguments: object) -> Any:
        """A store call, in place; the process may die before it, or behind any commit in it."""
        await anyio.lowlevel.checkpoint()
        if self.services is None:
            raise Died
        name = function.__name__
        self.machine.not_busy(name)
        self.machine.step()
        result = function(*arguments)
        self.trace.update(f"{self.now():.3f}{name};".encode())
        if name == "capture":
            self._captured(arguments[0])  # type: ignore[arg-type]
        elif name == "settle":
            self._settled(result, arguments[0])  # type: ignore[arg-type]
        return result

    # What people do

    def add_connection(self, merchant: Merchant, **more: Any) -> Link:
        """A new connection; some share an Odoo or an endpoint with others."""
        chance = self.random
        self._named += 1
        draft: dict[str, Any] = {
            "name": f"c{self._named}",
            "webhook_url": chance.choice(list(self.endpoints)),
            "polling_interval_seconds": chance.choice(self.pace.intervals),
            "sync_from": chance.choice(["all", START.replace(" ", "T") + "Z"]),
        } | more
        with self.machine.people() as commands:
            added = commands.add(
                ConnectionDraft(
                    odoo_url=merchant.host,
                    odoo_db=merchant.odoo.db,
                    odoo_username=merchant.odoo.username,
                    api_key=Secret(merchant.key),
                    store_id="s",
                    client_id="c",
                    webhook_secret=Secret(f"S3CRET-hook-{self._named}"),
                    **draft,
                )
            )
        ((number,),) = self.machine.sql("SELECT number FROM connection WHERE id = ?", added.id)
        link = Link(
            number=number,
            ident=added.id,
            name=draft["name"],
            merchant=merchant,
            url=draft["webhook_url"],
            interval=draft["polling_interval_seconds"],
            since_start=draft["sync_from"] != "all",
            key=merchant.key,
            well_since=self.now(),
        )
        self.ledger.links[number] = link
        self.ledger.expect_all(link)
        return link

    @property
    def links(self) -> list[Link]:
        """The connections that there are."""
        return list(self.ledger.links.values())

    # Odoo's side

    async def _odoo_fault(self, _method: str, url: str, _body: bytes) -> Reply | None:
        return await self._by_host["/".join(url.split("/", 3)[:3])].fault()

    # Looking at each step

    def _captured(self, page: Page) -> None:
        self.ledger.captured(page)
        if page.walk is not None:
            self.ledger.check_cursor(page.connection, page.walk.cursor)

    def _settled(self, settled: Settled, _ended: list[Ended]) -> None:
        """What counts as delivered was taken."""
        for item, ruling in zip(settled.ended, settled.rulings, strict=True):
            if ruling.order.status == "SUCCESS":
                link = self.ledger.links.get(item.due.connection)
                if link is None:
                    continue
                key = item.due.webhook_id, link.ident
                if not any(key in endpoint.taken for endpoint in self.endpoints.values()):
                    raise Violation(f"{key} counts as delivered, and nobody has taken it")

    def _arriving(self, endpoint: Endpoint, ident: str, connection: str) -> None:
        """What must hold when a delivery arrives: it waits, it is due, and its URL and connection are open to it."""
        if self.services is None:
            raise Died
        now = self.services.timeline.now()
        rows = self.machine.sql(
            "SELECT o.status, o.due_at, o.tries, c.active, c.health, e.health, c.webhook_url FROM connection c "
            "JOIN outbox o ON o.connection = c.number JOIN endpoint e ON e.url = ? "
            "WHERE c.id = ? AND o.webhook_id = ?",
            endpoint.url,
            connection,
            ident,
        )
        if not rows:
            raise Violation(f"{ident} was sent and is not in the outbox")
        ((status, due_at, tries, active, mine, its, url),) = rows
        own, health = _health(mine), _health(its)
        if status == 1:
            raise Violation(f"{ident} is delivered and goes again")
        if url != endpoint.url or not active or status == 3:
            return  # somebody changed that a moment ago; the ledger of deliveries shows whether it is noticed
        if health.suspended:
            self._check_probe(health, endpoint, now, tries, ident)
        elif own.suspended:
            self._check_probe(own, None, now, tries, ident)
            self._check_pause(health, now)
        else:
            self._check_open(health, endpoint, now)
            self._check_pause(health, now)
            if status == 0 and now + 5 < due_at < now + FAR_FUTURE_MS:
                raise Violation(f"{ident} goes {(due_at - now) / 1000:.0f} s before it is due")

    def _check_probe(
        self, health: Health, endpoint: Endpoint | None, now: int, tries: int, ident: str
    ) -> None:
        """A suspended URL or connection gets one probe at a time, when it is due; a new order may be it at once."""
        early = now + 5 < health.next_probe_at < now + FAR_FUTURE_MS
        if early and (tries or endpoint is None):
            raise Violation(f"{ident}: a probe {(health.next_probe_at - now) / 1000:.0f} s before its time")
        if endpoint is not None and endpoint.in_flight and now - health.suspended_at > 60_000:
            raise Violation(f"{ident}: more than one probe in flight")

    def _check_open(self, health: Health, endpoint: Endpoint, now: int) -> None:
        """No more in flight than the limit, which is low right after a suspension."""
        limit = ep.in_flight_limit(health, now, self.pace.concurrency)
        if endpoint.in_flight >= max(limit, 1):
            raise Violation(f"{endpoint.in_flight + 1} in flight, {limit} allowed")

    def _check_pause(self, health: Health, now: int) -> None:
        """After a suspension's end nothing goes out for a second."""
        if health.resumed_at and 0 <= now - health.resumed_at < ep.RAMP_PAUSE_MS:
            raise Violation("a second request in the first second after a suspension")


__all__ = ["BACKOFF", "Pace", "World"]
