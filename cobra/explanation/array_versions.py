"""Which way a loop takes whose operands are arrays, vectors or structures.

In: the function of the loop, the types of its operands, and how a call hands them over. Out: the version, and for kernels with core
dimensions the function that runs. The tests of the generated code (`codegen/generalized`, `codegen/compound_loops`) are asked here.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.compound_loops import gathering_pays, is_long
from cobra.compiler.codegen.compound_operands import Argument, CompoundLoop, make_compound_loop
from cobra.compiler.codegen.cpu import Processor
from cobra.compiler.codegen.flat_vectors import flat_loop
from cobra.compiler.codegen.generalized import CoreVersion, versions_of
from cobra.compiler.codegen.loop_form import choose_form, lanes_of
from cobra.compiler.ir.operations import Function
from cobra.compiler.loop_types import as_operand
from cobra.explanation.operands import Handed, Shape
from cobra.explanation.version import Version, why_scalar, why_vectors
from cobra.types import ArrayType, KernelType, Type

_OWN_LOOPS = "the kernel's own loops over core dimensions, once per outer element"
_IN_ORDER = "one element after another, all its numbers loaded before any is stored"
_CORE_REASON = "kernels with core dimensions work on arrays"


def core_version_of(function: Function, operands: Sequence[KernelType], fast: bool, handed: Handed) -> tuple[Version, Function]:
    """Return the version of a kernel with core dimensions that a call takes, and the function that it runs."""
    types = [as_operand(kind) for kind in operands]
    strides = [_core_strides(handed, k) for k in range(len(types))]
    chosen = next(version for version in reversed(versions_of(function, types, fast)) if _fits(version, types, strides, handed))
    if chosen.sizes is not None:
        return Version("written out without loops, once per outer element", None, "its core dimensions are small", True), chosen.function
    if chosen.name == "dense":
        reason = f"{_CORE_REASON}; LLVM may compute an innermost loop on vectors"
        return Version(_OWN_LOOPS, None, reason, True), chosen.function
    return Version(_OWN_LOOPS, None, _CORE_REASON, True), chosen.function


def _core_strides(handed: Handed, k: int) -> Shape:
    """Return the bytes between elements along the core dimensions of an operand; what NumPy makes or converts is dense."""
    array, core = handed.arrays[k], handed.cores[k]
    if array is not None and k not in handed.converted:
        return array.strides[array.ndim - len(core) :]
    strides, stride = [], handed.dtypes[k].itemsize
    for size in reversed(core):
        strides.append(stride)
        stride *= size
    return tuple(reversed(strides))


def _fits(version: CoreVersion, types: Sequence[Type], strides: Sequence[Shape], handed: Handed) -> bool:
    if version.sizes is not None and version.strides is not None:
        sizes = {name: handed.core_sizes.get(name) for name in version.sizes}
        return sizes == version.sizes and list(strides) == list(version.strides)
    arrays = [(kind, own) for kind, own in zip(types, strides, strict=True) if isinstance(kind, ArrayType) and own]
    return version.name != "dense" or all(own[-1] == kind.element.itemsize for kind, own in arrays)


def compound_version_of(
    function: Function, operands: Sequence[KernelType], outputs: int, processor: Processor, handed: Handed
) -> Version:
    """Return the version of an elementwise loop over vectors or structures that a call takes."""
    loop = make_compound_loop(function, operands, outputs)
    lanes = lanes_of(function, processor.machine, choose_form(function, processor.machine))
    flat = flat_loop(loop)
    if lanes is None:
        return Version(_IN_ORDER, None, why_scalar(function, processor.machine), True)
    if flat is not None and (_is_row(loop, handed) or is_long(loop)):
        return Version("vectors as so many plain numbers", lanes, why_vectors(function, processor.machine))
    if flat is not None:
        return Version(_IN_ORDER, None, "the vectors do not lie one behind another", True)
    if not gathering_pays(loop, flat):
        return Version(_IN_ORDER, None, "collecting their numbers would cost more than it gains", True)
    if not all(_is_dense(a, handed) for a in loop.arguments):
        return Version(_IN_ORDER, None, "the numbers of a vector do not lie side by side", True)
    return Version("blocks of elements collected in small buffers", lanes, why_vectors(function, processor.machine))


def _is_dense(argument: Argument, handed: Handed) -> bool:
    size, strides = argument.size, _core_strides(handed, argument.index)
    for length, stride in zip(argument.shape, strides, strict=False):
        size //= length
        if stride != size:
            return False
    return True


def _is_row(loop: CompoundLoop, handed: Handed) -> bool:
    """Tell whether vectors lie one behind another, beside numbers that stay the same."""
    if not all(_is_dense(a, handed) for a in loop.arguments):
        return False
    return handed.inner == 1 or all(handed.steps[a.index] == (a.size if a.shape else 0) for a in loop.arguments)
