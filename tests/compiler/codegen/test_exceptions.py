"""What a kernel raises reaches the caller: from vectors and scalar code, any layout, reductions, cores, threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
from native_kernels import Array, for_processor, runnable

import cobra
from cobra import float64 as f64
from cobra import int64 as i64


@cobra.ufunc
def checked(x: f64) -> f64:
    if x < 0:
        raise ValueError("x is negative")
    return x + 1


@cobra.ufunc
def asserted(x: f64) -> f64:
    assert x != 3, 'three is "out"'
    return x * 2


@cobra.ufunc
def scalar_code(x: f64) -> f64:
    if x < 0:
        raise ArithmeticError("not of a negative number")
    return np.exp(-x)


@cobra.ufunc(types=["ll->l", "bb->b"])
def powers(a, b):  # type: ignore[no-untyped-def]
    return a**b


@cobra.ufunc
def two_kinds(x: f64) -> f64:
    if x == 1:
        raise KeyError("one")
    if x == 2:
        raise IndexError("two")
    return x


@cobra.ufunc(identity=0)
def bounded_sum(a: i64, b: i64) -> i64:
    if a + b > 1000:
        raise OverflowError("the sum passes 1000")
    return a + b


@cobra.ufunc
def first_positive(x: f64["n"]) -> f64:
    for k in range(x.shape[0]):
        if x[k] > 0:
            return x[k]
    raise LookupError("no positive number")


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "dense": np.array,
    "every second": lambda array: np.repeat(array, 2)[::2],
    "every third": lambda array: np.repeat(array, 3)[::3],
    "backwards": lambda array: array[::-1].copy()[::-1],
}


@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("kernel", "fine", "harmful", "error", "message"),
    [
        (checked, 1.0, -1.0, ValueError, "x is negative"),
        (asserted, 1.0, 3.0, AssertionError, 'three is "out"'),
        (scalar_code, 1.0, -2.0, ArithmeticError, "not of a negative number"),
    ],
    ids=["raise", "assert", "scalar code"],
)
def test_anywhere_in_an_array(  # type: ignore[no-untyped-def]
    kernel: np.ufunc, fine: float, harmful: float, error, message: str, layout: str, target: str
) -> None:
    made, arrange = for_processor(kernel, target), LAYOUTS[layout]
    for n in (1, 2, 15, 16, 33, 600):
        numbers = np.full(n, fine)
        made(arrange(numbers))
        for place in {0, n // 2, n - 1}:
            numbers = np.full(n, fine)
            numbers[place] = harmful
            with pytest.raises(error, match=message):
                made(arrange(numbers))
    assert np.isfinite(made(fine))


def test_an_element_that_is_masked_out_does_not_raise() -> None:
    numbers = np.array([1.0, -1.0, 2.0])
    assert np.array_equal(checked(numbers, where=numbers > 0, out=np.zeros(3)), [2.0, 0.0, 3.0])


@pytest.mark.parametrize("target", runnable())
def test_powers_with_negative_exponents(target: str) -> None:
    made = for_processor(powers, target)
    for dtype in ("i8", "i1"):
        base, exponent = np.full(300, 2, dtype), np.full(300, 3, dtype)
        assert np.array_equal(made(base, exponent), base**exponent)
        exponent[-1] = -1
        with pytest.raises(ValueError, match="Integers to negative integer powers are not allowed"):
            made(base, exponent)
        with pytest.raises(ValueError, match="Integers to negative integer powers are not allowed"):
            made(base[::-1], exponent[::-1])


def test_the_first_of_two_kinds_wins() -> None:
    with pytest.raises(KeyError, match="one"):
        two_kinds([1.0] * 5)
    with pytest.raises(IndexError, match="two"):
        two_kinds([2.0] * 5)
    with pytest.raises((KeyError, IndexError)):
        two_kinds(np.array([1.0, 2.0] * 50).reshape(10, 10)[:, ::2])


@pytest.mark.parametrize("target", runnable())
def test_in_reductions(target: str) -> None:
    kernel = for_processor(bounded_sum, target)
    assert kernel.reduce(np.arange(40)) == 780
    for call in (
        lambda: kernel.reduce(np.arange(100)),
        lambda: kernel.accumulate(np.arange(100)),
        lambda: kernel.reduceat(np.arange(100), [0, 50]),
        lambda: kernel.reduce(np.full((50, 40), 30), axis=0),
        lambda: kernel.reduce(np.full((50, 40), 30), axis=1),
        lambda: kernel.outer(np.arange(900), np.arange(900)),
        lambda: kernel.at(np.full(3, 999), [0, 0, 1], 1),
    ):
        with pytest.raises(OverflowError, match="the sum passes 1000"):
            call()


@pytest.mark.parametrize("target", runnable())
def test_in_a_core(target: str) -> None:
    kernel = for_processor(first_positive, target)
    numbers = np.full((5, 4), -1.0)
    numbers[:, 2] = 7.0
    assert np.array_equal(kernel(numbers), np.full(5, 7.0))
    numbers[3] = -1.0
    with pytest.raises(LookupError, match="no positive number"):
        kernel(numbers)


def test_an_exception_goes_before_warnings() -> None:
    @cobra.ufunc
    def kernel(x: f64) -> f64:
        y = 1 / x
        if x == 0:
            raise ZeroDivisionError("zero")
        return y

    for n in (1, 50):
        with pytest.raises(ZeroDivisionError, match="zero"):
            kernel(np.zeros(n))


def test_from_many_threads() -> None:
    """Each thread gets its own exceptions, or none, while all run the same kernels."""
    problems: list[str] = []

    def work(harmful: bool) -> None:
        numbers = np.ones(5000)
        numbers[-1] = -1.0 if harmful else 1.0
        for _ in range(40):
            try:
                checked(numbers)
            except ValueError as error:
                if not harmful or str(error) != "x is negative":
                    problems.append(f"unexpected {error}")
            else:
                if harmful:
                    problems.append("no exception")

    threads = [threading.Thread(target=work, args=(k % 2 == 0,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems


def test_the_same_kernel_works_again_afterwards() -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="negative"):
            checked(-1.0)
        assert checked(1.0) == 2.0
