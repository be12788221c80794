"""Quicker inverse hyperbolic sine and cosine, within 4 units in the last place.

They are computed as in `inverse_hyperbolic.py`, but nothing makes up for what sums, roots and quotients lose.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import signed_32, signed_64, size_32, size_64
from cobra.compiler.math.fused import fma
from cobra.compiler.math.inverse_hyperbolic import (
    doubled_sum_32,
    doubled_sum_64,
    doublings_32,
    doublings_64,
    log_of_twice_32,
    log_of_twice_64,
)
from cobra.types import float32, float64, int32, int64, uint32, uint64

# Bits of one, of infinity, of the size below which numbers are their own inverse sine, and above which squares may overflow.
_ONE_32, _ONE_64 = 0x3F800000, 0x3FF0000000000000
_INFINITY_32, _INFINITY_64 = 0x7F800000, 0x7FF0000000000000
_TINY_32, _TINY_64 = 0x2B800000, 0x26F0000000000000
_VAST_32, _VAST_64 = 0x5D800000, 0x5F30000000000000


def arcsinh_f32(x: float32) -> float32:
    """Return the inverse hyperbolic sine of x."""
    size = size_32(x)
    a = np.minimum(np.maximum(size, _TINY_32), _VAST_32).view(float32)
    root = np.sqrt(fma(a, a, 1.0))
    y = a + root
    k = doublings_32(y.view(int32) - _ONE_32)
    power = ((k + 127) << 23).view(float32)
    result = doubled_sum_32(k, np.where(k == 0, a, y - power) / np.where(k == 0, 1.0 + root, y + power), 0.0)
    if (size - _TINY_32).view(uint32) > _VAST_32 - _TINY_32:
        vast = (size > _VAST_32) & (size < _INFINITY_32)
        finite = np.where(vast, size, _VAST_32).view(float32)
        result = np.where(vast, log_of_twice_32(finite), np.abs(x))
    return signed_32(size_32(result), x)


def arccosh_f32(x: float32) -> float32:
    """Return the inverse hyperbolic cosine of x."""
    bits = x.view(int32)
    a = np.minimum(np.maximum(bits, _ONE_32 + 1), _VAST_32).view(float32)
    more = a + 1.0
    root = np.sqrt((a - 1.0) * more)
    y = a + root
    k = doublings_32(y.view(int32) - _ONE_32)
    power = ((k + 127) << 23).view(float32)
    result = doubled_sum_32(k, np.where(k == 0, root, y - power) / np.where(k == 0, more, y + power), 0.0)
    if (bits - _ONE_32 - 1).view(uint32) > _VAST_32 - _ONE_32 - 1:
        vast = (bits > _VAST_32) & (bits < _INFINITY_32)
        edge = np.sqrt(np.where(vast, 1.0, np.where(x <= 1.0, x - 1.0, x)))
        result = np.where(vast, log_of_twice_32(np.where(vast, bits, _VAST_32).view(float32)), edge)
    return result


def arcsinh_f64(x: float64) -> float64:
    """Return the inverse hyperbolic sine of x."""
    size = size_64(x)
    a = np.minimum(np.maximum(size, _TINY_64), _VAST_64).view(float64)
    root = np.sqrt(fma(a, a, 1.0))
    y = a + root
    k = doublings_64(y.view(int64) - _ONE_64)
    power = ((k + 1023) << 52).view(float64)
    result = doubled_sum_64(k, np.where(k == 0, a, y - power) / np.where(k == 0, 1.0 + root, y + power), 0.0)
    if (size - _TINY_64).view(uint64) > _VAST_64 - _TINY_64:
        vast = (size > _VAST_64) & (size < _INFINITY_64)
        finite = np.where(vast, size, _VAST_64).view(float64)
        result = np.where(vast, log_of_twice_64(finite), np.abs(x))
    return signed_64(size_64(result), x)


def arccosh_f64(x: float64) -> float64:
    """Return the inverse hyperbolic cosine of x."""
    bits = x.view(int64)
    a = np.minimum(np.maximum(bits, _ONE_64 + 1), _VAST_64).view(float64)
    more = a + 1.0
    root = np.sqrt((a - 1.0) * more)
    y = a + root
    k = doublings_64(y.view(int64) - _ONE_64)
    power = ((k + 1023) << 52).view(float64)
    result = doubled_sum_64(k, np.where(k == 0, root, y - power) / np.where(k == 0, more, y + power), 0.0)
    if (bits - _ONE_64 - 1).view(uint64) > _VAST_64 - _ONE_64 - 1:
        vast = (bits > _VAST_64) & (bits < _INFINITY_64)
        edge = np.sqrt(np.where(vast, 1.0, np.where(x <= 1.0, x - 1.0, x)))
        result = np.where(vast, log_of_twice_64(np.where(vast, bits, _VAST_64).view(float64)), edge)
    return result
