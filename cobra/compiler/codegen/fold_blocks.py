"""An operand of any length and layout for `folds`, block by block: ``@folded_total``.

Strided blocks go by way of a buffer. The vectors of sums are joined as the leaves of a balanced tree, which bounds their rounding
as NumPy's pairwise sums do: block after block is joined with as many before it, as in counting.
"""

from __future__ import annotations

from cobra.compiler.codegen.emitter import RARE, TextEmitter
from cobra.compiler.codegen.fold_lanes import RUNNING, Fold, close
from cobra.compiler.codegen.loop_parts import ModuleParts
from cobra.compiler.codegen.native_text import SEQUENTIAL
from cobra.compiler.codegen.status_register import read_status
from cobra.runtime.chunks import GATHER

_LEVELS = 60
"""Of the tree of blocks: more than memory holds."""

FINE, BOTH_ZEROS = -1, -2
"""What ``@folded_total`` tells of extremes: all went well; zeros of both signs are the result. Else, before which element a block starts
that has a NaN."""


def total_text(fold: Fold, parts: ModuleParts) -> str:
    """Return ``@folded_total``, which stores a vector of results and returns what there is to tell."""
    emitter, tree = fold.emitter(), not fold.folding.is_extreme
    kind = fold.vector(emitter)
    parts.declarations.add(f"declare void @{GATHER}(i64, ptr, ptr, i64, i64)")
    emitter.lines.append(f"  %buffer = alloca [{fold.block * fold.operand.size} x i8], align 64")
    room = "%tree" if tree else "%state"
    emitter.lines.append(f"  {room} = alloca [{(_LEVELS if tree else RUNNING) * fold.width} x i8], align 64")
    if not tree:
        fold.keep(emitter, [fold.start(emitter)] * RUNNING)
    emitter.lines.append(f"  %dense = icmp eq i64 %step, {fold.operand.size}")
    _start_block(fold, emitter)
    if tree:
        _climb(fold, emitter, emitter.emit(f"call {kind} @fold(ptr %source, i64 %m)"))
    else:
        emitter.write("call void @fold(ptr %state, ptr %source, i64 %m)")
        _stop_at_nan(fold, emitter)
    emitter.start("taken")
    emitter.lines.append("  %next = add i64 %at, %m\n  %number.next = add i64 %number, 1\n  %more = icmp ult i64 %next, %n")
    emitter.branch("%more", "chunk", "all", SEQUENTIAL)
    emitter.start("all")
    total = _descend(fold, emitter) if tree else fold.joined(emitter, fold.state(emitter))
    total = fold.across(emitter, total)
    emitter.write(f"store {kind} {total}, ptr %result, align 64")
    code = str(FINE) if tree else _zeros(fold, emitter, total)
    return close(emitter, parts, "i64 @folded_total(ptr %result, ptr %p, i64 %n, i64 %step)", f"i64 {code}")


def _start_block(fold: Fold, emitter: TextEmitter) -> None:
    """Write the head of the loop over blocks, which makes the block dense."""
    before = emitter.block
    emitter.jump("chunk")
    emitter.start("chunk")
    emitter.lines.append(f"  %at = phi i64 [0, %{before}], [%next, %taken]\n  %number = phi i64 [0, %{before}], [%number.next, %taken]")
    emitter.lines.append(f"  %left = sub i64 %n, %at\n  %whole = icmp ugt i64 %left, {fold.block}")
    emitter.lines.append(f"  %m = select i1 %whole, i64 {fold.block}, i64 %left")
    emitter.lines.append("  %offset = mul i64 %at, %step\n  %there = getelementptr i8, ptr %p, i64 %offset")
    emitter.branch("%dense", "ready", "copy")
    emitter.start("copy")
    emitter.write(f"call void @{GATHER}(i64 {fold.operand.size}, ptr %there, ptr %buffer, i64 %step, i64 %m)")
    emitter.jump("ready")
    emitter.start("ready")
    emitter.lines.append("  %source = phi ptr [%there, %chunk], [%buffer, %copy]")


def _stop_at_nan(fold: Fold, emitter: TextEmitter) -> None:
    if not fold.folding.keeps_nan:
        emitter.jump("taken")
        return
    met = emitter.emit(f"trunc i32 {read_status(emitter)} to i1")  # the lowest bit is that of invalid operations
    emitter.branch(met, "unknown", "taken", RARE)
    emitter.start("unknown")
    emitter.write("ret i64 %at")


def _climb(fold: Fold, emitter: TextEmitter, block: str) -> None:
    """Write the joining of a block with those before it, as often as the bits of its number say."""
    kind, width = fold.vector(emitter), fold.width
    emitter.jump("climb")
    emitter.start("climb")
    emitter.lines.append("  %level = phi i64 [0, %ready], [%level.up, %up]\n  %bits = phi i64 [%number, %ready], [%bits.up, %up]")
    place = len(emitter.lines)
    emitter.lines.append(f"  %level.at = mul i64 %level, {width}\n  %place = getelementptr i8, ptr %tree, i64 %level.at")
    emitter.branch(emitter.emit("trunc i64 %bits to i1"), "up", "put")
    emitter.start("up")
    up = fold.join(emitter, emitter.emit(f"load {kind}, ptr %place, align {width}"), "%joined")
    emitter.lines.insert(place, f"  %joined = phi {kind} [{block}, %ready], [{up}, %up]")
    emitter.lines.append("  %level.up = add i64 %level, 1\n  %bits.up = lshr i64 %bits, 1")
    emitter.jump("climb")
    emitter.start("put")
    emitter.write(f"store {kind} %joined, ptr %place, align {width}")
    emitter.jump("taken")


def _descend(fold: Fold, emitter: TextEmitter) -> str:
    """Write the joining of all that the tree holds, from the latest and fewest blocks to the earliest and most."""
    kind, width = fold.vector(emitter), fold.width
    emitter.jump("descend")
    emitter.start("descend")
    emitter.lines.append(f"  %total = phi {kind} [{fold.start(emitter)}, %all], [%total.next, %passed]")
    emitter.lines.append("  %rest = phi i64 [%number.next, %all], [%rest.next, %passed]")
    emitter.lines.append("  %depth = phi i64 [0, %all], [%depth.next, %passed]")
    emitter.branch(emitter.emit("icmp eq i64 %rest, 0"), "joined.all", "visit")
    emitter.start("visit")
    emitter.branch(emitter.emit("trunc i64 %rest to i1"), "add", "passed")
    emitter.start("add")
    place = emitter.emit(f"getelementptr i8, ptr %tree, i64 {emitter.emit(f'mul i64 %depth, {width}')}")
    added = fold.join(emitter, emitter.emit(f"load {kind}, ptr {place}, align {width}"), "%total")
    emitter.jump("passed")
    emitter.start("passed")
    emitter.lines.append(f"  %total.next = phi {kind} [%total, %visit], [{added}, %add]")
    emitter.lines.append("  %rest.next = lshr i64 %rest, 1\n  %depth.next = add i64 %depth, 1")
    emitter.jump("descend")
    emitter.start("joined.all")
    return "%total"


def _bits(fold: Fold, emitter: TextEmitter, vector: str) -> tuple[str, str]:
    kind = f"<{fold.lanes} x i{fold.part.bits}>"
    return kind, emitter.emit(f"bitcast {fold.vector(emitter)} {vector} to {kind}")


def _zeros(fold: Fold, emitter: TextEmitter, total: str) -> str:
    """Write the test whether lanes disagree about the sign of a zero; return the code. Where they agree, so does the first zero."""
    one = f"i{fold.part.bits}"
    kind, bits = _bits(fold, emitter, total)
    size = emitter.emit(f"shl {one} {emitter.emit(f'extractelement {kind} {bits}, i32 0')}, 1")
    before = emitter.block
    emitter.branch(emitter.emit(f"icmp eq {one} {size}, 0"), "zero", "told", RARE)
    emitter.start("zero")
    signs = ["", ""]
    for vector in fold.state(emitter):
        _, bits = _bits(fold, emitter, vector)
        for which, pattern in enumerate(("0", str(-(1 << (fold.part.bits - 1))))):
            found = emitter.emit(f"icmp eq {kind} {bits}, splat ({one} {pattern})")
            signs[which] = emitter.emit(f"or <{fold.lanes} x i1> {signs[which]}, {found}") if signs[which] else found
    both = emitter.emit(f"and i1 {emitter.any(signs[0])}, {emitter.any(signs[1])}")
    code = emitter.emit(f"select i1 {both}, i64 {BOTH_ZEROS}, i64 {FINE}")
    end = emitter.block
    emitter.jump("told")
    emitter.start("told")
    return emitter.emit(f"phi i64 [{FINE}, %{before}], [{code}, %{end}]")
