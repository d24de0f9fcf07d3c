"""What must hold for the database as a whole: looked at now and then, and once more when the world has come to rest."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from poller_core.store.archive import decompress
from poller_core.store.chain import GENESIS, digest, link
from poller_core.store.database import DECODERS
from poller_core.store.projections import Logged, Projector
from poller_core.store.schema import PROJECTIONS, migrations
from simulation.failure import Violation
from simulation.life import Life

TRIES = 6
"""After so many an order has failed: the first, and the default of five more."""


def tallies(world: Life) -> None:
    """Counts equal what they count."""
    counted = {
        row[0]: row[1:]
        for row in world.machine.sql(
            "SELECT connection, count(*), sum(status = 1), sum(status = 0), sum(status = 2), sum(status = 3) "
            "FROM outbox GROUP BY connection"
        )
    }
    rejected = dict(world.machine.sql("SELECT connection, count(*) FROM rejected GROUP BY connection"))
    for number, *kept in world.machine.sql("SELECT * FROM tally"):
        wanted = [*counted.get(number, (0, 0, 0, 0, 0)), rejected.get(number, 0)]
        if kept != wanted:
            raise Violation(f"connection {number}: tally {kept}, counted {wanted}")


def chain(world: Life) -> None:
    """The hash chain is whole, no event tells a secret, and every body is the one that its event names."""
    previous = GENESIS
    bodies = {
        row[0]: (row[1], row[2].encode())
        for row in world.machine.sql("SELECT position, salt, body FROM bodies")
    }
    for position, salt, packed in world.machine.sql("SELECT position, salt, body FROM archive"):
        bodies[position] = salt, decompress(packed)
    waiting = {row[0] for row in world.machine.sql("SELECT position FROM outbox WHERE status IN (0, 2)")}
    for position, subject, order, version, kind, at, data, kept in world.machine.sql(
        "SELECT position, subject, order_id, version, type, at, data, hash FROM events ORDER BY position"
    ):
        previous = link(previous, position, subject, order, version, kind, at, data)
        if previous != kept:
            raise Violation(f"the chain breaks at {position}")
        if "S3CRET" in data:
            raise Violation(f"a secret in event {position}")
        if kind == "PayloadBuilt":
            if position not in bodies and position in waiting:
                raise Violation(f"the body at {position} is gone")
            if position in bodies and msgspec.json.decode(data)["digest"] != digest(*bodies[position]):
                raise Violation(f"the body at {position} is not the one that was built")


def streams(world: Life) -> None:
    """Versions count 1, 2, 3 … in each stream; each built payload has its outbox row."""
    broken = world.machine.sql(
        "SELECT subject, order_id FROM events GROUP BY subject, order_id HAVING max(version) <> count(*)"
    )
    if broken:
        raise Violation(f"streams with gaps: {broken}")
    lonely = world.machine.sql(
        "SELECT position FROM events WHERE type = 'PayloadBuilt' AND position NOT IN (SELECT position FROM outbox)"
    )
    if lonely:
        raise Violation(f"payloads without an outbox row: {lonely[:3]}")


def fold(world: Life) -> None:
    """The read models are a fold of the log."""
    from sqlite_utils import Database

    db = sqlite3.connect(":memory:", isolation_level=None)
    migrations().apply(Database(db))
    projector = Projector(db)
    for position, subject, order, version, kind, at, data in world.machine.sql(
        "SELECT position, subject, order_id, version, type, at, data FROM events ORDER BY position"
    ):
        projector.apply([Logged(position, subject, order, version, at, DECODERS[kind].decode(data))])
    projector.flush()
    for table in PROJECTIONS:
        ours, folded = _rows(world.machine.eye, table), _rows(db, table)
        if ours != folded:
            different = [pair for pair in zip(ours, folded, strict=False) if pair[0] != pair[1]][:2]
            raise Violation(f"{table} is not the fold of the log: {different or (len(ours), len(folded))}")
    db.close()


def _rows(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return sorted(db.execute(f"SELECT * FROM {table}").fetchall())


def fairness(world: Life) -> None:
    """No poll begins late because of another's."""
    if world.poller is not None:
        for number, late in world.poller.scheduler.lateness.items():
            if late > 1.0:
                raise Violation(f"connection {number} is polled {late:.0f} s late")


def delivered(world: Life) -> None:
    """At rest: nothing waits and nothing has failed but what is refused for ever, or met all trouble that others didn't."""
    for name, ident, connection, status, error in world.machine.sql(
        "SELECT c.name, o.webhook_id, c.id, o.status, o.last_error FROM outbox o "
        "JOIN connection c ON c.number = o.connection WHERE o.status IN (0, 2) AND c.removed_at = 0"
    ):
        endpoints = world.endpoints.values()
        unlucky = status == 2 and any(
            endpoint.was_unlucky((ident, connection), TRIES) for endpoint in endpoints
        )
        if not unlucky and not any(ident in endpoint.poison for endpoint in endpoints):
            state = "PENDING" if status == 0 else "FAILED"
            raise Violation(f"{name}: {ident} is {state} at rest ({error or 'never tried'})")
    for ident, connection in world.machine.sql(
        "SELECT o.webhook_id, c.id FROM outbox o JOIN connection c ON c.number = o.connection WHERE o.status = 1"
    ):
        if not any((ident, connection) in endpoint.taken for endpoint in world.endpoints.values()):
            raise Violation(f"{ident} counts as delivered, and nobody has taken it")


def captured(world: Life) -> None:
    """At rest: every confirmed order of every connection is in the log."""
    for one in world.links:
        if one.outstanding:
            raise Violation(
                f"{one.name}: never captured {sorted(one.outstanding)[:5]} of {len(one.outstanding)}"
            )


def often(world: Life) -> None:
    """Cheap enough to be looked at all the time."""
    world.ledger.check(world.now(), world.able_since)
    fairness(world)


def everything(world: Life) -> None:
    """All that holds at any moment."""
    often(world)
    tallies(world)
    chain(world)
    streams(world)
    fold(world)


__all__ = ["captured", "delivered", "everything", "fold", "often"]
