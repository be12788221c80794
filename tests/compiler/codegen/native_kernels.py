"""Real ufuncs of kernels written with the builder, for any processor of this family, and their inner loops called by hand."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from cobra.compiler.codegen import cpu
from cobra.compiler.codegen.loop_form import LoopForm
from cobra.compiler.codegen.module import LOOP_NAME, LoopModule, loop_module
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.pipeline import native_module, run_passes, translate
from cobra.config import TARGET_CPUS, options
from cobra.runtime.loader import OWN_LOADER, load_object
from cobra.types import ScalarType
from cobra.ufunc.kernel import kernel_of
from cobra.ufunc.numpy_object import LoopSlot, make_ufunc

Array = np.ndarray[Any, Any]
Write: TypeAlias = Callable[[Builder, tuple[Variable, ...]], Sequence[Value]]
Types: TypeAlias = tuple[ScalarType, ...]

PROCESSORS = ["host", *(TARGET_CPUS[1:] if OWN_LOADER else ["generic"])]
"""Classes of processors whose code this machine may be able to run."""


@cache
def processor(name: str) -> cpu.Processor:
    """Return a processor by its name in the settings."""
    if name == "host":
        return cpu.host()
    with options(target_cpu=name):
        return cpu.target()


def runnable() -> list[str]:
    """Return the processors whose code this machine runs."""
    return [name for name in PROCESSORS if processor(name).machine.vector_bytes <= cpu.host().machine.vector_bytes]


def function_of(write: Write, types: Types) -> Function:
    """Return the function that `write` makes with a builder, before all passes."""
    build = Builder()
    parameters = tuple(Variable(kind, f"x{index}") for index, kind in enumerate(types))
    return Function("kernel", parameters, build.finish(write(build, parameters)))


def module_of(write: Write, types: Types, name: str = "host", **style: bool) -> tuple[LoopModule, Types]:
    """Return the module of a kernel and the types of its outputs."""
    function, chosen = function_of(write, types), processor(name)
    outputs = tuple(value.type for value in function.body.results if isinstance(value.type, ScalarType))
    module = loop_module(run_passes(function), (*types, *outputs), len(outputs), chosen.machine, **style)
    return module, outputs


def address_of(write: Write, types: Types, name: str = "host") -> tuple[int, Types]:
    """Return where the inner loop of a kernel lies, and the types of its outputs."""
    module, outputs = module_of(write, types, name)
    made = cpu.compile_object(module.text, quick=module.is_quick, processor=processor(name))
    return load_object(made)[LOOP_NAME], outputs


def ufunc_of(write: Write, *loops: Types, name: str = "host", identity: object = None) -> np.ufunc:
    """Return a ufunc with a loop for each choice of types."""
    slots = []
    for types in loops:
        address, outputs = address_of(write, types, name)
        slots.append(LoopSlot("".join(kind.char for kind in (*types, *outputs)), address))
    nin = len(loops[0])
    return make_ufunc("kernel", slots, nin, len(slots[0].types) - nin, identity=identity)[0]


_LOOP = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)


def call_loop(address: int, arrays: Sequence[Array], n: int) -> None:
    """Call an inner loop on one-dimensional arrays as they lie, without NumPy's care for overlap."""
    pointers = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
    steps = (ctypes.c_int64 * len(arrays))(*(array.strides[0] for array in arrays))
    _LOOP(address)(pointers, ctypes.byref(ctypes.c_int64(n)), steps, None)


@cache
def for_processor(kernel: np.ufunc, name: str, form: LoopForm | None = None) -> np.ufunc:
    """Return a kernel of Cobra's with every loop made anew for a processor and in a form; itself for the host in the best form."""
    known = kernel_of(kernel)
    assert known is not None
    if name == "host" and form is None:
        return kernel
    slots = []
    for loop in known.loops:
        module = native_module(known.spec, translate(known.spec, loop, known.symbols), processor(name), form=form)
        made = cpu.compile_object(module.text, quick=module.is_quick, processor=processor(name))
        slots.append(LoopSlot(loop.chars, load_object(made)[LOOP_NAME], dtypes=loop.dtypes))
    return make_ufunc("kernel", slots, kernel.nin, kernel.nout, signature=known.signature, identity=known.spec.options.get("identity"))[0]
