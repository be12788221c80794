"""How floats lie in bits: the parts of IEEE formats, and reading a float as an integer."""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import bitwise_and
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.types import BY_NAME, ScalarType

FRACTION_BITS = {16: 10, 32: 23, 64: 52}
"""Bits of the mantissa, by the width of the float."""


def bias(kind: ScalarType) -> int:
    """Return what is added to an exponent before it is stored."""
    return int((1 << (kind.bits - FRACTION_BITS[kind.bits] - 2)) - 1)


def infinity_bits(kind: ScalarType) -> int:
    """Return the bits of infinity."""
    return (2 * bias(kind) + 1) << FRACTION_BITS[kind.bits]


def smallest_normal_bits(kind: ScalarType) -> int:
    """Return the bits of the least number with a full mantissa."""
    return int(1 << FRACTION_BITS[kind.bits])


def bits_of(build: Builder, value: Value) -> Value:
    """Append the bits of a float as a signed integer, whose sign is that of the float."""
    return reinterpret_bits(build, value, BY_NAME[f"int{scalar_of(value).bits}"])


def without_sign(build: Builder, bits: Value) -> Value:
    """Append the bits of the magnitude of a float given as bits: never negative, and ordered as the magnitudes are."""
    return build(bitwise_and, bits, like(bits, (1 << (scalar_of(bits).bits - 1)) - 1))


def magnitude_bits(build: Builder, value: Value) -> Value:
    """Append the bits of a float without its sign."""
    return without_sign(build, bits_of(build, value))
