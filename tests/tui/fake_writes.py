"""What the screens change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from odoo_poller_tui.backend import Draft
from poller_core.errors import BadInput
from tui.fake_state import FakeState
from tui.rows import connection, status


class FakeWrites(FakeState):
    """``Writes``."""

    def validate(self, field: str, value: str) -> str | None:
        match field:
            case "name" | "odoo_url" | "odoo_db" | "odoo_username" | "api_key" | "store_id" | "client_id" if (
                not value
            ):
                return "is needed"
            case "odoo_url" | "webhook_url" if not value.startswith("https://"):
                return "must begin with https://"
            case "polling_interval_seconds" if not value.isdecimal() or int(value) < 1:
                return "must be a whole number of seconds, at least 1"
            case "name" if any(value == s.connection.name for s in self.statuses):
                return f"another connection is called {value}"
        return None

    def add(self, draft: Draft) -> str:
        self._fail()
        self.calls.append(("add", dict(draft.values)))
        new = connection(len(self.statuses) + 1, draft.values["name"], odoo_url=draft.values["odoo_url"])
        self.statuses.append(status(new, "new", last_sync_at=0))
        self.changed()
        return new.id

    def edit(self, connection_id: str, changes: Mapping[str, object]) -> None:
        self._fail()
        self.calls.append(("edit", connection_id, dict(changes)))
        if "odoo_url" in changes and "api_key" not in changes:
            raise BadInput("give the API key again", field="api_key")
        self.changed()

    def remove(self, connection_id: str, *, discard: bool = False) -> None:
        self._fail()
        self.calls.append(("remove", connection_id, discard))
        self.statuses = [s for s in self.statuses if s.connection.id != connection_id]
        self.changed()

    def pause(self, connection_id: str) -> None:
        self._activate(connection_id, False, "paused")

    def resume(self, connection_id: str) -> None:
        self._activate(connection_id, True, "ok")

    def _activate(self, connection_id: str, active: bool, state: str) -> None:
        self._fail()
        self.calls.append(("resume" if active else "pause", connection_id))
        self.statuses = [
            msgspec.structs.replace(
                s, state=state, connection=msgspec.structs.replace(s.connection, active=active)
            )
            if s.connection.id == connection_id
            else s
            for s in self.statuses
        ]
        self.changed()

    def retry(self, rows: Sequence[int]) -> int:
        self._fail()
        self.calls.append(("retry", tuple(rows)))
        return len(rows)

    def discard(self, rows: Sequence[int], reason: str) -> int:
        self._fail()
        self.calls.append(("discard", tuple(rows), reason))
        self.retry_rows = [
            msgspec.structs.replace(r, status="DISCARDED") if r.id in rows else r for r in self.retry_rows
        ]
        self.changed()
        return len(rows)
