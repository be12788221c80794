"""`np.sum`, `np.max` and their kin of array operands: NumPy's results, types, errors and warnings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.errors import InvalidCall

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.sum, "prod": np.prod, "mean": np.mean, "min": np.min, "max": np.max, "any": np.any, "all": np.all,
}  # fmt: skip
KERNELS: dict[str, Callable[..., Any]] = {
    "sum": lambda x: np.sum(x),
    "prod": lambda x: x.prod(),
    "mean": lambda x: x.mean(),
    "min": lambda x: np.min(x),
    "max": lambda x: x.max(),
    "any": lambda x: np.any(x),
    "all": lambda x: x.all(),
}


def made_for(name: str, code: str) -> np.ufunc:
    result = FUNCTIONS[name](np.ones(2, code)).dtype.char
    return cobra.ufunc(KERNELS[name], types=f"{code}->{result}", signature="(n)->()")


def numbers(code: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    random = np.random.default_rng(shape)
    made = random.integers(1, 3, shape).astype(code)
    return made + (1j * random.integers(0, 2, shape)).astype(code) if code in "FD" else made


@pytest.mark.parametrize("code", "fdFDlbB?e")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_are_numpys(name: str, code: str) -> None:
    kernel = made_for(name, code)
    for n in (1, 2, 3, 7, 8, 13):
        x = numbers(code, (4, n))
        for laid in (x, x[:, ::-1], np.asfortranarray(x)):
            expected = FUNCTIONS[name](laid, axis=1)
            result = kernel(laid)
            assert result.dtype == expected.dtype
            if name == "mean":
                np.testing.assert_allclose(result, expected, rtol=1e-3 if code == "e" else 1e-6)
            else:
                np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("code", "fd")
def test_sums_are_as_exact_as_pairwise_ones(code: str) -> None:
    kernel = made_for("sum", code)
    x = np.full(300_007, 0.1, code)
    exact = math.fsum(x.astype(np.float64))
    assert abs(float(kernel(x)) - exact) <= 4 * np.finfo(code).eps * exact


def test_rows_of_a_matrix() -> None:
    @cobra.ufunc(types=["d->d", "f->f"], signature="(m,n)->(m)")
    def normalised_peaks(a, out):
        for i in range(a.shape[0]):
            out[i] = a[i].max() / np.sum(a[i])

    a = np.random.default_rng(0).random((5, 6, 100))
    for laid in (a, a.swapaxes(0, 1), a[..., ::2]):
        np.testing.assert_allclose(normalised_peaks(laid), laid.max(-1) / laid.sum(-1), rtol=1e-14)


def test_an_array_that_the_kernel_writes() -> None:
    @cobra.ufunc(types=["d->d"], signature="(n)->(n)")
    def shares(x, out):
        for i in range(x.shape[0]):
            out[i] = x[i] * x[i]
        total = out.sum()
        for i in range(x.shape[0]):
            out[i] = out[i] / total

    for n in (2, 3, 4, 50):
        x = np.random.default_rng(n).random((3, n))
        np.testing.assert_allclose(shares(x), x * x / (x * x).sum(1, keepdims=True), rtol=1e-14)


def test_nan_and_errors() -> None:
    largest, total = made_for("max", "d"), made_for("sum", "d")
    x = np.arange(100.0)
    x[40] = np.nan
    with np.errstate(all="raise"):
        assert np.isnan(largest(x)) and np.isnan(total(x))
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert total(np.full(50, 1e308)) == np.inf
    with pytest.raises(ValueError, match="zero-size array to reduction operation maximum which has no identity"):
        largest(np.empty((2, 0)))
    assert total(np.empty(0)) == 0


@pytest.mark.parametrize(
    ("function", "signature", "message"),
    [
        (lambda x: np.sum(x), "(m,n)->()", "numpy.sum takes one dimension"),
        (lambda x: x.sum(0), "(n)->()", "takes no arguments"),
        (lambda x: np.linalg.norm(x), "(n)->()", "numpy.linalg.norm does not take"),
    ],
)
def test_what_is_not_taken_is_said(function: Callable[..., Any], signature: str, message: str) -> None:
    with pytest.raises(InvalidCall, match=message):
        cobra.ufunc(function, types="d->d", signature=signature)
