"""Kernels that do what ufuncs of NumPy do, and a comparison of all that a call of one and the other has to show."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

import cobra

Outcome = tuple[object, ...]


@cobra.ufunc(identity=0)
def plus(a, b):
    return a + b


@cobra.ufunc(identity=1)
def times(a, b):
    return a * b


@cobra.ufunc
def minus(a, b):
    return a - b


@cobra.ufunc(identity="reorderable")
def larger(a, b):
    return np.maximum(a, b)


@cobra.ufunc
def less(a, b):
    return a < b


@cobra.ufunc
def opposite(x):
    return -x


@cobra.ufunc
def quotient_and_rest(a, b):
    return np.divmod(a, b)


@cobra.ufunc(signature="(n),(n)->()")
def vector_dot(a, b):
    total = a[0] * b[0] * 0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@cobra.ufunc(signature="(m,n),(n)->(m)")
def matrix_times_vector(a, x, out):
    for i in range(a.shape[0]):
        out[i] = 0
        for j in range(a.shape[1]):
            out[i] += a[i, j] * x[j]


@cobra.ufunc(signature="(m?,n),(n,p?)->(m?,p?)")
def matrix_product(a, b, out):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0
            for k in range(a.shape[1]):
                out[i, j] += a[i, k] * b[k, j]


BINARY = {plus: np.add, times: np.multiply, minus: np.subtract, larger: np.maximum, less: np.less}
"""Elementwise kernels of two inputs and one output with the ufuncs they equal."""

WITH_CORE = {vector_dot: np.vecdot, matrix_times_vector: np.matvec, matrix_product: np.matmul}


def outcome(call: Callable[[np.ufunc], object], ufunc: np.ufunc) -> Outcome:
    """Return what a call gives: values with types and layout, or the kind of its error, and the warnings it made."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn"):
        warnings.simplefilter("always")
        try:
            result = described(call(ufunc))
        except Exception as error:
            result = ("raises", next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"))
    warned = {(warning.category.__name__, str(warning.message).partition(" encountered")[0]) for warning in caught}
    return result, sorted(warned)


def described(value: object) -> Outcome:
    if isinstance(value, tuple):
        return tuple(described(item) for item in value)
    if isinstance(value, np.ndarray):
        return type(value).__name__, value.dtype, value.shape, value.strides, value.tobytes()
    return (type(value).__name__, repr(value))


def check_twins(call: Callable[[np.ufunc], object], kernel: np.ufunc, ufunc: np.ufunc) -> None:
    """Check that a kernel does with a call what a ufunc of NumPy does."""
    assert outcome(call, kernel) == outcome(call, ufunc)
