"""Angles less their nearest multiple of pi / 2, for angles of any size.

Each function takes ``a >= 0`` and gives ``high, low, quadrant``: ``high + low`` is a less the multiple, correct to more bits than a
float holds, and the last two bits of the whole number ``quadrant`` are those of the multiple.

Up to a bound pi / 2 is subtracted in three parts (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980). By a fused
multiply-add the first difference is exact; the second part has few bits, so that its multiples are exact too.
Beyond, only those bits of 2 / pi are multiplied that decide quadrant and fraction (M. H. Payne and R. N. Hanek, SIGNUM Newsletter 18,
1983): five pieces of 53 bits, each product in two floats by a fused multiply-add, and the sum carried in three.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.two_over_pi import pieces
from cobra.types import float32, float64, int32, int64

BOUND_32, BOUND_64 = 3200.0, 1.5e6
"""Angles below these are reduced by the `near` functions; the others here take all."""

_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_TWO_OVER_PI = 0.6366197723675814
_PART_1_32, _PART_2_32, _PART_3_32 = 1.5707963705062866, -4.370667738839984e-08, -4.712613545926336e-12
_PART_1_64, _PART_2_64, _PART_3_64 = 1.5707963267948966, 6.12323399538461e-17, 3.5215598651832e-27
_HALF_PI, _HALF_PI_REST = 1.5707963267948966, 6.123233995736766e-17
_MIDDLE_32 = 2.0**30


def near_reduced_32(a: float32) -> tuple[float32, float32, int32]:
    """Reduce an angle below `BOUND_32`."""
    t = fma(a, _TWO_OVER_PI, _ROUND_32)
    k = t - _ROUND_32
    start = fma(k, -_PART_1_32, a)
    high = fma(k, -_PART_2_32, start)
    low = fma(k, -_PART_3_32, fma(k, -_PART_2_32, start - high))
    return high, low, t.view(int32)


def near_reduced_64(a: float64) -> tuple[float64, float64, int64]:
    """Reduce an angle below `BOUND_64`."""
    t = fma(a, _TWO_OVER_PI, _ROUND_64)
    k = t - _ROUND_64
    start = fma(k, -_PART_1_64, a)
    high = fma(k, -_PART_2_64, start)
    low = fma(k, -_PART_3_64, fma(k, -_PART_2_64, start - high))
    return high, low, t.view(int64)


def far_reduced_32(a: float32) -> tuple[float32, float32, int32]:
    """Reduce any angle; infinity gives NaN and an invalid operation."""
    wide = float64(a)
    middle = wide < _MIDDLE_32
    safe = np.where(middle, wide, 1.0)
    t = fma(safe, _TWO_OVER_PI, _ROUND_64)
    k = t - _ROUND_64
    rest, quadrant = fma(k, -_HALF_PI_REST, fma(k, -_HALF_PI, safe)), t.view(int64)
    if not middle:
        rest, _, quadrant = far_reduced_64(wide)
    high = float32(rest)
    return high, float32(rest - float64(high)), int32(quadrant & 3)


def far_reduced_64(a: float64) -> tuple[float64, float64, int64]:
    """Reduce any angle of at least one; infinity gives NaN and an invalid operation."""
    safe = np.where(a < np.inf, a, 1.0)
    exponent = (safe.view(int64) >> 52) - 1023
    first = (np.maximum(exponent - 54, 0) * 1237) >> 16
    x = (safe.view(int64) - ((first * 53) << 52)).view(float64)
    high, low, quadrant = _product_with_two_over_pi(x, first)
    product = high * _HALF_PI
    rest = fma(high, _HALF_PI_REST, low * _HALF_PI) + fma(high, _HALF_PI, -product)
    return product + (a - a), rest, quadrant


def _product_with_two_over_pi(x: float64, first: int64) -> tuple[float64, float64, int64]:
    """Return the fraction, in two floats, and the last bits of the whole part of ``x * 2 / pi``, x scaled to the first piece."""
    p0, p1, p2, p3, p4 = pieces(first)
    y = x * 2.0**-53
    z = y * 2.0**-53
    h0, h1, h2, h3 = x * p0, y * p1, z * p2, z * 2.0**-53 * p3
    l0, l1, l2, l3 = fma(x, p0, -h0), fma(y, p1, -h1), fma(z, p2, -h2), fma(z * 2.0**-53, p3, -h3)
    s, e0 = _sum(_without_fours(h0), _without_fours(l0))
    s, e1 = _sum(s, _without_fours(h1))
    s, e2 = _sum(s, l1)
    s, e3 = _sum(s, h2)
    t, d0 = _sum(e0, e1)
    t, d1 = _sum(t, e2)
    t, d2 = _sum(t, e3)
    t, d3 = _sum(t, l2)
    t, d4 = _sum(t, h3)
    u = d0 + d1 + d2 + d3 + d4 + l3 + z * 2.0**-106 * p4
    shifted = s + _ROUND_64
    high, e = _sum(s - (shifted - _ROUND_64), t)
    return high, e + u, shifted.view(int64)


def _sum(a: float64, b: float64) -> tuple[float64, float64]:
    """Return ``a + b`` and its rounding error (D. E. Knuth)."""
    s = a + b
    part = s - a
    return s, (a - (s - part)) + (b - part)


def _without_fours(x: float64) -> float64:
    """Return x less the nearest multiple of four."""
    return fma(np.rint(x * 0.25), -4.0, x)
