"""What must hold: looked at while the world turns, and once more when it has come to rest."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from poller_core.store.chain import GENESIS, digest, link
from poller_core.store.database import DECODERS
from poller_core.store.projections import Logged, Projector
from poller_core.store.schema import PROJECTIONS, migrations
from simulation.world import EPOCH, OVERLAP, Merchant, Violation, World


def tallies(world: World) -> None:
    """Counts equal what they count."""
    counted = {
        row[0]: row[1:]
        for row in world.sql(
            "SELECT connection, count(*), sum(status = 1), sum(status = 0), sum(status = 2), sum(status = 3) "
            "FROM outbox GROUP BY connection"
        )
    }
    rejected = dict(world.sql("SELECT connection, count(*) FROM rejected GROUP BY connection"))
    for number, *kept in world.sql("SELECT * FROM tally"):
        wanted = [*counted.get(number, (0, 0, 0, 0, 0)), rejected.get(number, 0)]
        if kept != wanted:
            raise Violation(f"connection {number}: tally {kept}, counted {wanted}")


def chain(world: World) -> None:
    """The hash chain is whole, and every body is the one that its event names."""
    previous = GENESIS
    bodies = {row[0]: (row[1], row[2]) for row in world.sql("SELECT position, salt, body FROM bodies")}
    for position, subject, order, version, kind, at, data, kept in world.sql(
        "SELECT * FROM events ORDER BY position"
    ):
        previous = link(previous, position, subject, order, version, kind, at, data)
        if previous != kept:
            raise Violation(f"the chain breaks at {position}")
        if position in bodies and msgspec.json.decode(data)["digest"] != digest(
            bodies[position][0], bodies[position][1].encode()
        ):
            raise Violation(f"the body at {position} is not the one that was built")


def streams(world: World) -> None:
    """Versions count 1, 2, 3 … in each stream."""
    broken = world.sql(
        "SELECT subject, order_id FROM events GROUP BY subject, order_id HAVING max(version) <> count(*)"
    )
    if broken:
        raise Violation(f"streams with gaps: {broken}")


def fold(world: World) -> None:
    """The read models are a fold of the log."""
    from sqlite_utils import Database

    db = sqlite3.connect(":memory:", isolation_level=None)
    migrations().apply(Database(db))
    projector = Projector(db)
    for position, subject, order, version, kind, at, data in world.sql(
        "SELECT position, subject, order_id, version, type, at, data FROM events ORDER BY position"
    ):
        projector.apply([Logged(position, subject, order, version, at, DECODERS[kind].decode(data))])
    projector.flush()
    for table in PROJECTIONS:
        ours, folded = rows(world.store.database.db, table), rows(db, table)
        if ours != folded:
            different = [pair for pair in zip(ours, folded, strict=False) if pair[0] != pair[1]][:2]
            raise Violation(f"{table} is not the fold of the log: {different or (len(ours), len(folded))}")
    db.close()


def rows(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    """A table's rows in a fixed order."""
    return sorted(db.execute(f"SELECT * FROM {table}").fetchall())


def cursors(world: World) -> None:
    """No cursor lies past an uncaptured order that was visible when it moved there."""
    for live in world.store.connections.live():
        merchant = of(world, live.connection.odoo_url)
        reading = world.store.connections.reading(live.connection.number)
        cursor = reading.walk.cursor
        if not cursor:
            continue
        known = known_orders(world, live.connection.number)
        for order in confirmed(merchant):
            late = (merchant.odoo.db, order) in world.late
            if order in known or late or merchant.skew:
                continue
            written = merchant.odoo.read("sale.order", order)["write_date"]
            seconds = written.timestamp() - EPOCH  # type: ignore[attr-defined]
            passed = cursor_seconds(cursor) - OVERLAP
            if seconds < passed - 1 and not reading.walk.under_way:
                raise Violation(
                    f"{live.connection.name}: the cursor {cursor} passed order {order} of {written}"
                )


def cursor_seconds(cursor: str) -> float:
    """A cursor as seconds of the simulation."""
    from poller_core.decide.reading import parse

    return parse(cursor).timestamp() - EPOCH


def of(world: World, url: str) -> Merchant:
    """The merchant at an address."""
    return next(m for m in world.merchants if m.host == url)


def confirmed(merchant: Merchant) -> list[int]:
    """Orders of a merchant that are confirmed now."""
    rows = merchant.odoo.database.tables["sale.order"].rows
    return [order for order, row in rows.items() if row["state"] in ("sale", "done")]


def known_orders(world: World, number: int) -> set[int]:
    """Captured and rejected orders of a connection."""
    found = world.sql(
        "SELECT order_id FROM outbox WHERE connection = ? UNION SELECT order_id FROM rejected WHERE connection = ?",
        number,
        number,
    )
    return {row[0] for row in found}


def complete(world: World) -> None:
    """At rest: every confirmed order is captured, everything captured is delivered, save what is refused or discarded."""
    for live in world.store.connections.live():
        connection = live.connection
        merchant = of(world, connection.odoo_url)
        missing = set(confirmed(merchant)) - known_orders(world, connection.number)
        if missing:
            raise Violation(f"{connection.name}: never captured {sorted(missing)[:5]} of {len(missing)}")
        endpoint = world.endpoints[connection.webhook_url]
        for ident, status, cause in world.sql(
            "SELECT webhook_id, status, last_error FROM outbox WHERE connection = ? AND status IN (0, 2)",
            connection.number,
        ):
            if ident not in endpoint.poison:
                raise Violation(
                    f"{connection.name}: {ident} is {('PENDING', '', 'FAILED')[status]} at rest ({cause})"
                )
    for ident, connection_id, url in world.sql(
        "SELECT o.webhook_id, c.id, c.webhook_url FROM outbox o JOIN connection c ON c.number = o.connection WHERE o.status = 1"
    ):
        if not any((ident, connection_id) in endpoint.taken for endpoint in world.endpoints.values()):
            raise Violation(f"{ident} counts as delivered and {url} never took it")


def no_secret(world: World) -> None:
    """No key and no secret is in an event."""
    for merchant in world.merchants:
        if world.sql("SELECT 1 FROM events WHERE instr(data, ?)", merchant.key):
            raise Violation("a key is in an event")


def often(world: World) -> None:
    """Cheap enough to be looked at all the time."""
    tallies(world)
    cursors(world)


def everything(world: World) -> None:
    """All that holds at any moment."""
    often(world)
    chain(world)
    streams(world)
    fold(world)
    no_secret(world)
