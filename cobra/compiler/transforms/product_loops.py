"""A matrix product as loops, for sizes at which a call costs more than the product.

In: the operation, with sizes and indices as they are. Out: a region of loads, arithmetic and stores, complex numbers by their parts; None
for elements whose arithmetic takes passes that are over by now. The terms of each sum are added in order, to a zero: so a sum of negative
zeros is the zero that NumPy gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Operation, Region
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import add, multiply, subtract
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or
from cobra.compiler.primitives.matrices import Matrix, product_of
from cobra.compiler.primitives.memory import load, store
from cobra.types import ScalarType, bool_

Parts = Sequence[Value]
"""A number: itself, or real and imaginary part."""

Multiply = Callable[[Builder, Parts, Parts, Parts], Parts]
"""Add the product of two numbers to a third."""


def product_loops(operation: Operation) -> Region | None:
    """Return the loops of a `matrix_product`."""
    product = product_of(operation)
    kind = product.into.element
    if kind.is_floating and kind.bits == 16:
        return None
    rows, inner, columns = product.sizes
    build = Builder()
    step = _step(kind, conjugates=operation.attributes["by"] == "vecdot")

    def row(i: Value, _: Parts) -> Parts:
        build.for_(columns, [], lambda j, _: element(i, j))
        return ()

    def element(i: Value, j: Value) -> Parts:
        zeros = [constant(0, kind.component) for _ in _halves(kind)]
        total = build.for_(inner, zeros, lambda k, total: term(i, j, k, total))
        _store(build, product.into, (i, j), total)
        return ()

    def term(i: Value, j: Value, k: Value, total: Parts) -> Parts:
        return step(build, total, _load(build, product.left, (i, k)), _load(build, product.right, (k, j)))

    build.for_(rows, [], row)
    return build.finish(())


def _step(kind: ScalarType, *, conjugates: bool) -> Multiply:
    if kind == bool_:
        return _either
    if not kind.is_complex:
        return _plus
    return _complex_conjugated if conjugates else _complex


def _either(build: Builder, total: Parts, a: Parts, b: Parts) -> Parts:
    return [build(bitwise_or, total[0], build(bitwise_and, a[0], b[0]))]


def _plus(build: Builder, total: Parts, a: Parts, b: Parts) -> Parts:
    return [build(add, total[0], build(multiply, a[0], b[0]))]


def _complex(build: Builder, total: Parts, a: Parts, b: Parts) -> Parts:
    real = build(subtract, build(multiply, a[0], b[0]), build(multiply, a[1], b[1]))
    imaginary = build(add, build(multiply, a[0], b[1]), build(multiply, a[1], b[0]))
    return [build(add, total[0], real), build(add, total[1], imaginary)]


def _complex_conjugated(build: Builder, total: Parts, a: Parts, b: Parts) -> Parts:
    real = build(add, build(multiply, a[0], b[0]), build(multiply, a[1], b[1]))
    imaginary = build(subtract, build(multiply, a[0], b[1]), build(multiply, a[1], b[0]))
    return [build(add, total[0], real), build(add, total[1], imaginary)]


# -- elements


def _halves(kind: ScalarType) -> tuple[str, ...]:
    return ("real", "imag") if kind.is_complex else ("",)


def _place(matrix: Matrix, position: Sequence[Value]) -> list[Value]:
    indices = list(matrix.indices)
    for axis, index in zip(matrix.axes, position, strict=True):
        if axis is not None:
            indices[axis] = index
    return [matrix.array, *indices]


def _load(build: Builder, matrix: Matrix, position: Sequence[Value]) -> Parts:
    kind, place = matrix.element, _place(matrix, position)
    found: list[Value] = []
    for half in _halves(kind):
        found += build.operation(load, place, [kind.component], **({"part": half} if half else {}))
    return found


def _store(build: Builder, matrix: Matrix, position: Sequence[Value], number: Parts) -> None:
    place = _place(matrix, position)
    for half, value in zip(_halves(matrix.element), number, strict=True):
        build.operation(store, [value, *place], [], **({"part": half} if half else {}))
