"""The logistic function, softplus and logarithms of sums of exponentials against extended precision and against NumPy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import cobra
from cobra.compiler.math import logistic
from tests.compiler.math.exponential_cases import WIDTHS, arguments, differences, kernel_of, value_and_errors, worst_error

_WIDE = np.finfo(np.longdouble).nmant >= 63
RANGES = {"f32": [(-104.0, 40.0), (-5.0, 5.0)], "f64": [(-746.0, 80.0), (-5.0, 5.0)]}
PAIRS = list(product((0.0, -0.0, 1.0, -1.0, 100.0, -1e30, 1e30, 1e-40, 3e38, -3e38, np.inf, -np.inf, np.nan), repeat=2))


def _exact(name, x):
    wide = x.astype(np.longdouble)
    falling = np.exp(-np.abs(wide))
    if name == "logistic":
        return np.where(wide < 0, falling, 1) / (1 + falling)
    return np.maximum(wide, 0) + np.log1p(falling)


@pytest.mark.skipif(not _WIDE, reason="needs 80-bit long doubles")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["logistic", "softplus"])
def test_errors_stay_about_one_unit(name, width):
    x = arguments(WIDTHS[width], RANGES[width])
    with np.errstate(all="ignore"):
        assert worst_error(kernel_of(logistic, name, width)(x), _exact(name, x)) <= 1.05


@pytest.mark.parametrize("width", WIDTHS)
def test_edges_raise_nothing(width):
    kind = WIDTHS[width]
    for name, cases in {
        "logistic": {np.inf: 1, -np.inf: 0, 0.0: 0.5, 1e4: 1, -1e4: 0, 1e-40: 0.5, np.nan: np.nan},
        "softplus": {np.inf: np.inf, -np.inf: 0, 0.0: np.log(kind(2)), 1e4: 1e4, -1e4: 0, np.nan: np.nan},
    }.items():
        for value, expected in cases.items():
            result, errors = value_and_errors(kernel_of(logistic, name, width), kind(value))
            assert np.array_equal(result, kind(expected), equal_nan=True) and errors == [], (name, value)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["logaddexp", "logaddexp2"])
def test_sums_are_as_exact_as_their_larger_operand(name, width):
    kind = WIDTHS[width]
    rng = np.random.default_rng(5)
    x, y = (np.concatenate([rng.uniform(-scale, scale, 3000) for scale in (1, 5, 60)]).astype(kind) for _ in range(2))
    exact = getattr(np, name)(x.astype(np.longdouble), y.astype(np.longdouble))
    unit = np.spacing(np.maximum(np.abs(exact), np.maximum(np.abs(np.maximum(x, y)), 0.5)).astype(kind))
    assert np.max(np.abs(kernel_of(logistic, name, width)(x, y) - exact) / unit) <= 1.0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["logaddexp", "logaddexp2"])
def test_edges_of_sums_are_numpys(name, width):
    assert differences(kernel_of(logistic, name, width), getattr(np, name), WIDTHS[width], PAIRS) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["logistic", "softplus", "logaddexp", "logaddexp2"])
def test_they_run_in_lanes(name, width):
    loop = cobra.inspect.metadata(kernel_of(logistic, name, width))["loop"]
    assert loop["lanes"] and not loop["has_loops"]
