"""`reduce` of an associative kernel: lanes of running results instead of one, joined at the end.

``@folded`` joins the total of an operand with the result so far. Where the order of elements
would show, it runs the kernel from left to right instead: where a sum or product raised an error, which another order may not; where
zeros of both signs are the extreme; where a NaN was met that stays. Few floats are added in NumPy's own order (`short_sums`),
few extremes are looked through for NaNs instead (`short_extremes`).
"""

from __future__ import annotations

from cobra.compiler.codegen import short_extremes
from cobra.compiler.codegen.emitter import RARE, Failures, TextEmitter, literal
from cobra.compiler.codegen.fold_blocks import BOTH_ZEROS, total_text
from cobra.compiler.codegen.fold_lanes import Fold, close, fold_text
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, Machine, ModuleParts, lower_body
from cobra.compiler.codegen.native_text import Operand, lane_list
from cobra.compiler.codegen.short_extremes import has_short_extremes, short_extreme_text
from cobra.compiler.codegen.short_sums import MOST, adds_as_numpy, short_sum_text
from cobra.compiler.codegen.status_register import INVALID, OVERFLOW, UNDERFLOW, read_status, write_status
from cobra.compiler.transforms.folding import Folding

ERRORS = {"sum": INVALID | OVERFLOW, "product": INVALID | OVERFLOW | UNDERFLOW, "largest": INVALID, "smallest": INVALID}
"""Errors that tell that the order may show: of extremes, that the instruction met a NaN."""
_FEWEST, _FEWEST_WHOLE = 8, 24
"""Elements below which one after another is quicker; of floats NumPy adds fewer one after another as well."""


def fewest(folding: Folding) -> int:
    """Return the number of elements from which on folding pays."""
    return _FEWEST_WHOLE if folding.kind == "exact" else _FEWEST


def can_fold(folding: Folding, machine: Machine) -> bool:
    """Tell whether a machine has what folding takes: floats need the register that tells errors."""
    return folding.kind == "exact" or machine.has_mxcsr


def folds_text(loop: ElementwiseLoop, folding: Folding, machine: Machine, parts: ModuleParts) -> str:
    """Return the functions, of which ``void @reduced(ptr args, i64 n, ptr steps)`` is the one to call."""
    fold = Fold(loop, folding, machine)
    texts = [fold_text(fold, parts), total_text(fold, parts), _folded_text(fold, parts)]
    if adds_as_numpy(fold):
        texts.append(short_sum_text(fold, parts))
    elif has_short_extremes(fold):
        texts.append(short_extreme_text(fold, parts))
    return "\n".join([*texts, _entry(fold)])


def _entry(fold: Fold) -> str:
    """Return ``@reduced``, which takes the shortest way."""
    emitter = TextEmitter(None, False, Failures())
    most = MOST if adds_as_numpy(fold) else short_extremes.MOST if has_short_extremes(fold) else 0
    if most:
        emitter.lines.append("  %at = getelementptr i64, ptr %steps, i64 1\n  %step = load i64, ptr %at")
        dense, few = emitter.emit(f"icmp eq i64 %step, {fold.operand.size}"), emitter.emit(f"icmp ule i64 %n, {most}")
        enough = emitter.emit(f"icmp uge i64 %n, {_FEWEST}")
        emitter.branch(emitter.emit(f"and i1 {enough}, {emitter.emit(f'and i1 {dense}, {few}')}"), "short", "long")
        emitter.start("short")
        if adds_as_numpy(fold):
            emitter.write("call void @short_sum(ptr %args, i64 %n)")
            emitter.write("ret void")
        else:
            emitter.branch(emitter.emit("call i1 @short_extreme(ptr %args, i64 %n)"), "done", "long")
            emitter.start("done")
            emitter.write("ret void")
        emitter.start("long")
    emitter.write("call void @folded(ptr %args, i64 %n, ptr %steps)")
    head = "define internal void @reduced(ptr %args, i64 %n, ptr %steps) noinline nounwind {"
    return "\n".join([head, "entry:", *emitter.lines, "  ret void", "}"])


def _folded_text(fold: Fold, parts: ModuleParts) -> str:
    emitter = fold.emitter()
    emitter.lines.append("  %result = alloca [64 x i8], align 64\n  %p0 = load ptr, ptr %args\n  %a1 = getelementptr ptr, ptr %args, i64 1")
    emitter.lines.append("  %p1 = load ptr, ptr %a1\n  %b1 = getelementptr i64, ptr %steps, i64 1\n  %s1 = load i64, ptr %b1")
    match fold.folding.kind:
        case "exact":
            total = _total(fold, emitter)
        case "sum":
            total = _checked_sum(fold, emitter)
        case _:
            raised = _watched(fold, emitter)
            total = emitter.emit(f"load {fold.vector(emitter)}, ptr %result, align 64")
            _decide(fold, emitter, raised)
    _finish(fold, emitter, total)
    return close(emitter, parts, "void @folded(ptr %args, i64 %n, ptr %steps)", "void")


def _total(fold: Fold, emitter: TextEmitter) -> str:
    """Write the total of all elements, by the shortest way where they are one dense block; return its vector."""
    kind = fold.vector(emitter)
    dense, short = emitter.emit(f"icmp eq i64 %s1, {fold.operand.size}"), emitter.emit(f"icmp ule i64 %n, {fold.block}")
    emitter.branch(emitter.emit(f"and i1 {dense}, {short}"), "short", "long")
    emitter.start("short")
    few = fold.across(emitter, emitter.emit(f"call {kind} @fold(ptr %p1, i64 %n)"))
    emitter.jump("counted")
    emitter.start("long")
    emitter.write("%code = call i64 @folded_total(ptr %result, ptr %p1, i64 %n, i64 %s1)")
    many = emitter.emit(f"load {kind}, ptr %result, align 64")
    emitter.jump("counted")
    emitter.start("counted")
    return emitter.emit(f"phi {kind} [{few}, %short], [{many}, %long]")


def _checked_sum(fold: Fold, emitter: TextEmitter) -> str:
    """Write the total of a sum and the way back; a finite one raised no error."""
    saved, total = read_status(emitter), _total(fold, emitter)
    emitter.branch(_is_finite(fold, emitter, total), "finish", "infinite")
    emitter.start("infinite")
    raised = emitter.emit(f"and i32 {read_status(emitter)}, {ERRORS['sum']}")
    emitter.branch(emitter.emit(f"icmp eq i32 {raised}, 0"), "finish", "restore")
    emitter.start("restore")
    write_status(emitter, saved)
    _run_in_order(emitter)
    emitter.start("finish")
    return total


def _is_finite(fold: Fold, emitter: TextEmitter, total: str) -> str:
    one, kind = f"i{fold.part.bits}", f"<{fold.lanes} x i{fold.part.bits}>"
    bits, answer = emitter.emit(f"bitcast {fold.vector(emitter)} {total} to {kind}"), "true"
    infinity = {32: 0x7F800000, 64: 0x7FF0000000000000}[fold.part.bits]
    for part in range(fold.operand.parts):
        exponent = emitter.emit(f"and {one} {emitter.emit(f'extractelement {kind} {bits}, i32 {part}')}, {infinity}")
        answer = emitter.emit(f"and i1 {answer}, {emitter.emit(f'icmp ne {one} {exponent}, {infinity}')}")
    return answer


def _run_in_order(emitter: TextEmitter) -> None:
    emitter.write("call void @carried(ptr %args, i64 %n, ptr %steps)")
    emitter.write("ret void")


def _watched(fold: Fold, emitter: TextEmitter) -> str:
    """Write the call with the errors that tell something cleared before and set back after it; return whether it raised any."""
    errors = ERRORS[fold.folding.kind]
    saved = read_status(emitter)
    dirty = emitter.emit(f"and i32 {saved}, {errors}")
    emitter.branch(emitter.emit(f"icmp ne i32 {dirty}, 0"), "clear", "go", RARE)
    emitter.start("clear")
    write_status(emitter, emitter.emit(f"and i32 {saved}, {~errors}"))
    emitter.jump("go")
    emitter.start("go")
    emitter.write("%code = call i64 @folded_total(ptr %result, ptr %p1, i64 %n, i64 %s1)")
    raised = emitter.emit(f"and i32 {read_status(emitter)}, {errors}")
    either = emitter.emit(f"or i32 {raised}, {dirty}")
    emitter.branch(emitter.emit(f"icmp ne i32 {either}, 0"), "restore", "decide", RARE)
    emitter.start("restore")
    write_status(emitter, saved)
    emitter.jump("decide")
    emitter.start("decide")
    return emitter.emit(f"icmp ne i32 {raised}, 0")


def _decide(fold: Fold, emitter: TextEmitter, raised: str) -> None:
    """Write the way back to the order as written where it shows; goes on in a block where the total holds."""
    if not fold.folding.is_extreme:
        emitter.branch(raised, "ordered", "finish", RARE)
    else:
        both = emitter.emit(f"icmp eq i64 %code, {BOTH_ZEROS}")
        if fold.folding.keeps_nan:
            emitter.branch(both, "ordered", "known")
            emitter.start("known")
            emitter.branch(emitter.emit("icmp sge i64 %code, 0"), "nan", "finish", RARE)
            _from_nan(fold, emitter)
        else:
            doubtful = emitter.emit(f"or i1 {both}, {_misled(fold, emitter, raised)}")
            emitter.branch(doubtful, "ordered", "finish", RARE)
    emitter.start("ordered")
    _run_in_order(emitter)
    emitter.start("finish")


def _misled(fold: Fold, emitter: TextEmitter, raised: str) -> str:
    """Write the test whether NaNs that should be passed over spoiled the total: the start is left over where all are NaN."""
    if fold.folding.last_zero:
        return raised
    kind, bits = Operand(1, fold.part).memory(), f"i{fold.part.bits}"
    found = emitter.emit(f"bitcast {kind} {emitter.emit(f'load {kind}, ptr %result')} to {bits}")
    start = emitter.emit(f"bitcast {kind} {literal(fold.folding.start.value, fold.part)} to {bits}")
    return emitter.emit(f"and i1 {raised}, {emitter.emit(f'icmp eq {bits} {found}, {start}')}")


def _from_nan(fold: Fold, emitter: TextEmitter) -> None:
    """Write the run of the block that has the first NaN, which no later element changes."""
    emitter.start("nan")
    emitter.lines.append("  %skipped = mul i64 %code, %s1\n  %block = getelementptr i8, ptr %p1, i64 %skipped\n  %rest = sub i64 %n, %code")
    emitter.lines.append(f"  %long = icmp ugt i64 %rest, {fold.block}\n  %m = select i1 %long, i64 {fold.block}, i64 %rest")
    emitter.lines.insert(0, "  %those = alloca [3 x ptr]")
    for index, pointer in enumerate(("%p0", "%block", "%p0")):
        emitter.write(f"store ptr {pointer}, ptr {emitter.emit(f'getelementptr ptr, ptr %those, i64 {index}')}")
    emitter.write("call void @carried(ptr %those, i64 %m, ptr %steps)")
    emitter.write("ret void")


def _finish(fold: Fold, emitter: TextEmitter, total: str) -> None:
    """Write the kernel's own joining of the result so far with the total."""
    kind, lanes = fold.vector(emitter), fold.lanes
    orders = [lane_list([part] * lanes) for part in range(fold.operand.parts)]
    totals = [emitter.emit(f"shufflevector {kind} {total}, {kind} poison, {order}") for order in orders]
    so_far = fold.loop.inputs[0].load_one(emitter, "%p0")
    (registers,) = lower_body(fold.loop, emitter, [*so_far, *totals])
    fold.loop.outputs[0].store_one(emitter, registers, "%p0")
