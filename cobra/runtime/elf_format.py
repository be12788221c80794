"""Read ELF relocatable objects: bytes in, sections and symbols out, every offset checked.

Knows the file format only, not what a machine does with it: the loader of `cobra.runtime.elf` works on the result, and the
fallback through llvmlite asks it which functions an object offers and needs. Anything out of bounds is a `LoadError`.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from cobra.runtime.errors import LoadError

MACHINE_X86_64 = 62

PROGBITS, SYMTAB, RELA, NOBITS, NOTE, REL = 1, 2, 4, 8, 7, 9
UNWIND_X86_64 = 0x70000001
WRITE, ALLOCATE, EXECUTE = 1, 2, 4

UNDEFINED = 0
FUNCTION, SECTION = 2, 3

_IDENTITY = b"\x7fELF\x02\x01\x01"
_RELOCATABLE = 1
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")


class Section(NamedTuple):
    """One section: `offset` and `size` lie inside the file unless it is NOBITS."""

    name: str
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int


class Symbol(NamedTuple):
    """One symbol: `section` is an index, UNDEFINED for an outside name, or a reserved number of the format."""

    name: str
    kind: int
    exported: bool
    section: int
    value: int
    size: int


class ObjectFile(NamedTuple):
    """A parsed object."""

    data: bytes
    machine: int
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]

    @property
    def functions(self) -> tuple[str, ...]:
        """Return the names of the functions it offers."""
        return tuple(s.name for s in self.symbols if s.exported and s.kind == FUNCTION and s.section != UNDEFINED)

    @property
    def needed(self) -> tuple[str, ...]:
        """Return the outside names it refers to."""
        return tuple(s.name for s in self.symbols if s.section == UNDEFINED and s.name)


def parse_object(data: bytes) -> ObjectFile:
    """Parse a 64-bit little-endian relocatable object."""
    try:
        return _parse(data)
    except (struct.error, ValueError, IndexError, OverflowError):
        raise LoadError("the object file is damaged") from None


def _parse(data: bytes) -> ObjectFile:
    kind, machine = struct.unpack_from("<HH", data, 16)
    if data[:7] != _IDENTITY or kind != _RELOCATABLE:
        raise LoadError("this is not a 64-bit little-endian relocatable ELF object")
    sections = _sections(data)
    tables = [section for section in sections if section.kind == SYMTAB]
    if len(tables) != 1:
        raise LoadError(f"an object has one symbol table, this one {len(tables)}")
    return ObjectFile(data, machine, sections, _symbols(data, tables[0], sections))


def _sections(data: bytes) -> tuple[Section, ...]:
    (table,) = struct.unpack_from("<Q", data, 40)
    entry, count, names = struct.unpack_from("<HHH", data, 58)
    if entry != _SECTION.size or not 0 < count < 0xFF00 or names >= count:
        raise LoadError("the object has no ordinary table of sections")
    raw = [_SECTION.unpack_from(data, table + entry * index) for index in range(count)]
    for _, kind, _, _, offset, size, *_ in raw:
        if kind != NOBITS and offset + size > len(data):
            raise LoadError("a section reaches beyond the end of the object")
    at, end = raw[names][4], raw[names][4] + raw[names][5]
    return tuple(Section(_text(data, at, end, r[0]), r[1], r[2], r[4], r[5], r[6], r[7], r[8]) for r in raw)


def _symbols(data: bytes, table: Section, sections: tuple[Section, ...]) -> tuple[Symbol, ...]:
    strings = sections[table.link]
    at, end = strings.offset, strings.offset + strings.size
    content = data[table.offset : table.offset + table.size]
    return tuple(
        # bindings above 0 are global and weak, visibilities 0 and 3 default and protected
        Symbol(_text(data, at, end, name), info & 15, info >> 4 in (1, 2) and other & 3 in (0, 3), section, value, size)
        for name, info, other, section, value, size in _SYMBOL.iter_unpack(content)
    )


def _text(data: bytes, start: int, end: int, offset: int) -> str:
    return data[start + offset : data.index(b"\0", start + offset, end)].decode() if offset else ""
