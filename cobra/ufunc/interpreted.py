"""Run a loop as plain Python, element by element: for debuggers, and where ``COBRA_DISABLE_JIT`` is set.

The ufunc stays a real one; only its inner loop calls the Python function on NumPy scalars and array views.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cobra.compiler.loop_types import element_of
from cobra.types import ArrayType, ScalarType, Type

if TYPE_CHECKING:
    from cobra.ufunc.kernel import Kernel

_WORD = ctypes.sizeof(ctypes.c_ssize_t)


def run_loop(kernel: Kernel, index: int, arguments: int, dimensions: int, steps: int) -> BaseException | None:
    """Run one inner loop as NumPy called it; return what the Python function raised."""
    loop = kernel.loops[index]
    operands = (*loop.inputs, *loop.outputs)
    count = _word(dimensions, 0)
    sizes = {symbol: _word(dimensions, k + 1) for k, symbol in enumerate(kernel.symbols)}
    pointers = [_word(arguments, k) for k in range(len(operands))]
    outer = [_word(steps, k) for k in range(len(operands))]
    inner = _core_strides(operands, steps)
    for i in range(count):
        views = [
            _view(pointer + i * step, kind, sizes, strides)
            for pointer, step, kind, strides in zip(pointers, outer, operands, inner, strict=True)
        ]
        try:
            _run_one(kernel, views, operands, len(loop.inputs))
        except BaseException as error:
            return error
    return None


def _run_one(kernel: Kernel, views: Sequence[np.ndarray[Any, Any]], operands: Sequence[Type], inputs: int) -> None:
    """Call the function on one element and store what it returns."""
    arguments = [view if isinstance(kind, ArrayType) else view[()] for view, kind in zip(views[:inputs], operands, strict=False)]
    spec = kernel.spec
    names = spec.operand_names
    by_name: dict[str, object] = {name: _bound(value.value, value.type) for name, value in spec.bound.items()}
    if len(names) > inputs:
        trailing = [view.reshape(1) if view.ndim == 0 else view for view in views[inputs:]]
        by_name |= dict(zip(names, [*arguments, *trailing], strict=True))
        kernel.function(**by_name)
        return
    by_name |= dict(zip(names, arguments, strict=True))
    result = kernel.function(**by_name)
    values = result if isinstance(result, tuple) else (result,)
    for view, value in zip(views[inputs:], values, strict=True):
        view[...] = value


def _bound(value: object, kind: ScalarType | None) -> object:
    return value if kind is None else kind(value)


def _word(address: int, position: int) -> int:
    return ctypes.c_ssize_t.from_address(address + position * _WORD).value


def _core_strides(operands: Sequence[Type], steps: int) -> list[list[int]]:
    position, strides = len(operands), []
    for kind in operands:
        rank = kind.rank if isinstance(kind, ArrayType) else 0
        strides.append([_word(steps, position + axis) for axis in range(rank)])
        position += rank
    return strides


def _view(address: int, kind: Type, sizes: dict[str, int], strides: Sequence[int]) -> np.ndarray[Any, Any]:
    """Return an array over one element, or over the core dimensions, of an operand."""
    dimensions = kind.dimensions if isinstance(kind, ArrayType) else ()
    shape = tuple(sizes[dimension.removesuffix("?")] for dimension in dimensions)
    return np.asarray(_Memory(address, element_of(kind), shape, tuple(strides)))


class _Memory:
    """Memory that belongs to NumPy for the time of one call."""

    def __init__(self, address: int, element: ScalarType, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.__array_interface__ = {
            "version": 3, "data": (address, False), "typestr": element.dtype.str, "shape": shape, "strides": strides,
        }  # fmt: skip
