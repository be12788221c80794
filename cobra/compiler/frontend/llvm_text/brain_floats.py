"""Arithmetic on ``bfloat``: done in float32 and rounded, as LLVM does it on processors without instructions for it.

Conversions round once, as LLVM's manual has it, where Cobra's casts go through float32 as those of ml_dtypes do.
"""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or
from cobra.compiler.primitives.casts import cast_value, narrowed
from cobra.compiler.primitives.comparison import less, not_equal
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.selection import select
from cobra.types import ScalarType, bfloat16, float32, float64, uint64

_LOST = (1 << 12) - 1
"""Bits of a large integer that only tell whether something is lost: the rest fits a float64, and more than a bfloat."""
_LARGE = 1 << 40


def computed(build: Builder, primitive: Primitive, *values: Value) -> Value:
    """Append an operation on floats of any type."""
    if all(value.type != bfloat16 for value in values):
        return build(primitive, *values)
    made = build(primitive, *(cast_value(build, value, float32) if value.type == bfloat16 else value for value in values))
    return cast_value(build, made, bfloat16) if made.type == float32 else made


def converted(build: Builder, value: Value, to: ScalarType) -> Value:
    """Append the conversion of a number to a float, rounded once."""
    if to != bfloat16:
        return cast_value(build, value, to)
    kind = scalar_of(value)
    if kind.bits == 64 and kind.is_integer:
        value = _with_lost_bits_gathered(build, value)
    if not kind.is_floating:
        value = cast_value(build, value, float64 if kind.bits > 16 else float32)
    return narrowed(build, value, bfloat16)


def _with_lost_bits_gathered(build: Builder, value: Value) -> Value:
    """Return an integer that float64 holds and that bfloat rounds as it does this one."""
    lost = build(not_equal, build(bitwise_and, value, like(value, _LOST)), like(value, 0))
    kept = build(bitwise_and, value, like(value, ~_LOST))
    odd = build(bitwise_or, kept, build(select, lost, like(value, _LOST + 1), like(value, 0)))
    small = build(less, value, like(value, _LARGE))
    if value.type != uint64:
        small = build(bitwise_and, small, build(less, like(value, -_LARGE), value))
    return build(select, small, value, odd)
