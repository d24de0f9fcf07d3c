"""A domain compiled to one function that says of a row whether it matches, as PostgreSQL would.

NULL is `False` here. A comparison with an empty column is never true, `!=` and `not in` count empty columns in, and
a condition on a to-many field or a dotted path asks whether *some* related record fulfils it.
"""

from __future__ import annotations

import operator as python
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from odoo_rpc.testing.domain import STRICT_SINCE, All, Either, Leaf, Node, Not, parse
from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.intervals import interval
from odoo_rpc.testing.moments import moment_text
from odoo_rpc.testing.table import Row

if TYPE_CHECKING:
    from odoo_rpc.testing.environment import Environment
    from odoo_rpc.testing.schema import Field

Test = Callable[[Row], bool]
ValueTest = Callable[[Any], bool]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_TO_MANY = ("one2many", "many2many")
_LARGEST = 2**31 - 1


def compiled(node: Node, model: str, env: Environment) -> Test:
    """Compile a domain of `model` for one user and context."""
    match node:
        case Leaf():
            return _leaf(node, model, env)
        case Not(child):
            test = compiled(child, model, env)
            return lambda row: not test(row)
        case All(children):
            return _all([compiled(child, model, env) for child in children])
        case Either(children):
            tests = [compiled(child, model, env) for child in children]
            return lambda row: any(test(row) for test in tests)


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def every(row: Row) -> bool:
        for test in tests:  # noqa: SIM110 - a loop is twice as fast as all() here, and this runs for every candidate
            if not test(row):
                return False
        return True

    return every


def _leaf(leaf: Leaf, model: str, env: Environment) -> Test:
    name, _, rest = leaf.path.partition(".")
    field = env.database.schema[model].fields.get(name)
    if field is None:
        kind = "condition" if env.version >= STRICT_SINCE else "leaf"
        raise OdooFault.value_error(
            f"Invalid field {model}.{name} in {kind} {(leaf.path, leaf.operator, leaf.value)!r}"
        )
    env.check_field(model, field)
    if leaf.operator == "=?":
        if _is_null(leaf.value):
            return lambda row: True
        leaf = Leaf(leaf.path, "=", leaf.value)
    if rest:
        return _related(field, env, compiled(Leaf(rest, leaf.operator, leaf.value), field.relation, env))
    if leaf.operator in ("any", "not any"):
        test = _related(field, env, compiled(parse(leaf.value, env.version), field.relation, env))
        return test if leaf.operator == "any" else lambda row: not test(row)
    if field.type in _TO_MANY:
        return _to_many(field, leaf, env)
    return _scalar(field, leaf, model, env)


def _related(field: Field, env: Environment, test: Test) -> Test:
    if not field.relation:
        raise OdooFault.value_error(f"Invalid field {field.name!r} in a path: it leads to no other model")
    rows, name = env.database.tables[field.relation].rows, field.name
    if field.type in _TO_MANY:
        return lambda row: any(test(rows[key]) for key in row[name] if key in rows)
    return lambda row: bool(row[name]) and row[name] in rows and test(rows[row[name]])


def _to_many(field: Field, leaf: Leaf, env: Environment) -> Test:
    name, negative = field.name, leaf.operator in ("!=", "not in", "not like", "not ilike")
    if leaf.operator.endswith("like"):
        like = _value_test("char", leaf.operator.removeprefix("not "), leaf.value, env.version)
        shown = env.database.display_name
        return lambda row: any(like(shown(field.relation, key)) for key in row[name]) is not negative
    if _is_null(leaf.value):
        return lambda row: bool(row[name]) is negative
    wanted = set(leaf.value if isinstance(leaf.value, list) else [leaf.value])
    return lambda row: (not wanted.isdisjoint(row[name])) is not negative


def _scalar(field: Field, leaf: Leaf, model: str, env: Environment) -> Test:
    name = field.name
    kind = field.type
    by_name = kind == "many2one" and (leaf.operator.endswith("like") or isinstance(leaf.value, str))
    test = _value_test("char" if by_name else kind, leaf.operator, leaf.value, env.version)
    if by_name:
        shown = env.database.display_name
        return lambda row: test(shown(field.relation, row[name]) if row[name] else False)
    if field.computed:
        compute = env.database.computed
        return lambda row: test(compute(model, name, row, env))
    return lambda row: test(row[name])


def _value_test(kind: str, operator: str, value: Any, version: int) -> ValueTest:
    match operator:
        case "!=" | "not in" | "not like" | "not ilike":
            positive = _value_test(
                kind, {"!=": "="}.get(operator, operator.removeprefix("not ")), value, version
            )
            return lambda have: not positive(have)
        case "in":
            return _in(kind, value if isinstance(value, list) else [value], version)
        case "=" if isinstance(value, list):
            return _in(kind, value, version)
        case "=" if _is_null(value):
            return lambda have: have is False
        case "like" | "ilike" | "=like" | "=ilike":
            return _like(kind, operator, value)
        case _ if kind == "datetime":
            return _datetime(operator, value, version)
        case "=":
            wanted = _coerced(kind, value, version, loose=version < STRICT_SINCE)
            return lambda have: have is not False and have == wanted
        case _:
            return _ordered(kind, operator, value, version)


def _is_null(value: Any) -> bool:
    return value is None or value is False


def _datetime(operator: str, value: Any, version: int) -> ValueTest:
    if _is_null(value):
        return lambda have: False
    within = interval(operator, value, version)
    low, high = within.low, within.high
    return lambda have: have is not False and low <= have < high


def _ordered(kind: str, operator: str, value: Any, version: int) -> ValueTest:
    if _is_null(value):
        return lambda have: False
    wanted = _coerced(kind, value, version, loose=True)
    compare = _COMPARE[operator]
    return lambda have: have is not False and compare(have, wanted)


def _in(kind: str, values: list[Any], version: int) -> ValueTest:
    empty = any(_is_null(value) for value in values)
    given = [value for value in values if not _is_null(value)]
    if kind == "datetime":
        tests = [_datetime("=", value, version) for value in given]
        return lambda have: (have is False and empty) or any(test(have) for test in tests)
    wanted = {_coerced(kind, value, version, loose=version < STRICT_SINCE) for value in given}
    return lambda have: empty if have is False else have in wanted


def _coerced(kind: str, value: Any, version: int, *, loose: bool) -> Any:
    """Cast a value as PostgreSQL does for the old versions; `loose` is what the newer ones no longer do for `=`."""
    if kind in ("integer", "many2one") and isinstance(value, str) and loose:
        if not value.lstrip("-").isdigit():
            raise OdooFault.database(
                "InvalidTextRepresentation", f'invalid input syntax for type integer: "{value}"\n'
            )
        value = int(value)
    elif kind in ("float", "monetary") and isinstance(value, str) and loose:
        value = float(value)
    if (
        kind in ("integer", "many2one")
        and isinstance(value, int)
        and abs(value) > _LARGEST
        and version < STRICT_SINCE
    ):
        raise OdooFault.database(
            "NumericValueOutOfRange", f'value "{value}" is out of range for type integer\n'
        )
    return tuple(value) if isinstance(value, list) else value


def _like(kind: str, operator: str, value: Any) -> ValueTest:
    pattern = _pattern(str(value), wrapped=not operator.startswith("="), blind="ilike" in operator)

    def matches(have: Any) -> bool:
        if have is False:
            return False
        text = moment_text(have) if kind == "datetime" else str(have)
        return pattern.fullmatch(text) is not None

    return matches


@lru_cache(maxsize=256)
def _pattern(text: str, *, wrapped: bool, blind: bool) -> re.Pattern[str]:
    parts = re.findall(r"\\.|%|_|[^\\%_]+|\\", text, re.DOTALL)
    body = "".join(_piece(part) for part in parts)
    return re.compile(f".*{body}.*" if wrapped else body, re.DOTALL | (re.IGNORECASE if blind else 0))


def _piece(part: str) -> str:
    match part:
        case "%":
            return ".*"
        case "_":
            return "."
        case _:
            return re.escape(part.removeprefix("\\") if len(part) > 1 else part)
