"""What kind of number holds what two paths give a variable."""

from __future__ import annotations

import pytest

from cobra.compiler.frontend.kinds import Kind, join_kinds, kind_of
from cobra.compiler.frontend.terms import Number
from cobra.compiler.ir.values import Constant, Variable
from cobra.types import ScalarType, bool_, complex64, complex128, float16, float32, float64, int8, int16, int64, uint8, uint64  # fmt: skip

INT, FLOAT, COMPLEX, BOOL = Kind(int64, True), Kind(float64, True), Kind(complex128, True), Kind(bool_, True)


def typed(scalar: ScalarType) -> Kind:
    return Kind(scalar, False)


def span(low: int, high: int) -> Kind:
    return Kind(int64, True, (low, high))


JOINS: list[tuple[Kind, Kind, Kind | None]] = [
    (INT, FLOAT, FLOAT),
    (BOOL, INT, INT),
    (FLOAT, COMPLEX, COMPLEX),
    (span(0, 0), span(3, 3), span(0, 3)),
    (span(0, 0), INT, INT),
    (FLOAT, typed(float32), typed(float32)),
    (INT, typed(float16), typed(float16)),
    (FLOAT, typed(int8), typed(float64)),
    (INT, typed(bool_), typed(int64)),
    (BOOL, typed(uint8), typed(uint8)),
    (COMPLEX, typed(float32), typed(complex64)),
    (COMPLEX, typed(float64), typed(complex128)),
    (COMPLEX, typed(int8), typed(complex128)),
    (span(0, 100), typed(int8), typed(int8)),
    (span(-1, 0), typed(uint8), typed(int64)),
    (span(0, 300), typed(int8), typed(int64)),
    (span(2**63, 2**63), typed(uint8), typed(uint64)),
    (span(2**63, 2**63), typed(int8), None),
    (INT, typed(int8), typed(int64)),
    (INT, typed(uint64), None),
    (typed(int8), typed(uint8), typed(int16)),
    (typed(int64), typed(uint64), None),
    (typed(int64), typed(float32), typed(float64)),
    (typed(float32), typed(complex128), typed(complex128)),
    (typed(bool_), typed(int8), typed(int8)),
    (typed(float32), typed(float32), typed(float32)),
]


@pytest.mark.parametrize(("first", "second", "joined"), JOINS, ids=str)
def test_joins(first: Kind, second: Kind, joined: Kind | None) -> None:
    assert join_kinds(first, second) == joined
    assert join_kinds(second, first) == joined


def test_kinds_of_numbers() -> None:
    assert kind_of(Number(Constant(int64, 7), weak=True)) == span(7, 7)
    assert kind_of(Number(Constant(int64, 7))) == typed(int64)
    assert kind_of(Number(Constant(bool_, True), weak=True)) == BOOL
    assert kind_of(Number(Variable(float32))) == typed(float32)
    assert kind_of(Number(Variable(int64), True, (1, 2))) == span(1, 2)
