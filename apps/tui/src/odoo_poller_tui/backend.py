"""The seam between the screens and the core: exactly what the screens ask for, and nothing else.

``poller_core.readside.ReadSide`` is a ``Reads`` as it is and ``poller_core.commands.Commands`` nearly a ``Writes``; the tests have
a hand-made one. All of it is synchronous: ``odoo_poller_tui.link`` calls it in threads of its own, so that a screen never waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from poller_core.model import (
    Activity,
    ConnectionStatus,
    EndpointStatus,
    Hour,
    OrderDetail,
    OrderRow,
    OutboxTotals,
    PollerStatus,
    PollReport,
    RetryRow,
    Status,
    SyncLogRow,
)

Where: TypeAlias = Literal["process", "window"]
"""Where a poller that is started from here lives: on its own, or as long as this window."""


class Reads(Protocol):
    """Short reads; none holds a transaction after it returned. Times are milliseconds since 1970 UTC."""

    def data_version(self) -> int:
        """A number that changes whenever anybody committed."""

    def poller(self) -> PollerStatus:
        """Whether a poller holds the database now."""

    def totals(self, day_start: int) -> OutboxTotals:
        """Counts over all connections."""

    def connections(self, day_start: int) -> Sequence[ConnectionStatus]:
        """Every connection, in any order."""

    def connection(self, name_or_id: str) -> ConnectionStatus:
        """One connection; ``NotFound`` if there is none by that name or id."""

    def endpoints(self) -> Sequence[EndpointStatus]:
        """Every webhook URL."""

    def hours(self, since: int, connection_id: str | None = None) -> Sequence[Hour]:
        """Deliveries by hour; hours in which nothing happened may be missing."""

    def activity(self, limit: int = 50) -> Sequence[Activity]:
        """What happened last, newest first."""

    def sync_log(
        self,
        connection_id: str | None = None,
        *,
        limit: int = 100,
        before_id: int | None = None,
        errors_only: bool = False,
    ) -> Sequence[SyncLogRow]:
        """Cycles, newest first, from before ``before_id`` on."""

    def retries(
        self,
        connection_id: str | None = None,
        status: Sequence[Status] | None = None,
        *,
        limit: int = 200,
        after: int | None = None,
    ) -> Sequence[RetryRow]:
        """Rows of the retry queue, newest first, those that follow row ``after`` in that order."""

    def orders(
        self,
        query: str | None = None,
        connection_id: str | None = None,
        status: Status | None = None,
        *,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[OrderRow]:
        """Orders whose number, external id, Odoo id or customer reference begins with ``query``, newest first."""

    def order(self, external_id: str, connection_id: str | None = None) -> OrderDetail:
        """One order's whole life."""


class Writes(Protocol):
    """Short writing transactions, allowed beside a running poller. Raise ``PollerError`` with one line to show."""

    def validate(self, field: str, value: str) -> str | None:
        """Why ``value`` can't be accepted, in one line, or None."""

    def add(self, draft: Draft) -> str:
        """Store a new connection; returns its id."""

    def edit(self, connection_id: str, changes: Mapping[str, object]) -> None:
        """Store what changed, by field name; secrets too, as plain text that only this call sees."""

    def remove(self, connection_id: str, *, discard: bool = False) -> None:
        """Delete a connection; with ``discard`` also what still waits to be delivered."""

    def pause(self, connection_id: str) -> None:
        """Neither poll nor deliver until resumed."""

    def resume(self, connection_id: str) -> None:
        """Poll and deliver again."""

    def retry(self, rows: Sequence[int]) -> int:
        """Make rows of the retry queue due now; returns how many were."""

    def discard(self, rows: Sequence[int], reason: str) -> int:
        """Decide that rows are not to be delivered; returns how many were."""


class Runs(Protocol):
    """What takes long: called in a thread each. Raise ``PollerError`` with one line to show."""

    def test(self, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
        """Try a stored connection, telling each step as it ends."""

    def test_draft(self, draft: Draft, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
        """The same for what is typed and not stored. ``connection_id`` is the connection that it would change, or empty: its
        secrets stand in for those left empty, at their own addresses. Raises ``BadInput`` with the field."""

    def left_out(self, connection_id: str) -> int:
        """How many confirmed orders lie before the connection's start."""

    def poll(self, connection_ids: Sequence[str]) -> Sequence[PollReport]:
        """One full cycle now, by the running poller where there is one."""

    def start(self, where: Where) -> None:
        """Start a poller for this database and return once it runs or failed to."""

    def stop(self) -> None:
        """Ask the running poller to stop and return once it has."""

    def owns_poller(self) -> bool:
        """Whether the poller in this window is running: it stops when the window closes."""


@dataclass(frozen=True)
class TestStep:
    """One step of a connection test that ended. ``name`` is one of ``words.TEST_STEPS`` or a text of its own."""

    __test__ = False  # not a test class of pytest's

    name: str
    ok: bool
    detail: str
    elapsed_ms: float


@dataclass(frozen=True, repr=False)
class Draft:
    """An unsaved connection as the form holds it: text by field name, secrets among it, so it is never printed."""

    values: Mapping[str, str]

    def __repr__(self) -> str:
        return "Draft(…)"


@dataclass(frozen=True)
class Backend:
    """The three of them, each opened by the thread that will use it, and what the screens say about the place."""

    open_reads: Callable[[], Reads]
    open_writes: Callable[[], Writes]
    runs: Runs
    path: str
    default_webhook_url: str
