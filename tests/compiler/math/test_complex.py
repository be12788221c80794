"""Complex functions: errors of either part, values, signs and errors at the edges as NumPy has them, lanes, and their use in kernels."""

from __future__ import annotations

import importlib
from typing import Any

import mpmath
import numpy as np
import pytest

import cobra
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
            errors = [part_error(part, wanted) for part, wanted in zip(parts, (exact.real, exact.imag), strict=True)]
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
