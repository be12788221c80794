"""Operations of the machine that only expansions use: they trust their operands, where those of NumPy check them.

Shifts want a count below the width; division wants a divisor that is not zero and a quotient that fits.
"""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.lowerings import convert, float_intrinsic, integer_instruction, operand_type, quiet_intrinsic
from cobra.compiler.primitives.type_rules import explicit, same
from cobra.types import ScalarType, float32, float64, int32

Registers = tuple[str, ...]


def _lower_reinterpret(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    before, after = emitter.type(operand_type(operation)), emitter.type(scalar_of(operation.result))
    return (emitter.emit(f"bitcast {before} {registers[0]} to {after}") if before != after else registers[0],)


def reinterpret_bits(build: Builder, value: Value, to: ScalarType) -> Variable:
    """Append the reading of a value's bits as another type of the same width."""
    (result,) = build.operation(reinterpret, (value,), (to,), to=to.name)
    return result


def fits_vectors(operation: Operation) -> bool:
    """Tell whether vectors divide integers faster than one after another: no vector unit has an instruction for it.

    Quotients of numbers below 2**31 come out exactly when floats divide, and a constant divisor becomes a multiplication.
    """
    return operation.primitive not in (quotient, rest) or _is_small(operation) or isinstance(operation.operands[1], Constant)


def divides_integers(operation: Operation) -> bool:
    """Tell whether an operation divides integers: not even a lane that does not matter may divide by zero."""
    return operation.primitive in (quotient, rest)


def _is_small(operation: Operation) -> bool:
    kind = operand_type(operation)
    return kind.bits <= 16 or kind == int32


def _divides_as_floats(emitter: Emitter, operation: Operation) -> bool:
    return bool(emitter.lanes) and _is_small(operation) and not isinstance(operation.operands[1], Constant)


def _divide_as_floats(emitter: Emitter, kind: ScalarType, left: str, right: str) -> str:
    wide = float64 if kind == int32 else float32
    text = emitter.type(wide)
    a, b = (convert(emitter, "sitofp", int32, wide, _as_int32(emitter, kind, x), rounds=True) for x in (left, right))
    if emitter.strict:
        ratio = emitter.constrained("fdiv", text, [(text, a), (text, b)], emitter.suffix(wide), rounds=True)
    else:
        ratio = emitter.emit(f"fdiv {text} {a}, {b}")
    whole = convert(emitter, "fptosi", wide, int32, ratio, rounds=False)
    if kind == int32:
        return whole
    return emitter.emit(f"trunc {emitter.type(int32)} {whole} to {emitter.type(kind)}")


def _as_int32(emitter: Emitter, kind: ScalarType, register: str) -> str:
    if kind == int32:
        return register
    name = "sext" if kind.kind == "int" else "zext"
    return emitter.emit(f"{name} {emitter.type(kind)} {register} to {emitter.type(int32)}")


def _lower_quotient(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    if _divides_as_floats(emitter, operation):
        return (_divide_as_floats(emitter, operand_type(operation), *registers),)
    return integer_instruction("sdiv", "udiv")(emitter, operation, registers)


def _lower_rest(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    if not _divides_as_floats(emitter, operation):
        return integer_instruction("srem", "urem")(emitter, operation, registers)
    text = emitter.type(operand_type(operation))
    whole = _divide_as_floats(emitter, operand_type(operation), *registers)
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
