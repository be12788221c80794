"""Errors, edges and warnings of the gamma function, its logarithm and digamma."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest

from cobra.compiler.math import digamma, gamma
from tests.compiler.math.special_accuracy import kernel, result_and_errors, same, worst_error

KERNELS = {
    "gamma_f32": kernel(gamma.gamma_f32),
    "gamma_f64": kernel(gamma.gamma_f64),
    "lgamma_f32": kernel(gamma.lgamma_f32),
    "lgamma_f64": kernel(gamma.lgamma_f64),
    "digamma_f32": kernel(digamma.digamma_f32),
    "digamma_f64": kernel(digamma.digamma_f64),
}
TYPES: dict[str, Any] = {"f32": np.float32, "f64": np.float64}


def log_of_magnitude(x: Any) -> Any:
    return mp.loggamma(x) if x > 0 else mp.log(abs(mp.gamma(x)))


EXACT = {"gamma": mp.gamma, "lgamma": log_of_magnitude, "digamma": mp.digamma}


@pytest.mark.parametrize(
    ("name", "low", "high", "bound"),
    [
        ("gamma_f64", 0.0, 12.0, 0.6),
        ("gamma_f64", 10.0, 171.6, 0.6),
        ("gamma_f64", -12.0, 0.0, 0.8),
        ("gamma_f64", -184.0, -10.0, 0.8),
        ("gamma_f64", -1e-5, 1e-5, 1.2),
        ("gamma_f32", -40.0, 35.0, 0.51),
        ("lgamma_f64", 0.0, 0.81, 0.8),
        ("lgamma_f64", 0.79, 2.3, 0.9),
        ("lgamma_f64", 2.2, 1e4, 0.8),
        ("lgamma_f64", 1e15, 1e17, 0.9),
        ("lgamma_f64", 1e300, 2e305, 0.6),
        ("lgamma_f64", 0.0, 1e-305, 0.6),
        ("lgamma_f64", -400.0, -10.0, 0.6),
        ("lgamma_f32", -8.0, 40.0, 0.51),
        ("lgamma_f32", 0.0, 1e-38, 0.51),
        ("lgamma_f32", 0.99998, 1.00002, 0.51),
        ("lgamma_f32", 1.99995, 2.00005, 0.51),
        ("digamma_f64", 0.0, 1.4, 0.6),
        ("digamma_f64", 1.39, 1.54, 0.6),
        ("digamma_f64", 1.52, 1e3, 0.6),
        ("digamma_f64", 1e10, 1e300, 0.6),
        ("digamma_f32", -8.0, 40.0, 0.51),
    ],
)
def test_errors_are_bounded(name: str, low: float, high: float, bound: float) -> None:
    function, kind = name.split("_")
    numbers = np.random.default_rng(5).uniform(low, high, 500).astype(TYPES[kind])
    error, where = worst_error(KERNELS[name], EXACT[function], numbers)
    assert error <= bound, where


@pytest.mark.parametrize(("name", "bound"), [("lgamma_f64", 2.0**-53), ("digamma_f64", 2.0**-50)])
def test_errors_near_negative_zeros_are_bounded_in_absolute_terms(name: str, bound: float) -> None:
    numbers = np.random.default_rng(6).uniform(-10.0, -2.0, 1500)
    fractions = np.abs(numbers - np.rint(numbers))
    numbers = numbers[fractions > 0.02]
    exact = EXACT[name.split("_")[0]]
    with mp.workprec(160):
        for got, number in zip(KERNELS[name](numbers).tolist(), numbers.tolist(), strict=True):
            value = exact(mp.mpf(number))
            assert abs(got - value) <= bound + 2.0**-53 * abs(value), number


@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize(
    ("function", "number", "value", "errors"),
    [
        ("gamma", 0.0, np.inf, {"divide by zero"}),
        ("gamma", -0.0, -np.inf, {"divide by zero"}),
        ("gamma", -1.0, np.nan, {"invalid value"}),
        ("gamma", -3e38, np.nan, {"invalid value"}),
        ("gamma", -np.inf, np.nan, {"invalid value"}),
        ("gamma", np.inf, np.inf, set()),
        ("gamma", np.nan, np.nan, set()),
        ("gamma", 1.0, 1.0, set()),
        ("gamma", 5.0, 24.0, set()),
        ("gamma", 172.0, np.inf, {"overflow"}),
        ("gamma", 3e38, np.inf, {"overflow"}),
        ("gamma", -1e-40, -1e40, set()),
        ("gamma", -200.5, -0.0, set()),
        ("gamma", -201.5, 0.0, set()),
        ("lgamma", 0.0, np.inf, {"divide by zero"}),
        ("lgamma", -0.0, np.inf, {"divide by zero"}),
        ("lgamma", -3.0, np.inf, {"divide by zero"}),
        ("lgamma", -3e38, np.inf, {"divide by zero"}),
        ("lgamma", 1.0, 0.0, set()),
        ("lgamma", 2.0, 0.0, set()),
        ("lgamma", np.inf, np.inf, set()),
        ("lgamma", -np.inf, np.inf, set()),
        ("lgamma", np.nan, np.nan, set()),
        ("digamma", 0.0, -np.inf, {"divide by zero"}),
        ("digamma", -0.0, np.inf, {"divide by zero"}),
        ("digamma", -3.0, np.nan, {"invalid value"}),
        ("digamma", -np.inf, np.nan, {"invalid value"}),
        ("digamma", np.inf, np.inf, set()),
        ("digamma", np.nan, np.nan, set()),
    ],
)
def test_edges(function: str, kind: str, number: float, value: float, errors: set[str]) -> None:
    type_ = TYPES[kind]
    result, seen = result_and_errors(KERNELS[f"{function}_{kind}"], type_(number))
    if number == -1e-40 and kind == "f32":
        value, errors = -np.inf, {"overflow"}
    assert result == pytest.approx(value, rel=1e-7) if value == -1e40 else same(result, type_(value))
    assert seen == errors


def test_lgamma_overflows_where_its_value_does() -> None:
    result, errors = result_and_errors(KERNELS["lgamma_f64"], np.float64(2.6e305))
    assert (result, errors) == (np.inf, {"overflow"})
