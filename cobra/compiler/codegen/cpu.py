"""The CPU targets: vector width, its optimiser, and objects and assembly from LLVM text.

llvmlite is imported here and only when something is compiled: its import costs more than all the rest of Cobra. Text comes
from verified functions only, and is parsed and verified again by LLVM before any pass runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from cobra import config
from cobra.compiler.codegen.loop_parts import Machine
from cobra.errors import CompilationFailed
from cobra.runtime.compile_lock import COMPILING


@dataclass(frozen=True, slots=True)
class Processor:
    """A processor code is made for, by the names LLVM has for it and its features."""

    triple: str
    cpu: str
    features: str
    machine: Machine


@cache
def host() -> Processor:
    """Return this machine's processor as LLVM sees it."""
    llvm = _llvm()
    features: dict[str, bool] = dict(llvm.get_host_cpu_features())
    flattened = ",".join(("+" if on else "-") + name for name, on in sorted(features.items()))
    has = frozenset(name for name, on in features.items() if on)
    return Processor(llvm.get_process_triple(), llvm.get_host_cpu_name(), flattened, _machine_of(llvm.get_process_triple(), has))


def target() -> Processor:
    """Return the processor code is made for now: this machine's, or the one that `target_cpu` asks for."""
    name = config.current().target_cpu
    return host() if name is None else _named(name)


_LEVEL_3 = frozenset({"avx2", "f16c"})
_LEVEL_4 = _LEVEL_3 | {"avx512f", "avx512vl", "avx512bw", "avx512dq"}


@cache
def _named(name: str) -> Processor:
    triple = _llvm().get_process_triple()
    has = {"x86-64-v3": _LEVEL_3, "x86-64-v4": _LEVEL_4}.get(name, frozenset())
    return Processor(triple, name, "", _machine_of(triple, has))


def _machine_of(triple: str, has: frozenset[str]) -> Machine:
    if not triple.startswith("x86"):
        return Machine(16)
    if has >= _LEVEL_4:
        return Machine(64, masks_memory=True, has_mxcsr=True, permutes=64, converts_wide=True)
    wide = "avx2" in has
    width = 32 if wide else 16
    return Machine(width, converts_half="f16c" in has, shifts_by_lane=wide, has_mxcsr=True, permutes=32 if wide else 0)


@cache
def _llvm() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


_LONG_TEXT = 400_000
"""Characters, such as kernels have that join the places of vectors of hundreds."""


def _effort(text: str) -> int:
    """Return how hard LLVM shall try: scheduling once more after choosing registers takes half of the time where blocks are huge."""
    return 1 if len(text) > _LONG_TEXT else 3


@cache
def _machine(processor: Processor, effort: int = 3) -> Any:
    return (
        _llvm()
        .Target.from_triple(processor.triple)
        .create_target_machine(cpu=processor.cpu, features=processor.features, opt=effort, reloc="pic", codemodel="small")
    )


_QUICK_PASSES = ("sroa_pass", "simplify_cfg_pass")
"""All that straight code of our own making needs: choosing instructions folds and shares what is left, and the whole pipeline
takes ten times as long and gains nothing. Fewer passes also move fewer operations to where they raise other errors."""


def _optimised(text: str, quick: bool, processor: Processor) -> Any:
    llvm, machine = _llvm(), _machine(processor)
    try:
        module = llvm.parse_assembly(text)
        module.verify()
    except RuntimeError as error:
        raise CompilationFailed(f"the back end made invalid code: {error}", hint="Please report this with the kernel.") from None
    module.triple, module.data_layout = processor.triple, str(machine.target_data)
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


def compile_object(text: str, *, quick: bool, processor: Processor | None = None) -> bytes:
    """Return the relocatable object of LLVM text; `quick` leaves out the passes that only loops inside a kernel need."""
    chosen = processor or target()
    with COMPILING:
        emitted: bytes = _machine(chosen, _effort(text)).emit_object(_optimised(text, quick, chosen))
    return emitted


def compile_assembly(text: str, *, quick: bool, processor: Processor | None = None) -> str:
    """Return the optimised assembly of LLVM text."""
    chosen = processor or target()
    with COMPILING:
        emitted: str = _machine(chosen, _effort(text)).emit_assembly(_optimised(text, quick, chosen))
    return emitted


def optimise_text(text: str, *, quick: bool) -> str:
    """Return LLVM text after all passes."""
    with COMPILING:
        return str(_optimised(text, quick, target()))
