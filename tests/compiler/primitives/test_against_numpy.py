"""Every primitive that has a NumPy ufunc agrees with it, on every dtype, in value and in the errors it raises."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cobra.compiler.codegen.lowering import fits_lanes
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.primitives.type_rules import resolve
from cobra.types import SCALAR_TYPES, ScalarType, complex64, int32, int64, uint64
from tests.compiler.primitives.native_code import WIDE, Module, lowered, single
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


@cache
def scalar_code(record: Primitive) -> Module:
    """Return every loop of a record as scalar code."""
    return Module([single(record, types) for types in loops(record)], optimise=False)


def in_lanes(record: Primitive, *, strict: bool) -> tuple[list[Types], Module]:
    """Return the loops of a record that fit vectors of lanes, and their code."""
    kernels = {types: single(record, types) for types in loops(record)}
    fitting = [types for types in kernels if fits_lanes(lowered(kernels[types].function), wide=WIDE)]
    return fitting, Module([kernels[types] for types in fitting], lanes=LANES, strict=strict, optimise=strict)


def unheard(record: Primitive, types: Types) -> frozenset[str]:
    """Return the errors that say nothing.

    NumPy's vector library and the C library disagree on the underflow of results that are exact or nearly so, and
    NumPy forgets that of complex magnitudes.
    """
    ignored = inexact(record, types) or (record.name == "absolute" and types[0].is_complex)
    return frozenset({"under"}) if ignored else frozenset()


def special_columns(record: Primitive, types: Types) -> list[Array]:
    columns = [special(kind, few=len(types) > 1) for kind in types]
    if len(types) == 3:
        columns = [column[::2] for column in columns]
    return allowed(record, types, grid(columns))


def check(record: Primitive, types: Types, index: int, arguments: list[Array]) -> frozenset[str]:
    """Compare one element with NumPy and return the errors raised."""
    wanted, errors = errors_of(record.numpy, *arguments)
    outcome = scalar_code(record).run(index, *arguments)
    right = agree_all(record, types, outcome.results, wanted).all()
    ignored = unheard(record, types)
    if not right or outcome.flags - ignored != errors - ignored:
        pytest.fail(f"{record.name}{tuple(a[0] for a in arguments)}: {outcome}, where NumPy has {wanted}, {set(errors)}")
    return outcome.flags


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_special_values(record: Primitive) -> None:
    fitting, lanes = in_lanes(record, strict=True)
    for index, types in enumerate(loops(record)):
        columns = special_columns(record, types)
        rows_by_errors: dict[frozenset[str], list[int]] = {}
        for row in range(len(columns[0])):
            errors = check(record, types, index, [column[row : row + 1] for column in columns])
            rows_by_errors.setdefault(errors, []).append(row)
        if types in fitting:
            for errors, rows in rows_by_errors.items():
                arguments = [column[rows] for column in columns]
                outcome = lanes.run(fitting.index(types), *arguments)
                assert outcome.flags == errors, f"{record.name} of {types} in lanes"
                for got, wanted in zip(outcome.results, scalar_code(record).run(index, *arguments).results, strict=True):
                    assert identical(got, wanted).all(), f"{record.name} of {types} in lanes"


def from_numpy(record: Primitive, columns: list[Array]) -> tuple[Array, ...]:
    assert record.numpy is not None
    with np.errstate(all="ignore"):
        made = record.numpy(*columns)
        return made if isinstance(made, tuple) else (made,)


def differing(record: Primitive, types: Types, columns: list[Array], results: tuple[Array, ...]) -> Array:
    """Return where results differ from NumPy's.

    A library function of complex64 numbers is computed in complex128, so that it may be nearer to the truth than NumPy's.
    """
    right = agree_all(record, types, results, from_numpy(record, columns))
    if types[0] == complex64 and inexact(record, types):
        with np.errstate(all="ignore"):
            wanted = tuple(w.astype(np.complex64) for w in from_numpy(record, [column.astype(complex) for column in columns]))
        right |= agree_all(record, types, results, wanted)
    return np.flatnonzero(~right)


def agree_all(record: Primitive, types: Types, results: tuple[Array, ...], wanted: tuple[Array, ...]) -> Array:
    pairs = zip(results, wanted, strict=True)
    return np.logical_and.reduce([agree(record, types, got, want) for got, want in pairs])


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_scattered_values(record: Primitive) -> None:
    fitting, lanes = in_lanes(record, strict=False)
    for index, types in enumerate(loops(record)):
        columns = allowed(record, types, [scattered(kind, 1000, seed) for seed, kind in enumerate(types)])
        outcomes = [scalar_code(record).run(index, *columns)]
        if types in fitting:
            outcomes.append(lanes.run(fitting.index(types), *columns))
        for outcome in outcomes:
            wrong = differing(record, types, columns, outcome.results)
            assert not wrong.size, [(*(c[i] for c in columns), *(r[i] for r in outcome.results)) for i in wrong[:5]]
