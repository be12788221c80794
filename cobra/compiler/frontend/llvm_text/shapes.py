"""Vectors, structures and arrays as rows of numbers: which they are, in what order, and where each stands in memory.

A type is *settled* when no names are left in it. Of a settled type `leaves` are the numbers (and pointers) it consists of,
in order; an aggregate or vector value is a row of as many single ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn, TypeAlias

from cobra import compounds
from cobra.compiler.frontend.llvm_text.types import (
    FloatType,
    IntegerType,
    LlvmType,
    NamedType,
    SequenceType,
    StructType,
    VectorType,
    text_type,
)  # fmt: skip
from cobra.types import ScalarType, complex64, complex128, float32, float64

CompoundKind: TypeAlias = VectorType | SequenceType | StructType
COMPOUNDS = (VectorType, SequenceType, StructType)
MOST_LEAVES = 4096
"""More numbers than this in one value are refused: everything here takes them one by one."""

_COMPLEX_PARTS = {complex64: float32, complex128: float64}
_POINTER_BYTES = 8
_FLOAT_BYTES = {"half": 2, "bfloat": 2, "float": 4, "double": 8, "x86_fp80": 16, "fp128": 16, "ppc_fp128": 16}

Refuse: TypeAlias = Callable[[str], NoReturn]


def settled(kind: LlvmType, named: Mapping[str, LlvmType], refuse: Refuse) -> LlvmType:
    """Return a type with all names in it replaced by what they stand for; a name nobody defined stays.

    `refuse` is called with what is wrong for a type that contains itself or too many numbers.
    """
    return _Settling(named, refuse).settle(kind)[0]


class _Settling:
    """Sizes are known before types are put together: a page of text can name a type of 2**1000 numbers."""

    def __init__(self, named: Mapping[str, LlvmType], refuse: Refuse) -> None:
        self.named, self.refuse = named, refuse
        self.known: dict[str, tuple[LlvmType, int]] = {}
        self.open: set[str] = set()

    def settle(self, kind: LlvmType) -> tuple[LlvmType, int]:
        if isinstance(kind, NamedType):
            return self.of_name(kind)
        if isinstance(kind, StructType):
            fields = [self.settle(field) for field in kind.fields]
            return StructType(tuple(field for field, _ in fields), kind.packed), self.checked(sum(size for _, size in fields))
        if isinstance(kind, SequenceType):
            element, size = self.settle(kind.element)
            return SequenceType(kind.count, element), self.checked(kind.count * max(size, 1))
        if isinstance(kind, VectorType):
            element, size = self.settle(kind.element)
            if kind.scalable:
                self.refuse(f"a vector of unknown length, {kind}, is not understood")
            if isinstance(element, COMPOUNDS):
                self.refuse(f"a vector is made of numbers, not of {element}")
            return VectorType(kind.count, element), self.checked(kind.count * size)
        return kind, 1

    def of_name(self, kind: NamedType) -> tuple[LlvmType, int]:
        if kind.name not in self.named:
            return kind, 1
        if kind.name in self.open:
            self.refuse(f"the type {kind} contains itself")
        if kind.name not in self.known:
            self.open.add(kind.name)
            self.known[kind.name] = self.settle(self.named[kind.name])
            self.open.remove(kind.name)
        return self.known[kind.name]

    def checked(self, size: int) -> int:
        if size > MOST_LEAVES:
            self.refuse(f"a value of more than {MOST_LEAVES} numbers is not understood")
        return max(size, 1)


# -- parts


def parts(kind: CompoundKind) -> tuple[LlvmType, ...]:
    """Return the types of what a settled type directly consists of."""
    return kind.fields if isinstance(kind, StructType) else (kind.element,) * kind.count


def leaf_count(kind: LlvmType) -> int:
    """Return how many leaves a settled type has."""
    if isinstance(kind, StructType):
        return sum(leaf_count(field) for field in kind.fields)
    if isinstance(kind, COMPOUNDS):
        return kind.count * leaf_count(kind.element)
    return 1


def leaves(kind: LlvmType) -> tuple[LlvmType, ...]:
    """Return the types of the leaves of a settled type, in order."""
    if isinstance(kind, COMPOUNDS):
        return tuple(chain.from_iterable(map(leaves, parts(kind))))
    return (kind,)


def part(kind: CompoundKind, index: int) -> tuple[int, LlvmType]:
    """Return the number of the first leaf of a part, and the part's type."""
    every = parts(kind)
    if isinstance(kind, StructType):
        return sum(leaf_count(field) for field in every[:index]), every[index]
    return index * leaf_count(kind.element), kind.element


# -- memory


@dataclass(frozen=True, slots=True)
class Extent:
    """How many bytes a value takes, spacing included, and on what multiple it starts."""

    size: int
    alignment: int


def extent(kind: LlvmType) -> Extent:
    """Return the room of a settled type in memory, as LLVM lays it out for 64-bit machines."""
    if isinstance(kind, StructType):
        fields = [extent(field) for field in kind.fields]
        alignment = 1 if kind.packed else max([1, *(field.alignment for field in fields)])
        return Extent(_rounded(_end_of_fields(fields, kind.packed), alignment), alignment)
    if isinstance(kind, SequenceType):
        element = extent(kind.element)
        return Extent(kind.count * element.size, element.alignment)
    if isinstance(kind, VectorType):
        size = _power_of_two(kind.count * extent(kind.element).size)
        return Extent(size, size)
    size = _number_bytes(kind)
    return Extent(size, min(size, 16))


def placed_leaves(kind: LlvmType, start: int = 0) -> Iterator[tuple[int, LlvmType]]:
    """Yield the leaves of a settled type, each with the bytes before it."""
    if isinstance(kind, StructType):
        for offset, field in zip(field_offsets(kind), kind.fields, strict=True):
            yield from placed_leaves(field, start + offset)
    elif isinstance(kind, COMPOUNDS):
        step = extent(kind.element).size
        for index in range(kind.count):
            yield from placed_leaves(kind.element, start + index * step)
    else:
        yield start, kind


def field_offsets(kind: StructType) -> list[int]:
    """Return the bytes before each field of a structure."""
    found, end = [], 0
    for each in map(extent, kind.fields):
        found.append(end if kind.packed else _rounded(end, each.alignment))
        end = found[-1] + each.size
    return found


def _end_of_fields(fields: list[Extent], packed: bool) -> int:
    end = 0
    for each in fields:
        end = (end if packed else _rounded(end, each.alignment)) + each.size
    return end


def _rounded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _power_of_two(size: int) -> int:
    return 1 << max(size - 1, 0).bit_length()


def _number_bytes(kind: LlvmType) -> int:
    if isinstance(kind, IntegerType):
        return _power_of_two(-(-kind.bits // 8))
    return _FLOAT_BYTES[kind.name] if isinstance(kind, FloatType) else _POINTER_BYTES


# -- Python's compounds


def type_in_text(kind: compounds.FieldType) -> LlvmType | None:
    """Return the type that a scalar or compound of Python has in a text; a complex number is a structure of its two parts."""
    if isinstance(kind, ScalarType):
        part_type = _COMPLEX_PARTS.get(kind)
        plain = text_type(kind if part_type is None else part_type)
        return plain if part_type is None or plain is None else StructType((plain, plain))
    inside = [type_in_text(each) for each in compounds.parts(kind)]
    known = [each for each in inside if each is not None]
    if len(known) < len(inside):
        return None
    if isinstance(kind, compounds.VectorType):
        return VectorType(kind.length, known[0])
    return SequenceType(kind.length, known[0]) if isinstance(kind, compounds.FixedArrayType) else StructType(tuple(known))


def is_compound(kind: LlvmType) -> bool:
    """Tell whether values of a settled type are rows of numbers."""
    return isinstance(kind, COMPOUNDS)


def bits_of(kind: LlvmType) -> int | None:
    """Return the bits of a number type, or None for anything else."""
    if isinstance(kind, IntegerType):
        return kind.bits
    return {"half": 16, "float": 32, "double": 64}.get(kind.name) if isinstance(kind, FloatType) else None
