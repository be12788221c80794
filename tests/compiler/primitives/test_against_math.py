"""Primitives without a NumPy ufunc agree with Python's `math`, or with exact arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from cobra.compiler.ir.builder import constant
from cobra.compiler.primitives.table import TABLE
from cobra.types import ScalarType, bool_, complex64, complex128, float16, float32, float64, int8, int32, int64, uint64
from tests.compiler.primitives.native_code import Module, kernel, single
from tests.compiler.primitives.special_values import Array, close, grid, identical, scattered, special

FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.7, 1e-5, 20.0, -30.5, 1e10, 1e-300, math.inf, -math.inf, math.nan, 5e-324]
WHOLE = [0, 1, 2, 3, 5, 10, 20, 24, 25, 99, 2**31, 2**53 + 1, 3037000499**2, 3037000499**2 - 1, 2**63 - 1]


def run(name: str, types: tuple[ScalarType, ...], *columns: Array) -> tuple[Array, ...]:
    """Return the results of one primitive."""
    return Module([single(TABLE[name], types)], optimise=False).run(0, *columns).results


def known(function: Callable[..., float], *columns: Array) -> tuple[list[int], list[float]]:
    """Return the rows a function of `math` accepts, and its results there."""
    rows, results = [], []
    for row, values in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        try:
            results.append(function(*values))
            rows.append(row)
        except (ValueError, OverflowError):
            continue
    return rows, results


@pytest.mark.parametrize("name", ["erf", "erfc", "gamma", "lgamma", "ulp"])
def test_functions_of_one_float(name: str) -> None:
    numbers = np.concatenate([np.array(FLOATS), scattered(float64, 300, 7)])
    (got,) = run(name, (float64,), numbers)
    rows, wanted = known(getattr(math, name), numbers)
    assert len(rows) > 300
    right = close(got[rows], np.array(wanted), 0 if name == "ulp" else 16)
    if name == "lgamma":
        # Where it is nearly zero the two libraries lose different digits.
        with np.errstate(invalid="ignore"):
            right |= np.abs(got[rows] - wanted) < 1e-14
    assert right.all()


def test_functions_of_floats_take_integers_as_numpy_does() -> None:
    assert TABLE["erf"].rule((int8,)).results == (float16,)
    assert TABLE["erf"].rule((int64,)).results == (float64,)


def test_remainder_of_ieee() -> None:
    columns = grid([np.array(FLOATS), np.array(FLOATS)])
    (got,) = run("ieee_remainder", (float64, float64), *columns)
    rows, wanted = known(math.remainder, *columns)
    assert len(rows) > 150
    assert identical(got[rows], np.array(wanted)).all()


@pytest.mark.parametrize("kind", [float32, float64], ids=str)
def test_fma_rounds_once(kind: ScalarType) -> None:
    a, b, c = (scattered(kind, 500, seed) for seed in (1, 2, 3))
    c[:250] = -(a * b)[:250]
    (got,) = run("fma", (kind,) * 3, a, b, c)
    exact = [Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z)) for x, y, z in zip(a, b, c, strict=True)]
    # A fraction becomes a float64 with one rounding; the detour through it is harmless where float32 is far from a tie.
    wanted = np.array([float(value) for value in exact]).astype(kind.dtype)
    assert close(got, wanted, 0 if kind == float64 else 1).all()
    assert (got != a * b + c).any()


@pytest.mark.parametrize(("name", "count"), [("isqrt", 1), ("factorial", 1), ("perm", 2), ("comb", 2)])
@pytest.mark.parametrize("kind", [int64, uint64], ids=str)
def test_whole_numbers(name: str, count: int, kind: ScalarType) -> None:
    small = [number for number in WHOLE if number < 100] + [62, 63, 66]
    columns = grid([np.array(WHOLE if name == "isqrt" else small, kind.dtype)] * count)
    exact = [getattr(math, name)(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    fits = [row for row, number in enumerate(exact) if number <= np.iinfo(kind.dtype).max]
    (got,) = run(name, (kind,) * count, *(column[fits] for column in columns))
    assert len(fits) >= len(columns[0]) // 3
    assert got.tolist() == [exact[row] for row in fits]


def test_a_factorial_that_does_not_fit_wraps() -> None:
    (got,) = run("factorial", (int64,), np.array([25]))
    assert got[0] == (math.factorial(25) + 2**63) % 2**64 - 2**63


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("isqrt", (-1,), r"isqrt\(\) argument must be nonnegative"),
        ("factorial", (-1,), r"factorial\(\) not defined for negative values"),
        ("perm", (-1, 2), "n must be a non-negative integer"),
        ("comb", (3, -2), "k must be a non-negative integer"),
        ("power", (2, -1), "^Integers to negative integer powers are not allowed.$"),
    ],
)
def test_what_is_refused(name: str, arguments: tuple[int, ...], message: str) -> None:
    module = Module([single(TABLE[name], (int64,) * len(arguments))], optimise=False)
    with pytest.raises(ValueError, match=message):
        module.run(0, *(np.array([argument]) for argument in arguments))


@pytest.mark.parametrize("kind", [int32, float16, float32, float64, complex128], ids=str)
@pytest.mark.parametrize("decimals", [0, 1, 2, -1, -2])
def test_round_to_decimals(kind: ScalarType, decimals: int) -> None:
    numbers = scattered(kind, 200, 3)
    places = np.full(len(numbers), decimals)
    with np.errstate(all="ignore"):
        wanted = np.round(numbers, decimals)
    (got,) = run("round", (kind, int64), numbers, places)
    assert identical(got, wanted).all()


def test_round_to_whole_numbers() -> None:
    numbers = special(float64)
    assert identical(run("round", (float64,), numbers)[0], np.rint(numbers)).all()


@pytest.mark.parametrize("kind", [int8, float16, float64, complex64, bool_], ids=str)
def test_select(kind: ScalarType) -> None:
    yes, no = scattered(kind, 50, 1), scattered(kind, 50, 2)
    condition = scattered(bool_, 50, 3)
    for lanes in (None, 8):
        module = Module([single(TABLE["select"], (bool_, kind, kind))], lanes=lanes, optimise=False)
        assert identical(module.run(0, condition, yes, no).results[0], np.where(condition, yes, no)).all()


def test_parts_of_complex_numbers() -> None:
    numbers = special(complex64)
    made = kernel((complex64,), lambda build, given: [build(TABLE["imag"], given[0]), build(TABLE["real"], given[0])])
    first, second = Module([made], optimise=False).run(0, numbers).results
    assert identical(first, numbers.imag).all() and identical(second, numbers.real).all()
    assert identical(run("make_complex", (float32, float32), second, first)[0], numbers).all()


@pytest.mark.parametrize(("name", "wanted"), [("real", [5, -3]), ("imag", [0, 0])])
def test_parts_of_real_numbers(name: str, wanted: list[int]) -> None:
    assert run(name, (int32,), np.array([5, -3], np.int32))[0].tolist() == wanted


@pytest.mark.parametrize("exponent", [-1.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0])
@pytest.mark.parametrize("kind", [float32, float64, complex128], ids=str)
def test_powers_with_a_known_exponent(kind: ScalarType, exponent: float) -> None:
    numbers = scattered(kind, 100, 5)
    made = kernel((kind,), lambda build, given: [build(TABLE["power"], given[0], constant(exponent, kind))])
    with np.errstate(all="ignore"):
        wanted = np.power(numbers, kind.dtype.type(exponent))
    assert close(Module([made], optimise=False).run(0, numbers).results[0], wanted, 16).all()


@pytest.mark.parametrize("exponent", [0, 1, 2, 7, 64])
def test_integer_powers_with_a_known_exponent(exponent: int) -> None:
    numbers = special(int32)
    made = kernel((int32,), lambda build, given: [build(TABLE["power"], given[0], constant(exponent, int32))])
    assert (Module([made], lanes=8).run(0, numbers).results[0] == np.power(numbers, np.int32(exponent))).all()
