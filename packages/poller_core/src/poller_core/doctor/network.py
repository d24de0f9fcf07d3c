"""The way to each Odoo and each receiver: name, address, certificate; and this machine's clock against theirs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median

import anyio
import msgspec

from odoo_rpc import AddressGuard, Transport
from odoo_rpc.dates import http_date
from odoo_rpc.net import WEBHOOK_CAPS, NetError, Unsendable, parse_target
from poller_core.i18n import Phrase
from poller_core.model import Connection
from poller_core.reach import addresses, handshake, remedy
from poller_core.reports import Finding
from poller_core.settings import Settings

Found = Callable[[Finding], None]
AT_ONCE = 20
DEADLINE_SECONDS = 15.0
CLOCK_SECONDS = 60
"""Receivers take signatures of five minutes at most; one minute leaves room for theirs."""
WARN_MS = 14 * 86_400_000


class _Place(msgspec.Struct, frozen=True):
    """Somebody to be reached. ``clock``: ask for its time, too."""

    topic: Phrase
    url: str
    ca_file: str
    clock: bool


async def everywhere(settings: Settings, connections: Sequence[Connection], found: Found) -> None:
    """Go to each place once, some at a time; the findings come in the order of the places."""
    guard = AddressGuard.parse(settings.allowed_networks)
    places = list(_places([connection for connection in connections if connection.active]))
    findings: list[Finding | None] = [None] * len(places)
    offsets: list[float] = []
    limiter = anyio.CapacityLimiter(AT_ONCE)
    transport = Transport(guard, connect_seconds=DEADLINE_SECONDS)

    async def visit(number: int, place: _Place) -> None:
        async with limiter:
            findings[number] = await _reached(guard, place)
            if place.clock:
                offsets.extend(await _offset(transport, place))

    try:
        async with anyio.create_task_group() as tasks:
            for number, place in enumerate(places):
                tasks.start_soon(visit, number, place)
    finally:
        await transport.aclose()
    for finding in findings:
        if finding is not None:
            found(finding)
    if offsets:
        found(_clock(offsets))


def _places(connections: Sequence[Connection]) -> list[_Place]:
    places: dict[tuple[str, str, bool], _Place] = {}
    for connection in connections:
        for url, ca_file, clock in (
            (connection.odoo_url, connection.ca_file, True),
            (connection.webhook_url, "", False),
        ):
            host = _host(url)
            topic = Phrase("Odoo {host}", host=host) if clock else Phrase("webhook {host}", host=host)
            places.setdefault((host, ca_file, clock), _Place(topic, url, ca_file, clock))
    return sorted(places.values(), key=lambda place: (not place.clock, place.topic))


def _host(url: str) -> str:
    """Scheme, host and port: a webhook's path may be a secret."""
    try:
        return parse_target(url).origin.partition("//")[2]
    except Unsendable:
        return "?"


async def _reached(guard: AddressGuard, place: _Place) -> Finding:
    try:
        with anyio.fail_after(DEADLINE_SECONDS):
            found = await addresses(guard, place.url)
            done = await handshake(guard, place.url, place.ca_file)
    except NetError as error:
        return Finding(topic=place.topic, ok=False, text=str(error), remedy=remedy(error))
    except TimeoutError:
        return Finding(
            topic=place.topic,
            ok=False,
            text=Phrase("no answer within {seconds} s", seconds=int(DEADLINE_SECONDS)),
            remedy=Phrase("see that the server runs, and that no firewall keeps this machine from it"),
        )
    shown = ", ".join(found[:3])
    if done is None:
        return Finding(topic=place.topic, ok=True, text=Phrase("{addresses}, not encrypted", addresses=shown))
    until = done.certificate_until
    soon = 0 < until < time.time() * 1000 + WARN_MS
    day = f"{datetime.fromtimestamp(until / 1000, UTC):%Y-%m-%d}" if until else "?"
    return Finding(
        topic=place.topic,
        ok=True,
        text=Phrase(
            "{addresses}, {version}, certificate until {day}", addresses=shown, version=done.version, day=day
        ),
        remedy=Phrase("the certificate ends soon: have it renewed") if soon else "",
    )


async def _offset(transport: Transport, place: _Place) -> list[float]:
    """By how many seconds this machine's clock is ahead of that one's; nothing where it doesn't say."""
    try:
        reply = await transport.get(
            f"{place.url}/web/version",
            {},
            caps=WEBHOOK_CAPS,
            deadline_seconds=DEADLINE_SECONDS,
            ca_file=place.ca_file or None,
            truncate=True,
        )
    except NetError:
        return []
    theirs = http_date(reply.headers.get("date"))
    return [] if theirs is None else [time.time() - theirs.timestamp()]


def _clock(offsets: Sequence[float]) -> Finding:
    """Against the middle of them all: one Odoo's clock may be wrong itself."""
    # A Date is cut to the second.
    ahead = round(median(offsets) - 0.5)
    right = abs(ahead) <= CLOCK_SECONDS
    return Finding(
        topic=Phrase("clock"),
        ok=right,
        text=Phrase("{seconds} s ahead of the Odoos' (negative: behind)", seconds=ahead),
        remedy=""
        if right
        else Phrase("set the clock (NTP): receivers refuse signatures that are some minutes off"),
    )


__all__ = ["everywhere"]
