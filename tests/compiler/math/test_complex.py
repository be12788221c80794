"""Complex functions: errors of either part, values, signs and errors at the edges as NumPy has them, lanes, and their use in kernels."""

from __future__ import annotations

import importlib
from typing import Any

import mpmath
import numpy as np
import pytest

import cobra
from cobra.compiler.math import complex_power
from tests.compiler.math.complex_cases import CASES, GRID, Case, points
from tests.compiler.math.trigonometric_measures import kernel, raised

POINTS = points(25)
NAMES = [case.name for case in CASES]


def made(case: Case) -> Any:
    """Return the kernel of a case, from two parts to two parts."""
    return kernel(importlib.import_module(f"cobra.compiler.math.{case.module}"), f"{case.name}_f64")


def part_error(result: float, exact: Any) -> float:
    """Return the error of one part in units in the last place; a number beyond the range may be infinite."""
    if abs(exact) >= mpmath.mpf(2) ** 1024:
        return 0.0 if np.isinf(result) and (result > 0) == (exact > 0) else np.inf
    exponent = max(int(mpmath.floor(mpmath.log(abs(exact), 2))), -1022) if exact else -1022
    return float(abs(mpmath.mpf(result) - exact) / mpmath.mpf(2) ** (exponent - 52))


def agree(result: float, expected: float) -> bool:
    """Tell whether a part is NumPy's but for its last bits, which NumPy does not always have right."""
    if np.isnan(expected):
        return bool(np.isnan(result))
    if expected == 0.0 or np.isinf(expected):
        return bool(result == expected and np.signbit(result) == np.signbit(expected))
    return bool(abs(result - expected) <= 8 * np.spacing(abs(expected)))


@pytest.mark.parametrize("where", POINTS)
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_errors_of_both_parts(case: Case, where: str) -> None:
    x, y = POINTS[where]
    with np.errstate(all="ignore"):
        rows = list(zip(x.tolist(), y.tolist(), *(part.tolist() for part in made(case)(x, y)), strict=True))
    with mpmath.workprec(case.precision):
        for first, second, *parts in rows:
            exact = case.exact(mpmath.mpc(first, second))
            # Of numbers on the axes mpmath does not know on which side of a cut they are.
            wanted = (abs(exact.real), abs(exact.imag)) if first == 0.0 or second == 0.0 else (exact.real, exact.imag)
            given = map(abs, parts) if first == 0.0 or second == 0.0 else parts
            errors = [part_error(part, value) for part, value in zip(given, wanted, strict=True)]
            assert max(errors) < case.limit, (first, second, errors)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_edges_are_numpys(case: Case) -> None:
    function = made(case)
    for x, y in GRID:
        parts, errors = raised(function, x, y)
        expected, expected_errors = raised(case.numpy, np.array([complex(x, y)]))
        assert agree(parts[0], expected[0].real) and agree(parts[1], expected[0].imag), (x, y, parts, expected)
        assert errors == expected_errors, (x, y)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_they_run_in_lanes(case: Case) -> None:
    assert cobra.inspect.metadata(made(case))["loop"]["lanes"] >= 8


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_rare_numbers_leave_their_neighbours_alone(case: Case) -> None:
    x, y = np.linspace(-3, 3, 97), np.linspace(2, -5, 97)
    mixed = x.copy()
    mixed[::7] = 1e290
    rare = np.zeros(97, bool)
    rare[::7] = True
    with np.errstate(all="ignore"):
        alone, among = np.array(made(case)(x, y)), np.array(made(case)(mixed, y))
    assert (among[:, ~rare] == alone[:, ~rare]).all()


def test_kernels_use_them_for_both_widths() -> None:
    @cobra.ufunc(types=["F->F", "D->D"])
    def wave(z):  # type: ignore[no-untyped-def]
        return np.exp(z) + np.tanh(z)

    z = np.linspace(-3, 3, 50) + 1j * np.linspace(5, -1, 50)
    assert cobra.inspect.metadata(wave)["loop"]["lanes"] >= 8
    np.testing.assert_allclose(wave(z), np.exp(z) + np.tanh(z), rtol=1e-15)
    np.testing.assert_allclose(wave(z.astype(np.complex64)), (np.exp(z) + np.tanh(z)).astype(np.complex64), rtol=1e-6)


@pytest.mark.parametrize(("size", "exponent"), [(1.2, 3.0), (1e3, 3.0), (1e-3, 2.0), (1.0, 30.0)])
def test_errors_of_powers_grow_with_the_exponent(size: float, exponent: float) -> None:
    random = np.random.default_rng(5)
    a, b, c, d = (random.normal(size=100) * scale for scale in (size, size, exponent, exponent))
    first, second = kernel(complex_power, "cpow_f64")(a, b, c, d)
    with mpmath.workprec(250):
        for z, base, power in zip(first + 1j * second, a + 1j * b, c + 1j * d, strict=True):
            exact = mpmath.power(mpmath.mpc(base), mpmath.mpc(power))
            growth = 4 + 0.25 * float(abs(mpmath.mpc(power) * mpmath.log(mpmath.mpc(base))))
            assert abs(mpmath.mpc(z) - exact) < growth * 2.0**-53 * abs(exact), (base, power)


EDGES_OF_POWERS = [
    (1.0, 2.0, np.inf, 0.5),
    (0.5, -0.25, np.inf, 1.0),
    (np.inf, 1.0, 0.5, 0.5),
    (0.0, -np.inf, -2.5, 1.0),
    (np.nan, 1.0, 0.5, 2.5),
    (1e300, 1e300, 2.5, -0.5),
    (1e-300, -1e-300, 2.5, 1e300),
    (-1.0, 0.0, 0.5, 0.0),
]


@pytest.mark.parametrize("parts", EDGES_OF_POWERS)
def test_powers_at_the_edges_are_numpys(parts: tuple[float, float, float, float]) -> None:
    a, b, c, d = parts
    results, errors = raised(kernel(complex_power, "cpow_f64"), *parts)
    expected, expected_errors = raised(np.power, np.array([complex(a, b)]), np.array([complex(c, d)]))
    for result, wanted in zip(results, (expected[0].real, expected[0].imag), strict=True):
        assert agree(result, wanted) or abs(result - wanted) < 1e-13 * abs(expected[0])
    assert errors == expected_errors


def test_powers_run_in_lanes() -> None:
    assert cobra.inspect.metadata(kernel(complex_power, "cpow_f64"))["loop"]["lanes"] >= 8


def test_the_c_library_instead() -> None:
    def root(z: complex) -> complex:
        return np.sqrt(z)

    own, libm = cobra.ufunc(root), cobra.ufunc(root, math="libm")
    assert "@csqrt(" in cobra.inspect.llvm(libm) and "@csqrt(" not in cobra.inspect.llvm(own)
    z = np.linspace(-2, 3, 40) + 1j * np.linspace(1, -1, 40)
    np.testing.assert_allclose(own(z), libm(z), rtol=1e-15)
