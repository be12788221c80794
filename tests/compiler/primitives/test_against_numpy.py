"""Every primitive that has a NumPy ufunc agrees with it, on every dtype, in value and in the errors it raises."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.primitives.type_rules import resolve
from cobra.types import SCALAR_TYPES, ScalarType, int32, int64, uint64
from tests.compiler.primitives.native_code import Module, single
from tests.compiler.primitives.special_values import Array, close, errors_of, grid, identical, scattered, special

Types = tuple[ScalarType, ...]

RECORDS = [record for record in TABLE.values() if record.numpy is not None]
LANES = 8

# Steps of precision by which a function of the C library, or one made of such, may differ from NumPy's own.
_TOLERANCE = 4.0
_COMPLEX_TOLERANCE = 16.0


@cache
def loops(record: Primitive) -> list[Types]:
    """Return the operand types of every loop of a record."""
    ufunc = record.numpy
    assert ufunc is not None
    found: dict[Types, None] = {}
    for kind in SCALAR_TYPES:
        mixed = [(kind, other) for other in (int32, int64)] if ufunc is np.ldexp and kind.is_floating else []
        for asked in [(kind,) * ufunc.nin, *mixed]:
            try:
                found[resolve(ufunc, asked).operands] = None
            except TypeError:
                continue
    if "qQ->?" in ufunc.types:
        found |= {(int64, uint64): None, (uint64, int64): None}
    return list(found)


def inexact(record: Primitive, types: Types) -> bool:
    """Tell whether a library function stands behind a loop."""
    if types[0].is_complex:
        return any(name in record.doc for name in ("logarithm", "power", "sine", "tangent", "root", "tangent", "cosine"))
    return types[0].is_floating and (bool(record.library) or record.name.startswith(("logaddexp", "float_power")))


def agree(record: Primitive, types: Types, got: Array, wanted: Array) -> Array:
    """Tell for each element whether it is right."""
    if not inexact(record, types) or got.dtype.kind not in "fc":
        return identical(got, wanted)
    return close(got, wanted, _COMPLEX_TOLERANCE if got.dtype.kind == "c" else _TOLERANCE)


def allowed(record: Primitive, types: Types, columns: list[Array]) -> list[Array]:
    """Leave out what NumPy itself refuses, and what its vector library flags in its own way."""
    if record.name not in ("power", "float_power") or types[0].is_complex:
        return columns
    base, exponent = columns
    kept = np.isfinite(exponent) if types[0].is_floating else exponent.astype(object) >= 0
    return [base[kept], exponent[kept]]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_special_values(record: Primitive) -> None:
    cases = loops(record)
    kernels = [single(record, types) for types in cases]
    scalar, lanes = Module(kernels), Module(kernels, lanes=LANES)
    for index, types in enumerate(cases):
        columns = [special(kind, few=len(types) > 1) for kind in types]
        if len(types) == 3:
            columns = [column[::2] for column in columns]
        columns = allowed(record, types, grid(columns))
        # NumPy's vector library and the C library disagree on the underflow of results that are exact or nearly so.
        unheard = frozenset({"under"}) if inexact(record, types) else frozenset()
        by_errors: dict[frozenset[str], list[int]] = {}
        for row in range(len(columns[0])):
            arguments = [column[row : row + 1] for column in columns]
            wanted, errors = errors_of(record.numpy, *arguments)
            outcome = scalar.run(index, *arguments)
            shown = f"{record.name}{tuple(a[0] for a in arguments)} of {types}: {outcome} instead of {wanted}"
            assert all(agree(record, types, g, w).all() for g, w in zip(outcome.results, wanted, strict=True)), shown
            assert outcome.flags - unheard == errors - unheard, f"{shown}, {set(errors)}"
            by_errors.setdefault(outcome.flags, []).append(row)
        if lanes.lanes[index]:
            for errors, rows in by_errors.items():
                arguments = [column[rows] for column in columns]
                outcome = lanes.run(index, *arguments)
                assert outcome.flags == errors, f"{record.name} of {types} in lanes"
                for got, wanted in zip(outcome.results, scalar.run(index, *arguments).results, strict=True):
                    assert identical(got, wanted).all(), f"{record.name} of {types} in lanes"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_scattered_values(record: Primitive) -> None:
    cases = loops(record)
    kernels = [single(record, types) for types in cases]
    for module in (Module(kernels, strict=False), Module(kernels, strict=False, lanes=LANES)):
        for index, types in enumerate(cases):
            columns = [scattered(kind, 1000, seed) for seed, kind in enumerate(types)]
            columns = allowed(record, types, columns)
            with np.errstate(all="ignore"):
                made = record.numpy(*columns)  # type: ignore[misc]
            for got, wanted in zip(module.run(index, *columns).results, made if isinstance(made, tuple) else (made,), strict=True):
                wrong = np.flatnonzero(~agree(record, types, got, wanted))
                assert not wrong.size, [(*(c[i] for c in columns), got[i], wanted[i]) for i in wrong[:5]]
