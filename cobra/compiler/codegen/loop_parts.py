"""What the loops of an elementwise kernel share: its operands, its body on registers, the frame of a function.

In: a function after all passes and the types NumPy hands over. Out: LLVM functions as text, and in `ModuleParts` what the module
around them has to define.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cobra.compiler.codegen.emitter import Failures, TextEmitter
from cobra.compiler.codegen.guessed_choices import NOTHING_RARE, RareOutcomes
from cobra.compiler.codegen.lowering import Lowering
from cobra.compiler.codegen.native_text import Operand, failure_exit, flag_storage, raise_collected
from cobra.compiler.ir.operations import Function
from cobra.types import ScalarType


@dataclass(frozen=True, slots=True)
class ElementwiseLoop:
    """An elementwise function after all passes, with the operands NumPy hands over."""

    function: Function
    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Return inputs and outputs."""
        return self.inputs + self.outputs

    @property
    def can_carry(self) -> bool:
        """Tell whether NumPy may feed an output back as the first input."""
        return len(self.inputs) == 2 and len(self.outputs) == 1 and self.inputs[0].scalar == self.outputs[0].scalar


def make_loop(function: Function, inputs: Sequence[ScalarType], outputs: Sequence[ScalarType]) -> ElementwiseLoop:
    """Return the loop of a function whose complex values are split into parts."""
    first = tuple(Operand(index, scalar) for index, scalar in enumerate(inputs))
    last = tuple(Operand(len(first) + index, scalar) for index, scalar in enumerate(outputs))
    return ElementwiseLoop(function, first, last)


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine can do, as far as code depends on it.

    Parameters
    ----------
    vector_bytes
        The width of its vectors.
    masks_memory
        Whether a part of a vector can be loaded and stored in one instruction, for elements of any size.
    converts_half
        Whether there are instructions for float16.
    shifts_by_lane
        Whether each lane can be shifted by a count of its own.
    has_mxcsr
        Whether floating-point errors are kept in the register of that name.
    permutes
        The bytes of the vectors whose lanes it permutes by a vector of indices, or 0 where it cannot.
    converts_wide
        Whether there are instructions that make floats of lanes of 64-bit integers and back.
    """

    vector_bytes: int
    masks_memory: bool = False
    converts_half: bool = True
    shifts_by_lane: bool = True
    has_mxcsr: bool = False
    permutes: int = 0
    converts_wide: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """What code depends on besides the kernel.

    Parameters
    ----------
    machine
        What runs it.
    fast_math
        Whether floating-point code may be reordered and reports no errors.
    refills
        Whether lanes that have ended the kernel's loop take the next elements.
    """

    machine: Machine
    fast_math: bool = False
    refills: bool = False


@dataclass(slots=True)
class ModuleParts:
    """What the functions of one module share."""

    failures: Failures = field(default_factory=Failures)
    declarations: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    element_folds: set[tuple[str, str]] = field(default_factory=set)
    matrix_products: set[tuple[str, str]] = field(default_factory=set)
    outer_folds: set[tuple[str, str]] = field(default_factory=set)
    """Those of `element_folds` that are computed for many outer elements at once."""

    def absorb(self, emitter: TextEmitter) -> None:
        """Take over what a finished function declared."""
        self.declarations |= emitter.declarations
        self.flags.update(emitter.flags)
        self.element_folds |= emitter.element_folds
        self.matrix_products |= emitter.matrix_products


def lower_body(
    loop: ElementwiseLoop, emitter: TextEmitter, values: Sequence[str], predicted: RareOutcomes = NOTHING_RARE
) -> list[list[str]]:
    """Write the kernel's body on the registers of its inputs; return the registers of each output.

    `predicted` are the choices that scalar code makes by jumps.
    """
    emitter.registers.update(zip(loop.function.parameters, values, strict=True))
    results = iter(Lowering(emitter, predicted).region(loop.function.body))
    return [[next(results) for _ in range(operand.parts)] for operand in loop.outputs]


def load_all(operands: Sequence[Operand], emitter: TextEmitter, addresses: Sequence[str]) -> list[str]:
    """Write the loads of several operands; return all their registers."""
    return [register for o, address in zip(operands, addresses, strict=True) for register in o.load(emitter, address)]


def arguments_text(operands: Sequence[Operand], *, steps: bool) -> list[str]:
    """Return the lines that read pointers ``%p`` and byte steps ``%s`` from NumPy's tables."""
    lines = []
    for o in operands:
        lines.append(f"  %a{o.index} = getelementptr ptr, ptr %args, i64 {o.index}\n  %p{o.index} = load ptr, ptr %a{o.index}")
        if steps:
            lines.append(f"  %b{o.index} = getelementptr i64, ptr %steps, i64 {o.index}\n  %s{o.index} = load i64, ptr %b{o.index}")
    return lines


def finish(emitter: TextEmitter, parts: ModuleParts, head: str, result: str = "", failed: str = "") -> str:
    """Close a function: collected errors, the exit, exceptions; open it with the storage they need.

    `result` and `failed` are what it returns, when it returns something, at its end and after an exception.
    """
    raise_collected(emitter)
    emitter.write(f"ret {result or 'void'}")
    failure_exit(emitter, failed or "void")
    parts.absorb(emitter)
    strict = " strictfp" if emitter.strict else ""
    opening = [f"define internal {head} noinline nounwind{strict} {{", "entry:", *flag_storage(emitter), *emitter.rooms]
    return "\n".join([*opening, *emitter.lines, "}"])
