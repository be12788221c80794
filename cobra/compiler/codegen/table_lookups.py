"""Look entries of constant tables up: in registers by permuting them, where the machine can, otherwise in memory.

Goes in: an emitter, the table's entries as text, and a register of indices, which are taken modulo the size of the table (a power
of two). Comes out: the register of the entries. A table that fills several machine vectors is searched in each of them and bits of
the index choose; one of more vectors than `_MOST_VECTORS` is read from memory, element by element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cobra.compiler.codegen.emitter import TextEmitter

_MOST_VECTORS = 4
_WIDE, _HALF = 64, 32
"""Bytes of the vectors of AVX-512 and of AVX2."""
_LETTERS = {"float": "sf", "i32": "si", "double": "df", "i64": "di"}
_INTRINSICS = {"float": "ps", "i32": "d", "double": "pd", "i64": "q"}


@dataclass(frozen=True, slots=True)
class Table:
    """The entries of a table as LLVM text, their type and its bits."""

    element: str
    bits: int
    entries: Sequence[str]


def in_scalar_code(emitter: TextEmitter, table: Table, bits: int, index: str) -> str:
    """Write the load of an entry at an index of so many bits; return its register."""
    place = emitter.emit(f"and i{bits} {index}, {len(table.entries) - 1}")
    return emitter.emit(f"load {table.element}, ptr {_address(emitter, table, bits, place)}")


def in_lanes(emitter: TextEmitter, table: Table, bits: int, indices: str) -> str:
    """Write the look-up of every lane's entry at its index of so many bits; return the register of the entries."""
    assert emitter.lanes
    held = emitter.permutes * 8 // table.bits
    if not held or len(table.entries) > held * _MOST_VECTORS:
        return _one_by_one(emitter, table, bits, indices)
    if bits != table.bits:
        conversion = "trunc" if bits > table.bits else "zext"
        indices = emitter.emit(f"{conversion} <{emitter.lanes} x i{bits}> {indices} to <{emitter.lanes} x i{table.bits}>")
    if emitter.lanes <= held:
        whole = _rearranged(emitter, f"i{table.bits}", emitter.lanes, indices, held)
        return _rearranged(emitter, table.element, held, _found(emitter, table, whole, held), emitter.lanes)
    pieces = [_part(emitter, f"i{table.bits}", emitter.lanes, indices, start, held) for start in range(0, emitter.lanes, held)]
    return _joined(emitter, table.element, [_found(emitter, table, piece, held) for piece in pieces], held)


def _one_by_one(emitter: TextEmitter, table: Table, bits: int, indices: str) -> str:
    assert emitter.lanes
    kind = f"<{emitter.lanes} x i{bits}>"
    places = emitter.emit(f"and {kind} {indices}, splat (i{bits} {len(table.entries) - 1})")
    found, block = "poison", f"<{emitter.lanes} x {table.element}>"
    for lane in range(emitter.lanes):
        place = emitter.emit(f"extractelement {kind} {places}, i64 {lane}")
        entry = emitter.emit(f"load {table.element}, ptr {_address(emitter, table, bits, place)}")
        found = emitter.emit(f"insertelement {block} {found}, {table.element} {entry}, i64 {lane}")
    return found


def _address(emitter: TextEmitter, table: Table, bits: int, place: str) -> str:
    values = ", ".join(f"{table.element} {entry}" for entry in table.entries)
    block = f"[{len(table.entries)} x {table.element}]"
    name = f"@table.{sha256(values.encode()).hexdigest()[:16]}"
    emitter.declarations.add(f"{name} = internal constant {block} [{values}]")
    wide = place if bits == 64 else emitter.emit(f"zext i{bits} {place} to i64")
    return emitter.emit(f"getelementptr {block}, ptr {name}, i64 0, i64 {wide}")


# -- in registers


def _found(emitter: TextEmitter, table: Table, indices: str, held: int) -> str:
    """Write the look-up for one machine vector of indices, as wide as the entries are."""
    permute = _permuted if emitter.permutes == _WIDE else _permuted_half
    return _searched(emitter, table, table.entries, indices, held, permute)


def _searched(
    emitter: TextEmitter, table: Table, entries: Sequence[str], indices: str, held: int, permute: Callable[..., str]
) -> str:
    if len(entries) <= held:
        return permute(emitter, table, _vector(table, entries, held), indices, held)
    if len(entries) == 2 * held and emitter.permutes == _WIDE:
        return _permuted_pair(emitter, table, entries, indices, held)
    kind, middle = f"<{held} x i{table.bits}>", len(entries) // 2
    low, high = (_searched(emitter, table, half, indices, held, permute) for half in (entries[:middle], entries[middle:]))
    # the sign is the bit that blends go by
    sign = emitter.emit(f"shl {kind} {indices}, splat (i{table.bits} {table.bits - middle.bit_length()})")
    upper = emitter.emit(f"icmp slt {kind} {sign}, zeroinitializer")
    block = f"<{held} x {table.element}>"
    return emitter.emit(f"select <{held} x i1> {upper}, {block} {high}, {block} {low}")


def _vector(table: Table, entries: Sequence[str], held: int) -> str:
    """Return the entries as a constant vector, repeated: permutations go by the last bits of indices."""
    return f"<{', '.join(f'{table.element} {entry}' for entry in [*entries] * (held // len(entries)))}>"


def _permuted(emitter: TextEmitter, table: Table, vector: str, indices: str, held: int) -> str:
    block, places = f"<{held} x {table.element}>", f"<{held} x i{table.bits}>"
    name = f"x86.avx512.permvar.{_LETTERS[table.element]}.512"
    return emitter.intrinsic(name, block, [(block, vector), (places, indices)])


def _permuted_pair(emitter: TextEmitter, table: Table, entries: Sequence[str], indices: str, held: int) -> str:
    block, places = f"<{held} x {table.element}>", f"<{held} x i{table.bits}>"
    first, second = (_vector(table, half, held) for half in (entries[:held], entries[held:]))
    name = f"x86.avx512.vpermi2var.{_INTRINSICS[table.element]}.512"
    return emitter.intrinsic(name, block, [(block, first), (places, indices), (block, second)])


def _permuted_half(emitter: TextEmitter, table: Table, vector: str, indices: str, held: int) -> str:
    """Write a permutation of AVX2, which moves 32 bits at a time: entries of 64 bits move as two."""
    block, moved = f"<{held} x {table.element}>", "<8 x i32>"
    bits = emitter.emit(f"bitcast <{held} x i{table.bits}> {indices} to {moved}")
    if table.bits == 64:
        lower = _shuffled(emitter, moved, bits, "poison", [str(lane - lane % 2) for lane in range(8)])
        doubled = emitter.emit(f"shl {moved} {lower}, splat (i32 1)")
        bits = emitter.emit(f"or {moved} {doubled}, <{', '.join(f'i32 {lane % 2}' for lane in range(8))}>")
    source = emitter.emit(f"bitcast {block} {vector} to {moved}")
    found = emitter.intrinsic("x86.avx2.permd", moved, [(moved, source), (moved, bits)])
    return emitter.emit(f"bitcast {moved} {found} to {block}")


# -- parts of vectors


def _rearranged(emitter: TextEmitter, element: str, count: int, register: str, wanted: int) -> str:
    """Write the vector with more lanes, of which the last mean nothing, or with the first lanes only."""
    if count == wanted:
        return register
    lanes = [str(lane) if lane < count else "poison" for lane in range(wanted)]
    return _shuffled(emitter, f"<{count} x {element}>", register, "poison", lanes)


def _part(emitter: TextEmitter, element: str, count: int, register: str, start: int, length: int) -> str:
    return _shuffled(emitter, f"<{count} x {element}>", register, "poison", [str(start + lane) for lane in range(length)])


def _joined(emitter: TextEmitter, element: str, pieces: list[str], length: int) -> str:
    while len(pieces) > 1:
        lanes = [str(lane) for lane in range(2 * length)]
        pairs = zip(pieces[::2], pieces[1::2], strict=True)
        pieces = [_shuffled(emitter, f"<{length} x {element}>", first, second, lanes) for first, second in pairs]
        length *= 2
    return pieces[0]


def _shuffled(emitter: TextEmitter, kind: str, first: str, second: str, lanes: Sequence[str]) -> str:
    order = ", ".join(f"i32 {lane}" for lane in lanes)
    return emitter.emit(f"shufflevector {kind} {first}, {kind} {second}, <{len(lanes)} x i32> <{order}>")
