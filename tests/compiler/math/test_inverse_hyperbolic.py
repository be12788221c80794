"""Inverse hyperbolic functions against extended precision and against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.compiler.math import inverse_hyperbolic
from tests.compiler.math.exponential_cases import EDGES, WIDTHS, arguments, differences, kernel_of, worst_error

_WIDE = np.finfo(np.longdouble).nmant >= 63
NAMES = ("arcsinh", "arccosh", "arctanh")
LARGE = {"f32": 3e38, "f64": 1.7e308}


def _arguments(name, width):
    kind = WIDTHS[width]
    limits = np.finfo(kind)
    near = np.exp2(np.random.default_rng(3).uniform(np.log2(float(limits.eps)), 1, 3000))
    if name == "arcsinh":
        return arguments(kind, [(-LARGE[width], LARGE[width]), (-10.0, 10.0), (-1.0, 1.0)])
    if name == "arccosh":
        return np.concatenate([arguments(kind, [(1.0, LARGE[width]), (1.0, 3.0), (1.0, 100.0)]), (1 + near).astype(kind)])
    below = (1 - near[near < 1]).astype(kind)
    return np.concatenate([arguments(kind, [(-0.999, 0.999), (-0.5, 0.5)]), below[below < 1], -below[below < 1]])


@pytest.mark.skipif(not _WIDE, reason="needs 80-bit long doubles")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_errors_stay_below_one_unit(name, width):
    x = _arguments(name, width)
    assert worst_error(kernel_of(inverse_hyperbolic, name, width)(x), getattr(np, name)(x.astype(np.longdouble))) <= 1.0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_edges_are_numpys(name, width):
    cases = [(value,) for value in EDGES]
    assert differences(kernel_of(inverse_hyperbolic, name, width), getattr(np, name), WIDTHS[width], cases) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_they_run_in_lanes(name, width):
    loop = cobra.inspect.metadata(kernel_of(inverse_hyperbolic, name, width))["loop"]
    assert loop["lanes"] and not loop["has_loops"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["arcsinh", "arctanh"])
def test_zeros_raise_nothing_at_all(name, width):
    x = np.array([0.0, -0.0, 0.5], WIDTHS[width])
    with np.errstate(all="raise"):
        got = kernel_of(inverse_hyperbolic, name, width)(x)[:2]
    assert np.array_equal(got, [0.0, 0.0]) and np.array_equal(np.signbit(got), [False, True])
