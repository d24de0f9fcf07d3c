"""Random lives of a database, lived through the store's own doors: what tests of folds, checks and copies work on.

    with Life(path, seed=7) as life:
        life.go_on(400)

The same seed gives the same life.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from poller_core import events as ev
from poller_core.decide.answers import Answer, NoReply, Replied
from poller_core.decide.backoff import Backoff
from poller_core.decide.delivery import Attempt
from poller_core.decide.reading import Walk
from poller_core.model import Connection
from poller_core.store import Store
from poller_core.store.connections import Token
from poller_core.store.intake import Built, Page, PollRow, Refused
from poller_core.store.outbox import Due, Ended
from poller_core.webhook import webhook_id

START = 1_750_000_000_000
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
URLS = ("https://one.example/hook", "https://two.example/hook", "https://three.example/hook")
WELL = (Replied(200), Replied(204), Replied(202))
TROUBLE = (
    Replied(503),
    Replied(429, 60),
    NoReply("timeout", "no answer within 30 s"),
    NoReply("dns", "no such name"),
)
OTHERS = (
    Replied(422),
    Replied(400),
    Replied(401),
    Replied(404),
    Replied(410),
    NoReply("blocked", "not allowed"),
)


class Life:
    """A database that is used at random, on a clock of its own."""

    def __init__(self, path: Path, *, seed: int = 1) -> None:
        self.random = Random(seed)
        self.now = START
        self.path = path
        self.store = Store.open(path, clock=lambda: self.now)
        self.store.database.db.execute("PRAGMA synchronous=OFF")
        self.orders = 0
        self.refused: dict[int, dict[int, str]] = {}
        self.stale: list[tuple[Connection, Due]] = []
        self.sick: set[int] = set()
        self.refusing = 0.1

    def __enter__(self) -> Life:
        return self

    def __exit__(self, *_error: object) -> None:
        self.store.close()

    def go_on(self, steps: int) -> Life:
        """Live on for so many steps."""
        doings = (
            (self.add, 4), (self.capture, 30), (self.deliver, 50), (self.deliver_again, 3), (self.fall_sick, 4),
            (self.edit, 4), (self.pause, 2), (self.resume, 4), (self.remove, 1), (self.fail_poll, 4),
            (self.idle_poll, 4), (self.requeue, 3), (self.discard, 2), (self.wait, 10),
        )  # fmt: skip
        chosen = self.random.choices(
            [doing for doing, _ in doings], [weight for _, weight in doings], k=steps
        )
        self.add()
        for doing in chosen:
            self.now += self.random.randint(0, 20 * SECOND)
            doing()
        return self

    # Connections

    @property
    def connections(self) -> list[Connection]:
        return [live.connection for live in self.store.connections.live()]

    def any(self) -> Connection | None:
        return self.random.choice(found) if (found := self.connections) else None

    def add(self, max_attempts: int | None = None) -> None:
        number = self.random.getrandbits(48)
        url = self.random.choice(URLS)
        added = ev.ConnectionAdded(
            id=f"{number:016x}", name=f"Tienda {number}", odoo_url=f"https://{number}.example", odoo_db="shop",
            odoo_username="poller", webhook_url=url, endpoint=0, store_id="s1", client_id="c1",
            polling_interval_seconds=60, sync_from="", max_attempts=self.random.choice((0, 1, 5)) if max_attempts is None else max_attempts,
        )  # fmt: skip
        self.store.connections.add(added, url, {"api_key": b"token of " + url.encode(), "webhook": b"token"})

    def edit(self) -> None:
        connection = self.any()
        if connection is None:
            return
        tokens = {"webhook": Token(b"another")} if self.random.random() < 0.3 else {}
        changes: dict[str, str | int | bool] = {}
        if self.random.random() < 0.5:
            changes["webhook_url"] = self.random.choice(
                [*URLS, f"https://{self.random.randint(1, 9)}.example"]
            )
        if self.random.random() < 0.5:
            changes |= {"polling_interval_seconds": self.random.randint(1, 90), "store_id": "bodega ñ 2"}
        self.store.connections.change(connection.number, changes, tokens, by="test")

    def pause(self) -> None:
        connection = self.any()
        if connection is not None and connection.active:
            self.store.connections.record(connection.number, ev.ConnectionPaused(by="test"))

    def resume(self) -> None:
        connection = self.any()
        if connection is not None:
            self.store.connections.resume(connection.number, by="test")

    def remove(self) -> None:
        if len(self.connections) > 2 and (connection := self.any()) is not None:
            self.store.connections.remove(connection.number, "test", discard=True)

    # Polls

    def capture(self, count: int | None = None) -> None:
        connection = self.any()
        if connection is None:
            return
        refused = self.refused.setdefault(connection.number, {})
        again = [number for number in refused if self.random.random() < 0.4]
        self.orders += 1000
        fresh = range(self.orders, self.orders + (self.random.randint(0, 12) if count is None else count))
        orders = [self.order(connection, number) for number in sorted([*again, *fresh])]
        for order in orders:
            refused.pop(order.order_id, None)
            if isinstance(order, Refused):
                refused[order.order_id] = order.write_date
        date = self.date()
        self.store.intake.capture(
            Page(
                connection=connection.number, orders=orders, seen=[(order.order_id, date) for order in orders],
                walk=Walk(cursor=date), forget_below="", poll=PollRow(connection=connection.number, at=self.now),
            )
        )  # fmt: skip

    def order(self, connection: Connection, number: int) -> Built | Refused:
        name, date = f"S{number:05}", self.date()
        if self.random.random() < self.refusing:
            issues = (("lines.0.quantity", "not_finite", "not a finite number"),)
            raw = b'{"id": %d, "partner": "Ana Rojas %d"}' % (number, self.random.getrandbits(40))
            return Refused(
                order_id=number, number=name, write_date=date, state="sale", issues=issues, raw=raw
            )
        body = f'{{"event":"order.confirmed","number":"{name}","customer":"Ana Peña {self.random.getrandbits(64)}"}}'
        return Built(
            order_id=number, number=name, write_date=date, state="sale", body=body.encode(),
            webhook_id=webhook_id(connection.odoo_url, connection.odoo_db, number),
            reference=self.random.choice(("", f"OC-{number}")),
        )  # fmt: skip

    def date(self) -> str:
        return f"2026-01-01 {self.random.randint(0, 23):02}:{self.random.randint(0, 59):02}:00"

    def fail_poll(self) -> None:
        if (connection := self.any()) is not None:
            kind = self.random.choice(("Unavailable", "AuthenticationFailed"))
            row = PollRow(connection=connection.number, at=self.now, error="it went wrong")
            self.store.connections.failed(connection.number, kind, "it went wrong", row)

    def idle_poll(self) -> None:
        if (connection := self.any()) is not None:
            self.store.connections.log_polls(
                [PollRow(connection=connection.number, at=self.now, duration_ms=7)]
            )

    # Deliveries

    def fall_sick(self) -> None:
        number = self.random.choice([*self.store.connections.endpoints(), 0])
        self.sick = {number} if self.random.random() < 0.6 else set()

    def deliver(self) -> None:
        connection = self.any()
        if connection is None:
            return
        health = self.store.connections.endpoints()[connection.endpoint][1]
        own = next(
            live.health
            for live in self.store.connections.live()
            if live.connection.number == connection.number
        )
        if health.suspended or own.suspended:
            probe = self.store.outbox.probe([connection.number])
            if probe is not None and not own.gone:
                self.now = max(self.now, health.next_probe_at, own.next_probe_at)
                self.settle(connection, [probe], probe=True)
            return
        found = self.store.outbox.due(connection.number, self.now, self.random.randint(1, 20))
        self.settle(connection, found)
        self.stale += [(connection, due) for due in found if self.random.random() < 0.05]

    def deliver_again(self) -> None:
        """Answers that come for orders which others have settled meanwhile."""
        stale, self.stale = self.stale, []
        for connection, due in stale:
            self.settle(connection, [due])

    def settle(self, connection: Connection, dues: Sequence[Due], *, probe: bool = False) -> None:
        ended = [
            Ended(
                due=due,
                endpoint=connection.endpoint,
                attempt=Attempt(
                    answer=self.answer(connection.endpoint), duration_ms=self.random.randint(5, 900), at=self.now, probe=probe
                ),
            )
            for due in dues
        ]  # fmt: skip
        if ended:
            self.store.outbox.settle(ended, Backoff(), self.random)

    def answer(self, endpoint: int) -> Answer:
        if endpoint in self.sick:
            return self.random.choice(TROUBLE)
        kinds: tuple[Sequence[Answer], ...] = (WELL, TROUBLE, OTHERS)
        return self.random.choice(self.random.choices(kinds, (90, 6, 4))[0])

    def requeue(self) -> None:
        self.store.outbox.requeue(self.positions("status <> 1"), "asked for", by="test")

    def discard(self) -> None:
        self.store.outbox.discard(self.positions("status IN (0, 2)")[:2], "wrong customer", by="test")

    def positions(self, condition: str) -> list[int]:
        rows = self.store.database.rows(f"SELECT position FROM outbox WHERE {condition} ORDER BY position")
        found = [int(str(row[0])) for row in rows]
        return self.random.sample(found, min(len(found), 5))

    def wait(self) -> None:
        self.now += self.random.choice((MINUTE, 10 * MINUTE, HOUR, 5 * HOUR))


def dump(store: Store, tables: Sequence[str]) -> dict[str, list[tuple[object, ...]]]:
    """Tables row by row, sorted."""
    return {
        table: sorted(store.database.rows(f"SELECT * FROM {table}"), key=repr)
        for table in tables
    }  # fmt: skip
