"""How a kernel with loops of its own is computed: one element after another, on lanes, or on lanes that are refilled.

In: a function after all passes and the machine. Out: the form, and how many lanes. Lanes pay for any loop of floats, and for
integers unless they divide and the machine has no way to do that (`fits_vectors`); refilling pays where the whole kernel is one loop,
since its lanes rarely end together.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from cobra.compiler.codegen.loop_parts import Machine
from cobra.compiler.codegen.lowering import ends_by_lane, fits_lanes, values_of, walk, widest_bytes
from cobra.compiler.codegen.refill import VECTORS_IN_LOOPS, taken_apart
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.ir.values import Constant
from cobra.compiler.primitives.machine import shift_left
from cobra.types import float16

_VECTORS = 2
_VECTORS_IN_LONG_CODE = 4
"""So many chains of operations, each waiting for the one before, are more than the processor finds for itself by looking ahead."""
_LONG_CODE = 40
_WAIT_FOR_COSTLY = 3
"""A division takes as long as so many other operations one after another."""
_REGISTERS_FOR_LONG_CODE = 64
"""Bytes of the vectors of a machine with registers enough."""
_LEAST_BYTES_IN_LONG_CODE = 4
_LEAST_BYTES_IN_LOOPS = 32
"""On narrower vectors floats gain little and 64-bit integers lose."""
_FEWEST_LANES_IN_LOOPS = 4
_MOST_LANES_IN_LOOPS = 64
"""What one word has bits for."""


class LoopForm(Enum):
    """How elements are computed."""

    SCALAR = "scalar"
    LANES = "lanes"
    REFILL = "refilled lanes"


def choose_form(function: Function, machine: Machine) -> LoopForm:
    """Return the form that pays for an elementwise kernel."""
    lanes = lanes_of(function, machine, LoopForm.LANES) if _can_have_lanes(function, machine) else None
    narrow = machine.vector_bytes < _LEAST_BYTES_IN_LOOPS or (lanes or 0) < _FEWEST_LANES_IN_LOOPS
    if lanes is None or (ends_by_lane(function) and narrow):
        return LoopForm.SCALAR
    return LoopForm.REFILL if taken_apart(function) is not None else LoopForm.LANES


def lanes_of(function: Function, machine: Machine, form: LoopForm) -> int | None:
    """Return how many elements are computed at once: some machine vectors of the widest type in the kernel; None in scalar code."""
    if form is LoopForm.SCALAR:
        return None
    by_lane = ends_by_lane(function)
    lanes = _vectors_of(function, machine, by_lane) * machine.vector_bytes // widest_bytes(function)
    return min(lanes, _MOST_LANES_IN_LOOPS) if by_lane else lanes


def _vectors_of(function: Function, machine: Machine, by_lane: bool) -> int:
    # LLVM ends the process when it is to round more than one vector to float16 in constrained code.
    if any(value.type == float16 for value in values_of(function)):
        return 1
    if by_lane:
        return VECTORS_IN_LOOPS
    return _VECTORS_IN_LONG_CODE if _is_long(function, machine) else _VECTORS


def _is_long(function: Function, machine: Machine) -> bool:
    """Tell whether more vectors at once pay: what is skipped mostly does not count, few elements in a register would be many lanes."""
    roomy = machine.vector_bytes >= _REGISTERS_FOR_LONG_CODE
    statements = function.body.statements
    costly = sum(isinstance(statement, Operation) and statement.primitive.costly for statement in statements)
    length = len(statements) + (_WAIT_FOR_COSTLY - 1) * costly
    return roomy and length >= _LONG_CODE and widest_bytes(function) >= _LEAST_BYTES_IN_LONG_CODE


def _can_have_lanes(function: Function, machine: Machine) -> bool:
    return fits_lanes(function, wide=machine.converts_wide) and (machine.shifts_by_lane or not _has(function, _shifts_by_lane))


def _has(function: Function, kind: Callable[[Operation], bool]) -> bool:
    return any(isinstance(statement, Operation) and kind(statement) for statement in walk(function.body))


def _shifts_by_lane(operation: Operation) -> bool:
    # LLVM would go by way of floats, which raises errors.
    return operation.primitive is shift_left and not isinstance(operation.operands[1], Constant)
