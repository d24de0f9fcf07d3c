"""The connections as the loops hold them: configuration, unlocked secrets, the client, the lane.

Read again whenever another process has committed. A connection whose secrets can't be unlocked stays in the
roster with the reason, so that it shows as failing and costs the others nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from odoo_rpc import Lane, OdooClient, connect
from odoo_rpc.secret import Secret
from odoo_rpc.session import Session
from poller_core.decide.endpoint import Health
from poller_core.errors import KeyUnusable
from poller_core.loops.services import Services
from poller_core.model import Connection
from poller_core.store.connections import Live, Reading, Token
from poller_core.webhook import normal_url

_session = msgspec.json.Decoder(Session)


class Entry:
    """One connection at work."""

    def __init__(self, live: Live) -> None:
        self.connection: Connection = live.connection
        self.health: Health = live.health
        self.failing: str = live.failing
        self.api_key: Secret | None = None
        self.webhook_secrets: list[Secret] = []
        self.broken: str = ""
        """Why the secrets can't be unlocked; empty where they can."""
        self.tokens: dict[str, Token] = {}
        self.client: OdooClient | None = None
        self.caches: dict[str, dict[int, object]] = {}
        self.reading: Reading | None = None
        """Where reading stands, while nothing was written since: an idle poll need not look into the store."""
        self.polling = False

    @property
    def number(self) -> int:
        """The connection's number."""
        return self.connection.number


class Roster:
    """All connections by number, and the lanes that they share."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.entries: dict[int, Entry] = {}
        self.endpoints: dict[int, tuple[str, Health]] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._sharing: dict[tuple[str, str], set[int]] = {}
        """Connections by Odoo database: looking through all of them for each would cost their square."""

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self.entries.values()))

    def get(self, number: int) -> Entry | None:
        """The entry of a connection, None once it was removed."""
        return self.entries.get(number)

    async def refresh(self) -> set[int]:
        """Read everything again; the numbers of connections that are new or were changed."""
        store = self._services.store
        live, endpoints, tokens = await self._services.blocking(_read, store)
        self.endpoints = endpoints
        changed = set()
        for item in live:
            number = item.connection.number
            if self._update(item, tokens[number]):
                changed.add(number)
        for number in self.entries.keys() - tokens.keys():
            del self.entries[number]
        self._sharing = {}
        for number, entry in self.entries.items():
            self._sharing.setdefault(_database(entry.connection), set()).add(number)
        return changed

    def _update(self, live: Live, tokens: dict[str, Token]) -> bool:
        number = live.connection.number
        entry = self.entries.get(number)
        if entry is not None and entry.connection == live.connection and entry.tokens == tokens:
            entry.health, entry.failing = live.health, live.failing
            entry.reading = None
            return False
        fresh = Entry(live)
        fresh.tokens = tokens
        fresh.polling = entry.polling if entry else False
        self._unlock(fresh)
        self.entries[number] = fresh
        return True

    def _unlock(self, entry: Entry) -> None:
        vault, connection = self._services.vault, entry.connection
        try:
            for kind, token in sorted(entry.tokens.items()):
                bound = connection.odoo_url if kind == "api_key" else connection.webhook_url
                name = "webhook" if kind == "webhook_old" else kind
                secret = vault.unlock(token.token, connection_id=connection.id, kind=name, bound_to=bound)
                if kind == "api_key":
                    entry.api_key = secret
                else:
                    entry.webhook_secrets.append(secret)
        except KeyUnusable as error:
            entry.broken = str(error)
        if not entry.broken and (entry.api_key is None or not entry.webhook_secrets):
            entry.broken = "a secret is missing; enter it with: odoo-poller connections edit"

    def lane(self, connection: Connection) -> Lane:
        """The lane of a connection's Odoo database; the widest interval that one of its users asks for."""
        key = _database(connection)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(0.0)
        usual = self._services.limits.min_interval_ms
        own = [self.entries[number].connection.min_interval_ms for number in self._sharing.get(key, ())]
        wanted = [usual if interval < 0 else interval for interval in own]
        lane.min_interval_seconds = max(wanted, default=usual) / 1000
        return lane

    async def client(self, entry: Entry, reading: Reading) -> OdooClient:
        """The connection's client, made at its first use from what an earlier one had learned."""
        if entry.client is None:
            connection = entry.connection
            api_key = entry.api_key or Secret("")
            entry.client = await connect(
                connection.odoo_url,
                connection.odoo_db,
                connection.odoo_username,
                api_key,
                exchange=self._services.odoo,
                protocol=connection.protocol,  # type: ignore[arg-type]
                session=_decoded(reading.session),
                lane=self.lane(connection),
                deadline_seconds=self._services.limits.deadline_seconds,
                ca_file=connection.ca_file or None,
            )
        return entry.client


def _database(connection: Connection) -> tuple[str, str]:
    return normal_url(connection.odoo_url), connection.odoo_db


def encode_session(session: Session) -> str:
    """A session as the store keeps it."""
    return msgspec.json.encode(session).decode()


def _decoded(text: str) -> Session | None:
    if not text:
        return None
    try:
        return _session.decode(text)
    except msgspec.MsgspecError:
        return None


def _read(store: object) -> tuple[list[Live], dict[int, tuple[str, Health]], dict[int, dict[str, Token]]]:
    connections = store.connections  # type: ignore[attr-defined]
    live = connections.live()
    return (
        live,
        connections.endpoints(),
        {item.connection.number: connections.tokens(item.connection.number) for item in live},
    )


__all__ = ["Entry", "Roster", "encode_session"]
