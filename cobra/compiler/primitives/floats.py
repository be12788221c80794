"""Taking floats apart and putting them together: mantissa and exponent, whole and fractional part, neighbours."""

from __future__ import annotations

import math

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import add, multiply, subtract
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or, both, either, invert
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, greater, less
from cobra.compiler.primitives.effects import signal
from cobra.compiler.primitives.expansion import like, lowest, scalar_of
from cobra.compiler.primitives.extrema import maximum, minimum
from cobra.compiler.primitives.layout import (
    FRACTION_BITS,
    bias,
    bits_of,
    infinity_bits,
    magnitude_bits,
    smallest_normal_bits,
    without_sign,
)  # fmt: skip
from cobra.compiler.primitives.logic import isfinite, isinf, isnan
from cobra.compiler.primitives.machine import reinterpret_bits, shift_left, shift_right
from cobra.compiler.primitives.rounding import trunc
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import copysign, fabs
from cobra.compiler.primitives.type_rules import floating, numpy_rule
from cobra.types import ScalarType, float16, float32, float64, int32, int64


def _expand_frexp(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    kind = scalar_of(value)
    fraction, offset = FRACTION_BITS[kind.bits], bias(kind)
    usual = both(build, build(isfinite, value), build(invert, build(equal, value, like(value, 0))))
    tiny = build(less, magnitude_bits(build, value), like(bits_of(build, value), smallest_normal_bits(kind)))
    lifted = build(multiply, value, build(select, tiny, like(value, 2.0 ** (fraction + 1)), like(value, 1)))
    bits = bits_of(build, lifted)
    field = build(shift_right, magnitude_bits(build, lifted), like(bits, fraction))
    shift = build(select, tiny, like(bits, offset + fraction), like(bits, offset - 1))
    exponent = build(select, usual, build(subtract, field, shift), like(bits, 0))
    cleared = build(bitwise_and, bits, like(bits, ~infinity_bits(kind)))
    mantissa = reinterpret_bits(build, build(bitwise_or, cleared, like(bits, (offset - 1) << fraction)), kind)
    return build(select, usual, mantissa, value), cast_value(build, exponent, int32)


def _power_of_two(build: Builder, exponent: Value, kind: ScalarType) -> Value:
    """Return 2**exponent for an int64 exponent in the range of float64."""
    biased = build(add, exponent, like(exponent, bias(kind)))
    return reinterpret_bits(build, build(shift_left, biased, like(biased, FRACTION_BITS[kind.bits])), kind)


def _clamped(build: Builder, value: Value, limit: int) -> Value:
    return build(minimum, build(maximum, value, like(value, -limit)), like(value, limit))


def _expand_ldexp(build: Builder, operation: Operation) -> tuple[Value, ...]:
    value, exponent = operation.operands
    kind = scalar_of(value)
    if kind == float32:
        # float64 holds every product exactly, so that only the last step rounds.
        scale = _power_of_two(build, _clamped(build, cast_value(build, exponent, int64), 400), float64)
        return (cast_value(build, build(multiply, cast_value(build, value, float64), scale), kind),)
    left = _clamped(build, cast_value(build, exponent, int64), 3000)
    for _ in range(2):
        value, left = _scale_towards(build, value, left)
    last = build(maximum, build(minimum, left, like(left, 1023)), like(left, -1022))
    return (build(multiply, value, _power_of_two(build, last, kind)),)


def _scale_towards(build: Builder, value: Value, left: Value) -> tuple[Value, Value]:
    """Take the part of an exponent off that one factor cannot hold; downwards so that only the last factor rounds."""
    above, below = build(greater, left, like(left, 1023)), build(less, left, like(left, -1022))
    taken = build(select, above, like(left, 1023), build(select, below, like(left, -1022 + 53), like(left, 0)))
    return build(multiply, value, _power_of_two(build, taken, scalar_of(value))), build(subtract, left, taken)


def _expand_modf(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    whole = build(trunc, value)
    infinite, zero = build(isinf, value), like(value, 0)
    part = build(subtract, value, build(select, infinite, zero, whole))
    return build(copysign, build(select, infinite, zero, part), value), whole


def _neighbour(build: Builder, value: Value, upwards: Value) -> Value:
    """Return the bits of the next float up or down; zero has the least number on either side of it."""
    bits = bits_of(build, value)
    size = magnitude_bits(build, value)
    zero, one = build(equal, size, like(bits, 0)), like(bits, 1)
    negative = build(less, bits, like(bits, 0))
    away = build(equal, upwards, build(invert, negative))
    moved = build(add, bits, build(select, away, one, like(bits, -1)))
    first = build(select, upwards, one, like(bits, lowest(scalar_of(bits)) + 1))
    return build(select, zero, first, moved)


def _is_tiny(build: Builder, bits: Value, kind: ScalarType) -> Value:
    return build(less, without_sign(build, bits), like(bits, smallest_normal_bits(kind)))


def _is_infinite(build: Builder, bits: Value, kind: ScalarType) -> Value:
    return build(equal, without_sign(build, bits), like(bits, infinity_bits(kind)))


def _ordered_less(build: Builder, left: Value, right: Value) -> Value:
    """Compare two floats, neither NaN, by their bits: two's complement turns the order of negative ones round."""
    keys = []
    for value in (left, right):
        bits, size = bits_of(build, value), magnitude_bits(build, value)
        keys.append(build(select, build(less, bits, like(bits, 0)), build(subtract, like(bits, 0), size), size))
    return build(less, *keys)


def _expand_nextafter(build: Builder, operation: Operation) -> tuple[Value, ...]:
    start, target = operation.operands
    kind = scalar_of(start)
    unknown_start, unknown_target = build(isnan, start), build(isnan, target)
    upwards, downwards = _ordered_less(build, start, target), _ordered_less(build, target, start)
    moves = both(build, either(build, upwards, downwards), build(invert, either(build, unknown_start, unknown_target)))
    bits = _neighbour(build, start, upwards)
    over = both(build, moves, _is_infinite(build, bits, kind))
    build.many(signal, over, flag="over")
    if kind != float16:
        build.many(signal, both(build, moves, _is_tiny(build, bits, kind)), flag="under")
    # glibc hands out the second of two equal numbers, NumPy's float16 the first; the two differ for zeros.
    itself = build(select, unknown_target, target, start) if kind == float16 else build(select, unknown_start, start, target)
    return (build(select, moves, reinterpret_bits(build, bits, kind), itself),)


def _expand_spacing(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    kind = scalar_of(value)
    finite = build(isfinite, value)
    if kind == float16:
        return (_spacing_half(build, value, finite),)
    bits = bits_of(build, value)
    zero = build(equal, magnitude_bits(build, value), like(bits, 0))
    beyond = build(select, zero, like(bits, 1), build(add, bits, like(bits, 1)))
    build.many(signal, both(build, finite, _is_infinite(build, beyond, kind)), flag="over")
    build.many(signal, both(build, finite, build(invert, zero), _is_tiny(build, beyond, kind)), flag="under")
    safe = build(select, finite, value, like(value, 0))
    step = build(subtract, reinterpret_bits(build, build(select, finite, beyond, like(bits, 1)), kind), safe)
    return (build(select, finite, step, like(value, math.nan)),)


def _spacing_half(build: Builder, value: Value, finite: Value) -> Value:
    build.many(signal, build(invert, finite), flag="invalid")
    beyond = reinterpret_bits(build, _neighbour(build, value, build(equal, finite, finite)), float16)
    build.many(signal, both(build, finite, build(isinf, beyond)), flag="over")
    safe = build(select, finite, value, like(value, 0))
    step = build(subtract, cast_value(build, beyond, float32), cast_value(build, safe, float32))
    return build(select, finite, cast_value(build, step, float16), like(value, math.nan))


def _expand_ulp(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    kind = scalar_of(value)
    size = build(fabs, value)
    bits = magnitude_bits(build, value)
    last = build(equal, bits, like(bits, infinity_bits(kind) - 1))
    finite = build(less, bits, like(bits, infinity_bits(kind)))
    lower = reinterpret_bits(build, build(select, last, build(subtract, bits, like(bits, 1)), bits), kind)
    upper = reinterpret_bits(build, build(select, last, bits, build(add, bits, like(bits, 1))), kind)
    zero = like(value, 0)
    step = build(subtract, build(select, finite, upper, zero), build(select, finite, lower, zero))
    return (build(select, finite, step, size),)


frexp = Primitive(
    name="frexp",
    doc="Return mantissa and exponent: a number of magnitude in [0.5, 1) and the power of two it is to be scaled by.",
    rule=numpy_rule(np.frexp),
    expand=_expand_frexp,
    numpy=np.frexp,
    python=("math.frexp",),
)

ldexp = Primitive(
    name="ldexp",
    doc="Return a number times a power of two.",
    rule=numpy_rule(np.ldexp),
    expand=_expand_ldexp,
    numpy=np.ldexp,
    python=("math.ldexp",),
    raises=frozenset({"over", "under"}),
)

modf = Primitive(
    name="modf",
    doc="Return the fractional and the whole part, both with the sign of the number.",
    rule=numpy_rule(np.modf),
    expand=_expand_modf,
    numpy=np.modf,
    python=("math.modf",),
)

nextafter = Primitive(
    name="nextafter",
    doc="Return the float next to the first number on the way to the second.",
    rule=numpy_rule(np.nextafter),
    expand=_expand_nextafter,
    numpy=np.nextafter,
    python=("math.nextafter",),
    array_api="nextafter",
    llvm=("nextafter",),
    raises=frozenset({"over", "under"}),
    takes_half=True,
)

spacing = Primitive(
    name="spacing",
    doc="Return the distance to the next float away from zero.",
    rule=numpy_rule(np.spacing),
    expand=_expand_spacing,
    numpy=np.spacing,
    raises=frozenset({"over", "under", "invalid"}),
    takes_half=True,
)

ulp = Primitive(
    name="ulp",
    doc="Return the value of the last bit of a float, as Python's `math.ulp`.",
    rule=floating("ulp", 1),
    expand=_expand_ulp,
    python=("math.ulp",),
)

RECORDS = (frexp, ldexp, modf, nextafter, spacing, ulp)
