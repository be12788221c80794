"""Operations of the machine that only expansions use: they trust their operands, where those of NumPy check them.

Shifts want a count below the width; division wants a divisor that is not zero and a quotient that fits.
"""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.lane_division import quotient_of_lanes
from cobra.compiler.primitives.lowerings import float_intrinsic, integer_instruction, operand_type, quiet_intrinsic
from cobra.compiler.primitives.type_rules import explicit, same
from cobra.types import ScalarType, int32

Registers = tuple[str, ...]


def _lower_reinterpret(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    before, after = emitter.type(operand_type(operation)), emitter.type(scalar_of(operation.result))
    return (emitter.emit(f"bitcast {before} {registers[0]} to {after}") if before != after else registers[0],)


def reinterpret_bits(build: Builder, value: Value, to: ScalarType) -> Variable:
    """Append the reading of a value's bits as another type of the same width."""
    (result,) = build.operation(reinterpret, (value,), (to,), to=to.name)
    return result


def fits_vectors(operation: Operation, *, wide: bool) -> bool:
    """Tell whether vectors divide integers faster than one after another: no vector unit has an instruction for it.

    Floats divide numbers below 2**31 exactly everywhere, and others where 64-bit integers become floats by an instruction (`wide`);
    a constant divisor of less than 64 bits becomes a multiplication.
    """
    if operation.primitive not in (quotient, rest) or wide or _shifts(_known_divisor(operation)):
        return True
    kind = operand_type(operation)
    return kind.bits <= 16 or kind == int32 or (kind.bits == 32 and _known_divisor(operation) is not None)


def divides_integers(operation: Operation) -> bool:
    """Tell whether an operation divides integers: not even a lane that does not matter may divide by zero."""
    return operation.primitive in (quotient, rest)


def _is_small(operation: Operation) -> bool:
    kind = operand_type(operation)
    return kind.bits <= 16 or kind == int32


def _divides_as_floats(emitter: Emitter, operation: Operation) -> bool:
    known = _known_divisor(operation)
    return bool(emitter.lanes) and (operand_type(operation).bits == 64 or known is None) and not _shifts(known)


def _known_divisor(operation: Operation) -> int | None:
    divisor = operation.operands[1]
    return int(divisor.value.real) if isinstance(divisor, Constant) else None


def _shifts(divisor: int | None) -> bool:
    return divisor is not None and divisor.bit_count() == 1


def _lower_quotient(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    if _divides_as_floats(emitter, operation):
        left, right = registers
        return (quotient_of_lanes(emitter, operand_type(operation), left, right, _known_divisor(operation)),)
    return integer_instruction("sdiv", "udiv")(emitter, operation, registers)


def _lower_rest(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    if not _divides_as_floats(emitter, operation):
        return integer_instruction("srem", "urem")(emitter, operation, registers)
    text = emitter.type(operand_type(operation))
    (whole,) = _lower_quotient(emitter, operation, registers)
    product = emitter.emit(f"mul {text} {whole}, {registers[1]}")
    return (emitter.emit(f"sub {text} {registers[0]}, {product}"),)


reinterpret = Primitive(
    name="reinterpret",
    doc="Read the bits of a number as another type of the same width.",
    rule=explicit("reinterpret"),
    lower=_lower_reinterpret,
    plain=True,
    takes_half=True,
)

shift_left = Primitive(
    name="shift_left",
    doc="Shift the bits of an integer to the left by fewer places than it has.",
    rule=same("shift_left", 2, "iu"),
    lower=integer_instruction("shl"),
    plain=True,
)

shift_right = Primitive(
    name="shift_right",
    doc="Shift the bits of an integer to the right by fewer places than it has, keeping the sign of a signed one.",
    rule=same("shift_right", 2, "iu"),
    lower=integer_instruction("ashr", "lshr"),
    plain=True,
)

quotient = Primitive(
    name="quotient",
    doc="Divide integers, rounding towards zero; the divisor is not zero and the quotient fits.",
    rule=same("quotient", 2, "iu"),
    lower=_lower_quotient,
    plain=True,
    neutral=(None, 1),
    costly=True,
)

rest = Primitive(
    name="rest",
    doc="Return what the division of integers rounded towards zero leaves; operands as for `quotient`.",
    rule=same("rest", 2, "iu"),
    lower=_lower_rest,
    plain=True,
    neutral=(None, 1),
    costly=True,
)

count_ones = Primitive(
    name="count_ones",
    doc="Count the bits of an integer that are set.",
    rule=same("count_ones", 1, "iu"),
    lower=quiet_intrinsic("ctpop"),
    llvm=("ctpop.i",),
    plain=True,
)

multiply_add = Primitive(
    name="multiply_add",
    doc="Return the first float times the second plus the third, rounded once where the machine has an instruction for it.",
    rule=same("multiply_add", 3, "f"),
    lower=float_intrinsic("fmuladd", rounds=True),
    llvm=("fmuladd.f",),
    plain=True,
    raises=frozenset({"over", "under", "invalid"}),
    neutral=(None, 1, 0),
)

RECORDS = (reinterpret, shift_left, shift_right, quotient, rest, count_ones, multiply_add)
