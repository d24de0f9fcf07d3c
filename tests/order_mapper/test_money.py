from decimal import ROUND_HALF_UP, Decimal, getcontext, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_mapper import minor_units
from order_mapper.money import whole_or_fraction

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        (29950.0, 2995000),
        (59900.0, 5990000),
        (19.99, 1999),
        (0.29, 29),
        (1.005, 101),
        (-1.005, -101),
        (0.005, 1),
        (-0.005, -1),
        (0.0049, 0),
        (2.675, 268),
        (1.115, 112),
        (34490.48, 3449048),
        (0.0, 0),
        (-0.0, 0),
        (-0.29, -29),
        (1e-07, 0),
        (5e-324, 0),
        (1.5e-2, 2),
        (9007199254740993.0, 900719925474099200),
        (1e15, 10**17),
        (1e22, 10**24),
        (1e23, 10**25),  # the float lies below 10^23; what it prints as counts
        (1.5e300, 15 * 10**301),
        (7, 700),
        (-3, -300),
        (10**30, 10**32),
    ],
)
def test_an_amount_is_the_decimal_it_prints_as_in_hundredths(amount, cents):
    assert minor_units(amount) == cents


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), float("-inf")])
def test_no_amount_that_is_not_finite_has_minor_units(amount):
    with pytest.raises(ValueError):
        minor_units(amount)


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_every_amount_of_whole_cents_up_to_15_digits_comes_back(cents):
    assert minor_units(cents / 100) == cents


@given(FINITE)
def test_every_float_agrees_with_decimal_arithmetic_of_a_thousand_digits(amount):
    with localcontext() as context:
        context.prec = 1000
        exact = (Decimal(repr(amount)) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    assert minor_units(amount) == int(exact)


@given(FINITE)
def test_the_sign_makes_no_difference(amount):
    assert minor_units(-amount) == -minor_units(amount)


def test_the_callers_decimal_context_makes_no_difference():
    with localcontext() as context:
        context.prec = 2
        context.rounding = "ROUND_DOWN"
        assert minor_units(12345.675) == 1234568
        assert getcontext().prec == 2


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [
        (2.0, 2),
        (2.5, 2.5),
        (-3.0, -3),
        (0.0, 0),
        (-0.0, 0),
        (1e15, 10**15),
        (1e22, 10**22),
        (7, 7),
        (1e-07, 1e-07),
    ],
)
def test_a_quantity_is_an_integer_where_it_is_whole(quantity, shown):
    found = whole_or_fraction(quantity)
    assert (found, type(found)) == (shown, type(shown))


@given(FINITE)
def test_a_quantity_keeps_its_value_as_printed(quantity):
    assert Decimal(repr(whole_or_fraction(quantity))) == Decimal(repr(quantity))
