"""Array parameters: shapes, indexing, reading and writing; and the indexing of tuples.

Indices follow Python: negative ones count from the end. An index that is surely not negative (a loop counter, a size, a sum of
these) is used as it is, so that loops stay simple enough to be vectorised. An element is a view without dimensions.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import reduce

from cobra.compiler.frontend import compound_parts, expressions, tables
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import join
from cobra.compiler.frontend.promotion import assign, can_assign, convert, python_number
from cobra.compiler.frontend.signs import surely_not_negative
from cobra.compiler.frontend.terms import Array, Binding, Compound, Number, Term, Tuple, Unusable
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.arithmetic import add
from cobra.compiler.primitives.comparison import equal, greater_equal, less, not_equal
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.expansion import like
from cobra.compiler.primitives.logic import logical_or
from cobra.compiler.primitives.memory import load, store
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import negative
from cobra.errors import Location, ReadOnlyArgument, TypeMismatch, UnsupportedSyntax
from cobra.types import int64

_LARGEST_SEARCHED_TUPLE = 64


def as_index(frame: Frame, number: Number, location: Location) -> Value:
    """Return a number as an int64 index or size."""
    if not (number.type.is_integer or number.type.kind == "bool"):
        raise TypeMismatch(f"an index is an integer, not {number}", location, "Convert it where you mean it: int(…).")
    return convert(frame.builder, number, int64, location)


# -- reading


def evaluate_subscript(frame: Frame, node: ast.Subscript) -> Term:
    """Return ``value[indices]`` for arrays, tuples and one-element scalars."""
    target = expressions.evaluate(frame, node.value)
    location = frame.location(node)
    if isinstance(target, Array):
        return item_at(frame, target, _indices(frame, node, len(target.shape)), location)
    if isinstance(target, Number):
        return _as_one_element(frame, target, node)
    if isinstance(target, Tuple):
        return _tuple_item(frame, target, node)
    if isinstance(target, Compound):
        return compound_parts.subscript(frame, target, node)
    raise UnsupportedSyntax(f"a kernel cannot index {target}", location, "Index array parameters and tuples.")


def item_at(frame: Frame, array: Array, indices: Sequence[Value | None], location: Location) -> Term:
    """Return the element at indices, or the view that they leave."""
    view = _view(frame, array, indices, location)
    return view if view.shape else load_element(frame, view)


def load_element(frame: Frame, element: Array) -> Number:
    """Return the number at an element."""
    (value,) = frame.builder.operation(load, [element.parameter, *element.indices], [element.element])
    return Number(value)


def _as_one_element(frame: Frame, number: Number, node: ast.Subscript) -> Number:
    """Return a scalar operand that is written ``x[()]`` or ``x[0]``, as if it were an array of one element."""
    indices = _indices(frame, node, 0)
    if all(isinstance(index, Constant) and index.value in (0, -1) for index in indices) and len(indices) <= 1:
        return number
    hint = "A scalar is used as it is, or as x[()] or x[0]."
    raise UnsupportedSyntax(f"a kernel cannot index {number}", frame.location(node), hint)


def _indices(frame: Frame, node: ast.Subscript, dimensions: int) -> list[Value | None]:
    """Return the indices that are written, None for a dimension that is kept whole."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    indices: list[Value | None] = []
    for part in parts:
        if isinstance(part, ast.Constant) and part.value is ...:
            indices += [None] * (dimensions - len(parts) + 1)
        else:
            indices.append(_index(frame, part))
    return indices


def _index(frame: Frame, part: ast.expr) -> Value | None:
    location = frame.location(part)
    if isinstance(part, ast.Slice):
        if part.lower is part.upper is part.step is None:
            return None
        hint = "Loop over the elements; leading indices give a row, a[i], and whole dimensions a column: a[:, j]."
        raise UnsupportedSyntax("a kernel cannot slice an array", location, hint)
    number = expressions.number(frame, part)
    if number.type.kind == "bool":
        raise TypeMismatch("an index is an integer, not a bool", location, "Test it in an if, or convert it: int(flag).")
    return as_index(frame, number, location)


def _view(frame: Frame, array: Array, indices: Sequence[Value | None], location: Location) -> Array:
    if not array.shape and len(indices) == 1 and isinstance(indices[0], Constant) and indices[0].value in (0, -1):
        return array
    if len(indices) > len(array.shape):
        raise TypeMismatch(f"{len(indices)} indices for {array}", location, "Give one index for each dimension.")
    used = list(indices)  # which of a pointer may be negative, as in C
    if array.bounded:
        pairs = zip(indices, array.shape, strict=False)
        used = [None if i is None else counted_from_start(frame, i, extent, location) for i, extent in pairs]
    return array.view(used)


def fully_indexed(array: Array, indices: Sequence[Value]) -> Array:
    """Return one element as a view; the indices are known to be in bounds."""
    return array.view(indices)


def counted_from_start(frame: Frame, index: Value, extent: Value, location: Location) -> Value:
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


def expect_size(frame: Frame, array: Array, size: int) -> None:
    """Append a check that the first dimension has a size."""
    extent = array.shape[0]
    if not (isinstance(extent, Constant) and extent.value == size):
        other = frame.builder(not_equal, extent, constant(size, int64))
        frame.builder.many(fail_if, other, exception="ValueError", message=f"the array does not hold {size} values to unpack")


# -- writing


def written_element(frame: Frame, node: ast.Subscript) -> Array:
    """Evaluate ``array[indices]`` down to one element that may be written."""
    view = written_view(frame, node)
    if view.shape:
        hint = "Index every dimension; a kernel works on scalars."
        raise UnsupportedSyntax(f"this is still {view}", frame.location(node), hint)
    return view


def written_view(frame: Frame, node: ast.Subscript) -> Array:
    """Evaluate ``array[indices]`` to an element or a view that may be written."""
    location = frame.location(node)
    target = expressions.evaluate(frame, node.value)
    if isinstance(target, Number) and isinstance(node.value, ast.Name) and node.value.id in frame.spec.parameter_names:
        hint = "Write to an output; writable= is for inputs that have core dimensions."
        raise ReadOnlyArgument(f"the kernel writes to its input {node.value.id!r}, which is a number", location, hint)
    if not isinstance(target, Array):
        hint = "Write to elements of output arrays."
        raise UnsupportedSyntax(f"a kernel cannot write to an element of {target}", location, hint)
    view = _view(frame, target, _indices(frame, node, len(target.shape)), location)
    if not view.writable:
        raise read_only(view.parameter.name, location)
    return view


def read_only(name: str, location: Location) -> ReadOnlyArgument:
    """Return the error for writing to an input."""
    hint = f'Write to an output, or allow it with writable=("{name}",).'
    return ReadOnlyArgument(f"the kernel writes to its input {name!r}", location, hint)


def store_element(frame: Frame, element: Array, number: Number, location: Location) -> None:
    """Set the number at an element."""
    growing, settled = frame.session.growing, frame.session.settled
    if growing is not None and element.writable and element.parameter not in settled:
        growing.setdefault(element.parameter, []).append(number)
        if not can_assign(number, element.element):
            return
    elif settled.get(element.parameter, element.element) != element.element:
        return
    value = assign(frame.builder, number, element.element, location, f"the array {element.parameter.name!r}")
    frame.builder.operation(store, [value, element.parameter, *element.indices], [])


# -- shapes


def attribute(frame: Frame, array: Array, name: str, location: Location) -> Term:
    """Return ``shape``, ``size`` or ``ndim`` of an array."""
    if not array.bounded:
        raise UnsupportedSyntax(f"{array} has no {name!r}", location, "Take the number of elements as a parameter.")
    sizes = tuple(Number(extent, weak=True) for extent in array.shape)
    match name:
        case "shape":
            return Tuple(sizes)
        case "ndim":
            return python_number(len(sizes))
        case "T":
            return array.transposed
        case "size":
            return reduce(lambda total, size: expressions.operate(frame, "*", [total, size], location), sizes, python_number(1))
        case _:
            hint = "Known: shape, size, ndim, dtype, T, dot(), sum() and its kin."
            raise UnsupportedSyntax(f"arrays have no {name!r} in a kernel", location, hint)


# -- tuples


def _tuple_item(frame: Frame, target: Tuple, node: ast.Subscript) -> Term:
    location = frame.location(node)
    if isinstance(node.slice, ast.Slice):
        return Tuple(target.items[constant_slice(frame, node.slice)])
    number = expressions.number(frame, node.slice)
    position = number.constant
    if not isinstance(position, int):
        if tables.is_masked_below(frame.builder, number.value, len(target.items)):
            return _entry(frame, target, number.value, location)
        return _search(frame, target, as_index(frame, number, location), location)
    if not -len(target.items) <= position < len(target.items):
        raise TypeMismatch(f"index {position} of {target}", location, "Count from 0; negative indices count from the end.")
    return target.items[position]


def constant_slice(frame: Frame, node: ast.Slice) -> slice:
    """Return a slice with bounds that are known now."""
    bounds: list[int | None] = []
    for bound in (node.lower, node.upper, node.step):
        position = None if bound is None else expressions.number(frame, bound).constant
        if bound is not None and not isinstance(position, int):
            hint = "Loop over it, or index it."
            raise UnsupportedSyntax("the bounds of a slice are constant integers here", frame.location(bound), hint)
        bounds.append(position if isinstance(position, int) else None)
    if bounds[2] == 0:
        raise UnsupportedSyntax("the step of a slice cannot be zero", frame.location(node), "Use 1 or -1.")
    return slice(*bounds)


def _search(frame: Frame, target: Tuple, index: Value, location: Location) -> Term:
    """Return the item at an index that is known only when the kernel runs: one is selected from all."""
    builder, size = frame.builder, len(target.items)
    if not 0 < size <= _LARGEST_SEARCHED_TUPLE:
        hint = "Use an array operand for a lookup table."
        raise UnsupportedSyntax(f"{target} is not indexed by a variable", location, hint)
    below = builder(less, index, constant(-size, int64))
    beyond = builder(greater_equal, index, constant(size, int64))
    builder.many(fail_if, builder(logical_or, below, beyond), exception="IndexError", message="tuple index out of range")
    return _entry(frame, target, counted_from_start(frame, index, constant(size, int64), location), location)


def _entry(frame: Frame, target: Tuple, position: Value, location: Location) -> Term:
    """Return the item at a position that is known to be in range."""
    entry = tables.entry_of(frame.builder, target, position)
    if entry is not None:
        return entry
    found = target.items[0]
    for place, item in enumerate(target.items[1:], start=1):
        here = frame.builder(equal, position, like(position, place))
        found = selected(frame, here, item, found, location)
    return found


def selected(frame: Frame, condition: Value, yes: Term, no: Term, location: Location) -> Term:
    """Return one of two terms that are both computed, number by number."""
    joint = join("items", Binding(yes, None), Binding(no, None))
    pairs = [[leaf.value(frame.builder, side, location) for side in (0, 1)] for leaf in joint.leaves]
    term = joint.term(iter([frame.builder(select, condition, *pair) for pair in pairs]))
    if isinstance(term, Unusable):
        hint = "Index it by a constant, or convert the items."
        raise TypeMismatch(f"the items of the tuple are {no} and {yes}", location, hint)
    return term
