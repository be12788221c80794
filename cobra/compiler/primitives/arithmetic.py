"""Sums, products and quotients.

Bools add as "or" and multiply as "and". Complex numbers divide by Smith's method, as in NumPy, and integers never do: true
division converts them to float64 first.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or, both
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, greater_equal, less_equal, signal_unordered
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import Expand, for_kinds, like, scalar_of
from cobra.compiler.primitives.lowerings import by_kind, float_instruction, float_intrinsic, integer_instruction
from cobra.compiler.primitives.machine import multiply_add
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import fabs, negative
from cobra.compiler.primitives.type_rules import floating, numpy_rule
from cobra.types import float64

ARITHMETIC_ERRORS = frozenset({"over", "under", "invalid"})


def _as_bits(primitive: Primitive) -> Expand:
    """Return the expansion of an operation on bools into one on bits."""
    return lambda build, operation: (build(primitive, *operation.operands),)


def _expand_add_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (a, b), (c, d) = (parts(build, operand) for operand in operation.operands)
    return (build(make_complex, build(add, a, c), build(add, b, d)),)


def _expand_subtract_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (a, b), (c, d) = (parts(build, operand) for operand in operation.operands)
    return (build(make_complex, build(subtract, a, c), build(subtract, b, d)),)


def _expand_multiply_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (_fused_product(build, *operation.operands),)


def _fused_product(build: Builder, left: Value, right: Value) -> Value:
    # NumPy's vector loops fuse wherever the machine can.
    (a, b), (c, d) = parts(build, left), parts(build, right)
    first = build(multiply_add, a, c, build(negative, build(multiply, b, d)))
    return build(make_complex, first, build(multiply_add, a, d, build(multiply, b, c)))


def complex_product(build: Builder, left: Value, right: Value) -> Value:
    """Append a complex product with every step rounded, which is what NumPy's powers are made of."""
    (a, b), (c, d) = parts(build, left), parts(build, right)
    first = build(subtract, build(multiply, a, c), build(multiply, b, d))
    return build(make_complex, first, build(add, build(multiply, a, d), build(multiply, b, c)))


def _expand_divide_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (a, b), (c, d) = (parts(build, operand) for operand in operation.operands)
    size_c, size_d = build(fabs, c), build(fabs, d)
    zero = both(build, build(equal, c, like(c, 0)), build(equal, d, like(d, 0)))
    signal_unordered(build, c, d)

    def by_zero() -> tuple[Value, ...]:
        return (build(divide, a, size_c), build(divide, b, size_c))

    def smith() -> tuple[Value, ...]:
        real_larger = build(greater_equal, size_c, size_d)
        large, small = build(select, real_larger, c, d), build(select, real_larger, d, c)
        ratio = build(divide, small, large)
        scale = build(divide, like(c, 1), build(add, large, build(multiply, small, ratio)))
        return _smith_parts(build, (a, b), real_larger, ratio, scale)

    return (build(make_complex, *build.if_(zero, by_zero, smith)),)


def _smith_parts(
    build: Builder, number: tuple[Value, Value], real_larger: Value, ratio: Value, scale: Value
) -> tuple[Value, ...]:
    a, b = number
    near, far = build(select, real_larger, a, b), build(select, real_larger, b, a)
    first = build(add, near, build(multiply, far, ratio))
    product = build(multiply, near, ratio)
    left, right = build(select, real_larger, far, product), build(select, real_larger, product, far)
    return build(multiply, first, scale), build(multiply, build(subtract, left, right), scale)


def _expand_reciprocal(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    kind = scalar_of(value)
    if kind.is_complex:
        return (_reciprocal_complex(build, value),)
    if kind.is_floating:
        return (build(divide, like(value, 1), value),)
    ratio = build(divide, constant(1, float64), cast_value(build, value, float64))
    return (cast_value(build, ratio, kind),)


def _reciprocal_complex(build: Builder, value: Value) -> Value:
    a, b = parts(build, value)
    signal_unordered(build, a, b)
    real_smaller = build(less_equal, build(fabs, a), build(fabs, b))
    large, small = build(select, real_smaller, b, a), build(select, real_smaller, a, b)
    ratio = build(divide, small, large)
    size = build(add, large, build(multiply, small, ratio))
    first = build(divide, build(select, real_smaller, ratio, like(a, 1)), size)
    second = build(divide, build(select, real_smaller, like(a, -1), build(negative, ratio)), size)
    return build(make_complex, first, second)


def _expand_square(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    return (build(multiply, value, value),)


add = Primitive(
    name="add",
    doc="Return the sum; of bools, whether any holds.",
    rule=numpy_rule(np.add),
    lower=by_kind(integer=integer_instruction("add"), floating=float_instruction("fadd")),
    expand=for_kinds(bool=_as_bits(bitwise_or), complex=_expand_add_complex),
    numpy=np.add,
    fold_start=-0.0,
    python=("+",),
    array_api="add",
    plain=True,
    raises=ARITHMETIC_ERRORS,
    neutral=(None, 0),
    keeps_sign=True,
)

subtract = Primitive(
    name="subtract",
    doc="Return the difference.",
    rule=numpy_rule(np.subtract),
    lower=by_kind(integer=integer_instruction("sub"), floating=float_instruction("fsub")),
    expand=for_kinds(complex=_expand_subtract_complex),
    numpy=np.subtract,
    python=("-",),
    array_api="subtract",
    plain=True,
    raises=ARITHMETIC_ERRORS,
    neutral=(None, 0),
)

multiply = Primitive(
    name="multiply",
    doc="Return the product; of bools, whether both hold.",
    rule=numpy_rule(np.multiply),
    lower=by_kind(integer=integer_instruction("mul"), floating=float_instruction("fmul")),
    expand=for_kinds(bool=_as_bits(bitwise_and), complex=_expand_multiply_complex),
    numpy=np.multiply,
    fold_start=1,
    python=("*",),
    array_api="multiply",
    plain=True,
    raises=ARITHMETIC_ERRORS,
    neutral=(None, 1),
    keeps_sign=True,
)

divide = Primitive(
    name="divide",
    doc="Return the quotient as a float or complex number.",
    rule=numpy_rule(np.divide),
    lower=float_instruction("fdiv"),
    expand=for_kinds(complex=_expand_divide_complex),
    numpy=np.divide,
    python=("/",),
    array_api="divide",
    raises=ARITHMETIC_ERRORS | {"divide"},
    neutral=(None, 1),
    costly=True,
)

reciprocal = Primitive(
    name="reciprocal",
    doc="Return one over a number; an integer is rounded towards zero.",
    rule=numpy_rule(np.reciprocal),
    expand=_expand_reciprocal,
    numpy=np.reciprocal,
    array_api="reciprocal",
    raises=ARITHMETIC_ERRORS | {"divide"},
)

square = Primitive(
    name="square",
    doc="Return a number times itself.",
    rule=numpy_rule(np.square),
    expand=_expand_square,
    numpy=np.square,
    array_api="square",
    plain=True,
    raises=ARITHMETIC_ERRORS,
)

fma = Primitive(
    name="fma",
    doc="Return the first number times the second plus the third, rounded once.",
    rule=floating("fma", 3),
    lower=float_intrinsic("fma", rounds=True),
    python=("math.fma", "cobra.fma"),
    llvm=("fma.f", "fma"),
    plain=True,
    raises=ARITHMETIC_ERRORS,
    neutral=(None, 1, 0),
)

RECORDS = (add, subtract, multiply, divide, reciprocal, square, fma)
