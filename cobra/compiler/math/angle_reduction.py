"""Angles less their nearest multiple of pi / 2, for angles of any size.

Each function takes ``a >= 0`` and gives ``high, low, quadrant``: ``high + low`` is a less the multiple, correct to more bits than a
float holds, and the last two bits of the whole number ``quadrant`` are those of the multiple.

Up to a bound pi / 2 is subtracted in three parts (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980). By a fused
multiply-add the first difference is exact. In float64 the second part has few bits, so that its multiples are exact too; in float32, where
that would leave a small bound, its products are taken in two floats.
Beyond, only those bits of 2 / pi are multiplied that decide quadrant and fraction (M. H. Payne and R. N. Hanek, SIGNUM Newsletter 18,
1983): five pieces as long as the float's digits, each product in two floats by a fused multiply-add, and the sum carried in three.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.two_over_pi import pieces_32, pieces_64
from cobra.types import float32, float64, int32, int64

BOUND_32, BOUND_64 = 1e5, 1.5e6
"""Angles below these are reduced by the `near` functions; the others here take all."""

_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_TWO_OVER_PI = 0.6366197723675814
_PART_1_32, _PART_2_32, _PART_3_32 = 1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15
_PART_1_64, _PART_2_64, _PART_3_64 = 1.5707963267948966, 6.12323399538461e-17, 3.5215598651832e-27
_HALF_PI_32, _HALF_PI_REST_32 = 1.5707963705062866, -4.371139000186243e-08
_HALF_PI_64, _HALF_PI_REST_64 = 1.5707963267948966, 6.123233995736766e-17


def near_reduced_32(a: float32) -> tuple[float32, float32, int32]:
    """Reduce an angle below `BOUND_32`."""
    t = fma(a, _TWO_OVER_PI, _ROUND_32)
    k = t - _ROUND_32
    start = fma(k, -_PART_1_32, a)
    second = k * _PART_2_32
    high = start - second
    low = fma(k, -_PART_3_32, (start - high - second) - fma(k, _PART_2_32, -second))
    return high, low, t.view(int32)


def near_reduced_64(a: float64) -> tuple[float64, float64, int64]:
    """Reduce an angle below `BOUND_64`."""
    t = fma(a, _TWO_OVER_PI, _ROUND_64)
    k = t - _ROUND_64
    start = fma(k, -_PART_1_64, a)
    high = fma(k, -_PART_2_64, start)
    low = fma(k, -_PART_3_64, fma(k, -_PART_2_64, start - high))
    return high, low, t.view(int64)


# -- any angle


def far_reduced_32(a: float32) -> tuple[float32, float32, int32]:
    """Reduce any angle of at least one; infinity gives NaN and an invalid operation."""
    safe = np.where(a < np.inf, a, 1.0)
    exponent = (safe.view(int32) >> 23) - 127
    first = (np.maximum(exponent - 25, 0) * 2731) >> 16
    x = (safe.view(int32) - ((first * 24) << 23)).view(float32)
    high, low, quadrant = _product_with_two_over_pi_32(x, first)
    product = high * _HALF_PI_32
    rest = fma(high, _HALF_PI_REST_32, low * _HALF_PI_32) + fma(high, _HALF_PI_32, -product)
    angle = product + rest
    return angle + (a - a), rest - (angle - product), quadrant


def _product_with_two_over_pi_32(x: float32, first: int32) -> tuple[float32, float32, int32]:
    """Return the fraction, in two floats, and the last bits of the whole part of ``x * 2 / pi``, x scaled to the first piece."""
    p0, p1, p2, p3, p4 = pieces_32(first)
    y = x * 2.0**-24
    z = y * 2.0**-24
    h0, h1, h2, h3 = x * p0, y * p1, z * p2, z * 2.0**-24 * p3
    l0, l1, l2, l3 = fma(x, p0, -h0), fma(y, p1, -h1), fma(z, p2, -h2), fma(z * 2.0**-24, p3, -h3)
    s, e0 = _sum_32(_without_fours_32(h0), _without_fours_32(l0))
    s, e1 = _sum_32(s, _without_fours_32(h1))
    s, e2 = _sum_32(s, l1)
    s, e3 = _sum_32(s, h2)
    t, d0 = _sum_32(e0, e1)
    t, d1 = _sum_32(t, e2)
    t, d2 = _sum_32(t, e3)
    t, d3 = _sum_32(t, l2)
    t, d4 = _sum_32(t, h3)
    u = d0 + d1 + d2 + d3 + d4 + l3 + z * 2.0**-48 * p4
    shifted = s + _ROUND_32
    high, e = _sum_32(s - (shifted - _ROUND_32), t)
    return high, e + u, shifted.view(int32)


def _sum_32(a: float32, b: float32) -> tuple[float32, float32]:
    """Return ``a + b`` and its rounding error (D. E. Knuth)."""
    s = a + b
    part = s - a
    return s, (a - (s - part)) + (b - part)


def _without_fours_32(x: float32) -> float32:
    """Return x less the nearest multiple of four."""
    return fma(np.rint(x * 0.25), -4.0, x)


def far_reduced_64(a: float64) -> tuple[float64, float64, int64]:
    """Reduce any angle of at least one; infinity gives NaN and an invalid operation."""
    safe = np.where(a < np.inf, a, 1.0)
    exponent = (safe.view(int64) >> 52) - 1023
    first = (np.maximum(exponent - 54, 0) * 1237) >> 16
    x = (safe.view(int64) - ((first * 53) << 52)).view(float64)
    high, low, quadrant = _product_with_two_over_pi_64(x, first)
    product = high * _HALF_PI_64
    rest = fma(high, _HALF_PI_REST_64, low * _HALF_PI_64) + fma(high, _HALF_PI_64, -product)
    angle = product + rest
    return angle + (a - a), rest - (angle - product), quadrant


def _product_with_two_over_pi_64(x: float64, first: int64) -> tuple[float64, float64, int64]:
    """Return the fraction, in two floats, and the last bits of the whole part of ``x * 2 / pi``, x scaled to the first piece."""
    p0, p1, p2, p3, p4 = pieces_64(first)
    y = x * 2.0**-53
    z = y * 2.0**-53
    h0, h1, h2, h3 = x * p0, y * p1, z * p2, z * 2.0**-53 * p3
    l0, l1, l2, l3 = fma(x, p0, -h0), fma(y, p1, -h1), fma(z, p2, -h2), fma(z * 2.0**-53, p3, -h3)
    s, e0 = _sum_64(_without_fours_64(h0), _without_fours_64(l0))
    s, e1 = _sum_64(s, _without_fours_64(h1))
    s, e2 = _sum_64(s, l1)
    s, e3 = _sum_64(s, h2)
    t, d0 = _sum_64(e0, e1)
    t, d1 = _sum_64(t, e2)
    t, d2 = _sum_64(t, e3)
    t, d3 = _sum_64(t, l2)
    t, d4 = _sum_64(t, h3)
    u = d0 + d1 + d2 + d3 + d4 + l3 + z * 2.0**-106 * p4
    shifted = s + _ROUND_64
    high, e = _sum_64(s - (shifted - _ROUND_64), t)
    return high, e + u, shifted.view(int64)


def _sum_64(a: float64, b: float64) -> tuple[float64, float64]:
    """Return ``a + b`` and its rounding error (D. E. Knuth)."""
    s = a + b
    part = s - a
    return s, (a - (s - part)) + (b - part)


def _without_fours_64(x: float64) -> float64:
    """Return x less the nearest multiple of four."""
    return fma(np.rint(x * 0.25), -4.0, x)
