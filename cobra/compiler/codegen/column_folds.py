"""Folds of many columns for `outer_folds`: each lane has a column of its own, and memory is read row by row.

In: a fold of floats. Out: ``i1 @column_totals(ptr results, ptr first, i64 columns, i64 n, i64 step)`` for at most `PASS_BYTES` of columns
and `MOST_ROWS` rows, which stores the total of each and tells whether one is in doubt. Sixteen rows are joined in registers, one after
another, and what they give as the leaves of a balanced tree in memory, which bounds the rounding of sums as pairwise summation does.
Earlier rows are always joined before later ones, so that extremes keep the right zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.codegen.fold_lanes import Fold, close, lanes_below, masked_load
from cobra.compiler.codegen.loop_parts import ModuleParts
from cobra.compiler.codegen.native_text import SEQUENTIAL
from cobra.compiler.codegen.row_folds import doubtful

PASS_BYTES = 4096
"""Of the columns taken at once: their running results stay in the nearest cache."""
_VECTORS = (7, 2)
"""Vectors of a tile, many and few; the masks of many stay in registers."""
ROOM = PASS_BYTES + 512
"""Bytes for the results of a pass: the last tile may go beyond. Levels of the tree that far apart share no lines of the cache."""
_ROWS = 16
_LEVELS = 24
MOST_ROWS = _ROWS << _LEVELS
"""What a tree of so many levels takes in."""


def column_folds_text(fold: Fold, parts: ModuleParts) -> str:
    """Return the functions."""
    tiles = [text for vectors in _VECTORS for text in (_tile_text(fold, vectors, parts), _end_text(fold, vectors, parts))]
    return "\n".join([*tiles, _totals_text(fold, parts)])


def _masks(fold: Fold, emitter: TextEmitter, vectors: int) -> list[str]:
    emitter.lines.append(f"  %wide = icmp ult i64 %width, {vectors * fold.lanes}")
    emitter.lines.append(f"  %there = select i1 %wide, i64 %width, i64 {vectors * fold.lanes}")
    return [lanes_below(emitter, "%there", k * fold.lanes) for k in range(vectors)]


def _slots(fold: Fold, emitter: TextEmitter, base: str, vectors: int) -> list[str]:
    return [emitter.emit(f"getelementptr i8, ptr {base}, i64 {k * fold.width}") for k in range(vectors)]


def _loads(fold: Fold, emitter: TextEmitter, base: str, vectors: int) -> list[str]:
    kind = fold.vector(emitter)
    return [emitter.emit(f"load {kind}, ptr {place}, align {fold.part.itemsize}") for place in _slots(fold, emitter, base, vectors)]


def _stores(fold: Fold, emitter: TextEmitter, base: str, values: Sequence[str]) -> None:
    for place, value in zip(_slots(fold, emitter, base, len(values)), values, strict=True):
        emitter.write(f"store {fold.vector(emitter)} {value}, ptr {place}, align {fold.part.itemsize}")


def _phis(kind: str, names: Sequence[str], ways: Sequence[tuple[Sequence[str], str]]) -> list[str]:
    """Return the lines that join vectors on their ways into a block."""
    pairs = [", ".join(f"[{values[k]}, %{block}]" for values, block in ways) for k in range(len(names))]
    return [f"  {name} = phi {kind} {pair}" for name, pair in zip(names, pairs, strict=True)]


def _tile_text(fold: Fold, vectors: int, parts: ModuleParts) -> str:
    """Return ``@column_tile.VECTORS``: it joins some rows of a tile, and the sums of as many rows before them as the number says."""
    emitter = fold.emitter()
    kind, masks = fold.vector(emitter), _masks(fold, emitter, vectors)

    def row(at: str) -> list[str]:
        places = _slots(fold, emitter, at, vectors)
        return [masked_load(fold, emitter, place, mask) for place, mask in zip(places, masks, strict=True)]

    first = row("%first")
    emitter.branch(emitter.emit("icmp ugt i64 %rows, 1"), "row", "rows.done")
    before = "entry"
    emitter.start("row")
    place, running = len(emitter.lines), [f"%running.{k}" for k in range(vectors)]
    emitter.lines.append("  %at.next = getelementptr i8, ptr %at, i64 %step\n  %left.next = add i64 %left, -1")
    taken = [fold.join(emitter, a, b) for a, b in zip(running, row("%at.next"), strict=True)]
    emitter.branch(emitter.emit("icmp ugt i64 %left.next, 1"), "row", "rows.done", SEQUENTIAL)
    emitter.lines[place:place] = [
        *_phis(kind, running, [(first, before), (taken, "row")]),
        f"  %at = phi ptr [%first, %{before}], [%at.next, %row]\n  %left = phi i64 [%rows, %{before}], [%left.next, %row]",
    ]
    emitter.start("rows.done")
    block = [f"%block.{k}" for k in range(vectors)]
    emitter.lines += _phis(kind, block, [(first, before), (taken, "row")])
    _climb(fold, emitter, block)
    head = f"void @column_tile.{vectors}(ptr %tree, ptr %first, i64 %width, i64 %rows, i64 %step, i64 %number)"
    return close(emitter, parts, head, "void")


def _climb(fold: Fold, emitter: TextEmitter, block: Sequence[str]) -> None:
    """Write the joining of a block with those before it, as often as the bits of its number say."""
    kind = fold.vector(emitter)
    emitter.jump("climb")
    emitter.start("climb")
    place, joined = len(emitter.lines), [f"%joined.{k}" for k in range(len(block))]
    emitter.branch(emitter.emit("trunc i64 %bits to i1"), "up", "put")
    emitter.start("up")
    below = _loads(fold, emitter, "%level", len(block))
    up = [fold.join(emitter, a, b) for a, b in zip(below, joined, strict=True)]
    emitter.lines.append(f"  %level.up = getelementptr i8, ptr %level, i64 {ROOM}\n  %bits.up = lshr i64 %bits, 1")
    emitter.jump("climb")
    emitter.lines[place:place] = [
        *_phis(kind, joined, [(block, "rows.done"), (up, "up")]),
        "  %level = phi ptr [%tree, %rows.done], [%level.up, %up]\n  %bits = phi i64 [%number, %rows.done], [%bits.up, %up]",
    ]
    emitter.start("put")
    _stores(fold, emitter, "%level", joined)


def _end_text(fold: Fold, vectors: int, parts: ModuleParts) -> str:
    """Return ``@column_end.VECTORS``, which joins all that the tree holds of a tile, from the latest and fewest rows to the most."""
    emitter = fold.emitter()
    kind, masks = fold.vector(emitter), _masks(fold, emitter, vectors)
    emitter.jump("descend")
    emitter.start("descend")
    place, total = len(emitter.lines), [f"%total.{k}" for k in range(vectors)]
    emitter.branch(emitter.emit("icmp eq i64 %bits, 0"), "end", "visit")
    emitter.start("visit")
    emitter.branch(emitter.emit("trunc i64 %bits to i1"), "take", "passed")
    emitter.start("take")
    taken = [fold.join(emitter, a, b) for a, b in zip(_loads(fold, emitter, "%level", vectors), total, strict=True)]
    emitter.jump("passed")
    emitter.start("passed")
    after = [f"%after.{k}" for k in range(vectors)]
    emitter.lines += _phis(kind, after, [(total, "visit"), (taken, "take")])
    emitter.lines.append(f"  %level.up = getelementptr i8, ptr %level, i64 {ROOM}\n  %bits.up = lshr i64 %bits, 1")
    emitter.jump("descend")
    emitter.lines[place:place] = [
        *_phis(kind, total, [([fold.start(emitter)] * vectors, "entry"), (after, "passed")]),
        "  %level = phi ptr [%tree, %entry], [%level.up, %passed]\n  %bits = phi i64 [%blocks, %entry], [%bits.up, %passed]",
    ]
    emitter.start("end")
    _stores(fold, emitter, "%results", total)
    doubt = "zeroinitializer"
    for vector, mask in zip(total, masks, strict=True):
        own = emitter.emit(f"and <{fold.lanes} x i1> {mask}, {doubtful(fold, emitter, vector)}")
        doubt = emitter.emit(f"or <{fold.lanes} x i1> {doubt}, {own}")
    head = f"i1 @column_end.{vectors}(ptr %results, ptr %tree, i64 %width, i64 %blocks)"
    return close(emitter, parts, head, f"i1 {emitter.any(doubt)}")


_Tile: TypeAlias = Callable[[str, str, int], "str | None"]
"""Writes what is done with a tile, given where it starts in bytes, the columns from there on, and its vectors; returns its doubt if any."""


def _over_tiles(fold: Fold, emitter: TextEmitter, name: str, tile: _Tile) -> str:
    """Write a loop over the tiles of a pass; return whether one was in doubt."""
    many, few = _VECTORS
    before = emitter.block
    emitter.jump(f"{name}.next")
    emitter.start(f"{name}.next")
    place = len(emitter.lines)
    emitter.lines.append(f"  %{name}.width = sub i64 %columns, %{name}.c\n  %{name}.at = mul i64 %{name}.c, {fold.part.itemsize}")
    wide = emitter.emit(f"icmp ugt i64 %{name}.width, {few * fold.lanes}")
    emitter.branch(wide, f"{name}.many", f"{name}.few")
    doubts = []
    for way, vectors in (("many", many), ("few", few)):
        emitter.start(f"{name}.{way}")
        doubt = tile(f"%{name}.at", f"%{name}.width", vectors)
        doubts.append(emitter.emit(f"or i1 %{name}.doubt, {doubt or 'false'}"))
        emitter.lines.append(f"  %{name}.c.{way} = add i64 %{name}.c, {vectors * fold.lanes}")
        emitter.branch(emitter.emit(f"icmp ult i64 %{name}.c.{way}, %columns"), f"{name}.next", f"{name}.done", SEQUENTIAL)
    ways = f"[{doubts[0]}, %{name}.many], [{doubts[1]}, %{name}.few]"
    emitter.lines[place:place] = [
        f"  %{name}.c = phi i64 [0, %{before}], [%{name}.c.many, %{name}.many], [%{name}.c.few, %{name}.few]",
        f"  %{name}.doubt = phi i1 [false, %{before}], {ways}",
    ]
    emitter.start(f"{name}.done")
    return emitter.emit(f"phi i1 {ways}")


def _totals_text(fold: Fold, parts: ModuleParts) -> str:
    emitter = fold.emitter()
    emitter.lines.append(f"  %tree = alloca [{_LEVELS * ROOM} x i8], align 64")
    emitter.jump("block")
    emitter.start("block")
    emitter.lines.append("  %number = phi i64 [0, %entry], [%number.next, %tiles.done]")
    emitter.lines.append("  %done = phi i64 [0, %entry], [%done.next, %tiles.done]")
    emitter.lines.append("  %at = phi ptr [%first, %entry], [%at.next, %tiles.done]\n  %left = sub i64 %n, %done")
    emitter.lines.append(f"  %many = icmp ugt i64 %left, {_ROWS}\n  %rows = select i1 %many, i64 {_ROWS}, i64 %left")
    emitter.lines.append("  %bytes = mul i64 %step, %rows\n  %at.next = getelementptr i8, ptr %at, i64 %bytes")

    def call(place: str, width: str, vectors: int) -> str | None:
        there = emitter.emit(f"getelementptr i8, ptr %at, i64 {place}")
        level = emitter.emit(f"getelementptr i8, ptr %tree, i64 {place}")
        arguments = f"ptr {level}, ptr {there}, i64 {width}, i64 %rows, i64 %step, i64 %number"
        emitter.write(f"call void @column_tile.{vectors}({arguments})")
        return None

    _over_tiles(fold, emitter, "tiles", call)
    emitter.lines.append("  %number.next = add i64 %number, 1\n  %done.next = add i64 %done, %rows")
    emitter.branch(emitter.emit("icmp ult i64 %done.next, %n"), "block", "all", SEQUENTIAL)
    emitter.start("all")

    def end(place: str, width: str, vectors: int) -> str | None:
        level = emitter.emit(f"getelementptr i8, ptr %tree, i64 {place}")
        there = emitter.emit(f"getelementptr i8, ptr %results, i64 {place}")
        return emitter.emit(f"call i1 @column_end.{vectors}(ptr {there}, ptr {level}, i64 {width}, i64 %number.next)")

    doubt = _over_tiles(fold, emitter, "ends", end)
    head = "i1 @column_totals(ptr %results, ptr %first, i64 %columns, i64 %n, i64 %step)"
    return close(emitter, parts, head, f"i1 {doubt}")
