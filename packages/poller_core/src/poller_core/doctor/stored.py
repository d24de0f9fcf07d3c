"""The database and the key: can it be used, does its write-ahead log stay small, do the secrets open?"""

from __future__ import annotations

import time
from collections.abc import Callable

from poller_core.errors import KeyUnusable, PollerError
from poller_core.filesystem import beside, real_path
from poller_core.i18n import Phrase
from poller_core.lock import current_holder
from poller_core.reports import Finding
from poller_core.settings import Settings
from poller_core.store.connections import Live, Token
from poller_core.store.maintenance.look import Look, look
from poller_core.vault import Vault

Found = Callable[[Finding], None]
WAL_ALARM_BYTES = 128 * 1024 * 1024
SILENT_MS = 60_000


def database(settings: Settings, found: Found) -> Look | None:
    """What is in it; None where there is none, or none that can be read."""
    topic = Phrase("database")
    try:
        path = real_path(settings.db_path)
        if not path.exists():
            text = Phrase("{path} is not there yet: it is made by the first command that writes", path=path)
            found(Finding(topic=topic, ok=True, text=text))
            return None
        seen = look(path)
    except PollerError as error:
        remedy = Phrase("see what is wrong with: odoo-poller db check")
        found(Finding(topic=topic, ok=False, text=error.args[0], remedy=remedy))
        return None
    found(_state(seen))
    found(_log_file(settings))
    if seen.heartbeat_at and current_holder(settings.db_path) is not None:
        found(_heartbeat(seen))
    return seen


def _state(seen: Look) -> Finding:
    if seen.damage:
        return Finding(
            topic=Phrase("database"),
            ok=False,
            text=Phrase("the file's structure is damaged: {why}", why=seen.damage),
            remedy=Phrase("stop the poller and restore a backup: odoo-poller db restore"),
        )
    text = Phrase(
        "connections: {connections}, events: {events}, size: {megabytes} MB",
        connections=len(seen.connections),
        events=seen.events,
        megabytes=-(-seen.size // 1_000_000),
    )
    remedy = (
        "" if seen.looked_through else Phrase("too large to look through here: odoo-poller db check does")
    )
    return Finding(topic=Phrase("database"), ok=True, text=text, remedy=remedy)


def _log_file(settings: Settings) -> Finding:
    file = beside(real_path(settings.db_path), "-wal")
    size = file.stat().st_size if file.exists() else 0
    small = size < WAL_ALARM_BYTES
    return Finding(
        topic=Phrase("write-ahead log"),
        ok=small,
        text=Phrase("{megabytes} MB", megabytes=size // 1_000_000),
        remedy=""
        if small
        else Phrase("some program keeps reading the database: find and end it (fuser on the file)"),
    )


def _heartbeat(seen: Look) -> Finding:
    silent = int(time.time() * 1000) - seen.heartbeat_at
    alive = silent < SILENT_MS
    return Finding(
        topic=Phrase("poller"),
        ok=alive,
        text=Phrase("gave a sign of life {seconds} s ago", seconds=max(silent, 0) // 1000),
        remedy="" if alive else Phrase("it hangs or can't write: look at its log, then restart it"),
    )


def key(settings: Settings, seen: Look, found: Found) -> None:
    """The key, and each secret that it must open."""
    topic = Phrase("key")
    if seen.key_check is None:
        text = Phrase("none is needed yet: it is made with the first connection")
        found(Finding(topic=topic, ok=True, text=text))
        return
    try:
        vault = Vault.load(settings.db_path, settings.secret_keys, check_value=seen.key_check, create=False)
    except KeyUnusable as error:
        remedy = Phrase(
            "put back the key that the database was used with; without it, enter every secret again"
        )
        found(Finding(topic=topic, ok=False, text=error.args[0], remedy=remedy))
        return
    where = Phrase("POLLER_SECRET_KEY") if settings.secret_keys else Phrase("the key file")
    text = Phrase("{where} opens the secrets (key {id})", where=where, id=vault.key_ids[0])
    apart = "" if settings.secret_keys else Phrase("keep a copy of it apart from the backups")
    found(Finding(topic=topic, ok=True, text=text, remedy=apart))
    for item in seen.connections:
        for problem in _locked(vault, item, seen.tokens[item.connection.number]):
            found(
                Finding(
                    topic=topic,
                    ok=False,
                    text=problem,
                    remedy=Phrase("odoo-poller connections edit {name}", name=item.connection.name),
                )
            )


def _locked(vault: Vault, item: Live, tokens: dict[str, Token]) -> list[str]:
    connection = item.connection
    problems: list[str] = []
    for kind, bound in (("api_key", connection.odoo_url), ("webhook", connection.webhook_url)):
        if kind not in tokens:
            problems.append(Phrase("connection {id}: its {kind} is missing", id=connection.id, kind=kind))
            continue
        try:
            vault.unlock(tokens[kind].token, connection_id=connection.id, kind=kind, bound_to=bound)
        except KeyUnusable as error:
            problems.append(error.args[0])
    return problems


__all__ = ["database", "key"]
