"""Names from outside: globals, closures, functions, lambdas, other kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import sin as renamed_sine
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from oracle import alike, check, operands

import cobra

SCALE = 2.5
COUNT = 3
TYPED = np.float32(0.1)
POLYNOMIAL = (1.0, -2.0, 0.5)
TABLE = np.array([3, 1, 2], np.int16)
SETTINGS = SimpleNamespace(gain=4, offset=SimpleNamespace(x=0.5))
LIMIT = None


class Point(NamedTuple):
    x: float
    y: float


class Constants:
    half = 0.5
    three = 3


ORIGIN = Point(1.5, -2.0)


def square(v: Any) -> Any:
    return v * v


def affine(v: Any, scale: Any = 2, *, offset: Any = 0.5) -> Any:
    """Return a line."""
    return v * scale + offset


def clamped(v: Any, low: Any = None, high: Any = None) -> Any:
    if low is not None and v < low:
        return low
    if high is not None:
        if v > high:
            return high
    return v


def quotient_and_rest(a: Any, b: Any) -> Any:
    return a // b, a % b


def early_out(v: Any) -> Any:
    for k in range(3):
        if v < k:
            return k
    return v


def applied(f: Callable[..., Any], v: Any) -> Any:
    return f(v)


def twice(f: Callable[..., Any], v: Any) -> Any:
    return f(f(v))


def deep(v: Any) -> Any:
    return square(affine(early_out(v)))


def constant_function() -> Any:
    return 42


def raises_rarely(v: Any) -> Any:
    assert v != 12345, "never"
    return v + 1


halved = lambda v: v / 2  # noqa: E731
lambdas = [lambda v: v + 1, lambda v: v + 2, lambda v: v * 3]
first, second = (lambda v: v - 1), (lambda v: v - 2)


@cobra.ufunc
def typed_kernel(a: cobra.float64, b: cobra.float64) -> cobra.float64:
    return a * b + 1


@cobra.ufunc(types=["ff->f", "dd->d"])
def two_loops(a, b):  # type: ignore[no-untyped-def]
    return a / b if b != 0 else a


@cobra.ufunc
def inferred(a, b):  # type: ignore[no-untyped-def]
    return a + b, a - b


@cobra.ufunc
def flag(a, b):  # type: ignore[no-untyped-def]
    return a > b


def make_scaled(factor: float) -> Callable[..., Any]:
    def scaled(x: Any) -> Any:
        return x * factor + SCALE

    return scaled


CASES: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "globals": (lambda x: x * SCALE + COUNT, ("d", "f", "l")),
    "numpy scalar from outside": (lambda x: x * TYPED, ("d", "f", "b")),
    "attributes": (lambda x: x * SETTINGS.gain + SETTINGS.offset.x + Constants.half * Constants.three, ("d", "f")),
    "named tuple": (lambda x: x * ORIGIN.x + ORIGIN[1] + len(ORIGIN), ("d", "f")),
    "tuple from outside": (lambda x: POLYNOMIAL[0] + x * (POLYNOMIAL[1] + x * POLYNOMIAL[2]), ("d", "f")),
    "array from outside": (lambda x: x + TABLE[0] * TABLE[-1], ("d", "b")),
    "none from outside": (lambda x: x if LIMIT is None else 0.0, ("d",)),
    "constants of modules": (lambda x: x * np.pi + math.e + math.tau - np.euler_gamma, ("d", "f")),
    "closure": (make_scaled(3.5), ("d", "f")),
    "function": (lambda x: square(x) + square(2), ("d", "b", "D")),
    "default": (lambda x: affine(x) + affine(x, 3), ("d", "f", "l")),
    "keywords": (lambda x: affine(x, offset=1) + affine(scale=x, v=2, offset=x), ("d", "f")),
    "none as default": (lambda x: clamped(x) + clamped(x, 0) + clamped(x, high=2, low=-1) + clamped(x, high=5), ("d",)),
    "several results": (lambda x: quotient_and_rest(x, 3), ("d", "l")),
    "unpacked into a call": (lambda x: affine(*(x, 3)), ("d",)),
    "early return inside": (lambda x: early_out(x) * 2, ("d", "l")),
    "deep": (lambda x: deep(deep(x)), ("d",)),
    "without arguments": (lambda x: x + constant_function(), ("d", "b")),
    "functions as arguments": (lambda x: applied(square, x) + twice(halved, x) + applied(math.floor, abs(x) % 5), ("d",)),
    "function in a variable": (lambda x: [f := halved, f(x)][1] if False else halved(x), ("d",)),
    "lambdas on one line": (lambda x: (first(x), second(x)), ("d", "l")),
    "renamed": (lambda x: renamed_sine(x % 3), ("d",)),
    "checked inside": (lambda x: raises_rarely(x), ("d", "l")),
    "typed kernel": (lambda x: typed_kernel(x, 2) + typed_kernel(1, 2), ("d", "f", "l")),
    "kernel with loops": (lambda x: two_loops(x, 2.0), ("d", "f", "b", "l")),
    "kernel with loops, python integers": (lambda x: two_loops(x, 3) * two_loops(1, 2), ("d", "f", "b")),
    "inferred kernel": (lambda x: inferred(x, 2)[0] * inferred(2.5, x)[1], ("d", "f", "b")),
    "kernel of a kernel": (lambda x: two_loops(typed_kernel(x, x), inferred(x, x)[0]), ("d",)),
    "kernel of bools": (lambda x: flag(x, 1) & flag(3, x), ("d", "l")),
}


@pytest.mark.parametrize("name", [name for name in CASES if name != "function in a variable"])
def test_calls(name: str) -> None:
    function, types = CASES[name]
    check(function, *types, ulps=1)


def in_a_variable(x: Any) -> Any:
    f = square
    g = np.negative
    kind = np.float32
    return g(f(x)) + kind(1.1)


def chosen_function(x: Any) -> Any:
    f = square
    if x > 0:
        f = square
    return f(x)


def test_functions_in_variables() -> None:
    check(in_a_variable, "d", "f")
    check(chosen_function, "d")


@pytest.mark.parametrize("position", range(3))
def test_lambdas_in_a_list(position: int) -> None:
    check(lambdas[position], "d", "l")


def test_closures_made_by_one_definition_differ() -> None:
    kernels = [cobra.ufunc(make_scaled(factor), types="d->d") for factor in (1.0, 2.0, 3.0)]
    assert [kernel(10.0) for kernel in kernels] == [12.5, 22.5, 32.5]


def test_names_are_captured_when_the_kernel_is_made() -> None:
    namespace: dict[str, Any] = {"K": 1.0}
    source = "def f(x):\n    return x + K\n"
    exec(source, namespace)
    kernel = cobra.ufunc(namespace["f"], types="d->d", source=source)
    namespace["K"] = 100.0
    assert kernel(1.0) == 2.0


def test_a_gufunc_with_scalar_outputs_is_called_on_rows() -> None:
    @cobra.ufunc
    def total(a: cobra.float64["n"]) -> cobra.float64:
        result = 0.0
        for value in a:
            result += value
        return result

    @cobra.ufunc
    def largest_total(a: cobra.float64["m n"]) -> cobra.float64:
        best = total(a[0])
        for i in range(1, len(a)):
            best = max(best, total(a[i]))
        return best

    data = np.arange(12.0).reshape(3, 4)
    assert largest_total(data) == 38.0


def test_bound_kernels_are_called() -> None:
    doubled = cobra.bind(typed_kernel, b=2.0)
    kernel = cobra.ufunc(lambda x: doubled(x) + 1, types="d->d")
    assert all(alike(kernel(x), x * 2 + 1 + 1, 0) for (x,) in operands("d"))
