"""Run a loop as plain Python, element by element: for debuggers, and where ``COBRA_DISABLE_JIT`` is set.

The ufunc stays a real one; only its inner loop calls the Python function, on NumPy scalars and on array views of the operands.
"""

from __future__ import annotations

import ast
import ctypes
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from cobra.compiler.loop_types import LoopTypes, element_of
from cobra.compiler.spec import FunctionSpec, KernelSpec
from cobra.types import ArrayType, ScalarType, Type
from cobra.ufunc.python_function import call_function

_WORD = ctypes.sizeof(ctypes.c_ssize_t)


def run_loop(
    spec: KernelSpec, function: Callable[..., object], loop: LoopTypes, symbols: Sequence[str], addresses: tuple[int, int, int]
) -> None:
    """Run one inner loop as NumPy called it; `addresses` are those of its arguments, dimensions and steps."""
    arguments, dimensions, steps = addresses
    kinds = (*loop.inputs, *loop.outputs)
    sizes = {symbol: _word(dimensions, k + 1) for k, symbol in enumerate(symbols)}
    strides = _strides(kinds, steps)
    count = _word(dimensions, 0)
    operands = [_operand(_word(arguments, k), kind, count, sizes, strides[k]) for k, kind in enumerate(kinds)]
    for name, operand in zip(spec.operand_names, operands[: len(loop.inputs)], strict=False):
        if name not in spec.writable:
            operand.flags.writeable = False
    first, last = operands[: len(loop.inputs)], operands[len(loop.inputs) :]
    writes = len(spec.operand_names) > len(loop.inputs)
    indexed = _indexed_names(spec.function)
    as_arrays = [name in indexed for name in spec.operand_names]
    for i in range(count):
        given = [_element(operand, i, kept) for operand, kept in zip(first, as_arrays, strict=False)]
        if writes:
            call_function(spec, function, [*given, *(_element(operand, i, True) for operand in last)])
        else:
            _store(call_function(spec, function, given), last, i)


def _element(operand: np.ndarray[Any, Any], index: int, as_array: bool) -> Any:
    """Return one element: a view where it has dimensions or is indexed as if it had one, else a scalar."""
    return operand[index : index + 1] if operand.ndim == 1 and as_array else operand[index]


def _store(result: object, outputs: Sequence[np.ndarray[Any, Any]], index: int) -> None:
    values = result if isinstance(result, tuple) else (result,)
    for output, value in zip(outputs, values, strict=True):
        output[index] = value


@lru_cache(256)
def _indexed_names(function: FunctionSpec) -> frozenset[str]:
    """Return the names indexed by something, which no scalar is."""
    subscripts = (node for node in ast.walk(function.tree()) if isinstance(node, ast.Subscript))
    return frozenset(node.value.id for node in subscripts if isinstance(node.value, ast.Name) and ast.unparse(node.slice) != "()")


# -- the memory that NumPy hands over


def _word(address: int, position: int) -> int:
    return ctypes.c_ssize_t.from_address(address + position * _WORD).value


def _strides(kinds: Sequence[Type], steps: int) -> list[tuple[int, ...]]:
    """Return the strides of each operand: the outer one, then those of its core dimensions."""
    position, strides = len(kinds), []
    for k, kind in enumerate(kinds):
        rank = kind.rank if isinstance(kind, ArrayType) else 0
        strides.append((_word(steps, k), *(_word(steps, position + axis) for axis in range(rank))))
        position += rank
    return strides


def _operand(address: int, kind: Type, count: int, sizes: dict[str, int], strides: tuple[int, ...]) -> np.ndarray[Any, Any]:
    dimensions = kind.dimensions if isinstance(kind, ArrayType) else ()
    shape = (count, *(sizes[dimension.removesuffix("?")] for dimension in dimensions))
    return np.asarray(_Memory(address, element_of(kind), shape, strides))


class _Memory:
    """Memory that belongs to NumPy for the time of one call."""

    def __init__(self, address: int, element: ScalarType, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.__array_interface__ = {
            "version": 3, "data": (address, False), "typestr": element.dtype.str, "shape": shape, "strides": strides,
        }  # fmt: skip
