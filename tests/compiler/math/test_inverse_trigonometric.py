"""Inverse sine, cosine and tangent: errors, NumPy's values and errors at the edges, and lanes."""

from __future__ import annotations

from itertools import product

import mpmath
import numpy as np
import pytest

import cobra
from cobra.compiler.math import inverse_trigonometric
from tests.compiler.math.trigonometric_measures import KINDS, agree, kernel, magnitudes, raised, worst_error

FUNCTIONS = {
    "arcsin": (mpmath.asin, np.arcsin, 1.0),
    "arccos": (mpmath.acos, np.arccos, 1.0),
    "arctan": (mpmath.atan, np.arctan, np.inf),
}
LIMIT = 1.1
EDGES = [0.0, 0.5, 1.0, np.nextafter(1.0, 0.0), 1.0000001, 2.0, 1e30, 3e38, 1e300, np.inf, np.nan, 1e-45, 1e-310, 1e-200, 1e-20]
PARTS = [0.0, 1.0, 3.0, 1e-30, 1e-40, 1e-300, 1e-310, 1e20, 1e30, 1e300, np.inf, np.nan]


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors(name: str, width: str) -> None:
    exact, _, bound = FUNCTIONS[name]
    kind = KINDS[width]
    even = np.random.default_rng(0).uniform(-1.5, 1.5, 1000).clip(-bound, bound).astype(kind)
    spread = magnitudes(kind, 1e-30, min(bound, float(np.finfo(kind).max)), 300)
    near_one = (1 - magnitudes(kind, 1e-7, 0.5, 300)).clip(-bound, bound).astype(kind)
    x = np.concatenate([even, spread, near_one])
    assert worst_error(kernel(inverse_trigonometric, f"{name}_{width}")(x), exact, x) < LIMIT


@pytest.mark.parametrize("width", KINDS)
def test_errors_of_arctan2(width: str) -> None:
    kind = KINDS[width]
    y, x = np.random.default_rng(0).uniform(-10, 10, (2, 1000)).astype(kind)
    largest = float(np.finfo(kind).max)
    all_y, all_x = (magnitudes(kind, 1 / largest, largest, 500, seed) for seed in (1, 2))
    # An angle below the least normal number is as NumPy rounds it.
    kept = np.log2(np.abs(all_y)) - np.log2(np.abs(all_x)) > np.finfo(kind).minexp + 1
    small = magnitudes(kind, 1e3 / largest, 1e4 / largest, 200)
    large = magnitudes(kind, largest / 1e3, largest / 2, 200)
    cases = [(y, x), (all_y[kept], all_x[kept]), (small, small[::-1]), (large, large[::-1])]
    for column_y, column_x in cases:
        results = kernel(inverse_trigonometric, f"arctan2_{width}")(column_y, column_x)
        assert worst_error(results, mpmath.atan2, column_y, column_x) < LIMIT


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_edges_are_numpys(name: str, width: str) -> None:
    _, numpy, _ = FUNCTIONS[name]
    with np.errstate(over="ignore", under="ignore"):
        values = [*np.array(EDGES).astype(KINDS[width]), *-np.array(EDGES).astype(KINDS[width])]
    for value in values:
        result, errors = raised(kernel(inverse_trigonometric, f"{name}_{width}"), value)
        expected, expected_errors = raised(numpy, value)
        assert agree(result, expected) and errors == expected_errors, value


@pytest.mark.parametrize("width", KINDS)
def test_edges_of_arctan2_are_numpys(width: str) -> None:
    with np.errstate(over="ignore", under="ignore"):
        parts = [*np.array(PARTS).astype(KINDS[width]), *-np.array(PARTS).astype(KINDS[width])]
    for y, x in product(parts, repeat=2):
        result, errors = raised(kernel(inverse_trigonometric, f"arctan2_{width}"), y, x)
        expected, expected_errors = raised(np.arctan2, y, x)
        assert agree(result, expected) and errors == expected_errors, (y, x)


def test_normal_results_do_not_underflow() -> None:
    x = np.array([1e-170, -1e-200, 2.5e-308])
    for name in ("arcsin", "arctan"):
        result, errors = raised(kernel(inverse_trigonometric, f"{name}_f64"), x, without="")
        assert (result == x).all() and errors == []
    result, errors = raised(kernel(inverse_trigonometric, "arctan2_f64"), x, np.array([1.0, -1e300, 1e5]) ** -1, without="")
    assert np.isfinite(result).all() and errors == []


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", [*FUNCTIONS, "arctan2"])
def test_they_run_in_lanes(name: str, width: str) -> None:
    assert cobra.inspect.metadata(kernel(inverse_trigonometric, f"{name}_{width}"))["loop"]["lanes"] >= 16
