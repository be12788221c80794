"""Products of matrices and vectors, and arrays that a kernel makes for itself.

A product names three arrays, each by the indices of its first element (zero along the dimensions that take part) and by which of its
dimensions are rows and columns; a vector lacks one of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.primitives.type_rules import explicit
from cobra.types import ArrayType, ScalarType

_ROLES = ("into", "left", "right")
_MISSING = "-"


@dataclass(frozen=True, slots=True)
class Matrix:
    """An array or a view of one as a matrix: the dimensions of the array that are its rows and columns, None for one it lacks."""

    array: Variable
    indices: tuple[Value, ...]
    axes: tuple[int | None, int | None]

    @property
    def element(self) -> ScalarType:
        """Return the type of the elements."""
        assert isinstance(self.array.type, ArrayType)
        return self.array.type.element


@dataclass(frozen=True, slots=True)
class Product:
    """The operands of a matrix product; `sizes` are the rows of the first, what is added up, and the columns of the second."""

    into: Matrix
    left: Matrix
    right: Matrix
    sizes: tuple[Value, Value, Value]

    @property
    def matrices(self) -> tuple[Matrix, Matrix, Matrix]:
        """Return the result and the two factors."""
        return (self.into, self.left, self.right)

    @property
    def operands(self) -> list[Value]:
        """Return the operands of the operation."""
        return [*(value for each in self.matrices for value in (each.array, *each.indices)), *self.sizes]

    @property
    def attributes(self) -> dict[str, str]:
        """Return what the operation has to know besides its operands."""
        return {role: " ".join(map(_axis_text, each.axes)) for role, each in zip(_ROLES, self.matrices, strict=True)}


def product_of(operation: Operation) -> Product:
    """Return what an operation multiplies."""
    left = list(operation.operands)
    into, first, second = (_matrix(left, str(operation.attributes[role])) for role in _ROLES)
    rows, inner, columns = left
    return Product(into, first, second, (rows, inner, columns))


def _matrix(operands: list[Value], axes: str) -> Matrix:
    """Take one array with its indices from the start of a list."""
    array = operands.pop(0)
    assert isinstance(array, Variable) and isinstance(array.type, ArrayType)
    indices = tuple(operands.pop(0) for _ in range(array.type.rank))
    rows, columns = (None if axis == _MISSING else int(axis) for axis in axes.split())
    return Matrix(array, indices, (rows, columns))


def _axis_text(axis: int | None) -> str:
    return _MISSING if axis is None else str(axis)


def _lower_product(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    given, product = list(registers), product_of(operation)
    arguments: list[str] = []
    for matrix in product.matrices:
        array, *indices = (given.pop(0) for _ in range(1 + len(matrix.indices)))
        steps = ["0" if axis is None else emitter.element_step(array, axis) for axis in matrix.axes]
        arguments += [emitter.element_address(array, indices), *steps]
    emitter.matrix_product(str(operation.attributes["by"]), product.into.element, (*arguments, *given))
    return ()


def _lower_local(emitter: Emitter, operation: Operation, registers: Sequence[str]) -> tuple[str, ...]:
    del registers
    return (emitter.local_array(operation.result),)


matrix_product = Primitive(
    name="matrix_product",
    doc="Multiply matrices or vectors as the gufunc `by` of NumPy: result, factors, how many rows, inner elements and columns.",
    rule=explicit("matrix_product"),
    lower=_lower_product,
    plain=True,
    effect=True,
    costly=True,
    scalar_only=True,
    takes_half=True,
    raises=frozenset({"over", "under", "invalid"}),
)

local_array = Primitive(
    name="local_array",
    doc="Return an array of the kernel's own, of the sizes that its type names.",
    rule=explicit("local_array"),
    lower=_lower_local,
    plain=True,
    scalar_only=True,
    takes_half=True,
)

RECORDS = (matrix_product, local_array)
