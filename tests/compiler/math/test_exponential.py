"""Exponentials against extended precision and against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.compiler.math import exponential
from tests.compiler.math.exponential_cases import EDGES, WIDTHS, arguments, differences, kernel_of, value_and_errors, worst_error

_WIDE = np.finfo(np.longdouble).nmant >= 63
RANGES = {
    "exp": {"f32": [(-104.0, 88.72), (-2.0, 2.0)], "f64": [(-746.0, 709.78), (-2.0, 2.0)]},
    "exp2": {"f32": [(-151.0, 128.0), (-2.0, 2.0)], "f64": [(-1076.0, 1024.0), (-2.0, 2.0)]},
    "exp10": {"f32": [(-46.0, 38.53), (-1.0, 1.0)], "f64": [(-325.0, 308.25), (-1.0, 1.0)]},
    "expm1": {"f32": [(-20.0, 88.72), (-2.0, 2.0), (-0.6, 0.6)], "f64": [(-40.0, 709.78), (36.9, 37.4), (-2.0, 2.0), (-0.6, 0.6)]},
}


def _exact(name, x):
    wide = x.astype(np.longdouble)
    return np.power(np.longdouble(10), wide) if name == "exp10" else getattr(np, name)(wide)


@pytest.mark.skipif(not _WIDE, reason="needs 80-bit long doubles")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RANGES)
def test_errors_stay_about_one_unit(name, width):
    x = arguments(WIDTHS[width], RANGES[name][width])
    with np.errstate(all="ignore"):
        assert worst_error(kernel_of(exponential, name, width)(x), _exact(name, x)) <= 1.05


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["exp", "exp2", "expm1"])
def test_edges_are_numpys(name, width):
    cases = [(value,) for value in EDGES]
    assert differences(kernel_of(exponential, name, width), getattr(np, name), WIDTHS[width], cases) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_edges_of_exp10(width):
    kernel, kind = kernel_of(exponential, "exp10", width), WIDTHS[width]
    for value, expected, errors in [
        (0.0, 1.0, []),
        (-np.inf, 0.0, []),
        (np.inf, np.inf, []),
        (np.nan, np.nan, []),
        (400.0, np.inf, ["overflow"]),
        (-400.0, 0.0, []),
    ]:
        result, seen = value_and_errors(kernel, kind(value))
        assert np.array_equal(result, expected, equal_nan=True) and seen == errors, value


def test_powers_of_ten_are_exact():
    exponents = np.arange(0, 23)
    powers = kernel_of(exponential, "exp10", "f64")(exponents.astype(np.float64))
    assert [int(power) for power in powers] == [10 ** int(n) for n in exponents]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RANGES)
def test_they_run_in_lanes(name, width):
    loop = cobra.inspect.metadata(kernel_of(exponential, name, width))["loop"]
    assert loop["lanes"] and not loop["has_loops"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RANGES)
def test_rare_lanes_leave_the_others_alone(name, width):
    kernel, kind = kernel_of(exponential, name, width), WIDTHS[width]
    usual = np.linspace(-3, 3, 64, dtype=kind)
    mixed = usual.copy()
    mixed[::3] = np.resize(np.array([np.nan, np.inf, -np.inf, -1e4, 1e-45], kind), mixed[::3].shape)
    with np.errstate(all="ignore"):
        result = kernel(mixed)
    kept = np.ones(64, bool)
    kept[::3] = False
    assert np.array_equal(result[kept], kernel(usual)[kept])
