"""From a function to the LLVM module of its NumPy inner loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.elementwise import ModuleParts, elementwise_text, make_loop
from cobra.compiler.codegen.emitter import Failures
from cobra.compiler.codegen.generalized import generalized_text
from cobra.compiler.codegen.lowering import fits_lanes, walk
from cobra.compiler.codegen.native_text import NOTES, copy_functions, failure_functions, raising_functions
from cobra.compiler.ir.operations import For, Function, While
from cobra.types import ScalarType, Type

LOOP_NAME = "cobra_loop"
"""The exported function of every module: a NumPy inner loop."""

_VECTORS_PER_BLOCK = 2


@dataclass(frozen=True, slots=True)
class LoopModule:
    """The LLVM text of one inner loop. `lanes` is None for scalar code; `has_loops` when the kernel itself loops."""

    text: str
    lanes: int | None
    has_loops: bool


def lanes_for(function: Function, vector_bytes: int) -> int | None:
    """Return how many elements to compute at once: two machine vectors of the widest type in the kernel."""
    if not fits_lanes(function):
        return None
    values = [*function.parameters, *function.body.results]
    for statement in walk(function.body):
        values += statement.results
    widest = max(value.type.itemsize for value in values if isinstance(value.type, ScalarType))
    return _VECTORS_PER_BLOCK * vector_bytes // widest


def loop_module(function: Function, operands: Sequence[Type], outputs: int, vector_bytes: int, *, fast_math: bool = False) -> LoopModule:
    """Return the module of a function's inner loop.

    Parameters
    ----------
    function
        The kernel after all passes: no composite operation, no complex value, no float16 arithmetic.
    operands
        The types NumPy hands over, inputs before the last `outputs` ones.
    vector_bytes
        The width of the machine's vectors.
    fast_math
        Whether floating-point code may be reordered and need not report errors.
    """
    parts = ModuleParts(Failures(), set(), set(), set())
    lanes = lanes_for(function, vector_bytes)
    if function.is_elementwise:
        scalars = [kind for kind in operands if isinstance(kind, ScalarType)]
        loop = make_loop(function, scalars[: len(scalars) - outputs], scalars[len(scalars) - outputs :])
        body = elementwise_text(loop, lanes, parts, LOOP_NAME)
    else:
        body = generalized_text(function, operands, parts, LOOP_NAME)
    pieces = [body, copy_functions(sorted(parts.copied)), raising_functions(sorted(parts.flags)), failure_functions(parts.failures)]
    text = "\n".join([*pieces, *sorted(parts.declarations), NOTES])
    has_loops = not function.is_elementwise or any(isinstance(s, (For, While)) for s in walk(function.body))
    return LoopModule(text, lanes, has_loops)


