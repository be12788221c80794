"""Functions of the C library that are no single operation of Cobra's, by the types that C gives them.

Those that are one are records in the table of primitives. Out of range, a whole number is what ``fptosi`` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from cobra.compiler.frontend.llvm_text.brain_floats import computed
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import divide, subtract
from cobra.compiler.primitives.bitwise import either
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, less_equal
from cobra.compiler.primitives.expansion import like
from cobra.compiler.primitives.floats import frexp, ldexp
from cobra.compiler.primitives.ieee_754 import round_half_away
from cobra.compiler.primitives.logic import isinf, isnan
from cobra.compiler.primitives.magnitude import absolute
from cobra.compiler.primitives.rounding import rint
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import fabs
from cobra.types import ScalarType, float32, float64, int32, int64

Write = Callable[[Builder, tuple[Value, ...], ScalarType], Value]


class CFunction(NamedTuple):
    """A function: the types of its operands, those that its result may have, and what it computes."""

    operands: tuple[ScalarType, ...]
    results: tuple[ScalarType, ...]
    write: Write


def _positive_difference(build: Builder, values: tuple[Value, ...], to: ScalarType) -> Value:
    del to
    x, y = values
    smaller = build(less_equal, x, y)
    # A difference that does not count must not be that of two infinities.
    difference = build(subtract, x, build(select, smaller, like(y, 0), y))
    return build(select, smaller, like(x, 0), difference)


def _exponent(build: Builder, values: tuple[Value, ...], to: ScalarType) -> Value:
    """Append C's ``logb``: the exponent of the leading bit; of zero it is minus infinity, and divides by zero."""
    (value,) = values
    _, power = build.many(frexp, value)
    exponent = cast_value(build, build(subtract, power, like(power, 1)), to)
    zero = build(equal, value, like(value, 0))
    pole = build(divide, like(value, -1), build(select, zero, like(value, 0), like(value, 1)))
    size = build(fabs, value)
    made = build(select, either(build, build(isinf, value), build(isnan, value)), size, exponent)
    return build(select, zero, pole, made)


def _whole(step: Primitive) -> Write:
    return lambda build, values, to: cast_value(build, computed(build, step, *values), to)


def _magnitude(build: Builder, values: tuple[Value, ...], to: ScalarType) -> Value:
    del to
    return build(absolute, *values)


def _scaled(build: Builder, values: tuple[Value, ...], to: ScalarType) -> Value:
    del to
    return build(ldexp, *values)


def _of_floats(name: str, write: Write, *more: ScalarType, results: tuple[ScalarType, ...] = ()) -> dict[str, CFunction]:
    """Return a function of doubles and its twin of floats; without other results it gives what it takes first."""
    twins = {name: float64, f"{name}f": float32}
    return {
        each: CFunction((kind, *(kind if other == float64 else other for other in more)), results or (kind,), write)
        for each, kind in twins.items()
    }


_LONG, _LONG_LONG = (int64, int32), (int64,)
WHOLE_NUMBERS: Mapping[str, Write] = {
    "lrint": _whole(rint), "llrint": _whole(rint), "lround": _whole(round_half_away), "llround": _whole(round_half_away),
}  # fmt: skip
"""What rounds a float to an integer, as a function and as an intrinsic."""

C_FUNCTIONS: Mapping[str, CFunction] = {
    **_of_floats("fdim", _positive_difference, float64),
    **_of_floats("logb", _exponent),
    **_of_floats("ldexp", _scaled, int32),
    **_of_floats("scalbn", _scaled, int32),
    **_of_floats("lrint", WHOLE_NUMBERS["lrint"], results=_LONG),
    **_of_floats("llrint", WHOLE_NUMBERS["llrint"], results=_LONG_LONG),
    **_of_floats("lround", WHOLE_NUMBERS["lround"], results=_LONG),
    **_of_floats("llround", WHOLE_NUMBERS["llround"], results=_LONG_LONG),
    "abs": CFunction((int32,), (int32,), _magnitude),
    "labs": CFunction((int64,), (int64,), _magnitude),
    "llabs": CFunction((int64,), (int64,), _magnitude),
}
"""The functions by name; C's ``long`` has 32 or 64 bits."""
