"""Numbers meeting numbers: NumPy's promotion, Python's weak numbers, conversions, and what two paths give one variable.

Operators on Python numbers alone follow Python and stay weak; as soon as a typed number takes part NumPy decides (NEP 50), through
the type rule of the primitive, which asks NumPy itself.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cobra.compiler.frontend.terms import Number
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import ArgumentType, Primitive
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.casts import cast_value
from cobra.errors import CobraError, InvalidConstant, Location, TypeMismatch
from cobra.types import ScalarType, bool_, complex64, complex128, float64, from_dtype, int64, uint64

_RANK = {"bool": 0, "int": 1, "uint": 1, "float": 2, "complex": 3}
_WEAK: dict[str, type[int] | type[float] | type[complex]] = {"int": int, "float": float, "complex": complex}
_PYTHON_TYPES: dict[type, ScalarType] = {bool: bool_, int: int64, float: float64, complex: complex128}

PYTHON_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "^": operator.xor, "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    ">": operator.gt, ">=": operator.ge, "-x": operator.neg, "+x": operator.pos, "~x": operator.invert,
}  # fmt: skip
_COMPARISONS = frozenset(["<", "<=", "==", "!=", ">", ">="])
_BITWISE = frozenset(["&", "|", "^"])


def python_number(value: bool | int | float | complex, location: Location | None = None) -> Number:
    """Return a Python number as a weak constant."""
    scalar = _PYTHON_TYPES[type(value)]
    if scalar == int64 and not -(2**63) <= value < 2**64:  # type: ignore[operator]
        raise InvalidConstant(f"the integer {value} does not fit 64 bits", location, "Write it as a float, such as 1e20.")
    return Number(Constant(scalar, value), weak=True)


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
            raise TypeMismatch(f"the constant {value} cannot become {to}", location)
        whole, low = int(value), -(2 ** (to.bits - 1)) if to.kind == "int" else 0
        if not low <= whole < low + 2**to.bits:
            raise InvalidConstant(f"the integer {whole} does not fit {to}", location, f"{to} holds {low} to {low + 2**to.bits - 1}.")
        return Constant(to, whole)
    if to.is_complex:
        with np.errstate(all="ignore"):
            return Constant(to, complex(to.dtype.type(value)))
    if isinstance(value, complex):
        raise TypeMismatch(f"the constant {value} cannot become {to}", location)
    with np.errstate(all="ignore"):
        return Constant(to, float(to.dtype.type(value)))


def assign(builder: Builder, number: Number, to: ScalarType, location: Location | None, what: str) -> Value:
    """Return the number's value for a place of a declared type, or raise when that would lose its kind."""
    if not can_assign(number, to):
        hint = f"Convert it where you mean it: np.{to.dtype.name}(...)."
        raise TypeMismatch(f"{what} is {to}, but the value is {number}", location, hint)
    return convert(builder, number, to, location)


def can_assign(number: Number, to: ScalarType) -> bool:
    """Tell whether a number may go where a type is declared: NumPy's "same_kind", and any Python number of that kind."""
    if number.weak:
        return _RANK[number.type.kind] <= _RANK[to.kind]
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
        numbers = _as_python(builder, numbers, spelling)
        folded = _fold(numbers, spelling, location)
        if folded is not None:
            return (folded,)
    elif spelling in _COMPARISONS:
        numbers = _widen_constant(numbers)
    return _append(builder, primitive, numbers, location, python, spelling or primitive.name)


def _append(
    builder: Builder, primitive: Primitive, numbers: Sequence[Number], location: Location | None, weak: bool, name: str
) -> tuple[Number, ...]:
    try:
        loop = primitive.rule(tuple(argument_type(number) for number in numbers))
    except CobraError:
        raise
    except TypeError:
        written = " and ".join(str(number) for number in numbers)
        raise TypeMismatch(f"{name!r} does not take {written}", location, _advice(primitive, numbers)) from None
    operands = [convert(builder, number, to, location) for number, to in zip(numbers, loop.operands, strict=True)]
    return tuple(Number(result, weak) for result in builder.operation(primitive, operands, loop.results))


def _advice(primitive: Primitive, numbers: Sequence[Number]) -> str | None:
    if any(number.type.kind == "bool" for number in numbers):
        return "Combine bools with &, | and ^, or convert them: np.int64(flag)."
    if any(number.type.is_complex for number in numbers):
        return "Use the parts: z.real, z.imag, abs(z)."
    if any(number.type.is_floating for number in numbers):
        return "It works on integers: convert with np.int64(...) or int(...)."
    return None


def _as_python(builder: Builder, numbers: Sequence[Number], spelling: str) -> list[Number]:
    """Bools among Python numbers count as integers, except for comparing and combining bits."""
    alike = len({number.type for number in numbers}) == 1
    if alike and (spelling in _COMPARISONS or spelling in _BITWISE):
        return list(numbers)
    return [Number(convert(builder, n, int64, None), weak=True) if n.type == bool_ else n for n in numbers]


def _fold(numbers: Sequence[Number], spelling: str, location: Location | None) -> Number | None:
    """Compute an operator on Python constants as Python does."""
    constants = [number.constant for number in numbers]
    function = PYTHON_OPERATORS.get(spelling)
    if function is None or any(constant is None for constant in constants):
        return None
    try:
        return python_number(function(*constants), location)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    except TypeError as error:
        raise TypeMismatch(str(error), location) from None


def _widen_constant(numbers: Sequence[Number]) -> Sequence[Number]:
    """Comparing with a Python integer that the other type cannot hold compares the numbers themselves."""
    first, second = numbers
    if first.weak == second.weak:
        return numbers
    weak, typed = (first, second) if first.weak else (second, first)
    value = weak.constant
    if not typed.type.is_integer or not isinstance(value, int):
        return numbers
    limits = np.iinfo(typed.type.dtype)
    if limits.min <= value <= limits.max:
        return numbers
    wide = Number(Constant(int64 if value < 2**63 else uint64, value))
    return [wide, typed] if first.weak else [typed, wide]


# -- one variable, two paths


def join_types(first: Number, second: Number) -> tuple[ScalarType, bool] | None:
    """Return the type (and weakness) that holds the numbers of both paths without loss, or None when there is none."""
    if first.weak and second.weak:
        widest = max((first.type, second.type), key=lambda scalar: _RANK[scalar.kind])
        return widest, True
    if first.weak or second.weak:
        weak, typed = (first, second) if first.weak else (second, first)
        return _join_weak(weak, typed.type), False
    if first.type == second.type:
        return first.type, False
    joined = from_dtype(np.promote_types(first.type.dtype, second.type.dtype))
    if joined is None or (first.type.is_integer and second.type.is_integer and not joined.is_integer):
        return None
    return joined, False


def _join_weak(weak: Number, typed: ScalarType) -> ScalarType:
    if weak.type.is_complex and not typed.is_complex:
        return complex64 if typed.is_floating and typed.bits <= 32 else complex128
    if _RANK[weak.type.kind] > _RANK[typed.kind]:
        return weak.type
    value = weak.constant
    if typed.is_integer and isinstance(value, int):
        limits = np.iinfo(typed.dtype)
        return typed if limits.min <= value <= limits.max else int64
    return typed
