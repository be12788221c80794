"""The loop over outer elements in a kernel with core dimensions: its body on the operands' own memory.

Where folds have been taken out of the body (`transforms/outer_folds`), their totals are computed for a block of outer elements, then the
body runs for each element of the block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.emitter import TextEmitter, element_fold_name, scalar_name
from cobra.compiler.codegen.guessed_choices import running_choices
from cobra.compiler.codegen.loop_parts import ModuleParts
from cobra.compiler.codegen.lowering import Lowering
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand
from cobra.compiler.codegen.outer_folds import ROWS_AT_ONCE, at_once, room_for
from cobra.compiler.ir.operations import Function
from cobra.compiler.transforms.outer_folds import OuterFold
from cobra.types import ArrayType, Type


@dataclass(frozen=True, slots=True)
class Core:
    """What runs for every outer element.

    Parameters
    ----------
    function
        The kernel, without the folds that were taken out.
    folds
        These folds.
    operands
        The types NumPy hands over.
    strides
        The registers of the core strides of each operand.
    """

    function: Function
    folds: Sequence[OuterFold]
    operands: Sequence[Type]
    strides: Sequence[Sequence[str]]


def write_outer_loop(core: Core, emitter: TextEmitter, parts: ModuleParts) -> None:
    """Write all from the question ``%some``, whether there are outer elements, up to jumps to the block ``exit``."""
    before = emitter.block
    if not core.folds:
        emitter.branch("%some", "outer", "exit")
        _elements(core, emitter, "%n", "%p", before, "exit")
        return
    emitter.lines += [f"  %totals.{index} = alloca {room_for(fold.element)}, align 64" for index, fold in enumerate(core.folds)]
    emitter.lines.append(f"  %most = {_block_length(core, emitter)}")
    emitter.branch("%some", "block", "exit")
    emitter.start("block")
    emitter.lines += [f"  %o{k} = phi ptr [%p{k}, %{before}], [%r{k}, %block.end]" for k in range(len(core.operands))]
    emitter.lines.append(f"  %block.left = phi i64 [%n, %{before}], [%block.rest, %block.end]")
    emitter.lines.append("  %part = icmp ult i64 %block.left, %most\n  %m = select i1 %part, i64 %block.left, i64 %most")
    for index, fold in enumerate(core.folds):
        _call_totals(core, fold, index, emitter, parts)
    emitter.jump("outer")
    _elements(core, emitter, "%m", "%o", "block", "block.end")
    emitter.start("block.end")
    emitter.lines.append("  %block.rest = sub i64 %block.left, %m")
    emitter.branch(emitter.emit("icmp ne i64 %block.rest, 0"), "block", "exit", SEQUENTIAL)


def _place(core: Core, parameter: int) -> int:
    """Return which operand a parameter of the function is; complex numbers are two parameters."""
    counts = [1 if isinstance(kind, ArrayType) else Operand(k, kind).parts for k, kind in enumerate(core.operands)]
    return next(k for k in range(len(counts)) if sum(counts[: k + 1]) > parameter)


def _block_length(core: Core, emitter: TextEmitter) -> str:
    """Write the outer elements of a block: few where all folds go along rows; return the last instruction."""
    rows = "true"
    for fold in core.folds:
        step = core.strides[_place(core, fold.operand)][0]
        dense = emitter.emit(f"icmp eq i64 {step}, {fold.element.itemsize}")
        rows = emitter.emit(f"and i1 {rows}, {dense}")
    return f"select i1 {rows}, i64 {ROWS_AT_ONCE}, i64 {min(at_once(fold.element) for fold in core.folds)}"


def _call_totals(core: Core, fold: OuterFold, index: int, emitter: TextEmitter, parts: ModuleParts) -> None:
    emitter.element_folds.add((fold.by, fold.element.name))
    parts.outer_folds.add((fold.by, fold.element.name))
    k = _place(core, fold.operand)
    arguments = [f"ptr %totals.{index}", f"ptr %o{k}", "i64 %m", f"i64 %s{k}", f"i64 {emitter.registers[fold.count]}"]
    arguments.append(f"i64 {core.strides[k][0]}")
    strict = " strictfp" if emitter.strict else ""
    emitter.write(f"call void @totals.{element_fold_name(fold.by, fold.element)}({', '.join(arguments)}){strict}")


def _elements(core: Core, emitter: TextEmitter, count: str, first: str, before: str, after: str) -> None:
    """Write the loop over `count` outer elements between two blocks; it ends with the operands' next addresses in ``%r``."""
    operands = range(len(core.operands))
    emitter.start("outer")
    place = len(emitter.lines)
    _bind(core, emitter)
    for index, fold in enumerate(core.folds):
        kind = scalar_name(fold.element)
        at = emitter.emit(f"getelementptr {kind}, ptr %totals.{index}, i64 {emitter.emit(f'sub i64 {count}, %left')}")
        emitter.registers[fold.result] = emitter.emit(f"load {kind}, ptr {at}")
    Lowering(emitter, running_choices(core.function)).region(core.function.body)
    emitter.lines += [f"  %r{k} = getelementptr i8, ptr %q{k}, i64 %s{k}" for k in operands]
    emitter.lines.append("  %more = add nsw i64 %left, -1\n  %again = icmp sgt i64 %more, 0")
    end = emitter.block
    emitter.branch("%again", "outer", after, SEQUENTIAL)
    head = [f"  %q{k} = phi ptr [{first}{k}, %{before}], [%r{k}, %{end}]" for k in operands]
    emitter.lines[place:place] = [*head, f"  %left = phi i64 [{count}, %{before}], [%more, %{end}]"]


def _bind(core: Core, emitter: TextEmitter) -> None:
    """Give the body its parameters: addresses of arrays, values of scalars (two registers for a complex one)."""
    parameters = iter(core.function.parameters)
    for k, kind in enumerate(core.operands):
        if isinstance(kind, ArrayType):
            emitter.bind_array(next(parameters), f"%q{k}", core.strides[k])
            continue
        for register in Operand(k, kind).load_one(emitter, f"%q{k}"):
            emitter.registers[next(parameters)] = register
