"""Folds of many columns for `outer_folds`: each lane has a column of its own, and memory is read row by row.

In: a fold of floats. Out: ``i1 @column_totals(ptr results, ptr first, i64 columns, i64 n, i64 step)`` for at most `PASS_BYTES` of columns
and `MOST_ROWS` rows, which stores the total of each and tells whether one is in doubt. Up to sixteen rows are joined one after another,
in registers, more of them half by half, which bounds the rounding of sums as pairwise summation does. Earlier rows are always joined before
later ones, so that extremes keep the right zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.codegen.fold_lanes import Fold, close, lanes_below, masked_load
from cobra.compiler.codegen.loop_parts import ModuleParts
from cobra.compiler.codegen.native_text import SEQUENTIAL
from cobra.compiler.codegen.row_folds import doubtful

PASS_BYTES = 4096
"""Of the columns taken at once: their running results stay in the nearest cache."""
ROOM = PASS_BYTES + 512
"""Bytes for the results of a pass: the last tile may go beyond. Rows of them that far apart share no lines of the cache."""
_MANY, _FEW = 7, 2
"""Vectors of a tile: the masks of so many stay in registers."""
_ROWS = 16
_ROWS_AHEAD = 8
"""How far ahead rows are fetched."""
_LEVELS = 24
MOST_ROWS = _ROWS << (_LEVELS - 1)
"""What so many levels of halves take in."""


def column_folds_text(fold: Fold, parts: ModuleParts) -> str:
    """Return the functions."""
    tiles = [_tile_text(fold, count, parts) for count in (_MANY, _FEW)]
    tiles += [_quarters_text(fold, count, parts) for count in (1, _FEW)]
    return "\n".join([*tiles, _halves_text(fold, parts), _totals_text(fold, parts)])


def _tile_text(fold: Fold, vectors: int, parts: ModuleParts) -> str:
    """Return ``@column_tile.VECTORS``: some rows of a few columns; `joins` when the results so far come before them."""
    emitter = fold.emitter()
    kind = fold.vector(emitter)
    held, masks = [f"%running.{k}" for k in range(vectors)], _masks(fold, emitter, vectors)

    def phis(names: Sequence[str], block: str, first: Sequence[str], other: str, second: Sequence[str]) -> list[str]:
        ways = zip(names, first, second, strict=True)
        return [f"  {name} = phi {kind} [{a}, %{block}], [{b}, %{other}]" for name, a, b in ways]

    emitter.lines.append(f"  %distance = mul i64 %step, {_ROWS_AHEAD}")
    _prefetch(fold, emitter, "%first", vectors)
    first = _row(fold, emitter, "%first", masks)
    emitter.branch(emitter.emit("icmp ugt i64 %n, 1"), "row", "rows.done")
    emitter.start("row")
    place = len(emitter.lines)
    emitter.lines.append("  %at.next = getelementptr i8, ptr %at, i64 %step\n  %left.next = add i64 %left, -1")
    _prefetch(fold, emitter, "%at.next", vectors)
    taken = [fold.join(emitter, a, b) for a, b in zip(held, _row(fold, emitter, "%at.next", masks), strict=True)]
    emitter.branch(emitter.emit("icmp ugt i64 %left.next, 1"), "row", "rows.done", SEQUENTIAL)
    emitter.lines[place:place] = phis(held, "entry", first, "row", taken)
    emitter.lines.insert(place, "  %at = phi ptr [%first, %entry], [%at.next, %row]\n  %left = phi i64 [%n, %entry], [%left.next, %row]")
    emitter.start("rows.done")
    own = [f"%own.{k}" for k in range(vectors)]
    emitter.lines += phis(own, "entry", first, "row", taken)
    _store(fold, emitter, own)
    head = f"void @column_tile.{vectors}(ptr %results, i1 %joins, ptr %first, i64 %width, i64 %n, i64 %step)"
    return close(emitter, parts, head, "void")


def _prefetch(fold: Fold, emitter: TextEmitter, row: str, vectors: int) -> None:
    """Write the asking for the same part of a later row: tiles jump from row to row, which the processor does not foresee."""
    emitter.declarations.add("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
    ahead = emitter.emit(f"getelementptr i8, ptr {row}, i64 %distance")
    for slot in _slots(fold, emitter, ahead, vectors):
        emitter.write(f"call void @llvm.prefetch.p0(ptr {slot}, i32 0, i32 3, i32 1)")


def _slots(fold: Fold, emitter: TextEmitter, base: str, vectors: int) -> list[str]:
    return [emitter.emit(f"getelementptr i8, ptr {base}, i64 {k * fold.width}") for k in range(vectors)]


def _masks(fold: Fold, emitter: TextEmitter, vectors: int) -> list[str]:
    """Write the masks of the columns that there are."""
    whole = vectors * fold.lanes
    emitter.lines.append(f"  %wide = icmp ult i64 %width, {whole}\n  %there = select i1 %wide, i64 %width, i64 {whole}")
    return [lanes_below(emitter, "%there", k * fold.lanes) for k in range(vectors)]


def _row(fold: Fold, emitter: TextEmitter, at: str, masks: Sequence[str]) -> list[str]:
    """Write the loads of a row."""
    return [masked_load(fold, emitter, place, mask) for place, mask in zip(_slots(fold, emitter, at, len(masks)), masks, strict=True)]


def _store(fold: Fold, emitter: TextEmitter, own: Sequence[str]) -> None:
    """Write the joining with what stands in the results, if that is wanted, and the stores."""
    kind, align, before = fold.vector(emitter), fold.part.itemsize, emitter.block
    slots = _slots(fold, emitter, "%results", len(own))
    emitter.branch("%joins", "join", "store")
    emitter.start("join")
    joined = [fold.join(emitter, emitter.emit(f"load {kind}, ptr {slot}, align {align}"), a) for slot, a in zip(slots, own, strict=True)]
    emitter.jump("store")
    emitter.start("store")
    totals = [emitter.emit(f"phi {kind} [{a}, %{before}], [{b}, %join]") for a, b in zip(own, joined, strict=True)]
    emitter.lines += [f"  store {kind} {total}, ptr {slot}, align {align}" for slot, total in zip(slots, totals, strict=True)]


def _quarters_text(fold: Fold, vectors: int, parts: ModuleParts) -> str:
    """Return ``@column_quarters.VECTORS``: a narrow tile of so many rows that they are halved twice, the quarters side by side.

    The first quarter is the shortest, others have at most one row more.
    """
    emitter = fold.emitter()
    kind, masks = fold.vector(emitter), _masks(fold, emitter, vectors)
    emitter.lines.append("  %m = lshr i64 %n, 1\n  %r = sub i64 %n, %m\n  %turns = lshr i64 %n, 2\n  %third = lshr i64 %r, 1")
    emitter.lines.append("  %second = sub i64 %m, %turns\n  %fourth = sub i64 %r, %third\n  %later = add i64 %m, %third")
    starts = ["%first"]
    for row in ("%turns", "%m", "%later"):
        starts.append(emitter.emit(f"getelementptr i8, ptr %first, i64 {emitter.emit(f'mul i64 {row}, %step')}"))
    loaded = [vector for start in starts for vector in _row(fold, emitter, start, masks)]
    emitter.jump("row")
    emitter.start("row")
    held, place = [f"%running.{k}" for k in range(len(loaded))], len(emitter.lines)
    after = [emitter.emit(f"getelementptr i8, ptr %at.{k}, i64 %step") for k in range(4)]
    taken = [fold.join(emitter, a, b) for a, b in zip(held, [v for at in after for v in _row(fold, emitter, at, masks)], strict=True)]
    emitter.lines.append("  %left.next = add i64 %left, -1")
    emitter.branch(emitter.emit("icmp ugt i64 %left.next, 1"), "row", "rest", SEQUENTIAL)
    head = [f"  {name} = phi {kind} [{a}, %entry], [{b}, %row]" for name, a, b in zip(held, loaded, taken, strict=True)]
    head += [f"  %at.{k} = phi ptr [{a}, %entry], [{b}, %row]" for k, (a, b) in enumerate(zip(starts, after, strict=True))]
    emitter.lines[place:place] = [*head, "  %left = phi i64 [%turns, %entry], [%left.next, %row]"]
    emitter.start("rest")
    quarters = [taken[k : k + vectors] for k in range(0, len(taken), vectors)]
    for k, length in ((1, "%second"), (2, "%third"), (3, "%fourth")):
        longer = emitter.emit(f"icmp ugt i64 {length}, %turns")
        bits = f"<{fold.lanes} x i1>"
        own = [emitter.emit(f"select i1 {longer}, {bits} {mask}, {bits} zeroinitializer") for mask in masks]
        at = emitter.emit(f"getelementptr i8, ptr {after[k]}, i64 %step")
        quarters[k] = [fold.join(emitter, a, b) for a, b in zip(quarters[k], _row(fold, emitter, at, own), strict=True)]
    halves = [[fold.join(emitter, a, b) for a, b in zip(*quarters[k : k + 2], strict=True)] for k in (0, 2)]
    _store(fold, emitter, [fold.join(emitter, a, b) for a, b in zip(*halves, strict=True)])
    name = f"void @column_quarters.{vectors}(ptr %results, i1 %joins, ptr %first, i64 %width, i64 %n, i64 %step)"
    return close(emitter, parts, name, "void")


def _halves_text(fold: Fold, parts: ModuleParts) -> str:
    """Return ``@column_halves``: any number of rows of a pass; there is `spare` room for half of them by themselves."""
    emitter = fold.emitter()
    kind, align = fold.vector(emitter), fold.part.itemsize
    emitter.branch(emitter.emit(f"icmp ule i64 %n, {_ROWS}"), "tile", "more")
    _write_tiles(fold, emitter)
    emitter.start("more")
    narrow = emitter.emit(f"icmp ule i64 %columns, {_FEW * fold.lanes}")
    fits = emitter.emit(f"icmp ult i64 {emitter.emit(f'add i64 %n, {-2 * _ROWS - 1}')}, {2 * _ROWS}")
    emitter.branch(emitter.emit(f"and i1 {narrow}, {fits}"), "quarters", "halves")
    emitter.start("quarters")
    emitter.branch(emitter.emit(f"icmp ule i64 %columns, {fold.lanes}"), "quarters.1", f"quarters.{_FEW}")
    for vectors in (1, _FEW):
        emitter.start(f"quarters.{vectors}")
        arguments = "ptr %results, i1 %joins, ptr %first, i64 %columns, i64 %n, i64 %step"
        emitter.write(f"call void @column_quarters.{vectors}({arguments})")
        emitter.write("ret void")
    emitter.start("halves")
    emitter.lines.append("  %m = lshr i64 %n, 1\n  %rest = sub i64 %n, %m\n  %skipped = mul i64 %m, %step")
    emitter.lines.append(f"  %middle = getelementptr i8, ptr %first, i64 %skipped\n  %further = getelementptr i8, ptr %spare, i64 {ROOM}")
    emitter.lines.append("  %to = select i1 %joins, ptr %spare, ptr %results\n  %left = select i1 %joins, ptr %further, ptr %spare")
    emitter.write("call void @column_halves(ptr %to, i1 false, ptr %left, ptr %first, i64 %columns, i64 %m, i64 %step)")
    emitter.write("call void @column_halves(ptr %to, i1 true, ptr %left, ptr %middle, i64 %columns, i64 %rest, i64 %step)")
    emitter.branch("%joins", "join", "end")
    emitter.start("join")
    place = _start_vectors(fold, emitter, "join")
    earlier = emitter.emit(f"load {kind}, ptr {place}, align {align}")
    later = emitter.emit(f"load {kind}, ptr {emitter.emit('getelementptr i8, ptr %spare, i64 %offset')}, align {align}")
    emitter.write(f"store {kind} {fold.join(emitter, earlier, later)}, ptr {place}, align {align}")
    _end_vectors(fold, emitter)
    head = "void @column_halves(ptr %results, i1 %joins, ptr %spare, ptr %first, i64 %columns, i64 %n, i64 %step)"
    return close(emitter, parts, head, "void")


def _write_tiles(fold: Fold, emitter: TextEmitter) -> None:
    """Write the loop over tiles, from the block ``tile`` to the block ``end``."""
    emitter.start("tile")
    emitter.lines.append("  %c = phi i64 [0, %entry], [%c.many, %many], [%c.few, %few]\n  %width = sub i64 %columns, %c")
    emitter.lines.append(f"  %at = mul i64 %c, {fold.part.itemsize}\n  %there = getelementptr i8, ptr %results, i64 %at")
    emitter.lines.append("  %from = getelementptr i8, ptr %first, i64 %at")
    emitter.branch(emitter.emit(f"icmp ugt i64 %width, {_FEW * fold.lanes}"), "many", "few")
    for way, vectors in (("many", _MANY), ("few", _FEW)):
        emitter.start(way)
        arguments = "ptr %there, i1 %joins, ptr %from, i64 %width, i64 %n, i64 %step"
        emitter.write(f"call void @column_tile.{vectors}({arguments})")
        emitter.lines.append(f"  %c.{way} = add i64 %c, {vectors * fold.lanes}")
        emitter.branch(emitter.emit(f"icmp ult i64 %c.{way}, %columns"), "tile", "end", SEQUENTIAL)


def _start_vectors(fold: Fold, emitter: TextEmitter, before: str) -> str:
    """Write the head of a loop over the vectors of results; return the address of one."""
    emitter.jump("vector")
    emitter.start("vector")
    emitter.lines.append(f"  %v = phi i64 [0, %{before}], [%v.next, %vector]")
    emitter.lines.append(f"  %offset = mul i64 %v, {fold.part.itemsize}")
    return emitter.emit("getelementptr i8, ptr %results, i64 %offset")


def _end_vectors(fold: Fold, emitter: TextEmitter) -> None:
    emitter.lines.append(f"  %v.next = add i64 %v, {fold.lanes}")
    emitter.branch(emitter.emit("icmp ult i64 %v.next, %columns"), "vector", "end", SEQUENTIAL)
    emitter.start("end")


def _totals_text(fold: Fold, parts: ModuleParts) -> str:
    emitter = fold.emitter()
    kind, align, bits = fold.vector(emitter), fold.part.itemsize, f"<{fold.lanes} x i1>"
    emitter.lines.append(f"  %spare = alloca [{_LEVELS * ROOM} x i8], align 64")
    emitter.write("call void @column_halves(ptr %results, i1 false, ptr %spare, ptr %first, i64 %columns, i64 %n, i64 %step)")
    place = _start_vectors(fold, emitter, "entry")
    head = emitter.lines.index("vector:") + 1
    total = emitter.emit(f"load {kind}, ptr {place}, align {align}")
    if fold.folding.kind == "sum":
        total = fold.join(emitter, fold.start(emitter), total)
        emitter.write(f"store {kind} {total}, ptr {place}, align {align}")
    doubt = emitter.emit(f"or {bits} %doubt, {doubtful(fold, emitter, total)}")
    emitter.lines.insert(head, f"  %doubt = phi {bits} [zeroinitializer, %entry], [{doubt}, %vector]")
    _end_vectors(fold, emitter)
    name = "i1 @column_totals(ptr %results, ptr %first, i64 %columns, i64 %n, i64 %step)"
    return close(emitter, parts, name, f"i1 {emitter.any(doubt)}")
