"""The demo's course and what it prints: the poller runs as it always does, and its event log is told as it grows."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from odoo_poller import diagnostics
from odoo_poller.demo_world import KEY, NETWORK, SECRET, Shop, World, world
from odoo_poller.i18n import _, number, plural
from odoo_poller.session import Session, opened_commands
from odoo_poller.tables import Piece
from odoo_poller.times import clock, span
from odoo_poller.words import called
from poller_core.settings import Settings

if TYPE_CHECKING:
    from poller_core.model import LoggedEvent

LATER = 3  # orders confirmed while you watch
PAUSE = 0.7  # seconds between them
KEEP_PAUSE = 4.0  # the same with --keep
LOOK = 0.05  # seconds between two looks at the event log
RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Ending:
    """How the demo ended."""

    confirmed: int
    delivered: int
    retried: int
    posts: int
    repeated: int
    signatures_verified: bool
    retries_alike: bool
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether every order arrived, once, signed."""
        once = self.confirmed == self.delivered and not self.repeated
        return once and self.signatures_verified and self.retries_alike


async def play(session: Session, path: Path, keep: bool, seconds: int | None) -> Ending:
    """Run the demo and return how it ended."""
    started = time.monotonic()
    settings = _settings(path)
    async with world() as stage:
        _connect(settings, stage)
        if not session.json:
            _introduce(session, stage, path if keep or session.db else None)
        stop = anyio.Event()
        with anyio.move_on_after(seconds):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_stop_on_signal, stop)
                ended = anyio.Event()
                tasks.start_soon(_run, settings, stop, ended)
                tasks.start_soon(_confirm, stage, keep)
                await _tell(session, settings, stage, stop, keep)
                stop.set()
                await ended.wait()
                tasks.cancel_scope.cancel()
        ending = _ending(stage, time.monotonic() - started)
    if not session.json:
        _conclude(session, ending, keep)
    return ending


def _settings(path: Path) -> Settings:
    return Settings(
        db_path=path,
        allowed_networks=NETWORK,
        odoo_min_interval_ms=50,
        backoff_base_seconds=RETRY_SECONDS,
        backoff_max_seconds=4,
    )


def _connect(settings: Settings, stage: World) -> None:
    from odoo_rpc import Secret
    from poller_core.commands import ConnectionDraft

    with opened_commands(settings) as commands:
        for shop in stage.shops:
            commands.add(
                ConnectionDraft(
                    name=shop.name,
                    odoo_url=shop.url,
                    odoo_db=shop.odoo.db,
                    odoo_username=shop.odoo.username,
                    api_key=Secret(KEY),
                    store_id=f"store_{shop.odoo.db}",
                    client_id=f"client_{shop.odoo.db}",
                    webhook_url=stage.webhook_url,
                    webhook_secret=Secret(SECRET),
                    polling_interval_seconds=1,
                    sync_from="all",
                )
            )


def _introduce(session: Session, stage: World, path: Path | None) -> None:
    out = session.out
    out.line((_("Odoo stand-ins → the poller → a receiver, all on this machine"), "bold"), fit=True)
    out.line()
    for shop in stage.shops:
        orders = plural(shop.confirmed, "{n} confirmed order", "{n} confirmed orders")
        out.line(
            "  ",
            (f"{shop.name:<14}", "accent"),
            f"Odoo {shop.odoo.version}  ",
            (f"{shop.url}  {orders}", "dim"),
            fit=True,
        )
    if path is not None:
        out.line()
        for words in (("status", "--watch"), ("orders", "list"), ("tui",)):
            out.line("  ", (called(*words, "--db", str(path)), "accent"))
    out.line()
    out.flush()


async def _stop_on_signal(stop: anyio.Event) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _signal in signals:
            stop.set()
            return


async def _run(settings: Settings, stop: anyio.Event, ended: anyio.Event) -> None:
    from poller_core import app

    await app.run(settings, stop=stop, install_signals=False)
    ended.set()


async def _confirm(stage: World, keep: bool) -> None:
    """Let customers confirm orders: a few, or for as long as the demo stays."""
    made = 0
    while keep or made < LATER:
        await anyio.sleep(PAUSE if made < LATER else KEEP_PAUSE)
        _next_shop(stage.shops, made).confirm()
        made += 1


def _next_shop(shops: Sequence[Shop], made: int) -> Shop:
    return shops[made % len(shops)]


async def _tell(session: Session, settings: Settings, stage: World, stop: anyio.Event, keep: bool) -> None:
    """Tell deliveries as they are logged, until all have arrived or somebody stops it."""
    from poller_core.readside import ReadSide

    expected = stage.confirmed + LATER
    reader = ReadSide.open(settings.db_path)
    try:
        last = delivered = 0
        while not stop.is_set() and (keep or delivered < expected):
            events = reader.events(after=last, limit=200, type="DeliveryAttempted")
            for event in events:
                last = event.position
                delivered += event.data.get("outcome") == "delivered"
                if not session.json:
                    session.out.line(*_line(event, stage), fit=True)
            session.out.flush()
            await anyio.sleep(LOOK)
    finally:
        reader.close()


def _line(event: LoggedEvent, stage: World) -> list[Piece]:
    """Return one attempt's line: when, whose, which order, for whom, and what came of it."""
    data = event.data
    body = stage.receiver.bodies.get((event.connection_id, str(event.odoo_order_id)))
    order = body["order"]["platform_order_number"] if body else str(event.odoo_order_id)
    lead: list[Piece] = [("  " + clock(event.at) + "  ", "dim")]
    named: list[Piece] = [(f"{order:<8}", "bold"), (f"{event.connection_name:<14}", "accent")]
    if data.get("outcome") != "delivered":
        wait = span(max(1000, int(str(data.get("next_at", 0))) - event.at))
        text = _("the receiver answers {code}: again in {wait}", code=data.get("status_code", 0), wait=wait)
        return [*lead, ("✗ ", "bad"), *named, (text, "warn")]
    what = f"{money(body['order']['amount_total']):>10}  {body['customer']['name']}" if body else ""
    pieces: list[Piece] = [*lead, ("✓ ", "good"), *named, what]
    if int(str(data.get("attempt", 1))) > 1:
        pieces.append(("  " + _("↻ retried"), "good"))
    return pieces


def money(minor_units: int) -> str:
    """Write Chilean pesos as Chileans do: $71.930, with decimals only where there are some."""
    whole, cents = divmod(minor_units, 100)
    text = f"${whole:,}".replace(",", ".")
    return f"{text},{cents:02d}" if cents else text


def _ending(stage: World, seconds: float) -> Ending:
    receiver = stage.receiver
    return Ending(
        confirmed=stage.confirmed,
        delivered=len(receiver.accepted),
        retried=len(receiver.refused),
        posts=receiver.posts,
        repeated=receiver.repeated,
        signatures_verified=receiver.unsigned == 0,
        retries_alike=receiver.retried_alike(),
        seconds=round(seconds, 1),
    )


def _conclude(session: Session, ending: Ending, keep: bool) -> None:
    out = session.out
    out.line()
    delivered = _(
        "{delivered} of {confirmed} orders delivered",
        delivered=number(ending.delivered),
        confirmed=number(ending.confirmed),
    )
    out.line(
        ("✓ " if ending.complete else "▲ ", "good" if ending.complete else "warn"),
        (delivered, "bold"),
        _(", each once and signed, in {seconds} s", seconds=ending.seconds),
        fit=True,
    )
    if ending.retried:
        out.line(
            "  ",
            plural(
                ending.retried,
                "{n} delivery failed and was retried by itself: same webhook-id, same bytes",
                "{n} deliveries failed and were retried by themselves: same webhook-id, same bytes",
            ),
            fit=True,
        )
    if keep:
        return
    diagnostics.say("")
    diagnostics.hint(called("demo", "--keep") + "  " + _("stays up, for status, orders and tui to look at"))
    diagnostics.hint(called("connections", "add") + "  " + _("your own Odoo"))
