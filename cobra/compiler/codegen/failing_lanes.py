"""Lanes for kernels that may raise exceptions in loops: which element fails first is for scalar code to say.

Lanes leave a dense loop as soon as any of them fails, without an exception: others may belong to earlier elements that would fail later
on. Then scalar code computes all elements once more, in order, up to the first that fails. Where outputs lie upon inputs it computes
them at once: there nothing can be computed twice.
"""

from __future__ import annotations

from cobra.compiler.codegen.emitter import RARE, Failures, TextEmitter
from cobra.compiler.codegen.hopeful import apart_text
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, arguments_text
from cobra.compiler.codegen.lowering import ends_by_lane, walk
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.primitives.effects import fail_if

TRIED = "tried_blocks"


def fails_in_loops(function: Function) -> bool:
    """Tell whether a kernel may raise an exception and has loops that lanes end at different times."""
    return ends_by_lane(function) and any(isinstance(s, Operation) and s.primitive is fail_if for s in walk(function.body))


def retried_text(loop: ElementwiseLoop) -> str:
    """Return the function `blocks` over the functions `TRIED` and `strided`."""
    emitter, count = TextEmitter(None, True, Failures()), len(loop.operands)
    emitter.lines += [f"  %sizes = alloca [{count} x i64]", *arguments_text(loop.operands, steps=False)]
    for o in loop.operands:
        emitter.write(f"store i64 {o.size}, ptr {emitter.emit(f'getelementptr i64, ptr %sizes, i64 {o.index}')}")
    emitter.branch(apart_text(loop, emitter), "try", "decide")
    emitter.start("try")
    emitter.lines.append(f"  %failed = call i1 @{TRIED}(ptr %args, i64 %n, i1 %streams) strictfp")
    emitter.branch("%failed", "decide", "exit", RARE)
    emitter.start("decide")
    emitter.lines.append("  %surely = phi i1 [false, %entry], [true, %try]\n  call void @strided(ptr %args, i64 %n, ptr %sizes) strictfp")
    emitter.write("ret i1 %surely")
    emitter.start("exit")
    emitter.write("ret i1 false")
    head = "define internal i1 @blocks(ptr %args, i64 %n, i1 %streams) noinline nounwind strictfp {"
    return "\n".join([head, "entry:", *emitter.lines, "}"])
