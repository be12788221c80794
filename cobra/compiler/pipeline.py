"""From a kernel's specification to native code: which loops it has, and the object of each.

The passes are functions from functions to functions, run in the order of `PASSES`. Nothing here touches disk or memory: caching and
loading are the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from cobra import config
from cobra.compiler.codegen import cpu
from cobra.compiler.codegen.compound_loops import function_of_place
from cobra.compiler.codegen.loop_form import LoopForm
from cobra.compiler.codegen.module import LoopModule, loop_module
from cobra.compiler.frontend.translate import Translation, translate_elementwise, translate_generalized
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.verify import verify
from cobra.compiler.loop_types import LoopTypes
from cobra.compiler.spec import KernelSpec, MathSource
from cobra.compiler.transforms.compare_lengths import compare_lengths
from cobra.compiler.transforms.define import define, define_missing
from cobra.compiler.transforms.expand import expand
from cobra.compiler.transforms.folding import folding_of
from cobra.compiler.transforms.simplify import simplify
from cobra.compiler.transforms.split_complex import split_complex
from cobra.compiler.transforms.widen_half import widen_half
from cobra.errors import CobraError, CompilationFailed, UnsupportedSyntax
from cobra.types import ArrayType

Pass: TypeAlias = Callable[[Function], Function]
PASSES: tuple[Pass, ...] = (
    simplify, compare_lengths, widen_half, define_missing, expand, widen_half, expand, define, split_complex, simplify,
)  # fmt: skip
"""What happens to every function before code is generated; the order matters."""


def _passes(math: MathSource, fast_math: bool) -> Iterator[Pass]:
    instead = define_missing if math == "libm" else define
    for transform in PASSES:
        if transform in (define, define_missing):
            yield partial(instead if transform is define else define_missing, fast=math == "fast", in_order=fast_math)
        else:
            yield transform


def translate(spec: KernelSpec, loop: LoopTypes, symbols: Sequence[str]) -> Translation:
    """Return the function of one loop, as the user wrote it; outputs of an elementwise loop may be left to inference."""
    try:
        return _translate(spec, loop, symbols)
    except RecursionError:
        raise _too_deep(spec) from None


def _translate(spec: KernelSpec, loop: LoopTypes, symbols: Sequence[str]) -> Translation:
    if symbols or any(isinstance(kind, ArrayType) for kind in loop.operands):
        return translate_generalized(spec, loop.inputs, loop.outputs, symbols, infer=loop.infer)
    return translate_elementwise(spec, loop.inputs, loop.outputs or None)


def run_passes(function: Function, *, math: MathSource = "library", fast_math: bool = False) -> Function:
    """Return the function after all passes, verified; while debugging, after each of them.

    `math` tells where elementary functions come from: Cobra's own definitions, quicker ones, or calls of the C library. With
    `fast_math` those that come from Cobra say that their operations keep their order, whatever the kernel's may do.
    """
    careful = config.current().debug
    for transform in _passes(math, fast_math):
        function = transform(function)
        if careful:
            verify(function)
    return verify(function)


def native_module(
    spec: KernelSpec, translation: Translation, processor: cpu.Processor, *, form: LoopForm | None = None
) -> LoopModule:
    """Return the LLVM module of one loop, in the form that pays unless another is asked for."""
    operands, outputs = (*translation.inputs, *translation.outputs), len(translation.outputs)
    simple = simplify(translation.function)
    place = function_of_place(simple, operands, outputs)
    function = run_passes(place or simple, math=spec.math, fast_math=spec.fast_math)
    return loop_module(
        function, operands, outputs, processor.machine, fast_math=spec.fast_math, form=form, folding=folding_of(simple),
        by_place=place is not None,
    )  # fmt: skip


def compile_loop(spec: KernelSpec, loop: LoopTypes, symbols: Sequence[str]) -> bytes:
    """Return the object code of one loop for this machine."""
    translation = translate(spec, loop, symbols)
    try:
        processor = cpu.target()
        module = native_module(spec, translation, processor)
        return cpu.compile_object(module.text, quick=module.is_quick, processor=processor)
    except CobraError:
        raise
    except RecursionError:
        raise _too_deep(spec) from None
    except Exception as error:
        hint = "This is a defect of Cobra: please report it with the kernel."
        raise CompilationFailed(f"{spec.name!r} cannot be compiled: {error}", spec.function.location(), hint) from error


def _too_deep(spec: KernelSpec) -> UnsupportedSyntax:
    hint = "Each elif and each early return is one level: look numbers up in a tuple or an array instead."
    return UnsupportedSyntax(f"{spec.name!r} is nested too deeply", spec.function.location(), hint)
