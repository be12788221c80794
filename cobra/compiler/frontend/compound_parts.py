"""Parts of vectors, structures and fixed arrays: which one an index or a name means, reading it, changing it.

A compound is a value: changing a part makes a new value for the variable that holds it. Indices that are known only when the
kernel runs select among all elements; one out of range is an error in debug mode and otherwise gives the first element, or
changes none.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from cobra.compiler.frontend import arrays, expressions, methods
from cobra.compiler.frontend.elementwise import is_array, lift
from cobra.compiler.frontend.entities import TypeEntity
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.making import array_type, assigned, rank
from cobra.compiler.frontend.promotion import python_number
from cobra.compiler.frontend.terms import Compound, Method, Number, Part, Reference, Term, Text, Tuple
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.comparison import equal
from cobra.compounds import FieldType, FixedArrayType, StructType, ValueType, VectorType, parts
from cobra.errors import Location, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, int64


@dataclass(frozen=True, slots=True)
class Several:
    """Some elements of an array; `is_view` where plain Python shares them with the array."""

    positions: tuple[int | Value, ...]
    is_view: bool


Step: TypeAlias = int | Value | Several
"""One step to a part: a position that is known, one that is not, or several."""


def parts_of(owner: Compound) -> tuple[Part, ...]:
    """Return the parts in order; in plain Python, those that are arrays or records share their memory with the owner."""
    return tuple(_shared(part, owner) for part in owner.items)


def _shared(part: Part, owner: Compound) -> Part:
    return replace(part, origins=owner.origins) if isinstance(part, Compound) else part


# -- which part


def subscript(frame: Frame, owner: Compound, node: ast.Subscript) -> Term:
    """Return ``v[i]``, ``v[1:3]``, ``v[[2, 0]]``, ``a[i, j]``, ``p["x"]`` or ``p[0]``."""
    name = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if isinstance(name, str) and isinstance(owner.type, FixedArrayType) and isinstance(owner.type.element, StructType):
        return _column(owner, field_step(owner.type.element, name, frame.location(node)))
    return read(frame, owner, index_steps(frame, owner.type, node), frame.location(node))


def _column(owner: Compound, position: int) -> Compound:
    """Return one field of every structure in an array."""
    items = tuple(item.items[position] for item in owner.items if isinstance(item, Compound))
    return Compound(FixedArrayType(items[0].type, len(items)), items, owner.origins)


def index_steps(frame: Frame, kind: FieldType, node: ast.Subscript) -> list[Step]:
    """Return the steps that the indices of a subscript mean."""
    written = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    steps: list[Step] = []
    for part in written:
        if isinstance(part, ast.Constant) and part.value is ...:
            continue
        if isinstance(kind, ScalarType) or (steps and isinstance(steps[-1], Several)):
            message = f"{len(written)} indices are too many here"
            raise TypeMismatch(message, frame.location(node), "Give one for each dimension; slices come last.")
        step = _field_step(frame, kind, part) if isinstance(kind, StructType) else _element_step(frame, kind, part)
        steps.append(step)
        kind = kind_after(kind, step)
    return steps


def field_step(kind: StructType, name: str | int, location: Location) -> int:
    """Return the position of a field, or raise when there is none of that name or number."""
    position = kind.position(name)
    if position is None:
        known = ", ".join(field.name for field in kind.fields)
        raise TypeMismatch(f"{kind} has no field {name!r}", location, f"Its fields: {known}.")
    return position


def _field_step(frame: Frame, kind: StructType, node: ast.expr) -> int:
    term, location = expressions.evaluate(frame, node), frame.location(node)
    name = term.text if isinstance(term, Text) else term.constant if isinstance(term, Number) else None
    if not isinstance(name, (str, int)) or isinstance(name, bool):
        raise TypeMismatch("a field is a constant name or number", location, 'Write p.x, p["x"] or p[0].')
    return field_step(kind, name, location)


def _element_step(frame: Frame, kind: VectorType | FixedArrayType, node: ast.expr) -> Step:
    location = frame.location(node)
    if isinstance(node, ast.Slice):
        return _several(kind, range(kind.length)[arrays.constant_slice(frame, node)], True, location)
    if isinstance(node, ast.List):
        return _several(kind, [_position(frame, kind, expressions.number(frame, n), location) for n in node.elts], False, location)
    term = expressions.evaluate(frame, node)
    if isinstance(term, Tuple) or (isinstance(term, Compound) and is_array(term)):
        numbers = [expressions.as_number(frame, item, node) for item in term.items]
        return _several(kind, [_position(frame, kind, number, location) for number in numbers], False, location)
    return _position(frame, kind, expressions.as_number(frame, term, node), location)


def _several(kind: ValueType, positions: Sequence[int | Value], is_view: bool, location: Location) -> Several:
    if not positions:
        raise TypeMismatch(f"this takes no element of {kind}", location, "An array by value has at least one element.")
    return Several(tuple(positions), is_view)


def _position(frame: Frame, kind: VectorType | FixedArrayType, number: Number, location: Location) -> int | Value:
    """Return the position an index means, counted from the start."""
    if number.type.kind == "bool":
        raise TypeMismatch("an index is an integer, not a bool", location, "Select with np.where(mask, v, 0), or test it in an if.")
    position = number.constant
    if not isinstance(position, int):
        return arrays.counted_from_start(frame, arrays.as_index(frame, number, location), constant(kind.length, int64), location)
    if not -kind.length <= position < kind.length:
        message = f"index {position} is out of range for {kind}"
        raise TypeMismatch(message, location, "Count from 0; negative indices count from the end.")
    return range(kind.length)[position]


def kind_after(kind: ValueType, step: Step) -> FieldType:
    """Return the type of the part that a step leads to."""
    if isinstance(step, Several):
        return array_type(parts(kind)[0], len(step.positions), kind)
    return parts(kind)[step if isinstance(step, int) else 0]


# -- reading


def read(frame: Frame, owner: Compound, steps: Sequence[Step], location: Location) -> Term:
    """Return the part that steps lead to."""
    part: Part = owner
    for step in steps:
        assert isinstance(part, Compound)
        if isinstance(step, Several):
            items = tuple(_one(frame, part.items, position, location) for position in step.positions)
            kind = kind_after(part.type, step)
            assert not isinstance(kind, ScalarType)
            part = Compound(kind, items, part.origins) if step.is_view else Compound(kind, items)
        else:
            part = _shared(_one(frame, part.items, step, location), part)
    return part


def _one(frame: Frame, items: Sequence[Part], position: int | Value, location: Location) -> Part:
    if isinstance(position, int):
        return items[position]
    found: Term = items[0]
    for place, item in enumerate(items[1:], start=1):
        found = arrays.selected(frame, _is_at(frame, position, place), item, found, location)
    assert isinstance(found, (Number, Compound))
    return found


def _is_at(frame: Frame, position: Value, place: int) -> Value:
    return frame.builder(equal, position, constant(place, int64))


# -- changing


def changed(frame: Frame, owner: Part, steps: Sequence[Step], term: Term, location: Location, what: str) -> Part:
    """Return a value that differs from `owner` in one part, which is what plain Python assigns there."""
    if not steps:
        return assigned(frame, term, owner.type, location, what)
    assert isinstance(owner, Compound)
    step, rest, items = steps[0], steps[1:], list(owner.items)
    if isinstance(step, int):
        items[step] = changed(frame, items[step], rest, term, location, what)
    elif isinstance(step, Several):
        kind = kind_after(owner.type, step)
        row = assigned(frame, term, kind, location, what)
        assert isinstance(row, Compound)
        for position, item in zip(step.positions, row.items, strict=True):
            items = _with_item(frame, items, position, item, location)
    else:
        same = None if rest else assigned(frame, term, items[0].type, location, what)
        candidates = [changed(frame, item, rest, term, location, what) if same is None else same for item in items]
        items = [_chosen(frame, step, place, pair, location) for place, pair in enumerate(zip(candidates, items, strict=True))]
    return Compound(owner.type, tuple(items), owner.origins)


def _with_item(frame: Frame, items: list[Part], position: int | Value, item: Part, location: Location) -> list[Part]:
    if isinstance(position, int):
        return [item if place == position else old for place, old in enumerate(items)]
    return [_chosen(frame, position, place, (item, old), location) for place, old in enumerate(items)]


def _chosen(frame: Frame, position: Value, place: int, pair: tuple[Part, Part], location: Location) -> Part:
    chosen = arrays.selected(frame, _is_at(frame, position, place), *pair, location)
    assert isinstance(chosen, (Number, Compound))
    return chosen


# -- attributes


_METHODS = frozenset(["sum", "prod", "min", "max", "mean", "any", "all", "dot", "astype", "copy", "conj", "conjugate", "round", "clip"])


def attribute(frame: Frame, owner: Compound, name: str, location: Location) -> Term:
    """Return a field of a structure, or an attribute of an array as NumPy's arrays have it."""
    kind = owner.type
    if isinstance(kind, StructType):
        if kind.position(name) is None and name == "copy":
            return Method(owner, name)
        return parts_of(owner)[field_step(kind, name, location)]
    shape, element = _shape(kind)
    match name:
        case "shape":
            return Tuple(tuple(map(python_number, shape)))
        case "ndim":
            return python_number(rank(kind))
        case "size":
            size = 1
            for extent in shape:
                size *= extent
            return python_number(size)
        case "dtype" if isinstance(element, ScalarType):
            return Reference(TypeEntity(element), "dtype")
        case "real" | "imag" if isinstance(element, ScalarType):
            return _complex_part(frame, owner, name, location)
    if name in _METHODS:
        return Method(owner, name)
    known = f"Known: shape, size, ndim, dtype, real, imag and the methods {', '.join(sorted(_METHODS))}."
    raise UnsupportedSyntax(f"{owner} has no attribute {name!r} in a kernel", location, known)


def _shape(kind: FieldType) -> tuple[list[int], FieldType]:
    shape: list[int] = []
    while isinstance(kind, (VectorType, FixedArrayType)):
        shape.append(kind.length)
        kind = kind.element
    return shape, kind


def _complex_part(frame: Frame, owner: Compound, name: str, location: Location) -> Term:
    def scalar(terms: list[Term]) -> Term:
        (term,) = terms
        assert isinstance(term, Number)
        return methods.part_of(frame, term, name, location)

    made = lift(frame, [owner], scalar, location)
    assert isinstance(made, Compound)
    return replace(made, origins=owner.origins)

