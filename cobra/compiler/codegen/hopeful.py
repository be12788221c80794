"""Exact floating-point errors where they are rare: compute without regard to lanes that have ended, and look whether anything came up.

Two versions of the loop over dense operands give the same results. The *hopeful* one lets lanes that have ended compute on, so it
raises every error of the kernel and perhaps others; the *exact* one, up to half as fast, raises those of the kernel only. Here
the hopeful one runs over part after part. A part that raised an error not seen before is computed again by the exact one, which
decides; once it was not the kernel's, the exact one computes all the rest. Nothing is computed twice into its own operands: where
outputs lie upon inputs, the exact one computes all.
"""

from __future__ import annotations

from cobra.compiler.codegen.emitter import RARE, Failures, TextEmitter
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, ModuleParts, arguments_text
from cobra.compiler.codegen.native_text import SEQUENTIAL

EXACT, HOPEFUL = "exact_blocks", "hopeful_blocks"

_PART = 65536
_ERRORS = 0b11101
"""The bits of invalid, divide, over and under in the status register; the others NumPy does not ask for."""
_ALL = 0b111111


def deciding_text(loop: ElementwiseLoop, parts: ModuleParts, name: str = "blocks") -> str:
    """Return the function over the functions `EXACT` and `HOPEFUL`, and what it needs."""
    emitter, operands = TextEmitter(None, True, Failures()), loop.operands
    emitter.lines += [f"  %parts = alloca [{len(operands)} x ptr]\n  %word = alloca i32", *arguments_text(operands, steps=False)]
    emitter.branch(apart_text(loop, emitter), "start", "overlapping")
    emitter.start("overlapping")
    emitter.lines.append(f"  %ended = call i1 @{EXACT}(ptr %args, i64 %n, i1 false) strictfp\n  ret i1 %ended")
    emitter.start("start")
    emitter.lines.append(f"  %entered = {_READ}\n  %clean = and i32 %entered, {~_ALL}")
    _set(emitter, "%clean")
    emitter.jump("part")
    _try(loop, emitter)
    _decide(loop, emitter)
    _end(emitter)
    parts.declarations |= {
        "declare i64 @llvm.smin.i64(i64, i64)",
        "declare void @llvm.x86.sse.stmxcsr(ptr)",
        "declare void @llvm.x86.sse.ldmxcsr(ptr)",
    }
    head = f"define internal i1 @{name}(ptr %args, i64 %n, i1 %streams) noinline nounwind strictfp {{"
    return "\n".join([_STATUS, head, "entry:", *emitter.lines, "}"])


_READ = "call i32 @status(ptr %word) strictfp"

_STATUS = """define internal i32 @status(ptr %word) nounwind strictfp {
  call void @llvm.x86.sse.stmxcsr(ptr %word) strictfp
  %value = load volatile i32, ptr %word
  ret i32 %value
}"""


def _set(emitter: TextEmitter, value: str) -> None:
    emitter.write(f"store volatile i32 {value}, ptr %word\n  call void @llvm.x86.sse.ldmxcsr(ptr %word) strictfp")


def apart_text(loop: ElementwiseLoop, emitter: TextEmitter) -> str:
    """Write the test whether no output shares memory with an input."""
    total = "true"
    for o in loop.operands:
        emitter.lines.append(f"  %low{o.index} = ptrtoint ptr %p{o.index} to i64\n  %bytes{o.index} = mul i64 %n, {o.size}")
        emitter.lines.append(f"  %high{o.index} = add i64 %low{o.index}, %bytes{o.index}")
    for output in loop.outputs:
        for o in loop.inputs:
            below = emitter.emit(f"icmp ule i64 %high{output.index}, %low{o.index}")
            above = emitter.emit(f"icmp ule i64 %high{o.index}, %low{output.index}")
            total = emitter.emit(f"and i1 {total}, {emitter.emit(f'or i1 {below}, {above}')}")
    return total


def _move_to(loop: ElementwiseLoop, emitter: TextEmitter, index: str) -> None:
    """Write where the operands of a part lie."""
    for o in loop.operands:
        here = emitter.emit(f"getelementptr i8, ptr %p{o.index}, i64 {emitter.emit(f'mul i64 {index}, {o.size}')}")
        emitter.write(f"store ptr {here}, ptr {emitter.emit(f'getelementptr ptr, ptr %parts, i64 {o.index}')}")


def _try(loop: ElementwiseLoop, emitter: TextEmitter) -> None:
    """Write the hopeful computation of a part, and the test whether it raised anything new."""
    emitter.start("part")
    emitter.lines.append("  %at = phi i64 [0, %start], [%next, %on]\n  %known = phi i32 [0, %start], [%errors, %on]")
    emitter.lines.append(f"  %left = sub i64 %n, %at\n  %m = call i64 @llvm.smin.i64(i64 %left, i64 {_PART})\n  %next = add i64 %at, %m")
    _move_to(loop, emitter, "%at")
    emitter.lines.append(
        f"  %tried = call i1 @{HOPEFUL}(ptr %parts, i64 %m, i1 false) strictfp\n  %raised = {_READ}\n"
        f"  br i1 %tried, label %failed, label %settled{RARE}\nsettled:\n"
        f"  %unknown = xor i32 %known, {_ERRORS}\n  %new = and i32 %raised, %unknown\n  %some = icmp ne i32 %new, 0"
    )
    emitter.branch("%some", "doubt", "on", RARE)
    emitter.start("failed")
    emitter.write("ret i1 true")


def _decide(loop: ElementwiseLoop, emitter: TextEmitter) -> None:
    """Write the exact computation of a doubtful part, and of all that follows once an error was not the kernel's."""
    emitter.start("doubt")
    _set(emitter, "%clean")
    emitter.lines.append(
        f"  %decided = call i1 @{EXACT}(ptr %parts, i64 %m, i1 false) strictfp\n  %genuine = {_READ}\n"
        f"  br i1 %decided, label %failed, label %genuinely{RARE}\ngenuinely:\n"
        f"  %seen = or i32 %known, %genuine\n  %unseen = xor i32 %seen, -1\n  %wrong = and i32 %new, %unseen\n"
        f"  %trusted = icmp eq i32 %wrong, 0\n  %finished = icmp eq i64 %next, %n\n  %either = or i1 %trusted, %finished"
    )
    emitter.branch("%either", "on", "surely")
    emitter.start("surely")
    _move_to(loop, emitter, "%next")
    emitter.lines.append(f"  %rest = sub i64 %n, %next\n  %last = call i1 @{EXACT}(ptr %parts, i64 %rest, i1 false) strictfp")
    emitter.lines.append(f"  %late = {_READ}\n  %together = or i32 %seen, %late")
    emitter.branch("%last", "failed", "end", RARE)


def _end(emitter: TextEmitter) -> None:
    """Write how it goes on after a part, and the errors that stand at the end."""
    emitter.start("on")
    emitter.lines.append("  %errors = phi i32 [%known, %settled], [%seen, %genuinely]\n  %more = icmp slt i64 %next, %n")
    emitter.branch("%more", "part", "end", SEQUENTIAL)
    emitter.start("end")
    emitter.lines.append("  %all = phi i32 [%errors, %on], [%together, %surely]\n  %final = or i32 %entered, %all")
    _set(emitter, "%final")
    emitter.write("ret i1 false")
