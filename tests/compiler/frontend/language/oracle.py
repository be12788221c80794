"""Kernels compiled and run as plain Python on NumPy scalars, side by side.

Goes in: a Python function and the type codes of its operands. Comes out: nothing, or an assertion that names the first
operands for which values or dtypes differ. Where Python raises an exception for what NumPy reports as a floating-point
error (division by zero, overflow of a Python integer) the operands are left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

import cobra

Row = tuple[Any, ...]

_FLOATS = [0.0, 1.0, -1.0, 2.5, -0.0, 0.3, -7.25, 100.0, np.inf, -np.inf, np.nan]
_SMALL = [0, 1, 2, 3, 7, 100]
VALUES: dict[str, list[Any]] = {
    "?": [False, True],
    **{code: [*_SMALL, -1, -2, -5, -100] for code in "bhil"},
    **{code: [*_SMALL, 255] for code in "BHIL"},
    "e": _FLOATS, "f": _FLOATS, "d": [*_FLOATS, 1e10, -1e-9],
    "F": [0j, 1 + 0j, 1j, -2.5 + 0.5j, 3 - 4j], "D": [0j, 1 + 0j, 1j, -2.5 + 0.5j, 3 - 4j, -0.0 - 1j],
}  # fmt: skip

_PYTHON_RAISES = (ZeroDivisionError, OverflowError, ValueError)
_MOST_ROWS = 200


def operands(types: str) -> list[Row]:
    """Return rows of NumPy scalars: all combinations of the sample values, thinned out evenly where they are many."""
    rows = list(itertools.product(*(np.array(VALUES[code], code) for code in types)))
    return rows[:: len(rows) // _MOST_ROWS + 1]


def run_python(function: Callable[..., Any], rows: Sequence[Row]) -> list[Row | None]:
    """Return what plain Python makes of each row, always as a tuple; None where it raises an arithmetic exception."""
    results: list[Row | None] = []
    for row in rows:
        with np.errstate(all="ignore"):
            try:
                made = function(*row)
            except _PYTHON_RAISES:
                results.append(None)
                continue
        outputs = made if isinstance(made, tuple) else (made,)
        results.append(tuple(value[()] if isinstance(value, np.ndarray) else value for value in outputs))
    return results


def check(
    function: Callable[..., Any], *types: str, ulps: float = 0, rows: Sequence[Row] | None = None, source: str | None = None
) -> None:
    """Assert that a kernel gives what plain Python gives, in value and dtype, for operands of each of the types."""
    kernel = cobra.ufunc(function, types=list(types), source=source)
    for codes in types:
        compare(kernel, function, rows or operands(codes), ulps)


def compare(kernel: np.ufunc, function: Callable[..., Any], rows: Sequence[Row], ulps: float = 0) -> None:
    """Assert that a compiled kernel gives what plain Python gives for rows of operands."""
    expected = run_python(function, rows)
    kept = [(row, made) for row, made in zip(rows, expected, strict=True) if made is not None]
    assert len(kept) >= len(rows) / 2, "plain Python raises for most of the operands"
    columns = [np.array(column) for column in zip(*(row for row, _ in kept), strict=True)]
    with np.errstate(all="ignore"):
        results = kernel(*columns)
    outputs = results if isinstance(results, tuple) else (results,)
    for position, wanted in enumerate(zip(*(made for _, made in kept), strict=True)):
        _compare_output([row for row, _ in kept], wanted, outputs[position], ulps)
    assert len(outputs) == len(kept[0][1] or ())


def _compare_output(rows: Sequence[Row], wanted: Row, got: np.ndarray[Any, Any], ulps: float) -> None:
    dtype = joined_dtype(wanted)
    assert got.dtype == dtype, f"plain Python gives {dtype}, the kernel {got.dtype}"
    with np.errstate(all="ignore"):
        expected = np.array([dtype.type(value) for value in wanted])
    for row, a, b in zip(rows, expected, got, strict=True):
        assert alike(a, b, ulps), f"{row}: plain Python gives {a!r}, the kernel {b!r}"


def joined_dtype(values: Sequence[object]) -> np.dtype[Any]:
    """Return the dtype of a column of NumPy and Python numbers: Python numbers adapt, and alone take their default type."""
    typed = {value.dtype for value in values if isinstance(value, np.generic)}
    samples = {type(value)(0) for value in values if not isinstance(value, np.generic)}  # type: ignore[call-arg]
    if not typed:
        return reduce(np.promote_types, (np.array(sample).dtype for sample in samples))
    return np.result_type(*typed, *samples)  # type: ignore[arg-type]


def alike(a: Any, b: Any, ulps: float) -> bool:
    """Tell whether two numbers are the same: bit for bit but for NaNs, or within some units in the last place."""
    if isinstance(a, np.complexfloating):
        scale = float(ulps * np.finfo(a.dtype).eps * abs(a)) if ulps else 0.0
        return all(alike(x, y, 0) or abs(float(x) - float(y)) <= scale for x, y in ((a.real, b.real), (a.imag, b.imag)))
    if np.isnan(a) or np.isnan(b):
        return bool(np.isnan(a) and np.isnan(b))
    if a == b:
        return bool(np.signbit(a) == np.signbit(b))
    return bool(ulps and np.isfinite(a) and np.isfinite(b) and abs(float(a) - float(b)) <= ulps * float(np.spacing(np.abs(a))))
