"""Checks of elementary functions made into kernels: errors in units of the last place, and values and errors against NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import numpy as np

import cobra

WIDTHS = {"f32": np.float32, "f64": np.float64}
EDGES = (0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, 2.0, -2.0, 10.0, -10.0, 100.0, -100.0, 1e3, -1e3, 1e30, -1e30,
         5e-324, -5e-324, 1e-45, -1e-45, 1e-40, -1e-40, 1e-310, 1e300, -1e300, 3e38, -3e38, 2.0**-60, 2.0**-30, 88.72, 88.73,
         89.41, 89.42, -87.4, -103.9, -104.1, 127.9, 128.0, 1023.9, 1024.0, -149.0, -151.0, -1074.0, -1076.0, 709.78, 709.79,
         -745.1, -746.0, 710.47, 710.48, 9.0, 9.1, 19.0, 19.1, 0.9999999, 1.0000001, 38.5, 38.6, 308.2, 308.3)  # fmt: skip


def kernel_of(module: ModuleType, name: str, width: str) -> Any:
    """Return a function of the math room as a kernel."""
    return cobra.ufunc(getattr(module, f"{name}_{width}"))


def arguments(kind: Any, ranges: Iterable[tuple[float, float]], count: int = 4000) -> Any:
    """Return numbers spread over ranges, evenly and by magnitude, down to denormal ones."""
    rng = np.random.default_rng(7)
    limits = np.finfo(kind)
    found = []
    for low, high in ranges:
        share = rng.uniform(0.0, 1.0, count)
        even = low * (1 - share) + high * share
        sizes = np.exp2(rng.uniform(np.log2(float(limits.smallest_subnormal)), np.log2(max(abs(low), abs(high))), count // 2))
        spread = np.concatenate([sizes, -sizes])
        found += [even, spread[(spread >= low) & (spread <= high)]]
    return np.concatenate(found).astype(kind)


def worst_error(results: Any, exact: Any) -> float:
    """Return the greatest distance of results to exact ones, in units of the last place of these."""
    kind = results.dtype.type
    counts = np.abs(exact) <= np.longdouble(np.finfo(kind).max)
    results, exact = results[counts].astype(np.longdouble), exact[counts]
    rounded = np.abs(exact).astype(kind)
    exponent = np.frexp(np.maximum(rounded, np.finfo(kind).tiny).astype(np.longdouble))[1]
    # A result that rounds up to a power of two is measured in the smaller units below it.
    exponent = exponent - (np.ldexp(np.longdouble(0.5), exponent) > np.maximum(np.abs(exact), np.finfo(kind).tiny))
    unit = np.ldexp(np.longdouble(1), exponent - 1 - np.finfo(kind).nmant)
    return float(np.max(np.abs(results - exact) / unit))


def value_and_errors(function: Callable[..., Any], *operands: Any) -> tuple[Any, list[str]]:
    """Return the result and the floating-point errors but underflow, of which NumPy itself is not consistent."""
    seen: list[str] = []
    with np.errstate(all="call", call=lambda kind, _: seen.append(kind)):
        result = function(*operands)
    return result, sorted(kind for kind in seen if kind != "underflow")


def same(result: Any, expected: Any) -> bool:
    """Tell whether both are NaN, or as near as two good functions are, zeros with the same sign."""
    if np.isnan(expected) or np.isinf(expected) or expected == 0:
        return bool(np.array_equal(result, expected, equal_nan=True)) and bool(
            np.isnan(expected) or np.signbit(result) == np.signbit(expected)
        )
    kind = type(expected)
    return bool(abs(np.longdouble(result) - np.longdouble(expected)) <= 4 * np.spacing(abs(expected), dtype=kind))


def differences(kernel: Any, function: Callable[..., Any], kind: Any, edges: Iterable[tuple[float, ...]]) -> list[Any]:
    """Return the edge cases in which a kernel gives another value than NumPy or raises other errors."""
    found = []
    for case in edges:
        with np.errstate(all="ignore"):
            operands = [kind(value) for value in case]
        result, errors = value_and_errors(kernel, *operands)
        expected, expected_errors = value_and_errors(function, *operands)
        if not same(result, expected) or errors != expected_errors:
            found.append((case, result, expected, errors, expected_errors))
    return found
