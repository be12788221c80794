"""An operation in a branch raises nothing for elements that do not take it, in lanes as in scalar code."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.expansion import like
from cobra.compiler.primitives.table import TABLE
from cobra.types import ScalarType, complex128, float16, float32, float64, int32, int64
from tests.compiler.primitives.native_code import Kernel, Module, kernel
from tests.compiler.primitives.special_values import Array

Write = Callable[[Builder, Value], Value]


def guarded(kind: ScalarType, operation: Write) -> Kernel:
    """Return the kernel `operation(x) if flag else x`, with the flag as second parameter."""

    def write(build: Builder, given: tuple[Value, ...]) -> tuple[Value, ...]:
        x, flag = given
        return build.if_(
            build(TABLE["not_equal"], flag, like(flag, 0)),
            lambda: (cast_value(build, operation(build, x), kind),),
            lambda: (x,),
        )

    return kernel((kind, int32), write)


def of(name: str, *others: float) -> Write:
    return lambda build, x: build(TABLE[name], x, *(like(x, other) for other in others))


def through(kind: ScalarType) -> Write:
    return lambda build, x: cast_value(build, x, kind)


# Per case: type, operation, an operand that raises an error, and an operand that raises none.
CASES: dict[str, tuple[ScalarType, Write, complex, complex]] = {
    "divide": (float64, lambda build, x: build(TABLE["divide"], like(x, 1), x), 0.0, 4.0),
    "reciprocal": (float32, of("reciprocal"), 0.0, 4.0),
    "multiply": (float64, of("multiply", 1e300), 1e300, 2.0),
    "add": (float64, of("add", -np.inf), np.inf, 2.0),
    "subtract": (float32, of("subtract", np.inf), np.inf, 2.0),
    "sqrt": (float64, of("sqrt"), -1.0, 4.0),
    "fma": (float64, of("fma", 1e300, 1.0), 1e300, 2.0),
    "narrow": (float64, through(float32), 1e300, 2.0),
    "narrow to half": (float64, through(float16), 1e300, 2.0),
    "truncate": (float64, through(int32), np.nan, 2.0),
    "truncate to unsigned": (float32, lambda build, x: cast_value(build, x, int64), np.inf, 2.0),
    "floor_divide": (int32, lambda build, x: build(TABLE["floor_divide"], like(x, 7), x), 0, 2),
    "complex divide": (complex128, lambda build, x: build(TABLE["divide"], like(x, 1), x), 0, 2 + 1j),
    "complex absolute": (complex128, lambda build, x: build(TABLE["square"], build(TABLE["absolute"], x)), 1e300, 2 + 1j),
    "spacing": (float64, of("spacing"), np.finfo(float).max, 2.0),
    "logarithm": (float64, of("log"), 0.0, 2.0),
}


@pytest.mark.parametrize("lanes", [None, 4, 8])
@pytest.mark.parametrize("case", CASES)
def test_only_taken_elements_raise(case: str, lanes: int | None) -> None:
    kind, operation, bad, good = CASES[case]
    module = Module([guarded(kind, operation)], lanes=lanes)
    column: Array = np.array([good, bad] * 8).astype(kind.dtype)
    assert module.run(0, column, np.array([1, 0] * 8, np.int32)).flags == frozenset()
    assert module.run(0, column, np.array([1, 1] * 8, np.int32)).flags != frozenset()
