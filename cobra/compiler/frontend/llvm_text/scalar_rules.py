"""What each instruction on single numbers means in Cobra's operations.

Where LLVM leaves a result open, one is chosen that is the same everywhere: a shift by the width or more gives zero (or the
sign), division by zero gives zero and NumPy's error, a float that fits no integer gives what NumPy's ``astype`` gives.
Flags (``nsw``, ``exact``, ``fast``) promise things that nothing here relies on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cobra.compiler.frontend.llvm_text.brain_floats import computed, converted
from cobra.compiler.frontend.llvm_text.instructions import BINARY, INTEGER_BINARY, Instruction, Operand
from cobra.compiler.frontend.llvm_text.scope import Scope
from cobra.compiler.frontend.llvm_text.types import BOOL, PointerType, with_article
from cobra.compiler.ir.builder import Builder, constant, false, true
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import add, divide, multiply, subtract
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or, bitwise_xor, both, either, invert
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, greater, greater_equal, less, less_equal, not_equal
from cobra.compiler.primitives.division import fmod
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.fixed_width import truncated_divide
from cobra.compiler.primitives.integers import left_shift, right_shift
from cobra.compiler.primitives.logic import isnan
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import negative
from cobra.errors import TypeMismatch, UnsupportedSyntax
from cobra.types import BY_NAME, ScalarType, bool_, int32, uint8

Rule: TypeAlias = Callable[[Scope, Instruction], Value]

_SIGNED = {
    "add": add, "sub": subtract, "mul": multiply, "sdiv": truncated_divide, "srem": fmod, "shl": left_shift,
    "ashr": right_shift, "and": bitwise_and, "or": bitwise_or, "xor": bitwise_xor,
}  # fmt: skip
_UNSIGNED = {"udiv": truncated_divide, "urem": fmod, "lshr": right_shift}
_FLOAT = {"fadd": add, "fsub": subtract, "fmul": multiply, "fdiv": divide, "frem": fmod}
_BITS = {"add": bitwise_xor, "sub": bitwise_xor, "mul": bitwise_and, "and": bitwise_and, "or": bitwise_or, "xor": bitwise_xor}
_TWINS = {"fadd": "add", "fsub": "sub", "fmul": "mul", "fdiv": "sdiv", "frem": "srem"}
_TWINS |= {integer: floating for floating, integer in _TWINS.items()} | {"udiv": "fdiv", "urem": "frem"}

_ORDERS: dict[str, Primitive] = {
    "eq": equal, "ne": not_equal, "lt": less, "le": less_equal, "gt": greater, "ge": greater_equal,
}  # fmt: skip
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}


def unsigned(builder: Builder, value: Value) -> Value:
    """Append the reading of an integer's bits without a sign."""
    kind = scalar_of(value)
    return reinterpret_bits(builder, value, BY_NAME[f"uint{kind.bits}"]) if kind.kind == "int" else value


def signed(builder: Builder, value: Value) -> Value:
    """Append the reading of an integer's bits with a sign."""
    kind = scalar_of(value)
    return reinterpret_bits(builder, value, BY_NAME[f"int{kind.bits}"]) if kind.kind == "uint" else value


def _need(scope: Scope, instruction: Instruction, operand: Operand, fits: bool, what: str, hint: str | None = None) -> None:
    if not fits:
        kind = with_article(operand.type)
        scope.fail(TypeMismatch, f"{instruction.opcode} takes {what}, not {kind}", operand.at, hint)


# -- arithmetic


def _binary(scope: Scope, instruction: Instruction) -> Value:
    opcode, operand = instruction.opcode, instruction.operands[0]
    kind = scope.scalar(operand.type, operand.at)
    whole = opcode in INTEGER_BINARY
    twin = _TWINS.get(opcode)
    hint = None if twin is None else f"On {operand.type} it is called {twin}."
    _need(scope, instruction, operand, whole != kind.is_floating, "integers" if whole else "floats", hint)
    left, right = (scope.value(each) for each in instruction.operands)
    if not whole:
        return computed(scope.builder, _FLOAT[opcode], left, right)
    if kind == bool_:
        return _binary_bits(scope.builder, opcode, left, right)
    if opcode in _SIGNED:
        return scope.builder(_SIGNED[opcode], left, right)
    build = scope.builder
    return signed(build, build(_UNSIGNED[opcode], unsigned(build, left), unsigned(build, right)))


def _binary_bits(build: Builder, opcode: str, left: Value, right: Value) -> Value:
    """Return the operation on integers of a single bit."""
    if opcode in _BITS:
        return build(_BITS[opcode], left, right)
    if opcode == "ashr":
        return left
    if opcode in ("shl", "lshr"):
        return both(build, left, build(invert, right))
    operation = truncated_divide if opcode in ("udiv", "sdiv") else fmod
    return cast_value(build, build(operation, cast_value(build, left, uint8), cast_value(build, right, uint8)), bool_)


def _negate(scope: Scope, instruction: Instruction) -> Value:
    (operand,) = instruction.operands
    kind = scope.scalar(operand.type, operand.at)
    _need(scope, instruction, operand, kind.is_floating, "a float", f"On integers it is sub {operand.type} 0, {operand.value}.")
    return computed(scope.builder, negative, scope.value(operand))


# -- conversions


def _conversion(scope: Scope, instruction: Instruction) -> Value:
    (operand,) = instruction.operands
    opcode = instruction.opcode
    if opcode in ("ptrtoint", "inttoptr", "addrspacecast"):
        hint = "Addresses are no numbers here: step through an array with getelementptr."
        scope.refuse(UnsupportedSyntax, f"{opcode} is not understood", instruction, hint)
    if isinstance(scope.resolve(instruction.type), PointerType):
        _need(scope, instruction, operand, isinstance(scope.resolve(operand.type), PointerType), "a pointer to make another")
        return scope.value(operand)
    source, to = scope.scalar(operand.type, operand.at), scope.scalar(instruction.type, operand.at)
    _check_conversion(scope, instruction, source, to)
    return _CONVERSIONS[opcode](scope.builder, scope.value(operand), to)


def _check_conversion(scope: Scope, instruction: Instruction, source: ScalarType, to: ScalarType) -> None:
    """Raise unless a conversion goes between the kinds and widths that it is for."""
    (operand,) = instruction.operands
    before, after = (1 if kind == bool_ else kind.bits for kind in (source, to))
    kinds = (source.is_floating, to.is_floating)
    fits = {
        "trunc": kinds == (False, False) and after < before,
        "zext": kinds == (False, False) and after > before,
        "sext": kinds == (False, False) and after > before,
        "fptrunc": kinds == (True, True) and after < before,
        "fpext": kinds == (True, True) and after > before,
        "fptosi": kinds == (True, False),
        "fptoui": kinds == (True, False),
        "sitofp": kinds == (False, True),
        "uitofp": kinds == (False, True),
        "bitcast": after == before,
    }[instruction.opcode]
    if not fits:
        right = next((name for name, fit in _usual_conversions(kinds, before, after) if fit), None)
        hint = f"{operand.type} becomes {instruction.type} by {right}." if right else _hint_for_equal_widths(source, to)
        scope.refuse(TypeMismatch, f"{instruction.opcode} makes no {instruction.type} of {operand.type}", instruction, hint)


def _hint_for_equal_widths(source: ScalarType, to: ScalarType) -> str:
    if source == to or not source.is_floating:
        return "Leave it out: the types are the same."
    return "Go through float: fpext to it, then fptrunc."


def _usual_conversions(kinds: tuple[bool, bool], before: int, after: int) -> list[tuple[str, bool]]:
    return [
        ("sext or zext", kinds == (False, False) and after > before), ("trunc", kinds == (False, False) and after < before),
        ("fpext", kinds == (True, True) and after > before), ("fptrunc", kinds == (True, True) and after < before),
        ("fptosi or fptoui", kinds == (True, False)), ("sitofp or uitofp", kinds == (False, True)),
    ]  # fmt: skip


def lowest_bit(build: Builder, value: Value) -> Value:
    """Append the lowest bit of an integer, as a bool."""
    return build(not_equal, build(bitwise_and, value, like(value, 1)), like(value, 0))


def _truncate(build: Builder, value: Value, to: ScalarType) -> Value:
    return lowest_bit(build, value) if to == bool_ else cast_value(build, value, to)


def _zero_extend(build: Builder, value: Value, to: ScalarType) -> Value:
    if value.type == bool_:
        return cast_value(build, value, to)
    return signed(build, cast_value(build, unsigned(build, value), BY_NAME[f"uint{to.bits}"]))


def _sign_extend(build: Builder, value: Value, to: ScalarType) -> Value:
    wide = cast_value(build, value, to)
    return build(negative, wide) if value.type == bool_ else wide


def _to_signed(build: Builder, value: Value, to: ScalarType) -> Value:
    return lowest_bit(build, cast_value(build, value, int32)) if to == bool_ else cast_value(build, value, to)


def _to_unsigned(build: Builder, value: Value, to: ScalarType) -> Value:
    if to == bool_:
        return lowest_bit(build, cast_value(build, value, int32))
    return signed(build, cast_value(build, value, BY_NAME[f"uint{to.bits}"]))


def _from_signed(build: Builder, value: Value, to: ScalarType) -> Value:
    if value.type != bool_:
        return converted(build, value, to)
    # A single bit that is set is -1 if it is a sign; zero stays positive.
    return chosen(build, value, constant(-1, to), constant(0, to))


def _from_unsigned(build: Builder, value: Value, to: ScalarType) -> Value:
    return converted(build, value if value.type == bool_ else unsigned(build, value), to)


def _bitcast(build: Builder, value: Value, to: ScalarType) -> Value:
    return value if value.type == to else reinterpret_bits(build, value, to)


_CONVERSIONS: dict[str, Callable[[Builder, Value, ScalarType], Value]] = {
    "trunc": _truncate, "zext": _zero_extend, "sext": _sign_extend, "fptrunc": converted, "fpext": converted,
    "fptosi": _to_signed, "fptoui": _to_unsigned, "sitofp": _from_signed, "uitofp": _from_unsigned, "bitcast": _bitcast,
}  # fmt: skip


# -- comparisons and choice


def _compare_integers(scope: Scope, instruction: Instruction) -> Value:
    first, second = instruction.operands
    build, predicate = scope.builder, instruction.detail
    order = _ORDERS[predicate[-2:]]
    if isinstance(scope.resolve(first.type), PointerType):
        one, other = scope.pointer(first), scope.pointer(second)
        if one.array is not other.array:
            scope.refuse(UnsupportedSyntax, "pointers into two arrays are compared", instruction, "Compare indices instead.")
        return build(order, one.place, other.place)
    kind = scope.scalar(first.type, first.at)
    _need(scope, instruction, first, not kind.is_floating, "integers", f"Floats are compared by fcmp o{predicate[-2:]}.")
    left, right = scope.value(first), scope.value(second)
    if kind == bool_:
        # True is the lowest number of one bit with a sign, -1.
        return build(order, right, left) if predicate[0] == "s" else build(order, left, right)
    if predicate[0] == "u":
        left, right = unsigned(build, left), unsigned(build, right)
    return build(order, left, right)


def _compare_floats(scope: Scope, instruction: Instruction) -> Value:
    first, _ = instruction.operands
    kind = scope.scalar(first.type, first.at)
    _need(scope, instruction, first, kind.is_floating, "floats", "Integers are compared by icmp.")
    left, right = (scope.value(operand) for operand in instruction.operands)
    return _float_relation(scope.builder, instruction.detail, left, right)


def _float_relation(build: Builder, predicate: str, left: Value, right: Value) -> Value:
    if predicate in ("true", "false"):
        return true() if predicate == "true" else false()
    if predicate in ("uno", "ord"):
        unordered = either(build, computed(build, isnan, left), computed(build, isnan, right))
        return unordered if predicate == "uno" else build(invert, unordered)
    if predicate in ("one", "ueq"):
        differs = either(build, computed(build, less, left, right), computed(build, greater, left, right))
        return differs if predicate == "one" else build(invert, differs)
    relation = predicate[1:]
    if predicate == "une" or (predicate[0] == "o"):
        return computed(build, _ORDERS[relation], left, right)
    return build(invert, computed(build, _ORDERS[_OPPOSITE[relation]], left, right))


def _select(scope: Scope, instruction: Instruction) -> Value:
    condition, yes, no = instruction.operands
    _need(scope, instruction, condition, scope.resolve(condition.type) == BOOL, "an i1 first")
    if scope.resolve(yes.type) != scope.resolve(no.type):
        scope.fail(TypeMismatch, f"select chooses between {with_article(yes.type)} and {with_article(no.type)}", no.at)
    if isinstance(scope.resolve(yes.type), PointerType) and scope.pointer(yes).array is not scope.pointer(no).array:
        message = "select chooses between pointers into two arrays"
        scope.refuse(UnsupportedSyntax, message, instruction, "Choose the loaded values.")
    asked = scope.value(condition)
    return chosen(scope.builder, asked, scope.value(yes), scope.value(no))


def chosen(build: Builder, condition: Value, yes: Value, no: Value) -> Value:
    """Append the choice between two values of one type."""
    (result,) = build.operation(select, (condition, yes, no), (yes.type,))
    return result


def _freeze(scope: Scope, instruction: Instruction) -> Value:
    return scope.value(instruction.operands[0])


SCALAR_RULES: dict[str, Rule] = {
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys((*_CONVERSIONS, "ptrtoint", "inttoptr", "addrspacecast"), _conversion),
    "fneg": _negate, "icmp": _compare_integers, "fcmp": _compare_floats, "select": _select, "freeze": _freeze,
}  # fmt: skip
"""The rule of each instruction that makes one number of others."""
