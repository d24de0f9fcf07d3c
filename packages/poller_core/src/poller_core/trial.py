"""Try a connection as the poller would use it: its Odoo step by step, then a test ping to its webhook.

Nothing is captured, nothing is stored, no order is sent. A step that failed ends its half; the webhook is tried all the same.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from odoo_rpc import AddressGuard, Exchange, OdooClient, OdooError, connect, from_odoo
from odoo_rpc.net import NetError
from odoo_rpc.pacing import Lane
from odoo_rpc.secret import Secret
from order_mapper import PLAN
from poller_core.decide import reading as rd
from poller_core.decide.answers import NoReply, Replied, Verdict, error_text, judge
from poller_core.decide.reading import Window
from poller_core.i18n import Phrase
from poller_core.loops import sender
from poller_core.loops.source import Source
from poller_core.reach import addresses, handshake, remedy
from poller_core.reports import Step, TestReport
from poller_core.webhook import ping_body

OnStep = Callable[[Step], None]
KEYS_EXPIRE_SINCE = (18, 0)
WARN_DAYS = 14
_DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is tried: a stored connection or one that is only being entered. Holds secrets, so it is never shown."""

    odoo_url: str
    odoo_db: str
    odoo_username: str
    protocol: Any
    ca_file: str
    api_key: Secret | None
    webhook_url: str
    webhook_secrets: Sequence[Secret]
    connection_id: str
    store_id: str
    client_id: str
    broken: str = ""
    """Why a secret is missing."""

    def __repr__(self) -> str:
        return "Subject(…)"


class Trial:
    """One test; ``on_step`` hears of each step as it ends. The lane is the one of that Odoo database."""

    def __init__(
        self,
        subject: Subject,
        guard: AddressGuard,
        exchange: Exchange,
        lane: Lane,
        on_step: OnStep,
        *,
        deadline_seconds: float = 30.0,
    ) -> None:
        self._subject = subject
        self._guard = guard
        self._exchange = exchange
        self._lane = lane
        self._tell = on_step
        self._deadline_seconds = deadline_seconds
        self._steps: list[Step] = []
        self._began = 0.0
        self._version = self._protocol = ""
        self._missing: tuple[str, ...] = ()
        self._key_expires_at = 0
        self._status = 0

    async def run(self) -> TestReport:
        """All steps, in their order."""
        await self._odoo()
        await self._webhook()
        return TestReport(
            ok=all(step.ok for step in self._steps),
            steps=tuple(self._steps),
            server_version=self._version,
            protocol=self._protocol,
            missing_fields=self._missing,
            key_expires_at=self._key_expires_at,
            webhook_status=self._status,
        )

    def _ended(self, name: str, detail: str, *, ok: bool = True, advice: str = "") -> None:
        elapsed = (time.monotonic() - self._began) * 1000
        step = Step(name=name, ok=ok, detail=detail, elapsed_ms=round(elapsed, 1), remedy=advice)
        self._steps.append(step)
        self._tell(step)
        self._began = time.monotonic()

    # Odoo

    async def _odoo(self) -> None:
        """Each step needs those before it."""
        self._began = time.monotonic()
        name = "address"
        try:
            found = await addresses(self._guard, self._subject.odoo_url)
            self._ended(name, ", ".join(found[:3]))
            if self._subject.odoo_url.lower().startswith("https:"):
                name = "tls"
                await self._tls()
            name = "version"
            client = await self._connected()
            name = "authenticate"
            if self._subject.api_key is None:
                self._ended(name, self._subject.broken, ok=False)
                return
            user = await client.authenticate()
            self._ended(name, Phrase("user {uid}", uid=user))
            name = "read"
            await self._read(client)
            await self._key(client, user)
        except (NetError, OdooError) as error:
            self._ended(name, str(error), ok=False, advice=remedy(error))

    async def _tls(self) -> None:
        done = await handshake(self._guard, self._subject.odoo_url, self._subject.ca_file)
        assert done is not None  # noqa: S101  # the URL is https
        until = done.certificate_until
        self._ended(
            "tls",
            Phrase("{version}, certificate until {day}", version=done.version, day=_day(until))
            if until
            else done.version,
            advice=_soon(until, Phrase("the certificate ends soon: have it renewed")),
        )

    async def _connected(self) -> OdooClient:
        subject = self._subject
        client = await connect(
            subject.odoo_url,
            subject.odoo_db,
            subject.odoo_username,
            subject.api_key or Secret(""),
            exchange=self._exchange,
            protocol=subject.protocol,
            lane=self._lane,
            deadline_seconds=self._deadline_seconds,
            ca_file=subject.ca_file or None,
        )
        self._version, self._protocol = ".".join(map(str, client.version)), client.session.protocol
        self._ended("version", f"Odoo {self._version}, {self._protocol}")
        return client

    async def _read(self, client: OdooClient) -> None:
        """Read an order with all that a payload needs, and find out what this user doesn't get of it."""
        confirmed = rd.confirmed(Window(sync_from="", overlap_seconds=0))
        batch = await Source(client, {}).window(confirmed, 1)
        missing: list[str] = []
        for model, names in PLAN.optional_fields(client.version[0]).items():
            there = await client.available_fields(model, names)
            missing += [f"{model}.{name}" for name in names if name not in there]
        self._protocol, self._missing = client.session.protocol, tuple(missing)
        what = Phrase("an order read") if batch.orders else Phrase("there is no confirmed order to read yet")
        if not missing:
            self._ended("read", Phrase("{what}, with every field", what=what))
            return
        self._ended(
            "read",
            Phrase(
                "{what}; not there for this user, so null in the payload: {fields}",
                what=what,
                fields=", ".join(missing),
            ),
            advice=Phrase(
                "orders go out without these; if they are wanted, give the Odoo user the rights to them"
            ),
        )

    async def _key(self, client: OdooClient, user: int) -> None:
        """When the key expires, as far as Odoo tells: it doesn't say which of the user's keys is ours."""
        if client.version < KEYS_EXPIRE_SINCE:
            self._ended("key", Phrase("keys of this Odoo don't expire"))
            return
        try:
            keys = await client.search_read(
                "res.users.apikeys", [["user_id", "=", user]], ["expiration_date"], limit=100
            )
            moments = sorted(
                _milliseconds(key["expiration_date"]) for key in keys if key.get("expiration_date")
            )
        except (OdooError, ValueError, TypeError):
            keys, moments = [], []
        coming = [moment for moment in moments if moment > time.time() * 1000]
        if not keys:
            self._ended("key", Phrase("Odoo doesn't say when the key expires"))
        elif not coming:
            self._ended("key", Phrase("the key doesn't expire"))
        else:
            self._key_expires_at = coming[0]
            said = (
                Phrase("the key expires on {day}", day=_day(coming[0]))
                if len(keys) == 1
                else Phrase(
                    "the first of this user's {count} keys expires on {day}",
                    count=len(keys),
                    day=_day(coming[0]),
                )
            )
            self._ended("key", said, advice=_soon(coming[0], Phrase("make a new key in Odoo before then")))

    # The webhook

    async def _webhook(self) -> None:
        subject = self._subject
        self._began = time.monotonic()
        if not subject.webhook_secrets:
            self._ended("webhook", subject.broken, ok=False)
            return
        now = datetime.now(UTC)
        answer = await sender.post(
            self._exchange,
            subject.webhook_url,
            ping_body(subject.connection_id, subject.store_id, subject.client_id, now),
            webhook_id=str(uuid.uuid4()),
            timestamp=int(now.timestamp()),
            secrets=list(subject.webhook_secrets),
            connection_id=subject.connection_id,
            deadline_seconds=self._deadline_seconds,
        )
        self._status = answer.status_code if isinstance(answer, Replied) else 0
        ok = judge(answer) is Verdict.DELIVERED
        detail = f"HTTP {self._status}" if isinstance(answer, Replied) else error_text(answer)
        self._ended("webhook", detail, ok=ok, advice="" if ok else _webhook_remedy(answer))


def _webhook_remedy(answer: Replied | NoReply) -> Phrase:
    if isinstance(answer, NoReply) and answer.reason == "blocked":
        return Phrase("if that address is meant, list its network in POLLER_ALLOWED_NETWORKS")
    match judge(answer):
        case Verdict.CONNECTION | Verdict.GONE:
            return Phrase("check the webhook's URL and secret with whoever runs the receiver")
        case Verdict.ENDPOINT:
            return Phrase("the receiver is in trouble: try again later")
        case _:
            return Phrase("the receiver refuses a test ping; orders may still be taken")


def _milliseconds(text: str) -> int:
    return int(from_odoo(text).timestamp() * 1000)


def _day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d}"


def _soon(moment: int, advice: Phrase) -> str:
    return advice if 0 < moment < time.time() * 1000 + WARN_DAYS * _DAY_MS else ""


__all__ = ["OnStep", "Subject", "Trial"]
