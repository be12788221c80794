"""Values that operations go wrong on, and the measure of how wrong they went.

Errors are taken from NumPy by its own error state, one element at a time, so that nothing hides behind a neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cobra.types import ScalarType

Array = np.ndarray[Any, Any]

_ERRORS = {"divide by zero": "divide", "overflow": "over", "underflow": "under", "invalid value": "invalid"}


def special(kind: ScalarType, *, few: bool = False) -> Array:
    """Return the extremes of a type, its zeros, and a few ordinary numbers; `few` for operations of several operands."""
    if kind.kind == "bool":
        return np.array([False, True])
    if kind.is_integer:
        return _special_integers(kind)
    if kind.is_floating:
        return _special_floats(kind, few)
    parts = _special_floats(kind.component, True)
    chosen = parts[[0, 2, 4, 5, 6]] if few else parts
    return np.array([complex(a, b) for a in chosen for b in chosen], kind.dtype)


def _special_integers(kind: ScalarType) -> Array:
    limits = np.iinfo(kind.dtype)
    values = [0, 1, 2, 3, 7, limits.max, limits.min, limits.max // 3, kind.bits, kind.bits - 1]
    return np.array(values + ([-1, -2, -7, limits.min + 1] if kind.kind == "int" else []), kind.dtype)


def _special_floats(kind: ScalarType, few: bool) -> Array:
    limits = np.finfo(kind.dtype)
    values = [0.0, -0.0, 1.0, -1.0, -2.5, np.inf, np.nan, limits.max, limits.smallest_subnormal, 3.0, 100.25]
    more = [-np.inf, 0.5, 2.0, -limits.max, limits.tiny, -limits.smallest_subnormal, 1e-3, -3.7, limits.eps, 6e4]
    return np.array(values if few else values + more, kind.dtype)


def scattered(kind: ScalarType, count: int, seed: int) -> Array:
    """Return numbers from all over a type's range, small ones more often."""
    random = np.random.default_rng(seed)
    if kind.kind == "bool":
        return random.integers(0, 2, count).astype(bool)
    if kind.is_integer:
        limits = np.iinfo(kind.dtype)
        wide = random.integers(limits.min, limits.max, count, kind.dtype, endpoint=True)
        small = random.integers(-11 if kind.kind == "int" else 0, 12, count).astype(kind.dtype)
        return np.where(random.random(count) < 0.5, wide, small)
    if kind.is_floating:
        scale = np.exp2(random.integers(-8, 8, count))
        return (random.normal(size=count) * scale).astype(kind.dtype)
    return (scattered(kind.component, count, seed + 1) + 1j * scattered(kind.component, count, seed + 2)).astype(kind.dtype)


class _Listener:
    def __init__(self) -> None:
        self.heard: set[str] = set()

    def __call__(self, error: str, flag: int) -> None:
        self.heard.add(_ERRORS[error])


def errors_of(function: Callable[..., Any], *arguments: Array) -> tuple[tuple[Array, ...], frozenset[str]]:
    """Return what a NumPy function gives and the errors it raises."""
    listener = _Listener()
    with np.errstate(all="call", call=listener):
        made = function(*arguments)
    return (made if isinstance(made, tuple) else (made,)), frozenset(listener.heard)


def identical(got: Array, wanted: Array) -> Array:
    """Tell for each element whether it is the same number, signs of zeros included; one NaN is as good as another."""
    if got.dtype.kind == "c":
        return identical(got.real, wanted.real) & identical(got.imag, wanted.imag)
    if got.dtype.kind != "f":
        return np.asarray(got == wanted)
    same = (got == wanted) & (np.signbit(got) == np.signbit(wanted))
    return np.asarray(same | (np.isnan(got) & np.isnan(wanted)))


def close(got: Array, wanted: Array, steps: float) -> Array:
    """Tell for each element whether it is right within so many steps of its precision, taken at its magnitude."""
    with np.errstate(all="ignore"):
        size = np.minimum(np.abs(wanted), np.finfo(wanted.dtype).max / 2)
        allowed = steps * np.spacing(size.astype(wanted.real.dtype))
        pairs = [(got.real, wanted.real), (got.imag, wanted.imag)] if got.dtype.kind == "c" else [(got, wanted)]
        return np.logical_and.reduce([(np.abs(g - w) <= allowed) | identical(g, w) for g, w in pairs])


def grid(columns: Sequence[Array]) -> list[Array]:
    """Return every combination of the values of several columns."""
    return [np.ascontiguousarray(axis.ravel()) for axis in np.meshgrid(*columns, indexing="ij")]
