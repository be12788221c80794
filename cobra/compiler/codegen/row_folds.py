"""Folds of many short dense rows for `outer_folds`: eight rows at once, whose running results one tree of shuffles joins to a vector.

In: a fold of floats. Out: ``i1 @row_totals(ptr results, ptr first, i64 rows, i64 row_step, i64 n)``, which stores the total of each row
and tells whether one is in doubt. Sums have NumPy's order to the last addition: eight running sums, halves from 128 elements on. So what a
row gives depends neither on the rows beside it nor on their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cobra.compiler.codegen.emitter import RARE, TextEmitter
from cobra.compiler.codegen.fold_lanes import Fold, close, lanes_below, masked_load
from cobra.compiler.codegen.loop_parts import ModuleParts
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand, lane_list

ROWS = 8
"""Rows side by side, and running results of each."""
LONGEST_ROW = 512
"""Elements from which on a row keeps the processor busy by itself."""
_PAIRWISE = 128

_PAIRS = {
    32: [((0, 2, 8, 10, 4, 6, 12, 14), (1, 3, 9, 11, 5, 7, 13, 15))] * 2
    + [((0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15))],
    64: [((0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15))]
    + [((0, 1, 4, 5, 8, 9, 12, 13), (2, 3, 6, 7, 10, 11, 14, 15))] * 2,
}
"""By the bits of a lane: which lanes of two vectors, first and second of each pair of neighbours, are joined in each of three steps; the
shuffles are such as take one instruction."""

_TURNS = {
    32: [
        ((0, 8, 1, 9, 4, 12, 5, 13), (2, 10, 3, 11, 6, 14, 7, 15)),
        ((0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
        ((0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)),
    ],
    64: _PAIRS[64],
}
"""The same for turning eight rows of eight elements into columns."""
_FOUND = {32: (0, 1, 2, 3), 64: (0, 2, 1, 3)}
"""Which column each of the four vectors of the second step starts with."""


def row_folds_text(fold: Fold, parts: ModuleParts) -> str:
    """Return the functions."""
    eight = Fold(fold.loop, fold.folding, replace(fold.machine, vector_bytes=ROWS * fold.part.itemsize))
    texts = [_leaf_text(eight, rows, parts) for rows in (1, ROWS)]
    if fold.folding.kind == "sum":
        texts += [_halves_text(eight, rows, parts) for rows in (1, ROWS)]
    return "\n".join([*texts, _totals_text(eight, parts)])


def doubtful(fold: Fold, emitter: TextEmitter, totals: str) -> str:
    """Write the test for totals that may depend on the order: sums that are not finite, extremes marked by a NaN."""
    bits, kind = fold.part.bits, f"<{emitter.lanes} x i{fold.part.bits}>" if emitter.lanes else f"i{fold.part.bits}"
    infinity = {32: 0x7F800000, 64: 0x7FF0000000000000}[bits]
    one = f"splat (i{bits} {{}})" if emitter.lanes else "{}"
    pattern = emitter.emit(f"bitcast {fold.vector(emitter)} {totals} to {kind}")
    mask = infinity if fold.folding.kind == "sum" else (1 << (bits - 1)) - 1
    size = emitter.emit(f"and {kind} {pattern}, {one.format(mask)}")
    relation = "eq" if fold.folding.kind == "sum" else "ugt"
    return emitter.emit(f"icmp {relation} {kind} {size}, {one.format(infinity)}")


def shuffled(fold: Fold, emitter: TextEmitter, first: str, second: str, order: Sequence[int]) -> str:
    """Write a vector of lanes of two others."""
    kind = fold.vector(emitter)
    return emitter.emit(f"shufflevector {kind} {first}, {kind} {second}, {lane_list(order)}")


# -- one block of each row


def _leaf_text(fold: Fold, rows: int, parts: ModuleParts) -> str:
    """Return ``@row_leaf.ROWS(ptr addresses, i64 offset, i64 n)``: the results of some rows, in one lane each, or in all of them."""
    emitter = fold.emitter()
    kind, size = fold.vector(emitter), fold.part.itemsize
    bases = [emitter.emit(f"load ptr, ptr {emitter.emit(f'getelementptr ptr, ptr %addresses, i64 {k}')}") for k in range(rows)]
    emitter.lines.append("  %groups = lshr i64 %n, 3\n  %over = and i64 %n, 7\n  %some = icmp ne i64 %groups, 0")
    emitter.lines.append(f"  %skipped = mul i64 %groups, {ROWS * size}\n  %end = add i64 %offset, %skipped")
    emitter.branch("%some", "first", "none")
    emitter.start("first")
    first = [_load(fold, emitter, base, "%offset") for base in bases]
    emitter.branch(emitter.emit("icmp ugt i64 %groups, 1"), "turn", "whole")
    emitter.start("turn")
    place = len(emitter.lines)
    emitter.lines.append(f"  %at.next = add i64 %at, {ROWS * size}")
    taken = [fold.join(emitter, f"%running.{k}", _load(fold, emitter, base, "%at.next")) for k, base in enumerate(bases)]
    emitter.lines.append(f"  %last = sub i64 %end, {ROWS * size}\n  %again = icmp ne i64 %at.next, %last")
    emitter.branch("%again", "turn", "whole", SEQUENTIAL)
    head = [f"  %running.{k} = phi {kind} [{a}, %first], [{b}, %turn]" for k, (a, b) in enumerate(zip(first, taken, strict=True))]
    emitter.lines[place:place] = [*head, "  %at = phi i64 [%offset, %first], [%at.next, %turn]"]
    emitter.start("whole")
    whole = [emitter.emit(f"phi {kind} [{a}, %first], [{b}, %turn]") for a, b in zip(first, taken, strict=True)]
    close_leaf = _close_sum if fold.folding.kind == "sum" else _close_any_order
    total = close_leaf(fold, emitter, whole, bases)
    head_text = f"{kind} @row_leaf.{rows}(ptr %addresses, i64 %offset, i64 %n)"
    return close(emitter, parts, head_text, f"{kind} {total}")


def _load(fold: Fold, emitter: TextEmitter, base: str, offset: str) -> str:
    at = emitter.emit(f"getelementptr i8, ptr {base}, i64 {offset}")
    return Operand(1, fold.part).load(emitter, at)[0]


def _together(fold: Fold, emitter: TextEmitter, running: Sequence[str]) -> str:
    """Write the joining of all lanes of each row in the order of a balanced tree."""
    if len(running) == 1:
        return _alone(fold, emitter, running[0])
    for firsts, seconds in _PAIRS[fold.part.bits]:
        pairs = zip(running[::2], running[1::2], strict=True)
        running = [
            fold.join(emitter, shuffled(fold, emitter, a, b, firsts), shuffled(fold, emitter, a, b, seconds)) for a, b in pairs
        ]
    return running[0]


def _alone(fold: Fold, emitter: TextEmitter, total: str) -> str:
    apart = 1
    while apart < ROWS:
        other = shuffled(fold, emitter, total, "poison", [lane ^ apart for lane in range(ROWS)])
        total = fold.join(emitter, total, other)
        apart *= 2
    return total


def _close_sum(fold: Fold, emitter: TextEmitter, whole: Sequence[str], bases: Sequence[str]) -> str:
    """Write the joining of the running sums, and the additions, one after another, of what fills no group."""
    kind = fold.vector(emitter)
    joined = _together(fold, emitter, whole)
    emitter.jump("tail")
    emitter.start("none")
    emitter.jump("tail")
    emitter.start("tail")
    total = emitter.emit(f"phi {kind} [{joined}, %whole], [{fold.start(emitter)}, %none]")
    emitter.branch(emitter.emit("icmp eq i64 %over, 0"), "done", "rest")
    emitter.start("rest")
    added, ways = total, [(total, "tail")]
    for place, column in enumerate(_columns(fold, emitter, _tails(fold, emitter, bases))[: ROWS - 1], start=1):
        added = fold.join(emitter, added, column)
        ways.append((added, emitter.block))
        if place < ROWS - 1:
            emitter.branch(emitter.emit(f"icmp eq i64 %over, {place}"), "done", f"rest.{place}")
            emitter.start(f"rest.{place}")
    emitter.jump("done")
    emitter.start("done")
    return emitter.emit(f"phi {kind} " + ", ".join(f"[{vector}, %{block}]" for vector, block in ways))


def _tails(fold: Fold, emitter: TextEmitter, bases: Sequence[str]) -> list[str]:
    """Write the loads of what fills no group, with numbers that change nothing in the other lanes."""
    mask = lanes_below(emitter, "%over")
    places = [emitter.emit(f"getelementptr i8, ptr {base}, i64 %end") for base in bases]
    return [masked_load(fold, emitter, place, mask) for place in places]


def _columns(fold: Fold, emitter: TextEmitter, rows: Sequence[str]) -> list[str]:
    """Write what has the elements of all rows at one place, for each place."""
    if len(rows) == 1:
        return [shuffled(fold, emitter, rows[0], "poison", [lane] * ROWS) for lane in range(ROWS)]
    first, second, third = _TURNS[fold.part.bits]

    def both(a: str, b: str, orders: tuple[Sequence[int], Sequence[int]]) -> list[str]:
        return [shuffled(fold, emitter, a, b, order) for order in orders]

    pairs = [both(rows[k], rows[k + 1], first) for k in range(0, ROWS, 2)]
    fours = []
    for a, b in zip(pairs[::2], pairs[1::2], strict=True):
        made = [vector for side in (0, 1) for vector in both(a[side], b[side], second)]
        fours.append([made[k] for k in _FOUND[fold.part.bits]])
    halves = [both(a, b, third) for a, b in zip(*fours, strict=True)]
    return [half[0] for half in halves] + [half[1] for half in halves]


def _close_any_order(fold: Fold, emitter: TextEmitter, whole: Sequence[str], bases: Sequence[str]) -> str:
    """Write the taking in of what fills no group, and the joining of lanes."""
    kind = fold.vector(emitter)
    emitter.jump("tail")
    emitter.start("none")
    emitter.jump("tail")
    emitter.start("tail")
    running = [emitter.emit(f"phi {kind} [{vector}, %whole], [{fold.start(emitter)}, %none]") for vector in whole]
    emitter.branch(emitter.emit("icmp eq i64 %over, 0"), "together", "rest")
    emitter.start("rest")
    taken = [fold.join(emitter, a, b) for a, b in zip(running, _tails(fold, emitter, bases), strict=True)]
    emitter.jump("together")
    emitter.start("together")
    both = zip(running, taken, strict=True)
    running = [emitter.emit(f"phi {kind} [{a}, %tail], [{b}, %rest]") for a, b in both]
    total = _together(fold, emitter, running)
    return _mark_zeros(fold, emitter, running, total) if fold.folding.is_extreme else total


def _mark_zeros(fold: Fold, emitter: TextEmitter, running: Sequence[str], total: str) -> str:
    """Write a NaN in the place of each zero of whose sign the lanes of its row disagree; where they agree, it is that of the row."""
    kind, bits = fold.vector(emitter), fold.part.bits
    whole = f"<{ROWS} x i{bits}>"
    pattern = emitter.emit(f"bitcast {kind} {total} to {whole}")
    size = emitter.emit(f"shl {whole} {pattern}, splat (i{bits} 1)")
    zero = emitter.emit(f"icmp eq {whole} {size}, zeroinitializer")
    emitter.branch(emitter.any(zero), "zeros", "done", RARE)
    before = emitter.block
    emitter.start("zeros")
    unclear = "zeroinitializer"
    for row, vector in enumerate(running):
        own = emitter.emit(f"bitcast {kind} {vector} to {whole}")
        signs = [emitter.emit(f"icmp eq {whole} {own}, splat (i{bits} {sign})") for sign in (0, -(1 << (bits - 1)))]
        both = emitter.emit(f"and i1 {emitter.any(signs[0])}, {emitter.any(signs[1])}")
        unclear = emitter.emit(f"insertelement <{ROWS} x i1> {unclear}, i1 {both}, i32 {row}")
    marked = emitter.emit(f"and <{ROWS} x i1> {zero}, {unclear}")
    nan = emitter.constant(float("nan"), fold.part)
    told = emitter.emit(f"select <{ROWS} x i1> {marked}, {kind} {nan}, {kind} {total}")
    emitter.jump("done")
    emitter.start("done")
    return emitter.emit(f"phi {kind} [{total}, %{before}], [{told}, %zeros]")


# -- whole rows


def _halves_text(fold: Fold, rows: int, parts: ModuleParts) -> str:
    """Return ``@row_halves.ROWS(ptr addresses, i64 offset, i64 n)``, which cuts what is long in two, as NumPy does."""
    emitter = fold.emitter()
    kind, size = fold.vector(emitter), fold.part.itemsize
    head = f"{kind} @row_halves.{rows}(ptr %addresses, i64 %offset, i64 %n)"
    emitter.branch(emitter.emit(f"icmp ule i64 %n, {_PAIRWISE}"), "leaf", "halves")
    emitter.start("leaf")
    emitter.write(f"ret {kind} {emitter.emit(f'call {kind} @row_leaf.{rows}(ptr %addresses, i64 %offset, i64 %n)')}")
    emitter.start("halves")
    emitter.lines.append(f"  %half = lshr i64 %n, 1\n  %m = and i64 %half, {-ROWS}\n  %rest = sub i64 %n, %m")
    emitter.lines.append(f"  %skipped = mul i64 %m, {size}\n  %middle = add i64 %offset, %skipped")
    first = emitter.emit(f"call {kind} @row_halves.{rows}(ptr %addresses, i64 %offset, i64 %m)")
    second = emitter.emit(f"call {kind} @row_halves.{rows}(ptr %addresses, i64 %middle, i64 %rest)")
    return close(emitter, parts, head, f"{kind} {fold.join(emitter, first, second)}")


def _totals_text(fold: Fold, parts: ModuleParts) -> str:
    emitter = fold.emitter()
    kind, size = fold.vector(emitter), fold.part.itemsize
    name = "row_halves" if fold.folding.kind == "sum" else "row_leaf"
    emitter.lines.append(f"  %addresses = alloca [{ROWS} x ptr], align 64\n  %group.step = mul i64 %row.step, {ROWS}")
    emitter.jump("group")
    emitter.start("group")
    place = len(emitter.lines)
    emitter.lines.append("  %left = sub i64 %rows, %k\n  %alone = icmp eq i64 %left, 1")
    emitter.branch("%alone", "one", "several")
    emitter.start("one")
    emitter.write("store ptr %at, ptr %addresses")
    one = emitter.emit(f"call {kind} @{name}.1(ptr %addresses, i64 0, i64 %n)")
    emitter.jump("store")
    emitter.start("several")
    _store_addresses(emitter)
    many = emitter.emit(f"call {kind} @{name}.{ROWS}(ptr %addresses, i64 0, i64 %n)")
    emitter.jump("store")
    emitter.start("store")
    total = emitter.emit(f"phi {kind} [{one}, %one], [{many}, %several]")
    if fold.folding.kind == "sum":
        total = fold.join(emitter, fold.start(emitter), total)
    emitter.lines.append(f"  %offset = mul i64 %k, {size}\n  %place = getelementptr i8, ptr %results, i64 %offset")
    emitter.write(f"store {kind} {total}, ptr %place, align {size}")
    both = emitter.emit(f"or <{ROWS} x i1> %doubt, {doubtful(fold, emitter, total)}")
    emitter.lines.append(f"  %k.next = add i64 %k, {ROWS}\n  %at.next = getelementptr i8, ptr %at, i64 %group.step")
    emitter.branch(emitter.emit("icmp ult i64 %k.next, %rows"), "group", "end", SEQUENTIAL)
    emitter.lines[place:place] = [
        "  %k = phi i64 [0, %entry], [%k.next, %store]\n  %at = phi ptr [%first, %entry], [%at.next, %store]",
        f"  %doubt = phi <{ROWS} x i1> [zeroinitializer, %entry], [{both}, %store]",
    ]
    emitter.start("end")
    head = "i1 @row_totals(ptr %results, ptr %first, i64 %rows, i64 %row.step, i64 %n)"
    return close(emitter, parts, head, f"i1 {emitter.any(both)}")


def _store_addresses(emitter: TextEmitter) -> None:
    """Write the addresses of eight rows; where there are fewer, the last one stands for those that lack."""
    kind, lanes = f"<{ROWS} x i64>", range(ROWS)

    def splat(register: str) -> str:
        one = emitter.emit(f"insertelement {kind} poison, i64 {register}, i32 0")
        return emitter.emit(f"shufflevector {kind} {one}, {kind} poison, <{ROWS} x i32> zeroinitializer")

    last = splat(emitter.emit("sub i64 %left, 1"))
    numbers = f"<{', '.join(f'i64 {lane}' for lane in lanes)}>"
    less = emitter.emit(f"icmp ult {kind} {numbers}, {last}")
    row = emitter.emit(f"select <{ROWS} x i1> {less}, {kind} {numbers}, {kind} {last}")
    offsets = emitter.emit(f"mul {kind} {row}, {splat('%row.step')}")
    places = emitter.emit(f"add {kind} {offsets}, {splat(emitter.emit('ptrtoint ptr %at to i64'))}")
    emitter.write(f"store {kind} {places}, ptr %addresses, align 64")
