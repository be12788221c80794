"""New arrays in a kernel with core dimensions: ``np.empty`` and its kin stand for an output operand.

A kernel may make an array only to return it. It is then the output's own memory, so nothing is allocated or copied; NumPy has
already made sure that outputs do not share memory with inputs.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.frontend import array_assignment, arrays, expressions
from cobra.compiler.frontend.arguments import expect_count, positioned
from cobra.compiler.frontend.entities import BuiltinEntity
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import python_number
from cobra.compiler.frontend.terms import Array, Nothing, Number, Reference, Term, Text, Tuple
from cobra.compiler.ir.values import Value
from cobra.errors import InvalidCall, Location, TypeMismatch
from cobra.types import BY_NAME, ScalarType, float64, from_char

OTHER_SIZE = "the new array does not have the size that the signature gives the output"

_FILLS: dict[str, int | None] = {"empty": None, "zeros": 0, "ones": 1, "full": None}


def new_output(frame: Frame, call: ast.Call, position: int) -> Term | None:
    """Return the output operand that a creation function stands for, filled as asked; None for another call."""
    callee = expressions.evaluate(frame, call.func)
    if not (isinstance(callee, Reference) and isinstance(callee.entity, BuiltinEntity)):
        return None
    home, _, name = callee.entity.name.rpartition(".")
    if home != "numpy" or name.removesuffix("_like") not in _FILLS or position >= len(frame.session.outputs):
        return None
    wanted = _wanted(frame, call, name)
    output, location = frame.session.outputs[position], frame.location(call)
    _check_shape(frame, output, wanted.sizes, location)
    _settle(frame, output, wanted.element, location)
    if wanted.fill is not None:
        array_assignment.fill(frame, output, wanted.fill, location)
    return output


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a creation function asks for."""

    sizes: Sequence[Value]
    element: ScalarType
    fill: Number | None


def _wanted(frame: Frame, call: ast.Call, name: str) -> _Wanted:
    location = frame.location(call)
    stem, like = name.removesuffix("_like"), name.endswith("_like")
    order = ["prototype" if like else "shape", *(["fill_value"] if stem == "full" else []), "dtype"]
    given = [expressions.evaluate(frame, argument) for argument in call.args]
    keywords = {word.arg or "**": expressions.evaluate(frame, word.value) for word in call.keywords}
    arguments = positioned(f"np.{name}", {word: k for k, word in enumerate(order)}, given, keywords, location)
    expect_count(f"np.{name}", arguments, location, *range(1, len(order) + 1))
    missing: list[Term] = [Nothing()] * (len(order) - len(arguments))
    first, *rest = [*arguments, *missing]
    fill = expressions.as_number(frame, rest[0], call) if stem == "full" else _constant_fill(stem)
    default = first.element if isinstance(first, Array) and like else fill.type if stem == "full" and fill else float64
    return _Wanted(_sizes(frame, first, like, location), _element(rest[-1], default, location), fill)


def _constant_fill(stem: str) -> Number | None:
    value = _FILLS[stem]
    return None if value is None else python_number(value)


def _element(given: Term, default: ScalarType, location: Location) -> ScalarType:
    """Return the element type that ``dtype=`` names."""
    if isinstance(given, Nothing):
        return default
    found = BY_NAME.get(given.text) or from_char(given.text) if isinstance(given, Text) else expressions.type_of(given)
    if not isinstance(found, ScalarType):
        raise TypeMismatch(f"the dtype is {given}", location, "Name a scalar type: np.float32, a.dtype, …")
    return found


def _settle(frame: Frame, output: Array, element: ScalarType, location: Location) -> None:
    """Make the element type of a new array that of the output: where it is inferred it follows, where declared it must fit."""
    if frame.session.growing is not None:
        frame.session.settled[output.parameter] = element
    elif element != output.element:
        hint = f"Ask for it: dtype=np.{output.element.dtype.name}."
        raise TypeMismatch(f"the new array is {element}, the output {output.element}", location, hint)


def _sizes(frame: Frame, term: Term, like: bool, location: Location) -> Sequence[Value]:
    if like:
        if not isinstance(term, Array):
            raise InvalidCall(f"an array is needed here, not {term}", location, "Name an array whose shape it shall have.")
        return term.shape
    items = term.items if isinstance(term, Tuple) else (term,)
    sizes = []
    for item in items:
        if not isinstance(item, Number):
            raise InvalidCall(f"a size is an integer, not {item}", location, "Write np.empty(n) or np.empty((m, n)).")
        sizes.append(arrays.as_index(frame, item, location))
    return sizes


def _check_shape(frame: Frame, output: Array, sizes: Sequence[Value], location: Location) -> None:
    """Compare with the shape of the output: now where both are known, else when the kernel runs."""
    if len(sizes) != len(output.shape):
        hint = "A returned array has the dimensions that the signature gives the output."
        raise TypeMismatch(f"the new array has {len(sizes)} dimensions, the output {len(output.shape)}", location, hint)
    array_assignment.expect_same_sizes(frame, sizes, output.shape, OTHER_SIZE, location)


def copy_into(frame: Frame, output: Array, source: Array, location: Location) -> None:
    """Append loops that copy an array into an output operand."""
    if frame.session.growing is not None:
        frame.session.settled[output.parameter] = source.element
    _check_shape(frame, output, source.shape, location)
    array_assignment.copy(frame, output, source, location, OTHER_SIZE)
