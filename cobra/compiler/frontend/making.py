"""Make vectors, structures and fixed arrays: from operands' numbers, by calls of their types, where one is declared.

A call of a type converts as a cast does. Where a type is declared (an output, an annotated variable or parameter, a field that
is assigned) a value must have the same form, and its numbers must not lose their kind; a tuple counts as a value of any form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cobra.compiler.frontend.arguments import numbers_of
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import assign, convert
from cobra.compiler.frontend.terms import Array, Compound, Number, Part, Term, Tuple
from cobra.compounds import FieldType, FixedArrayType, StructType, ValueType, VectorType, parts
from cobra.errors import InvalidCall, Location, TypeMismatch
from cobra.types import ScalarType


def from_numbers(kind: FieldType, numbers: Iterator[Number]) -> Part:
    """Return a value of a type from its numbers in order."""
    if isinstance(kind, ScalarType):
        return next(numbers)
    return Compound(kind, tuple(from_numbers(part, numbers) for part in parts(kind)))


def leaf_name(name: str, kind: FieldType, path: Sequence[int]) -> str:
    """Return what to call one number of an operand: ``p.x``, ``v.0``."""
    for position in path:
        assert not isinstance(kind, ScalarType)
        name += f".{kind.fields[position].name if isinstance(kind, StructType) else position}"
        kind = parts(kind)[position]
    return name


def rank(term: Term | FieldType) -> int:
    """Return how many dimensions a value or its type has as an array of NumPy; a structure has none."""
    kind = term.type if isinstance(term, Compound) else term
    if isinstance(kind, FixedArrayType):
        return 1 + rank(kind.element)
    return int(isinstance(kind, VectorType))


def array_type(element: FieldType, length: int, *like: ValueType) -> ValueType:
    """Return the type of a row of values: a vector where it is made of numbers from one that is."""
    if isinstance(element, ScalarType) and any(isinstance(kind, VectorType) for kind in like):
        return VectorType(element, length)
    return FixedArrayType(element, length)


# -- where a type is declared


def converted(frame: Frame, term: Term, kind: FieldType, location: Location, what: str) -> Part:
    """Return a value for a place of a declared type; `what` says which, as the subject of a message."""
    if isinstance(kind, ScalarType):
        if not isinstance(term, (Number, Array)):
            raise _mismatch(term, kind, location, what)
        (number,) = numbers_of(frame, [term], location)
        return Number(assign(frame.builder, number, kind, location, what))
    if isinstance(term, Compound) and term.type == kind:
        return term
    items = _items_for(term, kind)
    if items is None:
        raise _mismatch(term, kind, location, what)
    triples = zip(items, parts(kind), _part_names(kind), strict=True)
    made = tuple(converted(frame, item, part, location, f"{name} of {what}") for item, part, name in triples)
    return Compound(kind, made, term.origins) if isinstance(term, Compound) else Compound(kind, made)


def assigned(frame: Frame, term: Term, kind: FieldType, location: Location, what: str) -> Part:
    """Return a value for a part of a variable: as `converted`, but a number may go to every element of an array."""
    if not isinstance(kind, (ScalarType, StructType)) and rank(term) < rank(kind) and isinstance(term, (Number, Compound)):
        return Compound(kind, tuple(assigned(frame, term, part, location, what) for part in parts(kind)))
    return converted(frame, term, kind, location, what)


def _part_names(kind: ValueType) -> list[str]:
    if isinstance(kind, StructType):
        return [f"the field {field.name!r}" for field in kind.fields]
    return [f"element {k}" for k in range(kind.length)]


def _items_for(term: Term, kind: ValueType) -> Sequence[Term] | None:
    """Return the parts of a value of the same form, or None when it has another one."""
    if isinstance(term, Tuple):
        return term.items if len(term.items) == len(parts(kind)) else None
    if not isinstance(term, Compound) or len(term.items) != len(parts(kind)):
        return None
    if isinstance(kind, StructType) != isinstance(term.type, StructType):
        return None
    if isinstance(kind, StructType) and isinstance(term.type, StructType):
        same = [field.name for field in kind.fields] == [field.name for field in term.type.fields]
        return term.items if same else None
    return term.items


def _mismatch(term: Term, kind: FieldType, location: Location, what: str) -> TypeMismatch:
    if isinstance(kind, ScalarType):
        hint = "Take one number of it: an element, a field, a sum."
    elif isinstance(kind, StructType):
        hint = f"Make it with {kind.name or 'the type'}({', '.join(field.name for field in kind.fields)})."
    else:
        hint = f"It has {kind.length} elements: call the type, or give it a tuple of {kind.length}."
    return TypeMismatch(f"{what} is {kind}, but the value is {term}", location, hint)


# -- calls of types


def construct(
    frame: Frame, kind: ValueType, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> Compound:
    """Return ``vec4f(a, b, c, d)``, ``vec4f(x)`` or ``point(x, y=y)``."""
    if isinstance(kind, StructType):
        given = _fields_given(kind, arguments, keywords, location)
        pairs = zip(kind.fields, given, strict=True)
        return Compound(kind, tuple(_cast(frame, term, field.type, location, f"the field {field.name!r}") for field, term in pairs))
    if keywords:
        raise InvalidCall(f"{kind} has no parameter {next(iter(keywords))!r}", location, "Give its elements by position.")
    if len(arguments) == 1:
        made = _cast(frame, arguments[0], kind, location, "the value")
        assert isinstance(made, Compound)
        return Compound(kind, made.items)
    if len(arguments) != kind.length:
        message = f"{kind} takes {kind.length} values, or one for all of them, not {len(arguments)}"
        raise InvalidCall(message, location, "Give it one value for each element.")
    items = tuple(_cast(frame, term, kind.element, location, f"element {k}") for k, term in enumerate(arguments))
    return Compound(kind, items)


def _fields_given(kind: StructType, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location) -> list[Term]:
    names = [field.name for field in kind.fields]
    hint = f"Its fields: {', '.join(names)}."
    if len(arguments) > len(names):
        raise InvalidCall(f"{kind} has {len(names)} fields, not {len(arguments)}", location, hint)
    given = dict(zip(names, arguments, strict=False))
    for word, term in keywords.items():
        if word not in names:
            raise InvalidCall(f"{kind} has no field {word!r}", location, hint)
        if word in given:
            raise InvalidCall(f"{kind} gets {word!r} twice", location, hint)
        given[word] = term
    missing = [name for name in names if name not in given]
    if missing:
        raise InvalidCall(f"{kind} needs a value for {' and '.join(map(repr, missing))}", location, hint)
    return [given[name] for name in names]


def _cast(frame: Frame, term: Term, kind: FieldType, location: Location, what: str) -> Part:
    """Return a value of a type as NumPy makes it of what is stored there: numbers are converted, arrays filled."""
    if isinstance(kind, ScalarType):
        if not isinstance(term, (Number, Array)):
            raise _mismatch(term, kind, location, what)
        (number,) = numbers_of(frame, [term], location)
        return Number(convert(frame.builder, number, kind, location))
    fills = not isinstance(kind, StructType) and not isinstance(term, Tuple) and rank(term) < rank(kind)
    items = [term] * len(parts(kind)) if fills else _items_for(term, kind)
    if items is None:
        raise _mismatch(term, kind, location, what)
    triples = zip(items, parts(kind), _part_names(kind), strict=True)
    return Compound(kind, tuple(_cast(frame, item, part, location, f"{name} of {what}") for item, part, name in triples))
