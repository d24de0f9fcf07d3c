"""What maintenance, the doctor and the connection test hand back: frozen values for the command line and the screens.

Texts are Phrases, so that they can be said in the reader's language; msgspec encodes them with ``enc_hook=str``. Times are
milliseconds, moments milliseconds since 1970 UTC, 0 for never or not known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

OnProgress: TypeAlias = Callable[[int, int], None]
"""Told how much of how much is done, some times a second."""


class RebuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """A rebuild of the projections. ``changed`` names the tables that were not what the log says."""

    events: int
    changed: tuple[str, ...]
    duration_ms: int


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """A check of the whole database: ``problems`` are one line each, none where all is well.

    ``bodies`` were held against their digests; ``erased`` are bodies that retention has taken, whose digests stand.
    ``bytes`` is how much was read and verified.
    """

    ok: bool
    problems: tuple[str, ...]
    events: int
    bodies: int
    erased: int
    bytes: int
    duration_ms: int


class BackupReport(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was made and checked."""

    path: str
    bytes: int
    events: int
    duration_ms: int


class RestoreReport(msgspec.Struct, frozen=True, kw_only=True):
    """A database put in the place of another. ``kept`` is where the replaced one lies now, empty where there was none.

    ``last_event_at`` is the moment that the restored database knows last.
    """

    path: str
    kept: str
    events: int
    last_event_at: int
    duration_ms: int


class PruneReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased, or with ``dry_run`` would be: payloads, events, lines of ``sync_log``, finished requests.

    ``given_up`` of the orders whose payloads went had failed and waited for a person: they are discarded.
    """

    payloads: int
    given_up: int
    events: int
    polls: int
    requests: int
    dry_run: bool
    duration_ms: int


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the doctor looked at. ``remedy`` says how to mend it; with ``ok`` it is advice."""

    topic: str
    ok: bool
    text: str
    remedy: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a connection test that ended.

    ``name``: address, tls, version, authenticate, read, key or webhook.
    """

    name: str
    ok: bool
    detail: str
    elapsed_ms: float
    remedy: str = ""


class TestReport(msgspec.Struct, frozen=True, kw_only=True):
    """A connection test. What a failed step kept from being found out is empty or 0.

    ``missing_fields`` are ``model.field``; ``key_expires_at`` 0 where Odoo doesn't say or the key doesn't expire;
    ``webhook_status`` is the HTTP status of the ping's answer.
    """

    __test__ = False  # no test of pytest's

    ok: bool
    steps: tuple[Step, ...]
    server_version: str = ""
    protocol: str = ""
    missing_fields: tuple[str, ...] = ()
    key_expires_at: int = 0
    webhook_status: int = 0


__all__ = [
    "BackupReport",
    "CheckReport",
    "Finding",
    "OnProgress",
    "PruneReport",
    "RebuildReport",
    "RestoreReport",
    "Step",
    "TestReport",
]
