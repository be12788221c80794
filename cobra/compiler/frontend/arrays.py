"""Array parameters: shapes, indexing, reading, writing, and new arrays that become outputs.

Indices follow Python: negative ones count from the end. An index that is surely not negative (a loop counter, a size, a sum of
these) is used as it is, so that loops stay simple enough to be vectorised.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cobra.compiler.frontend import expressions
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import assign, can_assign, convert
from cobra.compiler.frontend.signs import surely_not_negative
from cobra.compiler.frontend.terms import Array, Number, Term, Tuple
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.arithmetic import add
from cobra.compiler.primitives.comparison import greater_equal, less
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.logic import logical_or
from cobra.compiler.primitives.memory import load, store
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import negative
from cobra.errors import Location, ReadOnlyArgument, TypeMismatch, UnsupportedSyntax
from cobra.types import int64


@dataclass(frozen=True, slots=True)
class Place:
    """An element of an array, its indices evaluated; or a number indexed like a one-element array."""

    array: Array | None
    number: Number | None
    location: Location


def as_index(frame: Frame, number: Number, location: Location) -> Value:
    """Return a number as an int64 index."""
    if not (number.type.is_integer or number.type.kind == "bool"):
        raise TypeMismatch(f"an index is an integer, not {number}", location, "Convert it where you mean it: int(…).")
    return convert(frame.builder, number, int64, location)


def place(frame: Frame, node: ast.Subscript, *, writing: bool) -> Place:
    """Evaluate ``array[indices]`` down to one element."""
    location = frame.location(node)
    target = expressions.evaluate(frame, node.value)
    if isinstance(target, Number) and not writing:
        return Place(None, _as_one_element(frame, target, node), location)
    if not isinstance(target, Array):
        raise UnsupportedSyntax(f"a kernel cannot index {target}", location, "Index array parameters and tuples.")
    view = _view(frame, target, _indices(frame, node), location)
    if view.shape:
        raise UnsupportedSyntax(f"this is still {view}", location, "Index every dimension; a kernel works on scalars.")
    if writing and not view.writable:
        name = view.parameter.name
        raise ReadOnlyArgument(f"the kernel writes to its input {name!r}", location, f'Write to an output, or allow it with writable=("{name}",).')
    return Place(view, None, location)


def _as_one_element(frame: Frame, number: Number, node: ast.Subscript) -> Number:
    """A scalar operand may be written ``x[()]`` or ``x[0]``, as if it were an array of one element."""
    indices = _indices(frame, node)
    if all(isinstance(index, Constant) and index.value in (0, -1) for index in indices) and len(indices) <= 1:
        return number
    raise UnsupportedSyntax(f"a kernel cannot index {number}", frame.location(node), "A scalar is used as it is, or as x[()] or x[0].")


def _indices(frame: Frame, node: ast.Subscript) -> list[Value]:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    values = []
    for part in parts:
        if isinstance(part, ast.Slice):
            hint = "Loop over the elements; leading indices give a row: a[i]."
            raise UnsupportedSyntax("a kernel cannot slice an array", frame.location(part), hint)
        number = expressions.as_number(frame, expressions.evaluate(frame, part), part)
        values.append(as_index(frame, number, frame.location(part)))
    return values


def item_at(frame: Frame, array: Array, indices: Sequence[Value], location: Location) -> Term:
    """Return the element at indices, or the view that they leave."""
    view = _view(frame, array, indices, location)
    return view if view.shape else load_place(frame, Place(view, None, location))


def _view(frame: Frame, array: Array, indices: Sequence[Value], location: Location) -> Array:
    if not array.shape and len(indices) == 1 and _is_zero(indices[0]):
        return array
    if len(indices) > len(array.shape):
        raise TypeMismatch(f"{len(indices)} indices for {array}", location)
    used = [_checked(frame, index, extent, location) for index, extent in zip(indices, array.shape, strict=False)]
    return replace(
        array,
        shape=array.shape[len(used) :],
        indices=(*array.indices, *used),
        extents=(*array.extents, *array.shape[: len(used)]),
    )


def fully_indexed(array: Array, indices: Sequence[Value]) -> Array:
    """Return one element as a view of rank 0; the indices are known to be in bounds."""
    return replace(array, shape=(), indices=(*array.indices, *indices))


def _is_zero(value: Value) -> bool:
    return isinstance(value, Constant) and value.value == 0


def _checked(frame: Frame, index: Value, extent: Value, location: Location) -> Value:
    """Return the index counted from the start; in debug mode fail when it is out of bounds."""
    builder = frame.builder
    if frame.session.debug:
        below = builder(less, index, builder(negative, extent))
        beyond = builder(greater_equal, index, extent)
        message = f"index out of bounds at {location}: {location.text.strip()}"
        builder.many(fail_if, builder(logical_or, below, beyond), exception="IndexError", message=message)
    if isinstance(index, Constant):
        return index if isinstance(index.value, int) and index.value >= 0 else builder(add, extent, index)
    if surely_not_negative(builder, index):
        return index
    return builder(select, builder(less, index, constant(0, int64)), builder(add, index, extent), index)


def evaluate_subscript(frame: Frame, node: ast.Subscript) -> Term:
    """Return ``value[indices]`` for arrays, tuples and one-element scalars."""
    target = expressions.evaluate(frame, node.value)
    location = frame.location(node)
    if isinstance(target, Array):
        return item_at(frame, target, _indices(frame, node), location)
    if isinstance(target, Number):
        return _as_one_element(frame, target, node)
    if isinstance(target, Tuple):
        return _tuple_item(frame, target, node)
    return expressions.subscript_reference(frame, target, node)


def _tuple_item(frame: Frame, target: Tuple, node: ast.Subscript) -> Term:
    location = frame.location(node)
    if isinstance(node.slice, ast.Slice):
        bounds = [node.slice.lower, node.slice.upper, node.slice.step]
        numbers = [None if b is None else expressions.as_number(frame, expressions.evaluate(frame, b), b).constant for b in bounds]
        return Tuple(target.items[slice(*numbers)])
    position = expressions.as_number(frame, expressions.evaluate(frame, node.slice), node.slice).constant
    if not isinstance(position, int):
        raise UnsupportedSyntax("the index into a tuple must be a constant integer", location, "Use an array operand for a lookup table.")
    if not -len(target.items) <= position < len(target.items):
        raise TypeMismatch(f"index {position} of {target}", location)
    return target.items[position]


def load_place(frame: Frame, where: Place) -> Number:
    """Return the element at a place."""
    if where.number is not None:
        return where.number
    assert where.array is not None
    array = where.array
    (value,) = frame.builder.operation(load, [array.parameter, *array.indices], [array.element])
    return Number(value)


def store_place(frame: Frame, where: Place, number: Number, location: Location) -> None:
    """Set the element at a place."""
    assert where.array is not None
    array, growing = where.array, frame.session.growing
    if growing is not None and array.writable:
        growing.setdefault(array.parameter, []).append(number)
        if not can_assign(number, array.element):
            return
    value = assign(frame.builder, number, array.element, location, f"the array {array.parameter.name!r}")
    frame.builder.operation(store, [value, array.parameter, *array.indices], [])


def store_item(frame: Frame, node: ast.Subscript, number: Number) -> None:
    """Translate ``array[indices] = number``."""
    store_place(frame, place(frame, node, writing=True), number, frame.location(node))


def attribute(frame: Frame, array: Array, name: str, location: Location) -> Term:
    """Return ``shape``, ``size`` or ``ndim`` of an array."""
    sizes = tuple(Number(extent, weak=True) for extent in array.shape)
    match name:
        case "shape":
            return Tuple(sizes)
        case "ndim":
            return expressions.python_number(len(sizes))
        case "size":
            total: Number = expressions.python_number(1)
            for size in sizes:
                total = expressions.operate(frame, "*", [total, size], location)
            return total
        case _:
            raise UnsupportedSyntax(f"arrays have no {name!r} in a kernel", location, "Known: shape, size, ndim, dtype.")

