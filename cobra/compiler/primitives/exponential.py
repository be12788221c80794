"""Exponentials, logarithms and roots."""

from __future__ import annotations

import math

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import add, multiply, subtract
from cobra.compiler.primitives.comparison import equal, greater, signal_unordered
from cobra.compiler.primitives.complex_functions import call_complex, complex_by_library
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import Expand, for_kinds, like
from cobra.compiler.primitives.lowerings import library_call
from cobra.compiler.primitives.roots import hypot
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.signs import fabs, negative
from cobra.compiler.primitives.trigonometric import arctan2, cos, sin
from cobra.compiler.primitives.type_rules import numpy_rule

EXPONENTIAL_ERRORS = frozenset({"over", "under", "invalid"})
LOGARITHM_ERRORS = frozenset({"divide", "invalid"})

_LOG2_OF_E = 1.4426950408889634
_LOG10_OF_E = 0.4342944819032518


def _scaled(build: Builder, value: Value, factor: float) -> Value:
    return build(make_complex, *(build(multiply, part, like(part, factor)) for part in parts(build, value)))


def _times_log(factor: float) -> Expand:
    """Return the expansion of a complex logarithm to another base: the natural one times a constant."""

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...]:
        return (_scaled(build, call_complex(build, "clog", *operation.operands), factor),)

    return for_kinds(complex=expand)


def _expand_exp2_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (call_complex(build, "cexp", _scaled(build, operation.operands[0], math.log(2))),)


def _expand_expm1_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    a, b = parts(build, operation.operands[0])
    half = build(sin, build(multiply, b, like(b, 0.5)))
    lost = build(multiply, build(multiply, like(b, 2), half), half)
    first = build(subtract, build(multiply, build(expm1, a), build(cos, b)), lost)
    return (build(make_complex, first, build(multiply, build(exp, a), build(sin, b))),)


def _expand_log1p_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    a, b = parts(build, operation.operands[0])
    shifted = build(add, a, like(a, 1))
    return (build(make_complex, build(log, build(hypot, shifted, b)), build(arctan2, b, shifted)),)


def _log_of_sum(exponential: str, base: float) -> Expand:
    """Return the expansion of log(base**x + base**y) that stays in range: the larger operand is taken out."""

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...]:
        x, y = operation.operands

        def apart() -> tuple[Value, ...]:
            difference = build(subtract, x, y)
            signal_unordered(build, difference)
            larger = build(select, build(greater, difference, like(x, 0)), x, y)
            power = exp if exponential == "exp" else exp2
            smaller = build(log1p, build(power, build(negative, build(fabs, difference))))
            if base != math.e:
                smaller = build(multiply, smaller, like(x, _LOG2_OF_E))
            return (build(add, larger, smaller),)

        return build.if_(build(equal, x, y), lambda: (build(add, x, like(x, math.log(2) / math.log(base))),), apart)

    return expand


exp = Primitive(
    name="exp",
    doc="Return e to the power of a number.",
    rule=numpy_rule(np.exp),
    lower=library_call("exp", "expf"),
    expand=complex_by_library("cexp"),
    numpy=np.exp,
    python=("math.exp", "cmath.exp"),
    array_api="exp",
    llvm=("exp.f",),
    plain=True,
    raises=EXPONENTIAL_ERRORS,
    library=("exp", "expf"),
    definition="exponential.exp",
)

exp2 = Primitive(
    name="exp2",
    doc="Return 2 to the power of a number.",
    rule=numpy_rule(np.exp2),
    lower=library_call("exp2", "exp2f"),
    expand=for_kinds(complex=_expand_exp2_complex),
    numpy=np.exp2,
    python=("math.exp2",),
    llvm=("exp2.f",),
    plain=True,
    raises=EXPONENTIAL_ERRORS,
    library=("exp2", "exp2f"),
    definition="exponential.exp2",
)

expm1 = Primitive(
    name="expm1",
    doc="Return e to the power of a number, minus one, exactly even near zero.",
    rule=numpy_rule(np.expm1),
    lower=library_call("expm1", "expm1f"),
    expand=for_kinds(complex=_expand_expm1_complex),
    numpy=np.expm1,
    python=("math.expm1",),
    array_api="expm1",
    plain=True,
    raises=EXPONENTIAL_ERRORS,
    library=("expm1", "expm1f"),
    definition="exponential.expm1",
)

log = Primitive(
    name="log",
    doc="Return the natural logarithm.",
    rule=numpy_rule(np.log),
    lower=library_call("log", "logf"),
    expand=complex_by_library("clog"),
    numpy=np.log,
    python=("math.log", "cmath.log"),
    array_api="log",
    llvm=("log.f",),
    plain=True,
    raises=LOGARITHM_ERRORS,
    library=("log", "logf"),
    definition="logarithm.log",
)

log2 = Primitive(
    name="log2",
    doc="Return the logarithm to base 2.",
    rule=numpy_rule(np.log2),
    lower=library_call("log2", "log2f"),
    expand=_times_log(_LOG2_OF_E),
    numpy=np.log2,
    python=("math.log2",),
    array_api="log2",
    llvm=("log2.f",),
    plain=True,
    raises=LOGARITHM_ERRORS,
    library=("log2", "log2f"),
    definition="logarithm.log2",
)

log10 = Primitive(
    name="log10",
    doc="Return the logarithm to base 10.",
    rule=numpy_rule(np.log10),
    lower=library_call("log10", "log10f"),
    expand=_times_log(_LOG10_OF_E),
    numpy=np.log10,
    python=("math.log10", "cmath.log10"),
    array_api="log10",
    llvm=("log10.f",),
    plain=True,
    raises=LOGARITHM_ERRORS,
    library=("log10", "log10f"),
    definition="logarithm.log10",
)

log1p = Primitive(
    name="log1p",
    doc="Return the natural logarithm of one plus a number, exactly even near zero.",
    rule=numpy_rule(np.log1p),
    lower=library_call("log1p", "log1pf"),
    expand=for_kinds(complex=_expand_log1p_complex),
    numpy=np.log1p,
    python=("math.log1p",),
    array_api="log1p",
    plain=True,
    raises=LOGARITHM_ERRORS,
    library=("log1p", "log1pf"),
    definition="logarithm.log1p",
)

logaddexp = Primitive(
    name="logaddexp",
    doc="Return the natural logarithm of the sum of two exponentials.",
    rule=numpy_rule(np.logaddexp),
    expand=_log_of_sum("exp", math.e),
    numpy=np.logaddexp,
    array_api="logaddexp",
    raises=EXPONENTIAL_ERRORS,
    definition="logistic.logaddexp",
)

logaddexp2 = Primitive(
    name="logaddexp2",
    doc="Return the logarithm to base 2 of the sum of two powers of 2.",
    rule=numpy_rule(np.logaddexp2),
    expand=_log_of_sum("exp2", 2),
    numpy=np.logaddexp2,
    raises=EXPONENTIAL_ERRORS,
    definition="logistic.logaddexp2",
)

RECORDS = (exp, exp2, expm1, log, log2, log10, log1p, logaddexp, logaddexp2)
