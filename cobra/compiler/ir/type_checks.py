"""Whether the types in a text that is read go together; complaints point at the line.

Goes in: the line, values, an operation of the table. Nothing comes out but an `InvalidText` where they do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from cobra.compiler.ir.operations import Attribute, Primitive
from cobra.compiler.ir.scanning import Line
from cobra.compiler.ir.values import Value, Variable
from cobra.types import ArrayType, ScalarType, Type


def agree(line: Line, what: str, *groups: Sequence[Value]) -> None:
    """Complain unless some groups of values have the same types."""
    types = [[value.type for value in group] for group in groups]
    for first, second in pairwise(types):
        if first != second:
            line.fail(f"{what} have different types: {listed(first)} and {listed(second)}", start=0)


def listed(types: Sequence[Type]) -> str:
    """Return types in brackets, separated by commas."""
    return f"({', '.join(map(str, types))})"


def check_types(
    line: Line,
    primitive: Primitive,
    operands: tuple[Value, ...],
    results: tuple[Variable, ...],
    attributes: Mapping[str, Attribute],
    start: int,
) -> None:
    """Hold an operation against the table, where the table states its types."""
    types = tuple(operand.type for operand in operands if isinstance(operand.type, ScalarType))
    makes_array = any(isinstance(result.type, ArrayType) for result in results)
    if len(types) != len(operands) or makes_array or "to" in attributes:
        return
    try:
        loop = primitive.rule(types)
    except TypeError as error:
        line.fail(str(error), start=start)
    made = tuple(result.type for result in results)
    if (loop.operands, loop.results) != (types, made):
        takes = f"It takes {listed(loop.operands)} and makes {listed(loop.results)}."
        line.fail(f"{primitive.name} does not take {listed(types)} to make {listed(made)}", takes, start)
