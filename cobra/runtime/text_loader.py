"""Native functions from LLVM text written by Cobra's own runtime.

In: the text of a module that we wrote and tested (LLVM ends the process on bad text, so nothing of a user may come here).
Out: the addresses of its functions, which live for ever. The object is cached on disk under its text, machine and tools,
so that only the first process on a host imports llvmlite.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from cobra.cache import disk, keys
from cobra.runtime.loader import load_object

_loaded: dict[str, dict[str, int]] = {}


def load_text(text: str) -> dict[str, int]:
    """Return the address of each function a module defines."""
    return _load(text, lambda: text)


def load_own(name: str, make: Callable[[], str], *, inline: bool = False) -> dict[str, int]:
    """Return the address of each function of a module that goes by a name and differs between versions of Cobra only.

    Its text is made where no object of it is stored; making a long text takes longer than loading its object. Small functions
    in it are put where they are called if `inline` says so.
    """
    return _load(name, make, inline)


def load_stored(name: str) -> bool:
    """Load a module that goes by a name if an object of it is stored, and tell whether it was."""
    stored = _stored(_key(name))
    if stored is not None:
        _loaded.setdefault(name, load_object(stored))
    return stored is not None


def _load(content: str, make: Callable[[], str], inline: bool = False) -> dict[str, int]:
    functions = _loaded.get(content)
    # without a lock, which a fork could copy while it is held: two threads at worst load the same code twice
    return _loaded.setdefault(content, load_object(_object_of(content, make, inline))) if functions is None else functions


def _object_of(content: str, make: Callable[[], str], inline: bool) -> bytes:
    key = _key(content)
    stored = _stored(key)
    if stored is not None:
        return stored
    made = _assemble(make(), inline)
    cache = disk.default()
    if cache is not None:
        cache.write(key, made)
    return made


def _key(content: str) -> str:
    return keys.digest("runtime text", content, keys.host_identity(), keys.toolchain_identity())


def _stored(key: str) -> bytes | None:
    cache = disk.default()
    return cache.read(key) if cache is not None else None


def _assemble(text: str, inline: bool) -> bytes:
    import llvmlite.binding as llvm  # costs 0.1 s, so only when the cache has nothing

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    triple = llvm.get_default_triple() + ("" if sys.platform == "linux" else "-elf")  # the loader reads ELF everywhere
    machine = llvm.Target.from_triple(triple).create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2, reloc="pic", codemodel="small"
    )
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    if inline:
        builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
        builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def text_constant(name: str, value: str) -> str:
    """Return the definition of a private constant holding a C string."""
    content = value.encode() + b"\0"
    escaped = "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:02X}" for byte in content)
    return f'@{name} = private unnamed_addr constant [{len(content)} x i8] c"{escaped}"'
