"""Write composite operations as simpler ones, until only operations remain that a machine has.

Goes in: a function with any primitive of the table, float16 arithmetic widened. Comes out: one whose operations are all
lowered as they are, but for `real`, `imag` and `make_complex`, which `split_complex` takes away.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.ir.rewrite import rewrite
from cobra.compiler.ir.values import Value


def _expanded(build: Builder, operation: Operation) -> Sequence[Value] | None:
    expansion = operation.primitive.expand
    return None if expansion is None else expansion(build, operation)


def expand(function: Function) -> Function:
    """Return the function with every composite operation written out."""
    return rewrite(function, _expanded, again=True)
