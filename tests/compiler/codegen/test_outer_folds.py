"""Totals of many rows or columns: those of each alone, whatever lies beside it, with the errors of the order as written and no others."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from guarded_memory import GuardedMemory, needs_protection
from native_kernels import Array, for_processor, runnable

import cobra
from cobra.compiler.codegen import cpu
from cobra.compiler.codegen.element_folds import takes_outer
from cobra.compiler.codegen.row_folds import LONGEST_ROW
from cobra.types import float32

TARGETS = runnable()
LENGTHS = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 127, 128, 129, 136, 255, 257, 300, 510, 511]
COUNTS = [1, 2, 3, 7, 8, 9, 17, 65]


def kernel_of_rows(function: Callable[..., Any]) -> np.ufunc:
    return cobra.ufunc(function, types=["f->f", "d->d"], signature="(n)->()")


total = kernel_of_rows(lambda x: np.sum(x))
mean = kernel_of_rows(lambda x: np.mean(x))
product = kernel_of_rows(lambda x: np.prod(x))
largest = kernel_of_rows(lambda x: np.max(x))
smallest = kernel_of_rows(lambda x: np.min(x))
span = kernel_of_rows(lambda x: np.max(x) - np.min(x))


larger = cobra.ufunc(lambda a, b: np.maximum(a, b), types=["ff->f", "dd->d"])
smaller = cobra.ufunc(lambda a, b: np.minimum(a, b), types=["ff->f", "dd->d"])


@cobra.ufunc(types=["dDd->dD"], signature="(n),(),(m)->(),()")
def weighed(x, z, y, first, second):  # type: ignore[no-untyped-def]
    first[...] = np.sum(x) * z.real + y.max()
    second[...] = z * np.sum(y)


@cobra.ufunc(types=["d->d"], signature="(n)->(n)")
def shares(x, out):  # type: ignore[no-untyped-def]
    whole = np.sum(x)
    for k in range(x.shape[0]):
        out[k] = x[k] / whole


def layouts(x: Array) -> list[Array]:
    """Return the same numbers in rows, in columns, and in ways in which neither is dense."""
    gaps = np.zeros((2 * x.shape[0], 3 * x.shape[1]), x.dtype)
    gaps[::2, ::3] = x
    return [x, np.asfortranarray(x), gaps[::2, ::3], x[::-1, ::-1].copy()[::-1, ::-1], np.repeat(x, 2, axis=0)[::2]]


def test_this_machine_is_asked_for_what_it_has() -> None:
    assert takes_outer("add", float32, cpu.host().machine) == (cpu.host().machine.masks_memory and cpu.host().machine.has_mxcsr)
    assert not takes_outer("subtract", float32, cpu.host().machine)


@pytest.mark.skipif(not takes_outer("add", float32, cpu.host().machine), reason="sums of other machines have another order")
@pytest.mark.parametrize("code", "fd")
def test_rows_are_added_in_numpys_order(code: str) -> None:
    for n in LENGTHS:
        for count in COUNTS:
            x = np.random.default_rng([n, count]).standard_normal((count, n)).astype(code)
            for rows in (x, x[::-1], np.repeat(x, 3, axis=0)[::3]):
                np.testing.assert_array_equal(total(rows), np.add.reduce(rows, axis=1))
    assert LENGTHS[-1] < LONGEST_ROW


@pytest.mark.parametrize("code", "fd")
@pytest.mark.parametrize("kernel", [total, product], ids=["sum", "product"])
def test_what_a_row_or_column_gives_depends_on_nothing_beside_it(kernel: np.ufunc, code: str) -> None:
    for n in (5, 100, 300, 1500):
        x = 1 + np.random.default_rng(n).standard_normal((300, n)).astype(code) / 64
        for laid in (x, np.asfortranarray(x)):
            whole = kernel(laid)
            for start, stop in ((0, 2), (5, 13), (7, 300), (40, 170)):
                np.testing.assert_array_equal(kernel(laid[start:stop]), whole[start:stop])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("kernel", "function", "tolerance"),
    [(total, np.sum, 8), (mean, np.mean, 8), (product, np.prod, 300), (largest, np.max, 0), (smallest, np.min, 0), (span, np.ptp, 0)],
    ids=["sum", "mean", "product", "max", "min", "two at once"],
)
def test_results_are_numpys_in_every_layout(kernel: np.ufunc, function: Callable[..., Any], tolerance: float, target: str) -> None:
    made = for_processor(kernel, target)
    for code in "fd":
        for n, count in ((1, 5), (3, 70), (9, 33), (16, 16), (40, 9), (100, 130), (515, 17), (1100, 9), (20, 1100)):
            x = 1 + np.random.default_rng([n, count]).standard_normal((count, n)).astype(code) / 64
            for laid in layouts(x):
                result, expected = made(laid), function(laid.astype("g"), axis=1)
                np.testing.assert_allclose(result, expected.astype(code), rtol=tolerance * np.finfo(code).eps, atol=0)
                np.testing.assert_array_equal(made(laid.T, axis=0), result)


@pytest.mark.parametrize("code", "fd")
def test_sums_of_columns_are_as_exact_as_pairwise_ones(code: str) -> None:
    ours, numpys = 0.0, 0.0
    for n in (30, 100, 500, 1000, 4099):
        x = np.random.default_rng(n).random((n, 400)).astype(code)
        exact = np.array([math.fsum(map(float, column)) for column in x.T])
        pairwise = np.add.reduce(np.ascontiguousarray(x.T), axis=1)
        ours += float(np.mean(np.abs(total(x, axis=0) - exact) / exact))
        numpys += float(np.mean(np.abs(pairwise - exact) / exact))
    assert ours <= numpys
    x = np.full((300_007, 2), 0.1, code)
    exact_sum = math.fsum(x[:, 0].tolist())
    assert (np.abs(total(x, axis=0) - exact_sum) <= 4 * np.finfo(code).eps * exact_sum).all()


def test_axes_outputs_and_small_pieces() -> None:
    x = np.random.default_rng(1).standard_normal((4, 30, 5, 6))
    for axis in range(4):
        np.testing.assert_allclose(total(x, axis=axis), x.sum(axis), rtol=0, atol=1e-13)
        np.testing.assert_array_equal(largest(x, axis=axis, keepdims=True), x.max(axis, keepdims=True))
        out = np.zeros((*np.delete(x.shape, axis)[:2], 2 * np.delete(x.shape, axis)[2]))[..., ::2]
        assert smallest(x, axis=axis, out=out) is out
        np.testing.assert_array_equal(out, x.min(axis))
    assert total(x[0, 0, 0]) == x[0, 0, 0].sum() and total(np.empty((0, 3))).shape == (0,)
    np.testing.assert_array_equal(total(np.empty((20, 0))), np.zeros(20))
    with pytest.raises(ValueError, match="zero-size array"):
        largest(np.empty((20, 0)))


def test_a_fold_among_other_operands() -> None:
    random = np.random.default_rng(2)
    x, y, z = random.random((90, 40)), random.random((90, 7)), random.random(90) + 1j
    first, second = weighed(x, z, y)
    np.testing.assert_allclose(first, x.sum(1) * z.real + y.max(1), rtol=1e-14)
    np.testing.assert_allclose(second, z * y.sum(1), rtol=1e-14)
    np.testing.assert_allclose(weighed(x[0], z, y)[0], x[0].sum() * z.real + y.max(1), rtol=1e-14)
    np.testing.assert_allclose(shares(x), x / x.sum(1, keepdims=True), rtol=1e-14)


def spoiled(n: int, mix: str, code: str) -> Array:
    """Return rows of which some have what tells orders apart."""
    random = np.random.default_rng(n)
    x = random.standard_normal((40, n)).astype(code)
    some, zeros = random.random(x.shape) < 2 / n, random.choice(np.array([0.0, -0.0], code), x.shape)
    made = {
        "nan": np.where(some, np.array(np.nan, code), x),
        "infinite": np.where(some, np.array(np.inf, code), x),
        "zeros above": np.where(some, zeros, -np.abs(x)),
        "zeros below": np.where(some, zeros, np.abs(x)),
        "all zeros": zeros,
        "negative zeros": -np.abs(zeros),
        "nan and zeros": np.where(some, np.array(np.nan, code), zeros),
    }[mix]
    return np.asarray(made, code)


MIXES = ["nan", "infinite", "zeros above", "zeros below", "all zeros", "negative zeros", "nan and zeros"]


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize(("kernel", "in_order"), [(largest, larger), (smallest, smaller)], ids=["max", "min"])
def test_extremes_are_those_from_first_to_last_and_raise_nothing(kernel: np.ufunc, in_order: np.ufunc, mix: str) -> None:
    for code in "fd":
        for n in (3, 8, 29, 200):
            x = spoiled(n, mix, code)
            expected = in_order.accumulate(x, axis=1)[:, -1]
            for laid in layouts(x):
                with np.errstate(all="raise"):
                    result = kernel(laid)
                np.testing.assert_array_equal(result, expected)
                np.testing.assert_array_equal(np.signbit(result), np.signbit(expected))


@pytest.mark.parametrize("target", TARGETS)
def test_errors_are_those_of_the_order_as_written(target: str) -> None:
    sums, products, means = (for_processor(kernel, target) for kernel in (total, product, mean))
    x = np.ones((50, 200))
    x[7, 3], x[9, 8] = np.inf, np.nan
    for laid in layouts(x):
        with np.errstate(all="raise"):
            assert sums(laid)[7] == np.inf and np.isnan(sums(laid)[9]) and sums(laid)[8] == 200 and means(laid)[8] == 1
            assert products(laid)[7] == np.inf and np.isnan(products(laid)[9])
    x[7, 100] = -np.inf
    ups = np.full((50, 200), 1e200)
    ups[:, ::2] = 1e-200
    alternating = np.tile([1.7e308, -1.7e308], (50, 100))
    for laid, far, near in zip(layouts(x), layouts(ups), layouts(alternating), strict=True):
        with pytest.warns(RuntimeWarning, match="invalid"):
            assert np.isnan(sums(laid)[7])
        with pytest.warns(RuntimeWarning, match="overflow"):
            assert sums(np.abs(near))[3] == np.inf
        with np.errstate(all="raise"):
            assert np.isclose(products(far), 1).all()
            np.testing.assert_array_equal(sums(near), np.zeros(50))


@needs_protection
def test_nothing_beyond_the_operands_is_touched() -> None:
    for code in "fd":
        for n in (1, 5, 8, 13, 100, 127):
            for count in (1, 3, 8, 13):
                for at_end in (False, True):
                    with GuardedMemory() as memory:
                        x = memory.array(code, n * count, at_end=at_end).reshape(count, n)
                        x[:] = np.arange(n * count).reshape(count, n)
                        np.testing.assert_array_equal(total(x), x.sum(1))
                        np.testing.assert_array_equal(largest(x, axis=0), x.max(0))
                        np.testing.assert_array_equal(smallest(x), x.min(1))
                        np.testing.assert_allclose(mean(x, axis=0), x.mean(0), rtol=1e-6)
