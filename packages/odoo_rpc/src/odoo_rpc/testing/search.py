"""Searching one model: choose an index, test the candidates, order, cut.

The fake answers an idle poll by looking only at what lies inside the window, as PostgreSQL does with its own index.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from odoo_rpc.testing.domain import STRICT_SINCE, All, Leaf, Node, conjuncts, leaves, parse
from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.intervals import FOREVER, interval
from odoo_rpc.testing.matching import Test, compiled
from odoo_rpc.testing.table import Row, Table

if TYPE_CHECKING:
    from odoo_rpc.testing.environment import Environment
    from odoo_rpc.testing.schema import Model

_ORDER = re.compile(r"\s*(\w+)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?\s*", re.IGNORECASE)
Term = tuple[str, bool]


def search(
    model: str,
    domain: object,
    env: Environment,
    order: object = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[int]:
    """Give the ids that match and that the user may see, in `order` (the model's own where none is given).

    Raises:
        OdooFault: the domain or the order is wrong, or the user may not read the model.
    """
    env.check_model(model)
    terms = order_terms(order or env.database.schema[model].order, model, env)
    if limit is not None and limit < 0:
        raise OdooFault.database("InvalidRowCountInLimitClause", "LIMIT must not be negative\n")
    end = offset + limit if limit else None
    plan = _Plan(model, domain, env)
    if terms[0] == ("id", False):
        return plan.first(end)[offset:]
    rows = [env.database.tables[model].rows[key] for key in plan.first(None)]
    return [row["id"] for row in _sorted(rows, terms, model, env)[offset:end]]


def count(model: str, domain: object, env: Environment, limit: int | None = None) -> int:
    """Count what `search` would give, at most `limit`."""
    env.check_model(model)
    return len(_Plan(model, domain, env).first(limit or None))


class _Plan:
    """One domain made ready to run over its table."""

    def __init__(self, model: str, domain: object, env: Environment) -> None:
        self.table = env.database.tables[model]
        node = parse(domain, env.version)
        fields = env.database.schema[model].fields
        if env.hides_archived and "active" in fields and all(leaf.path != "active" for leaf in leaves(node)):
            node = All((node, Leaf("active", "=", True)))
        self.test: Test = compiled(node, model, env)
        self.rule = env.rule(model)
        self.candidates = _candidates(node, self.table, env.version)

    def first(self, wanted: int | None) -> list[int]:
        """Give the first matching ids, ascending."""
        rows, test, rule, found = self.table.rows, self.test, self.rule, []
        for key in self.candidates:
            row = rows.get(key)
            if row is not None and test(row) and (rule is None or rule(row)):
                found.append(key)
                if wanted is not None and len(found) >= wanted:
                    break
        return found


def _candidates(node: Node, table: Table, version: int) -> Iterable[int]:
    """Give the ids worth testing, ascending: by the narrowest of the conditions that an index can answer."""
    low, high, newest = 0, len(table.ids), 0
    for leaf in conjuncts(node):
        value, operator = leaf.value, leaf.operator
        if leaf.path == "id":
            if operator == "in" and isinstance(value, list) and all(type(key) is int for key in value):
                return sorted(set(value))
            if operator == "=" and isinstance(value, int):
                return [value]
            if operator == ">" and isinstance(value, int):
                low = max(low, bisect_right(table.ids, value))
            if operator == "<" and isinstance(value, int):
                high = min(high, bisect_left(table.ids, value))
        elif leaf.path == "write_date" and operator in (">", ">=", "=") and isinstance(value, str):
            newest = max(newest, interval(operator, value, version).low)
        elif table.is_indexed(leaf.path) and operator == "=" and type(value) is int:
            return sorted(table.pointing_at(leaf.path, value))
    recent = bisect_left(table.by_write_date, (newest, 0)) if newest else 0
    if len(table.ids) - recent < high - low:
        return sorted([key for _, key in table.by_write_date[recent:]])
    return table.ids[low:high]


# Order


def order_terms(order: object, model: str, env: Environment) -> tuple[Term, ...]:
    """Read `field [asc|desc], …` into (field, descending) pairs.

    Raises:
        OdooFault: bad syntax (`UserError`), an unknown field, or from 19 on one that no column holds (`ValueError`).
    """
    if not isinstance(order, str):
        raise OdooFault.type_error(f"expected string or bytes-like object, got {type(order).__name__!r}")
    terms = _split_order(order)
    if terms is None or ("nulls" in order.lower() and env.version < 16):
        raise OdooFault.user_error(
            f'Invalid "order" specified ({order}). A valid "order" specification is a comma-separated list of valid '
            "field names (optionally followed by asc/desc for the direction)"
        )
    entry = env.database.schema[model]
    for name, _ in terms:
        _check_sortable(name, entry, order, env)
    return terms


@lru_cache(maxsize=256)
def _split_order(order: str) -> tuple[Term, ...] | None:
    matches = [_ORDER.fullmatch(part) for part in order.split(",")]
    if not all(matches):
        return None
    return tuple((match[1], (match[2] or "").lower() == "desc") for match in matches if match)


def _check_sortable(name: str, entry: Model, order: str, env: Environment) -> None:
    field = entry.fields.get(name)
    if field is None:
        raise OdooFault.value_error(f"Invalid field {name!r} on model {entry.name!r}")
    stored = not field.computed and field.type not in ("one2many", "many2many")
    if not stored and env.version >= STRICT_SINCE and order != entry.order:
        raise OdooFault.value_error(f"Cannot convert {entry.name}.{name} to SQL because it is not stored")


def _sorted(rows: list[Row], terms: tuple[Term, ...], model: str, env: Environment) -> list[Row]:
    for name, descending in reversed(terms):
        rows = sorted(rows, key=_sort_key(name, rows, model, env), reverse=descending)
    return rows


def _sort_key(name: str, rows: list[Row], model: str, env: Environment) -> Callable[[Row], Any]:
    field = env.database.schema[model].fields[name]
    if field.type == "datetime":
        return lambda row: FOREVER if row[name] is False else row[name]
    if field.type == "many2one":
        ranks = _ranks({row[name] for row in rows if row[name]}, field.relation, env)
        return lambda row: ranks.get(row[name], FOREVER)
    if name == "display_name":
        shown = env.database.display_name
        return lambda row: shown(model, row["id"])
    if field.computed or field.type in ("one2many", "many2many"):
        return lambda row: 0  # such a field is left out of ORDER BY by the versions that accept it
    return lambda row: (row[name] is False, row[name])


def _ranks(ids: set[int], model: str, env: Environment) -> dict[int, int]:
    """Place related records by their own model's order, which is what ordering by a many2one means."""
    table, entry = env.database.tables[model].rows, env.database.schema[model]
    rows = [table[key] for key in sorted(ids) if key in table]
    ordered = _sorted(rows, order_terms(entry.order, model, env), model, env)
    return {row["id"]: place for place, row in enumerate(ordered)}
