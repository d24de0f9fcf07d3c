"""A database as after a morning's work, written through the store with a clock that stands where it is put."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

from cli.making import MINUTE, NOW, SECOND
from odoo_rpc.secret import Secret
from poller_core.commands import Commands, ConnectionDraft, open_vault
from poller_core.decide.answers import NoReply, Replied
from poller_core.decide.backoff import Backoff
from poller_core.decide.delivery import Attempt
from poller_core.decide.reading import Walk
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.store.intake import Built, Page, PollRow, Refused
from poller_core.store.outbox import Due, Ended

HOSTILE = "S\x1b[2J\x1b]52;c;aGk=\x07\u202e00046"
BODY = {
    "event": "order.confirmed",
    "order": {"platform_order_number": "S00041", "amount_total": 5990000},
    "customer": {"name": "Juan Pérez", "email": "juan@example.com"},
}


class Clock:
    """Milliseconds since 1970, moved by hand."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Morning:
    """Writes what happened."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock(NOW - 40 * MINUTE)
        self.store = Store.open(path, clock=self.clock)
        settings = Settings(db_path=path)
        self.commands = Commands(self.store, open_vault(self.store, settings), settings, by="cli")

    def add(self, name: str, db: str, **values: object) -> int:
        draft = {
            "name": name,
            "odoo_url": f"https://{db}.odoo.com",
            "odoo_db": db,
            "odoo_username": f"bot@{db}.cl",
            "api_key": Secret("key-" + db),
            "store_id": f"store_{db}",
            "client_id": f"client_{db}",
            "webhook_secret": Secret("secret-" + db),
            "sync_from": "2026-11-24",
            "max_attempts": 1,
            **values,
        }
        self.commands.add(ConnectionDraft(**draft))  # type: ignore[arg-type]
        found = self.store.connections.by_name(name)
        assert found is not None
        return found.number

    def capture(self, connection: int, *orders: Built | Refused, duration_ms: int = 412) -> dict[int, Due]:
        row = PollRow(connection=connection, at=self.clock(), found=len(orders), duration_ms=duration_ms)
        page = Page(
            connection=connection,
            orders=orders,
            seen=[(order.order_id, order.write_date) for order in orders],
            walk=Walk(cursor="2026-11-24 03:50:00"),
            forget_below="",
            poll=row,
            server_version="19.0",
        )
        return {due.order_id: due for due in self.store.intake.capture(page).due}

    def attempt(self, due: Due, answer: Replied | NoReply, *, took: int = 120) -> None:
        live = {item.connection.number: item.connection for item in self.store.connections.live()}
        attempt = Attempt(answer=answer, duration_ms=took, at=self.clock())
        ended = Ended(due=due, endpoint=live[due.connection].endpoint, attempt=attempt)
        self.store.outbox.settle([ended], Backoff(30, 600), _Steady())


class _Steady(Random):
    """No jitter."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2

    def random(self) -> float:
        return 0.5


def built(order_id: int, number: str, reference: str = "") -> Built:
    return Built(
        order_id=order_id,
        number=number,
        write_date="2026-11-24 03:49:58",
        state="sale",
        webhook_id=f"00000000-0000-5000-8000-{order_id:012d}",
        body=json.dumps(BODY).encode(),
        reference=reference,
    )


def populate(path: Path) -> None:
    """Three connections: one works and has every kind of order, one's key is refused, one is paused."""
    morning = Morning(path)
    juste = morning.add("Le Juste", "lejuste")
    sur = morning.add("Comercial Sur", "sur")
    morning.add("Tienda Ñuñoa", "nunoa")
    morning.commands.pause("Tienda Ñuñoa")
    wait = _waiter(morning.clock)
    wait(30 * MINUTE)
    due = morning.capture(
        juste, built(41, "S00041", "OC-4501"), built(42, "S00042"), built(43, "S00043"), built(44, "S00044")
    )
    wait(200)
    morning.attempt(due[41], Replied(200), took=88)
    morning.attempt(due[42], Replied(503))
    morning.attempt(due[44], Replied(422))
    wait(31 * SECOND)
    morning.attempt(due[42], Replied(200), took=91)
    morning.attempt(due[44], Replied(422))
    wait(5 * MINUTE)
    issues = (
        ("partner_id", "missing", "the order has no customer"),
        ("order_line.3.price_unit", "not_finite", "is no number"),
    )
    morning.capture(
        juste,
        Refused(
            order_id=45,
            number="S00045",
            write_date="2026-11-24 03:55:01",
            state="sale",
            issues=issues,
            raw=b"{}",
        ),
        built(46, HOSTILE),
    )
    wait(200)
    morning.attempt(due[43], NoReply("timeout", "no answer within 30 s"), took=30_000)
    refused = PollRow(
        connection=sur, at=morning.clock(), error="Odoo refuses the user or the API key", duration_ms=230
    )
    morning.store.connections.failed(
        sur, "AuthenticationFailed", "Odoo refuses the user or the API key", refused
    )
    morning.store.close()


def _waiter(clock: Clock) -> Callable[[int], None]:
    def wait(milliseconds: int) -> None:
        clock.now += milliseconds

    return wait
