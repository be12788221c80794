"""Compute float16 and bfloat16 arithmetic in float32 and round each result, as NumPy and ml_dtypes do.

Operations that only move bits keep the type. Runs before `expand`, so that a composite operation is rounded once, at its end.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.ir.rewrite import rewrite
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.casts import cast, cast_value, convert, narrow
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.machine import reinterpret
from cobra.compiler.primitives.memory import load, store
from cobra.compiler.primitives.selection import select
from cobra.types import bfloat16, float16, float32

_HALVES = (float16, bfloat16)
_MOVES = frozenset({cast, convert, narrow, select, reinterpret, load, store})


def _widened(build: Builder, operation: Operation) -> Sequence[Value] | None:
    if _keeps_bits(operation) or not any(operand.type in _HALVES for operand in operation.operands):
        return None
    wide = [cast_value(build, x, float32) if x.type in _HALVES else x for x in operation.operands]
    loop = operation.primitive.rule(tuple(scalar_of(operand) for operand in wide))
    results = build.operation(operation.primitive, wide, loop.results, **operation.attributes)
    return [
        cast_value(build, made, scalar_of(asked)) if asked.type in _HALVES else made
        for asked, made in zip(operation.results, results, strict=True)
    ]


def _keeps_bits(operation: Operation) -> bool:
    """Tell whether an operation takes its operands as they are; of bfloat16 the machine knows no more than their bits."""
    if any(value.type == bfloat16 for value in (*operation.operands, *operation.results)):
        return operation.primitive in _MOVES
    return operation.primitive.takes_half


def widen_half(function: Function) -> Function:
    """Return the function with float16 and bfloat16 arithmetic done in float32."""
    return rewrite(function, _widened)
