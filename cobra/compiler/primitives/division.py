"""Division with a rest: floor division, remainders, and both at once.

Integer division raises NumPy's errors by rule: x // 0 is 0 and divides by zero, the least number // -1 overflows. Floats
follow Python: the remainder has the sign of the divisor, and the quotient is corrected by the remainder.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.arithmetic import add, divide, subtract
from cobra.compiler.primitives.bitwise import bitwise_and, both, either
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, greater, less, not_equal
from cobra.compiler.primitives.effects import signal
from cobra.compiler.primitives.expansion import like, lowest, scalar_of
from cobra.compiler.primitives.lowerings import library_call
from cobra.compiler.primitives.machine import quotient, rest, shift_right
from cobra.compiler.primitives.rounding import floor
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import copysign
from cobra.compiler.primitives.type_rules import floating, numpy_rule

DIVISION_ERRORS = frozenset({"divide", "over", "under", "invalid"})

Halves = tuple[Value, Value]
Results = Callable[[], tuple[Value, ...]]


def _divide_integers(build: Builder, left: Value, right: Value, *, overflows: bool) -> Halves:
    """Return quotient and remainder of a floor division; signal overflow only where the quotient is asked for."""
    places = _places_of(right)
    if places is not None:
        mask = like(left, (1 << places) - 1)
        return build(shift_right, left, like(left, places)), build(bitwise_and, left, mask)
    zero = build(equal, right, like(right, 0))
    build.many(signal, zero, flag="divide")
    unsafe: Value = zero
    if scalar_of(left).kind == "int":
        unsafe = either(build, zero, _too_large(build, left, right, overflows=overflows))
    divisor = build(select, unsafe, like(right, 1), right)
    whole, left_over = build(quotient, left, divisor), build(rest, left, divisor)
    if scalar_of(left).kind == "int":
        # Truncation went up where the remainder has the wrong sign.
        opposite = build(not_equal, build(less, left_over, like(left, 0)), build(less, divisor, like(left, 0)))
        wrong = both(build, opposite, build(not_equal, left_over, like(left, 0)))
        whole = build(subtract, whole, cast_value(build, wrong, scalar_of(left)))
        left_over = build(add, left_over, build(select, wrong, divisor, like(left, 0)))
    return build(select, zero, like(left, 0), whole), build(select, zero, like(left, 0), left_over)


def _places_of(value: Value) -> int | None:
    """Return the exponent of a constant power of two."""
    number = value.value if isinstance(value, Constant) else 0
    assert isinstance(number, int)
    return number.bit_length() - 1 if number > 0 and number.bit_count() == 1 else None


def _too_large(build: Builder, left: Value, right: Value, *, overflows: bool) -> Value:
    least = build(equal, left, like(left, lowest(scalar_of(left))))
    overflow = both(build, least, build(equal, right, like(right, -1)))
    if overflows:
        build.many(signal, overflow, flag="over")
    return overflow


def _float_rest(build: Builder, left: Value, right: Value) -> tuple[Value, Value, Value]:
    """Return the truncated remainder, whether it has the wrong sign, and the remainder of floor division."""
    zero = like(left, 0)
    truncated = build(fmod, left, right)
    inexact = build(not_equal, truncated, zero)
    wrong = both(build, inexact, build(not_equal, build(less, right, zero), build(less, truncated, zero)))
    moved = build(add, truncated, build(select, wrong, right, zero))
    return truncated, wrong, build(select, inexact, moved, build(copysign, zero, right))


def _float_halves(build: Builder, left: Value, right: Value) -> Halves:
    """Return quotient and remainder of a floor division by a float that is not zero."""
    zero, one = like(left, 0), like(left, 1)
    truncated, wrong, left_over = _float_rest(build, left, right)
    ratio = build(divide, build(subtract, left, truncated), right)
    lowered = build(subtract, ratio, build(select, wrong, one, zero))
    below = build(floor, lowered)
    too_low = build(greater, build(subtract, lowered, below), like(left, 0.5))
    nearest = build(add, below, build(select, too_low, one, zero))
    vanished = build(equal, lowered, zero)
    # A quotient of zero has the sign of left / right; dividing may underflow, as it does in NumPy, but not for other quotients.
    signed_zero = build(copysign, zero, build(divide, build(select, vanished, left, zero), right))
    return build(select, vanished, signed_zero, nearest), left_over


def _unless_zero(build: Builder, right: Value, by_zero: Results, usual: Results) -> tuple[Value, ...]:
    return build.if_(build(equal, right, like(right, 0)), by_zero, usual)


def _expand_floor_divide(build: Builder, operation: Operation) -> tuple[Value, ...]:
    left, right = operation.operands
    if not scalar_of(left).is_floating:
        return _divide_integers(build, left, right, overflows=True)[:1]
    return _unless_zero(
        build, right, lambda: (build(divide, left, right),), lambda: _float_halves(build, left, right)[:1]
    )


def _expand_remainder(build: Builder, operation: Operation) -> tuple[Value, ...]:
    left, right = operation.operands
    if not scalar_of(left).is_floating:
        return _divide_integers(build, left, right, overflows=False)[1:]
    return _unless_zero(build, right, lambda: (build(fmod, left, right),), lambda: _float_rest(build, left, right)[2:])


def _expand_divmod(build: Builder, operation: Operation) -> tuple[Value, ...]:
    left, right = operation.operands
    if not scalar_of(left).is_floating:
        return _divide_integers(build, left, right, overflows=True)

    def by_zero() -> tuple[Value, ...]:
        return build(divide, left, right), build(fmod, left, right)

    return _unless_zero(build, right, by_zero, lambda: _float_halves(build, left, right))


def _expand_fmod(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    left, right = operation.operands
    if scalar_of(left).is_floating:
        return None
    zero = build(equal, right, like(right, 0))
    build.many(signal, zero, flag="divide")
    # What -1 leaves is what 1 leaves, and the least number divided by -1 would end the process.
    unsafe = either(build, zero, build(equal, right, like(right, -1))) if scalar_of(left).kind == "int" else zero
    return (build(rest, left, build(select, unsafe, like(right, 1), right)),)


floor_divide = Primitive(
    name="floor_divide",
    doc="Return the largest whole number not above the quotient.",
    rule=numpy_rule(np.floor_divide),
    expand=_expand_floor_divide,
    numpy=np.floor_divide,
    python=("//",),
    array_api="floor_divide",
    raises=DIVISION_ERRORS,
    keeps_sign=True,
)

remainder = Primitive(
    name="remainder",
    doc="Return what floor division leaves; it has the sign of the divisor.",
    rule=numpy_rule(np.remainder),
    expand=_expand_remainder,
    numpy=np.remainder,
    python=("%",),
    array_api="remainder",
    raises=DIVISION_ERRORS,
    keeps_sign=True,
)

divmod_ = Primitive(
    name="divmod",
    doc="Return the results of floor division and of remainder.",
    rule=numpy_rule(np.divmod),
    expand=_expand_divmod,
    numpy=np.divmod,
    python=("divmod",),
    raises=DIVISION_ERRORS,
)

fmod = Primitive(
    name="fmod",
    doc="Return what division rounded towards zero leaves; it has the sign of the first operand.",
    rule=numpy_rule(np.fmod),
    lower=library_call("fmod", "fmodf"),
    expand=_expand_fmod,
    numpy=np.fmod,
    python=("math.fmod",),
    plain=True,
    raises=frozenset({"divide", "invalid"}),
    library=("fmod", "fmodf"),
    definition="division.fmod",
)

ieee_remainder = Primitive(
    name="ieee_remainder",
    doc="Return what division rounded to the nearest whole number leaves.",
    rule=floating("ieee_remainder", 2),
    lower=library_call("remainder", "remainderf"),
    python=("math.remainder",),
    plain=True,
    raises=frozenset({"invalid"}),
    library=("remainder", "remainderf"),
)

RECORDS = (floor_divide, remainder, divmod_, fmod, ieee_remainder)
