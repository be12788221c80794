"""Errors, edges and warnings of the error function, its complement and its inverse."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

import cobra
from cobra.compiler.math import error_function
from tests.compiler.math.special_accuracy import kernel, result_and_errors, same, worst_error

NAMES = ("erf_f32", "erf_f64", "erfc_f32", "erfc_f64", "erfinv_f32", "erfinv_f64")
KERNELS = {name: kernel(getattr(error_function, name)) for name in NAMES}
EXACT = {"erf": mp.erf, "erfc": mp.erfc, "erfinv": mp.erfinv}
NUMBERS = np.random.default_rng(4)


@pytest.mark.parametrize(
    ("name", "low", "high", "bound"),
    [
        ("erf_f32", -4.5, 4.5, 1.0),
        ("erf_f32", 0.05, 0.2, 1.0),
        ("erf_f32", 3.8, 4.0, 1.0),
        ("erf_f32", -1e-37, 1e-37, 1.0),
        ("erf_f64", -6.5, 6.5, 1.05),
        ("erf_f64", 1.25, 1.4, 1.05),
        ("erf_f64", -1e-305, 1e-305, 1.0),
        ("erfc_f32", -4.5, 10.2, 0.51),
        ("erfc_f64", -6.5, 6.5, 0.95),
        ("erfc_f64", 0.3, 0.7, 0.95),
        ("erfc_f64", 6.0, 27.3, 0.95),
        ("erfinv_f64", -0.52, 0.52, 0.8),
        ("erfinv_f64", 0.48, 1.0, 0.8),
        ("erfinv_f64", 1 - 1e-10, 1.0, 0.8),
        ("erfinv_f64", -1e-305, 1e-305, 0.8),
        ("erfinv_f32", -1.0, 1.0, 0.51),
        ("erfinv_f32", 0.9999, 1.0, 0.51),
    ],
)
def test_errors_are_bounded(name: str, low: float, high: float, bound: float) -> None:
    numbers = NUMBERS.uniform(low, high, 300 if "inv" in name else 1500).astype(np.float32 if name.endswith("32") else np.float64)
    numbers = numbers[np.abs(numbers) != 1.0]
    error, where = worst_error(KERNELS[name], EXACT[name.split("_")[0]], numbers)
    assert error <= bound, where


def test_erf_of_float32_everywhere() -> None:
    """All magnitudes, one float in 9973, against the function of float64."""
    numbers = np.arange(0, 0x7F800000, 9973, dtype=np.int32).view(np.float32)
    exact = KERNELS["erf_f64"](numbers.astype(np.float64))
    with np.errstate(under="ignore"):
        got = KERNELS["erf_f32"](numbers)
    units = np.spacing(np.abs(exact).astype(np.float32) * np.float32(1 - 2**-24)).astype(np.float64)
    assert np.max(np.abs(got - exact) / units) <= 1.0


@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize(
    ("function", "number", "value", "errors"),
    [
        ("erf", 0.0, 0.0, set()),
        ("erf", -0.0, -0.0, set()),
        ("erf", np.inf, 1.0, set()),
        ("erf", -np.inf, -1.0, set()),
        ("erf", np.nan, np.nan, set()),
        ("erf", 3e38, 1.0, set()),
        ("erfc", 0.0, 1.0, set()),
        ("erfc", -1e-40, 1.0, set()),
        ("erfc", np.inf, 0.0, set()),
        ("erfc", -np.inf, 2.0, set()),
        ("erfc", np.nan, np.nan, set()),
        ("erfc", 3e38, 0.0, set()),
        ("erfc", 28.5, 0.0, set()),
        ("erfc", 31.0, 0.0, set()),
        ("erfc", -31.0, 2.0, set()),
        ("erfinv", 0.0, 0.0, set()),
        ("erfinv", -0.0, -0.0, set()),
        ("erfinv", 1.0, np.inf, {"divide by zero"}),
        ("erfinv", -1.0, -np.inf, {"divide by zero"}),
        ("erfinv", -1.5, np.nan, {"invalid value"}),
        ("erfinv", np.inf, np.nan, {"invalid value"}),
        ("erfinv", np.nan, np.nan, set()),
    ],
)
def test_edges(function: str, kind: str, number: float, value: float, errors: set[str]) -> None:
    type_ = np.float32 if kind == "f32" else np.float64
    result, seen = result_and_errors(KERNELS[f"{function}_{kind}"], type_(number))
    assert same(result, type_(value))
    assert seen == errors


@pytest.mark.parametrize("name", ["erf_f32", "erf_f64"])
def test_erf_underflows_only_where_the_result_does(name: str) -> None:
    numbers = np.array([1e-30, 1e-25, 1e-10, 1.0, 5.0, 0.0], np.float32 if name.endswith("32") else np.float64)
    with np.errstate(all="raise"):
        assert np.all(np.diff(KERNELS[name](numbers)[:5]) > 0)


def test_the_scaled_complement_underflows_to_denormal_numbers() -> None:
    with np.errstate(under="ignore"):
        results = KERNELS["erfc_f64"](np.array([26.6, 27.0, 27.2]))
    assert np.all((results > 0) & (results < 2.0**-1022))
    with pytest.raises(FloatingPointError), np.errstate(under="raise"):
        KERNELS["erfc_f64"](np.array([27.0]))


@pytest.mark.parametrize("cpu", ["generic", "x86-64-v3"])
def test_erf_of_float32_is_the_same_on_other_processors(cpu: str) -> None:
    numbers = NUMBERS.uniform(-4.5, 4.5, 1001).astype(np.float32)
    here = KERNELS["erf_f32"](numbers)
    with cobra.config.options(target_cpu=cpu):
        assert np.array_equal(cobra.ufunc(error_function.erf_f32, name=f"erf_for_{cpu.replace('-', '_')}")(numbers), here)
