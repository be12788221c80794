"""What a ``for`` can run over: ranges, arrays, tuples, ``enumerate`` and ``zip`` of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cobra.compiler.frontend import arrays
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.terms import Array, Iteration, Number, Term, Tuple
from cobra.compiler.ir.builder import Builder, constant, true
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.arithmetic import add, multiply, subtract
from cobra.compiler.primitives.comparison import equal
from cobra.compiler.primitives.division import floor_divide
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.extrema import minimum
from cobra.compiler.primitives.selection import select
from cobra.errors import InvalidCall, Location, UnsupportedSyntax
from cobra.types import int64


def unrolled(term: Term) -> Sequence[Term] | None:
    """Return the items of a tuple, which a loop goes through one by one when it is translated."""
    return term.items if isinstance(term, Tuple) else None


def iterate(frame: Frame, term: Term, location: Location) -> Iteration:
    """Return how to run over a term, or raise when it cannot be run over."""
    if isinstance(term, Iteration):
        return term
    if isinstance(term, Array) and term.shape:
        return Iteration(term.shape[0], lambda k: arrays.item_at(frame, term, [k], location))
    raise UnsupportedSyntax(f"a kernel cannot loop over {term}", location, "Loop over range(…), an array, a tuple, enumerate or zip.")


def make_range(frame: Frame, arguments: Sequence[Number], location: Location) -> Iteration:
    """Return ``range(stop)``, ``range(start, stop)`` or ``range(start, stop, step)``."""
    if not 1 <= len(arguments) <= 3:
        raise InvalidCall(f"range takes 1 to 3 arguments, not {len(arguments)}", location)
    for number in arguments:
        if not (number.type.is_integer or number.type.kind == "bool"):
            raise InvalidCall(f"range takes integers, not {number}", location, "Convert it where you mean it: int(…).")
    values = [arrays.as_index(frame, number, location) for number in arguments]
    start = values[0] if len(values) > 1 else constant(0, int64)
    stop = values[1] if len(values) > 1 else values[0]
    step = values[2] if len(values) > 2 else constant(1, int64)
    count = _count(frame, start, stop, step)
    return Iteration(count, lambda k: Number(_position(frame.builder, start, k, step), weak=True))


def _position(builder: Builder, start: Value, k: Value, step: Value) -> Value:
    offset = k if isinstance(step, Constant) and step.value == 1 else builder(multiply, k, step)
    return offset if isinstance(start, Constant) and start.value == 0 else builder(add, start, offset)


def _count(frame: Frame, start: Value, stop: Value, step: Value) -> Value:
    """Return how many numbers a range holds: ceil((stop - start) / step), or a negative number for none."""
    known = [value.value if isinstance(value, Constant) else None for value in (start, stop, step)]
    if known[2] == 0:
        frame.builder.many(fail_if, true(), exception="ValueError", message="range() arg 3 must not be zero")
        return constant(0, int64)
    if all(isinstance(value, int) for value in known):
        return constant(len(range(*known)), int64)  # type: ignore[arg-type]
    builder = frame.builder
    distance = stop if known[0] == 0 else builder(subtract, stop, start)
    if known[2] == 1:
        return distance
    if not isinstance(step, Constant):
        zero = builder(equal, step, constant(0, int64))
        builder.many(fail_if, zero, exception="ValueError", message="range() arg 3 must not be zero")
        step = builder(select, zero, constant(1, int64), step)
    # ceil(a / b) is -(-a // b); floor division rounds the right way for either sign of the step.
    negated = builder(subtract, constant(0, int64), distance)
    return builder(subtract, constant(0, int64), builder(floor_divide, negated, step))


def enumerated(frame: Frame, source: Iteration, start: Number, location: Location) -> Iteration:
    """Return ``enumerate(source, start)``."""
    first = arrays.as_index(frame, start, location)

    def item(k: Value) -> Term:
        return Tuple((Number(_position(frame.builder, first, k, constant(1, int64)), weak=True), source.item(k)))

    return Iteration(source.count, item)


def zipped(frame: Frame, sources: Sequence[Iteration]) -> Iteration:
    """Return ``zip(*sources)``: as long as the shortest."""
    count = sources[0].count
    for source in sources[1:]:
        if source.count is not count:
            count = frame.builder(minimum, count, source.count)
    makers: list[Callable[[Value], Term]] = [source.item for source in sources]
    return Iteration(count, lambda k: Tuple(tuple(make(k) for make in makers)))

