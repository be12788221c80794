"""Python's variables on their way into a text.

A number of Python itself that is known now takes the type the text gives it, like a constant; any other has the type of the
same width. Unsigned integers lose their sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from cobra.compiler.frontend.entities import TypeEntity
from cobra.compiler.frontend.llvm_text.shapes import type_in_text
from cobra.compiler.frontend.llvm_text.types import VOID, LlvmType, text_type, with_article  # fmt: skip
from cobra.compiler.frontend.terms import Array, Compound, Number, Reference, Term, Tuple
from cobra.compiler.ir.builder import Builder, constant, nearest_bfloat16
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.compounds import FixedArrayType, StructType, ValueType, VectorType, parts
from cobra.errors import InvalidConstant, Location
from cobra.types import ScalarType, bfloat16

Declared: TypeAlias = ScalarType | ValueType | type[bool] | type[int] | type[float] | type[complex] | None
"""How Python declares a variable: a type, a class of Python for any width of that kind, or not at all."""


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
        return reinterpreted(builder, term.value, scalar)
    if scalar.is_integer and isinstance(value, int) and not -(1 << (scalar.bits - 1)) <= value < 1 << scalar.bits:
        raise InvalidConstant(f"the integer {value} does not fit {with_article(_text_type(scalar))}", place())
    assert not isinstance(value, complex)
    return constant(nearest_bfloat16(value) if scalar == bfloat16 else value, scalar)


def python_hint(name: str, term: Term) -> str | None:
    """Return advice how a text may use what Python has under a name."""
    if isinstance(term, Number):
        otherwise = f", or give it a type where Python assigns it: {name[1:]} = np.int32(0)" if term.weak else ""
        return f"Write {text_type(term.type) or type_in_text(term.type)} {name}{otherwise}."
    if isinstance(term, Compound):
        return f"It is {with_article(type_in_text(term.type) or VOID)}: take a number out of it with extractelement or extractvalue."
    if isinstance(term, Array):
        return f"It is a pointer: load its elements, load {text_type(term.element) or '<type>'}, ptr {name}."
    return "Unpack it into variables before." if isinstance(term, Tuple) else "A text uses numbers and arrays only."


def reinterpreted(builder: Builder, value: Value, scalar: ScalarType) -> Value:
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


def named_types(terms: Iterable[Term], declared: Iterable[Declared]) -> dict[str, LlvmType]:
    """Return the types that the structures in sight which have names give to ``%name`` and ``%struct.name``."""
    found = ((name, type_in_text(structure)) for name, structure in named_structures(terms, declared).items())
    return {name: kind for name, kind in found if kind is not None}


def named_structures(terms: Iterable[Term], declared: Iterable[Declared]) -> dict[str, StructType]:
    """Return the structures in sight that have names, by these names as they stand in a text."""
    kinds = [term.type for term in terms if isinstance(term, Compound)]
    kinds += [t.entity.type for t in terms if isinstance(t, Reference) and isinstance(t.entity, TypeEntity)]  # type: ignore[misc]
    found: dict[str, StructType] = {}
    for structure in _structures((*kinds, *declared)):
        if structure.name is not None:
            found |= {f"%{structure.name}": structure, f"%struct.{structure.name}": structure}
    return found


def _structures(kinds: Iterable[object]) -> Iterator[StructType]:
    for kind in kinds:
        if isinstance(kind, StructType):
            yield kind
        if isinstance(kind, (StructType, VectorType, FixedArrayType)):
            yield from _structures(parts(kind) if isinstance(kind, StructType) else (kind.element,))
