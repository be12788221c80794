"""The CPU target: its vector width, its optimiser, and objects and assembly from LLVM text.

llvmlite is imported here and only when something is compiled: its import costs more than all the rest of Cobra. Text comes
from verified functions only, and is parsed and verified again by LLVM before any pass runs.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

from cobra.errors import CompilationFailed

_LLVM_LOCK = threading.RLock()


@dataclass(frozen=True, slots=True)
class Host:
    """The processor code is made for."""

    triple: str
    cpu: str
    features: str
    vector_bytes: int


@cache
def host() -> Host:
    """Return this machine's processor as LLVM sees it."""
    llvm = _llvm()
    features: dict[str, bool] = dict(llvm.get_host_cpu_features())
    flattened = ",".join(("+" if on else "-") + name for name, on in sorted(features.items()))
    return Host(llvm.get_process_triple(), llvm.get_host_cpu_name(), flattened, _vector_bytes(features))


def _vector_bytes(features: dict[str, bool]) -> int:
    if features.get("avx512f") and features.get("avx512vl"):
        return 64
    return 32 if features.get("avx") else 16


@cache
def _llvm() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def _machine() -> Any:
    target = host()
    return _llvm().Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=3, reloc="pic", codemodel="small"
    )


_QUICK_PASSES = (
    "sroa_pass", "instruction_combine_pass", "simplify_cfg_pass", "new_gvn_pass", "instruction_combine_pass",
    "dead_code_elimination_pass", "simplify_cfg_pass",
)  # fmt: skip
"""All that vector code of our own making needs; LLVM's whole pipeline takes ten times as long on it and gains nothing."""


def _optimised(text: str, quick: bool) -> Any:
    llvm, machine = _llvm(), _machine()
    try:
        module = llvm.parse_assembly(text)
        module.verify()
    except RuntimeError as error:
        raise CompilationFailed(f"the back end made invalid code: {error}", hint="Please report this with the kernel.") from None
    module.triple, module.data_layout = host().triple, str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.loop_interleaving = options.slp_vectorization = options.loop_unrolling = True
    passes = llvm.create_pass_builder(machine, options)
    if quick:
        manager = llvm.create_new_function_pass_manager()
        for name in _QUICK_PASSES:
            getattr(manager, f"add_{name}")()
        for function in module.functions:
            if not function.is_declaration:
                manager.run(function, passes)
    else:
        passes.getModulePassManager().run(module, passes)
    return module


def compile_object(text: str, *, quick: bool) -> bytes:
    """Return the relocatable object of LLVM text; `quick` leaves out the passes that only loops inside a kernel need."""
    with _LLVM_LOCK:
        emitted: bytes = _machine().emit_object(_optimised(text, quick))
    return emitted


def compile_assembly(text: str, *, quick: bool) -> str:
    """Return the optimised assembly of LLVM text."""
    with _LLVM_LOCK:
        emitted: str = _machine().emit_assembly(_optimised(text, quick))
    return emitted


def optimise_text(text: str, *, quick: bool) -> str:
    """Return LLVM text after all passes."""
    with _LLVM_LOCK:
        return str(_optimised(text, quick))
