"""What the screens read."""

from __future__ import annotations

from collections.abc import Sequence

from poller_core.errors import NotFound
from poller_core.model import (
    Activity,
    ConnectionStatus,
    EndpointStatus,
    Hour,
    OrderDetail,
    OrderRow,
    OutboxTotals,
    PollerStatus,
    RetryRow,
    SyncLogRow,
)
from tui.fake_state import FakeState
from tui.life import life_of
from tui.rows import DAY, NOW, SECOND


class FakeReads(FakeState):
    """``Reads``."""

    def data_version(self) -> int:
        self._fail()
        return self.version

    def poller(self) -> PollerStatus:
        if not self.is_running:
            return PollerStatus(running=False)
        return PollerStatus(
            running=True, pid=4321, started_at=NOW - 3 * DAY, heartbeat_at=NOW - 2 * SECOND, version="0.1.0"
        )

    def totals(self, day_start: int) -> OutboxTotals:
        return OutboxTotals(
            pending=sum(s.pending for s in self.statuses),
            failed=sum(s.failed for s in self.statuses),
            retries_pending=sum(s.retries_pending for s in self.statuses),
            sent_today=sum(s.sent_today for s in self.statuses),
            rejected=sum(s.rejected for s in self.statuses),
        )

    def connections(self, day_start: int) -> Sequence[ConnectionStatus]:
        self._fail()
        return list(self.statuses)

    def connection(self, name_or_id: str) -> ConnectionStatus:
        return self.named(name_or_id)

    def endpoints(self) -> Sequence[EndpointStatus]:
        return self.endpoint_rows

    def hours(self, since: int, connection_id: str | None = None) -> Sequence[Hour]:
        return self.hour_rows

    def activity(self, limit: int = 50) -> Sequence[Activity]:
        return self.happened[:limit]

    def sync_log(
        self,
        connection_id: str | None = None,
        *,
        limit: int = 100,
        before_id: int | None = None,
        errors_only: bool = False,
    ) -> Sequence[SyncLogRow]:
        rows = [
            row
            for row in self.log
            if (connection_id is None or row.connection_id == connection_id)
            and (before_id is None or row.id < before_id)
            and (not errors_only or row.error_message)
        ]
        return rows[:limit]

    def retries(
        self,
        connection_id: str | None = None,
        status: Sequence[str] | None = None,
        *,
        limit: int = 200,
        after: int | None = None,
    ) -> Sequence[RetryRow]:
        self._fail()
        rows = [
            row
            for row in self.retry_rows
            if (connection_id is None or row.connection_id == connection_id)
            and (status is None or row.status in status)
            and (after is None or row.id < after)
        ]
        return rows[:limit]

    def orders(
        self,
        query: str | None = None,
        connection_id: str | None = None,
        status: str | None = None,
        *,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[OrderRow]:
        rows = [
            row
            for row in self.order_rows
            if (
                query is None
                or row.number.startswith(query)
                or row.external_id.startswith(query)
                or (query == "REF-CLIENTE-001" and row.number == "S00042")
            )
            and (connection_id is None or row.connection_id == connection_id)
            and (status is None or row.status == status)
            and (before is None or row.position < before)
        ]
        return rows[:limit]

    def order(self, external_id: str, connection_id: str | None = None) -> OrderDetail:
        row = next((row for row in self.order_rows if row.external_id == external_id), None)
        if row is None:
            raise NotFound(f"no order is called {external_id}")
        rejected = row.status == "REJECTED"
        return OrderDetail(
            order=row,
            webhook_id="" if rejected else "2b1c5a6e-0f4d-5c3b-9a7e-6d5f4e3c2b1a",
            issues=(
                ("customer.name", "missing", "the customer has no name"),
                ("items[0].quantity", "negative", "-2 is below 0"),
            )
            if rejected
            else (),
            events=life_of(row),
            payload=None if rejected else self.payload,
            next_retry_at=NOW + 25 * SECOND if row.status == "PENDING" else 0,
            held_by="",
        )
