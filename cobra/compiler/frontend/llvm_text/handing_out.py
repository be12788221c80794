"""Values of a text on their way to Python's variables.

A variable that is declared has the type it is declared with, and a text's value must be of that type as a text writes it:
signs come back here, and names of structures. A variable that is not declared keeps the type it had before the text if the value
has it too; else it has a type like its value's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from cobra import compounds
from cobra.compiler.frontend.llvm_text.python_values import Declared, reinterpreted
from cobra.compiler.frontend.llvm_text.shapes import COMPOUNDS, type_in_text
from cobra.compiler.frontend.llvm_text.types import (
    BOOL,
    FloatType,
    IntegerType,
    LlvmType,
    StructType,
    VectorType,
    scalar_of,
    text_type,
    with_article,
)  # fmt: skip
from cobra.compiler.frontend.terms import Compound, Number, Term
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.complex_parts import make_complex
from cobra.errors import Location, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, bfloat16, complex64, complex128, float16, float32, float64, int8, int16, int32, int64

_CLASSES: dict[object, type] = {bool: bool, int: IntegerType, float: FloatType}
_COMPLEX = {type_in_text(kind): kind for kind in (complex64, complex128)}
_ELEMENTS = {text_type(kind): kind for kind in (int8, int16, int32, int64, float16, bfloat16, float32, float64)}

Place = Callable[[], Location]


def handed_out(builder: Builder, name: str, value: Value, declared: Declared, before: Term | None, place: Place) -> Value:
    """Return a number of the text as what Python declares its variable to be, or as what it was before."""
    assert isinstance(value.type, ScalarType)
    kind = text_type(value.type)
    assert kind is not None
    if isinstance(declared, ScalarType):
        if text_type(declared) != kind:
            _refuse_declaration(name, kind, declared, place)
        return reinterpreted(builder, value, declared)
    if declared is not None and not _is_of_class(kind, declared):
        _refuse_declaration(name, kind, declared, place)
    if declared is None and isinstance(before, Number) and not before.weak and text_type(before.type) == kind:
        return reinterpreted(builder, value, before.type)
    return value


def compound_handed_out(
    builder: Builder, name: str, kind: LlvmType, row: Sequence[Value], declared: Declared, before: Term | None, place: Place
) -> Number | Compound:
    """Return several numbers of the text as what Python's variable is declared to be, was before, or may be."""
    wanted = _declared_type(kind, declared)
    if wanted is None and declared is not None:
        _refuse_declaration(name, kind, declared, place)
    if wanted is None and isinstance(before, (Compound, Number)) and type_in_text(before.type) == kind:
        wanted = before.type
    if wanted is None:
        wanted = _type_like(kind)
    if wanted is None:
        raise UnsupportedSyntax(f"Python has no variable for {name}, {with_article(kind)}", place(), "Take its numbers out in the text.")
    return _assembled(builder, wanted, iter(row))


def _declared_type(kind: LlvmType, declared: Declared) -> compounds.FieldType | None:
    if declared is complex:
        return _COMPLEX.get(kind)
    if isinstance(declared, (ScalarType, compounds.VectorType, compounds.StructType, compounds.FixedArrayType)):
        return declared if type_in_text(declared) == kind else None
    return None


def _type_like(kind: LlvmType) -> compounds.FieldType | None:
    """Return the type that Python has for a settled one of the text, or None."""
    if not isinstance(kind, COMPOUNDS):
        return scalar_of(kind)
    if isinstance(kind, StructType):
        fields = [_type_like(field) for field in kind.fields]
        return compounds.struct(fields) if fields and None not in fields and not kind.packed else None
    element = _type_like(kind.element)
    if element is None or not kind.count:
        return None
    return compounds.vec(element, kind.count) if isinstance(kind, VectorType) else compounds.fixed_array(element, kind.count)


def _assembled(builder: Builder, kind: compounds.FieldType, values: Iterator[Value]) -> Number | Compound:
    if not isinstance(kind, ScalarType):
        return Compound(kind, tuple(_assembled(builder, part, values) for part in compounds.parts(kind)))
    if kind.is_complex:
        return Number(builder(make_complex, next(values), next(values)))
    return Number(reinterpreted(builder, next(values), kind))


def _is_of_class(kind: LlvmType, declared: object) -> bool:
    if declared is bool or kind == BOOL:
        return declared is bool and kind == BOOL
    wanted = _CLASSES.get(declared)
    return wanted is not None and isinstance(kind, wanted)


def _refuse_declaration(name: str, kind: LlvmType, declared: object, place: Place) -> NoReturn:
    shown = declared.__name__ if isinstance(declared, type) else str(declared)
    message = f"the text makes {name} {with_article(kind)}, but the variable is declared {shown}"
    like = _COMPLEX.get(kind) or _type_like(kind)
    hint = f"Declare it cobra.{'bool_' if kind == BOOL else like}, or convert it in the text." if like is not None else None
    raise TypeMismatch(message, place(), hint)
