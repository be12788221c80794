"""Elements of arrays are read and written as NumPy stores them: bools as bytes, complex numbers as two parts."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from cobra.compiler.codegen.loop_parts import Machine
from cobra.compiler.codegen.module import loop_module
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Variable
from cobra.compiler.primitives.arithmetic import subtract
from cobra.compiler.primitives.memory import load, store
from cobra.types import SCALAR_TYPES, ArrayType, ScalarType, int64
from tests.compiler.primitives.native_code import compile_text, lowered
from tests.compiler.primitives.special_values import identical, scattered


def reversing(kind: ScalarType) -> Function:
    """Return the kernel `(n) -> (n)` that copies an array from its end to its beginning."""
    array = ArrayType(kind, ("n",))
    source, target, size = Variable(array, "source"), Variable(array, "target"), Variable(int64, "n")
    build = Builder()

    def body(index: Variable, carried: tuple[Variable, ...]) -> tuple[Variable, ...]:
        (one,) = build.operation(load, (source, index), (kind,))
        last = build(subtract, size, constant(1, int64))
        build.operation(store, (one, target, build(subtract, last, index)), ())
        return carried

    build.for_(size, (), body)
    return Function("reversing", (source, target), build.finish(()), (size,), 1)


@pytest.mark.parametrize("kind", SCALAR_TYPES, ids=str)
def test_every_type_is_copied_unchanged(kind: ScalarType) -> None:
    values = scattered(kind, 12, 1)[::2].copy()
    copied = np.zeros_like(values)
    module = loop_module(lowered(reversing(kind)), [ArrayType(kind, ("n",))] * 2, 1, Machine(16))
    engine = compile_text(module.text)
    loop = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(engine.get_function_address("cobra_loop"))
    addresses = np.array([values.ctypes.data, copied.ctypes.data])
    sizes, steps = np.array([1, len(values)]), np.array([0, 0, kind.itemsize, kind.itemsize])
    loop(addresses.ctypes.data, sizes.ctypes.data, steps.ctypes.data, None)
    assert identical(copied, values[::-1]).all()
