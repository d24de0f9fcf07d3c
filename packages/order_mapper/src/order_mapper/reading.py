"""Read one permissive value as what it must be, or say why it isn't.

A `Reader` collects an `Issue` for every value that can't be used and hands back a placeholder, so that mapping goes on
and an order is rejected with all its issues at once. No placeholder leaves the package: an order with issues has no
payload.
"""

from math import isfinite
from typing import Any, TypeVar

from msgspec import UNSET

from order_mapper.dates import utc_instant
from order_mapper.issues import Code, Issue
from order_mapper.money import INT64_MAX, minor_units, whole_or_fraction
from order_mapper.records import OdooRecord
from order_mapper.text import clean_text

__all__ = ["MAX_ID", "Reader"]

MAX_ID = 2**31 - 1
"""The largest id of a PostgreSQL `integer` column, which is what Odoo's ids are."""

_SAFE = 2.0**53
"""A float between its negative and this is finite, and 64 bits hold what becomes of it."""

R = TypeVar("R", bound=OdooRecord)


class Reader:
    """Reads the fields of a record, or of the members of a list in turn; issues go into one list.

    `path` is where the record is, and `index` the place in the list that its first `*` stands for. `member` does the
    same for the `*` in a field's name. So no path is put together for a value that is right.
    """

    __slots__ = ("index", "issues", "member", "path")

    def __init__(self, issues: list[Issue], path: str = "") -> None:
        self.issues = issues
        self.path = path
        self.index = 0
        self.member = 0

    def text(self, value: Any, field: str) -> str | None:
        """Text, or null where Odoo has none (false, absent, blank)."""
        if type(value) is str:
            return value if value.isprintable() and value >= "!" else clean_text(value)
        if value is False:
            return None
        if value is UNSET:
            self.not_read(field)
        elif not _empty(value):
            self.report(field, "wrong_type", f"text was expected here, not {_kind(value)}")
        return None

    def required_text(self, value: Any, field: str) -> str:
        """Text that no order can be without."""
        text = self.text(value, field)
        if text is None and (type(value) is str or _empty(value)):  # else it was reported as something else
            self.missing(field)
        return text or ""

    def record_id(self, value: Any, field: str) -> int:
        """A database id."""
        if type(value) is int and 0 < value <= MAX_ID:
            return value
        if _empty(value):
            self.missing(field)
        elif type(value) is int:
            self.report(field, "out_of_range", f"an id lies between 1 and {MAX_ID}")
        else:
            self.report(field, "wrong_type", f"an id was expected here, not {_kind(value)}")
        return 0

    def count(self, value: Any, field: str) -> int | None:
        """A whole number, or null where Odoo gives none."""
        if _empty(value):
            return None
        if type(value) is int:
            return self._int64(value, field)
        self.report(field, "wrong_type", f"a whole number was expected here, not {_kind(value)}")
        return None

    def cents(self, value: Any, field: str) -> int:
        """An amount of money in minor units."""
        if type(value) is float and -_SAFE < value < _SAFE:
            return minor_units(value)
        return self._int64(minor_units(value), field) or 0 if self._is_number(value, field) else 0

    def quantity(self, value: Any, field: str) -> int | float | None:
        """A quantity: an integer where it is whole. Null where it was reported, which is not the same as 0."""
        if type(value) is float and -_SAFE < value < _SAFE:
            return whole_or_fraction(value)
        if not self._is_number(value, field):
            return None
        quantity = whole_or_fraction(value)
        return self._int64(quantity, field) if type(quantity) is int else quantity

    def instant(self, value: Any, field: str) -> str:
        """A point in time in UTC, `2025-01-15T10:30:00Z`."""
        instant = utc_instant(value) if type(value) is str else None
        if instant is None and self.required_text(value, field):
            self.report(field, "not_a_date", "a date was expected here, like 2025-01-15 10:30:00")
        return instant or ""

    def related(self, value: Any, kind: type[R], field: str) -> R | None:
        """The record of a relation, or null where Odoo has none."""
        if type(value) is kind:
            return value
        if type(value) is int or (type(value) is list and len(value) == 2):
            self.not_read(field)
        elif not _empty(value):
            self.report(field, "wrong_type", f"a record was expected here, not {_kind(value)}")
        return None

    def required(self, value: Any, kind: type[R], field: str) -> R | None:
        """The record of a relation that no order can be without. Null where that was reported."""
        if type(value) is kind or not _empty(value):
            return self.related(value, kind, field)
        self.missing(field)
        return None

    def records(self, value: Any, field: str) -> list[Any]:
        """The members of an x2many relation, each of which may be anything."""
        if type(value) is list:
            return value
        if value is not False:
            self.report(field, "wrong_type", f"a list was expected here, not {_kind(value)}")
        return []

    def missing(self, field: str) -> None:
        """Report a field that no order can be without."""
        self.report(field, "missing", "an order can't be sent without this")

    def not_read(self, field: str) -> None:
        """Report a record that Odoo names and does not hand over."""
        self.report(field, "not_read", "Odoo did not hand this over: is the record deleted, or not readable?")

    def report(self, field: str, code: Code, message: str) -> None:
        """Note down what is wrong with a field of this record."""
        path = self.path.replace("*", str(self.index)) + field.replace("*", str(self.member))
        self.issues.append(Issue(path, code, message))

    def _is_number(self, value: Any, field: str) -> bool:
        if type(value) is float:
            if isfinite(value):
                return True
            self.report(field, "not_finite", "a finite number was expected here")
        elif type(value) is int:
            return True
        elif _empty(value):
            self.missing(field)
        else:
            self.report(field, "wrong_type", f"a number was expected here, not {_kind(value)}")
        return False

    def _int64(self, value: int, field: str) -> int | None:
        if -INT64_MAX <= value <= INT64_MAX:
            return value
        self.report(field, "out_of_range", "the number does not fit into 64 bits")
        return None


def _empty(value: object) -> bool:
    """Odoo says false where a field is empty; where it was not asked for, the record's default is null."""
    return value is False or value is None or value == ""


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "an object"
