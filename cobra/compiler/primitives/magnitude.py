"""How large a number is, and in which direction it lies: absolute value, sign, step at zero."""

from __future__ import annotations

import math

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import divide, multiply, subtract
from cobra.compiler.primitives.bitwise import both, either, invert
from cobra.compiler.primitives.comparison import equal, greater, less, unordered
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.layout import FRACTION_BITS, bits_of
from cobra.compiler.primitives.logic import isfinite, isinf, isnan
from cobra.compiler.primitives.machine import multiply_add
from cobra.compiler.primitives.roots import hypot, sqrt
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import copysign, fabs, negative
from cobra.compiler.primitives.type_rules import numpy_rule


def _expand_absolute(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    kind = scalar_of(value)
    if kind.is_complex:
        return (_absolute_complex(build, value),)
    if kind.is_floating:
        return (build(fabs, value),)
    if kind.kind != "int":
        return (value,)
    return (build(select, build(less, value, like(value, 0)), build(negative, value), value),)


def _absolute_complex(build: Builder, value: Value) -> Value:
    """Return the length as the larger part times a factor from the ratio of the two: NumPy's formula, without a library call.

    It raises no error, whatever the parts are, and neither does this.
    """
    first, second = (build(fabs, part) for part in parts(build, value))
    swapped = build(less, first, second)
    large, small = build(select, swapped, second, first), build(select, swapped, first, second)
    factor = _factor(build, large, small)
    # Where the length would overflow it is halved first, and infinity put in by hand.
    limit = like(large, float(np.finfo(scalar_of(large).dtype).max) / 2)
    huge = build(greater, large, limit)
    length = build(multiply, build(multiply, large, build(select, huge, like(large, 0.5), like(large, 1))), factor)
    beyond = both(build, huge, build(greater, length, limit))
    doubled = build(select, huge, like(large, 2), like(large, 1))
    known = build(multiply, build(select, beyond, like(large, 0), length), doubled)
    infinite = either(build, beyond, build(isinf, first), build(isinf, second))
    unknown = build(select, unordered(build, first, second), like(large, math.nan), known)
    return build(select, infinite, like(large, math.inf), unknown)


def _factor(build: Builder, large: Value, small: Value) -> Value:
    """Return sqrt(1 + (small / large)**2); 1 where the ratio is too small to matter or there is none."""
    fraction = FRACTION_BITS[scalar_of(large).bits]
    gap = build(subtract, bits_of(build, large), bits_of(build, small))
    near = build(less, gap, like(gap, (fraction + 3) << fraction))
    matters = both(build, near, build(isfinite, large), build(greater, large, like(large, 0)))
    ratio = build(divide, build(select, matters, small, like(small, 0)), build(select, matters, large, like(large, 1)))
    return build(sqrt, build(multiply_add, ratio, ratio, like(ratio, 1)))


def _expand_sign(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    kind = scalar_of(value)
    if kind.is_complex:
        return (_sign_complex(build, value),)
    zero, one = like(value, 0), like(value, 1)
    above = build(greater, value, zero)
    if kind.kind == "uint":
        return (build(select, above, one, zero),)
    at_most: Value = zero
    if kind.is_floating:
        at_most = build(select, build(equal, value, zero), zero, value)
    return (build(select, above, one, build(select, build(less, value, zero), like(value, -1), at_most)),)


def _sign_complex(build: Builder, value: Value) -> Value:
    """Divide by the magnitude; along an axis to infinity only the infinite part counts."""
    a, b = parts(build, value)
    size = build(hypot, a, b)
    infinite, zero = build(isinf, size), build(equal, size, like(size, 0))
    a_infinite, b_infinite = build(isinf, a), build(isinf, b)
    divisor = build(select, either(build, infinite, zero), like(size, 1), size)

    def part(value: Value, itself: Value) -> Value:
        limit = build(select, itself, build(copysign, like(value, 1), value), like(value, 0))
        limit = build(select, both(build, a_infinite, b_infinite), like(value, math.nan), limit)
        usual = build(select, zero, like(value, 0), build(divide, build(select, infinite, like(value, 0), value), divisor))
        return build(select, infinite, limit, usual)

    # A length that overflows counts as infinite along the imaginary axis, as in NumPy.
    first, second = part(a, a_infinite), part(b, build(invert, a_infinite))
    unknown = build(isnan, size)
    return build(make_complex, *(build(select, unknown, size, x) for x in (first, second)))


def _expand_heaviside(build: Builder, operation: Operation) -> tuple[Value, ...]:
    value, at_zero = operation.operands
    zero = like(value, 0)
    beside = build(select, build(less, value, zero), zero, like(value, 1))
    known = build(select, build(equal, value, zero), at_zero, beside)
    return (build(select, build(isnan, value), value, known),)


absolute = Primitive(
    name="absolute",
    doc="Return the magnitude; that of a complex number is real.",
    rule=numpy_rule(np.absolute),
    expand=_expand_absolute,
    numpy=np.absolute,
    python=("abs",),
    array_api="abs",
    llvm=("abs.i",),
    takes_half=True,
)

sign = Primitive(
    name="sign",
    doc="Return -1, 0 or 1 as a number is below, at or above zero; of a complex number, the direction.",
    rule=numpy_rule(np.sign),
    expand=_expand_sign,
    numpy=np.sign,
    array_api="sign",
    raises=frozenset({"over", "under"}),
)

heaviside = Primitive(
    name="heaviside",
    doc="Return 0 below zero, 1 above it, and the second operand at zero.",
    rule=numpy_rule(np.heaviside),
    expand=_expand_heaviside,
    numpy=np.heaviside,
)

RECORDS = (absolute, sign, heaviside)
