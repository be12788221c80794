"""The table of primitives: every operation of Cobra, found by its name, its NumPy ufunc or its spelling in Python."""

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
    floats,
    integers,
    logic,
    machine,
    magnitude,
    memory,
    power,
    roots,
    rounding,
    selection,
    signs,
    special,
    trigonometric,
)  # fmt: skip

_GROUPS = (
    arithmetic, division, power, signs, magnitude, extrema, comparison, logic, selection, rounding, decimals, roots,
    exponential, trigonometric, special, floats, integers, bitwise, complex_parts, complex_functions, casts, machine,
    memory, effects,
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


def by_numpy(ufunc: np.ufunc) -> Primitive | None:
    """Return the primitive with the meaning of a NumPy ufunc, or None when there is none."""
    return _BY_NUMPY.get(ufunc)


def by_spelling(spelling: str) -> Primitive | None:
    """Return the primitive that Python code writes as ``"+"``, ``"-x"``, ``"abs"`` or ``"math.sin"``, or None."""
    return _BY_SPELLING.get(spelling)


def library_names() -> frozenset[str]:
    """Return every function of the C library that compiled kernels may call."""
    return _BACK_END_FUNCTIONS.union(*(record.library for record in TABLE.values()))
