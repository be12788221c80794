"""Kernels with small core dimensions, written out: the results and errors of the loops as written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cobra
from cobra.compiler.ir.operations import Operation
from cobra.compiler.pipeline import run_passes, translate
from cobra.compiler.transforms.small_cores import written_out
from cobra.ufunc.kernel import kernel_of

Array = np.ndarray[Any, Any]


@cobra.ufunc(types=["ff->f", "dd->d", "ll->l", "DD->D"], signature="(m,k),(k,n)->(m,n)")
def product(a, b, out):
    for row in range(a.shape[0]):
        for column in range(b.shape[1]):
            total = a[row, 0] * b[0, column]
            for inner in range(1, a.shape[1]):
                total += a[row, inner] * b[inner, column]
            out[row, column] = total


@cobra.ufunc(types=["dd->d"], signature="(8,8),(8)->(8)")
def declared(a, x, out):
    for row in range(8):
        total = 0.0
        for column in range(8):
            total += a[row, column] * x[column]
        out[row] = total


@cobra.ufunc(types=["d->d"], signature="(n,n)->(n)")
def squared_diagonal(a, out):
    for i in range(a.shape[0]):
        out[i] = a[i, i] * a[i, i]


@cobra.ufunc(types=["d->d"], signature="(n)->(n)")
def running(x, out):
    out[0] = x[0]
    for i in range(1, x.shape[0]):
        out[i] = out[i - 1] + x[i]


@cobra.ufunc(types=["d->d"], signature="(n)->()")
def positive(x):
    count = 0.0
    for i in range(x.shape[0]):
        if x[i] > 0:
            count += 1
    return count


def function_of(kernel: np.ufunc) -> Any:
    known = kernel_of(kernel)
    assert known is not None
    return run_passes(translate(known.spec, known.loops[0], known.symbols).function)


@pytest.mark.parametrize(
    ("kernel", "sizes", "most", "operations"),
    [
        (product, {"m": 2, "k": 2, "n": 2}, 1000, 4 + 4 + 8 + 4 + 4),
        (product, {"m": 4, "k": 4, "n": 4}, 1000, 16 + 16 + 64 + 48 + 16),
        (product, {"m": 4, "k": 4, "n": 4}, 100, None),
        (product, {"m": 4, "k": 4}, 1000, None),
        (product, {"m": 4, "k": 0, "n": 4}, 1000, None),
        (squared_diagonal, {"n": 3}, 1000, 3 + 3 + 3),
        (running, {"n": 4}, 1000, 4 + 3 + 4),
        (running, {"n": 0}, 1000, None),
        (positive, {"n": 2}, 1000, None),
    ],
)
def test_each_element_is_loaded_once(kernel: np.ufunc, sizes: dict[str, int], most: int, operations: int | None) -> None:
    made = written_out(function_of(kernel), sizes, most)
    if operations is None:
        assert made is None
    else:
        assert made is not None
        assert all(isinstance(statement, Operation) for statement in made.body.statements)
        assert len(made.body.statements) == operations


def numbers(code: str, shape: tuple[int, ...]) -> Array:
    random = np.random.default_rng(shape)
    made = random.integers(-8, 9, shape).astype(code)
    return made + (1j * random.integers(-8, 9, shape)).astype(code) if code == "D" else made


@pytest.mark.parametrize("code", "fdlD")
@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 3, 3), (4, 4, 4), (2, 3, 4), (4, 4, 3), (1, 1, 1), (5, 5, 5)])
def test_products_of_small_matrices_in_any_layout(code: str, shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    a, b = numbers(code, (7, m, k)), numbers(code, (7, k, n))
    expected = np.einsum("zik,zkj->zij", a, b)
    strided = np.zeros((7, 2 * m, 3 * k), code)
    strided[:, ::2, ::3] = a
    for left in (a, strided[:, ::2, ::3], np.ascontiguousarray(a.swapaxes(1, 2)).swapaxes(1, 2), a[::-1].copy()[::-1]):
        np.testing.assert_array_equal(product(left, b), expected)
        np.testing.assert_array_equal(product(b.swapaxes(1, 2), left.swapaxes(1, 2)), expected.swapaxes(1, 2))
    np.testing.assert_array_equal(product(a[0], b), np.einsum("ik,zkj->zij", a[0], b))
    assert product(a[:0], b[:0]).shape == (0, m, n)


def test_an_output_may_lie_on_an_input() -> None:
    a, b = numbers("d", (9, 4, 4)), numbers("d", (9, 4, 4))
    expected = a @ b
    assert product(a, b, out=b) is b
    np.testing.assert_array_equal(b, expected)
    np.testing.assert_array_equal(product(a[:-1], a[1:], out=a[1:]), numbers("d", (9, 4, 4))[:-1] @ numbers("d", (9, 4, 4))[1:])


def test_declared_sizes() -> None:
    a, x = numbers("d", (5, 8, 8)), numbers("d", (5, 8))
    np.testing.assert_array_equal(declared(a, x), np.einsum("zij,zj->zi", a, x))
    np.testing.assert_array_equal(running(x[:, :4]), np.cumsum(x[:, :4], axis=1))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_errors_are_those_of_the_elements_used(size: int) -> None:
    a = np.full((6, size, size), 1e300)
    a[:, np.arange(size), np.arange(size)] = 2.0
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(squared_diagonal(a), np.full((6, size), 4.0))
    a[3, size - 1, size - 1] = 1e200
    with pytest.warns(RuntimeWarning, match="overflow"):
        squared_diagonal(a)
    for special, error in ((np.nan, None), (1e300, "overflow"), (1e-300, "underflow"), (np.inf, None)):
        b = np.full((3, size, size), 1.0)
        b[1] = special
        with np.errstate(all="raise"):
            if error is None:
                product(b, b)
            else:
                with pytest.raises(FloatingPointError, match=error):
                    product(b, b)
