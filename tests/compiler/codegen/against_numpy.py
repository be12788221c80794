"""One-operation kernels of every primitive that has a NumPy ufunc, and how their ufuncs differ from it.

What behind a kernel is the C library's (`inexact`) may differ from NumPy's own vector code in the last places, and in the
underflow of results that are nearly exact; all else is equal to the bit and to the error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from native_kernels import Array, Types, ufunc_of

from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.table import TABLE
from cobra.types import SCALAR_TYPES, complex64, int32, int64, uint64
from tests.compiler.primitives.special_values import close, grid, identical, scattered, special

ULPS = 2.0
"""How far a function of the C library may be from NumPy's own."""
MORE_ULPS = {"cbrt": 4.0, "expm1": 4.0}
"""The same where the C library itself goes wrong by more than one."""
COMPLEX_ULPS = 16.0
"""The same of complex numbers, at the magnitude of the whole number: both lose some in cancellation, each its own."""
MORE_COMPLEX_ULPS = {"power": 1024.0, "float_power": 1024.0}
"""The same where NumPy's error grows with the exponent, and Cobra's does not; `tests/compiler/math/test_complex.py` measures it."""

_ERRORS = {"divide by zero": "divide", "overflow": "over", "underflow": "under", "invalid value": "invalid"}
_INEXACT_COMPLEX = ("logarithm", "power", "sine", "tangent", "root", "exponential", "cosine")


@dataclass(frozen=True)
class Case:
    """A primitive with the operand types of one loop."""

    record: Primitive
    types: Types

    def __str__(self) -> str:
        return f"{self.record.name}({', '.join(map(str, self.types))})"

    @property
    def numpy(self) -> np.ufunc:
        assert self.record.numpy is not None
        return self.record.numpy

    @property
    def inexact(self) -> bool:
        """Whether the C library stands behind it."""
        name, kind = self.record.name, self.types[0]
        if kind.is_complex:
            return any(word in self.record.doc for word in _INEXACT_COMPLEX)
        return kind.is_floating and (bool(self.record.library) or name.startswith(("logaddexp", "float_power")))

    def agree(self, arguments: Sequence[Array], got: Sequence[Array], wanted: Sequence[Array]) -> Array:
        """Tell for each element whether it is right.

        What the C library does with complex64 numbers is done in complex128, so that it may be nearer to the truth than NumPy.
        """
        right = self._agree(got, wanted)
        if self.inexact and self.types[0] == complex64 and not right.all():
            with np.errstate(all="ignore"):
                precise = self.numpy(*(argument.astype(complex) for argument in arguments))
                right |= self._agree(got, (precise.astype(np.complex64),))
        if self.record.name.startswith("logaddexp") and not right.all():
            # a result near zero is a difference, of which neither side keeps all bits
            largest = np.maximum(*map(np.abs, arguments))
            with np.errstate(all="ignore"):
                right |= np.abs(got[0] - wanted[0]) <= ULPS * np.spacing(largest)
        return right

    def _agree(self, got: Sequence[Array], wanted: Sequence[Array]) -> Array:
        right = []
        for one, other in zip(got, wanted, strict=True):
            if self.record.name in ("fmax", "fmin"):  # which of two zeros NumPy takes depends on the layout
                one, other = one + one.dtype.type(0), other + other.dtype.type(0)
            loose = self.inexact and one.dtype.kind in "fc"
            real = MORE_ULPS.get(self.record.name, ULPS)
            ulps = MORE_COMPLEX_ULPS.get(self.record.name, COMPLEX_ULPS) if one.dtype.kind == "c" else real
            right.append(close(one, other, ulps) if loose else identical(one, other))
        return np.logical_and.reduce(right)

    def heard(self, errors: frozenset[str]) -> frozenset[str]:
        """Return the errors that count."""
        silent = self.inexact or (self.record.name == "absolute" and self.types[0].is_complex)
        return errors - {"under"} if silent else errors


@cache
def cases() -> list[Case]:
    """Return every loop of every primitive that has a NumPy ufunc."""
    return [Case(record, types) for record in TABLE.values() if record.numpy is not None for types in _loops(record)]


def _loops(record: Primitive) -> Iterator[Types]:
    ufunc = record.numpy
    assert ufunc is not None
    found: dict[Types, None] = {}
    for kind in SCALAR_TYPES:
        mixed = [(kind, other) for other in (int32, int64)] if ufunc is np.ldexp and kind.is_floating else []
        for asked in [(kind,) * ufunc.nin, *mixed]:
            try:
                found[record.rule(asked).operands] = None
            except TypeError:
                continue
    if "qQ->?" in ufunc.types:
        found |= {(int64, uint64): None, (uint64, int64): None}
    return iter(found)


@cache
def kernel(case: Case, target: str) -> np.ufunc:
    """Return the kernel of a case, made for a processor."""
    return ufunc_of(lambda build, parameters: build.many(case.record, *parameters), case.types, name=target)


Outcome = tuple[tuple[Array, ...], frozenset[str]]


class Listener:
    """Runs functions and hears the floating-point errors they raise."""

    def __init__(self) -> None:
        self._heard: set[str] = set()

    def __call__(self, error: str, flag: int) -> None:
        self._heard.add(_ERRORS[error])

    def run(self, function: Callable[..., object], *arguments: Array) -> Outcome:
        """Return results and errors."""
        self._heard.clear()
        with np.errstate(all="call", call=self):
            made = function(*arguments)
        results = made if isinstance(made, tuple) else (made,)
        return tuple(np.asarray(result) for result in results), frozenset(self._heard)


def allowed(case: Case, columns: list[Array]) -> list[Array]:
    """Leave out what NumPy refuses, and where its vector library raises errors of its own."""
    if case.record.name not in ("power", "float_power") or case.types[0].is_complex:
        return columns
    base, exponent = columns
    kept = np.isfinite(exponent) if case.types[0].is_floating else exponent.astype(object) >= 0
    return [base[kept], exponent[kept]]


def special_columns(case: Case) -> list[Array]:
    """Return every combination of the values that operations go wrong on."""
    columns = [special(kind, few=len(case.types) > 1) for kind in case.types]
    if len(case.types) == 3:
        columns = [column[::2] for column in columns]
    return allowed(case, grid(columns))


def ordinary_columns(case: Case, count: int = 1000, seed: int = 0) -> list[Array]:
    """Return numbers from all over the types."""
    return allowed(case, [scattered(kind, count, seed + place) for place, kind in enumerate(case.types)])


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "dense": np.ascontiguousarray,
    "every second": lambda array: np.repeat(array, 2)[::2],
    "every third": lambda array: np.repeat(array, 3)[::3],
    "backwards": lambda array: np.ascontiguousarray(array[::-1])[::-1],
}


def differences(case: Case, target: str = "host") -> Iterator[str]:
    """Yield what a kernel does otherwise than the NumPy ufunc."""
    listener, made = Listener(), kernel(case, target)
    columns = special_columns(case)
    rows_by_errors: dict[frozenset[str], list[int]] = {}
    singly: list[tuple[Array, ...]] = []
    for row in range(len(columns[0])):
        arguments = [column[row : row + 1] for column in columns]
        outcome = listener.run(made, *arguments)
        yield from _compare(case, arguments, outcome, listener.run(case.numpy, *arguments))
        singly.append(outcome[0])
        rows_by_errors.setdefault(case.heard(outcome[1]), []).append(row)
    for errors, rows in rows_by_errors.items():
        results = tuple(np.concatenate(parts) for parts in zip(*(singly[row] for row in rows), strict=True))
        yield from in_layouts(case, listener, made, [column[rows] for column in columns], (results, errors))
    ordinary = ordinary_columns(case)
    yield from in_layouts(case, listener, made, ordinary, listener.run(case.numpy, *ordinary))


def _compare(case: Case, arguments: Sequence[Array], outcome: Outcome, wanted: Outcome) -> Iterator[str]:
    where = f"{case}{tuple(a[0] for a in arguments)}"
    if [x.dtype for x in outcome[0]] != [x.dtype for x in wanted[0]]:
        yield f"{where}: {outcome[0]} has other types than {wanted[0]}"
    elif not case.agree(arguments, outcome[0], wanted[0]).all() or case.heard(outcome[1]) != case.heard(wanted[1]):
        yield f"{where}: {outcome} where NumPy has {wanted}"


def in_layouts(case: Case, listener: Listener, made: np.ufunc, columns: list[Array], wanted: Outcome) -> Iterator[str]:
    """Yield how a kernel differs from what is wanted, in every layout of its operands."""
    results, expected = wanted[0], case.heard(wanted[1])
    for layout, arrange in LAYOUTS.items():
        got, errors = listener.run(made, *map(arrange, columns))
        right = case.agree(columns, got, results)
        if not right.all():
            row = int(np.flatnonzero(~right)[0])
            yield f"{case}{tuple(c[row] for c in columns)}, {layout}: {tuple(g[row] for g in got)}"
        if case.heard(errors) != expected:
            yield f"{case}, {layout}, {len(columns[0])} elements: {set(errors)} where {set(expected)} is right"
