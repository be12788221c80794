"""New arrays in a kernel with core dimensions: ``np.empty`` and its kin stand for an output operand.

A kernel may make an array only to return it. It is then the output's own memory, so nothing is allocated or copied; NumPy has
already made sure that outputs do not share memory with inputs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from cobra.compiler.frontend import arrays, expressions
from cobra.compiler.frontend.entities import BuiltinEntity, TypeEntity
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import python_number
from cobra.compiler.frontend.terms import Array, Nothing, Number, Reference, Term, Tuple
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.comparison import not_equal
from cobra.compiler.primitives.effects import fail_if
from cobra.errors import InvalidCall, Location, TypeMismatch

_FILLS: dict[str, int | None] = {"empty": None, "zeros": 0, "ones": 1, "full": None}


def new_output(frame: Frame, call: ast.Call, position: int) -> Term | None:
    """Return the output operand that a creation function stands for, filled as asked; None for another call."""
    callee = expressions.evaluate(frame, call.func)
    if not (isinstance(callee, Reference) and isinstance(callee.entity, BuiltinEntity)):
        return None
    name = callee.entity.name.removeprefix("numpy.")
    stem, like = name.removesuffix("_like"), name.endswith("_like")
    if stem not in _FILLS or not callee.entity.name.startswith("numpy."):
        return None
    location = frame.location(call)
    output = frame.session.outputs[position]
    arguments = [expressions.evaluate(frame, argument) for argument in call.args]
    keywords = {word.arg: expressions.evaluate(frame, word.value) for word in call.keywords}
    if not arguments:
        raise InvalidCall(f"np.{name} needs a shape", location)
    _check_shape(frame, output, _shape(frame, arguments[0], like, location), location)
    _check_type(output, [*arguments[2 if stem == "full" else 1 :], *keywords.values()], location)
    fill: Term = python_number(_FILLS[stem] or 0) if stem != "full" else [*arguments[1:], keywords.get("fill_value", Nothing())][0]
    if stem != "empty":
        _fill(frame, output, expressions.as_number(frame, fill, call), location)
    return output


def _shape(frame: Frame, term: Term, like: bool, location: Location) -> Sequence[Value]:
    if like:
        if not isinstance(term, Array):
            raise InvalidCall(f"an array is needed here, not {term}", location)
        return term.shape
    items = term.items if isinstance(term, Tuple) else (term,)
    sizes = []
    for item in items:
        if not isinstance(item, Number):
            raise InvalidCall(f"a size is an integer, not {item}", location)
        sizes.append(arrays.as_index(frame, item, location))
    return sizes


def _check_shape(frame: Frame, output: Array, sizes: Sequence[Value], location: Location) -> None:
    """Compare with the shape of the output: now where both are known, else when the kernel runs."""
    if len(sizes) != len(output.shape):
        hint = "A returned array has the dimensions that the signature gives the output."
        raise TypeMismatch(f"the new array has {len(sizes)} dimensions, the output {len(output.shape)}", location, hint)
    for size, extent in zip(sizes, output.shape, strict=True):
        if size is extent or (isinstance(size, Constant) and isinstance(extent, Constant) and size.value == extent.value):
            continue
        message = f"{location}: the new array does not have the size that the signature gives the output"
        frame.builder.many(fail_if, frame.builder(not_equal, size, extent), exception="ValueError", message=message)


def _check_type(output: Array, given: Sequence[Term], location: Location) -> None:
    for term in given:
        if isinstance(term, Reference) and isinstance(term.entity, TypeEntity) and term.entity.type != output.element:
            raise TypeMismatch(f"the new array is {term.entity.type}, the output {output.element}", location)


def _fill(frame: Frame, output: Array, number: Number, location: Location) -> None:
    _nest(frame, output.shape, [], lambda where: _set(frame, output, where, number, location))


def _set(frame: Frame, output: Array, indices: Sequence[Value], number: Number, location: Location) -> None:
    place = arrays.Place(arrays.fully_indexed(output, indices), None, location)
    arrays.store_place(frame, place, number, location)


def _nest(frame: Frame, sizes: Sequence[Value], indices: list[Value], body: Callable[[Sequence[Value]], None]) -> None:
    """Append one counted loop for each dimension around `body`."""
    if not sizes:
        body(indices)
        return

    def one(index: Variable, _: tuple[Variable, ...]) -> Sequence[Value]:
        _nest(frame, sizes[1:], [*indices, index], body)
        return ()

    frame.builder.for_(sizes[0], [], one)


def copy_into(frame: Frame, output: Array, source: Array, location: Location) -> None:
    """Append loops that copy an array into an output operand."""
    _check_shape(frame, output, source.shape, location)

    def one(indices: Sequence[Value]) -> None:
        number = arrays.load_place(frame, arrays.Place(arrays.fully_indexed(source, indices), None, location))
        _set(frame, output, indices, number, location)

    _nest(frame, output.shape, [], one)

