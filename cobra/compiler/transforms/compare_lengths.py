"""Compare the magnitude of a complex number with a constant by its square, where that decides: ``abs(z) <= 2`` without a root.

The square of the magnitude, computed with an error, decides unless it is very near to the square of the constant. There, and for NaN,
the magnitude itself is compared: the answer is that of the comparison as written. A magnitude raises no error, and neither does this:
the parts are brought into a range whose squares neither overflow nor vanish, which changes no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Function, Operation, Primitive, Region, inner_regions, used_in
from cobra.compiler.ir.rewrite import rewrite
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.arithmetic import add, multiply
from cobra.compiler.primitives.bitwise import either, invert
from cobra.compiler.primitives.comparison import greater, greater_equal, less, less_equal
from cobra.compiler.primitives.complex_parts import parts
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.compiler.primitives.magnitude import absolute
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import fabs
from cobra.types import ScalarType, float32, float64, int32, int64

_MIRRORED = {less: greater, less_equal: greater_equal, greater: less, greater_equal: less_equal}
_DOUBT = {float32: 2.0**-16, float64: 2.0**-36}
"""How near to the square of the constant a square leaves the answer open: more than the errors of both."""
_LARGEST = {float32: 2.0**40, float64: 2.0**400}
_WHOLE = {float32: int32, float64: int64}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A comparison of the magnitude that an operation makes with a constant, that on the right."""

    magnitude: Operation
    primitive: Primitive
    bound: Constant


def compare_lengths(function: Function) -> Function:
    """Return the function whose comparisons of magnitudes with constants compute the magnitude only when in doubt."""
    operations = list(_operations(function.body))
    found = _comparisons(operations)
    uses, compared = Counter(used_in(function.body)), Counter(known.magnitude.result for known in found.values())
    only = {result for result, count in compared.items() if uses[result] == count}
    chosen = {result: known for result, known in found.items() if known.magnitude.result in only}
    if not chosen:
        return function
    numbers: dict[Value, Value] = {}

    def rule(build: Builder, operation: Operation) -> Sequence[Value] | None:
        result = operation.results[0] if operation.results else None
        if result in only:
            numbers[operation.result] = operation.operands[0]
            return (like(operation.result, 0),)
        known = chosen.get(result) if result is not None else None
        return None if known is None else (_compared(build, known, numbers[known.magnitude.result]),)

    return rewrite(function, rule)


def _operations(region: Region) -> Iterator[Operation]:
    for statement in region.statements:
        if isinstance(statement, Operation):
            yield statement
        for inner in inner_regions(statement):
            yield from _operations(inner)


def _comparisons(operations: Sequence[Operation]) -> dict[Value, _Comparison]:
    """Return the comparisons of magnitudes with constants by their results."""
    complexes = [o for o in operations if o.primitive is absolute and scalar_of(o.operands[0]).is_complex]
    magnitudes: dict[Value, Operation] = {operation.result: operation for operation in complexes}
    found: dict[Value, _Comparison] = {}
    for operation in operations:
        if operation.primitive in _MIRRORED:
            left, right = operation.operands
            for value, bound, primitive in ((left, right, operation.primitive), (right, left, _MIRRORED[operation.primitive])):
                if value in magnitudes and isinstance(bound, Constant) and _is_handy(bound):
                    found[operation.result] = _Comparison(magnitudes[value], primitive, bound)
    return found


def _is_handy(bound: Constant) -> bool:
    largest = _LARGEST.get(bound.type)
    return largest is not None and isinstance(bound.value, float) and 1 / largest < bound.value < largest


def _compared(build: Builder, known: _Comparison, number: Value) -> Value:
    kind, bound = known.bound.type, known.bound.value
    assert isinstance(bound, float)
    sizes = [reinterpret_bits(build, build(fabs, part), _WHOLE[kind]) for part in parts(build, number)]
    unknown = [build(greater, size, _bits(float("inf"), kind)) for size in sizes]
    legs = [reinterpret_bits(build, _between(build, size, bound, kind), kind) for size in sizes]
    first, second = (build(multiply, leg, leg) for leg in legs)
    square, doubt = build(add, first, second), _DOUBT[kind]
    below = build(less, square, constant(bound * bound * (1 - doubt), kind))
    above = build(greater, square, constant(bound * bound * (1 + doubt), kind))
    open_ = either(build, build(invert, either(build, below, above)), either(build, *unknown))
    usual = below if known.primitive in (less, less_equal) else above
    (answer,) = build.if_(open_, lambda: [build(known.primitive, build(absolute, number), known.bound)], lambda: [usual])
    return answer


def _between(build: Builder, size: Value, bound: float, kind: ScalarType) -> Value:
    """Return the bits of a part's size, of those that decide alike one near to the bound."""
    lowest, highest = _bits(bound * 2.0**-20, kind), _bits(bound * 2, kind)
    raised = build(select, build(less, size, lowest), lowest, size)
    return build(select, build(greater, raised, highest), highest, raised)


def _bits(number: float, kind: ScalarType) -> Constant:
    whole = _WHOLE[kind]
    return constant(int(kind.dtype.type(number).view(whole.dtype)), whole)
