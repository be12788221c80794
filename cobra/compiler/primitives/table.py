"""The table of primitives: every operation of Cobra, found by its name, its NumPy ufunc or its spelling in Python or LLVM."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType

import numpy as np

from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives import (
    arithmetic,
    bitwise,
    casts,
    comparison,
    complex_functions,
    complex_parts,
    decimals,
    division,
    effects,
    exponential,
    extrema,
    fixed_width,
    floats,
    ieee_754,
    integers,
    logic,
    machine,
    magnitude,
    matrices,
    memory,
    opaque,
    power,
    roots,
    rounding,
    selection,
    signs,
    special,
    tables,
    trigonometric,
)  # fmt: skip
from cobra.types import ScalarType, float32, float64

_GROUPS = (
    arithmetic, division, power, signs, magnitude, extrema, comparison, logic, selection, rounding, decimals, roots,
    exponential, trigonometric, special, floats, integers, bitwise, fixed_width, ieee_754, complex_parts, complex_functions,
    casts, machine, memory, matrices, tables, effects, opaque,
)  # fmt: skip

_BACK_END_FUNCTIONS = frozenset({
    "fma", "fmaf", "floor", "floorf", "ceil", "ceilf", "trunc", "truncf", "rint", "rintf", "memcpy", "memmove", "memset",
    "__extendhfsf2", "__truncsfhf2",
})  # fmt: skip
"""What LLVM calls for instructions that a processor lacks, and for blocks of memory."""


def _collect() -> dict[str, Primitive]:
    table: dict[str, Primitive] = {}
    for record in chain.from_iterable(group.RECORDS for group in _GROUPS):
        assert record.name not in table, f"two records are called {record.name}"
        table[record.name] = record
    return table


TABLE: Mapping[str, Primitive] = MappingProxyType(_collect())
"""Every primitive by its name."""

_BY_NUMPY = {record.numpy: record for record in TABLE.values() if record.numpy is not None}
_BY_SPELLING = {spelling: record for record in TABLE.values() for spelling in record.python}
_BY_INTRINSIC = {name: record for record in TABLE.values() for name in record.llvm if name[-2:] in (".f", ".i")}


def _c_functions() -> dict[str, tuple[Primitive, ScalarType]]:
    found: dict[str, tuple[Primitive, ScalarType]] = {}
    for record in TABLE.values():
        plain = [name for name in record.llvm if name not in _BY_INTRINSIC]
        if record.library[1:] == tuple(f"{name}f" for name in record.library[:1]):
            plain += record.library[:1]
        for name in plain:
            found |= {name: (record, float64), f"{name}f": (record, float32)}
    return found


_BY_C_FUNCTION = _c_functions()


def by_numpy(ufunc: np.ufunc) -> Primitive | None:
    """Return the primitive with the meaning of a NumPy ufunc, or None when there is none."""
    return _BY_NUMPY.get(ufunc)


def by_spelling(spelling: str) -> Primitive | None:
    """Return the primitive that Python code writes as ``"+"``, ``"-x"``, ``"abs"`` or ``"math.sin"``, or None."""
    return _BY_SPELLING.get(spelling)


def by_intrinsic(name: str) -> Primitive | None:
    """Return the primitive that means an LLVM intrinsic on floats (``"sqrt.f"``) or integers (``"smin.i"``), or None."""
    return _BY_INTRINSIC.get(name)


def by_c_function(name: str) -> tuple[Primitive, ScalarType] | None:
    """Return the primitive with the meaning of a function of the C library and the type it takes, or None."""
    return _BY_C_FUNCTION.get(name)


def known_in_llvm() -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that `by_intrinsic` and `by_c_function` know."""
    return frozenset(_BY_INTRINSIC), frozenset(_BY_C_FUNCTION)


def by_public_name(name: str) -> Primitive | None:
    """Return the primitive that a function called ``"numpy.exp"`` or ``"math.sin"`` stands for, or None."""
    module, _, plain = name.rpartition(".")
    ufunc = getattr(np, plain, None) if module == "numpy" else None
    if isinstance(ufunc, np.ufunc):
        return by_numpy(ufunc)
    return by_spelling(name) if module else None


def library_names() -> frozenset[str]:
    """Return every function of the C library that compiled kernels may call."""
    return _BACK_END_FUNCTIONS.union(*(record.library for record in TABLE.values()))
