"""Cobra's own loader: what compiled code needs works, everything else is refused before it runs."""

from __future__ import annotations

import ctypes
import math
import random
import re
import struct
from pathlib import Path

import pytest
from native_objects import PROBE, PYTHON, WIDE_LOOP, emit

from cobra.runtime import loader
from cobra.runtime.errors import LoadError
from cobra.runtime.symbols import resolve

if not loader.OWN_LOADER:
    pytest.skip("Cobra's own loader is for x86-64 Linux", allow_module_level=True)

from cobra.runtime import elf, elf_format, executable_memory

I64, F64, POINTER = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p


def load(data: bytes) -> dict[str, int]:
    return {routine.name: routine.address for routine in elf.load(data, resolve)}


@pytest.fixture(scope="module")
def probe() -> dict[str, int]:
    return load(emit(PROBE))


def test_function_table_calls_inside_and_outside(probe: dict[str, int]) -> None:
    call = ctypes.CFUNCTYPE(F64, F64, I64)(probe["call_by_table"])
    for which, function in enumerate((lambda x: x + 1, lambda x: x * 3, math.sin)):
        assert call(0.7, which) == function(0.7) + math.cos(0.7)


def test_constants_are_copied_by_memcpy(probe: dict[str, int]) -> None:
    out = (F64 * 32)()
    ctypes.CFUNCTYPE(None, POINTER, I64)(probe["copy_constants"])(ctypes.addressof(out), 256)
    assert list(out) == [float(i * i) for i in range(32)]


def test_state_belongs_to_one_loading() -> None:
    first, second = load(emit(PROBE)), load(emit(PROBE))
    count = [ctypes.CFUNCTYPE(I64)(loaded["count_up"]) for loaded in (first, second)]
    assert [count[0](), count[0](), count[1]()] == [41, 42, 41]


def test_jump_table(probe: dict[str, int]) -> None:
    jump = ctypes.CFUNCTYPE(I64, I64, I64)(probe["jump"])
    assert [jump(which, 100) for which in range(6)] == [33, 700, 100 ^ 55, 100 << 13, 15, -1]


def test_address_of_an_outside_function_is_the_real_one(probe: dict[str, int]) -> None:
    assert ctypes.CFUNCTYPE(POINTER)(probe["address_of_sin"])() == resolve("sin")


def test_python_exception_through_a_data_symbol() -> None:
    fail = ctypes.PYFUNCTYPE(I64)(load(emit(PYTHON))["fail"])
    with pytest.raises(ValueError, match="bad"):
        fail()


@pytest.mark.parametrize("n", [0, 1, 7, 8, 1003])
def test_wide_loop(n: int) -> None:
    polynomial = ctypes.CFUNCTYPE(None, POINTER, POINTER, I64)(load(emit(WIDE_LOOP, optimise=True))["polynomial"])
    x, y = (F64 * (n + 1))(*(i / 100 - 5 for i in range(n + 1))), (F64 * (n + 1))()
    polynomial(ctypes.addressof(x), ctypes.addressof(y), n)
    assert list(y)[:n] == [(v * 1.2 + -0.7) * v + 2.1 for v in list(x)[:n]]
    assert y[n] == 0


def test_half_precision_routines() -> None:
    declarations = "declare float @__extendhfsf2(half)\ndeclare half @__truncsfhf2(float)\n"
    text = (
        declarations
        + """define float @round_to_half(float %x) nounwind {
      %h = call half @__truncsfhf2(float %x)
      %r = call float @__extendhfsf2(half %h)
      ret float %r }"""
    )
    round_to_half = ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_float)(load(emit(text))["round_to_half"])
    assert round_to_half(0.1) == struct.unpack("<e", struct.pack("<e", 0.1))[0]


def pages() -> list[tuple[int, int, str]]:
    found = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) (....)", Path("/proc/self/maps").read_text(), re.MULTILINE)
    return [(int(start, 16), int(end, 16), mode) for start, end, mode in found]


def mode_at(address: int) -> str:
    return next(mode for start, end, mode in pages() if start <= address < end)


def test_pages_are_never_writable_and_executable(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    protect = executable_memory.protect

    def spy(address: int, size: int, mode: int) -> None:
        seen.append(mode_at(address))
        protect(address, size, mode)
        seen.append(mode_at(address))

    monkeypatch.setattr(executable_memory, "protect", spy)
    before = {(start, end) for start, end, mode in pages() if mode.startswith("rwx")}  # libffi's own
    address = load(emit(PROBE))["jump"]
    assert seen == ["rw-p", "r-xp", "rw-p", "r--p"]
    assert mode_at(address) == "r-xp"
    assert {(start, end) for start, end, mode in pages() if mode.startswith("rwx")} == before


def test_slots_and_constants_are_read_only_afterwards() -> None:
    base = load(emit(PROBE))["call_by_table"] & -executable_memory.PAGE
    modes = [mode_at(base + page * executable_memory.PAGE) for page in range(3)]
    assert modes == ["r-xp", "r--p", "rw-p"]


def test_symbols_of_inner_functions_are_not_exported() -> None:
    routines = {routine.name: routine for routine in elf.load(emit(PROBE), resolve)}
    assert not routines["one"].exported and routines["jump"].exported and routines["jump"].size > 0


REFUSED = {
    "function": "declare i32 @system(ptr)\ndefine i32 @f(ptr %x) {\n %r = call i32 @system(ptr %x)\n ret i32 %r }",
    "address": "declare i32 @system(ptr)\ndefine ptr @f() {\n ret ptr @system }",
    "table of addresses": "declare i32 @system(ptr)\n@t = constant ptr @system\ndefine ptr @f() {\n ret ptr @t }",
    "variable": "@environ = external global ptr\ndefine ptr @f() {\n %r = load ptr, ptr @environ\n ret ptr %r }",
    "thread-local": "@t = thread_local global i32 1\ndefine i32 @f() {\n %r = load i32, ptr @t\n ret i32 %r }",
    "common": "@c = common global i64 0\ndefine i64 @f() {\n %r = load i64, ptr @c\n ret i64 %r }",
    "constructor": "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } "
    "{ i32 1, ptr @f, ptr null }]\ndefine void @f() {\n ret void }",
    "indirect function": "@i = ifunc void (), ptr @f\ndefine ptr @f() {\n ret ptr @i }",
    "direct address of an outside variable": "@PyExc_ValueError = external dso_local global ptr\n"
    "define ptr @f() {\n %r = load ptr, ptr @PyExc_ValueError\n ret ptr %r }",
    "great alignment": "@a = global i64 1, align 8192\ndefine ptr @f() {\n ret ptr @a }",
    "more than a gigabyte": "@a = global [2000000000 x i8] zeroinitializer\ndefine ptr @f() {\n ret ptr @a }",
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case: str) -> None:
    with pytest.raises(LoadError):
        load(emit(REFUSED[case]))


@pytest.mark.parametrize(("reloc", "codemodel"), [("static", "small"), ("pic", "large"), ("static", "large")])
def test_refuses_other_code_models_unless_they_need_nothing_unknown(reloc: str, codemodel: str) -> None:
    with pytest.raises(LoadError, match=r"relocation type|kind that kernels"):
        load(emit(PROBE, reloc=reloc, codemodel=codemodel))


def test_refuses_an_object_for_another_machine() -> None:
    data = bytearray(emit(PROBE))
    data[18:20] = (183).to_bytes(2, "little")
    with pytest.raises(LoadError, match="machine 183"):
        load(bytes(data))


def test_refuses_writable_code() -> None:
    data = bytearray(emit(WIDE_LOOP))
    (table,) = struct.unpack_from("<Q", data, 40)
    index = [s.name for s in elf_format.parse_object(bytes(data)).sections].index(".text")
    struct.pack_into("<Q", data, table + 64 * index + 8, 7)
    with pytest.raises(LoadError, match="writable and executable"):
        load(bytes(data))


def test_damage_never_gets_further_than_an_error() -> None:
    data, generator = emit(PROBE), random.Random(2)
    outcomes = {"loaded": 0, "refused": 0}
    for _ in range(600):
        damaged = bytearray(data)
        damaged[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        try:
            elf.load(bytes(damaged), resolve)
        except LoadError:
            outcomes["refused"] += 1
        else:
            outcomes["loaded"] += 1
    assert outcomes["refused"] > 50 and outcomes["loaded"] > 50


def test_memory_is_given_back_when_loading_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[int] = []
    monkeypatch.setattr(executable_memory, "release", lambda at, size: freed.append(at))
    monkeypatch.setattr(executable_memory, "protect", lambda *_: (_ for _ in ()).throw(LoadError("no executable memory")))
    with pytest.raises(LoadError, match="no executable memory"):
        load(emit(PROBE))
    assert len(freed) == 1
