"""Powers: by repeated multiplication of whole numbers, by the C library otherwise, and shortcuts for constant exponents."""

from __future__ import annotations

import math

import numpy as np

from cobra.compiler.ir.builder import Builder, constant, true
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.arithmetic import add, complex_product, divide, multiply
from cobra.compiler.primitives.bitwise import bitwise_and, both, either, invert
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, greater, less, not_equal
from cobra.compiler.primitives.complex_functions import call_complex
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.effects import fail_if, signal
from cobra.compiler.primitives.expansion import for_kinds, like, scalar_of
from cobra.compiler.primitives.lowerings import library_call
from cobra.compiler.primitives.machine import shift_right
from cobra.compiler.primitives.roots import sqrt
from cobra.compiler.primitives.rounding import trunc
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import fabs
from cobra.compiler.primitives.type_rules import numpy_rule
from cobra.types import int64

NEGATIVE_POWER = "Integers to negative integer powers are not allowed."
"""NumPy's own words."""

_LARGEST_WHOLE_EXPONENT = 100
"""Complex powers by multiplication go up to here, as in NumPy."""


def _expand_float(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    base, exponent = operation.operands
    if not isinstance(exponent, Constant):
        return None
    if exponent.value == -1:
        return (build(divide, like(base, 1), base),)
    if exponent.value == 0.5:
        # A power of -0.0 is 0.0, and one of minus infinity is infinity; their roots are not.
        infinite = build(equal, base, like(base, -math.inf))
        return (build(sqrt, build(select, infinite, like(base, math.inf), build(add, base, like(base, 0)))),)
    if exponent.value in (1, 2, 3, 4):
        return (_repeated(build, base, int(exponent.value.real)),)
    return None


def _repeated(build: Builder, base: Value, exponent: int) -> Value:
    """Return a power with a known exponent, at least 1, by squaring."""
    if exponent == 1:
        return base
    square = _repeated(build, build(multiply, base, base), exponent // 2)
    return build(multiply, square, base) if exponent % 2 else square


def _expand_integer(build: Builder, operation: Operation) -> tuple[Value, ...]:
    base, exponent = operation.operands
    if isinstance(exponent, Constant):
        return (_integer_constant(build, base, int(exponent.value.real)),)
    if scalar_of(exponent).kind == "int":
        negative = build(less, exponent, like(exponent, 0))
        build.many(fail_if, negative, exception="ValueError", message=NEGATIVE_POWER)
    return (_square_and_multiply(build, base, exponent),)


def _integer_constant(build: Builder, base: Value, exponent: int) -> Value:
    if exponent < 0:
        build.many(fail_if, true(), exception="ValueError", message=NEGATIVE_POWER)
    return _repeated(build, base, exponent) if exponent > 0 else like(base, 1)


def _square_and_multiply(build: Builder, base: Value, exponent: Value) -> Value:
    def step(carried: tuple[Variable, ...]) -> tuple[Value, ...]:
        result, factor, left = carried
        odd = build(not_equal, build(bitwise_and, left, like(left, 1)), like(left, 0))
        product = build(multiply, result, build(select, odd, factor, like(factor, 1)))
        return product, build(multiply, factor, factor), build(shift_right, left, like(left, 1))

    def unfinished(carried: tuple[Variable, ...]) -> Value:
        return build(greater, carried[2], like(carried[2], 0))

    product, _, _ = build.while_((like(base, 1), base, exponent), unfinished, step)
    return product


def _expand_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    """Follow NumPy: whole exponents by multiplication, a base of zero by rule, all else by the library."""
    base, exponent = operation.operands
    known = _complex_constant(build, base, exponent)
    if known is not None:
        return (known,)
    (a, b), (c, d) = parts(build, base), parts(build, exponent)
    zero = like(c, 0)
    exponent_zero = both(build, build(equal, c, zero), build(equal, d, zero))
    base_zero = both(build, build(equal, a, zero), build(equal, b, zero))

    def usual() -> tuple[Value, ...]:
        return build.if_(base_zero, lambda: _power_of_zero(build, c), lambda: _power_of_number(build, base, exponent))

    return (build(make_complex, *build.if_(exponent_zero, lambda: (like(c, 1), zero), usual)),)


def _power_of_zero(build: Builder, exponent: Value) -> tuple[Value, ...]:
    """Return the parts of 0 to a power that is not 0: only the real part of the exponent counts."""
    fine = build(greater, exponent, like(exponent, 0))
    build.many(signal, build(invert, fine), flag="invalid")
    result = build(select, fine, like(exponent, 0), like(exponent, math.nan))
    return result, result


def _power_of_number(build: Builder, base: Value, exponent: Value) -> tuple[Value, ...]:
    """Return the parts of a number that is not 0 to a power that is not 0."""
    c, d = parts(build, exponent)
    zero = like(c, 0)
    straight = build(equal, d, zero)
    small = build(less, build(fabs, c), like(c, _LARGEST_WHOLE_EXPONENT))
    whole = both(build, straight, small, build(equal, build(trunc, build(select, small, c, zero)), c))
    # NumPy asks whether the exponent is whole by converting it to an integer.
    outside = build(invert, build(less, build(fabs, c), like(c, 2.0**63)))
    build.many(signal, both(build, straight, outside), flag="invalid")
    return build.if_(
        whole,
        lambda: parts(build, _whole_power(build, base, c)),
        lambda: parts(build, call_complex(build, "cpow", base, exponent)),
    )


def _complex_constant(build: Builder, base: Value, exponent: Value) -> Value | None:
    if not isinstance(exponent, Constant):
        return None
    if exponent.value == 1:
        return base
    if exponent.value == 2:
        return build(multiply, base, base)
    return None


def _whole_power(build: Builder, base: Value, exponent: Value) -> Value:
    """Return a complex number to a whole power; a float holds the exponent."""
    count = cast_value(build, build(fabs, exponent), int64)
    below = build(less, exponent, like(exponent, 0))
    direct = both(build, build(invert, below), build(less, count, like(count, 4)))
    power = _square_and_multiply_complex(build, base, count, direct)

    def inverse() -> tuple[Value, ...]:
        return parts(build, build(divide, like(power, 1), power))

    return build(make_complex, *build.if_(below, inverse, lambda: parts(build, power)))


def _square_and_multiply_complex(build: Builder, base: Value, count: Value, direct: Value) -> Value:
    """Multiply by squaring, from 1 on; where `direct` holds from the base on, which matters for infinite numbers only."""
    one = like(count, 1)
    even = build(equal, count, like(count, 2))

    def step(index: Variable, carried: tuple[Variable, ...]) -> tuple[Value, ...]:
        del index
        result, factor, left = carried
        first = both(build, direct, either(build, even, build(equal, left, count)))
        odd = build(not_equal, build(bitwise_and, left, one), like(left, 0))

        def multiplied() -> tuple[Value, ...]:
            return build.if_(first, lambda: (factor,), lambda: (complex_product(build, result, factor),))

        (product,) = build.if_(odd, multiplied, lambda: (result,))
        more = build(greater, left, one)
        (square,) = build.if_(more, lambda: (complex_product(build, factor, factor),), lambda: (factor,))
        return product, square, build(shift_right, left, one)

    # As often as the largest exponent has bits: lanes that are done take no part, and none goes on alone.
    steps = constant(_LARGEST_WHOLE_EXPONENT.bit_length(), int64)
    product, _, _ = build.for_(steps, (like(base, 1), base, count), step)
    return product


def _expand_float_power(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (build(power, *operation.operands),)


power = Primitive(
    name="power",
    doc="Return the first number to the power of the second; integers refuse negative exponents.",
    rule=numpy_rule(np.power),
    lower=library_call("pow", "powf"),
    expand=for_kinds(float=_expand_float, int=_expand_integer, uint=_expand_integer, complex=_expand_complex),
    numpy=np.power,
    python=("**", "pow"),
    array_api="pow",
    llvm=("pow.f",),
    plain=True,
    raises=frozenset({"divide", "over", "under", "invalid"}),
    library=("pow", "powf"),
    definition="power.power",
)

float_power = Primitive(
    name="float_power",
    doc="Return the first number to the power of the second, in float64 or complex128.",
    rule=numpy_rule(np.float_power),
    expand=_expand_float_power,
    numpy=np.float_power,
    python=("math.pow",),
    plain=True,
    raises=frozenset({"divide", "over", "under", "invalid"}),
)

RECORDS = (power, float_power)
