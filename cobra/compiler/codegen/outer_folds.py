"""Totals of many outer elements at once, in kernels with core dimensions: whichever of two directions is dense runs in lanes.

In: a fold of floats. Out: ``void @totals.NAME(ptr results, ptr first, i64 outer, i64 outer_step, i64 count, i64 step)`` for at most `MOST`
outer elements. Where elements of one total lie side by side it goes row by row (`row_folds`), where totals do, column by column
(`column_folds`). A total whose order may show, and everything laid out otherwise, comes from ``@elements.NAME``, one by one.
"""

from __future__ import annotations

from cobra.compiler.codegen.column_folds import MOST_ROWS, PASS_BYTES, ROOM, column_folds_text
from cobra.compiler.codegen.emitter import RARE, TextEmitter, literal, scalar_name
from cobra.compiler.codegen.fold_lanes import Fold, close
from cobra.compiler.codegen.folds import ERRORS
from cobra.compiler.codegen.loop_parts import Machine, ModuleParts
from cobra.compiler.codegen.native_text import SEQUENTIAL
from cobra.compiler.codegen.row_folds import LONGEST_ROW, doubtful, row_folds_text
from cobra.compiler.codegen.status_register import read_status, write_status
from cobra.types import ScalarType, float32, float64

ROWS_AT_ONCE = 64
"""Outer elements whose totals are computed ahead where they are rows: these are still in a near cache when the kernel goes on."""


def at_once(kind: ScalarType) -> int:
    """Return how many outer elements one call of ``@totals`` takes at most."""
    return PASS_BYTES // kind.itemsize


def room_for(kind: ScalarType) -> str:
    """Return the type of the memory for results."""
    return f"[{ROOM // kind.itemsize} x {scalar_name(kind)}]"


def can_take_outer(kind: ScalarType, machine: Machine) -> bool:
    """Tell whether a machine has what this takes: loads of parts of vectors, and the register that tells errors."""
    return kind in (float32, float64) and machine.masks_memory and machine.has_mxcsr


def outer_folds_text(fold: Fold, elements: str, parts: ModuleParts) -> str:
    """Return the functions, of which ``@totals`` is the one to call; `elements` is what folds one outer element."""
    return "\n".join([row_folds_text(fold, parts), column_folds_text(fold, parts), _totals_text(fold, elements, parts)])


def _totals_text(fold: Fold, elements: str, parts: ModuleParts) -> str:
    emitter = TextEmitter(None, True, parts.failures)
    size = fold.part.itemsize
    saved = read_status(emitter)
    _clear(fold, emitter, saved)
    emitter.lines.append(f"  %dense = icmp eq i64 %step, {size}\n  %beside = icmp eq i64 %outer.step, {size}")
    emitter.lines.append("  %some = icmp sgt i64 %count, 0\n  %apart = xor i1 %dense, true")
    emitter.branch(_all(emitter, "%some", "%dense", emitter.emit(f"icmp slt i64 %count, {LONGEST_ROW}")), "rows", "others")
    emitter.start("rows")
    by_row = emitter.emit("call i1 @row_totals(ptr %results, ptr %first, i64 %outer, i64 %outer.step, i64 %count) strictfp")
    emitter.jump("check")
    emitter.start("others")
    fits = emitter.emit(f"icmp slt i64 %count, {MOST_ROWS}")
    emitter.branch(_all(emitter, "%some", "%apart", "%beside", fits), "columns", "each")
    emitter.start("columns")
    by_column = emitter.emit("call i1 @column_totals(ptr %results, ptr %first, i64 %outer, i64 %count, i64 %step) strictfp")
    emitter.jump("check")
    emitter.start("check")
    doubt = emitter.emit(f"phi i1 [{by_row}, %rows], [{by_column}, %columns]")
    _check(fold, emitter, saved, doubt)
    _one_by_one(fold, emitter, elements)
    head = "void @totals(ptr %results, ptr %first, i64 %outer, i64 %outer.step, i64 %count, i64 %step)"
    return close(emitter, parts, head, "void")


def _all(emitter: TextEmitter, *conditions: str) -> str:
    total = "true"
    for condition in conditions:
        total = emitter.emit(f"and i1 {total}, {condition}")
    return total


def _clear(fold: Fold, emitter: TextEmitter, saved: str) -> None:
    """Write the clearing of errors whose coming up tells that the order may show; a sum tells by itself."""
    if fold.folding.kind == "sum":
        return
    dirty = emitter.emit(f"and i32 {saved}, {ERRORS[fold.folding.kind]}")
    emitter.branch(emitter.emit(f"icmp ne i32 {dirty}, 0"), "clear", "go", RARE)
    emitter.start("clear")
    write_status(emitter, emitter.emit(f"and i32 {saved}, {~ERRORS[fold.folding.kind]}"))
    emitter.jump("go")
    emitter.start("go")


def _check(fold: Fold, emitter: TextEmitter, saved: str, doubt: str) -> None:
    """Write what tells which totals are not to be taken, and sets errors back: ``%all`` of them, or those in doubt."""
    if fold.folding.kind == "sum":
        emitter.branch(doubt, "doubt", "done", RARE)
        raised = "false"
    else:
        raised = emitter.emit(f"icmp ne i32 {emitter.emit(f'and i32 {read_status(emitter)}, {ERRORS[fold.folding.kind]}')}, 0")
        dirty = emitter.emit(f"icmp ne i32 {emitter.emit(f'and i32 {saved}, {ERRORS[fold.folding.kind]}')}, 0")
        either = emitter.emit(f"or i1 {emitter.emit(f'or i1 {raised}, {dirty}')}, {doubt}")
        emitter.branch(either, "doubt", "done", RARE)
    emitter.start("doubt")
    write_status(emitter, saved)
    needed = emitter.emit(f"or i1 {raised}, {doubt}")
    emitter.branch(needed, "redo", "done")
    emitter.start("each")
    write_status(emitter, saved)
    emitter.jump("redo")
    emitter.start("redo")
    emitter.lines.append(f"  %all = phi i1 [{raised}, %doubt], [true, %each]")


def _one_by_one(fold: Fold, emitter: TextEmitter, elements: str) -> None:
    """Write the loop over single outer elements, but for those whose totals stand."""
    kind, size, neutral = scalar_name(fold.part), fold.part.itemsize, literal(fold.folding.start.value, fold.part)
    emitter.lines.insert(0, f"  %neutral = alloca {kind}\n  store {kind} {neutral}, ptr %neutral")
    emitter.jump("one")
    emitter.start("one")
    emitter.lines.append("  %k = phi i64 [0, %redo], [%k.next, %passed]\n  %at = phi ptr [%first, %redo], [%at.next, %passed]")
    emitter.lines.append(f"  %offset = mul i64 %k, {size}\n  %place = getelementptr i8, ptr %results, i64 %offset")
    emitter.branch("%all", "fold", "look")
    emitter.start("look")
    emitter.branch(doubtful(fold, emitter, emitter.emit(f"load {kind}, ptr %place")), "fold", "passed")
    emitter.start("fold")
    start = neutral
    if fold.folding.is_extreme:  # the first element, if there is one
        emitter.lines.append("  %from = select i1 %some, ptr %at, ptr %neutral")
        start = emitter.emit(f"load {kind}, ptr %from")
    arguments = f"{kind} {start}, ptr %at, i64 %count, i64 %step"
    emitter.write(f"store {kind} {emitter.emit(f'call {kind} @{elements}({arguments}) strictfp')}, ptr %place")
    emitter.jump("passed")
    emitter.start("passed")
    emitter.lines.append("  %k.next = add i64 %k, 1\n  %at.next = getelementptr i8, ptr %at, i64 %outer.step")
    emitter.branch(emitter.emit("icmp ult i64 %k.next, %outer"), "one", "done", SEQUENTIAL)
    emitter.start("done")
