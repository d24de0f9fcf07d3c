"""The projector for whole logs: the two events that a log is full of go a short way, all others the usual one.

An order that was built and delivered at the first go makes three events of four or more in any log. What the usual
handlers would do for them is written out here in one loop, with what stays the same from event to event (the hour, the
endpoint's good health) looked up only when it changes. A test holds both ways against each other on random logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from poller_core import events as ev
from poller_core.decide.answers import Verdict
from poller_core.store.projections import HOUR_MS, Projector
from poller_core.store.rows import FAILED, PENDING, ROW_COLUMNS, SUCCESS, Logged, Row

KEPT_ROWS = 10_000
"""Orders under way that are remembered from batch to batch."""

_DELIVERED = str(Verdict.DELIVERED)


class Refolder(Projector):
    """Folds rows of the log, ``(position, subject, order_id, version, at, data)``, beside their decoded events."""

    # Through the log, since the temporary table has no index to keep up; pruned orders are where they were.
    _find: ClassVar[str] = (
        f"SELECT {ROW_COLUMNS} FROM outbox WHERE position = coalesce("
        "(SELECT position FROM events WHERE subject = :connection AND order_id = :order_id AND type = 'PayloadBuilt'), "
        "(SELECT position FROM main.outbox WHERE connection = :connection AND order_id = :order_id))"
    )

    def apply_rows(self, rows: Sequence[tuple[Any, ...]], events: Sequence[ev.AnyEvent]) -> None:
        """Fold these events, in their order."""
        orders, new = self.rows, self._new
        well: dict[int, int] = {}
        counts: dict[tuple[int, int], list[int]] = {}
        count, seen = [0, 0], (0, 0)
        for (position, subject, order_id, version, at, _), event in zip(rows, events, strict=True):
            if (at, subject) != seen:
                seen = (at, subject)
                count = counts.setdefault((at // HOUR_MS * HOUR_MS, subject), [0, 0])
            kind = type(event)
            if kind is ev.PayloadBuilt and version == 2:
                row = Row(
                    position, subject, order_id, event.number, event.webhook_id,  # type: ignore[union-attr]
                    PENDING, 0, 0, at, at, 0, at, "", "", version,
                )  # fmt: skip
                orders[subject, order_id] = new[position] = row
                count[0] += 1
            elif (
                kind is ev.DeliveryAttempted
                and self._is_plain(event, well)  # type: ignore[arg-type]
                and (row := orders.get((subject, order_id))) is not None  # type: ignore[assignment]
                and row.status == PENDING
            ):
                row.status, row.tries, row.due_at = SUCCESS, event.attempt, event.next_at  # type: ignore[union-attr]
                row.first_tried_at = row.first_tried_at or at
                row.updated_at, row.version = at, version
                well[event.endpoint] = at  # type: ignore[union-attr]
                count[1] += 1
                if row.position not in new:
                    self._dirty[row.position] = row
            else:
                self._note_health(well)
                self.apply([Logged(position, subject, order_id, version, at, event)])
        self._note_health(well)
        self._note_counts(counts)

    def _is_plain(self, event: ev.DeliveryAttempted, well: dict[int, int]) -> bool:
        """Whether the attempt delivered, and says nothing new of anybody but its order."""
        if event.outcome != _DELIVERED or event.probe or event.error or event.status != "SUCCESS":
            return False
        if event.endpoint in well:
            return True
        health = self.endpoint_health(event.endpoint)
        return not (health.streak or health.several or health.suspended_at)

    def _note_health(self, well: dict[int, int]) -> None:
        """Let the endpoints know when they were last delivered to."""
        for number, at in well.items():
            self.endpoints[number] = msgspec.structs.replace(
                self.endpoint_health(number), last_delivered_at=at
            )
            self._touched_endpoints.setdefault(number, None)
        well.clear()

    def _note_counts(self, counts: dict[tuple[int, int], list[int]]) -> None:
        for (hour, connection), (built, delivered) in counts.items():
            if built or delivered:
                tally, hours = self._tally[connection], self._hours[hour, connection]
                tally[0] += built
                tally[1] += delivered
                tally[2] += built - delivered
                hours[0] += built
                hours[1] += delivered

    def forget_settled(self) -> None:
        """Keep what may change soon, as far as there is room."""
        waiting = {key: row for key, row in self.rows.items() if row.status in (PENDING, FAILED)}
        self.rows = waiting if len(waiting) <= KEPT_ROWS else {}


__all__ = ["Refolder"]
