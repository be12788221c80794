"""Quicker hyperbolic sines and cosines, within 4 units in the last place.

They are computed as in `hyperbolic.py`, but nothing makes up for what sums and quotients lose.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import (
    less_rest_32,
    less_rest_64,
    power_32,
    power_64,
    rounded_32,
    rounded_64,
    signed_32,
    signed_64,
    size_32,
    size_64,
    start_32,
    start_64,
    whole_32,
    whole_64,
)
from cobra.compiler.math.fused import fma
from cobra.compiler.math.hyperbolic import cosh_rest_32, cosh_rest_64, quarter_32, quarter_64, sinh_rest_32, sinh_rest_64
from cobra.types import float32, float64, int32, int64

_HUGE_32, _HUGE_64 = 2.0**127, 2.0**1023
# Bits of the size below which sinh x is x, and of the greatest of finite sinh and cosh.
_LEAST_32, _LEAST_64 = 0x21800000, 0x20B0000000000000
_MOST_32, _MOST_64 = 0x42B2D4FC, 0x408633CE8FB9F87D
_NUDGE_32, _NUDGE_64 = 2.0**-60, 2.0**-200


# -- sinh and cosh


def sinh_f32(x: float32) -> float32:
    """Return the hyperbolic sine of x."""
    size = size_32(x)
    cut = np.minimum(np.maximum(size, _LEAST_32), _MOST_32)
    safe = cut.view(float32)
    t = rounded_32(safe)
    k = whole_32(t)
    r = less_rest_32(start_32(safe, k), k)
    z = r * r
    grown, shrunk = power_32(t, -2), quarter_32(t)
    even, odd = grown - shrunk, grown + shrunk
    half = fma(odd, fma(r * z, sinh_rest_32(z), r), fma(even * z, cosh_rest_32(z), even))
    result = signed_32((half + half).view(int32), x)
    if size != cut:
        result = np.where(size < _LEAST_32, x, x * _HUGE_32)
    return result


def cosh_f32(x: float32) -> float32:
    """Return the hyperbolic cosine of x."""
    size = size_32(x)
    safe = np.minimum(size, _MOST_32).view(float32)
    t = rounded_32(safe)
    k = whole_32(t)
    r = less_rest_32(start_32(safe, k), k)
    z = fma(r, r, _NUDGE_32)
    grown, shrunk = power_32(t, -2), quarter_32(t)
    even, odd = grown + shrunk, grown - shrunk
    half = fma(odd, fma(r * z, sinh_rest_32(z), r), fma(even * z, cosh_rest_32(z), even))
    result = half + half
    if size > _MOST_32:
        result = np.abs(x) * _HUGE_32
    return result


def sinh_f64(x: float64) -> float64:
    """Return the hyperbolic sine of x."""
    size = size_64(x)
    cut = np.minimum(np.maximum(size, _LEAST_64), _MOST_64)
    safe = cut.view(float64)
    t = rounded_64(safe)
    k = whole_64(t)
    r = less_rest_64(start_64(safe, k), k)
    z = r * r
    grown, shrunk = power_64(t, -2), quarter_64(t)
    even, odd = grown - shrunk, grown + shrunk
    half = fma(odd, fma(r * z, sinh_rest_64(z), r), fma(even * z, cosh_rest_64(z), even))
    result = signed_64((half + half).view(int64), x)
    if size != cut:
        result = np.where(size < _LEAST_64, x, x * _HUGE_64)
    return result


def cosh_f64(x: float64) -> float64:
    """Return the hyperbolic cosine of x."""
    size = size_64(x)
    safe = np.minimum(size, _MOST_64).view(float64)
    t = rounded_64(safe)
    k = whole_64(t)
    r = less_rest_64(start_64(safe, k), k)
    z = fma(r, r, _NUDGE_64)
    grown, shrunk = power_64(t, -2), quarter_64(t)
    even, odd = grown + shrunk, grown - shrunk
    half = fma(odd, fma(r * z, sinh_rest_64(z), r), fma(even * z, cosh_rest_64(z), even))
    result = half + half
    if size > _MOST_64:
        result = np.abs(x) * _HUGE_64
    return result
