"""Scalar functions inside kernels and other functions, and as ufuncs."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra import float32 as f32
from cobra import float64 as f64
from cobra.errors import CobraError, TypeMismatch

X = np.linspace(-2, 2, 9)


@cobra.function
def softened(x: f64, y: f64) -> f64:
    return x * y + 0.5


@cobra.function
def single(x: f32) -> f32:
    return x * x


@cobra.function
def counted(n: cobra.int32) -> cobra.int32:
    return n + 1


@cobra.function
def both(x: f64) -> f64:
    return softened(x, 2.0) + single(f32(x))


@cobra.ufunc
def kernel(x: f64) -> f64:
    if x > 0:
        return both(x)
    return softened(x, x)


def test_a_kernel_calls_functions_and_functions_call_functions():
    expected = np.where(X > 0, X * 2 + 0.5 + np.float32(X) ** 2, X * X + 0.5)
    np.testing.assert_allclose(kernel(X), expected, rtol=1e-15)
    assert both(1.5) == 1.5 * 2 + 0.5 + 2.25


def test_a_function_as_a_ufunc():
    made = cobra.ufunc(softened)
    assert type(made) is np.ufunc and made.types == ["dd->d"] and made.__name__ == "softened"
    np.testing.assert_array_equal(made(X[:, None], X), X[:, None] * X + 0.5)
    assert made is cobra.ufunc(softened) and cobra.function(made) is softened
    assert cobra.ufunc(softened, types="ff->f").types == ["ff->f"]


def test_python_numbers_take_the_type_of_their_parameter():
    assert cobra.function(lambda x: counted(1) + single(0.1) + x, types="f->f")(0) == float(np.float32(2 + np.float32(0.1) ** 2))


def test_a_call_checks_types():
    with pytest.raises(TypeMismatch, match="the argument 'n' of 'counted' is int32, but the value is"):
        cobra.ufunc(lambda x: counted(x), types="d->d")
    with pytest.raises(CobraError, match="2199023255552"):
        cobra.ufunc(lambda x: counted(2**41) + x, types="d->d")
    with pytest.raises(CobraError, match="softened"):
        cobra.ufunc(lambda x: softened(x), types="d->d")


def test_exceptions_of_a_called_function():
    @cobra.function
    def positive(x: float) -> float:
        if x < 0:
            raise ValueError("negative")
        return x

    twice = cobra.function(lambda x: positive(x) * 2, types="d->d")
    assert twice(2.0) == 4.0
    with pytest.raises(ValueError, match="negative"):
        twice(-2.0)
    with pytest.raises(ValueError, match="negative"):
        cobra.ufunc(twice)(X)


@cobra.function
def lifted(x: f64, by: f64 = 2.0, *, times: f64 = 1.0) -> f64:
    return x * times + by


def test_keywords_and_defaults_as_in_plain_python():
    made = cobra.function(lambda x: lifted(x) + lifted(x, times=3.0) + lifted(by=1.0, x=x), types="d->d")
    assert made(1.0) == 3.0 + 5.0 + 2.0 == made.__wrapped__(1.0)
    with pytest.raises(CobraError, match="no parameter 'other'"):
        cobra.function(lambda x: lifted(x, other=1.0), types="d->d")
