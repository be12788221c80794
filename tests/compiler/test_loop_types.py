"""What NumPy makes of the types of operands."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra import fixed_array, float32, float64, struct, vec
from cobra.compiler.loop_types import as_operand, core_shape, dimensions_of, element_of, is_operand, numpy_element
from cobra.types import ArrayType

POINT = struct(x=float32, y=float64)
THREE = fixed_array(vec(float32, 3), 2)
MATRIX = float64["m n?"]


@pytest.mark.parametrize(
    ("kind", "shape", "names", "element", "operand"),
    [
        (float64, (), (), "f8", float64),
        (MATRIX, (), ("m", "n?"), "f8", MATRIX),
        (vec(float32, 4), (4,), ("4",), "f4", ArrayType(float32, ("4",))),
        (THREE, (2, 3), ("2", "3"), "f4", ArrayType(float32, ("2", "3"))),
    ],
)
def test_numbers_in_rows(kind, shape: tuple[int, ...], names: tuple[str, ...], element: str, operand) -> None:
    assert (core_shape(kind), dimensions_of(kind), as_operand(kind)) == (shape, names, operand)
    assert element_of(kind).dtype == numpy_element(kind) == np.dtype(element)


def test_structures() -> None:
    assert numpy_element(POINT) == np.dtype([("x", "f4"), ("y", "f8")], align=True)
    assert core_shape(POINT) == () and dimensions_of(POINT) == ()


@pytest.mark.parametrize(
    ("kind", "is_one"),
    [
        (float64, True), (MATRIX, True), (POINT, True), (THREE, True), (fixed_array(POINT, 2), False), (cobra.void, False),
        (cobra.pointer(float64), False), (cobra.opaque("handle"), False), (fixed_array(fixed_array(POINT, 2), 2), False),
    ],
)  # fmt: skip
def test_what_can_be_an_operand(kind, is_one: bool) -> None:
    assert is_operand(kind) is is_one
