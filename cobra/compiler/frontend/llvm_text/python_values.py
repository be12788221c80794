"""Numbers on their way from Python's variables into a text and back.

A number of Python itself that is known now takes the type the text gives it, like a constant; any other has the type of the
same width. Unsigned integers lose their sign on the way in and get it again on the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cobra.compiler.frontend.llvm_text.types import BOOL, FloatType, IntegerType, LlvmType, scalar_of, text_type, with_article
from cobra.compiler.frontend.terms import Array, Number, Term, Tuple
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.errors import InvalidConstant, Location, TypeMismatch
from cobra.types import ScalarType

Declared: TypeAlias = ScalarType | type[bool] | type[int] | type[float] | type[complex] | None
"""How Python declares a variable: a type, a class of Python for any width of that kind, or not at all."""

_CLASSES: dict[object, type] = {bool: bool, int: IntegerType, float: FloatType}


def is_text_type(term: Term, scalar: ScalarType) -> bool:
    """Tell whether a text may use what Python has as a value of a type."""
    if not isinstance(term, Number):
        return False
    value = term.constant if term.weak else None
    if value is None:
        return text_type(term.type) == text_type(scalar)
    if isinstance(value, bool):
        return scalar.kind == "bool"
    return (scalar.is_floating and isinstance(value, (int, float))) or (scalar.is_integer and isinstance(value, int))


def given_value(builder: Builder, term: Term, scalar: ScalarType, place: Callable[[], Location]) -> Value:
    """Return Python's number as a value of a type that `is_text_type` allows it."""
    assert isinstance(term, Number)
    value = term.constant if term.weak else None
    if value is None:
        return _reinterpreted(builder, term.value, scalar)
    if scalar.is_integer and isinstance(value, int) and not -(1 << (scalar.bits - 1)) <= value < 1 << scalar.bits:
        raise InvalidConstant(f"the integer {value} does not fit {with_article(_text_type(scalar))}", place())
    return constant(value, scalar)


def python_hint(name: str, term: Term) -> str | None:
    """Return advice how a text may use what Python has under a name."""
    if isinstance(term, Number):
        kind = text_type(term.type)
        return f"Write {kind} {name}." if kind is not None else "Pass the real and the imaginary part as two numbers."
    if isinstance(term, Array):
        return f"It is a pointer: load its elements, load {text_type(term.element) or '<type>'}, ptr {name}."
    return "Unpack it into variables before." if isinstance(term, Tuple) else "A text uses numbers and arrays only."


def handed_out(
    builder: Builder, name: str, value: Value, declared: Declared, place: Callable[[], Location]
) -> Value:
    """Return a value of the text as what Python declares its variable to be."""
    assert isinstance(value.type, ScalarType)
    kind = _text_type(value.type)
    if isinstance(declared, ScalarType):
        if text_type(declared) != kind:
            _refuse_declaration(name, kind, declared, place)
        return _reinterpreted(builder, value, declared)
    if declared is not None and not _is_of_class(kind, declared):
        _refuse_declaration(name, kind, declared, place)
    return value


def _is_of_class(kind: LlvmType, declared: object) -> bool:
    if declared is bool or kind == BOOL:
        return declared is bool and kind == BOOL
    wanted = _CLASSES.get(declared)
    return wanted is not None and isinstance(kind, wanted)


def _refuse_declaration(name: str, kind: LlvmType, declared: object, place: Callable[[], Location]) -> None:
    scalar = scalar_of(kind)
    shown = declared.__name__ if isinstance(declared, type) else str(declared)
    message = f"the text makes {name} {with_article(kind)}, but the variable is declared {shown}"
    raise TypeMismatch(message, place(), f"Declare it cobra.{'bool_' if kind == BOOL else scalar}, or convert it in the text.")


def _reinterpreted(builder: Builder, value: Value, scalar: ScalarType) -> Value:
    """Return the value with the bits of another as a type of the same width."""
    if value.type == scalar:
        return value
    if isinstance(value, Constant):
        return constant(value.value, scalar)
    return reinterpret_bits(builder, value, scalar)


def _text_type(scalar: ScalarType) -> LlvmType:
    kind = text_type(scalar)
    assert kind is not None
    return kind
