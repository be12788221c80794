"""Cube roots, reciprocal square roots and lengths of vectors.

A cube root starts from a third of the number's bits, which is a third of its logarithm: ``r`` near ``x**(-1/3)`` within 4 %, bettered by
the series of ``(1 - h)**(-1/3)`` with ``h = 1 - x r**3``. The last step adds what ``y = x r**2`` misses.
A reciprocal square root is corrected by the remainders of the root and of the division; so is a length by those of squares and root,
which makes both good to little more than half of the last bit.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

_ROUND_64, _ROUND_BITS_64 = 1.5 * 2.0**52, 0x4338000000000000
_START_32, _START_64 = 1419967000.0, 6.142639375515739e+18
"""Four thirds of the bits of 1, less what makes the greatest errors on both sides equal."""


# -- cube roots


def _cube_root_f32(a: float32) -> float32:
    """Return the cube root of a positive number in the middle of the range."""
    r = fma(a.view(int32).astype(float32), -1 / 3, _START_32).astype(int32).view(float32)
    h = fma(-a * r, r * r, 1.0)
    r = fma(r * h, fma(h, fma(h, 14 / 81, 2 / 9), 1 / 3), r)
    square = r * r
    y = a * square
    return fma(fma(-y, y * y, a), square * (1 / 3), y)


def cbrt_f32(x: float32) -> float32:
    """Return the cube root of x."""
    a = np.abs(x)
    usual = (a > 2.0**-60) & (a < np.inf)
    safe = np.where(usual, a, 1.0)
    result = np.copysign(_cube_root_f32(safe), x)
    if not usual:
        tiny = (a > 0.0) & (a < 1.0)
        lifted = np.where(tiny, a, 2.0**-90) * 2.0**90
        result = np.where(tiny, np.copysign(_cube_root_f32(lifted) * 2.0**-30, x), x + x)
    return result


def _cube_root_f64(a: float64) -> float64:
    """Return the cube root of a positive number in the middle of the range."""
    bits = ((a.view(int64) >> 20) + _ROUND_BITS_64).view(float64) - _ROUND_64
    t = fma(bits, -1 / 3, _START_64 * 2.0**-20 + _ROUND_64)
    r = ((t.view(int64) - _ROUND_BITS_64) << 20).view(float64)
    h = fma(-a * r, r * r, 1.0)
    r = fma(r * h, fma(h, fma(h, fma(h, 35 / 243, 14 / 81), 2 / 9), 1 / 3), r)
    h = fma(-a * r, r * r, 1.0)
    r = fma(r * h, 1 / 3, r)
    square = r * r
    y = a * square
    return fma(fma(-y, y * y, a), square * (1 / 3), y)


def cbrt_f64(x: float64) -> float64:
    """Return the cube root of x."""
    a = np.abs(x)
    usual = (a > 2.0**-600) & (a < np.inf)
    safe = np.where(usual, a, 1.0)
    result = np.copysign(_cube_root_f64(safe), x)
    if not usual:
        tiny = (a > 0.0) & (a < 1.0)
        lifted = np.where(tiny, a, 2.0**-600) * 2.0**600
        result = np.where(tiny, np.copysign(_cube_root_f64(lifted) * 2.0**-200, x), x + x)
    return result


# -- reciprocal square roots


def _reciprocal_root_f32(x: float32) -> float32:
    """Return the reciprocal square root of a positive number in the middle of the range."""
    s = np.sqrt(x)
    y = 1.0 / s
    beyond = fma(-s, s, x) * y
    return fma(y, fma(-s, y, 1.0) - 0.5 * beyond * y, y)


def rare_reciprocal_root_f32(x: float32) -> float32:
    """Return the reciprocal square root of a tiny number, or of one that is negative, infinite, zero or NaN."""
    tiny = (x > 0.0) & (x < 1.0)
    lifted = np.where(tiny, x, 2.0**-100) * 2.0**100
    return np.where(tiny, _reciprocal_root_f32(lifted) * 2.0**50, 1.0 / np.sqrt(np.where(tiny, 1.0, x)))


def rsqrt_f32(x: float32) -> float32:
    """Return the reciprocal of the square root of x."""
    usual = (x > 2.0**-60) & (x < np.inf)
    result = _reciprocal_root_f32(np.where(usual, x, 1.0))
    if not usual:
        result = rare_reciprocal_root_f32(x)
    return result


def _reciprocal_root_f64(x: float64) -> float64:
    """Return the reciprocal square root of a positive number in the middle of the range."""
    s = np.sqrt(x)
    y = 1.0 / s
    beyond = fma(-s, s, x) * y
    return fma(y, fma(-s, y, 1.0) - 0.5 * beyond * y, y)


def rare_reciprocal_root_f64(x: float64) -> float64:
    """Return the reciprocal square root of a tiny number, or of one that is negative, infinite, zero or NaN."""
    tiny = (x > 0.0) & (x < 1.0)
    lifted = np.where(tiny, x, 2.0**-600) * 2.0**600
    return np.where(tiny, _reciprocal_root_f64(lifted) * 2.0**300, 1.0 / np.sqrt(np.where(tiny, 1.0, x)))


def rsqrt_f64(x: float64) -> float64:
    """Return the reciprocal of the square root of x."""
    usual = (x > 2.0**-700) & (x < np.inf)
    result = _reciprocal_root_f64(np.where(usual, x, 1.0))
    if not usual:
        result = rare_reciprocal_root_f64(x)
    return result


# -- lengths


def hypot_f32(x: float32, y: float32) -> float32:
    """Return the length of the vector (x, y)."""
    a, b = float64(x), float64(y)
    length = np.sqrt(fma(a, a, b * b))
    infinite = (np.abs(x) == np.inf) | (np.abs(y) == np.inf)
    return np.where(infinite, np.inf, length).astype(float32)


def length_64(a: float64, b: float64) -> float64:
    """Return the length of a vector, a not being less than b, with squares in the middle of the range."""
    long, wide = a * a, b * b
    s = long + wide
    rest = long - s + wide + (fma(a, a, -long) + fma(b, b, -wide))
    h = np.sqrt(s)
    return h + (fma(-h, h, s) + rest) / (h + h)


def hypot_f64(x: float64, y: float64) -> float64:
    """Return the length of the vector (x, y)."""
    p, q = np.abs(x), np.abs(y)
    a, b = np.where(p > q, p, q), np.where(p > q, q, p)
    usual = (a > 2.0**-400) & (a < 2.0**500) & (b == b)
    long = np.where(usual, a, 1.0)
    wide = np.where(usual, b, 0.0)
    result = length_64(long, np.where(wide > long * 2.0**-60, wide, 0.0))
    if not usual:
        result = _rare_length(p, q)
    return result


def _rare_length(p: float64, q: float64) -> float64:
    """Return the length of a vector with huge or tiny legs, infinite ones or NaN."""
    finite = (p < np.inf) & (q < np.inf)
    a = np.where(finite, np.where(p > q, p, q), 0.0)
    b = np.where(finite, np.where(p > q, q, p), 0.0)
    huge, none = a > 1.0, a == 0.0
    a, b = np.where(none, 2.0**-600, a), np.where(b > a * 2.0**-60, b, 0.0)
    down, up = np.where(huge, 2.0**-600, 2.0**600), np.where(huge, 2.0**600, 2.0**-600)
    length = np.where(none, 0.0, length_64(a * down, b * down)) * up
    infinite = (p == np.inf) | (q == np.inf)
    return np.where(finite, length, np.where(infinite, np.inf, np.where(p == p, q, p)))
