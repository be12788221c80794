"""A matrix product written out, for sizes at which a call costs more than the product.

In: the operation, its sizes known. Out: a region of loads, arithmetic and stores, complex numbers by their parts; None where the sizes are
not known or not small, and for elements whose arithmetic takes passes that are over by now. The terms of a sum are added in order; a zero
that comes last makes a sum of negative zeros the zero that NumPy gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Operation, Region
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.arithmetic import add, multiply, subtract
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or
from cobra.compiler.primitives.matrices import Matrix, product_of
from cobra.compiler.primitives.memory import load, store
from cobra.types import ScalarType, bool_, int64

_LARGEST = 8
"""Rows and columns up to which it pays: beyond, BLAS is as quick."""

Parts = Sequence[Value]
"""A number: itself, or real and imaginary part."""

Step = Callable[[Parts, Parts], Parts]


def small_product(operation: Operation) -> Region | None:
    """Return what a `matrix_product` does, element by element."""
    product = product_of(operation)
    kind = product.into.element
    known = [int(size.value.real) for size in product.sizes if isinstance(size, Constant)]
    if len(known) < len(product.sizes) or max(known) > _LARGEST or (kind.is_floating and kind.bits == 16):
        return None
    build, (rows, inner, columns) = Builder(), known
    times, plus = _arithmetic(build, kind, conjugates=operation.attributes["by"] == "vecdot")
    zeros = [constant(0, kind.component) for _ in _halves(kind)]
    for i in range(rows):
        for j in range(columns):
            terms = [times(_load(build, product.left, i, k), _load(build, product.right, k, j)) for k in range(inner)]
            rounds = kind.is_floating or kind.is_complex or not terms
            _store(build, product.into, i, j, reduce(plus, [*terms, zeros] if rounds else terms))
    return build.finish(())


def _arithmetic(build: Builder, kind: ScalarType, *, conjugates: bool) -> tuple[Step, Step]:
    """Return how two numbers are multiplied and added."""
    if kind == bool_:
        return lambda a, b: [build(bitwise_and, a[0], b[0])], lambda a, b: [build(bitwise_or, a[0], b[0])]
    times: Step = partial(_complex_product, build, conjugates) if kind.is_complex else lambda a, b: [build(multiply, a[0], b[0])]
    return times, lambda a, b: [build(add, x, y) for x, y in zip(a, b, strict=True)]


def _complex_product(build: Builder, conjugates: bool, a: Parts, b: Parts) -> Parts:
    """Return the product of two complex numbers, the first of them conjugated if asked for."""
    same = build(multiply, a[0], b[0]), build(multiply, a[1], b[1])
    crossed = build(multiply, a[0], b[1]), build(multiply, a[1], b[0])
    first, second = (add, subtract) if conjugates else (subtract, add)
    return [build(first, *same), build(second, *crossed)]


# -- elements


def _halves(kind: ScalarType) -> tuple[str, ...]:
    return ("real", "imag") if kind.is_complex else ("",)


def _place(matrix: Matrix, row: int, column: int) -> list[Value]:
    indices = list(matrix.indices)
    for axis, index in zip(matrix.axes, (row, column), strict=True):
        if axis is not None:
            indices[axis] = constant(index, int64)
    return [matrix.array, *indices]


def _load(build: Builder, matrix: Matrix, row: int, column: int) -> Parts:
    kind, place = matrix.element, _place(matrix, row, column)
    found: list[Value] = []
    for half in _halves(kind):
        found += build.operation(load, place, [kind.component], **({"part": half} if half else {}))
    return found


def _store(build: Builder, matrix: Matrix, row: int, column: int, number: Parts) -> None:
    place = _place(matrix, row, column)
    for half, value in zip(_halves(matrix.element), number, strict=True):
        build.operation(store, [value, *place], [], **({"part": half} if half else {}))
