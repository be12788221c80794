"""Turn object code into callable addresses, for ever: Cobra's own loader on x86-64 Linux, llvmlite's elsewhere.

Both take ELF objects, so on other systems too the compiler must emit ELF (LLVM's loader reads it everywhere), and both
let an object use the names of `cobra.runtime.symbols` only. Loaded code is never unmapped: ufuncs and threads keep pointers.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

from cobra import config
from cobra.runtime.elf_format import parse_object
from cobra.runtime.symbols import resolve

OWN_LOADER = sys.platform == "linux" and os.uname().machine == "x86_64" and sys.maxsize > 1 << 32
"""Whether Cobra's own loader serves this machine."""

if OWN_LOADER:
    from cobra.runtime import elf  # not where it is used: that is in the first call of a kernel, which shall not wait for it

_engines: list[Any] = []


def load_object(data: bytes) -> dict[str, int]:
    """Load an object file and return the addresses of the functions it exports."""
    settings = config.current()
    if not OWN_LOADER or settings.loader == "llvmlite":
        return _load_with_llvmlite(data)
    routines = elf.load(data, resolve)
    if settings.perf_map:
        from cobra.runtime.perf_map import describe

        describe(routines)
    return {routine.name: routine.address for routine in routines if routine.exported}


def _load_with_llvmlite(data: bytes) -> dict[str, int]:
    import llvmlite.binding as llvm

    obj = parse_object(data)
    # LLVM ends the process over a name it cannot find
    for name in obj.needed:
        llvm.add_symbol(name, resolve(name))
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(data))
    engine.finalize_object()
    _keep_for_ever(engine)
    return {name: engine.get_function_address(name) for name in obj.functions}


def _keep_for_ever(engine: Any) -> None:
    _engines.append(engine)
    # one reference more than the list's: module globals die with the interpreter, under the feet of daemon threads
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
