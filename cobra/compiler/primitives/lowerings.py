"""Constructors of lowerings: how one operation becomes LLVM instructions, for scalars and for lanes alike.

A strict emitter wants floating-point exceptions exactly as the kernel says, so whatever may raise one goes through the
constrained intrinsics there. Operations that only move bits never raise and are always plain.
"""

from __future__ import annotations

from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Lowering, Operation
from cobra.compiler.primitives.expansion import scalar_of
from cobra.types import BY_NAME, ScalarType, bool_, float64

Registers = tuple[str, ...]


def operand_type(operation: Operation, index: int = 0) -> ScalarType:
    """Return the scalar type of an operand."""
    return scalar_of(operation.operands[index])


def _typed(emitter: Emitter, operation: Operation, registers: Registers) -> list[tuple[str, str]]:
    return [(emitter.type(operand_type(operation, i)), register) for i, register in enumerate(registers)]


def integer_instruction(signed: str, unsigned: str | None = None) -> Lowering:
    """Return the lowering to an integer instruction; unsigned types and bool use the second name if there is one."""

    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        kind = operand_type(operation)
        name = signed if kind.kind == "int" or unsigned is None else unsigned
        return (emitter.emit(f"{name} {emitter.type(kind)} {', '.join(registers)}"),)

    return lower


def float_instruction(name: str) -> Lowering:
    """Return the lowering to a rounding floating-point instruction such as ``fadd``."""

    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        kind = operand_type(operation)
        text = emitter.type(kind)
        if emitter.strict:
            operands = _typed(emitter, operation, registers)
            return (emitter.constrained(name, text, operands, emitter.suffix(kind), rounds=True),)
        return (emitter.emit(f"{name} {text} {', '.join(registers)}"),)

    return lower


def by_kind(*, integer: Lowering, floating: Lowering) -> Lowering:
    """Return the lowering that chooses by the first operand's type."""

    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        chosen = floating if operand_type(operation).is_floating else integer
        return chosen(emitter, operation, registers)

    return lower


def float_intrinsic(name: str, *, rounds: bool) -> Lowering:
    """Return the lowering to an intrinsic that may raise; `rounds` tells whether it depends on the rounding mode."""

    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        kind = operand_type(operation)
        text, operands = emitter.type(kind), _typed(emitter, operation, registers)
        if emitter.strict:
            return (emitter.constrained(name, text, operands, emitter.suffix(kind), rounds=rounds),)
        return (emitter.intrinsic(f"{name}.{emitter.suffix(kind)}", text, operands),)

    return lower


def quiet_intrinsic(name: str) -> Lowering:
    """Return the lowering to an intrinsic that moves or counts bits and never raises."""

    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        kind = operand_type(operation)
        operands = _typed(emitter, operation, registers)
        return (emitter.intrinsic(f"{name}.{emitter.suffix(kind)}", emitter.type(kind), operands),)

    return lower


def comparison(ordered: str, signed: str, unsigned: str) -> Lowering:
    """Return the lowering to a compare: the predicate for floats (quiet), for signed and for unsigned integers."""

    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        kind = operand_type(operation)
        if kind.is_floating:
            return (compare_floats(emitter, ordered, kind, *registers),)
        predicate = signed if kind.kind == "int" else unsigned
        return (emitter.emit(f"icmp {predicate} {emitter.type(kind)} {', '.join(registers)}"),)

    return lower


def compare_floats(emitter: Emitter, predicate: str, kind: ScalarType, left: str, right: str) -> str:
    """Write a quiet floating-point compare, which raises nothing on NaN, and return the register of its bool."""
    text = emitter.type(kind)
    if emitter.strict:
        operands = [(text, left), (text, right)]
        return emitter.constrained(
            "fcmp", emitter.type(bool_), operands, emitter.suffix(kind), rounds=False, predicate=predicate
        )
    if emitter.fast or predicate not in _ORDERS:
        return emitter.emit(f"fcmp {predicate} {text} {left}, {right}")
    return _compare_bits(emitter, _ORDERS[predicate], kind, left, right)


_ORDERS = {"olt": "slt", "ole": "sle", "ogt": "sgt", "oge": "sge"}


def _compare_bits(emitter: Emitter, predicate: str, kind: ScalarType, left: str, right: str) -> str:
    """Compare floats as integers, since plain vector code of an order raises an error on NaN."""
    whole = BY_NAME[f"int{kind.bits}"]
    text, bits, truth = emitter.type(kind), emitter.type(whole), emitter.type(bool_)
    keys = []
    for register in (left, right):
        # Adding zero makes one number of the two zeros; negative numbers count downwards.
        positive = emitter.emit(f"fadd {text} {register}, {emitter.constant(0.0, kind)}")
        number = emitter.emit(f"bitcast {text} {positive} to {bits}")
        sign = emitter.emit(f"ashr {bits} {number}, {emitter.constant(kind.bits - 1, whole)}")
        others = emitter.emit(f"lshr {bits} {sign}, {emitter.constant(1, whole)}")
        keys.append(emitter.emit(f"xor {bits} {number}, {others}"))
    known = emitter.emit(f"fcmp ord {text} {left}, {right}")
    order = emitter.emit(f"icmp {predicate} {bits} {keys[0]}, {keys[1]}")
    return emitter.emit(f"and {truth} {known}, {order}")


def library_call(double: str, single: str) -> Lowering:
    """Return the lowering to a C library function of floats, with its name for float64 and for float32."""

    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        kind = operand_type(operation)
        name = double if kind == float64 else single
        return (emitter.call_library(name, emitter.type(kind), _typed(emitter, operation, registers)),)

    return lower


def complex_library_call(function: str) -> Lowering:
    """Return the lowering to a C library function of complex128 numbers, given and returned as their two parts."""

    def lower(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
        part = emitter.type(float64)
        both = f"{{ {part}, {part} }}"
        made = emitter.call_library(function, both, _typed(emitter, operation, registers))
        return tuple(emitter.emit(f"extractvalue {both} {made}, {index}") for index in (0, 1))

    return lower


def convert(
    emitter: Emitter, name: str, source: ScalarType, target: ScalarType, register: str, *, rounds: bool, strict: bool = False
) -> str:
    """Write a conversion between numbers; one that may raise is constrained when the emitter or the caller is strict."""
    before, after = emitter.type(source), emitter.type(target)
    if emitter.strict or strict:
        mangling = f"{emitter.suffix(target)}.{emitter.suffix(source)}"
        return emitter.constrained(name, after, [(before, register)], mangling, rounds=rounds)
    return emitter.emit(f"{name} {before} {register} to {after}")
