"""Composite operations are written out to the end, wherever they stand."""

from __future__ import annotations

import pytest

from cobra.compiler.ir.builder import Builder, true
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.primitives.complex_parts import RECORDS as PARTS
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms.expand import expand
from cobra.compiler.transforms.split_complex import is_complex
from cobra.errors import Location
from cobra.types import SCALAR_TYPES, bool_, float16, float64, int32
from tests.compiler.transforms.ir_cases import function, names, operations


def test_a_simple_composite() -> None:
    made = expand(function([float64], lambda build, given: [build(TABLE["square"], given[0])]))
    assert print_function(made) == (
        "function f(%x: float64) -> (float64) {\n  %0: float64 = multiply %x, %x\n  return %0\n}"
    )


def test_an_operation_of_the_machine_stays() -> None:
    made = function([float64, float64], lambda build, given: [build(TABLE["add"], *given)])
    assert print_function(expand(made)) == print_function(made)


def test_an_operation_may_be_replaced_by_its_operand() -> None:
    made = expand(function([int32], lambda build, given: [build(TABLE["floor"], given[0])]))
    assert print_function(made) == "function f(%x: int32) -> (int32) {\n  return %x\n}"


def test_composites_inside_loops_and_branches() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        def body(carried: tuple[Variable, ...]) -> tuple[Value, ...]:
            flag = build(TABLE["logical_not"], carried[0])
            return build.if_(flag, lambda: (build(TABLE["absolute"], carried[0]),), lambda: (carried[0],))

        return build.while_(given, lambda carried: build(TABLE["logical_and"], carried[0], carried[0]), body)

    # logical_and asks for bools, so the loop carries one; absolute of it is itself.
    made = verify(expand(function([bool_], write)))
    assert names(made) == ["bitwise_and", "invert"]


def test_a_branch_on_a_constant_is_taken() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        return build.if_(true(), lambda: (build(TABLE["square"], given[0]),), lambda: (given[0],))

    assert names(expand(function([float64], write))) == ["multiply"]


def test_what_is_appended_keeps_the_position() -> None:
    place = Location("kernels.py", 3, 4, 9, "    x ** 2")

    def write(build: Builder, given: tuple[Variable, ...]) -> list[Value]:
        build.location = place
        return [build(TABLE["sign"], given[0])]

    made = expand(function([float64], write))
    assert {operation.location for operation in operations(made.body)} == {place}


def _is_final(operation: Operation) -> bool:
    primitive = operation.primitive
    return primitive.lower is not None or primitive.definition is not None or primitive in PARTS


@pytest.mark.parametrize("record", TABLE.values(), ids=lambda record: record.name)
def test_only_operations_of_the_machine_remain(record: Primitive) -> None:
    counts = [record.numpy.nin] if record.numpy else [1, 2, 3]
    for kind in SCALAR_TYPES:
        if kind == float16 and not record.takes_half:
            continue
        for count in counts:
            try:
                loop = record.rule((kind,) * count)
            except TypeError:
                continue
            made = verify(expand(function(loop.operands, lambda build, given: build.many(record, *given))))
            rest = [operation for operation in operations(made.body) if not _is_final(operation)]
            assert not rest, f"{record.name} of {loop.operands}: {rest}"
            lowered = [operation for operation in operations(made.body) if operation.primitive.lower is not None]
            wrong = [o for o in lowered if any(is_complex(value) for value in (*o.operands, *o.results))]
            assert not wrong, f"{record.name} of {loop.operands}: {wrong}"
