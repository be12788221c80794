"""Numbers meeting numbers: NumPy's promotion, Python's weak numbers, conversions.

Operators on Python numbers alone follow Python and stay weak; as soon as a typed number takes part NumPy decides (NEP 50),
through the type rule of the primitive, which asks NumPy itself.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cobra.compiler.frontend.kinds import RANK, fits
from cobra.compiler.frontend.terms import Number
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import ArgumentType, Loop, Primitive
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.type_rules import WrongCount
from cobra.errors import InvalidCall, InvalidConstant, Location, TypeMismatch
from cobra.types import ScalarType, bfloat16, bool_, complex128, float16, float32, float64, int8, int64, uint8, uint64

_WEAK: dict[str, type[int] | type[float] | type[complex]] = {"int": int, "float": float, "complex": complex}
_PYTHON_TYPE: dict[type, ScalarType] = {bool: bool_, int: int64, float: float64, complex: complex128}

PYTHON_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "^": operator.xor, "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    ">": operator.gt, ">=": operator.ge, "-x": operator.neg, "+x": operator.pos, "~x": operator.invert,
    "abs": abs,
}  # fmt: skip
_WITHIN_BFLOAT16: frozenset[ArgumentType] = frozenset({bfloat16, bool_, int8, uint8, int, float, complex})
"""What a bfloat16 stays one with."""
_COMPARISONS = frozenset(["<", "<=", "==", "!=", ">", ">="])
_MOST_BITS = 4096
_ORDERINGS = frozenset(["<", "<=", ">", ">="])
_BITWISE = frozenset(["&", "|", "^"])


def python_number(value: bool | int | float | complex) -> Number:
    """Return a Python number as a weak constant; an integer may be of any size until it takes a type."""
    return Number(Constant(_PYTHON_TYPE[type(value)], value), weak=True)


def argument_type(number: Number) -> ArgumentType:
    """Return what a type rule is asked with."""
    return _WEAK.get(number.type.kind, number.type) if number.weak else number.type


def convert(builder: Builder, number: Number, to: ScalarType, location: Location | None) -> Value:
    """Return the number's value in another type, as a cast written in the kernel would."""
    if number.weak and isinstance(number.value, Constant):
        return _convert_python(number.value.value, to, location)
    if number.type.is_complex and not to.is_complex and to.kind != "bool":
        raise TypeMismatch(f"a complex number cannot become {to}", location, "Take its .real, .imag or abs().")
    return cast_value(builder, number.value, to)


def _convert_python(value: bool | int | float | complex, to: ScalarType, location: Location | None) -> Constant:
    """Convert a Python constant as NumPy converts Python numbers: integers must fit."""
    if to.kind == "bool":
        return Constant(to, bool(value))
    if to.is_integer:
        if isinstance(value, complex) or (isinstance(value, float) and not np.isfinite(value)):
            raise TypeMismatch(f"the constant {value} cannot become {to}", location, "Write a finite, real number.")
        whole, limits = int(value), np.iinfo(to.dtype)
        if not fits(whole, to):
            raise InvalidConstant(f"{_shown(whole)} does not fit {to}", location, f"{to} holds {limits.min} to {limits.max}.")
        return Constant(to, whole)
    if isinstance(value, complex) and not to.is_complex:
        raise TypeMismatch(f"the constant {value} cannot become {to}", location, "Take its .real, .imag or abs().")
    try:
        return constant(value, to)
    except OverflowError:
        raise InvalidConstant(f"{_shown(value)} does not fit {to}", location, "Write it as a float, such as 1e20.") from None


def _shown(value: object) -> str:
    text = str(value)
    return f"the integer {text}" if len(text) < 40 else f"an integer of {len(text)} digits"


def assign(builder: Builder, number: Number, to: ScalarType, location: Location | None, what: str) -> Value:
    """Return the number's value for a place of a declared type, or raise when that would lose its kind."""
    if not can_assign(number, to):
        hint = f"Convert it where you mean it: np.{to.dtype.name}(...)."
        raise TypeMismatch(f"{what} is {to}, but the value is {number}", location, hint)
    return convert(builder, number, to, location)


def can_assign(number: Number, to: ScalarType) -> bool:
    """Tell whether a number may go where a type is declared: NumPy's "same_kind", and any Python number of that kind."""
    if number.weak or bfloat16 in (number.type, to):
        return RANK[number.type.kind] <= RANK[to.kind]
    return bool(np.can_cast(number.type.dtype, to.dtype, "same_kind"))


def truth(builder: Builder, number: Number) -> Value:
    """Return whether a number is true."""
    if isinstance(number.value, Constant):
        return Constant(bool_, bool(number.value.value))
    return cast_value(builder, number.value, bool_)


# -- operations


def apply(
    builder: Builder, primitive: Primitive, numbers: Sequence[Number], location: Location | None, *, spelling: str = ""
) -> tuple[Number, ...]:
    """Append an operation after promotion, and return its results.

    `spelling` is the Python operator or builtin it was written as: Python numbers then stay Python numbers.
    """
    python = bool(spelling) and all(number.weak for number in numbers)
    if python:
        numbers = _as_python(builder, numbers, spelling, location)
        folded = _fold(numbers, spelling, location)
        if folded is not None:
            return (folded,)
    elif spelling in _COMPARISONS:
        numbers = _widen_integers(builder, numbers, location)
    return _append(builder, primitive, numbers, location, python, spelling or primitive.name)


def _append(
    builder: Builder, primitive: Primitive, numbers: Sequence[Number], location: Location | None, weak: bool, name: str
) -> tuple[Number, ...]:
    try:
        loop = _rule(primitive, tuple(argument_type(number) for number in numbers))
    except WrongCount as error:
        raise InvalidCall(str(error), location, "Call it as in plain Python.") from None
    except TypeError:
        written = " and ".join(str(number) for number in numbers)
        raise TypeMismatch(f"{name!r} does not take {written}", location, _advice(primitive, numbers)) from None
    operands = [convert(builder, number, to, location) for number, to in zip(numbers, loop.operands, strict=True)]
    return tuple(Number(result, weak) for result in builder.operation(primitive, operands, loop.results))


def _rule(primitive: Primitive, arguments: tuple[ArgumentType, ...]) -> Loop:
    """Return the loop of an operation. NumPy knows none for bfloat16, which meets others as float16 or as float32 does."""
    if bfloat16 not in arguments:
        return primitive.rule(arguments)
    narrow = all(argument in _WITHIN_BFLOAT16 for argument in arguments)
    loop = primitive.rule(tuple((float16 if narrow else float32) if a == bfloat16 else a for a in arguments))
    if not narrow:
        return loop
    operands, results = (tuple(bfloat16 if kind == float16 else kind for kind in kinds) for kinds in loop)
    return Loop(operands, results)


def _advice(primitive: Primitive, numbers: Sequence[Number]) -> str | None:
    if any(number.type.kind == "bool" for number in numbers):
        return "Combine bools with &, | and ^, or convert them: np.int64(flag)."
    if any(number.type.is_complex for number in numbers):
        return "Use the parts: z.real, z.imag, abs(z)."
    if any(number.type.is_floating for number in numbers):
        return "It works on integers: convert with np.int64(...) or int(...)."
    return None


def _as_python(builder: Builder, numbers: Sequence[Number], spelling: str, location: Location | None) -> list[Number]:
    """Return Python numbers as Python's own operators take them.

    Bools count as integers, except for comparing and combining bits. Integers with a negative exponent give a float.
    """
    if spelling in _ORDERINGS and any(number.type.is_complex for number in numbers):
        raise TypeMismatch("Python's complex numbers have no order", location, "Compare the parts: z.real, z.imag, abs(z).")
    alike = len({number.type for number in numbers}) == 1
    if alike and (spelling in _COMPARISONS or spelling in _BITWISE):
        return list(numbers)
    is_whole = RANK[numbers[0].type.kind] < RANK["float"]
    if spelling == "**" and is_whole and numbers[0].constant is None and _is_negative(numbers[1]):
        return [Number(convert(builder, number, float64, location), weak=True) for number in numbers]
    return [Number(convert(builder, n, int64, None), weak=True) if n.type == bool_ else n for n in numbers]


def _is_negative(number: Number) -> bool:
    value = number.constant
    return isinstance(value, int) and value < 0


def _fold(numbers: Sequence[Number], spelling: str, location: Location | None) -> Number | None:
    """Compute an operator on Python constants as Python does."""
    constants = [number.constant for number in numbers]
    function = PYTHON_OPERATORS.get(spelling)
    if function is None or any(constant is None for constant in constants):
        return None
    if _is_huge(spelling, constants):
        raise InvalidConstant(f"the result of {spelling!r} fits no type", location, "Compute with floats: 2.0 ** 100.")
    try:
        return python_number(function(*constants))
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    except TypeError as error:
        raise TypeMismatch(str(error), location, "Python's own numbers cannot do this either.") from None


def _is_huge(spelling: str, constants: Sequence[object]) -> bool:
    """Tell whether computing an integer would take long, only to find that it does not fit."""
    match spelling, *constants:
        case ("**", int() as base, int() as exponent):
            return abs(base) > 1 and exponent * base.bit_length() > _MOST_BITS
        case ("<<", int() as base, int() as places):
            return base != 0 and places > _MOST_BITS
        case _:
            return False


def _widen_integers(builder: Builder, numbers: Sequence[Number], location: Location | None) -> Sequence[Number]:
    """Compare integers with a Python integer as the numbers they are, whatever the other type can hold."""
    first, second = numbers
    if first.weak == second.weak:
        return numbers
    weak, typed = (first, second) if first.weak else (second, first)
    value = weak.constant
    if not (typed.type.is_integer and weak.type.is_integer) or (isinstance(value, int) and fits(value, typed.type)):
        return numbers
    kind = uint64 if isinstance(value, int) and value >= 2**63 else int64
    wide = Number(convert(builder, weak, kind, location))
    return [wide, typed] if first.weak else [typed, wide]
