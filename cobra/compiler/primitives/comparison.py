"""The six comparisons.

Complex numbers compare by their real parts, then by their imaginary parts, and any NaN makes an order false. int64 and uint64
compare as the numbers they stand for. Comparisons of real numbers never warn of NaN; orders of complex ones do, as in NumPy.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import both, either
from cobra.compiler.primitives.complex_parts import parts
from cobra.compiler.primitives.effects import signal
from cobra.compiler.primitives.expansion import Expand, like, scalar_of
from cobra.compiler.primitives.lowerings import comparison
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.compiler.primitives.type_rules import numpy_rule
from cobra.types import uint64


def _expand_equal(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    left, right = operation.operands
    if scalar_of(left).is_complex:
        (a, b), (c, d) = parts(build, left), parts(build, right)
        return (both(build, build(equal, a, c), build(equal, b, d)),)
    if left.type == right.type:
        return None
    return (both(build, _not_negative(build, left, right), build(equal, *_as_unsigned(build, left, right))),)


def _expand_not_equal(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    left, right = operation.operands
    if scalar_of(left).is_complex:
        (a, b), (c, d) = parts(build, left), parts(build, right)
        return (either(build, build(not_equal, a, c), build(not_equal, b, d)),)
    if left.type == right.type:
        return None
    return (either(build, _negative(build, left, right), build(not_equal, *_as_unsigned(build, left, right))),)


def _expand_order(own: str, first: str) -> Expand:
    """Return the expansion of the order named `own` whose strict form is named `first`."""

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
        left, right = operation.operands
        if scalar_of(left).is_complex:
            _signal_complex(build, left, right)
            return (quiet_order(build, ORDERS[own], left, right),)
        if left.type == right.type:
            return None
        unsigned = build(ORDERS[own], *_as_unsigned(build, left, right))
        # A negative left operand lies below every unsigned number, a negative right one as well.
        if (scalar_of(left).kind == "int") == (first == "less"):
            return (either(build, _negative(build, left, right), unsigned),)
        return (both(build, _not_negative(build, left, right), unsigned),)

    return expand


def quiet_order(build: Builder, order: Primitive, left: Value, right: Value, *, with_nan: bool = False) -> Value:
    """Append the order of two numbers of any type without a warning of NaN.

    `with_nan` lets the real parts of complex numbers decide even if an imaginary part is NaN.
    """
    if not scalar_of(left).is_complex:
        return build(order, left, right)
    (a, b), (c, d) = parts(build, left), parts(build, right)
    decided: Value = build(less if order in (less, less_equal) else greater, a, c)
    if not with_nan:
        decided = both(build, decided, build(equal, b, b), build(equal, d, d))
    return either(build, decided, both(build, build(equal, a, c), build(order, b, d)))


def unordered(build: Builder, *values: Value) -> Value:
    """Append the test whether any of several floats is NaN."""
    return either(build, *(build(not_equal, value, value) for value in values))


def signal_unordered(build: Builder, *values: Value) -> None:
    """Append the error "invalid" where any of several floats is NaN, which the ordered comparisons of C raise."""
    build.many(signal, unordered(build, *values), flag="invalid")


def _signal_complex(build: Builder, left: Value, right: Value) -> None:
    (a, b), (c, d) = parts(build, left), parts(build, right)
    undecided = both(build, build(equal, a, c), unordered(build, b, d))
    build.many(signal, either(build, unordered(build, a, c), undecided), flag="invalid")


def _signed(left: Value, right: Value) -> Value:
    return left if scalar_of(left).kind == "int" else right


def _negative(build: Builder, left: Value, right: Value) -> Value:
    value = _signed(left, right)
    return build(less, value, like(value, 0))


def _not_negative(build: Builder, left: Value, right: Value) -> Value:
    value = _signed(left, right)
    return build(greater_equal, value, like(value, 0))


def _as_unsigned(build: Builder, left: Value, right: Value) -> tuple[Value, Value]:
    signed = _signed(left, right)
    changed = reinterpret_bits(build, signed, uint64)
    return (changed, right) if signed is left else (left, changed)


equal = Primitive(
    name="equal",
    doc="Tell whether two numbers are equal.",
    rule=numpy_rule(np.equal),
    lower=comparison("oeq", "eq", "eq"),
    expand=_expand_equal,
    numpy=np.equal,
    python=("==",),
    array_api="equal",
    plain=True,
)

not_equal = Primitive(
    name="not_equal",
    doc="Tell whether two numbers differ.",
    rule=numpy_rule(np.not_equal),
    lower=comparison("une", "ne", "ne"),
    expand=_expand_not_equal,
    numpy=np.not_equal,
    python=("!=",),
    array_api="not_equal",
    plain=True,
)

less = Primitive(
    name="less",
    doc="Tell whether the first number is less than the second.",
    rule=numpy_rule(np.less),
    lower=comparison("olt", "slt", "ult"),
    expand=_expand_order("less", "less"),
    numpy=np.less,
    python=("<",),
    array_api="less",
)

less_equal = Primitive(
    name="less_equal",
    doc="Tell whether the first number is less than the second or equal to it.",
    rule=numpy_rule(np.less_equal),
    lower=comparison("ole", "sle", "ule"),
    expand=_expand_order("less_equal", "less"),
    numpy=np.less_equal,
    python=("<=",),
    array_api="less_equal",
)

greater = Primitive(
    name="greater",
    doc="Tell whether the first number is greater than the second.",
    rule=numpy_rule(np.greater),
    lower=comparison("ogt", "sgt", "ugt"),
    expand=_expand_order("greater", "greater"),
    numpy=np.greater,
    python=(">",),
    array_api="greater",
)

greater_equal = Primitive(
    name="greater_equal",
    doc="Tell whether the first number is greater than the second or equal to it.",
    rule=numpy_rule(np.greater_equal),
    lower=comparison("oge", "sge", "uge"),
    expand=_expand_order("greater_equal", "greater"),
    numpy=np.greater_equal,
    python=(">=",),
    array_api="greater_equal",
)

ORDERS = {record.name: record for record in (less, less_equal, greater, greater_equal)}
RECORDS = (equal, not_equal, *ORDERS.values())
