"""Circular and hyperbolic functions, their inverses, and units of angles."""

from __future__ import annotations

import math

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import multiply
from cobra.compiler.primitives.complex_functions import complex_by_library
from cobra.compiler.primitives.expansion import Expand, like, scalar_of
from cobra.compiler.primitives.lowerings import library_call
from cobra.compiler.primitives.type_rules import numpy_rule

_ERRORS = frozenset({"divide", "over", "under", "invalid"})


def _scaled_by(numerator: float, denominator: float) -> Expand:
    """Return the expansion that multiplies by a ratio, itself rounded in the type of the operand."""

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...]:
        (value,) = operation.operands
        number = scalar_of(value).dtype.type
        return (build(multiply, value, like(value, float(number(numerator) / number(denominator)))),)

    return expand


sin = Primitive(
    name="sin",
    doc="Return the sine of an angle in radians.",
    rule=numpy_rule(np.sin),
    lower=library_call("sin", "sinf"),
    expand=complex_by_library("csin"),
    numpy=np.sin,
    python=("math.sin", "cmath.sin"),
    array_api="sin",
    llvm=("sin.f",),
    plain=True,
    raises=_ERRORS,
    library=("sin", "sinf"),
    definition="trigonometric.sin",
)

cos = Primitive(
    name="cos",
    doc="Return the cosine of an angle in radians.",
    rule=numpy_rule(np.cos),
    lower=library_call("cos", "cosf"),
    expand=complex_by_library("ccos"),
    numpy=np.cos,
    python=("math.cos", "cmath.cos"),
    array_api="cos",
    llvm=("cos.f",),
    plain=True,
    raises=_ERRORS,
    library=("cos", "cosf"),
    definition="trigonometric.cos",
)

tan = Primitive(
    name="tan",
    doc="Return the tangent of an angle in radians.",
    rule=numpy_rule(np.tan),
    lower=library_call("tan", "tanf"),
    expand=complex_by_library("ctan"),
    numpy=np.tan,
    python=("math.tan", "cmath.tan"),
    array_api="tan",
    llvm=("tan.f",),
    plain=True,
    raises=_ERRORS,
    library=("tan", "tanf"),
    definition="trigonometric.tan",
)

arcsin = Primitive(
    name="arcsin",
    doc="Return the angle in radians with the given sine.",
    rule=numpy_rule(np.arcsin),
    lower=library_call("asin", "asinf"),
    expand=complex_by_library("casin"),
    numpy=np.arcsin,
    python=("math.asin", "cmath.asin"),
    array_api="asin",
    llvm=("asin.f",),
    plain=True,
    raises=_ERRORS,
    library=("asin", "asinf"),
    definition="inverse_trigonometric.arcsin",
)

arccos = Primitive(
    name="arccos",
    doc="Return the angle in radians with the given cosine.",
    rule=numpy_rule(np.arccos),
    lower=library_call("acos", "acosf"),
    expand=complex_by_library("cacos"),
    numpy=np.arccos,
    python=("math.acos", "cmath.acos"),
    array_api="acos",
    llvm=("acos.f",),
    plain=True,
    raises=_ERRORS,
    library=("acos", "acosf"),
    definition="inverse_trigonometric.arccos",
)

arctan = Primitive(
    name="arctan",
    doc="Return the angle in radians with the given tangent.",
    rule=numpy_rule(np.arctan),
    lower=library_call("atan", "atanf"),
    expand=complex_by_library("catan"),
    numpy=np.arctan,
    python=("math.atan", "cmath.atan"),
    array_api="atan",
    llvm=("atan.f",),
    plain=True,
    raises=_ERRORS,
    library=("atan", "atanf"),
    definition="inverse_trigonometric.arctan",
)

sinh = Primitive(
    name="sinh",
    doc="Return the hyperbolic sine.",
    rule=numpy_rule(np.sinh),
    lower=library_call("sinh", "sinhf"),
    expand=complex_by_library("csinh"),
    numpy=np.sinh,
    python=("math.sinh", "cmath.sinh"),
    array_api="sinh",
    llvm=("sinh.f",),
    plain=True,
    raises=_ERRORS,
    library=("sinh", "sinhf"),
    definition="hyperbolic.sinh",
)

cosh = Primitive(
    name="cosh",
    doc="Return the hyperbolic cosine.",
    rule=numpy_rule(np.cosh),
    lower=library_call("cosh", "coshf"),
    expand=complex_by_library("ccosh"),
    numpy=np.cosh,
    python=("math.cosh", "cmath.cosh"),
    array_api="cosh",
    llvm=("cosh.f",),
    plain=True,
    raises=_ERRORS,
    library=("cosh", "coshf"),
    definition="hyperbolic.cosh",
)

tanh = Primitive(
    name="tanh",
    doc="Return the hyperbolic tangent.",
    rule=numpy_rule(np.tanh),
    lower=library_call("tanh", "tanhf"),
    expand=complex_by_library("ctanh"),
    numpy=np.tanh,
    python=("math.tanh", "cmath.tanh"),
    array_api="tanh",
    llvm=("tanh.f",),
    plain=True,
    raises=_ERRORS,
    library=("tanh", "tanhf"),
    definition="hyperbolic_tangent.tanh",
)

arcsinh = Primitive(
    name="arcsinh",
    doc="Return the number with the given hyperbolic sine.",
    rule=numpy_rule(np.arcsinh),
    lower=library_call("asinh", "asinhf"),
    expand=complex_by_library("casinh"),
    numpy=np.arcsinh,
    python=("math.asinh", "cmath.asinh"),
    array_api="asinh",
    plain=True,
    raises=_ERRORS,
    library=("asinh", "asinhf"),
    definition="inverse_hyperbolic.arcsinh",
)

arccosh = Primitive(
    name="arccosh",
    doc="Return the number, at least 0, with the given hyperbolic cosine.",
    rule=numpy_rule(np.arccosh),
    lower=library_call("acosh", "acoshf"),
    expand=complex_by_library("cacosh"),
    numpy=np.arccosh,
    python=("math.acosh", "cmath.acosh"),
    array_api="acosh",
    plain=True,
    raises=_ERRORS,
    library=("acosh", "acoshf"),
    definition="inverse_hyperbolic.arccosh",
)

arctanh = Primitive(
    name="arctanh",
    doc="Return the number with the given hyperbolic tangent.",
    rule=numpy_rule(np.arctanh),
    lower=library_call("atanh", "atanhf"),
    expand=complex_by_library("catanh"),
    numpy=np.arctanh,
    python=("math.atanh", "cmath.atanh"),
    array_api="atanh",
    plain=True,
    raises=_ERRORS,
    library=("atanh", "atanhf"),
    definition="inverse_hyperbolic.arctanh",
)

arctan2 = Primitive(
    name="arctan2",
    doc="Return the angle in radians of the point with the given y and x.",
    rule=numpy_rule(np.arctan2),
    lower=library_call("atan2", "atan2f"),
    numpy=np.arctan2,
    python=("math.atan2",),
    array_api="atan2",
    llvm=("atan2.f",),
    plain=True,
    raises=frozenset({"under"}),
    library=("atan2", "atan2f"),
    definition="inverse_trigonometric.arctan2",
)

deg2rad = Primitive(
    name="deg2rad",
    doc="Return an angle in degrees as radians.",
    rule=numpy_rule(np.deg2rad),
    expand=_scaled_by(math.pi, 180),
    numpy=np.deg2rad,
    plain=True,
    raises=frozenset({"under"}),
)

radians = Primitive(
    name="radians",
    doc="Return an angle in degrees as radians.",
    rule=numpy_rule(np.radians),
    expand=_scaled_by(math.pi, 180),
    numpy=np.radians,
    python=("math.radians",),
    plain=True,
    raises=frozenset({"under"}),
)

rad2deg = Primitive(
    name="rad2deg",
    doc="Return an angle in radians as degrees.",
    rule=numpy_rule(np.rad2deg),
    expand=_scaled_by(180, math.pi),
    numpy=np.rad2deg,
    plain=True,
    raises=frozenset({"over"}),
)

degrees = Primitive(
    name="degrees",
    doc="Return an angle in radians as degrees.",
    rule=numpy_rule(np.degrees),
    expand=_scaled_by(180, math.pi),
    numpy=np.degrees,
    python=("math.degrees",),
    plain=True,
    raises=frozenset({"over"}),
)

RECORDS = (
    sin, cos, tan, arcsin, arccos, arctan, sinh, cosh, tanh, arcsinh, arccosh, arctanh, arctan2,
    deg2rad, radians, rad2deg, degrees,
)  # fmt: skip
