"""Quicker complement of the error function, and in float32 its inverse, within 4 units in the last place.

Up to one half the complement is ``1 - x Q(x**2)``, beyond it is ``exp(-x**2)`` times a slowly varying function of
``(|x| - 4) / (|x| + 4)`` as in `error_function.py`, here without pairs of numbers, and the rest of two for negative x.
The inverse is x times a polynomial of ``w = -log(1 - x**2)``, or of its root where that is large (M. Giles, Approximating the erfinv
function, GPU Computing Gems, 2011). The polynomials are minimax fits (`tests/campaigns/math_coefficients_fast.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.error_function import inverse_edge
from cobra.compiler.math.exponential import (
    curve_32,
    curve_64,
    less_rest_32,
    less_rest_64,
    rounded_32,
    rounded_64,
    scaled_f32,
    scaled_f64,
    size_32,
    size_64,
    start_32,
    start_64,
    whole_32,
    whole_64,
)
from cobra.compiler.math.fused import fma
from cobra.compiler.math.logarithm import log_f32
from cobra.types import float32, float64, int32, int64

# Bits of one half, of a number whose complement is zero, and of the number that is added in rounding.
_NEAR_32, _NEAR_64 = 0x3F000000, 0x3FE0000000000000
_END_32, _END_64 = 0x41280000, 0x403C000000000000
_ROUND_BITS_32, _ROUND_BITS_64 = 0x4B400000, 0x4338000000000000
_NUDGE_32, _NUDGE_64 = 2.0**-60, 2.0**-200


# -- the complement


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


def _scaled_complement_64(t: float64) -> float64:
    """Return ``(1 + 2 x) exp(x**2) erfc(x)`` of ``t = (x - 4) / (x + 4)``."""
    p = fma(t, -9.78282427463938e-09, -1.1965453754931305e-08)
    p = fma(p, t, 1.0361480174284488e-07)
    p = fma(p, t, 6.632005092373077e-08)
    p = fma(p, t, -8.199204911079136e-07)
    p = fma(p, t, 3.003707030135303e-07)
    p = fma(p, t, 5.706752373675331e-06)
    p = fma(p, t, -1.1225249321420671e-05)
    p = fma(p, t, -2.439815206174185e-05)
    p = fma(p, t, 1.506226929600588e-04)
    p = fma(p, t, -1.9925694496265872e-04)
    p = fma(p, t, -7.577734952610586e-04)
    p = fma(p, t, 5.031970016083989e-03)
    p = fma(p, t, -1.61977340316329e-02)
    p = fma(p, t, 3.7167515533927636e-02)
    p = fma(p, t, -6.633036581414518e-02)
    p = fma(p, t, 9.373283499853464e-02)
    p = fma(p, t, -1.010390660362318e-01)
    p = fma(p, t, 6.80970542546882e-02)
    p = fma(p, t, 1.5379652102618683e-02)
    p = fma(p, t, -1.3962111684056247e-01)
    return fma(p, t, 1.2329951186255526e+00)


def _slope_64(z: float64) -> float64:
    """Return erf(x) / x of z = x**2."""
    p = fma(z, -1.4621769572573936e-07, 1.6371330769741951e-06)
    p = fma(p, z, -1.4923007885637597e-05)
    p = fma(p, z, 1.2055286316237073e-04)
    p = fma(p, z, -8.548326512408339e-04)
    p = fma(p, z, 5.2239776220315125e-03)
    p = fma(p, z, -2.686617064500043e-02)
    p = fma(p, z, 1.1283791670954871e-01)
    p = fma(p, z, -3.761263890318375e-01)
    return fma(p, z, 1.1283791670955126e+00)


def _tail_64(a: float64, least: int64) -> float64:
    """Return erfc(a) of a positive number; powers of two below the least are replaced by that."""
    scaled = _scaled_complement_64((a - 4.0) / (a + 4.0))
    square = a * a
    n = rounded_64(-square)
    k = whole_64(n)
    r = less_rest_64(start_64(-square, k), k) - fma(a, a, -square)
    scaled = fma(scaled, fma(r * curve_64(r), r, r), scaled)
    return scaled_f64(scaled / fma(a, 2.0, 1.0), np.maximum(n.view(int64) - _ROUND_BITS_64, least))


def erfc_f64(x: float64) -> float64:
    """Return one minus the error function of x, accurate where that is tiny."""
    size = size_64(x)
    near = np.where(size < _NEAR_64, x, 0.0)
    tail = _tail_64(np.minimum(size, _END_64).view(float64), np.where(x > 0.0, int64(-2000), int64(-80)))
    tail = np.where(x < 0.0, 2.0 - tail, np.where(x == x, tail, x))
    return np.where(size < _NEAR_64, fma(-near, _slope_64(fma(near, near, _NUDGE_64)), 1.0), tail)


# -- the inverse


def _inverse_slope_32(w: float32) -> float32:
    """Return erfinv(x) / x of w = -log(1 - x**2)."""
    near = w < 5.0
    u = np.where(near, w - 2.5, np.sqrt(w) - 3.0)
    p = np.where(near, float32(-8.790977e-09), float32(1.143231e-04))
    p = fma(p, u, np.where(near, float32(2.3232689e-08), float32(-3.0904662e-04)))
    p = fma(p, u, np.where(near, float32(4.6616952e-07), float32(-5.3913252e-05)))
    p = fma(p, u, np.where(near, float32(-3.4627053e-06), float32(1.4841858e-03)))
    p = fma(p, u, np.where(near, float32(-4.9633422e-06), float32(-3.599269e-03)))
    p = fma(p, u, np.where(near, float32(2.1834444e-04), float32(5.6873835e-03)))
    p = fma(p, u, np.where(near, float32(-1.2527419e-03), float32(-7.6368507e-03)))
    p = fma(p, u, np.where(near, float32(-4.177387e-03), float32(9.445236e-03)))
    p = fma(p, u, np.where(near, float32(2.4664028e-01), float32(1.0016749e+00)))
    p = fma(p, u, np.where(near, float32(1.5014094e+00), float32(2.8329768e+00)))
    return p


def erfinv_f32(x: float32) -> float32:
    """Return the number whose error function is x."""
    usual = np.abs(x) < 1.0
    safe = np.where(usual, x, 0.0)
    tiny = np.abs(safe) < 2.0**-60
    square = np.where(tiny, 0.0, safe)
    result = safe * _inverse_slope_32(-log_f32(fma(-square, square, 1.0)))
    if not usual:
        result = float32(inverse_edge(float64(x)))
    return result
