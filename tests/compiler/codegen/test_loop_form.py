"""How many lanes a kernel is computed on: more vectors where straight code is long and the machine has the registers."""

from __future__ import annotations

import pytest

from cobra.compiler.codegen.loop_form import LoopForm, lanes_of
from cobra.compiler.codegen.loop_parts import Machine
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.primitives.table import TABLE
from cobra.types import ScalarType, float16, float32, float64, int8, int16
from tests.compiler.transforms.ir_cases import function


def _products(kind: ScalarType, count: int, name: str = "multiply") -> Function:
    """Return a function that multiplies a number by itself again and again, or computes otherwise with it."""

    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        (x,) = given
        product: Value = x
        for _ in range(count):
            product = build(TABLE[name], product, x)
        return (product,)

    return function([kind], write)


@pytest.mark.parametrize(
    ("kind", "count", "vector_bytes", "lanes"),
    [
        (float32, 39, 64, 32),
        (float32, 40, 64, 64),
        (float64, 40, 64, 32),
        (float64, 40, 32, 8),
        (float64, 40, 16, 4),
        (float16, 40, 64, 32),
        (int16, 40, 64, 64),
        (int8, 40, 64, 128),
    ],
)
def test_lanes(kind: ScalarType, count: int, vector_bytes: int, lanes: int) -> None:
    assert lanes_of(_products(kind, count), Machine(vector_bytes), LoopForm.LANES) == lanes
    assert lanes_of(_products(kind, count), Machine(vector_bytes), LoopForm.SCALAR) is None


@pytest.mark.parametrize(("count", "lanes"), [(13, 16), (14, 32)])
def test_divisions_make_code_long(count: int, lanes: int) -> None:
    assert lanes_of(_products(float64, count, "divide"), Machine(64), LoopForm.LANES) == lanes
