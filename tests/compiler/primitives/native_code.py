"""Run single primitives as native code: a harness for tests, around the production emitter.

One module holds one function per loop of a primitive; each walks over dense arrays. Besides the results it tells which
floating-point errors were raised and which Python exception was set.
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from cobra.compiler.codegen.cpu import host
from cobra.compiler.codegen.emitter import Failures, TextEmitter
from cobra.compiler.codegen.half_text import HALF_DECLARATIONS, HALF_FUNCTIONS
from cobra.compiler.codegen.lowering import Lowering, fits_lanes
from cobra.compiler.codegen.native_text import (
    NOTES,
    Operand,
    failure_exit,
    failure_functions,
    flag_storage,
    raise_collected,
    raising_functions,
)  # fmt: skip
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function, Primitive
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.transforms.expand import expand
from cobra.compiler.transforms.simplify import simplify
from cobra.compiler.transforms.split_complex import split_complex
from cobra.compiler.transforms.widen_half import widen_half
from cobra.types import ScalarType

Array = np.ndarray[Any, Any]
PASSES = (widen_half, expand, split_complex, simplify)
WIDE = host().machine.converts_wide

_FLAGS = {"invalid": 1, "divide": 4, "over": 8, "under": 16}
_LIBM = ctypes.CDLL("libm.so.6")


@dataclass(frozen=True)
class Kernel:
    """A function before all passes, with the types of its parameters and results."""

    function: Function
    inputs: tuple[ScalarType, ...]
    outputs: tuple[ScalarType, ...]


@dataclass(frozen=True)
class Outcome:
    """What a run gave: arrays and the names of the errors raised."""

    results: tuple[Array, ...]
    flags: frozenset[str]


def flags_raised(action: Callable[[], object]) -> frozenset[str]:
    """Return the floating-point errors that running native code raises."""
    _LIBM.feclearexcept(0x3F)
    action()
    raised = _LIBM.fetestexcept(0x3F)
    return frozenset(name for name, bit in _FLAGS.items() if raised & bit)


def kernel(types: Sequence[ScalarType], write: Callable[[Builder, tuple[Variable, ...]], Sequence[Value]]) -> Kernel:
    """Return the kernel that `write` appends to a builder."""
    build = Builder()
    parameters = tuple(Variable(kind, f"x{index}") for index, kind in enumerate(types))
    body = build.finish(write(build, parameters))
    outputs = tuple(value.type for value in body.results if isinstance(value.type, ScalarType))
    return Kernel(Function("case", parameters, body), tuple(types), outputs)


def single(primitive: Primitive, types: Sequence[ScalarType]) -> Kernel:
    """Return the kernel of one operation on parameters of the given types."""
    return kernel(types, lambda build, parameters: build.many(primitive, *parameters))


def lowered(function: Function) -> Function:
    """Return the function after all passes, each verified."""
    verify(function)
    for transform in PASSES:
        function = verify(transform(function))
    return function


class Module:
    """Native code of several kernels.

    Parameters
    ----------
    kernels
        What to compile; `run` names one by its index.
    strict
        Whether floating-point errors come out exactly.
    lanes
        Elements to compute at once where a kernel allows it, or None for scalar code.
    optimise
        Whether LLVM's passes run, which takes most of the time.
    """

    def __init__(
        self, kernels: Sequence[Kernel], *, strict: bool = True, lanes: int | None = None, optimise: bool = True
    ) -> None:
        self.kernels = kernels
        self.functions = [lowered(kernel.function) for kernel in kernels]
        self.lanes = [lanes if fits_lanes(function, wide=WIDE) else None for function in self.functions]
        failures, flags, declarations, text = Failures(), set(), set(), []
        for index, kernel in enumerate(kernels):
            emitter = TextEmitter(self.lanes[index], strict, failures)
            text.append(_loop(kernel, self.functions[index], emitter, f"case{index}"))
            flags.update(emitter.flags)
            declarations |= emitter.declarations
        if any("half" in piece for piece in text) and not _has_half_instructions():
            text.append(HALF_FUNCTIONS)
            declarations |= HALF_DECLARATIONS
        pieces = [*text, raising_functions(sorted(flags)), failure_functions(failures), *sorted(declarations), NOTES]
        self.text = "\n".join(pieces)
        self.engine = compile_text(self.text, optimise=optimise)

    def run(self, index: int, *arguments: Array) -> Outcome:
        """Run one kernel on arrays of equal length."""
        kernel, lanes = self.kernels[index], self.lanes[index]
        count = len(arguments[0])
        padded = -(-count // lanes) * lanes if lanes else count
        # Padding repeats the last element, so that it adds no error of its own.
        inputs = [np.concatenate([a, np.repeat(a[-1:], padded - count)]) for a in arguments]
        assert [array.dtype for array in inputs] == [kind.dtype for kind in kernel.inputs]
        results = [np.zeros(padded, kind.dtype) for kind in kernel.outputs]
        pointers = [array.ctypes.data for array in (*inputs, *results)]
        prototype = ctypes.PYFUNCTYPE(None, *[ctypes.c_void_p] * len(pointers), ctypes.c_int64)
        native = prototype(self.engine.get_function_address(f"case{index}"))
        flags = flags_raised(lambda: native(*pointers, padded))
        return Outcome(tuple(result[:count] for result in results), flags)


def _loop(kernel: Kernel, function: Function, emitter: TextEmitter, name: str) -> str:
    inputs = [Operand(index, kind) for index, kind in enumerate(kernel.inputs)]
    outputs = [Operand(len(inputs) + index, kind) for index, kind in enumerate(kernel.outputs)]
    operands = [*inputs, *outputs]
    emitter.jump("loop")
    emitter.start("loop")
    place = len(emitter.lines)
    for operand in operands:
        emitter.lines.append(f"  %o{operand.index} = mul i64 %i, {operand.size}")
        emitter.lines.append(f"  %q{operand.index} = getelementptr i8, ptr %p{operand.index}, i64 %o{operand.index}")
    values = [register for operand in inputs for register in operand.load(emitter, f"%q{operand.index}")]
    emitter.registers.update(zip(function.parameters, values, strict=True))
    results = iter(Lowering(emitter).region(function.body))
    for operand in outputs:
        operand.store(emitter, [next(results) for _ in range(operand.parts)], f"%q{operand.index}")
    emitter.lines.append(f"  %j = add i64 %i, {emitter.lanes or 1}\n  %more = icmp slt i64 %j, %n")
    emitter.lines[place:place] = [f"  %i = phi i64 [0, %entry], [%j, %{emitter.block}]"]
    emitter.branch("%more", "loop", "ended")
    emitter.start("ended")
    raise_collected(emitter)
    emitter.write("ret void")
    failure_exit(emitter)
    parameters = ", ".join(f"ptr %p{operand.index}" for operand in operands)
    head = f"define void @{name}({parameters}, i64 %n) nounwind{' strictfp' if emitter.strict else ''} {{"
    return "\n".join([head, "entry:", *flag_storage(emitter), *emitter.lines, "}"])


def _has_half_instructions() -> bool:
    features: dict[str, bool] = dict(llvm.get_host_cpu_features())
    return features.get("f16c", not platform.machine().lower().startswith(("x86", "amd64")))


@cache
def _target() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple())


def compile_text(text: str, *, optimise: bool = True) -> Any:
    """Return the engine that holds the code of LLVM text."""
    features = llvm.get_host_cpu_features().flatten()
    machine = _target().create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=2)
    module = llvm.parse_assembly(text)
    module.verify()
    if optimise:
        builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
        builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine
