"""Committed records of one model, with the indexes that keep an idle poll cheap.

A committed row is never changed in place: an update replaces it. So readers need no copies, and a snapshot of the whole
database is a few shallow ones.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]
"""Raw values by field name: moments for datetimes, an id or False for a many2one, a tuple of ids for the x2many."""


class Table:
    """Rows by id, the ids in order, `(write_date, id)` in order, and who points at whom through the indexed fields."""

    __slots__ = ("_indexed", "_pointing", "by_write_date", "ids", "next_id", "rows")

    def __init__(self, indexed: Sequence[str] = (), first_id: int = 1) -> None:
        self.rows: dict[int, Row] = {}
        self.ids: list[int] = []
        self.by_write_date: list[tuple[int, int]] = []
        self.next_id = first_id
        self._indexed = tuple(indexed)
        self._pointing: dict[str, dict[int, set[int]]] = {name: {} for name in indexed}

    def reserve(self) -> int:
        """Take the next id; like a sequence of PostgreSQL it is not given back by a rollback."""
        record_id = self.next_id
        self.next_id += 1
        return record_id

    def put(self, row: Row) -> None:
        """Commit one new or changed row."""
        record_id = row["id"]
        old = self.rows.get(record_id)
        if old is None:
            insort(self.ids, record_id)
        else:
            self._forget(old)
        self.rows[record_id] = row
        insort(self.by_write_date, (row["write_date"], record_id))
        for name in self._indexed:
            if row[name]:
                self._pointing[name].setdefault(row[name], set()).add(record_id)

    def drop(self, record_id: int) -> None:
        """Commit one deletion."""
        self._forget(self.rows.pop(record_id))
        del self.ids[bisect_left(self.ids, record_id)]

    def pointing_at(self, name: str, target: int) -> Iterable[int]:
        """Give the ids of the rows whose indexed field holds `target`, in no order."""
        return self._pointing[name].get(target, ())

    def is_indexed(self, name: str) -> bool:
        """Say whether `pointing_at` knows this field."""
        return name in self._pointing

    def copy(self) -> Table:
        """Take a snapshot; the rows themselves are shared."""
        twin = Table(self._indexed, self.next_id)
        twin.rows = dict(self.rows)
        twin.ids = list(self.ids)
        twin.by_write_date = list(self.by_write_date)
        twin._pointing = {
            name: {target: set(ids) for target, ids in index.items()}
            for name, index in self._pointing.items()
        }
        return twin

    def _forget(self, row: Row) -> None:
        del self.by_write_date[bisect_left(self.by_write_date, (row["write_date"], row["id"]))]
        for name in self._indexed:
            if row[name]:
                self._pointing[name][row[name]].discard(row["id"])
