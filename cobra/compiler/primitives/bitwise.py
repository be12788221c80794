"""Operations on the bits of integers and on bools."""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.lowerings import integer_instruction, operand_type
from cobra.compiler.primitives.type_rules import numpy_rule


def _lower_invert(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    kind = operand_type(operation)
    ones = emitter.constant(-1 if kind.is_integer else True, kind)
    return (emitter.emit(f"xor {emitter.type(kind)} {registers[0]}, {ones}"),)


bitwise_and = Primitive(
    name="bitwise_and",
    doc="Return the bits set in both operands.",
    rule=numpy_rule(np.bitwise_and),
    lower=integer_instruction("and"),
    numpy=np.bitwise_and,
    fold_start=-1,
    python=("&",),
    array_api="bitwise_and",
    plain=True,
    keeps_sign=True,
)

bitwise_or = Primitive(
    name="bitwise_or",
    doc="Return the bits set in either operand.",
    rule=numpy_rule(np.bitwise_or),
    lower=integer_instruction("or"),
    numpy=np.bitwise_or,
    fold_start=0,
    python=("|",),
    array_api="bitwise_or",
    plain=True,
    keeps_sign=True,
)

bitwise_xor = Primitive(
    name="bitwise_xor",
    doc="Return the bits set in exactly one operand.",
    rule=numpy_rule(np.bitwise_xor),
    lower=integer_instruction("xor"),
    numpy=np.bitwise_xor,
    fold_start=0,
    python=("^",),
    array_api="bitwise_xor",
    plain=True,
)

invert = Primitive(
    name="invert",
    doc="Return the bits that are not set; of a bool, the other one.",
    rule=numpy_rule(np.invert),
    lower=_lower_invert,
    numpy=np.invert,
    python=("~x",),
    array_api="bitwise_invert",
    plain=True,
)


def both(build: Builder, *conditions: Value) -> Value:
    """Append the bool that holds where all conditions hold."""
    total = conditions[0]
    for condition in conditions[1:]:
        total = build(bitwise_and, total, condition)
    return total


def either(build: Builder, *conditions: Value) -> Value:
    """Append the bool that holds where any condition holds."""
    total = conditions[0]
    for condition in conditions[1:]:
        total = build(bitwise_or, total, condition)
    return total


RECORDS = (bitwise_and, bitwise_or, bitwise_xor, invert)
