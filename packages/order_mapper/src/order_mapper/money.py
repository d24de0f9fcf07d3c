"""Money and quantities out of binary floats, exactly.

Odoo sends decimals as JSON numbers, and `int(19.99 * 100)` is 1998. A float stands for the decimal that it prints as
(the shortest one that reads back as the same float: what Odoo wrote into its answer), and the arithmetic is done on
that decimal.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

__all__ = ["INT64_MAX", "minor_units", "whole_or_fraction"]

INT64_MAX = 2**63 - 1
"""The payload's integers lie between its negative and this, so that every receiver's integer type holds them."""

_EXACT_FLOATS = 2.0**53
"""Below this, a whole float is the very integer that it prints as."""

_DECIMAL_FLOATS = 1e13
"""Below this, an amount of two decimal places has at most 15 digits, which is what every float keeps apart."""

_EXACT = Context(prec=40, rounding=ROUND_HALF_UP, traps=[])
"""A context of our own: the caller's precision and rounding must not reach the payload."""


def minor_units(value: float) -> int:
    """An amount in hundredths: the decimal that `value` prints as, times 100, half away from zero.

    19.99 is 1999, 0.29 is 29, 1.005 is 101, -1.005 is -101. Always times 100, whatever the currency. Exact for every
    finite number; raises `ValueError` for NaN and the infinities.
    """
    if isinstance(value, int):
        return value * 100
    if -_DECIMAL_FLOATS < value < _DECIMAL_FLOATS:
        nearest = round(value * 100)
        if (
            nearest / 100 == value
        ):  # a decimal of two places and at most 15 digits: a float prints as that very decimal
            return nearest
    return _rounded(Decimal(repr(value)).scaleb(2, _EXACT))


def whole_or_fraction(value: float) -> int | float:
    """A quantity: an integer where the number is whole, else the float itself. Raises `ValueError` unless finite."""
    if isinstance(value, int):
        return value
    if not value.is_integer():
        return value
    return int(value) if -_EXACT_FLOATS < value < _EXACT_FLOATS else _rounded(Decimal(repr(value)))


def _rounded(value: Decimal) -> int:
    if not value.is_finite():
        raise ValueError("not a finite number")
    return int(value.to_integral_value(ROUND_HALF_UP, _EXACT))
