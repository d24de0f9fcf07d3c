"""Connections as stored: configuration by events, secrets and reading state beside the log."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from poller_core import events as ev
from poller_core.decide.endpoint import Health
from poller_core.decide.reading import Walk
from poller_core.errors import BadInput
from poller_core.i18n import Phrase
from poller_core.model import Connection
from poller_core.store.database import Database, New, Transaction
from poller_core.store.intake import PollRow, log_poll
from poller_core.store.queries.connections import COLUMNS, connection_from
from poller_core.store.sweep import Sweep, encode_sweep, sweep_from

CLOCKS_DIFFER_MS = 60_000
"""So far the clocks of two processes may lie apart without one of them having been wrong."""

_health = msgspec.json.Decoder(Health).decode


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as the loops hold it: configuration, delivery health and failing state."""

    connection: Connection
    health: Health
    failing: str


class Token(msgspec.Struct, frozen=True):
    """A locked secret. ``until`` (ms) is when it expires; 0 for never."""

    token: bytes
    until: int = 0


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Where a connection's reading stands, and what its client has learned of the server."""

    walk: Walk
    session: str = ""
    server_version: str = ""
    captured: int = 0
    last_sync_at: int = 0
    reconciled_at: int = 0
    sweep: Sweep = Sweep()
    known: list[int] = []
    rejected: dict[int, str] = {}


class Connections:
    """Configuration, secrets and reading state of all connections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Reading

    def live(self) -> list[Live]:
        """Every connection that was not removed, by number."""
        rows = self._database.rows(
            f"SELECT {COLUMNS}, health, failing FROM connection WHERE removed_at = 0 ORDER BY number"
        )
        return [
            Live(connection=connection_from(r[:-2]), health=_health(str(r[-2])), failing=str(r[-1]))
            for r in rows
        ]

    def by_name(self, name_or_id: str) -> Connection | None:
        """A connection by its name or id, None where there is none."""
        rows = self._database.rows(
            f"SELECT {COLUMNS} FROM connection WHERE removed_at = 0 AND (id = ? OR name = ?) ORDER BY id = ? DESC LIMIT 1",
            (name_or_id, name_or_id, name_or_id),
        )
        return connection_from(rows[0]) if rows else None

    def names(self) -> list[str]:
        """All names, sorted."""
        return [
            str(row[0])
            for row in self._database.rows("SELECT name FROM connection WHERE removed_at = 0 ORDER BY name")
        ]

    def endpoints(self) -> dict[int, tuple[str, Health]]:
        """Every URL that a connection uses or used, with its health."""
        rows = self._database.db.execute("SELECT number, url, health FROM endpoint")
        return {number: (url, _health(health)) for number, url, health in rows}

    def tokens(self, number: int) -> dict[str, Token]:
        """Locked secrets by kind: ``api_key``, ``webhook`` and, during a rotation, ``webhook_old``."""
        rows = self._database.db.execute(
            "SELECT kind, token, until FROM secret WHERE connection = ?", (number,)
        )
        return {kind: Token(token, until) for kind, token, until in rows}

    def reading(self, number: int) -> Reading:
        """Where this connection's reading stands."""
        row = self._database.db.execute(
            "SELECT w.cursor, w.bound, w.after_id, w.session, w.server_version, w.last_sync_at, w.reconciled_at, w.sweep, "
            "coalesce(t.captured, 0) FROM connection c LEFT JOIN walk w ON w.connection = c.number "
            "LEFT JOIN tally t ON t.connection = c.number WHERE c.number = ?",
            (number,),
        ).fetchone()
        if row is None or row[0] is None:
            return Reading(walk=Walk(), captured=row[8] if row else 0)
        return Reading(
            walk=Walk(cursor=row[0], bound=row[1], after_id=row[2]),
            session=row[3],
            server_version=row[4],
            last_sync_at=row[5],
            reconciled_at=row[6],
            sweep=sweep_from(row[7]),
            captured=row[8],
        )

    def last_poll_at(self, number: int) -> int:
        """When this connection was polled last (ms), 0 for never."""
        row = self._database.db.execute(
            "SELECT at FROM poll_log WHERE connection = ? ORDER BY id DESC LIMIT 1", (number,)
        ).fetchone()
        return int(row[0]) if row else 0

    def recent_polls(self, most: int) -> dict[int, list[int]]:
        """When connections were polled last (ms, in their order): of each ``most`` polls and one more, on average.

        Each start adds a poll of all, so those of the last ``most`` starts are among them.
        """
        found: dict[int, list[int]] = {}
        rows = self._database.db.execute(
            "SELECT connection, at FROM poll_log WHERE id > (SELECT max(id) FROM poll_log) "
            "- ? * (SELECT count(*) FROM connection) ORDER BY id",
            (most + 1,),
        )
        for number, at in rows:
            found.setdefault(number, []).append(at)
        return found

    def unswept(self, latest: int, now: int) -> list[int]:
        """Connections that were not reconciled since ``latest`` (ms), are older than that, and are not in a long walk.

        A reconcile in the future is one of a clock that has been put right since: it is no reason to wait for it.
        """
        rows = self._database.db.execute(
            "SELECT c.number FROM connection c JOIN walk w ON w.connection = c.number WHERE c.removed_at = 0 AND c.active = 1 "
            "AND w.last_sync_at > 0 AND w.bound = '' AND iif(w.reconciled_at > 0, w.reconciled_at, c.created_at) "
            "NOT BETWEEN ? + 1 AND ? ORDER BY c.number",
            (latest, now + CLOCKS_DIFFER_MS),
        )
        return [row[0] for row in rows]

    def seen(self, number: int, lower: str, after_id: int) -> list[int]:
        """Ids of captured orders that the window from ``lower`` and ``after_id`` on would return again."""
        rows = self._database.db.execute(
            "SELECT order_id FROM seen WHERE connection = ? AND order_id > ? AND write_date >= ? ORDER BY order_id",
            (number, after_id, lower),
        )
        return [row[0] for row in rows]

    # Writing

    def add(self, added: ev.ConnectionAdded, webhook_url: str, tokens: dict[str, bytes]) -> Connection:
        """A new connection with its locked secrets. Raises BadInput where the name is taken."""
        with self._database.transaction() as tx:
            _require_free_name(tx, added.name, 0)
            number = int(tx.db.execute("SELECT coalesce(max(number), 0) + 1 FROM connection").fetchone()[0])
            endpoint = endpoint_number(tx, webhook_url)
            event = msgspec.structs.replace(added, webhook_url=webhook_url, endpoint=endpoint)
            tx.append([New(number, 0, 1, event)])
            _keep(tx, number, {kind: Token(token) for kind, token in tokens.items()})
            row = tx.db.execute(f"SELECT {COLUMNS} FROM connection WHERE number = ?", (number,)).fetchone()
        return connection_from(row)

    def change(
        self, number: int, changes: dict[str, str | int | bool], tokens: dict[str, Token], by: str
    ) -> None:
        """New values and secrets. A new server or database forgets what was learned of the old one."""
        with self._database.transaction() as tx:
            if "name" in changes:
                _require_free_name(tx, str(changes["name"]), number)
            if "webhook_url" in changes:
                changes = {**changes, "endpoint": endpoint_number(tx, str(changes["webhook_url"]))}
            event = ev.ConnectionChanged(changes=changes, secrets=tuple(sorted(tokens)), by=by)
            tx.append_one(number, 0, event)
            if "webhook_url" in changes:
                # A secret that is being rotated out was entered for the old URL and opens nothing at the new one.
                tx.db.execute("DELETE FROM secret WHERE connection = ? AND kind = 'webhook_old'", (number,))
            _keep(tx, number, tokens)
            if {"odoo_url", "odoo_db", "odoo_username", "protocol"} & set(changes) or "api_key" in tokens:
                tx.db.execute("UPDATE walk SET session = '' WHERE connection = ?", (number,))
            if {"odoo_url", "odoo_db", "sync_from"} & set(changes):
                tx.db.execute(
                    "UPDATE walk SET cursor = '', bound = '', after_id = 0 WHERE connection = ?", (number,)
                )
            if {"webhook_url"} & set(changes) or "webhook" in tokens:
                _probe_now(tx, number)

    def record(self, number: int, event: ev.AnyEvent) -> None:
        """Append an event to a connection's own stream."""
        with self._database.transaction() as tx:
            tx.append_one(number, 0, event)

    def resume(self, number: int, by: str) -> None:
        """Poll and deliver again, also where the receiver had said 410 or the set-up was wrong."""
        with self._database.transaction() as tx:
            active = tx.db.execute("SELECT active FROM connection WHERE number = ?", (number,)).fetchone()[0]
            if not active:
                tx.append_one(number, 0, ev.ConnectionResumed(by=by))
            if tx.projector.connection_health(number).suspended:
                tx.append_one(number, 0, ev.EndpointResumed(by=by))

    def remove(self, number: int, by: str, discard: bool) -> int:
        """Forget a connection and its secrets; what waits is discarded, or BadInput where that wasn't allowed."""
        with self._database.transaction() as tx:
            waiting = tx.db.execute(
                "SELECT order_id, version FROM outbox WHERE connection = ? AND status IN (0, 2)", (number,)
            ).fetchall()
            if waiting and not discard:
                raise BadInput(
                    Phrase(
                        "{count} orders of this connection are not delivered; deliver them, or remove it and discard them",
                        count=len(waiting),
                    )
                )
            gone = ev.DeliveryDiscarded(reason="connection removed", by=by)
            tx.append([New(number, order, version + 1, gone) for order, version in waiting])
            tx.append_one(number, 0, ev.ConnectionRemoved(by=by, discarded=len(waiting)))
            for table in ("secret", "seen", "walk"):
                tx.db.execute(f"DELETE FROM {table} WHERE connection = ?", (number,))
        return len(waiting)

    def failed(self, number: int, kind: str, message: str, row: PollRow) -> bool:
        """Log a failed poll; its event only where the failing state changed. True where it did."""
        with self._database.transaction() as tx:
            log_poll(tx, row)
            found = tx.db.execute("SELECT failing FROM connection WHERE number = ?", (number,)).fetchone()
            changed = found is not None and found[0] != kind
            if changed:
                tx.append_one(number, 0, ev.PollFailed(kind=kind, message=message))
        return changed

    def log_polls(self, rows: list[PollRow]) -> None:
        """Log idle polls, many at once."""
        with self._database.transaction() as tx:
            tx.db.executemany(
                "INSERT INTO poll_log (connection, at, found, sent, failed, error, duration_ms) VALUES (?, ?, 0, 0, 0, '', ?)",
                [(row.connection, row.at, row.duration_ms) for row in rows],
            )
            tx.db.executemany(
                "UPDATE walk SET last_sync_at = ? WHERE connection = ?",
                [(row.at + row.duration_ms, row.connection) for row in rows],
            )

    def forget_old_secrets(self, now: int) -> int:
        """Drop secrets whose rotation is over."""
        due = self._database.rows("SELECT count(*) FROM secret WHERE until > 0 AND until <= ?", (now,))[0][0]
        if due:
            with self._database.transaction() as tx:
                tx.db.execute("DELETE FROM secret WHERE until > 0 AND until <= ?", (now,))
        return int(str(due))

    def relock(self, rotate: Callable[[bytes], bytes]) -> None:
        """Lock every secret anew, with the key that is the newest now."""
        with self._database.transaction() as tx:
            rows = tx.db.execute("SELECT connection, kind, token FROM secret").fetchall()
            tx.db.executemany(
                "UPDATE secret SET token = ? WHERE connection = ? AND kind = ?",
                [(rotate(token), number, kind) for number, kind, token in rows],
            )

    def swept(self, number: int, at: int, sweep: Sweep) -> None:
        """Remember when the daily reconcile was last, and what it saw."""
        with self._database.transaction() as tx:
            tx.db.execute(
                "INSERT INTO walk (connection, reconciled_at, sweep) VALUES (?, ?, ?) ON CONFLICT (connection) DO UPDATE SET "
                "reconciled_at = excluded.reconciled_at, sweep = excluded.sweep",
                (number, at, encode_sweep(sweep)),
            )


def endpoint_number(tx: Transaction, url: str) -> int:
    """The number of a webhook URL, the next free one for a new URL."""
    row = tx.db.execute("SELECT number FROM endpoint WHERE url = ?", (url,)).fetchone()
    if row is not None:
        return int(row[0])
    return int(tx.db.execute("SELECT coalesce(max(number), 0) + 1 FROM endpoint").fetchone()[0])


def _require_free_name(tx: Transaction, name: str, number: int) -> None:
    taken = tx.db.execute(
        "SELECT 1 FROM connection WHERE name = ? AND removed_at = 0 AND number <> ?", (name, number)
    ).fetchone()
    if taken:
        raise BadInput(
            Phrase("a connection named {name} is there already; choose another name", name=repr(name)),
            field="name",
        )


def _keep(tx: Transaction, number: int, tokens: dict[str, Token]) -> None:
    tx.db.executemany(
        "INSERT OR REPLACE INTO secret VALUES (?, ?, ?, ?)",
        [(number, kind, token.token, token.until) for kind, token in tokens.items()],
    )


def _probe_now(tx: Transaction, number: int) -> None:
    """A suspension for a wrong set-up is tested at once when the set-up changed."""
    tx.flush()
    health = tx.projector.connection_health(number)
    if health.suspended and not health.gone:
        again = ev.EndpointSuspended(
            reason=health.reason, status_code=health.status_code, next_probe_at=tx.now
        )
        tx.append_one(number, 0, again)


__all__ = ["Connections", "Live", "Reading", "Token", "endpoint_number"]
