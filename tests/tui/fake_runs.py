"""What the screens start: tests, polls, the poller."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odoo_poller_tui.backend import Draft, TestStep
from poller_core.model import PollReport
from tui.fake_state import FakeState


class FakeRuns(FakeState):
    """``Runs``."""

    def test(self, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
        self.calls.append(("test", connection_id))
        for step in self.steps:
            on_step(step)
        self._fail()

    def test_draft(self, draft: Draft, connection_id: str, on_step: Callable[[TestStep], None]) -> None:
        self.calls.append(("test_draft", dict(draft.values), connection_id))
        for step in self.steps:
            on_step(step)
        self._fail()

    def left_out(self, connection_id: str) -> int:
        self.calls.append(("left_out", connection_id))
        return self.left_out_count

    def poll(self, connection_ids: Sequence[str]) -> Sequence[PollReport]:
        self._fail()
        self.calls.append(("poll", tuple(connection_ids)))
        return [
            PollReport(connection_id=c, name=self.named(c).connection.name, orders_found=3, orders_sent=2)
            for c in connection_ids
        ]

    def start(self, where: str) -> None:
        self._fail()
        self.calls.append(("start", where))
        self.is_running, self.owned = True, where == "window"

    def stop(self) -> None:
        self._fail()
        self.calls.append(("stop",))
        self.is_running = self.owned = False

    def owns_poller(self) -> bool:
        return self.owned
