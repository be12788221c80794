"""`np.sum`, `np.max` and their kin of an array operand, or of the row that leading indices leave of one.

float32 and float64 elements are joined by one operation of the table, in lanes and as exactly as NumPy does; parts of complex numbers are,
too. Other elements are joined in a loop: their order cannot be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cobra.compiler.frontend import arrays, expressions, iteration, math_calls, reductions
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import convert, truth
from cobra.compiler.frontend.terms import Array, Number
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.operations import Attribute, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import add, multiply
from cobra.compiler.primitives.comparison import less_equal
from cobra.compiler.primitives.complex_parts import make_complex
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.extrema import maximum, minimum
from cobra.compiler.primitives.memory import fold_elements
from cobra.errors import InvalidCall, Location
from cobra.types import ScalarType, bool_, float32, float64, int64

Handler = Callable[[Frame, Array, Location], Number]
_FOLDED = (float32, float64)


def reduce_array(frame: Frame, name: str, array: Array, location: Location) -> Number:
    """Return what a function such as ``numpy.sum`` makes of an array with one dimension."""
    handler = HANDLERS.get(name)
    if handler is None or not array.bounded:
        hint = "It works on vectors and fixed arrays; of an array operand, write the loop."
        raise InvalidCall(f"{name} does not take {array} in a kernel", location, hint)
    if len(array.shape) != 1:
        raise InvalidCall(f"{name} takes one dimension in a kernel, not {array}", location, "Loop over the rows: a[i] is one.")
    return handler(frame, array, location)


def _joined(frame: Frame, by: Primitive, start: Value, array: Array, kind: ScalarType, part: str | None = None) -> Number:
    """Append the operation that joins a start and all elements, or one part of them."""
    operands = [start, array.parameter, array.shape[0], *array.place([constant(0, int64)])]
    attributes: dict[str, Attribute] = {"by": by.name} if part is None else {"by": by.name, "part": part}
    if array.axes is not None:
        attributes["axis"] = array.axes[0]
    (result,) = frame.builder.operation(fold_elements, operands, [kind], **attributes)
    return Number(result)


def _looped(frame: Frame, spelling: str, start: int, array: Array, kind: ScalarType, location: Location) -> Number:
    """Append a loop that adds or multiplies elements, converted before."""

    def step(total: Number, element: Number) -> Number:
        return expressions.operate(frame, spelling, [total, Number(convert(frame.builder, element, kind, location))], location)

    return iteration.fold(frame, array, Number(constant(start, kind)), step, location)


def _total(frame: Frame, array: Array, kind: ScalarType, location: Location) -> Number:
    """Append the sum in a type."""
    if array.element == kind and kind in _FOLDED:
        return _joined(frame, add, constant(0, kind), array, kind)
    if array.element == kind and kind.is_complex:
        parts = [_joined(frame, add, constant(0, kind.component), array, kind.component, part) for part in ("real", "imag")]
        return Number(frame.builder(make_complex, *(part.value for part in parts)))
    return _looped(frame, "+", 0, array, kind, location)


def _working(kind: ScalarType) -> ScalarType:
    return float32 if kind.name == "float16" else kind


def _sum(frame: Frame, array: Array, location: Location) -> Number:
    kind = reductions.summed_type(array.element)
    return Number(convert(frame.builder, _total(frame, array, _working(kind), location), kind, location))


def _prod(frame: Frame, array: Array, location: Location) -> Number:
    kind = reductions.summed_type(array.element)
    if kind in _FOLDED:
        return _joined(frame, multiply, constant(1, kind), array, kind)
    return _looped(frame, "*", 1, array, kind, location)


def _mean(frame: Frame, array: Array, location: Location) -> Number:
    kind = array.element
    exact = kind.is_integer or kind.kind == "bool"
    working = float64 if exact else _working(kind)
    added = _total(frame, array, working, location)
    count = Number(convert(frame.builder, Number(array.shape[0]), working, location))
    divided = expressions.operate(frame, "/", [added, count], location)
    return Number(convert(frame.builder, divided, working if exact else kind, location))


def _extreme(by: Primitive) -> Handler:
    def handler(frame: Frame, array: Array, location: Location) -> Number:
        builder, message = frame.builder, f"zero-size array to reduction operation {by.name} which has no identity"
        builder.many(fail_if, builder(less_equal, array.shape[0], constant(0, int64)), exception="ValueError", message=message)
        first = arrays.item_at(frame, array, [constant(0, int64)], location)
        assert isinstance(first, Number)
        if array.element in _FOLDED:
            return _joined(frame, by, first.value, array, array.element)
        return iteration.fold(frame, array, first, lambda a, b: math_calls.operation(frame, by.name, [a, b], location), location)

    return handler


def _test(spelling: str, empty: bool) -> Handler:
    def handler(frame: Frame, array: Array, location: Location) -> Number:
        def step(total: Number, element: Number) -> Number:
            return expressions.operate(frame, spelling, [total, Number(truth(frame.builder, element))], location)

        return iteration.fold(frame, array, Number(constant(empty, bool_)), step, location)

    return handler


HANDLERS: Mapping[str, Handler] = {
    "numpy.sum": _sum,
    "numpy.prod": _prod,
    "numpy.mean": _mean,
    "numpy.min": _extreme(minimum),
    "numpy.max": _extreme(maximum),
    "numpy.amin": _extreme(minimum),
    "numpy.amax": _extreme(maximum),
    "numpy.any": _test("|", False),
    "numpy.all": _test("&", True),
}
