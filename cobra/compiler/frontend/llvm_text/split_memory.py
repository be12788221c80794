"""Memory for several numbers becomes memory for single ones, and moving several numbers at once becomes moving each.

An alloca of a vector, structure or array becomes one alloca for each number. A pointer into it is a number of bytes from its
start, of which a part may be known only when the kernel runs: then every number that it may point to is asked for. Vectors
in arrays of Python's are loaded and stored element by element.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple, NoReturn

from cobra.compiler.frontend.llvm_text.instructions import Instruction, Operand
from cobra.compiler.frontend.llvm_text.shapes import COMPOUNDS, bits_of, extent, field_offsets, placed_leaves
from cobra.compiler.frontend.llvm_text.split_text import Parts, integer, known_integer
from cobra.compiler.frontend.llvm_text.stack_variables import LIFETIMES
from cobra.compiler.frontend.llvm_text.types import VOID, IntegerType, LlvmType, PointerType, SequenceType, StructType, with_article
from cobra.compiler.frontend.llvm_text.wholes import Whole
from cobra.errors import InvalidText, TypeMismatch, UnsupportedSyntax

_INDEX = IntegerType(64)
_FILLS, _COPIES = "@llvm.memset.", ("@llvm.memcpy.", "@llvm.memmove.")


class _Slot(NamedTuple):
    """One alloca: the bytes before each of its numbers, with their types and the names of their own allocas."""

    name: str
    type: LlvmType
    numbers: dict[int, Operand]


class _Place(NamedTuple):
    """A pointer into an alloca: bytes known now, and bytes known later, which are a multiple of `step`."""

    slot: _Slot
    offset: int
    later: Operand | None = None
    step: int = 0


class Memory:
    """The allocas of several numbers in one text, and the pointers into them."""

    def __init__(self, text: Parts) -> None:
        self.text = text
        self.places: dict[str, _Place] = {}

    def takes(self, instruction: Instruction) -> bool:
        """Append what an instruction that has to do with several numbers in memory becomes; tell whether it was one."""
        opcode, operands = instruction.opcode, instruction.operands
        if opcode == "alloca":
            return self._alloca(instruction)
        if opcode == "getelementptr":
            place = self.places.get(operands[0].name or "")
            if place is not None:
                self._name(instruction.result, self._stepped(place, instruction))
            return place is not None
        if opcode == "bitcast" and operands[0].name in self.places:
            self._name(instruction.result, self.places[operands[0].name])
            return True
        if opcode == "call" and any(operand.name in self.places for operand in operands):
            return instruction.detail.startswith(LIFETIMES) or self._transfer(instruction)
        return opcode in ("load", "store") and self._access(instruction)

    def _name(self, name: str, place: _Place) -> None:
        self.places[name] = place
        self.text.addresses.add(name)

    # -- allocas and steps

    def _alloca(self, instruction: Instruction) -> bool:
        text, source = self.text, instruction.source
        assert source is not None
        kind = text.settled(source, instruction.at)
        if instruction.operands:
            count = known_integer(instruction.operands[0])
            if count is None or count < 0:
                message = "an alloca of a number of elements that is known only later is not understood"
                text.refuse(UnsupportedSyntax, message, instruction, "Take a constant number of elements.")
            kind = text.settled(SequenceType(count, kind), instruction.at)
        if not isinstance(kind, COMPOUNDS):
            return False
        numbers = {}
        for offset, leaf in placed_leaves(kind):
            if bits_of(leaf) is None:
                text.refuse(UnsupportedSyntax, f"an alloca of {source} is not understood", instruction, "It may hold numbers only.")
            numbers[offset] = text.write("alloca", f"{instruction.result}[{offset}]", leaf, (), instruction.at, source=leaf)
        self._name(instruction.result, _Place(_Slot(instruction.result, kind, numbers), 0))
        return True

    def _stepped(self, place: _Place, instruction: Instruction) -> _Place:
        text = self.text
        base, *indices = instruction.operands
        self._check_pointer(base)
        assert instruction.source is not None
        kind = text.settled(instruction.source, instruction.at)
        for position, index in enumerate(indices):
            text.check_single(index)
            known = self._known_index(index)
            if position and isinstance(kind, StructType):
                place, kind = self._field(place, kind, known, index)
                continue
            if position:
                if not isinstance(kind, COMPOUNDS):
                    text.refuse(InvalidText, f"there are no elements inside {with_article(kind)}", instruction)
                assert not isinstance(kind, StructType)
                kind = kind.element
            place = self._moved(place, index, known, extent(kind).size)
        return place

    def _known_index(self, index: Operand) -> int | None:
        if not isinstance(self.text.settled(index.type, index.at), IntegerType):
            self.text.fail(TypeMismatch, f"an index is an integer, not {with_article(index.type)}", index.at)
        return known_integer(index)

    def _field(self, place: _Place, kind: StructType, known: int | None, index: Operand) -> tuple[_Place, LlvmType]:
        if known is None or not 0 <= known < len(kind.fields):
            hint = f"Fields are numbered from 0 to {len(kind.fields) - 1}." if kind.fields else None
            self.text.fail(InvalidText, f"{index.value} is the number of no field of {kind}", index.at, hint)
        return place._replace(offset=place.offset + field_offsets(kind)[known]), kind.fields[known]

    def _moved(self, place: _Place, index: Operand, known: int | None, size: int) -> _Place:
        if known is not None:
            return place._replace(offset=place.offset + known * size)
        at, text = index.at, self.text
        wide = index
        if index.type != _INDEX:
            wide = text.write("sext", "%index", _INDEX, (index,), at)
        later = text.write("mul", "%bytes", _INDEX, (wide, integer(size, 64, at)), at)
        if place.later is not None:
            later = text.write("add", "%bytes", _INDEX, (place.later, later), at)
        return place._replace(later=later, step=gcd(place.step, size))

    def _check_pointer(self, operand: Operand) -> None:
        kind = self.text.settled(operand.type, operand.at)
        if not isinstance(kind, PointerType):
            message = f"{operand.value} is a pointer, not {with_article(operand.type)}"
            self.text.fail(TypeMismatch, message, operand.at, f"Write ptr {operand.value}.")

    # -- loads and stores

    def _access(self, instruction: Instruction) -> bool:
        text, pointer = self.text, instruction.operands[-1]
        moved = instruction.type if instruction.opcode == "load" else instruction.operands[0].type
        kind = text.settled(moved, instruction.at)
        place = self.places.get(pointer.name or "")
        if place is None and not isinstance(kind, COMPOUNDS):
            return False
        self._check_pointer(pointer)
        target = text.settled(pointer.type, pointer.at)
        if isinstance(target, PointerType) and target.target is not None and text.settled(target.target, pointer.at) != kind:
            text.fail(TypeMismatch, f"{pointer.value} is {with_article(target)} here, and {kind} is moved", pointer.at)
        if instruction.opcode == "load":
            row = self._loaded(instruction, place, kind, pointer)
            if isinstance(kind, COMPOUNDS):
                text.rows[instruction.result] = Whole(kind, row)
            else:
                text.give(instruction.result, row[0], instruction.at)
            return True
        value = instruction.operands[0]
        if isinstance(kind, COMPOUNDS):
            row = text.whole(value).row
        else:
            text.check_single(value)
            row = (value,)
        self._stored(instruction, place, kind, pointer, row)
        return True

    def _loaded(self, instruction: Instruction, place: _Place | None, kind: LlvmType, pointer: Operand) -> tuple[Operand, ...]:
        text, at = self.text, instruction.at
        if place is None:
            return tuple(
                text.write("load", f"{instruction.result}[{k}]", leaf, (self._element(instruction, pointer, kind, k),), at)
                for k, (_, leaf) in enumerate(placed_leaves(kind))
            )
        rows: list[tuple[Operand, tuple[Operand, ...]]] = []
        for condition, numbers in self._candidates(instruction, place, kind, pointer):
            row = tuple(self._read(instruction, number, leaf) for number, (_, leaf) in zip(numbers, placed_leaves(kind), strict=True))
            if condition is None:
                return row
            rows.append((condition, row))
        chosen = rows[0][1]
        for condition, row in rows[1:]:
            chosen = tuple(text.choose(condition, yes, no, at) for yes, no in zip(row, chosen, strict=True))
        return chosen

    def _read(self, instruction: Instruction, number: Operand, leaf: LlvmType) -> Operand:
        text, at = self.text, instruction.at
        value = text.write("load", f"{instruction.result or '%moved'}.part", number.type, (_pointer_to(number),), at)
        return value if number.type == leaf else text.write("bitcast", f"{instruction.result or '%moved'}.part", leaf, (value,), at)

    def _stored(
        self, instruction: Instruction, place: _Place | None, kind: LlvmType, pointer: Operand, row: tuple[Operand, ...]
    ) -> None:
        text, at = self.text, instruction.at
        if place is None:
            for k, value in enumerate(row):
                text.write("store", "", VOID, (value, self._element(instruction, pointer, kind, k)), at)
            return
        for condition, numbers in self._candidates(instruction, place, kind, pointer):
            for number, given in zip(numbers, row, strict=True):
                value = given
                if number.type != value.type:
                    value = text.write("bitcast", "%stored", number.type, (value,), at)
                if condition is not None:
                    before = text.write("load", "%before", number.type, (_pointer_to(number),), at)
                    value = text.choose(condition, value, before, at)
                text.write("store", "", VOID, (value, _pointer_to(number)), at)

    def _candidates(
        self, instruction: Instruction, place: _Place, kind: LlvmType, pointer: Operand
    ) -> list[tuple[Operand | None, list[Operand]]]:
        """Return the rows of numbers that a place may mean, each with the condition under which it does."""
        if place.later is None:
            numbers = _numbers_at(place.slot, place.offset, kind)
            if numbers is None:
                self._refuse_place(place, kind, pointer)
            return [(None, numbers)]
        starts = [start for start in place.slot.numbers if not (start - place.offset) % max(place.step, 1)]
        found = [(start, numbers) for start in starts if (numbers := _numbers_at(place.slot, start, kind)) is not None]
        if not found:
            self._refuse_place(place, kind, pointer)
        self.text.limit_choices(sum(len(numbers) for _, numbers in found), instruction)
        later, at = place.later, instruction.at
        return [(self.text.is_position(later, start - place.offset, at), numbers) for start, numbers in found]

    def _refuse_place(self, place: _Place, kind: LlvmType, pointer: Operand) -> NoReturn:
        slot = place.slot
        where = "there" if place.later is not None else f"{place.offset} bytes behind its start"
        message = f"the alloca {slot.name} of {slot.type} has no {kind} {where}"
        self.text.fail(TypeMismatch, message, pointer.at, "Load and store the types that were allocated.")

    # -- blocks of bytes

    def _transfer(self, instruction: Instruction) -> bool:
        """Append a memset or memcpy of an alloca as moves of its numbers; tell whether it was one that can be."""
        fills, operands = instruction.detail.startswith(_FILLS), instruction.operands
        if len(operands) != 4 or not (fills or instruction.detail.startswith(_COPIES)):
            return False
        count, to = known_integer(operands[2]), self.places.get(operands[0].name or "")
        source = to if fills else self.places.get(operands[1].name or "")
        if count is None or to is None or source is None or to.later is not None or source.later is not None:
            return False
        old, new = ({at - place.offset: n for at, n in place.slot.numbers.items()} for place in (source, to))
        moved = [at for at in new if 0 <= at < count]
        whole = all(at + extent(new[at].type).size <= count and bits_of(old[at].type) == bits_of(new[at].type) for at in moved if at in old)
        if not whole or any(at not in old for at in moved) or (fills and known_integer(operands[1]) != 0):
            return False
        values = [self._cleared(new[at]) if fills else self._read(instruction, old[at], new[at].type) for at in moved]
        for at, value in zip(moved, values, strict=True):
            self.text.write("store", "", VOID, (value, _pointer_to(new[at])), instruction.at)
        return True

    def _cleared(self, number: Operand) -> Operand:
        return Operand(number.type, "zeroinitializer", number.at)

    # -- arrays of Python's

    def _element(self, instruction: Instruction, pointer: Operand, kind: LlvmType, position: int) -> Operand:
        """Return a pointer to one of the numbers that stand one after another in an array."""
        numbers = list(placed_leaves(kind))
        leaf, size = numbers[0][1], extent(numbers[0][1]).size
        if any(each != leaf or offset != k * size for k, (offset, each) in enumerate(numbers)):
            hint = "Load its numbers one by one."
            self.text.refuse(UnsupportedSyntax, f"{with_article(kind)} in an array of numbers is not understood", instruction, hint)
        base = Operand(PointerType(), pointer.value, pointer.at)
        if not position:
            return base
        operands = (base, integer(position, 64, pointer.at))
        return self.text.write("getelementptr", "%element", PointerType(), operands, instruction.at, source=leaf)


def _numbers_at(slot: _Slot, start: int, kind: LlvmType) -> list[Operand] | None:
    """Return the numbers that a type means at some place in an alloca, or None where other ones stand there."""
    found = []
    for offset, leaf in placed_leaves(kind):
        number = slot.numbers.get(start + offset)
        if number is None or bits_of(number.type) != bits_of(leaf):
            return None
        found.append(number)
    return found


def _pointer_to(number: Operand) -> Operand:
    return Operand(PointerType(), number.value, number.at)
