"""The operand types of one loop of a kernel, and what NumPy makes of them.

A vector or a fixed array of numbers is the last core dimensions of an operand, a structure is an element of a structured dtype.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cobra.compounds import FixedArrayType, StructType, VectorType
from cobra.types import ArrayType, KernelType, ScalarType, Type

_FIRST_OF_USERS = 256  # NPY_USERDEF


@dataclass(frozen=True, slots=True)
class LoopTypes:
    """The operand types of one loop: arrays where an operand has core dimensions or is an output of such a kernel."""

    inputs: tuple[KernelType, ...]
    outputs: tuple[KernelType, ...]
    infer: bool = False
    """The element types of the outputs are only where inference starts."""

    @property
    def operands(self) -> tuple[KernelType, ...]:
        """Return the types of the inputs, then of the outputs."""
        return self.inputs + self.outputs

    @property
    def chars(self) -> str:
        """Return NumPy's codes of the element types, inputs then outputs."""
        return "".join(numpy_element(kind).char for kind in self.operands)

    @property
    def dtypes(self) -> tuple[np.dtype[Any], ...]:
        """Return the element types as NumPy has them, inputs then outputs."""
        return tuple(numpy_element(kind) for kind in self.operands)

    @property
    def is_user_defined(self) -> bool:
        """Tell whether it has a type that another package adds to NumPy."""
        return any(dtype.num >= _FIRST_OF_USERS for dtype in self.dtypes)

    def __str__(self) -> str:
        split = len(self.inputs)
        return f"{self.chars[:split]}->{self.chars[split:]}"


def element_of(kind: KernelType) -> ScalarType:
    """Return the type of the numbers of an operand that has one such type."""
    while isinstance(kind, (ArrayType, VectorType, FixedArrayType)):
        kind = kind.element
    assert isinstance(kind, ScalarType), f"{kind} has no element type"
    return kind


def numpy_element(kind: KernelType) -> np.dtype[Any]:
    """Return the dtype of an operand."""
    return kind.dtype if isinstance(kind, StructType) else element_of(kind).dtype


def is_operand(kind: KernelType) -> bool:
    """Tell whether NumPy has arrays of a type: of numbers, of structures, and vectors and fixed arrays of numbers."""
    if isinstance(kind, (VectorType, FixedArrayType)):
        return isinstance(kind.element, ScalarType) or (not isinstance(kind.element, StructType) and is_operand(kind.element))
    return isinstance(kind, (ScalarType, ArrayType, StructType))


def core_shape(kind: KernelType) -> tuple[int, ...]:
    """Return the core dimensions that an operand has by its own type: those of a vector or a fixed array."""
    shape: tuple[int, ...] = ()
    while isinstance(kind, (VectorType, FixedArrayType)):
        shape, kind = (*shape, kind.length), kind.element
    return shape


def dimensions_of(kind: KernelType) -> tuple[str, ...]:
    """Return the names of an operand's core dimensions; those of a vector go by their length."""
    return kind.dimensions if isinstance(kind, ArrayType) else tuple(map(str, core_shape(kind)))


def as_operand(kind: KernelType) -> Type:
    """Return the array type of an operand of a kernel with core dimensions; a number stays one."""
    return kind if isinstance(kind, (ArrayType, ScalarType)) else ArrayType(element_of(kind), dimensions_of(kind))
