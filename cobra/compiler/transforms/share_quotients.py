"""Make remainders of integers from quotients, for lanes: both are often asked for, and there the quotient is what costs."""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.ir.rewrite import rewrite
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import multiply, subtract
from cobra.compiler.primitives.machine import quotient, rest


def share_quotients(function: Function) -> Function:
    """Return the function with quotients only."""
    return rewrite(function, _from_quotient)


def _from_quotient(build: Builder, operation: Operation) -> Sequence[Value] | None:
    if operation.primitive is not rest:
        return None
    left, right = operation.operands
    return (build(subtract, left, build(multiply, build(quotient, left, right), right)),)
