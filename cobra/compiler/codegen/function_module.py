"""From a scalar function to its LLVM module: one body, and an entry for each way of calling it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.function_body import body_text
from cobra.compiler.codegen.function_entries import Passed, c_entry, integrand_entry, is_integrand
from cobra.compiler.codegen.half_text import HALF_DECLARATIONS, HALF_FUNCTIONS
from cobra.compiler.codegen.loop_parts import ModuleParts, Style
from cobra.compiler.codegen.lowering import walk
from cobra.compiler.codegen.native_text import NOTES, failure_functions
from cobra.compiler.codegen.python_entry import python_entry
from cobra.compiler.ir.operations import For, Function, While

C_NAME, PYTHON_NAME, INTEGRAND_NAME = "cobra_function", "cobra_call", "cobra_integrand"
"""The exported functions: plain C, a builtin's code, and ``double f(int, double *)`` where the types allow it."""


@dataclass(frozen=True, slots=True)
class FunctionModule:
    """The LLVM text of a scalar function; `has_loops` when it loops itself."""

    text: str
    has_loops: bool

    @property
    def is_quick(self) -> bool:
        """Tell whether the passes that only loops need may be left out."""
        return not self.has_loops


def function_module(
    function: Function, inputs: Sequence[Passed], results: Sequence[Passed], style: Style, *, type_offset: int
) -> FunctionModule:
    """Return the module of a function.

    Parameters
    ----------
    function
        The function after all passes, with a parameter and a result for each real number.
    inputs, results
        What it takes and returns, as C sees it.
    style
        What the code depends on besides the function.
    type_offset
        Where in a Python object the pointer to its type stands.
    """
    parts = ModuleParts()
    taken, made = ([place.type for operand in side for place in operand.numbers] for side in (inputs, results))
    pieces = [
        body_text(function, parts, fast_math=style.fast_math),
        c_entry(C_NAME, inputs, results),
        python_entry(PYTHON_NAME, taken, made, type_offset, parts.declarations),
    ]
    if is_integrand(inputs, results):
        pieces.append(integrand_entry(INTEGRAND_NAME, inputs))
    if not style.machine.converts_half and any(" half" in piece for piece in pieces):
        pieces.append(HALF_FUNCTIONS)
        parts.declarations |= HALF_DECLARATIONS
    failures = failure_functions(parts.failures)
    declared = parts.declarations - set(failures.split("\n"))
    has_loops = any(isinstance(statement, (For, While)) for statement in walk(function.body))
    return FunctionModule("\n".join([*pieces, failures, *sorted(declared), NOTES]), has_loops)
