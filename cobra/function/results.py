"""From the numbers that native code returns to Python values: vectors as arrays, structures as records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from cobra.compounds import FixedArrayType, StructType, VectorType, parts
from cobra.function.arguments import Item
from cobra.types import KernelType, ScalarType

Maker: TypeAlias = Callable[[Iterator[Item]], Any]
"""What takes the numbers of one value from an iterator and makes the value."""


def maker(kind: KernelType) -> Maker:
    """Return what makes values of a type."""
    if isinstance(kind, ScalarType):
        return next
    assert isinstance(kind, (VectorType, StructType, FixedArrayType))
    inner = [maker(part) for part in parts(kind)]
    if isinstance(kind, StructType):
        dtype = kind.dtype
        return lambda numbers: np.array(tuple([make(numbers) for make in inner]), dtype)[()]
    return _array_maker(kind, inner)


def _array_maker(kind: VectorType | FixedArrayType, inner: Sequence[Maker]) -> Maker:
    element, length = kind.element.dtype, kind.length
    if isinstance(kind.element, ScalarType):
        return lambda numbers: np.array([*islice(numbers, length)], element)

    def make(numbers: Iterator[Item]) -> Any:
        # not of a dtype with a sub-array, which NumPy would nest once more
        made = np.zeros(length, element)
        for position, item in enumerate(inner):
            made[position] = item(numbers)
        return made

    return make


def as_python(value: Any, kinds: Sequence[KernelType]) -> Any:
    """Return what plain Python computed as native code would return it: values of the declared types."""
    if not kinds:
        return None
    if len(kinds) == 1:
        return _cast(value, kinds[0])
    return tuple(_cast(item, kind) for item, kind in zip(value, kinds, strict=True))


def _cast(value: Any, kind: KernelType) -> Any:
    if isinstance(kind, ScalarType):
        rounded = np.asarray(value).astype(kind.dtype).item()
        return float(rounded) if kind.is_floating else rounded  # a bfloat16 is no number of NumPy's own
    assert isinstance(kind, (VectorType, StructType, FixedArrayType))
    if isinstance(kind, StructType):
        return np.asarray(tuple(value) if isinstance(value, list) else value, kind.dtype)[()]
    made = np.zeros(kind.length, kind.element.dtype)
    made[...] = value
    return made
