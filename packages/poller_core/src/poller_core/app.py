"""The composition root: settings in, a running poller or a finished round out.

``run`` is the daemon. ``poll`` and ``deliver`` do one round, or ask the daemon that holds the database to do it.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

import anyio
import msgspec
from anyio.abc import TaskStatus

from odoo_rpc import AddressGuard, Lane, Transport
from odoo_rpc.secret import Secret
from poller_core import errors, health
from poller_core.collecting import fewer_collections
from poller_core.commands import KEY_AGAIN, SECRET_AGAIN, ConnectionDraft, open_vault
from poller_core.decide.backoff import Backoff
from poller_core.errors import BadInput, DatabaseHeld
from poller_core.filesystem import file_identity, prepare
from poller_core.lock import PollerLock, holder
from poller_core.logging import log
from poller_core.loops.poller import Poller, deliver_once, poll_once
from poller_core.loops.reader import Reader
from poller_core.loops.reconcile import Reconciler, ReconcileReport
from poller_core.loops.relay import Relay
from poller_core.loops.roster import Entry, Roster
from poller_core.loops.services import Limits, Services, ThreadBlocking
from poller_core.model import DeliverReport, PollReport
from poller_core.reports import (
    BackupReport,
    CheckReport,
    Finding,
    OnProgress,
    PruneReport,
    RebuildReport,
    RestoreReport,
    Step,
    TestReport,
)
from poller_core.settings import Settings
from poller_core.store import Store
from poller_core.timeline import Timeline
from poller_core.validation import unknown_connection
from poller_core.webhook import new_secret

if TYPE_CHECKING:
    from poller_core.trial import Subject

ASK_SECONDS = 0.05
LOST_SECONDS = 15.0
UNWRITTEN_SECONDS = 25.0
"""Without a heartbeat in the database: a full disk shows within half a minute."""


def package_version() -> str:
    """The version of odoo-poller that runs."""
    try:
        return version("poller-core")
    except PackageNotFoundError:
        return "0"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """Store, vault, clock and network of this process. The caller holds the lock where it must."""
    for warning in prepare(settings.db_path, allow_unsafe=settings.allow_unsafe_filesystem).warnings:
        log.warning(warning)
    timeline = Timeline()
    thread = ThreadBlocking()
    store = Store.open(settings.db_path, clock=timeline.now)
    try:
        timeline.not_before(store.database.last_at())
        vault = open_vault(store, settings)
        guard = AddressGuard.parse(settings.allowed_networks)
        transport = Transport(guard)
        try:
            with fewer_collections():
                yield Services(
                    store=store,
                    vault=vault,
                    timeline=timeline,
                    odoo=transport,
                    receivers=transport,
                    blocking=thread,
                    urgent=thread.urgent,
                    limits=limits(settings),
                    random=Random(SystemRandom().getrandbits(64)),  # noqa: S311  # spreads waits, guards nothing
                    log=log,
                )
        finally:
            await transport.aclose()
    finally:
        store.close()


def limits(settings: Settings) -> Limits:
    """The loops' limits as the environment sets them."""
    return Limits(
        min_interval_ms=settings.odoo_min_interval_ms,
        overlap_seconds=settings.overlap_seconds,
        endpoint_concurrency=settings.endpoint_concurrency,
        backoff=Backoff(settings.backoff_base_seconds, settings.backoff_max_seconds),
    )


async def run(settings: Settings, *, stop: anyio.Event | None = None, install_signals: bool = True) -> None:
    """Poll and deliver until SIGTERM, SIGINT, SIGHUP or ``stop``. Raises DatabaseHeld where another poller runs."""
    prepare(settings.db_path, allow_unsafe=settings.allow_unsafe_filesystem)
    _allow_many_files()
    with PollerLock.acquire(settings.db_path) as lock:
        async with opened(settings) as services:
            file = file_identity(settings.db_path)
            poller = Poller(
                services,
                pid=os.getpid(),
                version=package_version(),
                intact=lambda: lock.intact and file_identity(settings.db_path) == file,
            )
            async with anyio.create_task_group() as tasks:
                if install_signals:
                    await tasks.start(_stop_on_signal, poller)
                if stop is not None:
                    tasks.start_soon(_stop_on_event, poller, stop)
                if settings.http_port is not None:
                    probe = _Probe(poller)
                    await tasks.start(
                        health.serve, settings.http_host, settings.http_port, probe.health, probe.metrics
                    )
                log.info(
                    "poller started", pid=os.getpid(), version=package_version(), db=str(settings.db_path)
                )
                await poller.run()
                tasks.cancel_scope.cancel()
            log.info("poller stopped")


def _allow_many_files() -> None:
    """As many open files as the system lets us have: a thousand tenants keep a thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _stop_signals() -> list[signal.Signals]:
    """What ends the poller in good order: SIGHUP too, unless it was started to outlive its terminal (nohup)."""
    hang_up = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGTERM, signal.SIGINT, *hang_up]


async def _stop_on_signal(poller: Poller, *, task_status: TaskStatus[None]) -> None:
    with anyio.open_signal_receiver(*_stop_signals()) as signals:
        task_status.started()
        async for number in signals:
            log.info("stopping", signal=signal.Signals(number).name)
            poller.stop()


async def _stop_on_event(poller: Poller, stop: anyio.Event) -> None:
    await stop.wait()
    poller.stop()


class _Probe:
    """What ``/livez`` and ``/metrics`` tell: the loops' own life, never a tenant's trouble."""

    def __init__(self, poller: Poller) -> None:
        self._poller = poller

    def health(self) -> health.Health:
        poller, now = self._poller, anyio.current_time()
        turning = poller.relay.turning_since
        signs = (
            ("the database was not read for {:.0f} s", now - poller.heard_at, LOST_SECONDS),
            ("the database was not written for {:.0f} s", now - poller.beaten_at, UNWRITTEN_SECONDS),
            ("polls begin {:.0f} s late", poller.scheduler.behind(), LOST_SECONDS),
            ("deliveries stand still for {:.0f} s", 0 if turning is None else now - turning, LOST_SECONDS),
        )
        reasons = tuple(text.format(seconds) for text, seconds, limit in signs if seconds >= limit)
        return health.Health(live=not reasons, started=True, reasons=reasons)

    def metrics(self) -> dict[str, float]:
        poller = self._poller
        late = list(poller.scheduler.lateness.values())
        failing = sum(1 for entry in poller.roster if entry.failing)
        return {
            "odoo_poller_connections": float(len(poller.roster.entries)),
            "odoo_poller_connections_failing": float(failing),
            "odoo_poller_deliveries_total": float(poller.relay.delivered),
            "odoo_poller_attempts_failed_total": float(poller.relay.failed),
            "odoo_poller_poll_lateness_seconds_max": max(late, default=0.0),
        }


# Looking after the database: each does its imports when it is called


def rebuild(settings: Settings, on_progress: OnProgress | None = None) -> RebuildReport:
    """`poller_core.maintenance.rebuild`."""
    from poller_core.maintenance import rebuild as work

    return work(settings, on_progress)


def check(settings: Settings, on_progress: OnProgress | None = None) -> CheckReport:
    """`poller_core.maintenance.check`."""
    from poller_core.maintenance import check as work

    return work(settings, on_progress)


def backup(
    settings: Settings, target: Path, *, overwrite: bool = False, on_progress: OnProgress | None = None
) -> BackupReport:
    """`poller_core.maintenance.backup`."""
    from poller_core.maintenance import backup as work

    return work(settings, target, overwrite=overwrite, on_progress=on_progress)


def restore(settings: Settings, source: Path, *, on_progress: OnProgress | None = None) -> RestoreReport:
    """`poller_core.maintenance.restore`."""
    from poller_core.maintenance import restore as work

    return work(settings, source, on_progress=on_progress)


def prune(
    settings: Settings,
    *,
    delivered_days: int = 30,
    failed_days: int = 90,
    log_days: int = 30,
    events_days: int | None = None,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
) -> PruneReport:
    """`poller_core.maintenance.prune`."""
    from poller_core.maintenance import prune as work

    return work(
        settings,
        delivered_days=delivered_days,
        failed_days=failed_days,
        log_days=log_days,
        events_days=events_days,
        dry_run=dry_run,
        on_progress=on_progress,
    )


async def examine(
    settings: Settings, *, on_finding: Callable[[Finding], None] | None = None
) -> list[Finding]:
    """What the command ``doctor`` shows: `poller_core.doctor.examine`."""
    from poller_core.doctor import examine as work

    return await work(settings, on_finding=on_finding)


# One round, here or in the daemon


async def poll(settings: Settings, names: Sequence[str] = ()) -> list[PollReport]:
    """One full cycle now and the first attempt of each order that it captured, of these connections or of all active ones."""
    lock = _lock_or_none(settings)
    while lock is None:
        numbers = sorted(_numbers(settings, names))
        answer = await _ask(settings, "poll", {"connections": numbers})
        if answer is not None:
            return msgspec.json.decode(answer, type=list[PollReport])
        lock = _lock_or_none(settings)
    with lock:
        async with opened(settings) as services:
            return await poll_once(services, _numbers_in(services.store, names))


async def deliver(settings: Settings) -> DeliverReport:
    """One attempt now for everything due."""
    lock = _lock_or_none(settings)
    while lock is None:
        answer = await _ask(settings, "deliver", {})
        if answer is not None:
            return msgspec.json.decode(answer, type=DeliverReport)
        lock = _lock_or_none(settings)
    with lock:
        async with opened(settings) as services:
            return await deliver_once(services)


async def left_out(settings: Settings, name: str) -> int:
    """How many confirmed orders lie before the connection's start."""
    async with _beside(settings, name) as (_services, _roster, reader, entry):
        return await reader.left_out(entry)


async def test_connection(
    settings: Settings,
    what: str | ConnectionDraft,
    on_step: Callable[[Step], None] | None = None,  # noqa: PT028  # this is no test of pytest's
    *,
    instead_of: str = "",  # noqa: PT028
) -> TestReport:
    """Try a connection, stored (by name or id) or only being entered, and send a test ping to its webhook.

    ``on_step`` hears of each step as it ends. ``instead_of`` is the stored connection (name or id) that a draft would change:
    its secrets stand in for those that the draft leaves empty. Raises NotFound, and BadInput where such a secret was entered
    for another address; what Odoo or the receiver does is in the report.
    """
    from poller_core.trial import Trial

    told = on_step or (lambda _step: None)
    guard = AddressGuard.parse(settings.allowed_networks)
    if isinstance(what, str):
        async with opened(settings) as services:
            (number,) = _numbers_in(services.store, [what])
            roster = Roster(services)
            await roster.refresh()
            entry = roster.entries[number]
            lane = roster.lane(entry.connection)
            return await Trial(_stored(entry), guard, services.odoo, lane, told).run()
    subject = await _changed(what, settings, instead_of) if instead_of else _entered(what, settings)
    transport = Transport(guard)
    try:
        interval = what.min_interval_ms if what.min_interval_ms >= 0 else settings.odoo_min_interval_ms
        return await Trial(subject, guard, transport, Lane(interval / 1000), told).run()
    finally:
        await transport.aclose()


def _stored(entry: Entry) -> Subject:
    from poller_core.trial import Subject

    connection = entry.connection
    return Subject(
        odoo_url=connection.odoo_url,
        odoo_db=connection.odoo_db,
        odoo_username=connection.odoo_username,
        protocol=connection.protocol,
        ca_file=connection.ca_file,
        api_key=entry.api_key,
        webhook_url=connection.webhook_url,
        webhook_secrets=entry.webhook_secrets,
        connection_id=connection.id,
        store_id=connection.store_id,
        client_id=connection.client_id,
        broken=entry.broken,
    )


def _entered(draft: ConnectionDraft, settings: Settings) -> Subject:
    """A draft as it would be stored. Without a secret of its own the ping carries a new one, as its deliveries would."""
    from poller_core.trial import Subject

    return Subject(
        odoo_url=draft.odoo_url,
        odoo_db=draft.odoo_db,
        odoo_username=draft.odoo_username,
        protocol=draft.protocol,
        ca_file=draft.ca_file,
        api_key=draft.api_key,
        webhook_url=draft.webhook_url or settings.default_webhook_url,
        webhook_secrets=[draft.webhook_secret or Secret(new_secret())],
        connection_id="test",
        store_id=draft.store_id,
        client_id=draft.client_id,
    )


async def _changed(draft: ConnectionDraft, settings: Settings, name: str) -> Subject:
    """A draft as it would be stored in the place of a connection: a secret that it leaves empty is the stored one."""
    async with opened(settings) as services:
        (number,) = _numbers_in(services.store, [name])
        roster = Roster(services)
        await roster.refresh()
        entry = roster.entries[number]
    subject = replace(_entered(draft, settings), connection_id=entry.connection.id)
    if not draft.api_key:
        if subject.odoo_url != entry.connection.odoo_url:
            raise BadInput(KEY_AGAIN, field="api_key")
        subject = replace(subject, api_key=entry.api_key, broken=entry.broken)
    if not draft.webhook_secret:
        if subject.webhook_url != entry.connection.webhook_url:
            raise BadInput(SECRET_AGAIN, field="webhook_secret")
        subject = replace(subject, webhook_secrets=entry.webhook_secrets, broken=entry.broken)
    return subject


async def reconcile(
    settings: Settings, name: str, since: str, *, fix: bool = False, on_progress: OnProgress | None = None
) -> ReconcileReport:
    """Ask Odoo for all ids since then (naive UTC text, empty for all) and hold them against the log."""
    async with _beside(settings, name) as (services, roster, reader, entry):
        reconciler = Reconciler(services, roster, reader)
        return await reconciler.run(entry, since, fix=fix, on_progress=on_progress)


@asynccontextmanager
async def _beside(settings: Settings, name: str) -> AsyncIterator[tuple[Services, Roster, Reader, Entry]]:
    """A reader for one connection that may work beside a running poller: it captures, and delivers nothing."""
    async with opened(settings) as services:
        (number,) = _numbers_in(services.store, [name])
        roster = Roster(services)
        await roster.refresh()
        reader = Reader(services, roster, Relay(services, roster, only_given=True).offer)
        yield services, roster, reader, roster.entries[number]


def _lock_or_none(settings: Settings) -> PollerLock | None:
    """The poller's lock, None where a running poller has it."""
    prepare(settings.db_path, allow_unsafe=settings.allow_unsafe_filesystem)
    try:
        return PollerLock.acquire(settings.db_path)
    except DatabaseHeld:
        return None


def _numbers(settings: Settings, names: Sequence[str]) -> set[int]:
    store = Store.open(settings.db_path, create=False)
    try:
        return _numbers_in(store, names)
    finally:
        store.close()


def _numbers_in(store: Store, names: Sequence[str]) -> set[int]:
    if not names:
        return {item.connection.number for item in store.connections.live() if item.connection.active}
    found = set()
    for name in names:
        connection = store.connections.by_name(name)
        if connection is None:
            raise unknown_connection(name, store.connections.names())
        found.add(connection.number)
    return found


async def _ask(settings: Settings, kind: str, arguments: object) -> bytes | None:
    """Leave a request for the running poller and wait for its answer. Raises what went wrong there.

    None where whoever held the database went away without an answer: it was stopped, or it was such a round itself.
    """
    store = Store.open(settings.db_path, create=False)
    try:
        request = store.requests.ask(kind, msgspec.json.encode(arguments).decode())
        pid = holder(settings.db_path)
        while (result := store.requests.result(request)) is None:
            await anyio.sleep(ASK_SECONDS)
            now = holder(settings.db_path)
            if (now is None or now != pid) and store.requests.withdraw(request):
                return None
        return _raised(result.encode())
    finally:
        store.close()


def _raised(result: bytes) -> bytes:
    if result.startswith(b'{"error"'):
        failure = msgspec.json.decode(result)
        error = errors.PollerError(failure["error"])
        error.exit_code = failure.get("exit_code", 1)
        raise error
    return result


__all__ = [
    "backup",
    "check",
    "deliver",
    "examine",
    "left_out",
    "limits",
    "opened",
    "package_version",
    "poll",
    "prune",
    "rebuild",
    "reconcile",
    "restore",
    "run",
    "test_connection",
]
