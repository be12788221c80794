"""Whole numbers: shifts, counts of bits, divisors, and the combinatorial functions of Python's `math`."""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.primitives.arithmetic import add, multiply, subtract
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, greater, less, not_equal
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.extrema import minimum
from cobra.compiler.primitives.machine import count_ones, quotient, reinterpret_bits, rest, shift_left, shift_right
from cobra.compiler.primitives.magnitude import absolute
from cobra.compiler.primitives.roots import sqrt
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.type_rules import integers, numpy_rule
from cobra.types import BY_NAME, float64, int64, uint8, uint64


def _unsigned(build: Builder, value: Value) -> Value:
    kind = scalar_of(value)
    return reinterpret_bits(build, value, BY_NAME[f"uint{kind.bits}"]) if kind.kind == "int" else value


def _size(build: Builder, value: Value) -> Value:
    """Return the magnitude as an unsigned number, which holds that of the least signed one too."""
    return _unsigned(build, build(absolute, value))


def _fits_width(build: Builder, count: Value) -> Value:
    """Return whether a shift is shorter than the type, and not negative."""
    unsigned = _unsigned(build, count)
    return build(less, unsigned, like(unsigned, scalar_of(count).bits))


def _expand_left_shift(build: Builder, operation: Operation) -> tuple[Value, ...]:
    value, count = operation.operands
    fits = _fits_width(build, count)
    shifted = build(shift_left, value, build(select, fits, count, like(count, 0)))
    return (build(select, fits, shifted, like(value, 0)),)


def _expand_right_shift(build: Builder, operation: Operation) -> tuple[Value, ...]:
    value, count = operation.operands
    fits = _fits_width(build, count)
    shifted = build(shift_right, value, build(select, fits, count, like(count, scalar_of(count).bits - 1)))
    if scalar_of(value).kind == "int":
        return (shifted,)
    return (build(select, fits, shifted, like(value, 0)),)


def _expand_bitwise_count(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (cast_value(build, build(count_ones, _size(build, operation.operands[0])), uint8),)


def greatest_divisor(build: Builder, first: Value, second: Value) -> Value:
    """Append Euclid's algorithm on unsigned numbers and return the greatest common divisor."""

    def step(carried: tuple[Variable, ...]) -> tuple[Value, ...]:
        a, b = carried
        return b, build(rest, a, b)

    found, _ = build.while_((first, second), lambda carried: build(not_equal, carried[1], like(second, 0)), step)
    return found


def _signed_again(build: Builder, value: Value, like_this: Value) -> Value:
    kind = scalar_of(like_this)
    return reinterpret_bits(build, value, kind) if kind.kind == "int" else value


def _expand_gcd(build: Builder, operation: Operation) -> tuple[Value, ...]:
    a, b = (_size(build, operand) for operand in operation.operands)
    return (_signed_again(build, greatest_divisor(build, a, b), operation.operands[0]),)


def _expand_lcm(build: Builder, operation: Operation) -> tuple[Value, ...]:
    a, b = (_size(build, operand) for operand in operation.operands)
    divisor = greatest_divisor(build, a, b)
    safe = build(select, build(equal, divisor, like(divisor, 0)), like(divisor, 1), divisor)
    return (_signed_again(build, build(multiply, build(quotient, a, safe), b), operation.operands[0]),)


def _refuse_negative(build: Builder, value: Value, message: str) -> None:
    if scalar_of(value).kind == "int":
        build.many(fail_if, build(less, value, like(value, 0)), exception="ValueError", message=message)


def _expand_isqrt(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    _refuse_negative(build, value, "isqrt() argument must be nonnegative")
    number = cast_value(build, value, uint64)
    root = cast_value(build, build(sqrt, cast_value(build, number, float64)), uint64)
    # The float nearest to the number may be the next square, never a lower one.
    bounded = build(minimum, root, constant((1 << 32) - 1, uint64))
    over = build(greater, build(multiply, bounded, bounded), number)
    exact = build(select, over, build(subtract, bounded, constant(1, uint64)), bounded)
    return (cast_value(build, exact, scalar_of(value)),)


def _rising_product(build: Builder, above: Value, count: Value) -> Value:
    """Return (above + 1) (above + 2) … (above + count)."""

    def body(index: Variable, carried: tuple[Variable, ...]) -> tuple[Value, ...]:
        place = build(add, cast_value(build, index, scalar_of(above)), like(above, 1))
        return (build(multiply, carried[0], build(add, above, place)),)

    (product,) = build.for_(cast_value(build, count, int64), (like(above, 1),), body)
    return product


def _expand_factorial(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    _refuse_negative(build, value, "factorial() not defined for negative values")
    return (_rising_product(build, like(value, 0), value),)


def _refuse_negative_pair(build: Builder, operation: Operation) -> tuple[Value, Value]:
    total, chosen = operation.operands
    _refuse_negative(build, total, "n must be a non-negative integer")
    _refuse_negative(build, chosen, "k must be a non-negative integer")
    return total, chosen


def _expand_perm(build: Builder, operation: Operation) -> tuple[Value, ...]:
    total, chosen = _refuse_negative_pair(build, operation)
    too_many = build(greater, chosen, total)
    count = build(select, too_many, like(chosen, 0), chosen)
    product = _rising_product(build, build(subtract, total, count), count)
    return (build(select, too_many, like(total, 0), product),)


def _expand_comb(build: Builder, operation: Operation) -> tuple[Value, ...]:
    total, chosen = _refuse_negative_pair(build, operation)
    too_many = build(greater, chosen, total)
    count = build(select, too_many, like(chosen, 0), chosen)
    count = build(minimum, count, build(subtract, total, count))
    left_out = build(subtract, total, count)

    def body(index: Variable, carried: tuple[Variable, ...]) -> tuple[Value, ...]:
        # Common divisors go first, so that nothing overflows before the result does.
        place = build(add, cast_value(build, index, scalar_of(total)), like(total, 1))
        common = _signed_again(build, greatest_divisor(build, _unsigned(build, carried[0]), _unsigned(build, place)), total)
        common = _not_zero(build, common)
        divisor = _not_zero(build, build(quotient, place, common))
        factor = build(quotient, build(add, left_out, place), divisor)
        return (build(multiply, build(quotient, carried[0], common), factor),)

    (product,) = build.for_(cast_value(build, count, int64), (like(total, 1),), body)
    return (build(select, too_many, like(total, 0), product),)


def _not_zero(build: Builder, value: Value) -> Value:
    # After an overflow a divisor may be zero, which would end the process.
    return build(select, build(equal, value, like(value, 0)), like(value, 1), value)


left_shift = Primitive(
    name="left_shift",
    doc="Shift the bits of an integer to the left; 0 when the count is negative or reaches the width.",
    rule=numpy_rule(np.left_shift),
    expand=_expand_left_shift,
    numpy=np.left_shift,
    python=("<<",),
    array_api="bitwise_left_shift",
    plain=True,
)

right_shift = Primitive(
    name="right_shift",
    doc="Shift the bits of an integer to the right; the sign alone when the count is negative or reaches the width.",
    rule=numpy_rule(np.right_shift),
    expand=_expand_right_shift,
    numpy=np.right_shift,
    python=(">>",),
    array_api="bitwise_right_shift",
    plain=True,
    keeps_sign=True,
)

bitwise_count = Primitive(
    name="bitwise_count",
    doc="Count the bits set in the magnitude of an integer.",
    rule=numpy_rule(np.bitwise_count),
    expand=_expand_bitwise_count,
    numpy=np.bitwise_count,
    plain=True,
)

gcd = Primitive(
    name="gcd",
    doc="Return the greatest common divisor.",
    rule=numpy_rule(np.gcd),
    expand=_expand_gcd,
    numpy=np.gcd,
    python=("math.gcd",),
    plain=True,
)

lcm = Primitive(
    name="lcm",
    doc="Return the least common multiple.",
    rule=numpy_rule(np.lcm),
    expand=_expand_lcm,
    numpy=np.lcm,
    python=("math.lcm",),
    plain=True,
)

isqrt = Primitive(
    name="isqrt",
    doc="Return the whole part of the square root of an integer.",
    rule=integers("isqrt", 1),
    expand=_expand_isqrt,
    python=("math.isqrt",),
    effect=True,
)

factorial = Primitive(
    name="factorial",
    doc="Return the product of the whole numbers up to an integer, wrapped into its type.",
    rule=integers("factorial", 1),
    expand=_expand_factorial,
    python=("math.factorial",),
    effect=True,
)

perm = Primitive(
    name="perm",
    doc="Count the ordered choices of k out of n things.",
    rule=integers("perm", 2),
    expand=_expand_perm,
    python=("math.perm",),
    effect=True,
)

comb = Primitive(
    name="comb",
    doc="Count the choices of k out of n things.",
    rule=integers("comb", 2),
    expand=_expand_comb,
    python=("math.comb",),
    effect=True,
)

RECORDS = (left_shift, right_shift, bitwise_count, gcd, lcm, isqrt, factorial, perm, comb)
