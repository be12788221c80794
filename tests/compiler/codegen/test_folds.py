"""`reduce` of an associative kernel: the result and the errors of any order that NumPy may take, or of the order as written.

`accumulate` runs a kernel in order, so its last element says what left to right gives.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from guarded_memory import GuardedMemory, needs_protection
from native_kernels import Array, for_processor, runnable

import cobra

TARGETS = runnable()
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 127, 129, 255, 257, 1000, 2049, 4100, 16385]


@cobra.ufunc(types=["ff->f", "dd->d", "ll->l", "II->I", "FF->F", "DD->D", "??->?"], identity=0)
def add(a, b):
    return a + b


@cobra.ufunc(types=["ff->f", "dd->d", "ll->l", "BB->B"], identity=1)
def multiply(a, b):
    return a * b


@cobra.ufunc(types=["ff->f", "dd->d", "bb->b", "ll->l", "QQ->Q"])
def python_max(a, b):
    return max(a, b)


@cobra.ufunc(types=["ff->f", "dd->d", "ii->i", "HH->H"])
def python_min(a, b):
    return min(a, b)


@cobra.ufunc(types=["ff->f", "dd->d", "ll->l"])
def later_max(a, b):
    return b if b >= a else a


@cobra.ufunc(types=["ff->f", "dd->d", "hh->h", "??->?"])
def maximum(a, b):
    return np.maximum(a, b)


@cobra.ufunc(types=["ff->f", "dd->d", "LL->L"])
def minimum(a, b):
    return np.minimum(a, b)


@cobra.ufunc(types=["ff->f", "dd->d"])
def fmax(a, b):
    return np.fmax(a, b)


@cobra.ufunc(types=["ff->f", "dd->d"])
def fmin(a, b):
    return np.fmin(a, b)


@cobra.ufunc(types=["ll->l", "BB->B", "??->?"], identity=-1)
def both(a, b):
    return a & b


@cobra.ufunc(types=["ll->l", "HH->H", "??->?"], identity=0)
def either(a, b):
    return a | b


@cobra.ufunc(types=["ll->l", "II->I", "??->?"], identity=0)
def differing(a, b):
    return a ^ b


@cobra.ufunc(types=["??->?"], identity=True)
def all_hold(a, b):
    return np.logical_and(a, b)


@cobra.ufunc(types=["dd->d", "ff->f"])
def in_order(a, b):
    return a - b * 0.5


@cobra.ufunc(types=["dd->d"])
def forgetful(a, b):
    return a if a > b else b


EXACT = [add, multiply, python_max, python_min, later_max, maximum, minimum, both, either, differing, all_hold]
EXTREMES = [python_max, python_min, later_max, maximum, minimum, fmax, fmin]


def layouts(x: Array) -> list[Array]:
    """Return the same numbers dense, with gaps, and backwards."""
    gaps = np.zeros(3 * x.size, x.dtype)
    gaps[::3] = x
    return [x, gaps[::3], x[::-1].copy()[::-1]]


def same(a: Any, b: Any) -> bool:
    """Tell whether two numbers are the same to the bit; all NaNs are."""
    a, b = np.asarray(a), np.asarray(b)
    return bool(a.tobytes() == b.tobytes() or (np.isnan(a).all() and np.isnan(b).all()))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", EXACT, ids=lambda kernel: kernel.__name__)
def test_whole_numbers_are_joined_exactly(kernel: np.ufunc, target: str) -> None:
    made = for_processor(kernel, target)
    for types in made.types:
        code = types[0]
        if code in "fdFD":
            continue
        for n in LENGTHS:
            random = np.random.default_rng(n)
            x = random.integers(0, 256, n * np.dtype(code).itemsize, np.uint8).view(code) if code != "?" else random.random(n) < 0.99
            for laid in layouts(x):
                assert same(made.reduce(laid), made.accumulate(laid)[-1]), (types, n)


def special(code: str, n: int, mix: str, seed: int) -> Array:
    """Return numbers with those that tell orders apart."""
    random = np.random.default_rng([n, seed])
    x = random.standard_normal(n).astype(code)
    chosen = {
        "plain": x,
        "zeros": np.where(random.random(n) < 0.3, random.choice(np.array([0.0, -0.0], code), n), -np.abs(x)),
        "small zeros": np.where(random.random(n) < 0.3, random.choice(np.array([0.0, -0.0], code), n), np.abs(x)),
        "one zero": np.where(random.random(n) < 0.3, np.array(-0.0, code), np.abs(x)),
        "nan": np.where(random.random(n) < 0.1, np.array(np.nan, code), x),
        "all nan": np.full(n, np.nan, code),
        "late nan": np.where(np.arange(n) == n - 1, np.array(np.nan, code), x),
        "first nan": np.where(np.arange(n) == 0, np.array(np.nan, code), x),
        "infinite": random.choice(np.array([np.inf, -np.inf, 1], code), n),
        "-inf": np.full(n, -np.inf, code),
        "-inf or nan": random.choice(np.array([-np.inf, np.nan], code), n),
        "denormal": (x * np.finfo(code).tiny).astype(code),
    }
    return np.asarray(chosen[mix], code)


MIXES = [
    "plain", "zeros", "small zeros", "one zero", "nan", "all nan", "late nan", "first nan", "infinite", "-inf", "-inf or nan", "denormal",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", EXTREMES, ids=lambda kernel: kernel.__name__)
def test_extremes_of_floats_are_those_from_left_to_right_and_raise_nothing(kernel: np.ufunc, target: str) -> None:
    made = for_processor(kernel, target)
    for code in "fd":
        for mix in MIXES:
            for n in (1, 3, 5, 8, 33, 100, 1000, 9001):
                x = special(code, n, mix, n)
                for laid in layouts(x):
                    with np.errstate(all="raise"):
                        assert same(made.reduce(laid), made.accumulate(laid)[-1]), (code, mix, n)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("code", "fdFD")
def test_sums_are_as_exact_as_pairwise_ones(code: str, target: str) -> None:
    made = for_processor(add, target)
    wide = "G" if code in "FD" else "g"
    for n in LENGTHS:
        ours, numpys = 0.0, 0.0
        for seed in range(6):
            random = np.random.default_rng([n, seed])
            x = random.random(n).astype(code)
            if code in "FD":
                x += (1j * random.random(n)).astype(code)
            exact = x.astype(wide).sum()
            numpys += float(abs(np.add.reduce(x) - exact) / abs(exact))
            for laid in layouts(x):
                ours += float(abs(made.reduce(laid) - exact) / abs(exact)) / 3
        unit = float(np.finfo(code).eps)
        assert ours <= 1.25 * numpys + 6 * unit * 0.5, (n, ours / unit, numpys / unit)


@pytest.mark.parametrize("target", TARGETS)
def test_a_large_sum_has_the_error_of_a_tree(target: str) -> None:
    x = np.full(1_000_003, 0.1, np.float32)
    exact = math.fsum(x.astype(np.float64))
    assert abs(float(for_processor(add, target).reduce(x)) - exact) <= 4e-7 * exact


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("code", "fd")
def test_few_elements_are_added_in_numpys_order(code: str, target: str) -> None:
    made = for_processor(add, target)
    for n in range(2, 129):
        x = np.random.default_rng(n).standard_normal((9, n)).astype(code)
        np.testing.assert_array_equal(made.reduce(x, axis=1), np.add.reduce(x, axis=1))
        x[3, n // 2], x[5, 0], x[5, 1] = np.nan, np.finfo(code).max, np.finfo(code).max
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(made.reduce(x, axis=1), np.add.reduce(x, axis=1))


@pytest.mark.parametrize("code", "fdFD")
def test_a_sum_of_negative_zeros_is_one(code: str) -> None:
    for n in (4, 7, 16, 100, 5000):
        assert np.signbit(add.reduce(np.full(n, -0.0, code), initial=np.array(-0.0, code)[()]).real)


def test_sums_keep_nan_and_infinity_without_an_error() -> None:
    for n in (4, 100, 5000):
        x = np.ones(n)
        x[n // 2] = np.inf
        with np.errstate(all="raise"):
            assert add.reduce(x) == np.inf
            x[n // 3] = np.nan
            assert np.isnan(add.reduce(x))
        x[n // 3] = -np.inf
        with pytest.warns(RuntimeWarning, match="invalid"):
            assert np.isnan(add.reduce(x))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [4, 16, 101, 3000])
def test_an_order_that_overflows_alone_is_not_taken(n: int, target: str) -> None:
    ups, downs = np.full(n, 1e200), np.full(n, 1e-200)
    mixed = np.stack([ups, downs], axis=1).ravel()
    products, sums = for_processor(multiply, target), for_processor(add, target)
    with np.errstate(all="raise"):
        assert np.isclose(products.reduce(mixed), 1.0)
        assert np.isclose(products.reduce(np.stack([mixed, mixed]), axis=1), 1.0).all()
        if 2 * n > 128:  # fewer are added in NumPy's order, overflow and all
            assert sums.reduce(np.tile([1.7e308, -1.7e308], n)) == 0.0
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert products.reduce(ups) == np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        rows = products.reduce(np.stack([ups, np.ones(n), downs, mixed[:n]]), axis=1)  # the errors of a row are not those of the next
    assert rows[0] == np.inf and rows[1] == 1 and rows[2] == 0 and rows[3] == products.accumulate(mixed[:n])[-1]


@pytest.mark.parametrize("kernel", [in_order, forgetful], ids=lambda kernel: kernel.__name__)
def test_other_kernels_run_from_left_to_right(kernel: np.ufunc) -> None:
    for n in LENGTHS:
        for mix in ("plain", "nan"):
            x = special("d", n, mix, 0)
            assert same(kernel.reduce(x), kernel.accumulate(x)[-1])


@pytest.mark.parametrize(
    "options",
    [
        {"axis": None}, {"axis": 0}, {"axis": 1}, {"axis": 2}, {"axis": (0, 2)}, {"axis": (1, 2), "keepdims": True},
        {"axis": None, "initial": 5},
        {"axis": 1, "where": np.arange(60).reshape(3, 1, 20) % 3 != 0, "initial": 0}, {"axis": (), "initial": 1},
    ],
)  # fmt: skip
def test_every_keyword_of_reduce_means_what_it_means_in_numpy(options: dict[str, Any]) -> None:
    x = np.random.default_rng(0).integers(-50, 50, (3, 40, 20))
    np.testing.assert_array_equal(add.reduce(x, **options), np.add.reduce(x, **options))
    everywhere = {**options, "where": True}
    for laid in (x.transpose(2, 0, 1), x.astype(np.float32)):
        np.testing.assert_array_equal(add.reduce(laid, **everywhere), np.add.reduce(laid, **everywhere))


def test_the_result_may_lie_among_the_elements() -> None:
    x = np.arange(40.0)
    expected = np.add.reduce(x)
    assert add.reduce(x, out=x[7:8].reshape(())) == expected
    y = np.arange(300.0)
    np.testing.assert_array_equal(add.reduceat(y, [0, 5, 100, 40, 299]), np.add.reduceat(y, [0, 5, 100, 40, 299]))


@needs_protection
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_outside_the_elements_is_read(target: str) -> None:
    for kernel, code in ((add, "f"), (python_max, "d"), (both, "?"), (add, "D"), (multiply, "B")):
        made = for_processor(kernel, target)
        for n in (4, 5, 31, 33, 100, 515):
            with GuardedMemory() as memory:
                for at_end in (True, False):
                    x = memory.array(code, n, at_end=at_end)
                    x[...] = 1
                    assert made.reduce(x) == made.accumulate(x.copy())[-1]
                    del x
