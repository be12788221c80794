"""A kernel warns of what it computes, and of nothing else: not of the branch it does not take, not of what compiling it raised."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from against_numpy import Listener
from native_kernels import Array, for_processor, runnable

import cobra
from cobra import float32 as f32
from cobra import float64 as f64


def guarded_reciprocal(x):  # type: ignore[no-untyped-def]
    return 1 / x if x != 0 else 0.0


def guarded_by_statement(x):  # type: ignore[no-untyped-def]
    if x == 0:
        y = x
    else:
        y = 3 / x
    return y


def guarded_sqrt(x):  # type: ignore[no-untyped-def]
    return np.sqrt(x) if x >= 0 else -1.0


def guarded_log(x):  # type: ignore[no-untyped-def]
    return np.log(x) if x > 0 else 0.0


def guarded_integer(x):  # type: ignore[no-untyped-def]
    return np.int32(x) if -1e6 < x < 1e6 else np.int32(0)


def compared(x):  # type: ignore[no-untyped-def]
    return (x < 1) | (x > 2) | (x <= 0.5) | (x >= 7)


def with_and(x):  # type: ignore[no-untyped-def]
    return x != 0 and 1 / x > 0.5


def with_or(x):  # type: ignore[no-untyped-def]
    return x == 0 or 1 / x > 0.5


def nested(x):  # type: ignore[no-untyped-def]
    if x > 0:
        if x < 1e30:
            return 1 / x + x * x * 1e200
        return 1.0
    return 0.0 if x == 0 else np.sqrt(-x)


def early_return(x):  # type: ignore[no-untyped-def]
    if not x != 0:
        return 7.0
    return 2 / x


def loop_in_branch(x):  # type: ignore[no-untyped-def]
    total = 0.0
    if x != 0:
        for k in range(3):
            total += k / x
    return total


def one_of_a_loop(x):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(4):
        if k != x:
            total += 1 / (k - x)
    return total


def while_loop(x):  # type: ignore[no-untyped-def]
    total = 0.0
    while x > 1:
        total += 1 / x
        x = x / 2
    return total


def where_takes_both(x):  # type: ignore[no-untyped-def]
    return np.where(x != 0, 1 / x, 0.0)


def long_branch(x):  # type: ignore[no-untyped-def]
    if x > 0:
        y = x * x + 1 / x
        y = y * y + np.sqrt(x)
        y = y / x + y * x + 1 / (x * x)
        y = y + x * 2 - 1 / x + y / (1 + x)
        return y * 2
    return -1.0


@dataclass(frozen=True)
class Guarded:
    """A kernel, values that are harmless to it although one of its branches is not, and a harmful one with its errors."""

    function: Callable[..., object]
    fine: tuple[float, ...]
    harmful: float
    errors: frozenset[str]


NAN, INF = math.nan, math.inf
DIVIDE, INVALID, OVER = frozenset({"divide"}), frozenset({"invalid"}), frozenset({"over"})
KERNELS = {
    "reciprocal": Guarded(guarded_reciprocal, (0.0, -0.0, 1.0, NAN, INF), 1e-310, OVER),
    "statement": Guarded(guarded_by_statement, (0.0, -0.0, 2.0, NAN, -INF), 1e-309, OVER),
    "sqrt": Guarded(guarded_sqrt, (-1.0, -INF, NAN, 4.0, 0.0), NAN, frozenset()),
    "log": Guarded(guarded_log, (0.0, -1.0, -INF, 1.0, NAN), NAN, frozenset()),
    "integer": Guarded(guarded_integer, (NAN, INF, 1e300, -1e19, 5.0), 3.0, frozenset()),
    "comparisons": Guarded(compared, (NAN, 1.0, INF), NAN, frozenset()),
    "and": Guarded(with_and, (0.0, 1.0, NAN), 1e-310, OVER),
    "or": Guarded(with_or, (0.0, 1.0, NAN), 1e-310, OVER),
    "nested": Guarded(nested, (0.0, 1e31, 1e300, -4.0, NAN, INF), 1e-310, OVER),
    "early return": Guarded(early_return, (0.0, -0.0, 2.0), 1e-309, OVER),
    "loop in branch": Guarded(loop_in_branch, (0.0, 1.0), 1e-309, OVER),
    "one of a loop": Guarded(one_of_a_loop, (0.0, 1.0, 2.0, 0.5), NAN, frozenset()),
    "while": Guarded(while_loop, (0.0, -1.0, 5.0, NAN), 5.0, frozenset()),
    "where": Guarded(where_takes_both, (1.0, 2.0, NAN), 0.0, DIVIDE),
    "long branch": Guarded(long_branch, (0.0, -1.0, 1.0, NAN, -INF), 1e200, OVER),
}


@cache
def compiled(name: str, target: str) -> np.ufunc:
    return for_processor(
        cobra.ufunc(types=["d->?" if name in ("comparisons", "and", "or") else "d->i" if name == "integer" else "d->d"])(
            KERNELS[name].function
        ),
        target,
    )


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "dense": np.array,
    "strided": lambda array: np.repeat(array, 3)[::3],
    "backwards": lambda array: array[::-1].copy()[::-1],
}


@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize("name", KERNELS)
def test_a_branch_that_is_not_taken_does_not_warn(name: str, target: str) -> None:
    kernel, case, listener = compiled(name, target), KERNELS[name], Listener()
    for arrange in LAYOUTS.values():
        for n in (1, 2, 7, 16, 33, 70, 700):
            mixed = np.resize(case.fine, n)
            for numbers in (mixed, *(np.full(n, value) for value in case.fine)):
                assert listener.run(kernel, arrange(numbers))[1] - {"under"} == frozenset(), (n, numbers[:5])


@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize("name", [name for name, case in KERNELS.items() if case.errors])
def test_one_that_is_taken_warns_wherever_it_stands(name: str, target: str) -> None:
    kernel, case, listener = compiled(name, target), KERNELS[name], Listener()
    for n in (1, 5, 16, 33, 40):
        for place in range(n):
            numbers = np.resize(case.fine, n)
            numbers[place] = case.harmful
            for arrange in LAYOUTS.values():
                assert listener.run(kernel, arrange(numbers))[1] - {"under"} == case.errors, (n, place)


@pytest.mark.parametrize("name", KERNELS)
def test_the_values_are_those_of_plain_python(name: str) -> None:
    kernel, case = compiled(name, "host"), KERNELS[name]
    numbers = np.resize((*case.fine, case.harmful), 50)
    with np.errstate(all="ignore"):
        expected = [case.function(number) for number in numbers]
        assert np.array_equal(
            kernel(numbers), np.array(expected, kernel.types[0][-1]), equal_nan=name not in ("integer", "comparisons", "and", "or")
        )


# -- what is computed and not used, or known beforehand


@cobra.ufunc
def unused(x: f64) -> f64:
    1 / x
    return x


@cobra.ufunc
def constant_division(x: f64) -> f64:
    zero = np.float64(0.0)
    return x + np.float64(1.0) / zero


@pytest.mark.parametrize("target", runnable())
def test_what_is_not_used_warns_all_the_same(target: str) -> None:
    listener = Listener()
    for n in (1, 40):
        assert listener.run(for_processor(unused, target), np.zeros(n))[1] == DIVIDE
        assert listener.run(for_processor(unused, target), np.ones(n))[1] == frozenset()
        assert listener.run(for_processor(constant_division, target), np.zeros(n))[1] == DIVIDE


# -- integers, by rule


@cobra.ufunc(types=["ll->l", "bb->b", "ii->i"])
def guarded_quotient(a, b):  # type: ignore[no-untyped-def]
    return a // b if b != 0 else a * 0


@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize("dtype", ["i8", "i1", "i4"])
def test_integers_warn_by_rule_and_only_where_they_divide(dtype: str, target: str) -> None:
    kernel, listener = for_processor(guarded_quotient, target), Listener()
    least = np.iinfo(dtype).min
    for n in (1, 3, 70, 300):
        a, b = np.full(n, 7, dtype), np.zeros(n, dtype)
        assert listener.run(kernel, a, b)[1] == frozenset()
        for place in {0, n // 2, n - 1}:
            a, b = np.full(n, 7, dtype), np.full(n, 2, dtype)
            a[place], b[place] = least, -1
            assert listener.run(kernel, a, b)[1] == OVER
            assert listener.run(kernel, a[::-1], b[::-1])[1] == OVER


# -- reductions and the like


@cobra.ufunc(identity=0)
def add_guarded(a: f64, b: f64) -> f64:
    return a + (1 / b if b != 0 else 0.0)


@pytest.mark.parametrize("target", runnable())
def test_in_reduce_accumulate_reduceat_at_and_outer(target: str) -> None:
    kernel, listener = for_processor(add_guarded, target), Listener()
    fine, harmful = np.array([0.0, 1.0, 2.0, 0.0] * 10), np.array([0.0, 1.0, 1e-310] * 10)
    calls: list[Callable[[Array], object]] = [
        kernel.reduce, kernel.accumulate,
        lambda x: kernel.reduceat(x, [0, 4, 9]),
        lambda x: kernel.outer(x, x),
        lambda x: kernel.at(np.zeros(3), [0, 1, 1, 2], x[:4]),
        lambda x: kernel.reduce(np.stack([x, x, x]), axis=0),
    ]  # fmt: skip
    for call in calls:
        assert listener.run(call, fine)[1] == frozenset()
        assert listener.run(call, harmful)[1] == OVER


def test_only_the_kernel_itself_warns() -> None:
    """What other code raised before the call, and what the loop does not compute, is no warning of its."""
    kernel = compiled("reciprocal", "host")
    with np.errstate(all="ignore"):
        np.ones(1) / np.zeros(1)
    assert Listener().run(kernel, np.zeros(1000)[::7])[1] == frozenset()


# -- cores of generalized ufuncs


@cobra.ufunc
def mean_of_positive(x: f64["n"]) -> f64:
    total, count = 0.0, 0
    for k in range(x.shape[0]):
        if x[k] > 0:
            total += 1 / x[k]
            count += 1
    return total / count if count else 0.0


@cobra.ufunc
def scaled_by_rate(x: f64["n"], rate: f64) -> f64["n"]:
    out = np.empty_like(x)
    for k in range(x.shape[0]):
        out[k] = x[k] * (rate * rate) + 1 / rate
    return out


@cobra.ufunc
def clipped(x: f32["n"]) -> f32["n"]:
    out = np.empty_like(x)
    for k in range(x.shape[0]):
        out[k] = x[k] if x[k] > 0 else np.float32(0)
    return out


@cobra.ufunc
def largest(x: f64["n"]) -> f64:
    found = x[0]
    for k in range(1, x.shape[0]):
        if x[k] > found:
            found = x[k]
    return found


@pytest.mark.parametrize("target", runnable())
def test_cores(target: str) -> None:
    listener = Listener()
    for n in (1, 2, 3, 4, 7, 8, 16, 31, 33, 100):
        numbers = np.resize([0.0, NAN, -1.0, -INF, 4.0], n)
        assert listener.run(for_processor(mean_of_positive, target), numbers)[1] == frozenset()
        assert listener.run(for_processor(clipped, target), numbers.astype("f4"))[1] == frozenset()
        assert listener.run(for_processor(largest, target), numbers)[1] == frozenset()
        for place in range(0, n, 3):
            harmful = numbers.copy()
            harmful[place] = 1e-310
            assert listener.run(for_processor(mean_of_positive, target), harmful)[1] == OVER


@pytest.mark.parametrize("target", runnable())
def test_a_loop_over_nothing_does_not_warn(target: str) -> None:
    kernel, listener = for_processor(scaled_by_rate, target), Listener()
    for rate in (0.0, 1e200):
        assert listener.run(kernel, np.zeros((4, 0)), np.array(rate))[1] == frozenset()
    assert listener.run(kernel, np.ones((4, 3)), np.array(0.0))[1] == DIVIDE
    assert listener.run(kernel, np.ones((4, 3)), np.array(1e200))[1] == OVER


@pytest.mark.parametrize("target", runnable())
def test_orders_told_from_bits(target: str) -> None:
    numbers = np.array([0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, -NAN, 1e-45, -1e-45, 3e38, -3e38] * 3, "f4")
    expected = np.where(numbers > 0, numbers, np.float32(0))
    for array in (numbers, numbers[::-1], np.repeat(numbers, 2)[::2]):
        made = for_processor(clipped, target)(array)
        assert np.array_equal(np.sort(made), np.sort(expected)) and not np.signbit(made).any()


# -- the first call, which compiles


def test_compiling_leaves_no_error_behind() -> None:
    for k in range(3):
        fresh = cobra.ufunc(types=["d->d"])(guarded_reciprocal if k else guarded_sqrt)
        named = cobra.ufunc(types=["d->d"], name=f"fresh{k}")(guarded_by_statement)
        for kernel in (fresh, named):
            assert Listener().run(kernel, np.zeros(3))[1] == frozenset()
    late = cobra.ufunc(types=["d->d"], name="late")(guarded_by_statement)
    assert Listener().run(late, np.array([1e-310]))[1] == OVER


def test_errors_can_be_raised() -> None:
    kernel = compiled("where", "host")
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide by zero"):
        kernel(np.zeros(3))
    out = np.ones(40)
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        kernel(np.zeros(40), out=out)
    assert np.array_equal(out, np.zeros(40))


def test_fast_math_never_warns() -> None:
    @cobra.ufunc(types=["dd->d", "ff->f"], fast_math=True)
    def kernel(a, b):  # type: ignore[no-untyped-def]
        return (a + b - b) / 2 if a > b else a

    a, b = np.linspace(1, 2, 50), np.linspace(2, 1, 50)
    assert np.allclose(kernel(a, b), np.where(a > b, a / 2, a))
    for numbers in (np.array([NAN, 1e308, 0.0]), np.full(40, INF)):
        assert Listener().run(kernel, numbers, numbers)[1] == frozenset()
    assert np.isnan(kernel(np.array([NAN]), np.array([1.0]))).all()
    assert "fadd reassoc" in cobra.inspect.llvm(kernel, "dd->d", optimised=False)
