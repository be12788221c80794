"""From a function to the LLVM module of its NumPy inner loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.compound_loops import compound_text
from cobra.compiler.codegen.compound_operands import is_compound, make_compound_loop
from cobra.compiler.codegen.element_folds import element_folds_text
from cobra.compiler.codegen.elementwise import elementwise_text
from cobra.compiler.codegen.generalized import generalized_text
from cobra.compiler.codegen.half_text import HALF_DECLARATIONS, HALF_FUNCTIONS
from cobra.compiler.codegen.loop_parts import Machine, ModuleParts, Style, make_loop
from cobra.compiler.codegen.lowering import fits_lanes, values_of, walk, widest_bytes
from cobra.compiler.codegen.native_text import NOTES, failure_functions, quiet_loop, raising_functions
from cobra.compiler.ir.operations import For, Function, Operation, While
from cobra.compiler.ir.values import Constant
from cobra.compiler.loop_types import as_operand
from cobra.compiler.primitives.machine import shift_left
from cobra.compiler.transforms.folding import Folding
from cobra.types import KernelType, ScalarType, float16

LOOP_NAME = "cobra_loop"
"""The exported function of every module: a NumPy inner loop."""

_VECTORS_PER_BLOCK = 2


@dataclass(frozen=True, slots=True)
class LoopModule:
    """The LLVM text of one inner loop. `lanes` is None for scalar code; `has_loops` when the kernel itself loops."""

    text: str
    lanes: int | None
    has_loops: bool


def lanes_for(function: Function, machine: Machine) -> int | None:
    """Return how many elements to compute at once: some machine vectors of the widest type in the kernel."""
    if not fits_lanes(function) or (not machine.shifts_by_lane and _shifts_by_lane(function)):
        return None
    # LLVM ends the process when it is to round more than one vector to float16 in constrained code.
    count = 1 if any(value.type == float16 for value in values_of(function)) else _VECTORS_PER_BLOCK
    return count * machine.vector_bytes // widest_bytes(function)


def _shifts_by_lane(function: Function) -> bool:
    # LLVM would go by way of floats, which raises errors.
    return any(
        isinstance(statement, Operation) and statement.primitive is shift_left and not isinstance(statement.operands[1], Constant)
        for statement in walk(function.body)
    )


def loop_module(
    function: Function, operands: Sequence[KernelType], outputs: int, machine: Machine,
    *, fast_math: bool = False, folding: Folding | None = None,
) -> LoopModule:
    """Return the module of a function's inner loop.

    Parameters
    ----------
    function
        The kernel after all passes: no composite operation, no complex value, no float16 arithmetic.
    operands
        The types NumPy hands over, inputs before the last `outputs` ones.
    machine
        What runs it.
    fast_math
        Whether floating-point code may be reordered and reports no errors.
    folding
        How elements may be joined, when the kernel is associative.
    """
    parts, style = ModuleParts(), Style(machine, fast_math)
    lanes, quiet = lanes_for(function, machine), fast_math and machine.has_mxcsr
    inner = "warning_loop" if quiet else LOOP_NAME
    if function.is_elementwise and any(map(is_compound, operands)):
        body = compound_text(make_compound_loop(function, operands, outputs), lanes, style, parts, inner)
    elif function.is_elementwise:
        scalars = [kind for kind in operands if isinstance(kind, ScalarType)]
        loop = make_loop(function, scalars[: len(scalars) - outputs], scalars[len(scalars) - outputs :])
        body = elementwise_text(loop, lanes, style, parts, inner, folding)
    else:
        body = generalized_text(function, [as_operand(kind) for kind in operands], style, parts, inner)
    if quiet:
        body += quiet_loop(LOOP_NAME, inner, parts.declarations)
    body += element_folds_text(parts.element_folds, machine, parts)
    pieces = [body, raising_functions(sorted(parts.flags)), failure_functions(parts.failures)]
    if not machine.converts_half and " half" in body:
        pieces.append(HALF_FUNCTIONS)
        parts.declarations |= HALF_DECLARATIONS
    has_loops = any(isinstance(s, (For, While)) for s in walk(function.body))
    return LoopModule("\n".join([*pieces, *sorted(parts.declarations), NOTES]), lanes, has_loops)
