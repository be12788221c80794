"""Quicker reciprocal square roots and lengths of vectors, within 4 units in the last place.

Half of the negative of a number's bits is about the logarithm of ``r`` near ``x**(-1/2)``, within 3.5 %, which the series of
``(1 - h)**(-1/2)`` with ``h = 1 - x r**2`` betters: no root is taken and nothing divided.
A length is the root of a sum of squares, of which nothing is made up for.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.roots import rare_length, rare_reciprocal_root_f32, rare_reciprocal_root_f64
from cobra.types import float32, float64, int32, int64, uint32, uint64

# Bits of the least number that is not rare, and of infinity.
_LEAST_32, _LEAST_64 = (127 - 60) << 23, (1023 - 700) << 52
_INFINITE_32, _INFINITE_64 = 255 << 23, 2047 << 52
# Bits of the ends of the range in which squares of the longer leg are ordinary numbers, and of a leg that is too small beside it.
_SHORT_32, _SHORT_64 = (127 - 30) << 23, (1023 - 300) << 52
_LONG_32, _LONG_64 = (127 + 60) << 23, (1023 + 500) << 52
_SMALL_32, _SMALL_64 = (127 - 60) << 23, (1023 - 400) << 52
# Three halves of the bits of 1, less what makes the greatest errors on both sides equal.
_START_32, _START_64 = 0x5F37599E, 0x5FE6EB50C7B537A9


def rsqrt_f32(x: float32) -> float32:
    """Return the reciprocal of the square root of x."""
    usual = (x.view(uint32) - _LEAST_32) < _INFINITE_32 - _LEAST_32
    a = np.where(usual, x, 1.0)
    r = (_START_32 - (a.view(int32) >> 1)).view(float32)
    h = fma(-a * r, r, 1.0)
    p = fma(h, 63 / 256, 35 / 128)
    p = fma(p, h, 5 / 16)
    p = fma(p, h, 3 / 8)
    p = fma(p, h, 1 / 2)
    result = fma(p, r * h, r)
    if not usual:
        result = rare_reciprocal_root_f32(x)
    return result


def _bettered_64(r: float64, a: float64) -> float64:
    """Return a reciprocal square root with four times the bits."""
    h = fma(-a * r, r, 1.0)
    p = fma(h, 5 / 16, 3 / 8)
    p = fma(p, h, 1 / 2)
    return fma(p, r * h, r)


def rsqrt_f64(x: float64) -> float64:
    """Return the reciprocal of the square root of x."""
    usual = (x.view(uint64) - _LEAST_64) < _INFINITE_64 - _LEAST_64
    a = np.where(usual, x, 1.0)
    r = (_START_64 - (a.view(int64) >> 1)).view(float64)
    result = _bettered_64(_bettered_64(r, a), a)
    if not usual:
        result = rare_reciprocal_root_f64(x)
    return result


def _rare_length_32(x: float32, y: float32) -> float32:
    """Return the length of a vector with huge or tiny legs, infinite ones or NaN."""
    a, b = float64(x), float64(y)
    if (np.abs(x) == np.inf) | (np.abs(y) == np.inf):
        return float32(np.inf)
    return np.sqrt(fma(a, a, b * b)).astype(float32)


def hypot_f32(x: float32, y: float32) -> float32:
    """Return the length of the vector (x, y)."""
    p, q = np.abs(x), np.abs(y)
    size = np.maximum(p.view(int32), q.view(int32))
    usual = (size - _SHORT_32).view(uint32) < _LONG_32 - _SHORT_32
    a = np.where(usual, np.maximum(p.view(int32), _SMALL_32).view(float32), 1.0)
    b = np.where(usual, np.maximum(q.view(int32), _SMALL_32).view(float32), 1.0)
    result = np.sqrt(fma(a, a, b * b))
    if not usual:
        result = _rare_length_32(x, y)
    return result


def hypot_f64(x: float64, y: float64) -> float64:
    """Return the length of the vector (x, y)."""
    p, q = np.abs(x), np.abs(y)
    size = np.maximum(p.view(int64), q.view(int64))
    usual = (size - _SHORT_64).view(uint64) < _LONG_64 - _SHORT_64
    a = np.where(usual, np.maximum(p.view(int64), _SMALL_64).view(float64), 1.0)
    b = np.where(usual, np.maximum(q.view(int64), _SMALL_64).view(float64), 1.0)
    result = np.sqrt(fma(a, a, b * b))
    if not usual:
        result = rare_length(p, q)
    return result
