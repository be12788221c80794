"""Inner loops of hand-built functions over vectors and structures, called on raw memory, beside what they should do to it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from native_kernels import processor

from cobra.compiler.codegen import cpu
from cobra.compiler.codegen.compound_operands import CompoundLoop, make_compound_loop
from cobra.compiler.codegen.module import LOOP_NAME, LoopModule, loop_module
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.loop_types import core_shape, numpy_element
from cobra.compiler.pipeline import run_passes
from cobra.compounds import FieldType, leaves
from cobra.runtime.loader import load_object

Write: TypeAlias = Callable[[Builder, tuple[Variable, ...]], Sequence[Value]]
Row: TypeAlias = list[Any]


@dataclass(frozen=True)
class Case:
    """A kernel as IR on its numbers, and as Python on lists of them."""

    inputs: tuple[FieldType, ...]
    outputs: tuple[FieldType, ...]
    write: Write
    plain: Callable[[Row], Row]

    @property
    def kinds(self) -> tuple[FieldType, ...]:
        return self.inputs + self.outputs


def function_of(case: Case) -> Function:
    """Return the function with a parameter for each number, after all passes."""
    build = Builder()
    numbers = [leaf for kind in case.inputs for leaf in leaves(kind)]
    parameters = tuple(Variable(leaf.type, f"x{index}") for index, leaf in enumerate(numbers))
    return run_passes(Function("kernel", parameters, build.finish(case.write(build, parameters))))


def loop_of(case: Case) -> CompoundLoop:
    return make_compound_loop(function_of(case), case.kinds, len(case.outputs))


def module_of(case: Case, name: str = "host", **style: bool) -> LoopModule:
    return loop_module(function_of(case), case.kinds, len(case.outputs), processor(name).machine, **style)


@cache
def address_of(case: Case, name: str = "host") -> int:
    """Return where the inner loop lies."""
    module = module_of(case, name)
    made = cpu.compile_object(module.text, quick=module.is_quick, processor=processor(name))
    return load_object(made)[LOOP_NAME]


@dataclass(frozen=True)
class Layout:
    """Where an operand lies in a block of memory: its first element, its outer step, its core strides."""

    start: int
    step: int
    core: tuple[int, ...] = ()


_LOOP = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)


def run(case: Case, memory: np.ndarray, layouts: Sequence[Layout], n: int, name: str = "host") -> None:
    """Run the loop on a block of memory, without NumPy's care for overlap."""
    count = len(layouts)
    pointers = (ctypes.c_void_p * count)(*(memory.ctypes.data + layout.start for layout in layouts))
    words = [layout.step for layout in layouts] + [stride for layout in layouts for stride in layout.core]
    steps = (ctypes.c_int64 * len(words))(*words)
    sizes = [n, *(length for kind in case.kinds for length in core_shape(kind))]
    _LOOP(address_of(case, name))(pointers, (ctypes.c_int64 * len(sizes))(*sizes), steps, None)


def expected(case: Case, memory: np.ndarray, layouts: Sequence[Layout], n: int) -> np.ndarray:
    """Return the memory after the kernel has run on one element after another."""
    after = memory.copy()
    inputs = list(zip(case.inputs, layouts, strict=False))
    outputs = list(zip(case.outputs, layouts[len(case.inputs) :], strict=True))
    for i in range(n):
        row = [number for kind, layout in inputs for number in _numbers(after, kind, layout, i)]
        results = iter(case.plain(row))
        for kind, layout in outputs:
            for cell in _cells(after, kind, layout, i):
                cell[...] = next(results)
    return after


def _numbers(memory: np.ndarray, kind: FieldType, layout: Layout, i: int) -> Row:
    return [cell[()] for cell in _cells(memory, kind, layout, i)]


def _cells(memory: np.ndarray, kind: FieldType, layout: Layout, i: int) -> list[np.ndarray]:
    """Return a view of each number of one element."""
    start = layout.start + i * layout.step
    if layout.core:
        inside = [sum(map(int.__mul__, at, layout.core)) for at in product(*map(range, core_shape(kind)))]
        places = [(offset, numpy_element(kind)) for offset in inside]
    else:
        places = [(leaf.offset, leaf.type.dtype) for leaf in leaves(kind)]
    return [memory[start + offset :][: dtype.itemsize].view(dtype).reshape(()) for offset, dtype in places]
