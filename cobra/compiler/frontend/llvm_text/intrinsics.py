"""Calls: LLVM's arithmetic intrinsics and the functions of the C library's mathematics.

Which operation a name means stands in the table of primitives (`Primitive.llvm` and `Primitive.library`). Here stands how
LLVM's names are built: from a base and the types they are for, with unsigned twins of the signed ones and switches as last
arguments.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn, TypeAlias

from cobra.compiler.frontend.llvm_text.brain_floats import computed, converted
from cobra.compiler.frontend.llvm_text.c_functions import C_FUNCTIONS, WHOLE_NUMBERS, CFunction
from cobra.compiler.frontend.llvm_text.instructions import Instruction, Operand
from cobra.compiler.frontend.llvm_text.scalar_rules import signed, unsigned
from cobra.compiler.frontend.llvm_text.scope import Scope
from cobra.compiler.frontend.llvm_text.types import BOOL, FunctionType, LlvmType, scalar_of, text_type, with_article
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.floats import ldexp
from cobra.compiler.primitives.power import power
from cobra.compiler.primitives.table import by_c_function, by_intrinsic, known_in_llvm
from cobra.errors import InvalidCall, TypeMismatch
from cobra.types import ScalarType, bfloat16, float16, float32, float64, int8, int16, int32, int64


class UnknownIntrinsic(InvalidCall):
    """A function of LLVM's that Cobra does not know; LLVM may."""

    name = ""


CallRule: TypeAlias = Callable[[Scope, Instruction], Value | None]

_SUFFIX = re.compile(r"(?:bf|f|i|p|v|nxv)\d+\w*")
_UNSIGNED_TWINS = {
    "umin": "smin", "umax": "smax", "uadd.sat": "sadd.sat", "usub.sat": "ssub.sat", "ushl.sat": "sshl.sat",
}  # fmt: skip
_WITH_SWITCH = frozenset({"abs", "ctlz", "cttz"})
"""Their last argument tells whether some operand is poison; here none is."""
_WITHOUT_EFFECT = frozenset({"assume", "donothing", "lifetime.start", "lifetime.end", "dbg.value", "dbg.declare"})
_SUFFIX_TYPES = {f"{kind.name[0]}{kind.bits}": kind for kind in (float16, float32, float64, int8, int16, int32, int64)}
_SUFFIX_TYPES["bf16"] = bfloat16


def call(scope: Scope, instruction: Instruction) -> Value | None:
    """Append a call and return its value; None where it has none."""
    name = instruction.detail[1:]
    _check_declaration(scope, instruction)
    if name.startswith("llvm."):
        return _call_intrinsic(scope, instruction, name)
    if name in C_FUNCTIONS:
        return _call_c(scope, instruction, C_FUNCTIONS[name])
    found = by_c_function(name)
    if found is None:
        _refuse_unknown(scope, instruction, name, known_in_llvm()[1] | C_FUNCTIONS.keys())
    record, kind = found
    return _apply(scope, instruction, record, kind, instruction.operands)


def _callee(scope: Scope, instruction: Instruction) -> int:
    """Return the token that names the function."""
    texts = scope.body.tokens.texts
    return next(at for at in range(instruction.at, len(texts)) if texts[at][:1] == "@")


def _check_declaration(scope: Scope, instruction: Instruction) -> None:
    declared = scope.body.declared.get(instruction.detail)
    stated = FunctionType(instruction.type, tuple(operand.type for operand in instruction.operands))
    if declared is not None and declared != stated:
        message = f"{instruction.detail} is declared {declared} and called as {stated}"
        scope.fail(TypeMismatch, message, _callee(scope, instruction))


def _refuse_unknown(scope: Scope, instruction: Instruction, name: str, known: Iterable[str]) -> NoReturn:
    close = difflib.get_close_matches(name, list(known), 1)
    hint = "Known are LLVM's intrinsics on numbers and vectors, and the C library's functions of floats."
    hint = f"Did you mean @{close[0]}?" if close else hint
    message, at = f"the function @{name} is not known", _callee(scope, instruction)
    if not name.startswith("llvm."):
        scope.fail(InvalidCall, message, at, hint)
    error = UnknownIntrinsic(message, scope.body.location(at), hint)
    error.name = instruction.detail
    raise error


# -- intrinsics


def _call_intrinsic(scope: Scope, instruction: Instruction, name: str) -> Value | None:
    base, suffixes = _parts(name)
    if base in _WITHOUT_EFFECT:
        return None
    if base in _SPECIAL:
        return _SPECIAL[base](scope, instruction)
    kind = _SUFFIX_TYPES.get(suffixes[0]) if len(suffixes) == 1 else None
    record = None if kind is None else by_intrinsic(f"{_UNSIGNED_TWINS.get(base, base)}.{'f' if kind.is_floating else 'i'}")
    if kind is None or record is None:
        _refuse_intrinsic(scope, instruction, base, suffixes)
    operands = instruction.operands
    if base in _WITH_SWITCH:
        operands = _without_switch(scope, instruction)
    return _apply(scope, instruction, record, kind, operands, of_unsigned=base in _UNSIGNED_TWINS)


def _parts(name: str) -> tuple[str, list[str]]:
    """Return an intrinsic's name without ``llvm.`` and without the types behind it, and these types."""
    words = name.split(".")[1:]
    count = len(words)
    while count > 1 and _SUFFIX.fullmatch(words[count - 1]):
        count -= 1
    return ".".join(words[:count]), words[count:]


def _refuse_intrinsic(scope: Scope, instruction: Instruction, base: str, suffixes: list[str]) -> NoReturn:
    known = [letter for letter in "fi" if by_intrinsic(f"{_UNSIGNED_TWINS.get(base, base)}.{letter}")]
    if not known:
        names = {name[:-2] for name in known_in_llvm()[0]} | _UNSIGNED_TWINS.keys() | _SPECIAL.keys()
        _refuse_unknown(scope, instruction, f"llvm.{base}", [f"llvm.{name}" for name in names])
    what = "floats: f16, bf16, f32, f64" if known == ["f"] else "integers: i8, i16, i32, i64"
    hint = f"Its name ends with the type it is for: @llvm.{base}.{'f32' if known == ['f'] else 'i32'}."
    wrong = f"not {'.'.join(suffixes)}" if suffixes else "and the name has to say which"
    scope.fail(InvalidCall, f"llvm.{base} is for {what}, {wrong}", _callee(scope, instruction), hint)


def _without_switch(scope: Scope, instruction: Instruction) -> tuple[Operand, ...]:
    *operands, switch = instruction.operands or (None,)
    if switch is None or not operands or switch.type != BOOL or switch.name is not None:
        hint = f"Call it with a last argument i1 false: {instruction.detail}({instruction.type} %x, i1 false)."
        message = f"{instruction.detail} takes a constant i1 as its last argument"
        scope.fail(InvalidCall, message, _callee(scope, instruction), hint)
    return tuple(operands)


def _apply(
    scope: Scope,
    instruction: Instruction,
    record: Primitive,
    kind: ScalarType,
    operands: Sequence[Operand],
    *,
    of_unsigned: bool = False,
) -> Value:
    """Append an operation on numbers of one type, which its result has too."""
    _check_count(scope, instruction, record, kind, len(operands))
    for operand in operands:
        _need_type(scope, instruction, operand.type, kind, operand.at)
    _need_type(scope, instruction, instruction.type, kind, _callee(scope, instruction))
    values = [scope.value(operand) for operand in operands]
    if not of_unsigned:
        return computed(scope.builder, record, *values)
    return signed(scope.builder, scope.builder(record, *(unsigned(scope.builder, value) for value in values)))


def _check_count(scope: Scope, instruction: Instruction, record: Primitive, kind: ScalarType, count: int) -> None:
    try:
        record.rule((kind,) * count)
    except TypeError as error:
        scope.fail(InvalidCall, f"{instruction.detail}: {error}", _callee(scope, instruction))


def _need_type(scope: Scope, instruction: Instruction, has: LlvmType, kind: ScalarType, at: int) -> None:
    if scope.resolve(has) != text_type(kind):
        message = f"{instruction.detail} is for {text_type(kind)}, not {has}"
        scope.fail(TypeMismatch, message, at, _right_name(instruction.detail, scope.resolve(has)))


def _right_name(name: str, kind: LlvmType) -> str | None:
    """Return the name a function has for another type, if there is one."""
    scalar = scalar_of(kind)
    if scalar is None or scalar.kind == "bool":
        return None
    if name.startswith("@llvm."):
        base, _ = _parts(name[1:])
        suffix = next(suffix for suffix, known in _SUFFIX_TYPES.items() if known == scalar)
        return f"For {kind} it is @llvm.{base}.{suffix}."
    double = name[1:].removesuffix("f")
    double = double if by_c_function(double) or double in C_FUNCTIONS else name[1:]
    other = {float64: double, float32: f"{double}f"}.get(scalar)
    return f"For {kind} it is @{other}." if other is not None else None


# -- intrinsics whose operands differ in type


def _power_of_integer(scope: Scope, instruction: Instruction) -> Value:
    # float64 holds every such exponent, and whether it is even.
    base, exponent = _float_and_integer(scope, instruction)
    build = scope.builder
    wide = build(power, cast_value(build, base, float64), cast_value(build, exponent, float64))
    return converted(build, wide, scope.scalar(instruction.type, _callee(scope, instruction)))


def _scale_by_power_of_two(scope: Scope, instruction: Instruction) -> Value:
    value, exponent = _float_and_integer(scope, instruction)
    return computed(scope.builder, ldexp, value, cast_value(scope.builder, exponent, int32 if exponent.type != int64 else int64))


def _round_to_integer(scope: Scope, instruction: Instruction) -> Value:
    base, suffixes = _parts(instruction.detail[1:])
    whole, kind = ([*map(_SUFFIX_TYPES.get, suffixes), None, None])[:2]
    if len(suffixes) != 2 or whole not in (int32, int64) or kind is None or not kind.is_floating:
        hint = f"Its name ends with the two types it is for: @llvm.{base}.i64.f64."
        scope.fail(InvalidCall, f"{instruction.detail} makes an i32 or i64 of a float", _callee(scope, instruction), hint)
    return _call_c(scope, instruction, CFunction((kind,), (whole,), WHOLE_NUMBERS[base]))


def _call_c(scope: Scope, instruction: Instruction, function: CFunction) -> Value:
    """Append a call of a function whose operands and results may differ in type."""
    kinds, results = ([kind for kind in map(text_type, each) if kind is not None] for each in (function.operands, function.results))
    hint = f"Call it so: {results[0]} {instruction.detail}({', '.join(map(str, kinds))})."
    if len(instruction.operands) != len(kinds):
        scope.fail(InvalidCall, f"{instruction.detail} takes {', '.join(map(str, kinds))}", _callee(scope, instruction), hint)
    for number, (operand, kind) in enumerate(zip(instruction.operands, function.operands, strict=True), 1):
        has = scope.resolve(operand.type)
        if has != text_type(kind):
            other = _right_name(instruction.detail, has) if kind.is_floating and instruction.detail[:6] != "@llvm." else None
            message = f"operand {number} of {instruction.detail} is {with_article(kinds[number - 1])}, not {with_article(operand.type)}"
            scope.fail(TypeMismatch, message, operand.at, other or hint)
    to = scope.scalar(instruction.type, _callee(scope, instruction))
    if to not in function.results:
        message = f"{instruction.detail} makes {with_article(results[0])}, not {with_article(instruction.type)}"
        scope.fail(TypeMismatch, message, _callee(scope, instruction), hint)
    return function.write(scope.builder, tuple(scope.value(operand) for operand in instruction.operands), to)


def _float_and_integer(scope: Scope, instruction: Instruction) -> tuple[Value, Value]:
    _, suffixes = _parts(instruction.detail[1:])
    kinds = [_SUFFIX_TYPES.get(suffix) for suffix in suffixes]
    if len(instruction.operands) != 2 or len(kinds) != 2 or kinds[0] is None or kinds[1] is None:
        hint = "Its name ends with the two types it is for, such as .f32.i32."
        scope.fail(InvalidCall, f"{instruction.detail} takes a float and an integer", _callee(scope, instruction), hint)
    if not kinds[0].is_floating or not kinds[1].is_integer:
        scope.fail(InvalidCall, f"{instruction.detail} takes a float and an integer", _callee(scope, instruction))
    first, second = instruction.operands
    _need_type(scope, instruction, first.type, kinds[0], first.at)
    _need_type(scope, instruction, second.type, kinds[1], second.at)
    _need_type(scope, instruction, instruction.type, kinds[0], _callee(scope, instruction))
    return scope.value(first), scope.value(second)


def _expect(scope: Scope, instruction: Instruction) -> Value:
    if not instruction.operands or scope.resolve(instruction.operands[0].type) != scope.resolve(instruction.type):
        scope.fail(InvalidCall, f"{instruction.detail} takes a value of its own type first", _callee(scope, instruction))
    return scope.value(instruction.operands[0])


_SPECIAL: dict[str, CallRule] = {"powi": _power_of_integer, "ldexp": _scale_by_power_of_two, "expect": _expect}
_SPECIAL |= dict.fromkeys(WHOLE_NUMBERS, _round_to_integer)
