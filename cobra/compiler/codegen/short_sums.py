"""Sums of few dense floats for `folds`: in the very order in which NumPy adds them, so that results and errors are NumPy's.

Eight running sums side by side, joined in pairs; what is left over is added one by one.
"""

from __future__ import annotations

from dataclasses import replace

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.codegen.fold_lanes import Fold, close
from cobra.compiler.codegen.loop_parts import ModuleParts, lower_body
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand, lane_list

_RUNNING = 8
MOST = 128
"""Elements up to which this is quicker than many lanes."""


def adds_as_numpy(fold: Fold) -> bool:
    """Tell whether a kernel adds up real floats."""
    return fold.folding.kind == "sum" and fold.operand.parts == 1


def short_sum_text(fold: Fold, parts: ModuleParts) -> str:
    """Return ``void @short_sum(ptr args, i64 n)`` for eight dense elements at least."""
    short = Fold(fold.loop, fold.folding, replace(fold.machine, vector_bytes=_RUNNING * fold.part.itemsize))
    emitter, size = short.emitter(), fold.part.itemsize
    kind, operand = short.vector(emitter), Operand(1, fold.part)
    emitter.lines.append("  %p0 = load ptr, ptr %args\n  %a1 = getelementptr ptr, ptr %args, i64 1\n  %p1 = load ptr, ptr %a1")
    (first,) = operand.load(emitter, "%p1")
    emitter.lines.append(f"  %groups = lshr i64 %n, {_RUNNING.bit_length() - 1}\n  %rest = and i64 %n, {_RUNNING - 1}")
    emitter.jump("group")
    emitter.start("group")
    place = len(emitter.lines)
    emitter.lines.append("  %q = phi ptr [%p1, %entry], [%q.next, %more]")
    emitter.lines.append("  %left = phi i64 [%groups, %entry], [%left.next, %more]\n  %left.next = add i64 %left, -1")
    emitter.lines.append(f"  %q.next = getelementptr i8, ptr %q, i64 {_RUNNING * size}")
    emitter.branch(emitter.emit("icmp eq i64 %left.next, 0"), "pairs", "more", SEQUENTIAL)
    emitter.start("more")
    added = short.join(emitter, "%running", operand.load(emitter, "%q.next")[0])
    emitter.lines.insert(place, f"  %running = phi {kind} [{first}, %entry], [{added}, %more]")
    emitter.jump("group")
    emitter.start("pairs")
    total = _in_pairs(short, emitter)
    total = _add_rest(short, emitter, total)
    so_far = short.loop.inputs[0].load_one(emitter, "%p0")
    (registers,) = lower_body(short.loop, emitter, [*so_far, total])
    short.loop.outputs[0].store_one(emitter, registers, "%p0")
    return close(emitter, parts, "void @short_sum(ptr %args, i64 %n)", "void")


def _in_pairs(fold: Fold, emitter: TextEmitter) -> str:
    """Write the joining of neighbours, of pairs, of halves; every lane computes what the first does, so that none raises more."""
    total, kind, apart = "%running", fold.vector(emitter), 1
    while apart < _RUNNING:
        order = lane_list([lane ^ apart for lane in range(_RUNNING)])
        total = fold.join(emitter, total, emitter.emit(f"shufflevector {kind} {total}, {kind} poison, {order}"))
        apart *= 2
    return total


def _add_rest(fold: Fold, emitter: TextEmitter, total: str) -> str:
    """Write the addition of elements that fill no group."""
    kind, size = fold.vector(emitter), fold.part.itemsize
    before = emitter.block
    emitter.branch(emitter.emit("icmp eq i64 %rest, 0"), "finish", "one")
    emitter.start("one")
    place = len(emitter.lines)
    (element,) = Operand(1, fold.part).load_one(emitter, "%e")
    added = fold.join(emitter, "%sum", element)
    emitter.lines.append(f"  %e.next = getelementptr i8, ptr %e, i64 {size}\n  %ones.next = add i64 %ones, -1")
    emitter.branch(emitter.emit("icmp eq i64 %ones.next, 0"), "finish", "one", SEQUENTIAL)
    emitter.lines[place:place] = [
        f"  %sum = phi {kind} [{total}, %{before}], [{added}, %one]\n  %e = phi ptr [%q.next, %{before}], [%e.next, %one]",
        f"  %ones = phi i64 [%rest, %{before}], [%ones.next, %one]",
    ]
    emitter.start("finish")
    return emitter.emit(f"phi {kind} [{total}, %{before}], [{added}, %one]")
