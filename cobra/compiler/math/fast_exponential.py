"""Quicker exponential less one, within 4 units in the last place.

It is computed as in `exponential.py`, but nothing makes up for what sums lose.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import (
    curve_32,
    curve_64,
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
from cobra.types import float32, float64, uint32, uint64

_HUGE_32, _HUGE_64 = 2.0**127, 2.0**1023
# Bits of the size below which the result is x itself, of the last at which it is finite, and of the argument below which it is -1.
_LEAST_32, _LEAST_64 = 0x21800000, 0x20B0000000000000
_MOST_32, _MOST_64 = 0x42B17217, 0x40862E42FEFA39EF
_LOWEST_32, _LOWEST_64 = 0xC1A00000, 0xC044000000000000


def expm1_f32(x: float32) -> float32:
    """Return e**x - 1, accurate near zero."""
    size = size_32(x)
    cut = np.minimum(np.maximum(size, _LEAST_32), _MOST_32)
    safe = np.minimum(signed_32(cut, x).view(uint32), _LOWEST_32).view(float32)
    t = rounded_32(safe)
    k = whole_32(t)
    r = less_rest_32(start_32(safe, k), k)
    scale = power_32(t, -1)
    half = fma(scale, fma(r * r, curve_32(r), r), scale - 0.5)
    result = half + half
    if size != cut:
        beyond = np.where(x < 0.0, -1.0, np.where(x < 0.0, 0.0, x) * _HUGE_32)
        result = np.where(size < _LEAST_32, x, beyond)
    return result


def expm1_f64(x: float64) -> float64:
    """Return e**x - 1, accurate near zero."""
    size = size_64(x)
    cut = np.minimum(np.maximum(size, _LEAST_64), _MOST_64)
    safe = np.minimum(signed_64(cut, x).view(uint64), _LOWEST_64).view(float64)
    t = rounded_64(safe)
    k = whole_64(t)
    r = less_rest_64(start_64(safe, k), k)
    scale = power_64(t, -1)
    half = fma(scale, fma(r * r, curve_64(r), r), scale - 0.5)
    result = half + half
    if size != cut:
        beyond = np.where(x < 0.0, -1.0, np.where(x < 0.0, 0.0, x) * _HUGE_64)
        result = np.where(size < _LEAST_64, x, beyond)
    return result
