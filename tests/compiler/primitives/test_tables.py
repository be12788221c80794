"""Tables in kernels: what they hold, and how they survive being printed and read."""

from __future__ import annotations

import math

import pytest

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.reading import read_function
from cobra.compiler.ir.values import Constant, Number, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.primitives.tables import holds_in_table, looked_up
from cobra.compiler.transforms.simplify import simplify
from cobra.types import SCALAR_TYPES, ScalarType, float32, float64, int32, int64, uint64


def test_what_tables_hold() -> None:
    held = {kind.name for kind in SCALAR_TYPES if holds_in_table(kind)}
    assert held == {"float32", "float64", "int32", "int64", "uint32", "uint64"}


def choosing(table: list[Number], kind: ScalarType) -> Function:
    """Return the function that looks its argument up."""
    index, build = Variable(int64, "i"), Builder()
    found = looked_up(build, table, kind, index)
    return Function("choosing", (index,), build.finish((found,)))


@pytest.mark.parametrize(
    ("table", "kind", "text"),
    [
        ([0.1, -math.inf], float64, "0x1.999999999999ap-4 -inf"),
        ([1.5, -0.0, 2.0], float32, "0x1.8000000000000p+0 -0x0.0p+0 0x1.0000000000000p+1 0x0.0p+0"),
        ([-1, 2, 3, 4, 5], int32, "-1 2 3 4 5 0 0 0"),
        ([2**64 - 1], uint64, "18446744073709551615"),
    ],
)
def test_entries_are_kept_exactly(table: list[Number], kind: ScalarType, text: str) -> None:
    function = verify(choosing(table, kind))
    (operation,) = function.body.statements
    assert operation.attributes["table"] == text
    printed = print_function(function)
    assert print_function(verify(read_function(printed, TABLE))) == printed


def test_an_index_that_is_known_stays_a_look_up() -> None:
    build = Builder()
    found = looked_up(build, [1.0, 2.0], float64, Constant(int64, 1))
    function = Function("known", (), build.finish((found,)))
    assert [statement.primitive.name for statement in simplify(function).body.statements] == ["look_up"]
