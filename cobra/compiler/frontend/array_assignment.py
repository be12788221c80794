"""Whole arrays, and rows and columns of them, as what is assigned to: ``out[...] = a``, ``out[i] = 0.0``.

An array is copied element by element, converted as a single element is. Where source and target may share memory the source is copied
to an array of the kernel's own first, as NumPy does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cobra.compiler.frontend import arrays
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import convert
from cobra.compiler.frontend.terms import Array, Number, Term
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.comparison import not_equal
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.memory import store
from cobra.errors import Location, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType


def assign(frame: Frame, target: Array, term: Term, location: Location) -> None:
    """Assign a number or an array to every element of a view."""
    if not target.bounded:
        hint = "Nobody knows how far it reaches: loop over its elements."
        raise UnsupportedSyntax(f"a kernel cannot assign to the whole of {target}", location, hint)
    if isinstance(term, Array) and not term.shape:
        term = arrays.load_element(frame, term)
    if isinstance(term, Number):
        fill(frame, target, term, location)
    elif isinstance(term, Array) and term.bounded:
        copy(frame, target, term, location, _OTHER_SIZES)
    else:
        hint = "Assign a number or an array of as many dimensions."
        raise TypeMismatch(f"{target} cannot become {term}", location, hint)


_OTHER_SIZES = "the array that is assigned has other sizes than the one it is assigned to"


def fill(frame: Frame, target: Array, number: Number, location: Location) -> None:
    """Append loops that set every element of a view."""
    nest(frame, target.shape, lambda place: _set(frame, target, place, number, location))


def copy(frame: Frame, target: Array, source: Array, location: Location, mismatch: str) -> None:
    """Append loops that copy an array into a view that ends in its sizes; `mismatch` says what is wrong when they differ."""
    outer = len(target.shape) - len(source.shape)
    if outer < 0:
        hint = "An array goes to one with as many dimensions, or repeatedly to one with more: index it."
        raise TypeMismatch(f"{source} is assigned to {target}", location, hint)
    expect_same_sizes(frame, source.shape, target.shape[outer:], mismatch, location)
    if may_share(frame, target, source):
        source = as_type(frame, source, source.element, location)
    nest(frame, target.shape, lambda place: _set(frame, target, place, _element(frame, source, place[outer:]), location))


def as_type(frame: Frame, source: Array, kind: ScalarType, location: Location) -> Array:
    """Return a copy of an array with elements of a type, an array of the kernel's own."""
    made = frame.session.local_array(kind, source.shape)

    def one(place: Sequence[Value]) -> None:
        value = convert(frame.builder, _element(frame, source, place), kind, location)
        frame.builder.operation(store, [value, made.parameter, *made.place(place)], [])

    nest(frame, source.shape, one)
    return made


def may_share(frame: Frame, target: Array, source: Array) -> bool:
    """Tell whether two arrays may have elements in common: inputs that may be written to may overlap with other inputs."""
    if target.parameter is source.parameter:
        return True
    return not (frame.session.has_own(target) or frame.session.has_own(source))


def expect_same_sizes(
    frame: Frame, sizes: Sequence[Value], wanted: Sequence[Value], message: str, location: Location
) -> None:
    """Compare sizes: those that are known now not at all where they agree, others when the kernel runs."""
    for size, extent in zip(sizes, wanted, strict=True):
        if size is extent or (isinstance(size, Constant) and isinstance(extent, Constant) and size.value == extent.value):
            continue
        text = f"{location}: {message}"
        frame.builder.many(fail_if, frame.builder(not_equal, size, extent), exception="ValueError", message=text)


def nest(frame: Frame, sizes: Sequence[Value], body: Callable[[Sequence[Value]], None], *place: Value) -> None:
    """Append one counted loop for each dimension around `body`, which gets the indices."""
    if not sizes:
        body(place)
        return

    def one(index: Variable, _: tuple[Variable, ...]) -> Sequence[Value]:
        nest(frame, sizes[1:], body, *place, index)
        return ()

    frame.builder.for_(sizes[0], [], one)


def _element(frame: Frame, source: Array, place: Sequence[Value]) -> Number:
    return arrays.load_element(frame, arrays.fully_indexed(source, place))


def _set(frame: Frame, target: Array, place: Sequence[Value], number: Number, location: Location) -> None:
    arrays.store_element(frame, arrays.fully_indexed(target, place), number, location)
