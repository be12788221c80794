"""Load x86-64 ELF relocatable objects in pure Python, without llvmlite, whose import alone costs 30 to 100 ms.

Takes what ``TargetMachine(reloc="pic", codemodel="small").emit_object`` makes and a resolver of outside names; gives the
addresses of its functions. One mapping holds three groups of pages::

    code and stubs (r-x) | constants and slots (r--) | variables (rw-)

A slot is a word holding the address of an outside function or variable; a stub is a jump through a slot, so that 32-bit
relative calls always reach. Everything is checked: what this module does not know for certain is a `LoadError`, because a
wrong relocation shows only as a crash far from here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from cobra.runtime import elf_format as elf
from cobra.runtime import executable_memory as memory
from cobra.runtime.elf_format import ObjectFile, Section
from cobra.runtime.errors import LoadError

_NONE, _ABSOLUTE_64, _RELATIVE_32, _CALL_32 = 0, 1, 2, 4
_SLOT_32 = frozenset((9, 41, 42, 43))  # GOTPCREL and its relaxable forms; relaxing is never required
_WIDTHS = dict.fromkeys((_RELATIVE_32, _CALL_32, *_SLOT_32), 4) | {_ABSOLUTE_64: 8}

_SECTION_FLAGS = 0x277  # write, allocate, execute, merge, strings, info link, group
_HOOKS = (".ctors", ".dtors", ".init", ".fini")  # code to be run on loading, which nobody here would run
_STUB_SIZE, _SLOT_SIZE = 16, 8
_LARGEST = 1 << 30

Resolver = Callable[[str], int]


class Routine(NamedTuple):
    """A function in memory."""

    name: str
    address: int
    size: int
    exported: bool


class _Relocation(NamedTuple):
    section: int
    offset: int
    kind: int
    symbol: int
    addend: int


class _Layout(NamedTuple):
    """Offsets from the start of the image: of sections by index, of stubs and slots by symbol, and of the page groups."""

    places: dict[int, int]
    stubs: dict[int, int]
    slots: dict[int, int]
    constants: int
    variables: int
    size: int


def load(data: bytes, resolve: Resolver) -> tuple[Routine, ...]:
    """Map an object into memory for ever and return its functions.

    `resolve` gives the address of an outside name and raises `LoadError` for one that is not allowed.
    """
    obj = elf.parse_object(data)
    if obj.machine != elf.MACHINE_X86_64:
        raise LoadError(f"the object is for machine {obj.machine}, not for x86-64")
    groups = _page_groups(obj)
    relocations = _relocations(obj, frozenset().union(*groups))
    outside = _outside(obj, relocations, resolve)
    layout = _lay_out(obj, groups, relocations)
    base = memory.allocate(layout.size)
    try:
        memory.write(base, _Linker(obj, layout, outside, base).link(relocations))
        memory.protect(base, layout.constants, memory.READ_EXECUTE)
        memory.protect(base + layout.constants, layout.variables - layout.constants, memory.READ)
    except BaseException:
        memory.release(base, layout.size)
        raise
    return _routines(obj, layout, base)


def _page_groups(obj: ObjectFile) -> tuple[list[int], list[int], list[int]]:
    code: list[int] = []
    constants: list[int] = []
    variables: list[int] = []
    for index, section in enumerate(obj.sections):
        if not _is_loaded(section):
            continue
        if section.flags & elf.EXECUTE:
            code.append(index)
        # the name promises that only the loader writes to it
        elif section.flags & elf.WRITE and not section.name.startswith(".data.rel.ro"):
            variables.append(index)
        else:
            constants.append(index)
    return code, constants, variables


def _is_loaded(section: Section) -> bool:
    if not section.flags & elf.ALLOCATE or not section.size:
        return False
    # kernels never unwind, and a thread that ends inside one stops cleanly at a frame without a table
    if section.name == ".eh_frame" or section.kind in (elf.UNWIND_X86_64, elf.NOTE):
        return False
    if section.kind not in (elf.PROGBITS, elf.NOBITS) or section.flags & ~_SECTION_FLAGS or section.name.startswith(_HOOKS):
        raise LoadError(f"section {section.name!r} is of a kind that kernels do not have")
    if section.flags & elf.WRITE and section.flags & elf.EXECUTE:
        raise LoadError(f"section {section.name!r} wants to be writable and executable")
    if section.alignment & (section.alignment - 1) or section.alignment > memory.PAGE:
        raise LoadError(f"section {section.name!r} wants an alignment of {section.alignment}")
    return True


def _relocations(obj: ObjectFile, loaded: frozenset[int]) -> list[_Relocation]:
    found: list[_Relocation] = []
    for section in obj.sections:
        if section.kind == elf.REL and section.info in loaded:
            raise LoadError("relocations without addend are not of x86-64")
        if section.kind == elf.RELA and section.info in loaded:
            found.extend(_relocations_of(obj, section))
    return found


def _relocations_of(obj: ObjectFile, table: Section) -> list[_Relocation]:
    if table.size % 24 or table.link >= len(obj.sections) or obj.sections[table.link].kind != elf.SYMTAB:
        raise LoadError(f"section {table.name!r} is damaged")
    limit = obj.sections[table.info].size
    found: list[_Relocation] = []
    for offset, kind, symbol, addend in struct.iter_unpack("<QIIq", obj.data[table.offset : table.offset + table.size]):
        if kind == _NONE:
            continue
        if kind not in _WIDTHS:
            raise LoadError(f"relocation type {kind} is not one of position-independent small code")
        if offset + _WIDTHS[kind] > limit or symbol >= len(obj.symbols):
            raise LoadError(f"section {table.name!r} is damaged")
        found.append(_Relocation(table.info, offset, kind, symbol, addend))
    return found


def _outside(obj: ObjectFile, relocations: list[_Relocation], resolve: Resolver) -> dict[int, int]:
    addresses: dict[int, int] = {}
    for relocation in relocations:
        index = relocation.symbol
        symbol = obj.symbols[index]
        if symbol.section != elf.UNDEFINED:
            continue
        if relocation.kind == _RELATIVE_32:
            raise LoadError(f"{symbol.name!r} lies outside the object but is addressed as if it were inside")
        if index not in addresses:
            addresses[index] = resolve(symbol.name)
    return addresses


def _lay_out(obj: ObjectFile, groups: tuple[list[int], list[int], list[int]], relocations: list[_Relocation]) -> _Layout:
    called = {r.symbol for r in relocations if r.kind == _CALL_32 and obj.symbols[r.symbol].section == elf.UNDEFINED}
    through_slot = called | {r.symbol for r in relocations if r.kind in _SLOT_32}
    code, constants, variables = groups
    places: dict[int, int] = {}
    at = _align(_place(obj, code, 0, places), _STUB_SIZE)
    stubs = {symbol: at + _STUB_SIZE * i for i, symbol in enumerate(sorted(called))}
    first_constant = _align(at + _STUB_SIZE * len(stubs), memory.PAGE)
    at = _align(_place(obj, constants, first_constant, places), _SLOT_SIZE)
    slots = {symbol: at + _SLOT_SIZE * i for i, symbol in enumerate(sorted(through_slot))}
    first_variable = _align(at + _SLOT_SIZE * len(slots), memory.PAGE)
    size = _align(_place(obj, variables, first_variable, places), memory.PAGE)
    if not 0 < size <= _LARGEST:
        raise LoadError(f"an object of {size} bytes in memory cannot be loaded")
    return _Layout(places, stubs, slots, first_constant, first_variable, size)


def _place(obj: ObjectFile, group: list[int], at: int, places: dict[int, int]) -> int:
    for index in group:
        section = obj.sections[index]
        places[index] = _align(at, section.alignment or 1)
        at = places[index] + section.size
    return at


def _align(at: int, alignment: int) -> int:
    return -(-at // alignment) * alignment


class _Linker:
    """Writes the image of an object that is going to lie at `base`."""

    def __init__(self, obj: ObjectFile, layout: _Layout, outside: dict[int, int], base: int) -> None:
        self.obj, self.layout, self.outside, self.base = obj, layout, outside, base
        self.image = bytearray(layout.size)

    def link(self, relocations: list[_Relocation]) -> bytearray:
        self.copy_sections()
        for symbol, at in self.layout.slots.items():
            struct.pack_into("<Q", self.image, at, self.address(symbol))
        for symbol, at in self.layout.stubs.items():
            jump_through_slot = b"\xff\x25" + struct.pack("<i", self.layout.slots[symbol] - (at + 6))
            self.image[at : at + _STUB_SIZE] = jump_through_slot.ljust(_STUB_SIZE, b"\xcc")
        for relocation in relocations:
            self.relocate(relocation)
        return self.image

    def copy_sections(self) -> None:
        for index, at in self.layout.places.items():
            section = self.obj.sections[index]
            if section.kind != elf.NOBITS:
                self.image[at : at + section.size] = self.obj.data[section.offset : section.offset + section.size]

    def relocate(self, relocation: _Relocation) -> None:
        section, offset, kind, symbol, addend = relocation
        at = self.layout.places[section] + offset
        if kind == _ABSOLUTE_64:
            struct.pack_into("<Q", self.image, at, (self.address(symbol) + addend) & (2**64 - 1))
            return
        distance = self.near(kind, symbol) + addend - at
        if not -(1 << 31) <= distance < 1 << 31:
            raise LoadError(f"{self.obj.symbols[symbol].name!r} is out of reach")
        struct.pack_into("<i", self.image, at, distance)

    def near(self, kind: int, symbol: int) -> int:
        if kind in _SLOT_32:
            return self.layout.slots[symbol]
        return self.layout.stubs[symbol] if symbol in self.outside else _offset(self.obj, self.layout, symbol)

    def address(self, symbol: int) -> int:
        return self.outside[symbol] if symbol in self.outside else self.base + _offset(self.obj, self.layout, symbol)


def _offset(obj: ObjectFile, layout: _Layout, index: int) -> int:
    symbol = obj.symbols[index]
    if symbol.section not in layout.places or symbol.kind > elf.SECTION or symbol.value > obj.sections[symbol.section].size:
        raise LoadError(f"symbol {symbol.name!r} does not lie in a loaded section")
    return layout.places[symbol.section] + symbol.value


def _routines(obj: ObjectFile, layout: _Layout, base: int) -> tuple[Routine, ...]:
    return tuple(
        Routine(symbol.name, base + _offset(obj, layout, index), symbol.size, symbol.exported)
        for index, symbol in enumerate(obj.symbols)
        if symbol.kind == elf.FUNCTION and symbol.section in layout.places
    )
