"""Quicker complement of the error function for float32, within 4 units in the last place.

Up to one half it is ``1 - x Q(x**2)``, beyond it is ``exp(-x**2)`` times a slowly varying function of ``(|x| - 4) / (|x| + 4)`` as in
`error_function.py`, here in plain float32, and the rest of two for negative x. The polynomials are minimax fits
(`tests/campaigns/math_coefficients_fast.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import curve_32, less_rest_32, rounded_32, scaled_f32, size_32, start_32, whole_32
from cobra.compiler.math.fused import fma
from cobra.types import float32, int32

# Bits of one half, of a number whose complement is zero, and of the number that is added in rounding.
_NEAR_32, _END_32 = 0x3F000000, 0x41280000
_ROUND_BITS_32 = 0x4B400000
_NUDGE_32 = 2.0**-60


def _scaled_complement_32(t: float32) -> float32:
    """Return ``(1 + 2 x) exp(x**2) erfc(x)`` of ``t = (x - 4) / (x + 4)``."""
    p = fma(t, 1.3464136e-04, 5.496609e-03)
    p = fma(p, t, -1.6526395e-02)
    p = fma(p, t, 3.6908742e-02)
    p = fma(p, t, -6.629577e-02)
    p = fma(p, t, 9.377784e-02)
    p = fma(p, t, -1.0103957e-01)
    p = fma(p, t, 6.809412e-02)
    p = fma(p, t, 1.5379613e-02)
    p = fma(p, t, -1.3962106e-01)
    return fma(p, t, 1.2329952e00)


def _slope_32(z: float32) -> float32:
    """Return erf(x) / x of z = x**2."""
    p = fma(z, 4.7199284e-03, -2.6758157e-02)
    p = fma(p, z, 1.1282838e-01)
    p = fma(p, z, -3.7612608e-01)
    return fma(p, z, 1.1283791e00)


def _tail_32(a: float32, least: int32) -> float32:
    """Return erfc(a) of a positive number; powers of two below the least are replaced by that."""
    scaled = _scaled_complement_32((a - 4.0) / (a + 4.0))
    square = a * a
    n = rounded_32(-square)
    k = whole_32(n)
    r = less_rest_32(start_32(-square, k), k) - fma(a, a, -square)
    scaled = fma(scaled, fma(r * curve_32(r), r, r), scaled)
    return scaled_f32(scaled / fma(a, 2.0, 1.0), np.maximum(n.view(int32) - _ROUND_BITS_32, least))


def erfc_f32(x: float32) -> float32:
    """Return one minus the error function of x, accurate where that is tiny."""
    size = size_32(x)
    near = np.where(size < _NEAR_32, x, 0.0)
    tail = _tail_32(np.minimum(size, _END_32).view(float32), np.where(x > 0.0, int32(-200), int32(-40)))
    tail = np.where(x < 0.0, 2.0 - tail, np.where(x == x, tail, x))
    return np.where(size < _NEAR_32, fma(-near, _slope_32(fma(near, near, _NUDGE_32)), 1.0), tail)
