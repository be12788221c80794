"""How the tests of logarithms, powers, roots and remainders compile a definition, measure its error and read its errors."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import cobra

KINDS = {"f32": np.float32, "f64": np.float64}
EXTENDED = np.finfo(np.longdouble).nmant >= 63
needs_longer = pytest.mark.skipif(not EXTENDED, reason="the reference for float64 is a longer float")
WIDTHS = ["f32", pytest.param("f64", marks=needs_longer)]


@cache
def kernel(family: str, name: str) -> np.ufunc:
    """Return a definition of the math room as a ufunc."""
    return cobra.ufunc(getattr(importlib.import_module(f"cobra.compiler.math.{family}"), name))


def longer(values: Any) -> Any:
    """Return numbers in a type with more bits."""
    return np.asarray(values).astype(np.float64 if np.asarray(values).dtype == np.float32 else np.longdouble)


def ulps(got: Any, exact: Any) -> Any:
    """Return errors in units of the last bit of the exact values, where these are finite in the type of the result."""
    nearest = exact.astype(got.dtype)
    finite = np.isfinite(nearest)
    return np.abs(longer(got[finite]) - exact[finite]) / np.abs(np.spacing(nearest[finite])).astype(exact.dtype)


def spread(kind: type, low: float, high: float, count: int, seed: int) -> Any:
    """Return positive numbers whose logarithms to the base 2 are spread evenly."""
    return np.exp2(np.random.default_rng(seed).uniform(low, high, count)).astype(kind)


def outcome(function: Callable[..., Any], *arguments: Any) -> tuple[Any, frozenset[str]]:
    """Return the value of a call and the floating-point errors that it raised, underflow left out."""
    seen: set[str] = set()
    with np.errstate(all="call", under="ignore", call=lambda error, _: seen.add(error)):
        return function(*arguments), frozenset(seen)


def agree(got: Any, wanted: Any, tolerance: float) -> bool:
    """Tell whether two numbers are the same special value of the same sign, or close."""
    if np.isnan(wanted) or np.isnan(got):
        return bool(np.isnan(wanted) and np.isnan(got))
    if np.signbit(got) != np.signbit(wanted):
        return False
    return bool(got == wanted) or bool(abs(float(got) - float(wanted)) <= tolerance * abs(float(np.spacing(wanted))))


def differences(ours: np.ufunc, reference: Callable[..., Any], cases: Any, tolerance: float = 4.0) -> list[str]:
    """Return the cases, tuples of scalars, in which values or errors differ from those of a reference."""
    found = []
    for case in cases:
        (got, raised), (wanted, expected) = outcome(ours, *case), outcome(reference, *case)
        if raised != expected or not agree(got, wanted, tolerance):
            found.append(f"{case}: {got!r} {sorted(raised)} for {wanted!r} {sorted(expected)}")
    return found


def specials(kind: type) -> list[Any]:
    """Return zeros, ones, infinities, NaN, denormal numbers and the ends of the range, of both signs."""
    info = np.finfo(kind)
    sizes = [0.0, 1.0, np.inf, 2.0, 3.0, 0.5, 1.5, 10.0, 1e-3, 1e10, info.max, info.tiny, info.smallest_subnormal, info.tiny * kind(0.3)]
    sizes += [1 + info.eps, 1 - info.epsneg, np.sqrt(info.tiny), np.sqrt(info.max), 2.0**info.nmant + 1]
    return [kind(sign * size) for size in sizes for sign in (1, -1)] + [kind(np.nan)]
