"""The core with a fake Odoo and a scripted receiver in memory: what tests of the loops are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import anyio
import msgspec

from odoo_rpc.net import Caps, NetError, Reply
from odoo_rpc.secret import Secret
from odoo_rpc.testing import AsgiExchange, FakeOdoo
from poller_core.commands import Commands, ConnectionDraft
from poller_core.logging import log
from poller_core.loops.services import Limits, Services, inline
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.timeline import Timeline
from poller_core.vault import Vault, new_key

HOOK = "https://picking.test/hook"
EPOCH_MS = 1_790_000_000_000
Answer = int | tuple[int, Mapping[str, str]] | NetError


@dataclass
class Receiver:
    """A webhook endpoint: ``answers`` decides, by default everything is taken. ``got`` holds (id, body, answer)."""

    answers: Callable[[dict[str, str], bytes], Answer] = lambda _headers, _body: 204
    got: list[tuple[str, bytes, Answer]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    async def post(
        self, url: Any, headers: Mapping[str, str], body: bytes, *, caps: Caps, **_more: object
    ) -> Reply:
        """Take one delivery."""
        del url, caps
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await anyio.lowlevel.checkpoint()
            answer = self.answers(dict(headers), body)
        finally:
            self.in_flight -= 1
        self.headers.append(dict(headers))
        self.got.append((headers["webhook-id"], body, answer))
        if isinstance(answer, NetError):
            raise answer
        status, more = answer if isinstance(answer, tuple) else (answer, {})
        return Reply(status, dict(more), b"", 1.0)

    async def get(self, url: Any, headers: Mapping[str, str], **_more: object) -> Reply:
        """Nobody asks for anything."""
        raise AssertionError("a delivery is a POST")

    @property
    def delivered(self) -> dict[str, bytes]:
        """Body by id of everything taken."""
        return {ident: body for ident, body, answer in self.got if answer in (200, 204)}

    @property
    def numbers(self) -> list[str]:
        """Order numbers in the order of arrival, refused ones included."""
        return [msgspec.json.decode(body)["order"]["platform_order_number"] for _, body, _ in self.got]


@dataclass
class Rig:
    """One poller's world in memory."""

    services: Services
    commands: Commands
    receiver: Receiver
    odoos: dict[str, FakeOdoo]

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    def connect(self, name: str, odoo: FakeOdoo, **draft: Any) -> int:
        """Add a connection to a fake Odoo; its number."""
        values = {
            "odoo_url": host(odoo),
            "odoo_db": odoo.db,
            "odoo_username": odoo.username,
            "api_key": Secret(odoo.api_key),
            "store_id": "store_1",
            "client_id": "client_1",
            "webhook_url": HOOK,
            "webhook_secret": Secret("a secret of the receiver"),
            "sync_from": "all",
        } | draft
        added = self.commands.add(ConnectionDraft(name=name, **values))
        found = self.store.connections.by_name(added.id)
        assert found is not None
        return found.number

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the tables."""
        return self.store.database.db.execute(statement, values).fetchall()


def host(odoo: FakeOdoo) -> str:
    """Where a fake Odoo answers."""
    return f"https://{odoo.db}.odoo.test"


def on_virtual_clock(rig: Rig) -> None:
    """Let the rig's time be the event loop's, for one that runs on a clock that jumps."""

    def now() -> int:
        return EPOCH_MS + int(anyio.current_time() * 1000)

    rig.services.timeline = Timeline(now, now)
    rig.store.database.clock = rig.services.timeline.now


def make_rig(*odoos: FakeOdoo, limits: Limits | None = None, receiver: Receiver | None = None) -> Rig:
    """A world with these Odoos, each a server of its own, and nothing paced unless asked for."""
    timeline = Timeline()
    store = Store.simulated(timeline.now)
    vault = Vault([new_key()], "test")
    settings = Settings.from_environment({})
    receiver = receiver or Receiver()
    services = Services(
        store=store,
        vault=vault,
        timeline=timeline,
        odoo=AsgiExchange({host(odoo): odoo.asgi() for odoo in odoos}),
        receivers=receiver,
        blocking=inline,
        urgent=inline,
        limits=limits or Limits(min_interval_ms=0),
        random=Random(7),
        log=log,
    )
    commands = Commands(store, vault, settings, by="test")
    return Rig(services, commands, receiver, {odoo.db: odoo for odoo in odoos})
