"""Tell from the operations already written whether an integer can be negative."""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Constant, Value
from cobra.types import ScalarType, int64


def surely_not_negative(builder: Builder, value: Value) -> bool:
    """Tell whether a value is known to be at least zero: a constant, a loop index, a size, or sums and products of these."""
    if isinstance(value, Constant):
        return isinstance(value.value, int) and value.value >= 0
    if value in builder.not_negative:
        return True
    made = builder.made.get(value)
    if made is None or value.type != int64:
        return False
    if made.primitive.name == "cast":
        (source,) = made.operands
        assert isinstance(source.type, ScalarType)
        return source.type.kind == "bool" or (source.type.kind == "uint" and source.type.bits < 64)
    # Sums and products of sizes and counters stay far below the limit of 64 bits.
    return made.primitive.keeps_sign and all(surely_not_negative(builder, operand) for operand in made.operands)
