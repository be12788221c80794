"""The NumPy inner loop of an elementwise kernel.

Four ways through it, chosen when it is called:

- *blocks*: every operand dense and no output ahead of an input it overlaps: whole vectors of lanes;
- *carried*: the first input is the previous output (``reduce``, ``accumulate``, ``reduceat``): one after another, in long
  kernels through blocks of one element;
- *strided*: several strided operands of a kernel that costs less than copying them: scalar code on any strides;
- *chunks*: anything else goes through buffers, so that the blocks still do the work; operands that are dense already are
  used in place. Harmful overlap makes chunks of one.

A kernel that does not fit lanes is strided only.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.blocks import blocks_text, can_stream
from cobra.compiler.codegen.emitter import RARE, Failures, TextEmitter
from cobra.compiler.codegen.failing_lanes import TRIED, fails_in_loops, retried_text
from cobra.compiler.codegen.folds import can_fold, fewest, folds_text
from cobra.compiler.codegen.hopeful import EXACT, HOPEFUL, deciding_text
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, ModuleParts, Style
from cobra.compiler.codegen.lowering import ends_by_lane, has_loops, widest_bytes
from cobra.compiler.codegen.refill import refill_text, taken_apart
from cobra.compiler.codegen.scalar_loops import (
    carried_text,
    carried_through_blocks_text,
    chooses_carried,
    is_cheap,
    runs_through_blocks,
    strided_text,
)
from cobra.compiler.codegen.strictness import needs_strict
from cobra.compiler.transforms.folding import Folding
from cobra.runtime.chunks import RUN_IN_CHUNKS
from cobra.runtime.streaming import RUN_STREAMING, STREAMED_BYTES
from cobra.runtime.strided_copies import PAIRED_SIZES

_BUFFER_BYTES = 4096
_SMALL_BUFFER_BYTES = 1024
_MANY_OPERANDS = 8
NARROWEST_VECTOR = 16
"""Bytes of the vectors in which code for single numbers computes, where it is strict."""


def elementwise_text(
    loop: ElementwiseLoop, lanes: int | None, style: Style, parts: ModuleParts, name: str, folding: Folding | None = None
) -> str:
    """Return the LLVM functions of the inner loop called `name`; scalar code when there are no `lanes`."""
    shuffled = any(operand.scalar.is_complex for operand in loop.operands)
    strict = needs_strict(loop.function, shuffled=shuffled) and not style.fast_math
    cheap = is_cheap(loop.function)

    def emitter(count: int | None) -> TextEmitter:
        return TextEmitter(count, strict, parts.failures, fast=style.fast_math, permutes=style.machine.permutes)

    text, single, folds = [], None, 0
    if lanes:
        single = NARROWEST_VECTOR // widest_bytes(loop.function) if strict and not has_loops(loop.function) else None
        text += dense_texts(loop, lanes, strict, style, parts, cheap=cheap)
        text.append(layout_text(loop))
        parts.declarations.add(f"declare void @{RUN_IN_CHUNKS}(ptr, i64, ptr, ptr, ptr)")
        parts.declarations.add(f"declare void @{RUN_STREAMING}(ptr, i64, ptr, ptr)")
        if loop.can_carry and runs_through_blocks(loop):
            text.append(carried_through_blocks_text(loop))
        elif loop.can_carry:
            carried = emitter(None if chooses_carried(loop) else single)
            text.append(carried_text(loop, carried, parts, unrolled=cheap))
        if folding is not None and can_fold(folding, style.machine):
            text.append(folds_text(loop, folding, style.machine, parts))
            folds = fewest(folding)
    if not lanes or cheap or fails_in_loops(loop.function):
        text.append(strided_text(loop, emitter(single), parts, unrolled=cheap))
    return "\n".join([*text, _dispatch(loop, name, lanes is not None, cheap, style.machine.masks_memory, folds)])


def dense_texts(
    loop: ElementwiseLoop, lanes: int, strict: bool, style: Style, parts: ModuleParts, *, cheap: bool
) -> list[str]:
    """Return the function `blocks` over dense operands, and those it is made of."""
    kernel, fails = taken_apart(loop.function) if style.refills else None, fails_in_loops(loop.function)
    whole, vector = TRIED if fails else "blocks", style.machine.vector_bytes // widest_bytes(loop.function)

    def version(name: str, hopeful: bool) -> str:
        emitter = TextEmitter(
            *(lanes, strict, parts.failures),
            fast=style.fast_math,
            hopeful=hopeful,
            defers=fails,
            rare_lanes=vector,
            permutes=style.machine.permutes,
        )
        if kernel is not None:
            return refill_text(loop, kernel, emitter, parts, name=name)
        return blocks_text(loop, emitter, parts, masked=style.machine.masks_memory, cheap=cheap, name=name)

    retried = [retried_text(loop)] if fails else []
    if strict and style.machine.has_mxcsr and ends_by_lane(loop.function):
        return [version(EXACT, False), version(HOPEFUL, True), deciding_text(loop, parts, whole), *retried]
    return [version(whole, False), *retried]


def layout_text(loop: ElementwiseLoop) -> str:
    """Return what `run_in_chunks` must know of the operands."""
    sizes = [operand.size for operand in loop.operands]
    room = _BUFFER_BYTES if len(sizes) <= _MANY_OPERANDS else _SMALL_BUFFER_BYTES
    words = [len(loop.inputs), len(sizes), room // max(sizes), room, *sizes]
    return f"@layout = internal constant [{len(words)} x i64] [{', '.join(f'i64 {word}' for word in words)}]"


# -- choosing the way


def _dispatch(loop: ElementwiseLoop, name: str, wide: bool, cheap: bool, masked: bool, folds: int) -> str:
    """Return the function NumPy calls."""
    emitter = TextEmitter(None, False, Failures())
    emitter.lines.append("  %n = load i64, ptr %dimensions\n  %some = icmp sgt i64 %n, 0")
    emitter.branch("%some", "work", "exit")
    emitter.start("work")
    if wide:
        _choose(loop, emitter, cheap, masked, folds)
        _way(emitter, f"call void @{RUN_IN_CHUNKS}(ptr %args, i64 %n, ptr %steps, ptr @layout, ptr @blocks)")
    else:
        _way(emitter, "call void @strided(ptr %args, i64 %n, ptr %steps)")
    emitter.start("exit")
    head = f"define void @{name}(ptr %args, ptr %dimensions, ptr %steps, ptr %data) nounwind {{"
    return "\n".join([head, "entry:", *emitter.lines, "  ret void", "}"])


def _choose(loop: ElementwiseLoop, emitter: TextEmitter, cheap: bool, masked: bool, folds: int) -> None:
    """Take every way but the last where it fits."""
    _load_operands(loop, emitter)
    emitter.branch(_direct(loop, emitter), "direct", "indirect")
    emitter.start("direct")
    if can_stream(loop):
        long = emitter.emit(f"icmp sge i64 %n, {STREAMED_BYTES // sum(o.size for o in loop.operands)}")
        # who calls the loop for a part of something large says so
        large = emitter.emit(f"or i1 {long}, {emitter.emit('icmp ne ptr %data, null')}")
        emitter.branch(large, "large", "small", RARE)
        emitter.start("large")
        _way(emitter, f"call void @{RUN_STREAMING}(ptr %args, i64 %n, ptr @layout, ptr @blocks)")
        emitter.start("small")
    _way(emitter, "call i1 @blocks(ptr %args, i64 %n, i1 false)")
    emitter.start("indirect")
    if loop.can_carry:
        emitter.branch(_follows(emitter), "carry", "apart")
        emitter.start("carry")
        if folds:
            emitter.branch(_foldable(loop, emitter, folds), "fold", "follow")
            emitter.start("fold")
            _way(emitter, "call void @reduced(ptr %args, i64 %n, ptr %steps)")
            emitter.start("follow")
        _way(emitter, "call void @carried(ptr %args, i64 %n, ptr %steps)")
        emitter.start("apart")
    if cheap:
        emitter.branch(_scattered(loop, emitter, masked), "scattered", "collect")
        emitter.start("scattered")
        _way(emitter, "call void @strided(ptr %args, i64 %n, ptr %steps)")
        emitter.start("collect")


def _way(emitter: TextEmitter, call: str) -> None:
    emitter.write(call)
    emitter.jump("exit")


def _load_operands(loop: ElementwiseLoop, emitter: TextEmitter) -> None:
    for o in loop.operands:
        emitter.lines.append(
            f"  %a{o.index} = getelementptr i64, ptr %args, i64 {o.index}\n  %d{o.index} = load i64, ptr %a{o.index}\n"
            f"  %b{o.index} = getelementptr i64, ptr %steps, i64 {o.index}\n  %s{o.index} = load i64, ptr %b{o.index}\n"
            f"  %dense{o.index} = icmp eq i64 %s{o.index}, {o.size}"
        )


def _direct(loop: ElementwiseLoop, emitter: TextEmitter) -> str:
    """Write the test whether blocks of lanes may work on the operands as they lie: always for one element."""
    conditions = [f"%dense{o.index}" for o in loop.operands]
    for output in loop.outputs:
        written = emitter.emit(f"mul i64 %n, {-output.size}")
        for o in loop.inputs:
            distance = emitter.emit(f"sub i64 %d{output.index}, %d{o.index}")
            # Wider elements run ahead of narrower ones even from the same start.
            behind = emitter.emit(f"icmp sle i64 {distance}, {0 if output.size <= o.size else written}")
            beyond = emitter.emit(f"icmp sge i64 {distance}, {emitter.emit(f'mul i64 %n, {o.size}')}")
            conditions.append(emitter.emit(f"or i1 {behind}, {beyond}"))
    return emitter.emit(f"or i1 {_all(emitter, conditions)}, {emitter.emit('icmp eq i64 %n, 1')}")


def _follows(emitter: TextEmitter) -> str:
    """Write the test whether the first input is the output of the element before."""
    following = emitter.emit("add i64 %d0, %s0")
    same = emitter.emit(f"icmp eq i64 {following}, %d2")
    return emitter.emit(f"and i1 {same}, {emitter.emit('icmp eq i64 %s0, %s2')}")


def _foldable(loop: ElementwiseLoop, emitter: TextEmitter, folds: int) -> str:
    """Write the test whether one result takes in several elements, and lies apart from all of them."""
    length = emitter.emit("mul i64 %n, %s1")
    back = emitter.emit(f"select i1 {emitter.emit('icmp slt i64 %s1, 0')}, i64 {length}, i64 0")
    ahead = emitter.emit(f"sub i64 {length}, {emitter.emit(f'shl i64 {back}, 1')}")
    span = emitter.emit(f"add i64 {ahead}, {loop.inputs[1].size}")
    distance = emitter.emit(f"sub i64 {emitter.emit('sub i64 %d2, %d1')}, {back}")
    apart = emitter.emit(f"icmp uge i64 {distance}, {span}")
    several = emitter.emit(f"icmp sge i64 %n, {folds}")
    return _all(emitter, [emitter.emit("icmp eq i64 %s0, 0"), apart, several])


def _scattered(loop: ElementwiseLoop, emitter: TextEmitter, masked: bool) -> str:
    """Write the test whether several operands, or all, would have to be copied element by element."""
    count = "0"
    for o in loop.operands:
        easy, steps = f"%dense{o.index}", [0, -o.size] if o in loop.inputs else []
        if o.size in PAIRED_SIZES and (masked or o in loop.inputs):
            steps.append(2 * o.size)
        for step in steps:
            easy = emitter.emit(f"or i1 {easy}, {emitter.emit(f'icmp eq i64 %s{o.index}, {step}')}")
        count = emitter.emit(f"add i64 {count}, {emitter.emit(f'select i1 {easy}, i64 0, i64 1')}")
    return emitter.emit(f"icmp sge i64 {count}, {min(2, len(loop.operands) - 1)}")


def _all(emitter: TextEmitter, conditions: Sequence[str]) -> str:
    total = conditions[0]
    for condition in conditions[1:]:
        total = emitter.emit(f"and i1 {total}, {condition}")
    return total
