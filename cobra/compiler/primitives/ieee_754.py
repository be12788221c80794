"""Operations that the standard of floating-point arithmetic knows and NumPy lacks or defines otherwise.

Of two zeros the minimum is the negative one; a half is rounded away from zero.
"""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import add, subtract
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, greater_equal
from cobra.compiler.primitives.expansion import Expand, like, scalar_of
from cobra.compiler.primitives.extrema import fmax, fmin, maximum, minimum
from cobra.compiler.primitives.layout import bits_of
from cobra.compiler.primitives.logic import isinf
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.compiler.primitives.rounding import trunc
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import copysign, fabs
from cobra.compiler.primitives.type_rules import floating
from cobra.types import float16, float32


def _with_signed_zeros(extreme: Primitive, joined: Primitive) -> Expand:
    """Return the expansion of an extreme that tells zeros apart: equal numbers join bit by bit, which changes signs only."""

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...]:
        first, second = operation.operands
        kind = scalar_of(first)
        wide = [cast_value(build, x, float32) if kind == float16 else x for x in (first, second)]
        bits = build(joined, bits_of(build, first), bits_of(build, second))
        same = reinterpret_bits(build, bits, kind)
        return (build(select, build(equal, *wide), same, build(extreme, first, second)),)

    return expand


def _expand_round(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    whole, zero = build(trunc, value), like(value, 0)
    lost = build(subtract, build(select, build(isinf, value), zero, value), build(select, build(isinf, value), zero, whole))
    step = build(select, build(greater_equal, build(fabs, lost), like(value, 0.5)), like(value, 1), zero)
    return (build(add, whole, build(copysign, step, value)),)


ieee_minimum = Primitive(
    name="ieee_minimum",
    doc="Return the smaller float, -0.0 below 0.0, or NaN if any operand is NaN.",
    rule=floating("ieee_minimum", 2),
    expand=_with_signed_zeros(minimum, bitwise_or),
    llvm=("minimum.f", "fminimum"),
    takes_half=True,
)

ieee_maximum = Primitive(
    name="ieee_maximum",
    doc="Return the larger float, 0.0 above -0.0, or NaN if any operand is NaN.",
    rule=floating("ieee_maximum", 2),
    expand=_with_signed_zeros(maximum, bitwise_and),
    llvm=("maximum.f", "fmaximum"),
    takes_half=True,
)

ieee_minimum_number = Primitive(
    name="ieee_minimum_number",
    doc="Return the smaller float, -0.0 below 0.0, or the other one if any is NaN.",
    rule=floating("ieee_minimum_number", 2),
    expand=_with_signed_zeros(fmin, bitwise_or),
    llvm=("minimumnum.f", "fminimum_num"),
    takes_half=True,
)

ieee_maximum_number = Primitive(
    name="ieee_maximum_number",
    doc="Return the larger float, 0.0 above -0.0, or the other one if any is NaN.",
    rule=floating("ieee_maximum_number", 2),
    expand=_with_signed_zeros(fmax, bitwise_and),
    llvm=("maximumnum.f", "fmaximum_num"),
    takes_half=True,
)

round_half_away = Primitive(
    name="round_half_away",
    doc="Return the nearest whole number, of two equally near the one further from zero.",
    rule=floating("round_half_away", 1),
    expand=_expand_round,
    llvm=("round.f", "round"),
)

RECORDS = (ieee_minimum, ieee_maximum, ieee_minimum_number, ieee_maximum_number, round_half_away)
