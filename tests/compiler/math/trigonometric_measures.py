"""What the tests of circular functions and their inverses measure: errors in units in the last place, and errors NumPy raises too."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import mpmath
import numpy as np

import cobra

Array = np.ndarray[Any, np.dtype[Any]]
KINDS = {"f32": np.float32, "f64": np.float64}
PRECISION = 1400
"""Bits that hold any float64 less its nearest multiple of pi."""


@cache
def kernel(module: ModuleType, name: str) -> Any:
    """Return a function of the math room as a ufunc."""
    return cobra.ufunc(getattr(module, name))


def worst_error(results: Array, exact: Callable[..., Any], *columns: Array, precision: int = 250) -> float:
    """Return the greatest error of the results, in units in the last place of the exact values."""
    with mpmath.workprec(precision):
        rows = zip(results, *columns, strict=True)
        return max(_error(result, exact(*(mpmath.mpf(float(value)) for value in values))) for result, *values in rows)


def _error(result: Any, exact: Any) -> float:
    limits = np.finfo(type(result))
    if not np.isfinite(result):
        return np.inf
    exponent = int(mpmath.floor(mpmath.log(abs(exact), 2))) if exact else int(limits.minexp)
    unit = mpmath.mpf(2) ** (max(exponent, int(limits.minexp)) - int(limits.nmant))
    return float(abs(mpmath.mpf(float(result)) - exact) / unit)


def magnitudes(kind: type, least: float, largest: float, count: int, seed: int = 0) -> Array:
    """Return numbers of either sign whose exponents are evenly spread."""
    random = np.random.default_rng(seed)
    exponents = random.uniform(np.log2(least), np.log2(largest), count)
    return (np.exp2(exponents) * random.choice([-1.0, 1.0], count)).astype(kind)


def raised(function: Any, *arguments: Any, without: str = "underflow") -> tuple[Any, list[str]]:
    """Return a result and the floating-point errors raised, but for one."""
    seen: set[str] = set()
    with np.errstate(all="call", call=lambda error, _: seen.add(error)):
        result = function(*arguments)
    return result, sorted(seen - {without})


def agree(result: Any, expected: Any) -> bool:
    """Tell whether results are both NaN, or equal but for two last bits, with equal signs."""
    if np.isnan(expected):
        return bool(np.isnan(result))
    return bool(abs(result - expected) <= 2 * np.spacing(abs(expected)) and np.signbit(result) == np.signbit(expected))
