"""Hyperbolic functions against extended precision and against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.compiler.math import hyperbolic, hyperbolic_tangent
from tests.compiler.math.exponential_cases import EDGES, WIDTHS, arguments, differences, kernel_of, worst_error

_WIDE = np.finfo(np.longdouble).nmant >= 63
MODULES = {"sinh": hyperbolic, "cosh": hyperbolic, "tanh": hyperbolic_tangent}
RANGES = {
    "sinh": {"f32": [(-89.4, 89.4), (-3.0, 3.0), (-0.8, 0.8)], "f64": [(-710.4, 710.4), (-3.0, 3.0), (-0.8, 0.8)]},
    "cosh": {"f32": [(-89.4, 89.4), (-10.0, 10.0)], "f64": [(-710.4, 710.4), (-20.0, 20.0)]},
    "tanh": {"f32": [(-10.0, 10.0), (7.9, 9.3), (-1.0, 1.0)], "f64": [(-20.0, 20.0), (18.0, 19.5), (-1.0, 1.0)]},
}


@pytest.mark.skipif(not _WIDE, reason="needs 80-bit long doubles")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RANGES)
def test_errors_stay_near_one_unit(name, width):
    x = arguments(WIDTHS[width], RANGES[name][width])
    bound = 1.05 if (name, width) == ("tanh", "f64") else 1.0
    assert worst_error(kernel_of(MODULES[name], name, width)(x), getattr(np, name)(x.astype(np.longdouble))) <= bound


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RANGES)
def test_edges_are_numpys(name, width):
    cases = [(value,) for value in EDGES]
    assert differences(kernel_of(MODULES[name], name, width), getattr(np, name), WIDTHS[width], cases) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RANGES)
def test_they_run_in_lanes(name, width):
    loop = cobra.inspect.metadata(kernel_of(MODULES[name], name, width))["loop"]
    assert loop["lanes"] and not loop["has_loops"]


@pytest.mark.parametrize("width", WIDTHS)
def test_odd_and_even(width):
    x = arguments(WIDTHS[width], [(0.0, 50.0)])
    for name, sign in [("sinh", -1), ("cosh", 1), ("tanh", -1)]:
        kernel = kernel_of(MODULES[name], name, width)
        assert np.array_equal(kernel(-x), sign * kernel(x))


@pytest.mark.parametrize("width", WIDTHS)
def test_tanh_grows_to_one(width):
    x = np.linspace(7, 20, 20001, dtype=WIDTHS[width])
    y = kernel_of(hyperbolic_tangent, "tanh", width)(x)
    assert np.all(np.diff(y) >= 0) and y[-1] == 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RANGES)
def test_zeros_raise_nothing_at_all(name, width):
    x = np.array([0.0, -0.0, 1.0], WIDTHS[width])
    with np.errstate(all="raise"):
        assert np.array_equal(kernel_of(MODULES[name], name, width)(x)[:2], getattr(np, name)(x[:2]))


@pytest.mark.parametrize("cpu", ["generic", "x86-64-v3"])
@pytest.mark.parametrize("width", WIDTHS)
def test_tanh_is_the_same_on_other_processors(width, cpu):
    x = arguments(WIDTHS[width], [(-20.0, 20.0), (-1.0, 1.0)])[::50]
    here = kernel_of(hyperbolic_tangent, "tanh", width)(x)
    with cobra.config.options(target_cpu=cpu):
        kernel = cobra.ufunc(getattr(hyperbolic_tangent, f"tanh_{width}"), name=f"tanh_for_{cpu.replace('-', '_')}")
        assert np.array_equal(kernel(x), here)
