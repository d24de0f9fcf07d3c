"""A backend made by hand: a small warehouse with every state a screen can show, the same at every call."""

from __future__ import annotations

from odoo_poller_tui.backend import Backend
from tui.fake_reads import FakeReads
from tui.fake_runs import FakeRuns
from tui.fake_writes import FakeWrites
from tui.rows import STOCKMASTER

SECRET = "5f0c2a52-6c1e-4d0f-9d4e-1f2a3b4c5d6e"


class FakeBackend(FakeReads, FakeWrites, FakeRuns):
    """``Reads``, ``Writes`` and ``Runs`` in one, over lists that a test may change; ``calls`` tells what was asked of it."""

    def backend(self) -> Backend:
        """What the application takes."""
        return Backend(lambda: self, lambda: self, self, "data/poller.db", STOCKMASTER)
