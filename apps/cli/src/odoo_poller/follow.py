"""``--follow``: look whether anybody committed, and show only what is new."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from odoo_poller.output import Output

if TYPE_CHECKING:
    from poller_core.readside import ReadSide

Row = TypeVar("Row")
LOOK_SECONDS = 0.3
BATCH = 500


def follow(
    reader: ReadSide,
    out: Output,
    *,
    start: int,
    newer: Callable[[int], list[Row]],
    key: Callable[[Row], int],
    show: Callable[[list[Row]], None],
) -> None:
    """Show rows after ``start`` as they come, oldest first, until Ctrl-C or until the reader of the pipe is gone."""
    seen, last = -1, start
    while True:
        version = reader.data_version()
        if version != seen:
            seen = version
            while rows := newer(last):
                show(rows)
                last = key(rows[-1])
            out.flush()
        time.sleep(LOOK_SECONDS)
