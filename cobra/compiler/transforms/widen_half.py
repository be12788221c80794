"""Compute float16 arithmetic in float32 and round each result, as NumPy does.

Operations that only move bits keep float16. Runs before `expand`, so that a composite operation is rounded once, at its end.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.ir.rewrite import rewrite
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.expansion import scalar_of
from cobra.types import float16, float32


def _widened(build: Builder, operation: Operation) -> Sequence[Value] | None:
    if operation.primitive.takes_half or not any(operand.type == float16 for operand in operation.operands):
        return None
    wide = [cast_value(build, x, float32) if x.type == float16 else x for x in operation.operands]
    loop = operation.primitive.rule(tuple(scalar_of(operand) for operand in wide))
    results = build.operation(operation.primitive, wide, loop.results, **operation.attributes)
    return [
        cast_value(build, made, float16) if asked.type == float16 else made
        for asked, made in zip(operation.results, results, strict=True)
    ]


def widen_half(function: Function) -> Function:
    """Return the function with float16 arithmetic done in float32."""
    return rewrite(function, _widened)
