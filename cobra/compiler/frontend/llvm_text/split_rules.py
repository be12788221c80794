"""What each instruction on vectors, structures or arrays is on their numbers; those of memory and calls apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cobra.compiler.frontend.llvm_text.instructions import BINARY, CONVERSIONS, Aggregate, Instruction, Operand
from cobra.compiler.frontend.llvm_text.shapes import COMPOUNDS, bits_of, leaf_count, part, parts
from cobra.compiler.frontend.llvm_text.split_text import Parts, integer, known_integer
from cobra.compiler.frontend.llvm_text.types import BOOL, IntegerType, LlvmType, StructType, VectorType, with_article
from cobra.compiler.frontend.llvm_text.wholes import Whole
from cobra.errors import InvalidText, TypeMismatch, UnsupportedSyntax

SplitRule: TypeAlias = Callable[[Parts, Instruction], Whole | None]

_WIDEST_CAST = 64


# -- computing with vectors


def _vector(text: Parts, operand: Operand, opcode: str) -> tuple[Whole, VectorType]:
    """Return an operand that must be a vector."""
    kind = text.settled(operand.type, operand.at)
    if not isinstance(kind, VectorType):
        hint = None
        if isinstance(kind, COMPOUNDS):
            hint = "Take its parts with extractvalue, compute with them, and put the results together with insertvalue."
        message = f"{opcode} takes numbers or vectors of them, not {with_article(kind)}"
        text.fail(TypeMismatch, message, operand.at, hint)
    return text.whole(operand), kind


def _elementwise(text: Parts, instruction: Instruction) -> Whole:
    found = [_vector(text, operand, instruction.opcode) for operand in instruction.operands]
    kind = found[0][1]
    leaf = BOOL if instruction.opcode in ("icmp", "fcmp") else kind.element
    return text.each(instruction, VectorType(kind.count, leaf), leaf, [whole.row for whole, _ in found])


def _freeze(text: Parts, instruction: Instruction) -> Whole:
    return text.whole(instruction.operands[0])


def _select(text: Parts, instruction: Instruction) -> Whole:
    condition, yes, no = instruction.operands
    first, second = text.settled(yes.type, yes.at), text.settled(no.type, no.at)
    if first != second or not isinstance(first, COMPOUNDS):
        text.fail(TypeMismatch, f"select chooses between {with_article(first)} and {with_article(second)}", no.at)
    asked = text.settled(condition.type, condition.at)
    if asked == BOOL:
        text.check_single(condition)
        row: tuple[Operand, ...] = (condition,) * leaf_count(first)
    elif isinstance(first, VectorType) and asked == VectorType(first.count, BOOL):
        row = text.whole(condition).row
    else:
        text.fail(TypeMismatch, f"select asks an i1, or a vector of as many as it chooses, not {asked}", condition.at)
    chosen = [
        text.write("select", f"{instruction.result}[{k}]", yes_leaf.type, (which, yes_leaf, no_leaf), instruction.at)
        for k, (which, yes_leaf, no_leaf) in enumerate(zip(row, text.whole(yes).row, text.whole(no).row, strict=True))
    ]
    return Whole(first, tuple(chosen))


def _conversion(text: Parts, instruction: Instruction) -> Whole | None:
    (operand,) = instruction.operands
    source, to = text.settled(operand.type, operand.at), text.settled(instruction.type, instruction.at)
    if instruction.opcode == "bitcast":
        return _bitcast(text, instruction, source, to)
    whole, kind = _vector(text, operand, instruction.opcode)
    if not isinstance(to, VectorType) or to.count != kind.count:
        hint = f"The result has as many elements: <{kind.count} x …>."
        text.refuse(TypeMismatch, f"{instruction.opcode} makes no {to} of {kind}", instruction, hint)
    return text.each(instruction, to, to.element, [whole.row])


# -- the same bits as other numbers


def _bitcast(text: Parts, instruction: Instruction, source: LlvmType, to: LlvmType) -> Whole | None:
    """Join numbers to wider integers or cut them into narrower ones, the first in the lowest bits, and read these as the result."""
    before, after = _widths(source), _widths(to)
    if before is None or after is None or before[0] * before[1] != after[0] * after[1]:
        text.refuse(TypeMismatch, f"bitcast makes no {to} of {source}", instruction, "Both need the same number of bits.")
    (operand,) = instruction.operands
    row = text.whole(operand).row if isinstance(source, VectorType) else (operand,)
    if not isinstance(source, VectorType):
        text.check_single(operand)
    if max(before[1], after[1]) > _WIDEST_CAST:
        text.refuse(UnsupportedSyntax, f"a bitcast of more than {_WIDEST_CAST} bits to one number is not understood", instruction)
    pieces = list(row)
    if before[1] != after[1]:
        pieces = [_cast(text, instruction, piece, IntegerType(before[1])) for piece in row]
        pieces = _joined(text, instruction, pieces, after) if before[1] < after[1] else _cut(text, instruction, pieces, after)
    element = to.element if isinstance(to, VectorType) else to
    made = tuple(_cast(text, instruction, piece, element) for piece in pieces)
    if isinstance(to, VectorType):
        return Whole(to, made)
    text.give(instruction.result, made[0], instruction.at)
    return None


def _widths(kind: LlvmType) -> tuple[int, int] | None:
    """Return the number of elements of a vector, 1 for a number, and the bits of each."""
    element = kind.element if isinstance(kind, VectorType) else kind
    bits = bits_of(element)
    return None if bits is None else (kind.count if isinstance(kind, VectorType) else 1, bits)


def _cast(text: Parts, instruction: Instruction, value: Operand, to: LlvmType) -> Operand:
    if value.type == to:
        return value
    return text.write("bitcast", f"{instruction.result}.bits", to, (value,), instruction.at)


def _joined(text: Parts, instruction: Instruction, pieces: list[Operand], after: tuple[int, int]) -> list[Operand]:
    count, bits = after
    each, at = len(pieces) // count, instruction.at
    wide = IntegerType(bits)
    joined = []
    for start in range(0, len(pieces), each):
        total = integer(0, bits, at)
        for position, piece in enumerate(pieces[start : start + each]):
            extended = text.write("zext", f"{instruction.result}.bits", wide, (piece,), at)
            shift = integer(position * bits // each, bits, at)
            moved = text.write("shl", f"{instruction.result}.bits", wide, (extended, shift), at)
            total = text.write("or", f"{instruction.result}.bits", wide, (total, moved), at)
        joined.append(total)
    return joined


def _cut(text: Parts, instruction: Instruction, pieces: list[Operand], after: tuple[int, int]) -> list[Operand]:
    count, bits = after
    cut = []
    for piece in pieces:
        for position in range(count // len(pieces)):
            wide = bits_of(piece.type) or 0
            operands = (piece, integer(position * bits, wide, instruction.at))
            moved = text.write("lshr", f"{instruction.result}.bits", piece.type, operands, instruction.at)
            cut.append(text.write("trunc", f"{instruction.result}.bits", IntegerType(bits), (moved,), instruction.at))
    return cut


# -- parts of vectors


def _position(text: Parts, operand: Operand, count: int) -> int | None:
    """Return a position in a vector that is known now."""
    kind = text.settled(operand.type, operand.at)
    if not isinstance(kind, IntegerType):
        text.fail(TypeMismatch, f"a position is an integer, not {with_article(kind)}", operand.at)
    text.check_single(operand)
    known = known_integer(operand)
    if known is not None and not 0 <= known < count:
        text.fail(InvalidText, f"there is no element {known} in a vector of {count}", operand.at, f"They are 0 to {count - 1}.")
    return known


def _extract_element(text: Parts, instruction: Instruction) -> None:
    vector, place = instruction.operands
    whole, kind = _vector(text, vector, instruction.opcode)
    known = _position(text, place, kind.count)
    if known is not None:
        text.give(instruction.result, whole.row[known], instruction.at)
        return
    text.limit_choices(kind.count, instruction)
    chosen = whole.row[0]
    for number, leaf in enumerate(whole.row[1:], 1):
        chosen = text.choose(text.is_position(place, number, instruction.at), leaf, chosen, instruction.at)
    text.give(instruction.result, chosen, instruction.at)


def _insert_element(text: Parts, instruction: Instruction) -> Whole:
    vector, value, place = instruction.operands
    whole, kind = _vector(text, vector, instruction.opcode)
    stated = text.settled(value.type, value.at)
    if stated != kind.element:
        text.fail(TypeMismatch, f"{with_article(kind)} has elements of {kind.element}, not {with_article(stated)}", value.at)
    text.check_single(value)
    known = _position(text, place, kind.count)
    if known is not None:
        return Whole(kind, (*whole.row[:known], value, *whole.row[known + 1 :]))
    text.limit_choices(kind.count, instruction)
    at = instruction.at
    row = [text.choose(text.is_position(place, number, at), value, leaf, at) for number, leaf in enumerate(whole.row)]
    return Whole(kind, tuple(row))


def _shuffle(text: Parts, instruction: Instruction) -> Whole:
    first, second, mask = instruction.operands
    left, kind = _vector(text, first, instruction.opcode)
    right, other = _vector(text, second, instruction.opcode)
    if kind != other:
        text.fail(TypeMismatch, f"shufflevector takes two vectors of one type, not {kind} and {other}", second.at)
    order, wanted = _vector(text, mask, instruction.opcode)
    if wanted.element != IntegerType(32) or mask.name is not None:
        text.fail(InvalidText, "the order is a constant vector of i32", mask.at, "Write <2 x i32> <i32 0, i32 3>.")
    row = (*left.row, *right.row)
    return Whole(VectorType(wanted.count, kind.element), tuple(_taken(text, row, place) for place in order.row))


def _taken(text: Parts, row: tuple[Operand, ...], place: Operand) -> Operand:
    if place.value in ("undef", "poison"):
        return Operand(row[0].type, "undef", place.at)
    known = known_integer(place)
    if known is None or not 0 <= known < len(row):
        hint = f"Elements of both vectors are numbered on from 0 to {len(row) - 1}."
        text.fail(InvalidText, f"there is no element {place.value} in two vectors of {len(row) // 2}", place.at, hint)
    return row[known]


# -- parts of structures and arrays


def _place_of(text: Parts, instruction: Instruction) -> tuple[Whole, int, LlvmType]:
    """Return the aggregate, the number of the first leaf of the part that positions lead to, and the part's type."""
    whole = instruction.operands[0]
    kind = text.settled(whole.type, whole.at)
    start = 0
    for index in instruction.indices:
        if not isinstance(kind, COMPOUNDS) or isinstance(kind, VectorType):
            other = instruction.opcode.replace("value", "element")
            hint = f"Elements of vectors are for {other}." if isinstance(kind, VectorType) else None
            text.refuse(TypeMismatch, f"{instruction.opcode}: {with_article(kind)} has no parts", instruction, hint)
        count = len(kind.fields) if isinstance(kind, StructType) else kind.count
        if index >= count:
            hint = f"They are 0 to {count - 1}." if count else None
            text.refuse(InvalidText, f"there is no part {index} in {with_article(kind)}", instruction, hint)
        before, kind = part(kind, index)
        start += before
    return text.whole(whole), start, kind


def _extract_value(text: Parts, instruction: Instruction) -> Whole | None:
    whole, start, kind = _place_of(text, instruction)
    row = whole.part(start, kind)
    if isinstance(kind, COMPOUNDS):
        return Whole(kind, row)
    text.give(instruction.result, row[0], instruction.at)
    return None


def _insert_value(text: Parts, instruction: Instruction) -> Whole:
    whole, start, kind = _place_of(text, instruction)
    value = instruction.operands[1]
    stated = text.settled(value.type, value.at)
    if stated != kind:
        _teach_part(text, instruction, value, stated, kind)
    if isinstance(kind, COMPOUNDS):
        row = text.whole(value).row
    else:
        text.check_single(value)
        row = (value,)
    return Whole(whole.type, (*whole.row[:start], *row, *whole.row[start + len(row) :]))


def _teach_part(text: Parts, instruction: Instruction, value: Operand, stated: LlvmType, kind: LlvmType) -> None:
    place = ", ".join(map(str, instruction.indices))
    hint = None
    if isinstance(stated, COMPOUNDS) and not isinstance(value.value, Aggregate):
        inside = next((k for k, field in enumerate(parts(stated)) if field == kind), None)
        if inside is not None:
            hint = f"Take one part of {value.value} first: %part = extractvalue {stated} {value.value}, {inside}."
    message = f"part {place} of {instruction.operands[0].type} is {with_article(kind)}, not {with_article(stated)}"
    text.fail(TypeMismatch, message, value.at, hint)


SPLIT_RULES: dict[str, SplitRule] = {
    **dict.fromkeys((*BINARY, "fneg", "icmp", "fcmp"), _elementwise),
    **dict.fromkeys(CONVERSIONS, _conversion),
    "freeze": _freeze, "select": _select, "extractelement": _extract_element, "insertelement": _insert_element,
    "shufflevector": _shuffle, "extractvalue": _extract_value, "insertvalue": _insert_value,
}  # fmt: skip
"""The rule of each instruction that has to do with several numbers; its result is None for a single number."""
