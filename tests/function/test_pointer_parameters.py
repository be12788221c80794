"""Pointers to elements as parameters of scalar functions."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from child_processes import run

import cobra
from cobra import float64 as f64
from cobra.errors import CobraError, InvalidSignature, ReadOnlyArgument, TypeMismatch, UnsupportedSyntax

doubles = cobra.pointer(f64)


@cobra.function
def total(x: doubles, n: int) -> f64:
    result = 0.0
    for i in range(n):
        result += x[i]
    return result


@cobra.function
def scale(x: doubles, n: int, by: float = 2.0) -> None:
    for i in range(n):
        x[i] = x[i] * by


@cobra.function
def scaled_total(x: doubles, n: int) -> f64:
    scale(x, n)
    return total(x, n)


@cobra.function
def before(x: doubles) -> f64:
    return x[-1]


def test_arrays_are_read_and_written_in_place():
    x = np.arange(5.0)
    assert total(x, 5) == 10.0 and total(x[1:], 2) == 3.0
    assert scale(x, 5) is None and x.tolist() == [0, 2, 4, 6, 8]
    assert scaled_total(x, 3) == 12.0 and x.tolist() == [0, 4, 8, 6, 8]
    assert total(n=2, x=x) == 4.0


def test_an_index_counts_from_where_the_pointer_points_as_in_c():
    assert before(np.arange(5.0)[3:]) == 2.0


@pytest.mark.parametrize("kind", ["bool_", "int8", "uint16", "int64", "float16", "float32", "complex64", "complex128"])
def test_every_type_of_element(kind):
    scalar = getattr(cobra, kind)
    copy = cobra.function(_copied, types=((cobra.pointer(scalar), cobra.pointer(scalar)), cobra.void))
    source, target = np.arange(3).astype(scalar.dtype) * scalar(1), np.zeros(3, scalar.dtype)
    assert copy(source, target) is None
    assert target.tolist() == [0, 0, source[1].item()]


def _copied(source, target):
    target[2] = source[1]


def test_in_c():
    assert total.prototype == "double total(double *x, int64_t n)"
    assert scale.prototype == "void scale(double *x, int64_t n, double by)"
    x = (ctypes.c_double * 3)(1, 2, 3)
    assert total.ctypes(x, 3) == 6.0
    cffi = pytest.importorskip("cffi")
    assert total.cffi(cffi.FFI().new("double[]", [1.5, 2.5]), 2) == 4.0


@pytest.mark.parametrize(
    "given", [np.arange(5, dtype="f4"), [1.0, 2.0], np.arange(5.0)[::2], 12345, None, np.arange(2.0).astype(">f8"), np.broadcast_to(1.0, 2)]
)
def test_anything_else_is_a_type_error(given):
    with pytest.raises(TypeMismatch, match=r"total: the argument 'x' is pointer\(float64\), which .* cannot be"):
        total(given, 2)


def test_kernels_pass_arrays():
    made = cobra.ufunc(lambda x: total(x, len(x)), signature="(n)->()", types="d->d")
    np.testing.assert_array_equal(made(np.arange(12.0).reshape(3, 4).T), [12.0, 15.0, 18.0, 21.0])
    with pytest.raises(ReadOnlyArgument, match="'x'"):
        cobra.ufunc(lambda x: scaled_total(x, len(x)), signature="(n)->()", types="d->d")
    with pytest.raises(TypeMismatch, match=r"'x' of 'total' is pointer\(float64\), but the value is"):
        cobra.ufunc(lambda x: total(x, 1), types="d->d")


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (lambda x: len(x), TypeMismatch, "a pointer to float64 has no length"),
        (lambda x: x.size, UnsupportedSyntax, "has no 'size'"),
        (lambda x: sum(x), UnsupportedSyntax, "cannot loop over a pointer to float64"),
        (lambda x: x, CobraError, "returns a pointer"),
        (lambda x: x[0, 0], TypeMismatch, "2 indices"),
    ],
)
def test_a_pointer_has_no_length(body, error, message):
    with pytest.raises(error, match=message):
        cobra.function(body, types=(doubles, f64))


def test_a_ufunc_takes_none():
    with pytest.raises(InvalidSignature, match="pointer"):
        cobra.ufunc(total)


def test_interpreted_and_checked():
    program = """
import cobra, numpy as np
@cobra.function
def second(x: cobra.pointer(cobra.float64)) -> cobra.float64:
    x[0] = 7
    return x[1]
x = np.arange(3.0)
print(second(x), x[0])
"""
    assert run(program, COBRA_DISABLE_JIT="1") == run(program, COBRA_DEBUG="1") == "1.0 7.0"
