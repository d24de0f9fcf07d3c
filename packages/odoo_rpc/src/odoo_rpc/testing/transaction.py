"""A transaction: work that others see only when it commits, and whose `write_date` says when it was *done*.

That gap between the two is the late commit: an order appears with a `write_date` that a cursor may have passed already.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from odoo_rpc.testing.errors import RowLocked
from odoo_rpc.testing.table import Row

if TYPE_CHECKING:
    from odoo_rpc.testing.database import Database

Key = tuple[str, int]


class Transaction:
    """Pending rows over the committed ones. Reads its own writes; nobody else does before `commit`.

    As a context manager it commits at the end, and rolls back if an exception leaves it.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moment = database.stamp()
        self._pending: dict[Key, Row | None] = {}

    def work_now(self) -> None:
        """Let what is done from here on carry the present moment; one moment for each deed."""
        self.moment = self.database.stamp()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.commit()
        else:
            self.rollback()

    def commit(self) -> None:
        """Make the work visible; the order of commits, not that of `write_date`, is the order others see it in."""
        for (model, record_id), row in self._pending.items():
            table = self.database.tables[model]
            if row is not None:
                table.put(row)
            elif record_id in table.rows:
                table.drop(record_id)
        self.database.committed()
        self._release()

    def rollback(self) -> None:
        """Drop the work; the ids it took stay taken."""
        self._release()

    def row(self, model: str, record_id: int) -> Row | None:
        """Give a row as this transaction sees it; None where it is missing or deleted."""
        key = (model, record_id)
        if key in self._pending:
            return self._pending[key]
        return self.database.tables[model].rows.get(record_id)

    def visible(self, model: str) -> Iterator[tuple[int, Row]]:
        """Give a model's rows as this transaction sees them."""
        for record_id, row in self.database.tables[model].rows.items():
            if (model, record_id) not in self._pending:
                yield record_id, row
        for (of_model, record_id), pending in self._pending.items():
            if of_model == model and pending is not None:
                yield record_id, pending

    def insert(self, model: str, values: Row) -> int:
        """Add a row with every field filled, `create_date` and `write_date` the moment of the work; give its id."""
        record_id = self.database.tables[model].reserve()
        row = {
            name: field.empty
            for name, field in self.database.schema[model].fields.items()
            if not field.computed
        }
        row.update(values)
        row["id"] = record_id
        row["create_date"] = values.get("create_date") or self.moment
        row["write_date"] = self.moment
        self._hold((model, record_id), row)
        return record_id

    def update(self, model: str, record_id: int, values: Row) -> None:
        """Change a row and move its `write_date` to the moment of the work.

        Raises:
            KeyError: no such row.
            RowLocked: another open transaction holds it.
        """
        self.derive(model, record_id, values | {"write_date": self.moment})

    def derive(self, model: str, record_id: int, values: Row) -> None:
        """Change a row without moving its `write_date`: for what Odoo keeps elsewhere, such as an order's lines."""
        row = self.row(model, record_id)
        if row is None:
            raise KeyError(f"{model} has no record {record_id}")
        self._hold((model, record_id), row | values)

    def delete(self, model: str, record_id: int) -> None:
        """Delete a row.

        Raises:
            KeyError: no such row.
            RowLocked: another open transaction holds it.
        """
        if self.row(model, record_id) is None:
            raise KeyError(f"{model} has no record {record_id}")
        self._hold((model, record_id), None)

    def _hold(self, key: Key, row: Row | None) -> None:
        holder: Any = self.database.locks.setdefault(key, self)
        if holder is not self:
            raise RowLocked(f"{key[0]} {key[1]} is being changed by a transaction that is still open")
        self._pending[key] = row

    def _release(self) -> None:
        for key in self._pending:
            self.database.locks.pop(key, None)
        self._pending.clear()
