"""What processors do with integers of a fixed width and NumPy has no function for.

Division towards zero, sums that stop at the limits of the type, and operations that count, turn and move bits. Division by
zero is no trap but NumPy's result with NumPy's error.
"""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import ArgumentType, Loop, Lowering, Operation, Primitive, TypeRule
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import both, either
from cobra.compiler.primitives.comparison import equal, less
from cobra.compiler.primitives.effects import signal
from cobra.compiler.primitives.expansion import like, lowest, scalar_of
from cobra.compiler.primitives.extrema import minimum
from cobra.compiler.primitives.lowerings import operand_type, quiet_intrinsic
from cobra.compiler.primitives.machine import quotient, reinterpret_bits, shift_left, shift_right
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.type_rules import names, same
from cobra.types import BY_NAME, ScalarType

Registers = tuple[str, ...]


def _highest(kind: ScalarType) -> int:
    return lowest(kind) + (1 << kind.bits) - 1


def _expand_truncated_divide(build: Builder, operation: Operation) -> tuple[Value, ...]:
    left, right = operation.operands
    zero = build(equal, right, like(right, 0))
    build.many(signal, zero, flag="divide")
    if scalar_of(left).kind == "uint":
        whole = build(quotient, left, build(select, zero, like(right, 1), right))
        return (build(select, zero, like(left, 0), whole),)
    over = both(build, build(equal, left, like(left, lowest(scalar_of(left)))), build(equal, right, like(right, -1)))
    build.many(signal, over, flag="over")
    # What -1 makes of the least number, its own negative, is what 1 makes of it.
    whole = build(quotient, left, build(select, either(build, zero, over), like(right, 1), right))
    return (build(select, zero, like(left, 0), whole),)


def _expand_shift_left_saturating(build: Builder, operation: Operation) -> tuple[Value, ...]:
    value, count = operation.operands
    kind = scalar_of(value)
    unsigned = reinterpret_bits(build, count, BY_NAME[f"uint{kind.bits}"])
    within = reinterpret_bits(build, build(minimum, unsigned, like(unsigned, kind.bits - 1)), kind)
    shifted = build(shift_left, value, within)
    fits = build(equal, build(shift_right, shifted, within), value)
    limit: Value = like(value, _highest(kind))
    if kind.kind == "int":
        limit = build(select, build(less, value, like(value, 0)), like(value, lowest(kind)), limit)
    return (build(select, fits, shifted, limit),)


def _by_sign(signed: str, unsigned: str) -> Lowering:
    lowerings = {"int": quiet_intrinsic(signed), "uint": quiet_intrinsic(unsigned)}
    return lambda emitter, operation, registers: lowerings[operand_type(operation).kind](emitter, operation, registers)


def _count_zeros(name: str) -> Lowering:
    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        kind = operand_type(operation)
        # The second operand makes zero a number like any other.
        operands = [(emitter.type(kind), registers[0]), ("i1", "false")]
        return (emitter.intrinsic(f"{name}.{emitter.suffix(kind)}", emitter.type(kind), operands),)

    return lower


def _of_several_bytes(name: str) -> TypeRule:
    rule = same(name, 1, "iu")

    def checked(arguments: tuple[ArgumentType, ...]) -> Loop:
        loop = rule(arguments)
        if loop.operands[0].bits < 16:
            raise TypeError(f"{name} has no loop for {names(arguments)}, which is a single byte")
        return loop

    return checked


truncated_divide = Primitive(
    name="truncated_divide",
    doc="Divide integers, rounding towards zero; by zero it gives 0 and the error of a division by zero.",
    rule=same("truncated_divide", 2, "iu"),
    expand=_expand_truncated_divide,
    raises=frozenset({"divide", "over"}),
    keeps_sign=True,
)

add_saturating = Primitive(
    name="add_saturating",
    doc="Return the sum of two integers, or the limit of their type that it lies beyond.",
    rule=same("add_saturating", 2, "iu"),
    lower=_by_sign("sadd.sat", "uadd.sat"),
    llvm=("sadd.sat.i",),
    plain=True,
)

subtract_saturating = Primitive(
    name="subtract_saturating",
    doc="Return the difference of two integers, or the limit of their type that it lies beyond.",
    rule=same("subtract_saturating", 2, "iu"),
    lower=_by_sign("ssub.sat", "usub.sat"),
    llvm=("ssub.sat.i",),
    plain=True,
)

shift_left_saturating = Primitive(
    name="shift_left_saturating",
    doc="Shift the bits of an integer to the left, or return the limit of its type that the result lies beyond.",
    rule=same("shift_left_saturating", 2, "iu"),
    expand=_expand_shift_left_saturating,
    llvm=("sshl.sat.i",),
    plain=True,
)

count_leading_zeros = Primitive(
    name="count_leading_zeros",
    doc="Count the bits above the highest one that is set; all of them in zero.",
    rule=same("count_leading_zeros", 1, "iu"),
    lower=_count_zeros("ctlz"),
    llvm=("ctlz.i",),
    plain=True,
)

count_trailing_zeros = Primitive(
    name="count_trailing_zeros",
    doc="Count the bits below the lowest one that is set; all of them in zero.",
    rule=same("count_trailing_zeros", 1, "iu"),
    lower=_count_zeros("cttz"),
    llvm=("cttz.i",),
    plain=True,
)

swap_bytes = Primitive(
    name="swap_bytes",
    doc="Return an integer with its bytes in the opposite order.",
    rule=_of_several_bytes("swap_bytes"),
    lower=quiet_intrinsic("bswap"),
    llvm=("bswap.i",),
    plain=True,
)

reverse_bits = Primitive(
    name="reverse_bits",
    doc="Return an integer with its bits in the opposite order.",
    rule=same("reverse_bits", 1, "iu"),
    lower=quiet_intrinsic("bitreverse"),
    llvm=("bitreverse.i",),
    plain=True,
)

funnel_shift_left = Primitive(
    name="funnel_shift_left",
    doc="Return the upper half of two integers side by side, shifted to the left by the third modulo their width.",
    rule=same("funnel_shift_left", 3, "iu"),
    lower=quiet_intrinsic("fshl"),
    llvm=("fshl.i",),
    plain=True,
)

funnel_shift_right = Primitive(
    name="funnel_shift_right",
    doc="Return the lower half of two integers side by side, shifted to the right by the third modulo their width.",
    rule=same("funnel_shift_right", 3, "iu"),
    lower=quiet_intrinsic("fshr"),
    llvm=("fshr.i",),
    plain=True,
)

RECORDS = (
    truncated_divide, add_saturating, subtract_saturating, shift_left_saturating, count_leading_zeros, count_trailing_zeros,
    swap_bytes, reverse_bits, funnel_shift_left, funnel_shift_right,
)  # fmt: skip
