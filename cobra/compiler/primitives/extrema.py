"""The larger and the smaller of two numbers, with NaN either passed on (`maximum`) or left out (`fmax`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import either
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import greater, greater_equal, less, less_equal, quiet_order
from cobra.compiler.primitives.expansion import Expand, scalar_of
from cobra.compiler.primitives.logic import isnan
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.type_rules import numpy_rule
from cobra.types import float16, float32, float64

_CLIP: Any = np._core.umath.clip  # type: ignore[attr-defined]
"""The ufunc behind `numpy.clip`, which is what array types are asked for."""


def _extreme(order: Primitive, or_equal: Primitive, *, skips_nan: bool) -> Expand:
    """Return the expansion that keeps the first operand where the order holds, or a NaN decides for it.

    Of two zeros `maximum` and `minimum` keep the second, as vector instructions do, and the others the first; so does NumPy.
    """

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...]:
        first, second = operation.operands
        kind = scalar_of(first)
        relation = order if kind in (float32, float64) and not skips_nan else or_equal
        keep = quiet_order(build, relation, _comparable(build, first), _comparable(build, second))
        if kind.is_floating or kind.is_complex:
            keep = either(build, keep, build(isnan, second if skips_nan else first))
        return (build(select, keep, first, second),)

    return expand


def _comparable(build: Builder, value: Value) -> Value:
    return cast_value(build, value, float32) if value.type == float16 else value


def _expand_clip(build: Builder, operation: Operation) -> tuple[Value, ...]:
    value, low, high = operation.operands
    if not scalar_of(value).is_complex:
        return (build(minimum, build(maximum, value, low), high),)
    return (_clip_complex(build, less, _clip_complex(build, greater, value, low), high),)


def _clip_complex(build: Builder, order: Primitive, value: Value, limit: Value) -> Value:
    """Keep a value that is NaN or inside its limit, of which only the real part need be a number."""
    inside = quiet_order(build, order, value, limit, with_nan=True)
    return build(select, either(build, build(isnan, value), inside), value, limit)


maximum = Primitive(
    name="maximum",
    doc="Return the larger number, or NaN if any operand is NaN.",
    rule=numpy_rule(np.maximum),
    expand=_extreme(greater, greater_equal, skips_nan=False),
    numpy=np.maximum,
    fold_start=float("-inf"),
    array_api="maximum",
    llvm=("smax.i",),
    takes_half=True,
    keeps_sign=True,
)

minimum = Primitive(
    name="minimum",
    doc="Return the smaller number, or NaN if any operand is NaN.",
    rule=numpy_rule(np.minimum),
    expand=_extreme(less, less_equal, skips_nan=False),
    numpy=np.minimum,
    fold_start=float("inf"),
    array_api="minimum",
    llvm=("smin.i",),
    takes_half=True,
    keeps_sign=True,
)

fmax = Primitive(
    name="fmax",
    doc="Return the larger number, or the other one if any is NaN.",
    rule=numpy_rule(np.fmax),
    expand=_extreme(greater, greater_equal, skips_nan=True),
    numpy=np.fmax,
    fold_start=float("-inf"),
    llvm=("maxnum.f", "fmax"),
    takes_half=True,
)

fmin = Primitive(
    name="fmin",
    doc="Return the smaller number, or the other one if any is NaN.",
    rule=numpy_rule(np.fmin),
    expand=_extreme(less, less_equal, skips_nan=True),
    numpy=np.fmin,
    fold_start=float("inf"),
    llvm=("minnum.f", "fmin"),
    takes_half=True,
)

clip = Primitive(
    name="clip",
    doc="Return a number moved into the range from the second to the third operand.",
    rule=numpy_rule(_CLIP),
    expand=_expand_clip,
    numpy=_CLIP,
    array_api="clip",
    takes_half=True,
)

RECORDS = (maximum, minimum, fmax, fmin, clip)
