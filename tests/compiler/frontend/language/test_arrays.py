"""Kernels with core dimensions: indexing, loops over arrays, outputs that are returned and outputs that are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra
from cobra import bool_, complex128, config, float32, float64, int8, int64

A = np.array([[1.5, -2.0, 3.0, 0.0], [4.0, 5.5, -6.0, 7.0], [-8.0, 9.0, 0.5, 2.0]])
V = np.array([2.0, -1.0, 0.5, 3.0])
CUBE = np.arange(24.0).reshape(2, 3, 4) - 7


def dot(a: float64["n"], b: float64["n"]) -> float64:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


def matvec(a: float64["m n"], x: float64["n"]) -> float64["m"]:
    out = np.empty(a.shape[0])
    for i in range(a.shape[0]):
        total = 0.0
        for j in range(a.shape[1]):
            total += a[i, j] * x[j]
        out[i] = total
    return out


def by_rows(a: float64["m n"]) -> float64["m"]:
    m, n = a.shape
    out = np.zeros(m)
    for i, row in enumerate(a):
        for value in row:
            out[i] += value
        out[i] /= n
    return out


def chained_indices(a: float64["m n"]) -> float64["n m"]:
    out = np.empty((a.shape[1], len(a)), dtype=np.float64)
    for i in range(len(a)):
        row = a[i]
        for j in range(len(row)):
            out[j][i] = row[j] + a[i][j]
    return out


def negative_indices(a: float64["n"]) -> float64["n"]:
    out = np.empty_like(a)
    n = len(a)
    for i in range(n):
        out[-1 - i] = a[i]
        k = i - n
        out[k] = out[i] + a[-1] * a[k]
    return out


def windows(a: float64["m n"]) -> float64["m n"]:
    out = np.full_like(a, -1.0)
    for i in range(1, a.shape[0] - 1):
        for j in range(1, a.shape[1] - 1):
            out[i, j] = (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) / 4
    return out


def previous_rows(a: float64["m n"]) -> float64["m n"]:
    out = np.ones(a.shape)
    before = a[0]
    for i in range(1, len(a)):
        row = a[i]
        for j in range(row.size):
            out[i, j] = row[j] - before[j]
        before = row
    return out


def smaller_row(a: float64["m n"]) -> float64["n"]:
    row = a[0]
    if a[1, 0] < a[0, 0]:
        row = a[1]
    else:
        row = a[-1]
    out = np.empty(row.shape[0])
    for j in range(len(out)):
        out[j] = row[j]
    return out


def cube(a: float64["k m n"]) -> float64["m"]:
    out = np.zeros(a.shape[1])
    for i in range(a.shape[0]):
        plane = a[i]
        for j in range(plane.shape[0]):
            for k in range(plane.shape[1]):
                out[j] += a[i, j, k] * a[i][j][k] - plane[j, k] + a[i, j][k]
    return out


def searched(a: float64["n"], x: float64) -> int64:
    for i, value in enumerate(a):
        if value == x:
            return i
    return -1


def reductions(a: float64["n"]) -> tuple[float64, float64, float64, bool_, bool_]:
    return sum(a), min(a), max(a), any(a), all(a)


def summary(a: float64["n"]) -> tuple[float64, float64["n"], int64]:
    out = np.zeros_like(a)
    total = 0.0
    count = 0
    for i in range(len(a)):
        total += a[i]
        out[i] = total
        if a[i] > 0:
            count += 1
    return total, out, count


def copied(a: float64["n"]) -> float64["n"]:
    return a


def transposed_pair(a: float64["n"], b: float64["n"]) -> tuple[float64["n"], float64["n"]]:
    return b, a


def filled(a: float64["n"], x: float64) -> float64["n"]:
    return np.full(a.shape, x)


def filled_with_ones(a: float64["m n"]) -> float64["m n"]:
    return np.ones(a.shape)


def polynomial(c: float64["n"], x: float64) -> float64:
    total = 0.0
    for coefficient in reversed(c):
        total = total * x + coefficient
    return total


def paired(a: float64["n"], b: float64["n"]) -> float64:
    best = 0.0
    for x, y in zip(a, b):
        best = max(best, abs(x - y))
    return best


def early(a: float64["m n"]) -> float64:
    for row in a:
        for value in row:
            if value < 0:
                return value
    return 0.0


def contained(a: float64["n"], x: float64) -> bool_:
    return x in a


def cross(a: float64["3"], b: float64["3"]) -> float64["3"]:
    (ax, ay, az), (bx, by, bz) = a, b
    out = np.empty(3)
    out[0] = ay * bz - az * by
    out[1] = az * bx - ax * bz
    out[2] = ax * by - ay * bx
    return out


def swap_rows(a: float64["m n"]) -> float64["m n"]:
    out = np.empty_like(a)
    for j in range(a.shape[1]):
        out[0, j], out[1, j] = a[1, j], a[0, j]
        out[2, j] = a[2, j]
    return out


def size_and_dimensions(a: float64["m n"]) -> tuple[int64, int64, float64]:
    kind = a.dtype.type
    return a.size, a.ndim, kind(2.5)


RETURNING: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (dot, (V, A[1])),
    (matvec, (A, V)),
    (by_rows, (A,)),
    (chained_indices, (A,)),
    (negative_indices, (V,)),
    (windows, (A,)),
    (previous_rows, (A,)),
    (smaller_row, (A,)),
    (cube, (CUBE,)),
    (searched, (V, 0.5)),
    (searched, (V, 7.0)),
    (reductions, (V,)),
    (summary, (V,)),
    (copied, (V,)),
    (transposed_pair, (V, A[0])),
    (filled, (V, 2.5)),
    (filled_with_ones, (A,)),
    (polynomial, (V, 1.5)),
    (paired, (V, A[2])),
    (early, (A,)),
    (contained, (V, -1.0)),
    (contained, (V, 1.0)),
    (cross, (V[:3], A[0, 1:])),
    (swap_rows, (A,)),
    (size_and_dimensions, (A,)),
]


def assert_equal(got: Any, wanted: Any) -> None:
    assert isinstance(got, tuple) == isinstance(wanted, tuple)
    for a, b in zip(got, wanted, strict=True) if isinstance(got, tuple) else [(got, wanted)]:
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("function", "arguments"), RETURNING, ids=lambda thing: getattr(thing, "__name__", "-"))
def test_kernels_that_return(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    assert_equal(cobra.ufunc(function)(*arguments), function(*arguments))


# -- writing


def outer_product(a: float64["m"], b: float64["n"], out: float64["m n"]) -> None:
    for i in range(len(a)):
        for j in range(len(b)):
            out[i, j] = a[i] * b[j]


def running(a: float64["n"], out: float64["n"]) -> None:
    out[0] = a[0]
    for i in range(1, len(a)):
        out[i] = out[i - 1] + a[i]
        out[i] *= 0.5


def two_outputs(a: float64["n"], low: float64[""], high: float64[""]) -> None:
    low[()] = a[0]
    high[0] = a[0]
    for value in a:
        low[()] = min(low[()], value)
        high[...] = max(high[0], value)


def counted(a: float64["n"], out: int64["n"]) -> None:
    for i in range(a.shape[0]):
        out[i] = i
        if a[i] > 0:
            continue
        out[i] -= 10


def written_by_a_function(a: float64["n"], out: float64["n"]) -> None:
    def_fill(out, 1.0)
    for i in range(len(a)):
        out[i] += a[i]


def def_fill(array: Any, value: Any) -> None:
    for i in range(len(array)):
        array[i] = value


WRITING: list[tuple[Callable[..., Any], tuple[Any, ...], tuple[Any, ...]]] = [
    (outer_product, (V, A[:, 0]), (np.empty((4, 3)),)),
    (running, (V,), (np.empty(4),)),
    (two_outputs, (V,), (np.empty(1), np.empty(1))),
    (counted, (V,), (np.empty(4, np.int64),)),
    (written_by_a_function, (V,), (np.empty(4),)),
]


@pytest.mark.parametrize(("function", "arguments", "outputs"), WRITING, ids=lambda thing: getattr(thing, "__name__", "-"))
def test_kernels_that_write(function: Callable[..., Any], arguments: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
    signature = "(n)->(),()" if function is two_outputs else None
    kernel = cobra.ufunc(function, signature=signature)
    function(*arguments, *outputs)
    got = kernel(*arguments)
    for made, wanted in zip(got if isinstance(got, tuple) else (got,), outputs, strict=True):
        np.testing.assert_array_equal(made, wanted.reshape(np.shape(made)))


# -- scalar operands


def scaled(a: float64["n"], s: float64) -> float64["n"]:
    out = np.empty_like(a)
    for i in range(len(a)):
        out[i] = a[i] * s[()] + s[0] - s
    return out


def test_a_scalar_operand_may_be_written_as_an_array_of_one() -> None:
    np.testing.assert_array_equal(cobra.ufunc(scaled)(V, 3.0), V * 3)


def test_an_output_without_dimensions_is_written_with_empty_or_zero_index() -> None:
    def both(a: Any, out: Any) -> None:
        out[()] = a[0]
        out[0] += a[1]

    kernel = cobra.ufunc(both, signature="(n)->()", types="d->d")
    assert kernel(V) == 1.0


# -- types


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.float32, np.float64, np.complex64])
def test_unannotated_kernels_give_the_types_of_plain_python(dtype: Any) -> None:
    kernels: list[Callable[..., Any]] = [plain_sum, plain_zeros, plain_like, plain_flag, plain_full, plain_copy]
    for function in kernels:
        kernel = cobra.ufunc(function, signature="(n)->()" if function in (plain_sum, plain_flag) else "(n)->(n)")
        argument = np.array([1, 2, 3, 0]).astype(dtype)
        with np.errstate(all="ignore"):
            got, wanted = kernel(argument), function(argument)
        np.testing.assert_array_equal(got, wanted, err_msg=function.__name__)
        assert got.dtype == np.asarray(wanted).dtype, function.__name__


def plain_sum(a: Any) -> Any:
    total = 0
    for value in a:
        total += value
    return total


def plain_zeros(a: Any) -> Any:
    out = np.zeros(len(a), dtype=a.dtype)
    for i in range(len(a)):
        out[i] = a[i] + a[i]
    return out


def plain_like(a: Any) -> Any:
    out = np.empty_like(a)
    for i in range(len(a)):
        out[i] = -a[i]
    return out


def plain_flag(a: Any) -> Any:
    return a[0] == 1


def plain_full(a: Any) -> Any:
    out = np.full(a.shape, a[0])
    out[0] = a[-1]
    return out


def plain_copy(a: Any) -> Any:
    return a


def test_new_arrays_are_float64_unless_told_otherwise() -> None:
    def shares(a: Any) -> Any:
        out = np.empty(len(a))
        for i in range(len(a)):
            out[i] = a[i] / 3
        return out

    kernel = cobra.ufunc(shares, signature="(n)->(n)")
    for argument in (V, V.astype(np.float32), np.arange(4)):
        assert_equal(kernel(argument), shares(argument))


def test_a_written_output_grows_to_hold_what_is_stored() -> None:
    def halves(a: Any, out: Any) -> None:
        for i in range(len(a)):
            out[i] = a[i] * 0.5

    kernel = cobra.ufunc(halves, signature="(n)->(n)")
    assert kernel(np.arange(3)).dtype == np.float64
    assert kernel(np.arange(3, dtype=np.float32)).dtype == np.float32
    assert {"b->d", "f->f", "D->D"} <= set(kernel.types)


def test_small_types_keep_theirs() -> None:
    def total(a: int8["n"]) -> int8:
        result = 0
        for value in a:
            result += value
        return result

    data = np.array([100, 100, -3], np.int8)
    with np.errstate(over="ignore"):
        assert_equal(cobra.ufunc(total)(data), total(data))


def test_complex_and_single_elements() -> None:
    def weighted(z: complex128["n"], w: float32["n"]) -> complex128:
        total = 0j
        for i in range(len(z)):
            total += z[i] * w[i]
        return total

    z, w = np.array([1 + 2j, 3 - 1j]), np.array([0.5, 2.0], np.float32)
    assert cobra.ufunc(weighted)(z, w) == weighted(z, w)


def test_outputs_have_the_size_that_the_signature_says() -> None:
    def doubled(a: float64["n"]) -> float64["n"]:
        return np.zeros(len(a) * 2)

    with pytest.raises(ValueError, match="size that the signature gives"):
        cobra.ufunc(doubled)(V)


def test_an_array_unpacks_only_into_as_many_variables() -> None:
    def pair(a: float64["n"]) -> float64:
        x, y = a
        return x - y

    kernel = cobra.ufunc(pair)
    assert kernel(V[:2]) == 3.0
    with pytest.raises(ValueError, match="2 values to unpack"):
        kernel(V)


def test_the_smallest_of_nothing_is_an_error() -> None:
    def smallest(a: float64["n"]) -> float64:
        return min(a)

    with pytest.raises(ValueError, match=r"min\(\) iterable argument is empty"):
        cobra.ufunc(smallest)(np.empty(0))


def test_writable_inputs_are_changed_in_place() -> None:
    def normalise(a: float64["n"]) -> float64:
        total = sum(a)
        for i in range(len(a)):
            a[i] /= total
        return total

    data = np.array([1.0, 3.0])
    assert cobra.ufunc(normalise, writable="a")(data) == 4.0
    np.testing.assert_array_equal(data, [0.25, 0.75])


# -- bounds


def picked(a: float64["m n"], i: int64, j: int64) -> float64:
    row = a[i]
    return row[j] + a[i, j]


@pytest.mark.parametrize(("i", "j"), [(3, 0), (-4, 0), (0, 4), (0, -5), (2**40, 0)])
def test_debug_checks_bounds(i: int, j: int) -> None:
    with config.options(debug=True):
        kernel = cobra.ufunc(picked, name="checked")
    assert kernel(A, -1, 3) == 4.0
    with pytest.raises(IndexError, match=r"test_arrays.py:\d+: (row = a\[i\]|return row\[j\])"):
        kernel(A, i, j)
