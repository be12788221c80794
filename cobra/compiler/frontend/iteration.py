"""What a ``for``, ``sum`` or ``min`` can run over: ranges, arrays, tuples, ``enumerate``, ``zip`` and ``reversed`` of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from cobra.compiler.frontend import arrays, compound_parts
from cobra.compiler.frontend.arguments import numbers_of
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.kinds import Kind, join_kinds, kind_of
from cobra.compiler.frontend.promotion import convert
from cobra.compiler.frontend.terms import Array, Compound, Iteration, Number, Term, Tuple
from cobra.compiler.ir.builder import Builder, constant, true
from cobra.compiler.ir.operations import For
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.arithmetic import add, multiply, subtract
from cobra.compiler.primitives.comparison import equal, less_equal
from cobra.compiler.primitives.division import floor_divide
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.extrema import minimum
from cobra.compiler.primitives.selection import select
from cobra.errors import InvalidCall, Location, TypeMismatch, UnsupportedSyntax
from cobra.types import int64


def unrolled(term: Term) -> Sequence[Term] | None:
    """Return the items of a tuple or a compound, which a loop goes through one by one when it is translated."""
    if isinstance(term, Compound):
        return compound_parts.parts_of(term)
    return term.items if isinstance(term, Tuple) else None


def iterate(frame: Frame, term: Term, location: Location) -> Iteration:
    """Return how to run over a term, or raise when it cannot be run over."""
    if isinstance(term, Iteration):
        return term
    if isinstance(term, Array) and term.shape and term.bounded:
        return Iteration(term.shape[0], lambda k: arrays.item_at(frame, term, [k], location))
    hint = "Loop over range(…), an array, a tuple, enumerate or zip."
    raise UnsupportedSyntax(f"a kernel cannot loop over {term}", location, hint)


def make_range(frame: Frame, arguments: Sequence[Number], location: Location) -> Iteration:
    """Return ``range(stop)``, ``range(start, stop)`` or ``range(start, stop, step)``."""
    if not 1 <= len(arguments) <= 3:
        message = f"range takes 1 to 3 arguments, not {len(arguments)}"
        raise InvalidCall(message, location, "Write range(stop), range(start, stop) or range(start, stop, step).")
    for number in arguments:
        if not (number.type.is_integer or number.type.kind == "bool"):
            raise InvalidCall(f"range takes integers, not {number}", location, "Convert it where you mean it: int(…).")
    values = [arrays.as_index(frame, number, location) for number in arguments]
    start = values[0] if len(values) > 1 else constant(0, int64)
    stop = values[1] if len(values) > 1 else values[0]
    step = values[2] if len(values) > 2 else constant(1, int64)
    count = _count(frame, start, stop, step)
    span = _span(start, stop, step)
    return Iteration(count, lambda k: Number(_position(frame.builder, start, k, step), weak=True, span=span))


def _span(*bounds: Value) -> tuple[int, int] | None:
    """Return the least and largest number of a range that is known."""
    known = [value.value for value in bounds if isinstance(value, Constant) and isinstance(value.value, int)]
    numbers = range(*known) if len(known) == 3 and known[2] else range(0)
    return (min(numbers[0], numbers[-1]), max(numbers[0], numbers[-1])) if numbers else None


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


def backwards(frame: Frame, term: Term, location: Location) -> Iteration:
    """Return ``reversed(source)``."""
    source = iterate(frame, term, location)
    last = frame.builder(subtract, source.count, constant(1, int64))
    return Iteration(source.count, lambda k: source.item(frame.builder(subtract, last, k)))


# -- folding


Step = Callable[[Number, Number], Number]


def first_and_all(frame: Frame, source: Term, name: str, location: Location) -> tuple[Number, Term]:
    """Return the first number of a source, and a source of which the others are part; one without any fails."""
    items = unrolled(source)
    if items is not None:
        if not items:
            raise InvalidCall(f"{name} needs at least one number", location, "The tuple is empty.")
        return numbers_of(frame, items[:1], location)[0], Tuple(tuple(items[1:]))
    passes = iterate(frame, source, location)
    empty = frame.builder(less_equal, passes.count, constant(0, int64))
    frame.builder.many(fail_if, empty, exception="ValueError", message=f"{name}() iterable argument is empty")
    return numbers_of(frame, [passes.item(constant(0, int64))], location)[0], passes


def fold(frame: Frame, source: Term, start: Number, step: Step, location: Location) -> Number:
    """Return what a step makes of a start value and every number of a source, in order."""
    items = unrolled(source)
    if items is not None:
        return reduce(step, numbers_of(frame, items, location), start)
    return _fold_loop(frame, iterate(frame, source, location), start, step, location)


def _fold_loop(frame: Frame, passes: Iteration, start: Number, step: Step, location: Location) -> Number:
    """Append the counted loop of a fold, translated until the kind of its result no longer grows."""
    builder, kind, grown = frame.builder, None, kind_of(start)
    while kind != grown:
        kind, index, carried, made = grown, Variable(int64), Variable(grown.type), list[Number]()
        builder.not_negative.add(index)

        def one(kind: Kind = kind, index: Variable = index, carried: Variable = carried, made: list[Number] = made) -> None:
            made.append(step(kind.number(carried), numbers_of(frame, [passes.item(index)], location)[0]))

        statements = builder.collect(one)
        joined = join_kinds(kind, kind_of(made[0]))
        if joined is None:
            raise TypeMismatch(f"{start} and {made[0]} have no common type", location, "Convert one of them.")
        grown = joined
    final = grown.type
    body = builder.close(statements, lambda: [convert(builder, made[0], final, location)])
    result = Variable(final)
    builder.append(For(passes.count, index, (convert(builder, start, final, location),), (carried,), body, (result,), location))
    return grown.number(result)
