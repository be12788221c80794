"""Functions made again from a specification, in a namespace that holds nothing but what was frozen."""

from __future__ import annotations

import cmath
import collections
import dataclasses
import enum
import inspect
import math
import operator
import traceback

import numpy as np
import pytest

import cobra
from cobra import float32 as f32
from cobra.compiler.spec import FunctionSpec, spec_of
from cobra.ufunc.kernel import intern, kernel_of
from cobra.ufunc.python_function import rebuild_function

SCALE = 2.5
TYPED = np.float32(0.1)
TABLE = np.arange(6.0).reshape(2, 3)
WEIGHTS = [1, 2.5, 3]
Point = collections.namedtuple("Point", "x y")
ORIGIN = Point(1.0, 2)


class Color(enum.Enum):
    RED = 3


class Constants:
    half = 0.5


@dataclasses.dataclass
class Settings:
    tolerance: float = 1e-3


SETTINGS = Settings()


def helper(x, *, power=2):
    return x**power + SCALE


@cobra.ufunc
def squared(x):
    return x * x


def make_closure(offset):
    def inner(x, factor=offset):
        return x * factor + offset + TYPED

    return inner


def uses_numbers(x):
    return x * SCALE + TYPED


def uses_modules(x):
    return math.sin(x) + np.exp(-x) + cmath.phase(x) + operator.mul(x, math.pi) + np.float32(2) + abs(min(x, 3))


def uses_tables(x):
    total = x * TABLE[1, 2] + ORIGIN.x
    for weight in WEIGHTS:
        total += weight
    return total + ORIGIN[1] + len(WEIGHTS)


def uses_attributes(x):
    return x + Color.RED.value + Constants.half + SETTINGS.tolerance


def uses_functions(x):
    return helper(x) + helper(x, power=3) + squared(x)


def uses_types(x: f32, y: float = 1) -> tuple[float, int]:
    z: float = float(x) + int(y)
    return f32(z), np.int16(y)


def uses_inner(x):
    add = lambda y, z=SCALE: y + z  # noqa: E731
    return add(x) + sum(w * x for w in (1, 2, 3))


@pytest.mark.parametrize(
    "function",
    [
        uses_numbers, uses_modules, uses_tables, uses_attributes, uses_functions, uses_types, uses_inner, make_closure(3.5),
        lambda x: x * SCALE, lambda x, y=SCALE, *, z=TYPED: x + y + z,
    ],
    ids=lambda function: function.__name__,
)  # fmt: skip
def test_rebuilt_functions_do_the_same(function) -> None:
    rebuilt = rebuild_function(spec_of(function), intern)
    for x in (0.75, np.float32(3), -2):
        assert rebuilt(x) == function(x)
    assert rebuilt.__globals__ is not function.__globals__
    about = ("__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__")
    for attribute in about:
        assert getattr(rebuilt, attribute) == getattr(function, attribute)


def test_signature_and_annotations() -> None:
    rebuilt = rebuild_function(spec_of(uses_types), intern)
    assert rebuilt.__annotations__ == {"x": f32, "y": cobra.float64, "return": tuple[cobra.float64, cobra.int64]}
    assert str(inspect.signature(rebuilt)).startswith("(x: float32, y: float64 = 1)")


def test_lines_are_those_of_the_file() -> None:
    def fails(x):
        y = x + 1
        return y / 0

    rebuilt = rebuild_function(spec_of(fails), intern)
    with pytest.raises(ZeroDivisionError) as caught:
        rebuilt(1)
    frame = traceback.extract_tb(caught.tb)[-1]
    assert (frame.filename, frame.lineno, frame.line) == (__file__, fails.__code__.co_firstlineno + 2, "return y / 0")


def test_values_are_those_of_the_making() -> None:
    value = 1.0

    def kernel(x):
        return x + value

    spec = spec_of(kernel)
    value = 2.0
    assert rebuild_function(spec, intern)(1.0) == 2.0 and kernel(1.0) == 3.0


def test_recursion_is_kept() -> None:
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    assert rebuild_function(spec_of(factorial), intern)(5) == 120


def test_names_without_a_value_stay_without() -> None:
    def kernel(x):
        return x + nothing_of_that_name if x > 0 else x

    rebuilt = rebuild_function(spec_of(kernel), intern)
    assert rebuilt(-1) == -1
    with pytest.raises(NameError, match="nothing_of_that_name"):
        rebuilt(1)


def test_modules_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def kernel(x):
        return np.exp(x)

    spec = spec_of(kernel)
    assert isinstance(spec, FunctionSpec)
    monkeypatch.setitem(__import__("sys").modules, "numpy.exp", None)
    assert rebuild_function(spec, intern)(0.0) == 1.0


def test_kernels_are_called_as_kernels() -> None:
    rebuilt = rebuild_function(spec_of(uses_functions), intern)
    assert rebuilt.__globals__["squared"] is squared
    assert kernel_of(rebuilt.__globals__["squared"]) is not None
