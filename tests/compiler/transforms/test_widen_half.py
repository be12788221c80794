"""float16 arithmetic is done in float32 and rounded; what only moves bits stays."""

from __future__ import annotations

import pytest

from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.verify import verify
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms.widen_half import widen_half
from cobra.types import bool_, float16, float32, int32
from tests.compiler.transforms.ir_cases import function, names, operations


def test_a_sum() -> None:
    made = widen_half(function([float16, float16], lambda build, given: [build(TABLE["add"], *given)]))
    assert print_function(verify(made)) == (
        "function f(%x: float16, %y: float16) -> (float16) {\n"
        "  %0: float32 = cast %x {to='float32'}\n"
        "  %1: float32 = cast %y {to='float32'}\n"
        "  %2: float32 = add %0, %1\n"
        "  %3: float16 = cast %2 {to='float16'}\n"
        "  return %3\n"
        "}"
    )


def test_constants_are_widened_at_once() -> None:
    made = widen_half(function([float16], lambda build, given: [build(TABLE["less"], given[0], constant(0.1, float16))]))
    (_, less) = operations(made.body)
    assert less.operands[1].type == float32
    assert names(made) == ["cast", "less"]


def test_other_types_stay() -> None:
    made = widen_half(function([float16, int32], lambda build, given: [build(TABLE["ldexp"], *given)]))
    assert names(verify(made)) == ["cast", "ldexp", "cast"]


def test_results_of_other_types_stay() -> None:
    made = widen_half(function([float16], lambda build, given: build.many(TABLE["frexp"], *given)))
    assert [value.type for value in verify(made).body.results] == [float16, int32]


@pytest.mark.parametrize("name", ["negative", "fabs", "signbit", "isnan", "nextafter", "copysign", "maximum"])
def test_operations_on_bits_stay(name: str) -> None:
    count = 2 if name in ("nextafter", "copysign", "maximum") else 1
    made = function([float16] * count, lambda build, given: [build(TABLE[name], *given)])
    assert names(widen_half(made)) == [name]


def test_select_stays() -> None:
    made = function([bool_, float16, float16], lambda build, given: [build(TABLE["select"], *given)])
    assert names(widen_half(made)) == ["select"]


def test_float32_is_left_alone() -> None:
    made = function([float32, float32], lambda build, given: [build(TABLE["add"], *given)])
    assert print_function(widen_half(made)) == print_function(made)
