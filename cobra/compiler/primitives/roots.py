"""Square and cube roots, and the length of a vector."""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.complex_functions import complex_by_library
from cobra.compiler.primitives.lowerings import float_intrinsic, library_call
from cobra.compiler.primitives.type_rules import numpy_rule

sqrt = Primitive(
    name="sqrt",
    doc="Return the square root.",
    rule=numpy_rule(np.sqrt),
    lower=float_intrinsic("sqrt", rounds=True),
    expand=complex_by_library("csqrt"),
    numpy=np.sqrt,
    python=("math.sqrt", "cmath.sqrt"),
    array_api="sqrt",
    llvm=("sqrt.f", "sqrt"),
    plain=True,
    raises=frozenset({"invalid"}),
    neutral=(1,),
    costly=True,
)

cbrt = Primitive(
    name="cbrt",
    doc="Return the cube root.",
    rule=numpy_rule(np.cbrt),
    lower=library_call("cbrt", "cbrtf"),
    numpy=np.cbrt,
    python=("math.cbrt",),
    plain=True,
    library=("cbrt", "cbrtf"),
    definition="roots.cbrt",
)

hypot = Primitive(
    name="hypot",
    doc="Return the length of the vector of two legs.",
    rule=numpy_rule(np.hypot),
    lower=library_call("hypot", "hypotf"),
    numpy=np.hypot,
    python=("math.hypot",),
    array_api="hypot",
    plain=True,
    raises=frozenset({"over", "under"}),
    library=("hypot", "hypotf"),
    definition="roots.hypot",
)

RECORDS = (sqrt, cbrt, hypot)
