"""What the demo runs against: two shops' Odoo stand-ins and a webhook receiver, all in this process, on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from odoo_rpc import Secret
from odoo_rpc.testing import FakeOdoo, Line, chile, serve

SECRET = "whsec_ZGVtby1vZG9vLXBvbGxlci1kZW1vLXNlY3JldA=="  # noqa: S105 - the demo's own, guards nothing
KEY = "demo-api-key"
NETWORK = "127.0.0.0/8"
FAILING, FAILS_EVERY = "odoo_lejuste_", 12  # the receiver fails at this shop's order 4, 16, 28 …, each once
FAILS_AT = 4


@dataclass
class Shop:
    """A merchant: its Odoo stand-in, and how many orders it has confirmed so far."""

    name: str
    odoo: FakeOdoo
    url: str = ""
    confirmed: int = 0

    def confirm(self) -> None:
        """A customer confirms one more order."""
        seeded, products = self.odoo.ids("sale.order")[:3], self.odoo.ids("product.product")
        customer = self.odoo.read("sale.order", seeded[self.confirmed % len(seeded)])["partner_id"]
        picked = products[self.confirmed * 3 % len(products)]
        self.odoo.add_order(int(str(customer)), [Line(picked, 1 + self.confirmed % 4)])
        self.confirmed += 1


@dataclass
class Receiver:
    """The picking application: verifies each signature, answers 503 now and then, remembers what came."""

    bodies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    accepted: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, bytes] = field(default_factory=dict)
    posts: int = 0
    unsigned: int = 0
    repeated: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one POST."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status = self.judge({k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}, body)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def judge(self, headers: dict[str, str], body: bytes) -> int:
        """Return the answer's status."""
        from standardwebhooks import WebhookVerificationError

        from poller_core.webhook import verify

        self.posts += 1
        try:
            message = verify(headers, body, Secret(SECRET), time.time())
        except WebhookVerificationError:
            self.unsigned += 1
            return 401
        payload = json.loads(body)
        if payload["event"] != "order.confirmed":
            return 204
        order = (payload["source"]["connection_id"], payload["order"]["platform_order_id"])
        is_new = order not in self.bodies
        self.bodies[order] = payload
        if is_new and payload["external_id"].startswith(FAILING) and int(order[1]) % FAILS_EVERY == FAILS_AT:
            self.refused[message] = body
            return 503
        self.repeated += message in self.accepted
        self.accepted[message] = body
        return 200

    def retried_alike(self) -> bool:
        """Whether every retry carried the very bytes of its first try, under the same id."""
        return all(self.accepted.get(message, body) == body for message, body in self.refused.items())


@dataclass
class World:
    """The shops and the receiver, served."""

    shops: list[Shop]
    receiver: Receiver
    webhook_url: str = ""

    @property
    def confirmed(self) -> int:
        """How many orders the shops have confirmed."""
        return sum(shop.confirmed for shop in self.shops)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Make the shops, seed their orders, serve everything until the block ends."""
    shops = [_shop("Le Juste", 19, "lejuste", 6), _shop("Comercial Sur", 14, "sur", 3)]
    made = World(shops, Receiver())
    async with AsyncExitStack() as stack:
        for shop in shops:
            shop.url = await stack.enter_async_context(serve(shop.odoo.asgi()))
        address = await stack.enter_async_context(serve(made.receiver))
        made.webhook_url = f"{address}/api/webhooks/odoo"
        yield made


def _shop(name: str, version: int, db: str, orders: int) -> Shop:
    odoo = FakeOdoo(version, db=db, api_key=KEY)
    chile(odoo, orders)
    return Shop(name, odoo, confirmed=orders)
