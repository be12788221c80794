"""Choosing between two values that are both computed."""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import ArgumentType, Loop, Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.lowerings import operand_type
from cobra.compiler.primitives.type_rules import expect_count, names, promoted
from cobra.types import bool_


def _rule(arguments: tuple[ArgumentType, ...]) -> Loop:
    expect_count("select", arguments, 3)
    if arguments[0] != bool_:
        raise TypeError(f"the condition of select is a bool, not {names(arguments[:1])}")
    kind = promoted(arguments[1:])
    return Loop((bool_, kind, kind), (kind,))


def _lower(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    condition, yes, no = registers
    return (emitter.select(condition, operand_type(operation, 1), yes, no),)


def _expand(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    condition, yes, no = operation.operands
    if not scalar_of(yes).is_complex:
        return None
    pairs = zip(parts(build, yes), parts(build, no), strict=True)
    return (build(make_complex, *(build(select, condition, first, second) for first, second in pairs)),)


select = Primitive(
    name="select",
    doc="Return the second operand where the first holds, else the third; both are computed.",
    rule=_rule,
    lower=_lower,
    expand=_expand,
    plain=True,
    takes_half=True,
)

RECORDS = (select,)
