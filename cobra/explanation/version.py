"""Which way through its inner loop a kernel takes for given operands, and why its code is what it is.

The tests of the generated code (`codegen/elementwise`) are asked here of one call, with the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.blocks import can_stream
from cobra.compiler.codegen.cpu import Processor
from cobra.compiler.codegen.loop_form import LoopForm, choose_form, lanes_of
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, Machine, make_loop
from cobra.compiler.codegen.lowering import ends_by_lane, walk
from cobra.compiler.codegen.scalar_loops import is_cheap
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.primitives.machine import fits_vectors
from cobra.explanation.operands import Handed
from cobra.runtime.streaming import STREAMED_BYTES
from cobra.runtime.strided_copies import PAIRED_SIZES
from cobra.types import ScalarType


@dataclass(frozen=True, slots=True)
class Version:
    """The way through the loop, how many elements are computed at once, and the reason for that.

    ``may_have_vectors`` tells whether LLVM may find vectors within an element.
    """

    name: str
    lanes: int | None
    reason: str
    may_have_vectors: bool = False


def version_of(function: Function, operands: Sequence[ScalarType], outputs: int, processor: Processor, handed: Handed) -> Version:
    """Return the version of an elementwise loop that a call takes."""
    form = choose_form(function, processor.machine)
    lanes = lanes_of(function, processor.machine, form)
    if lanes is None:
        return Version("scalar code on any steps", None, why_scalar(function, processor.machine))
    loop = make_loop(function, operands[: len(operands) - outputs], operands[len(operands) - outputs :])
    return Version(_way(loop, processor.machine.masks_memory, handed), lanes, why_vectors(function, processor.machine))


def why_vectors(function: Function, machine: Machine) -> str:
    """Return how lanes whose loop has ended are used, or that nothing hinders."""
    if not ends_by_lane(function):
        return "nothing in the kernel hinders"
    refilled = choose_form(function, machine) is LoopForm.REFILL
    return "lanes whose loop has ended " + ("take the next elements" if refilled else "wait for the last one")


def _way(loop: ElementwiseLoop, masks_memory: bool, handed: Handed) -> str:
    steps, sizes = handed.steps, [operand.size for operand in loop.operands]
    reached = sum(abs(step) * (handed.inner - 1) + size for step, size in zip(steps, sizes, strict=True))
    streams = can_stream(loop) and steps[-1] == sizes[-1] and reached >= STREAMED_BYTES
    results = ", results written past the caches" if streams else ""
    if handed.inner <= 1 or all(step == size for step, size in zip(steps, sizes, strict=True)):
        return f"blocks of dense elements{results}"
    if is_cheap(loop.function) and _scattered(loop, masks_memory, steps):
        return "scalar code on strided elements, which costs less than collecting them"
    return f"blocks of elements collected in small buffers{results}"


def _scattered(loop: ElementwiseLoop, masks_memory: bool, steps: Sequence[int]) -> bool:
    hard = 0
    for operand, step in zip(loop.operands, steps, strict=True):
        is_input = operand in loop.inputs
        easy = {operand.size, *((0, -operand.size) if is_input else ())}
        if operand.size in PAIRED_SIZES and (masks_memory or is_input):
            easy.add(2 * operand.size)
        hard += step not in easy
    return hard >= min(2, len(loop.operands) - 1)


def why_scalar(function: Function, machine: Machine) -> str:
    """Return what keeps a kernel from being computed on lanes."""
    operations = [statement for statement in walk(function.body) if isinstance(statement, Operation)]
    for operation in operations:
        if operation.primitive.library:
            return f"it calls {operation.primitive.library[0]} of the C library"
        if operation.primitive.scalar_only:
            return f"{operation.primitive.name} has no form on vectors"
    divisions = [operation for operation in operations if not fits_vectors(operation, wide=machine.converts_wide)]
    if divisions:
        return f"{divisions[0].primitive.name} of integers has no form on vectors of this machine"
    return "the vectors of this machine are too narrow for what it computes"
