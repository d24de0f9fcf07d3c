"""What the fake backend holds: lists that a test may change, and what was asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from odoo_poller_tui.backend import TestStep
from poller_core.errors import NotFound, PollerError
from poller_core.model import ConnectionStatus
from tui.warehouse import (
    PAYLOAD,
    seeded_activity,
    seeded_connections,
    seeded_endpoints,
    seeded_hours,
    seeded_log,
    seeded_orders,
    seeded_retries,
    seeded_steps,
)


@dataclass
class FakeState:
    """Shared by what reads, what writes and what runs; ``calls`` tells what was asked."""

    statuses: list[ConnectionStatus] = field(default_factory=seeded_connections)
    is_running: bool = True
    owned: bool = False
    version: int = 1
    calls: list[tuple[object, ...]] = field(default_factory=list)
    failure: PollerError | None = None
    steps: list[TestStep] = field(default_factory=seeded_steps)
    left_out_count: int = 0
    payload: bytes | None = PAYLOAD

    def __post_init__(self) -> None:
        self.retry_rows = seeded_retries(self.statuses) if len(self.statuses) == 12 else []
        self.log = seeded_log(self.statuses) if self.statuses else []
        self.happened = seeded_activity(self.statuses) if len(self.statuses) == 12 else []
        self.order_rows = seeded_orders(self.statuses, self.retry_rows) if len(self.statuses) == 12 else []
        self.hour_rows = seeded_hours()
        self.endpoint_rows = seeded_endpoints()

    def changed(self) -> None:
        """As after a commit."""
        self.version += 1

    def named(self, name_or_id: str) -> ConnectionStatus:
        """A connection by id or name."""
        for row in self.statuses:
            if name_or_id in (row.connection.id, row.connection.name):
                return row
        raise NotFound(f"no connection is called {name_or_id}")

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
