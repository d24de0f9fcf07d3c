"""How a domain compares a datetime column: each condition as a half-open interval of moments.

This is the table that decides whether a poller loses orders. Until 18 the text goes to PostgreSQL, which compares it with
the hidden microseconds: nothing *equals* a whole second, and `> W` finds what was written in W again. From 19 on Odoo
rewrites the condition to whole seconds first. (Measured on 14.0 and 19.0; 15 to 18 by their source, which is 14's.)
"""

from __future__ import annotations

from dataclasses import dataclass

from odoo_rpc.testing.domain import STRICT_SINCE
from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.moments import DAY, SECOND, Parsed, parse_text

FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to just before `high`, in moments."""

    low: int
    high: int


def interval(operator: str, value: object, version: int) -> Interval:
    """Give the moments that `column <operator> value` admits; operators `=`, `<`, `<=`, `>` and `>=`.

    Raises:
        OdooFault: the text is no datetime, or from 19 on has a zone.
    """
    parsed = _parse(value, version)
    whole = version >= STRICT_SINCE
    moment = parsed.moment // SECOND * SECOND if whole else parsed.moment
    step = SECOND if whole else 1
    if parsed.bare_date and operator in (">", "<="):
        step = DAY if whole else DAY - SECOND + 1
    match operator:
        case "=":
            return Interval(moment, moment + step)
        case ">":
            return Interval(moment + step, FOREVER)
        case ">=":
            return Interval(moment, FOREVER)
        case "<":
            return Interval(-FOREVER, moment)
        case _:
            return Interval(-FOREVER, moment + step)


def _parse(value: object, version: int) -> Parsed:
    parsed = parse_text(value) if isinstance(value, str) else None
    if version < STRICT_SINCE:
        if parsed is None:
            raise OdooFault.database(
                "InvalidDatetimeFormat", f'invalid input syntax for type timestamp: "{value}"\n'
            )
        return parsed
    if parsed is None:
        raise OdooFault.value_error(_complaint(value))
    if parsed.zoned:
        raise OdooFault.value_error(f"expecting only datetimes with no timezone: {value!r}")
    return parsed


def _complaint(value: object) -> str:
    if value == "":
        return "Empty date value"
    if isinstance(value, str):
        return f"Invalid term {value!r} in expression date: {value!r}"
    return f"Failed to cast {value!r} into a datetime"
