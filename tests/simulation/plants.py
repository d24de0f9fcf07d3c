"""Bugs to plant in the real code, so that it is seen that the simulation finds them: the test of the test.

Each changes a real function at the place where the bug would be. ``python -m simulation --plant NAME`` runs with one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec

from poller_core.decide import reading
from poller_core.decide.reading import Walk
from poller_core.loops import relay, sender
from poller_core.loops.reconcile import Reconciler
from poller_core.store import outbox, projections
from poller_core.store.bulk import insert_rows
from poller_core.store.intake import Captured, Intake, Page
from poller_core.store.projections import Projector

PLANTS: dict[str, Callable[[], None]] = {}


def _plant(function: Callable[[], None]) -> Callable[[], None]:
    PLANTS[function.__name__.replace("_", "-")] = function
    return function


@_plant
def cursor_off_by_one() -> None:
    """The window begins behind the cursor's second, not at it."""
    honest = reading.in_window

    def planted(walk: Walk, window: reading.Window) -> reading.Domain:
        return [
            [leaf[0], ">", leaf[2]] if leaf[:2] == ["write_date", ">="] else leaf
            for leaf in honest(walk, window)
        ]

    reading.in_window = planted


@_plant
def outbox_row_outside_the_transaction() -> None:
    """The outbox rows of a page are written by a second transaction, right behind the one with the events."""
    flush, capture = Projector.flush, Intake.capture
    kept: list[Any] = []

    def without_rows(self: Projector) -> None:
        kept.extend(self._new.values())
        self._new.clear()
        flush(self)

    @wraps(capture)
    def planted(self: Intake, page: Page) -> Captured:
        kept.clear()
        Projector.flush = without_rows  # type: ignore[method-assign]
        try:
            captured = capture(self, page)
        finally:
            Projector.flush = flush  # type: ignore[method-assign]
        if kept:
            with self._database.transaction() as tx:
                insert_rows(tx.db, projections._INSERT_ROW, list(map(msgspec.structs.astuple, kept)))
        return captured

    Intake.capture = planted  # type: ignore[method-assign]


@_plant
def suspended_endpoint_never_probed() -> None:
    """What is suspended stays so: the relay never probes."""

    async def planted(_self: relay.Relay) -> None:
        """Probe nothing."""

    relay.Relay._probe = planted  # type: ignore[method-assign]


@_plant
def other_bytes_at_a_retry() -> None:
    """A body that is loaded again is written anew, with other spaces."""
    honest = outbox._due

    def planted(connection: int, row: Any) -> outbox.Due:
        due = honest(connection, row)
        return msgspec.structs.replace(due, body=msgspec.json.format(due.body, indent=1))

    outbox._due = planted


@_plant
def no_answer_counts_as_delivered() -> None:
    """Where the receiver did not answer, the order counts as taken."""
    sender.no_reply = lambda _error: sender.Replied(204)


@_plant
def late_commits_never_swept() -> None:
    """The daily sweep looks at nothing."""

    async def planted(_self: Reconciler, _entry: object) -> tuple[int, int]:
        return 0, 0

    Reconciler._sweep = planted  # type: ignore[method-assign]


def plant(name: str | None) -> None:
    """Plant a bug in this process, for good; none without a name."""
    if name is not None:
        PLANTS[name]()


__all__ = ["PLANTS", "plant"]
