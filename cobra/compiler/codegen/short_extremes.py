"""Extremes of few dense floats for `folds`, without a look at the register of errors, which takes as long as the work itself.

``i1 @short_extreme(ptr args, i64 n)`` joins all elements with the result so far, and says so, unless it meets a NaN or lanes disagree about
the sign of a zero. NaNs are looked for before elements are joined, so that no error comes up.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.emitter import RARE, TextEmitter
from cobra.compiler.codegen.fold_lanes import Fold, close, lanes_below, masked_load
from cobra.compiler.codegen.loop_parts import ModuleParts, lower_body
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand

MOST = 512
"""Elements up to which this is quicker than more vectors at once."""
_RUNNING = 4
_NAN = 3
"""Both kinds, in LLVM's test for classes of numbers."""


def has_short_extremes(fold: Fold) -> bool:
    """Tell whether a fold is of this kind, on a machine that loads parts of vectors."""
    return fold.folding.is_extreme and fold.machine.masks_memory


def short_extreme_text(fold: Fold, parts: ModuleParts) -> str:
    """Return the function."""
    emitter, group = fold.emitter(), _RUNNING * fold.lanes
    kind, starts = fold.vector(emitter), [fold.start(emitter)] * _RUNNING
    emitter.lines.append("  %p0 = load ptr, ptr %args\n  %a1 = getelementptr ptr, ptr %args, i64 1\n  %p1 = load ptr, ptr %a1")
    emitter.lines.append(f"  %groups = lshr i64 %n, {group.bit_length() - 1}\n  %over = and i64 %n, {group - 1}")
    emitter.branch(emitter.emit("icmp ne i64 %groups, 0"), "group", "rest")
    emitter.start("group")
    place, held = len(emitter.lines), [f"%running.{k}" for k in range(_RUNNING)]
    loaded = [Operand(1, fold.part).load(emitter, at)[0] for at in _slots(fold, emitter, "%q")]
    _leave_at_nan(fold, emitter, loaded, "whole")
    taken = [fold.join(emitter, a, b) for a, b in zip(held, loaded, strict=True)]
    emitter.lines.append(f"  %q.next = getelementptr i8, ptr %q, i64 {_RUNNING * fold.width}\n  %left.next = add i64 %left, -1")
    emitter.branch(emitter.emit("icmp ne i64 %left.next, 0"), "group", "rest", SEQUENTIAL)
    head = [f"  {name} = phi {kind} [{a}, %entry], [{b}, %whole]" for name, a, b in zip(held, starts, taken, strict=True)]
    emitter.lines[place:place] = [
        *head, "  %q = phi ptr [%p1, %entry], [%q.next, %whole]\n  %left = phi i64 [%groups, %entry], [%left.next, %whole]"
    ]  # fmt: skip
    emitter.start("rest")
    running = [emitter.emit(f"phi {kind} [{a}, %entry], [{b}, %whole]") for a, b in zip(starts, taken, strict=True)]
    emitter.lines.append("  %end = phi ptr [%p1, %entry], [%q.next, %whole]")
    masks = [lanes_below(emitter, "%over", k * fold.lanes) for k in range(_RUNNING)]
    last = [masked_load(fold, emitter, at, mask) for at, mask in zip(_slots(fold, emitter, "%end"), masks, strict=True)]
    _leave_at_nan(fold, emitter, last, "joining")
    running = [fold.join(emitter, a, b) for a, b in zip(running, last, strict=True)]
    total = fold.across(emitter, fold.joined(emitter, running))
    _leave_at_zeros(fold, emitter, running, total)
    so_far = fold.loop.inputs[0].load_one(emitter, "%p0")
    (registers,) = lower_body(fold.loop, emitter, [*so_far, total])
    fold.loop.outputs[0].store_one(emitter, registers, "%p0")
    emitter.write("ret i1 true")
    emitter.start("doubt")
    return close(emitter, parts, "i1 @short_extreme(ptr %args, i64 %n)", "i1 false")


def _slots(fold: Fold, emitter: TextEmitter, base: str) -> list[str]:
    return [emitter.emit(f"getelementptr i8, ptr {base}, i64 {k * fold.width}") for k in range(_RUNNING)]


def _leave_at_nan(fold: Fold, emitter: TextEmitter, vectors: Sequence[str], on: str) -> None:
    """Write the way out where there is a NaN; goes on in a block."""
    kind, bits = fold.vector(emitter), f"<{fold.lanes} x i1>"
    name = f"@llvm.is.fpclass.v{fold.lanes}f{fold.part.bits}"
    emitter.declarations.add(f"declare {bits} {name}({kind}, i32)")
    found = [emitter.emit(f"call {bits} {name}({kind} {vector}, i32 {_NAN}) strictfp") for vector in vectors]
    while len(found) > 1:
        found = [emitter.emit(f"or {bits} {a}, {b}") for a, b in zip(found[::2], found[1::2], strict=True)]
    emitter.branch(emitter.any(found[0]), "doubt", on, RARE)
    emitter.start(on)


def _leave_at_zeros(fold: Fold, emitter: TextEmitter, running: Sequence[str], total: str) -> None:
    """Write the way out where the total is a zero that some lanes have with one sign and some with the other."""
    bits, one = fold.part.bits, f"i{fold.part.bits}"
    whole = f"<{fold.lanes} x {one}>"
    pattern = emitter.emit(f"bitcast {fold.vector(emitter)} {total} to {whole}")
    size = emitter.emit(f"shl {one} {emitter.emit(f'extractelement {whole} {pattern}, i32 0')}, 1")
    emitter.branch(emitter.emit(f"icmp eq {one} {size}, 0"), "zero", "told", RARE)
    emitter.start("zero")
    signs = ["zeroinitializer"] * 2
    for vector in running:
        own = emitter.emit(f"bitcast {fold.vector(emitter)} {vector} to {whole}")
        found = [emitter.emit(f"icmp eq {whole} {own}, splat ({one} {sign})") for sign in (0, -(1 << (bits - 1)))]
        signs = [emitter.emit(f"or <{fold.lanes} x i1> {a}, {b}") for a, b in zip(signs, found, strict=True)]
    both = emitter.emit(f"and i1 {emitter.any(signs[0])}, {emitter.any(signs[1])}")
    emitter.branch(both, "doubt", "told")
    emitter.start("told")
