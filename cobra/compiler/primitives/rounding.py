"""Rounding to whole numbers. Integers are whole already."""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import for_kinds, unchanged
from cobra.compiler.primitives.lowerings import float_intrinsic
from cobra.compiler.primitives.type_rules import numpy_rule


def _expand_rint_complex(build: Builder, operation: Operation) -> tuple[Value, ...]:
    return (build(make_complex, *(build(rint, part) for part in parts(build, operation.operands[0]))),)


floor = Primitive(
    name="floor",
    doc="Return the largest whole number that is not above a number.",
    rule=numpy_rule(np.floor),
    lower=float_intrinsic("floor", rounds=False),
    expand=for_kinds(bool=unchanged, int=unchanged, uint=unchanged),
    numpy=np.floor,
    python=("math.floor",),
    array_api="floor",
    llvm=("floor.f", "floor"),
    plain=True,
)

ceil = Primitive(
    name="ceil",
    doc="Return the smallest whole number that is not below a number.",
    rule=numpy_rule(np.ceil),
    lower=float_intrinsic("ceil", rounds=False),
    expand=for_kinds(bool=unchanged, int=unchanged, uint=unchanged),
    numpy=np.ceil,
    python=("math.ceil",),
    array_api="ceil",
    llvm=("ceil.f", "ceil"),
    plain=True,
)

trunc = Primitive(
    name="trunc",
    doc="Return the whole part of a number.",
    rule=numpy_rule(np.trunc),
    lower=float_intrinsic("trunc", rounds=False),
    expand=for_kinds(bool=unchanged, int=unchanged, uint=unchanged),
    numpy=np.trunc,
    python=("math.trunc",),
    array_api="trunc",
    llvm=("trunc.f", "trunc"),
    plain=True,
)

rint = Primitive(
    name="rint",
    doc="Return the nearest whole number, the even one of two equally near.",
    rule=numpy_rule(np.rint),
    lower=float_intrinsic("rint", rounds=True),
    expand=for_kinds(complex=_expand_rint_complex),
    numpy=np.rint,
    llvm=("rint.f", "nearbyint.f", "roundeven.f", "rint", "nearbyint", "roundeven"),
    plain=True,
)

RECORDS = (floor, ceil, trunc, rint)
