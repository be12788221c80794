"""Truth values of numbers and tests of floating-point classes."""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.builder import Builder, false, true
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import bitwise_xor, both, either, invert
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import equal, greater, less
from cobra.compiler.primitives.complex_parts import parts
from cobra.compiler.primitives.expansion import Expand, like, scalar_of
from cobra.compiler.primitives.layout import bits_of, infinity_bits, magnitude_bits
from cobra.compiler.primitives.lowerings import compare_floats, operand_type
from cobra.compiler.primitives.type_rules import numpy_rule
from cobra.types import bool_, float16


def truth(build: Builder, value: Value) -> Value:
    """Return whether a number is not zero; NaN is not."""
    return cast_value(build, value, bool_)


def _expand_and(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (both(build, *(truth(build, operand) for operand in operation.operands)),)


def _expand_or(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (either(build, *(truth(build, operand) for operand in operation.operands)),)


def _expand_xor(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (build(bitwise_xor, *(truth(build, operand) for operand in operation.operands)),)


def _expand_not(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (build(invert, truth(build, operation.operands[0])),)


def _class_test(own: str, *, whole: bool, every: bool) -> Expand:
    """Return the expansion of a test named `own`: its answer for whole numbers, and whether both complex parts must pass."""

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
        (value,) = operation.operands
        kind = scalar_of(value)
        if kind.is_complex:
            tests = [build(TESTS[own], part) for part in parts(build, value)]
            return (both(build, *tests) if every else either(build, *tests),)
        if kind.is_floating:
            return _test_float(build, own, value)
        return (true() if whole else false(),)

    return expand


def _test_float(build: Builder, own: str, value: Value) -> tuple[Value, ...] | None:
    kind = scalar_of(value)
    if own == "isnan" and kind != float16:
        return None
    bits = magnitude_bits(build, value)
    relation = {"isnan": greater, "isinf": equal, "isfinite": less}[own]
    return (build(relation, bits, like(bits, infinity_bits(kind))),)


def _lower_isnan(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    return (compare_floats(emitter, "uno", operand_type(operation), registers[0], registers[0]),)


def _expand_signbit(build: Builder, operation: Operation) -> tuple[Value, ...]:
    bits = bits_of(build, operation.operands[0])
    return (build(less, bits, like(bits, 0)),)


logical_and = Primitive(
    name="logical_and",
    doc="Tell whether both numbers are not zero.",
    rule=numpy_rule(np.logical_and),
    expand=_expand_and,
    numpy=np.logical_and,
    fold_start=1,
    array_api="logical_and",
    plain=True,
)

logical_or = Primitive(
    name="logical_or",
    doc="Tell whether any of two numbers is not zero.",
    rule=numpy_rule(np.logical_or),
    expand=_expand_or,
    numpy=np.logical_or,
    fold_start=0,
    array_api="logical_or",
    plain=True,
)

logical_xor = Primitive(
    name="logical_xor",
    doc="Tell whether exactly one of two numbers is not zero.",
    rule=numpy_rule(np.logical_xor),
    expand=_expand_xor,
    numpy=np.logical_xor,
    fold_start=0,
    array_api="logical_xor",
    plain=True,
)

logical_not = Primitive(
    name="logical_not",
    doc="Tell whether a number is zero.",
    rule=numpy_rule(np.logical_not),
    expand=_expand_not,
    numpy=np.logical_not,
    array_api="logical_not",
    plain=True,
)

isnan = Primitive(
    name="isnan",
    doc="Tell whether a number, or any part of a complex one, is not a number.",
    rule=numpy_rule(np.isnan),
    lower=_lower_isnan,
    expand=_class_test("isnan", whole=False, every=False),
    numpy=np.isnan,
    python=("math.isnan", "cmath.isnan"),
    array_api="isnan",
    plain=True,
    takes_half=True,
)

isinf = Primitive(
    name="isinf",
    doc="Tell whether a number, or any part of a complex one, is infinite.",
    rule=numpy_rule(np.isinf),
    expand=_class_test("isinf", whole=False, every=False),
    numpy=np.isinf,
    python=("math.isinf", "cmath.isinf"),
    array_api="isinf",
    plain=True,
    takes_half=True,
)

isfinite = Primitive(
    name="isfinite",
    doc="Tell whether a number, with both parts of a complex one, is neither infinite nor NaN.",
    rule=numpy_rule(np.isfinite),
    expand=_class_test("isfinite", whole=True, every=True),
    numpy=np.isfinite,
    python=("math.isfinite", "cmath.isfinite"),
    array_api="isfinite",
    plain=True,
    takes_half=True,
)

signbit = Primitive(
    name="signbit",
    doc="Tell whether the sign bit of a float is set, that of -0.0 and of NaN included.",
    rule=numpy_rule(np.signbit),
    expand=_expand_signbit,
    numpy=np.signbit,
    array_api="signbit",
    plain=True,
    takes_half=True,
)

TESTS = {record.name: record for record in (isnan, isinf, isfinite)}
RECORDS = (logical_and, logical_or, logical_xor, logical_not, *TESTS.values(), signbit)
