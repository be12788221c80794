"""Operations that do something besides making a value: raise a floating-point error by rule, leave with an exception.

Integer division raises NumPy's floating-point errors by rule: the hardware knows none for integers.
"""

from __future__ import annotations

from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import ArgumentType, Loop, Operation, Primitive
from cobra.compiler.primitives.type_rules import expect_count, names
from cobra.types import bool_


def _condition(arguments: tuple[ArgumentType, ...]) -> Loop:
    expect_count("a check", arguments, 1)
    if arguments != (bool_,):
        raise TypeError(f"a condition is a bool, not {names(arguments)}")
    return Loop((bool_,), ())


def _lower_signal(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    emitter.signal(str(operation.attributes["flag"]), registers[0])
    return ()


def _lower_fail_if(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    emitter.fail_if(registers[0], str(operation.attributes["exception"]), str(operation.attributes["message"]))
    return ()


signal = Primitive(
    name="signal",
    doc="Raise the floating-point error named by `flag` (divide over under invalid) where the condition holds.",
    rule=_condition,
    lower=_lower_signal,
    plain=True,
    effect=True,
)

fail_if = Primitive(
    name="fail_if",
    doc="Leave the kernel with the Python exception `exception` saying `message` when the condition holds.",
    rule=_condition,
    lower=_lower_fail_if,
    plain=True,
    effect=True,
)

RECORDS = (signal, fail_if)
