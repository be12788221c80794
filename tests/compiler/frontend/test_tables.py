"""Which tuples are tables, and which indices are known to be in range."""

from __future__ import annotations

import math

import pytest

from cobra.compiler.frontend.promotion import python_number
from cobra.compiler.frontend.tables import entry_of, is_masked_below
from cobra.compiler.frontend.terms import Number, Tuple
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.arithmetic import add
from cobra.compiler.primitives.bitwise import bitwise_and
from cobra.types import ScalarType, complex128, float32, float64, int8, int32


def typed(kind: ScalarType, *values: float) -> Tuple:
    return Tuple(tuple(Number(Constant(kind, value)) for value in values))


PYTHON = Tuple((python_number(0.5), python_number(1.5)))
INDEX = Variable(int32, "i")


@pytest.mark.parametrize(
    ("target", "kind", "weak"), [(typed(float32, 1.0, 2.0), float32, False), (typed(int32, 1, 2, 3), int32, False), (PYTHON, float64, True)]
)
def test_numbers_of_one_type_are_a_table(target: Tuple, kind: ScalarType, weak: bool) -> None:
    found = entry_of(Builder(), target, INDEX)
    assert found is not None and (found.type, found.weak) == (kind, weak)


@pytest.mark.parametrize(
    "target",
    [
        typed(int8, 1, 2),
        typed(complex128, 1.0, 2.0),
        typed(float64, 1.0, math.nan),
        Tuple((python_number(1), python_number(2))),
        Tuple((*typed(float32, 1.0).items, *typed(float64, 2.0).items)),
        Tuple((*PYTHON.items, Number(Variable(float64, "x"), weak=True))),
        Tuple((PYTHON, PYTHON)),
    ],
    ids=["narrow", "complex", "nan", "Python integers", "of two types", "a variable", "tuples"],
)
def test_other_tuples_are_none(target: Tuple) -> None:
    assert entry_of(Builder(), target, INDEX) is None


@pytest.mark.parametrize(("size", "known", "bare"), [(4, True, True), (5, True, False), (3, False, False)])
def test_masks_that_keep_an_index_in_range(size: int, known: bool, bare: bool) -> None:
    build = Builder()
    index: Value = build(bitwise_and, INDEX, Constant(int32, 3))
    assert is_masked_below(build, index, size) == known
    entry_of(build, typed(float32, *map(float, range(size))), index)
    (look_up,) = (made for value, made in build.made.items() if made.primitive.name == "look_up")
    assert (look_up.operands[0] is INDEX) == bare


def test_other_integers_may_be_out_of_range() -> None:
    build = Builder()
    assert not is_masked_below(build, INDEX, 8)
    assert not is_masked_below(build, build(add, INDEX, Constant(int32, 3)), 8)
