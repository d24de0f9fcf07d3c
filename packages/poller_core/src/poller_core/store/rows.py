"""An outbox row while events are folded into it, and an event in its place: what the fold and its callers share."""

from __future__ import annotations

import msgspec

from poller_core import events as ev

PENDING, SUCCESS, FAILED, DISCARDED = range(4)
STATUS_CODE = {"PENDING": PENDING, "SUCCESS": SUCCESS, "FAILED": FAILED, "DISCARDED": DISCARDED}
STATUS_NAME = {code: name for name, code in STATUS_CODE.items()}


class Logged(msgspec.Struct, frozen=True):
    """An event in its place."""

    position: int
    subject: int
    order_id: int
    version: int
    at: int
    event: ev.AnyEvent


class Row(msgspec.Struct, array_like=True, gc=False):
    """A row of ``outbox``, column by column as the table has them (mutable: one object a row and batch).

    Like an array, since many are read at once as JSON text.
    """

    position: int
    connection: int
    order_id: int
    number: str
    webhook_id: str
    status: int
    tries: int
    failures: int
    created_at: int
    updated_at: int
    first_tried_at: int
    due_at: int
    cause: str
    last_error: str
    version: int


ROW_COLUMNS = ", ".join(Row.__struct_fields__)

__all__ = [
    "DISCARDED",
    "FAILED",
    "PENDING",
    "ROW_COLUMNS",
    "STATUS_CODE",
    "STATUS_NAME",
    "SUCCESS",
    "Logged",
    "Row",
]
