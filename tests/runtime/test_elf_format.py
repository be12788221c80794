"""Reading object files: what is there is found, what is damaged is refused."""

from __future__ import annotations

import random

import llvmlite.binding as llvm
import pytest
from native_objects import PROBE, emit

from cobra.runtime import elf_format
from cobra.runtime.errors import LoadError


def test_finds_functions_and_needs() -> None:
    obj = elf_format.parse_object(emit(PROBE))
    assert set(obj.functions) == {"call_by_table", "copy_constants", "count_up", "address_of_sin", "jump"}
    assert set(obj.needed) == {"sin", "cos", "memcpy"}
    assert ".text" in {section.name for section in obj.sections}


def test_every_truncation_is_refused() -> None:
    data = emit(PROBE)
    for length in range(0, len(data), 7):
        with pytest.raises(LoadError):
            elf_format.parse_object(data[:length])


def test_random_damage_is_refused_or_read() -> None:
    data, generator = emit(PROBE), random.Random(1)
    refused = 0
    for _ in range(2000):
        damaged = bytearray(data)
        for _ in range(generator.randrange(1, 4)):
            damaged[generator.randrange(len(data))] = generator.randrange(256)
        try:
            elf_format.parse_object(bytes(damaged))
        except LoadError:
            refused += 1
    assert refused > 0


@pytest.mark.parametrize("triple", ["x86_64-pc-windows-msvc", "x86_64-apple-darwin", "i686-pc-linux-gnu"])
def test_other_formats_are_refused(triple: str) -> None:
    machine = llvm.Target.from_triple(triple).create_target_machine()
    module = llvm.parse_assembly("define void @f() { ret void }")
    module.triple, module.data_layout = triple, str(machine.target_data)
    with pytest.raises(LoadError):
        elf_format.parse_object(machine.emit_object(module))


@pytest.mark.parametrize("data", [b"", b"\x7fELF", bytes(64), b"\x7fELF\x02\x01\x01".ljust(64, b"\0"), b"x" * 1000])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(LoadError):
        elf_format.parse_object(data)
