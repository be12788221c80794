"""From a function to the LLVM module of its NumPy inner loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.compound_loops import compound_text, place_text
from cobra.compiler.codegen.compound_operands import is_compound, make_compound_loop
from cobra.compiler.codegen.element_folds import element_folds_text
from cobra.compiler.codegen.elementwise import elementwise_text
from cobra.compiler.codegen.failing_lanes import fails_in_loops
from cobra.compiler.codegen.generalized import generalized_text
from cobra.compiler.codegen.half_text import HALF_DECLARATIONS, HALF_FUNCTIONS
from cobra.compiler.codegen.loop_form import LoopForm, choose_form, lanes_of
from cobra.compiler.codegen.loop_parts import Machine, ModuleParts, Style, make_loop
from cobra.compiler.codegen.lowering import ends_by_lane, has_loops
from cobra.compiler.codegen.matrix_products import matrix_products_text
from cobra.compiler.codegen.native_text import NOTES, failure_functions, quiet_loop, raising_functions
from cobra.compiler.ir.operations import Function
from cobra.compiler.loop_types import as_operand
from cobra.compiler.transforms.folding import Folding
from cobra.compiler.transforms.loop_exits import exits_in_tests
from cobra.compiler.transforms.share_quotients import share_quotients
from cobra.types import KernelType, ScalarType

LOOP_NAME = "cobra_loop"
"""The exported function of every module: a NumPy inner loop."""


@dataclass(frozen=True, slots=True)
class LoopModule:
    """The LLVM text of one inner loop. `lanes` is None for scalar code; `has_loops` when the kernel itself loops."""

    text: str
    lanes: int | None
    has_loops: bool

    @property
    def is_quick(self) -> bool:
        """Tell whether the passes that only loops of scalar code need may be left out."""
        return self.lanes is not None or not self.has_loops


def loop_module(
    function: Function,
    operands: Sequence[KernelType],
    outputs: int,
    machine: Machine,
    *,
    fast_math: bool = False,
    form: LoopForm | None = None,
    folding: Folding | None = None,
    by_place: bool = False,
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
    form
        How elements are computed, instead of the form that pays.
    folding
        How elements may be joined, when the kernel is associative.
    by_place
        Whether the function is that of one place of the vectors among the operands, as `function_of_place` gives it.
    """
    compound = function.is_elementwise and any(map(is_compound, operands))
    chosen = LoopForm.SCALAR if compound and fails_in_loops(function) else form or choose_form(function, machine)
    function = function if chosen is LoopForm.SCALAR else _for_lanes(function)
    parts, style = ModuleParts(), Style(machine, fast_math, refills=chosen is LoopForm.REFILL)
    lanes, quiet = lanes_of(function, machine, chosen), fast_math and machine.has_mxcsr
    inner = "warning_loop" if quiet else LOOP_NAME
    if compound:
        write = place_text if by_place else compound_text
        body = write(make_compound_loop(function, operands, outputs), lanes, style, parts, inner)
    elif function.is_elementwise:
        scalars = [kind for kind in operands if isinstance(kind, ScalarType)]
        loop = make_loop(function, scalars[: len(scalars) - outputs], scalars[len(scalars) - outputs :])
        body = elementwise_text(loop, lanes, style, parts, inner, folding)
    else:
        body = generalized_text(function, [as_operand(kind) for kind in operands], style, parts, inner)
    if quiet:
        body += quiet_loop(LOOP_NAME, inner, parts.declarations)
    body += element_folds_text(machine, parts)
    body += matrix_products_text(parts.matrix_products, parts.declarations)
    pieces = [body, raising_functions(sorted(parts.flags)), failure_functions(parts.failures)]
    if not machine.converts_half and " half" in body:
        pieces.append(HALF_FUNCTIONS)
        parts.declarations |= HALF_DECLARATIONS
    loops = has_loops(function) or bool(parts.matrix_products)  # which are written out for small sizes
    return LoopModule("\n".join([*pieces, *sorted(parts.declarations), NOTES]), lanes, loops)


def _for_lanes(function: Function) -> Function:
    shared = share_quotients(function)
    return exits_in_tests(shared) if ends_by_lane(shared) else shared
