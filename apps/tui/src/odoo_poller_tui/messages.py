"""What widgets and screens ask of the application: where to go and what to do there."""

from __future__ import annotations

from textual.message import Message


class Ask(Message):
    """Root of what goes up to the application."""


class OpenOrder(Ask):
    """Show an order's life."""

    def __init__(self, external_id: str, connection_id: str) -> None:
        super().__init__()
        self.external_id = external_id
        self.connection_id = connection_id


class OpenConnection(Ask):
    """Show a connection."""

    def __init__(self, connection_id: str) -> None:
        super().__init__()
        self.connection_id = connection_id


class OpenForm(Ask):
    """Edit a connection, or create one where the id is empty."""

    def __init__(self, connection_id: str = "") -> None:
        super().__init__()
        self.connection_id = connection_id


class OpenTest(Ask):
    """Test a stored connection."""

    def __init__(self, connection_id: str, name: str) -> None:
        super().__init__()
        self.connection_id = connection_id
        self.name = name


class OpenLogs(Ask):
    """Show the cycles of one connection, or of all where the id is empty."""

    def __init__(self, connection_id: str = "", name: str = "") -> None:
        super().__init__()
        self.connection_id = connection_id
        self.name = name


class OpenRetries(Ask):
    """Show the retry queue of one connection, or of all; ``view`` is one of the screen's status filters."""

    def __init__(self, connection_id: str = "", name: str = "", view: str = "open") -> None:
        super().__init__()
        self.connection_id = connection_id
        self.name = name
        self.view = view


class OpenOrders(Ask):
    """Show the orders, with a status filter where one is named."""

    def __init__(self, status: str = "") -> None:
        super().__init__()
        self.status = status


class PauseOrResume(Ask):
    """Pause an active connection or resume a paused one."""

    def __init__(self, connection_id: str, name: str, active: bool) -> None:
        super().__init__()
        self.connection_id = connection_id
        self.name = name
        self.active = active


class Remove(Ask):
    """Delete a connection, once confirmed. ``waiting`` orders are not delivered yet."""

    def __init__(self, connection_id: str, name: str, waiting: int) -> None:
        super().__init__()
        self.connection_id = connection_id
        self.name = name
        self.waiting = waiting


class PollNow(Ask):
    """One full cycle of a connection now."""

    def __init__(self, connection_id: str, name: str) -> None:
        super().__init__()
        self.connection_id = connection_id
        self.name = name


class Retry(Ask):
    """Deliver rows of the retry queue now."""

    def __init__(self, rows: tuple[int, ...]) -> None:
        super().__init__()
        self.rows = rows


class Discard(Ask):
    """Decide, once a reason is given, that rows are not to be delivered. ``what`` names them."""

    def __init__(self, rows: tuple[int, ...], what: str) -> None:
        super().__init__()
        self.rows = rows
        self.what = what


class ViewPayload(Ask):
    """Show the body of an order's webhook."""

    def __init__(self, external_id: str, connection_id: str) -> None:
        super().__init__()
        self.external_id = external_id
        self.connection_id = connection_id
