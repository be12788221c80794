"""Run a loop as plain Python, element by element: for debuggers, and where ``COBRA_DISABLE_JIT`` is set.

The ufunc stays a real one; only its inner loop calls the Python function, on NumPy scalars and on array views of the operands. A
vector reaches it as an array and a structure as a record, each a copy, because a kernel has them by value.
"""

from __future__ import annotations

import ast
import ctypes
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from cobra.compiler.loop_types import LoopTypes, dimensions_of, numpy_element
from cobra.compiler.spec import FunctionSpec, KernelSpec
from cobra.compounds import FixedArrayType, StructType, VectorType
from cobra.types import CompoundType, KernelType
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
    by_value = [isinstance(kind, CompoundType) for kind in loop.inputs]
    as_arrays = [name in indexed and not own for name, own in zip(spec.operand_names, by_value, strict=False)]
    for i in range(count):
        given = [_element(operand, i, kept) for operand, kept in zip(first, as_arrays, strict=False)]
        given = [element.copy() if own else element for element, own in zip(given, by_value, strict=True)]
        if writes:
            call_function(spec, function, [*given, *(_element(operand, i, True) for operand in last)])
        else:
            _store(call_function(spec, function, given), loop.outputs, last, i)


def _element(operand: np.ndarray[Any, Any], index: int, as_array: bool) -> Any:
    """Return one element: a view where it has dimensions or is indexed as if it had one, else a scalar."""
    return operand[index : index + 1] if operand.ndim == 1 and as_array else operand[index]


def _store(result: object, kinds: Sequence[KernelType], outputs: Sequence[np.ndarray[Any, Any]], index: int) -> None:
    is_whole = len(kinds) == 1 and isinstance(kinds[0], CompoundType) and not _is_wrapped(result)
    values = result if isinstance(result, tuple) and not is_whole else (result,)
    for output, kind, value in zip(outputs, kinds, values, strict=True):
        output[index] = _assignable(value, kind)


def _is_wrapped(result: object) -> bool:
    """Tell whether a kernel returned a tuple of one vector or structure, not the numbers in it."""
    return isinstance(result, tuple) and len(result) == 1 and isinstance(result[0], (np.ndarray, np.void))


def _assignable(value: Any, kind: KernelType) -> Any:
    """Return a value as NumPy assigns it: of a structure only tuples mean one value for each field."""
    if isinstance(kind, StructType) and isinstance(value, (tuple, list)):
        return tuple(_assignable(part, field.type) for part, field in zip(value, kind.fields, strict=True))
    if isinstance(kind, (VectorType, FixedArrayType)) and isinstance(value, (tuple, list)):
        return [_assignable(part, kind.element) for part in value]
    return value


@lru_cache(256)
def _indexed_names(function: FunctionSpec) -> frozenset[str]:
    """Return the names indexed by something, which no scalar is."""
    subscripts = (node for node in ast.walk(function.tree()) if isinstance(node, ast.Subscript))
    return frozenset(node.value.id for node in subscripts if isinstance(node.value, ast.Name) and ast.unparse(node.slice) != "()")


# -- the memory that NumPy hands over


def _word(address: int, position: int) -> int:
    return ctypes.c_ssize_t.from_address(address + position * _WORD).value


def _strides(kinds: Sequence[KernelType], steps: int) -> list[tuple[int, ...]]:
    """Return the strides of each operand: the outer one, then those of its core dimensions."""
    position, strides = len(kinds), []
    for k, kind in enumerate(kinds):
        rank = len(dimensions_of(kind))
        strides.append((_word(steps, k), *(_word(steps, position + axis) for axis in range(rank))))
        position += rank
    return strides


def _operand(address: int, kind: KernelType, count: int, sizes: dict[str, int], strides: tuple[int, ...]) -> np.ndarray[Any, Any]:
    dimensions = [dimension.removesuffix("?") for dimension in dimensions_of(kind)]
    shape = (count, *(int(name) if name.isdigit() else sizes[name] for name in dimensions))
    dtype = numpy_element(kind)
    array = np.asarray(_Memory(address, dtype, shape, strides))
    return array.view(dtype) if array.dtype != dtype or isinstance(kind, StructType) else array


class _Memory:
    """Memory that belongs to NumPy for the time of one call."""

    def __init__(self, address: int, dtype: np.dtype[Any], shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.__array_interface__ = {
            "version": 3, "data": (address, False), "typestr": dtype.str, "shape": shape, "strides": strides,
        }  # fmt: skip
