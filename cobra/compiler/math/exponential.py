"""Exponentials to the bases e and 2, and exp(x) - 1.

``x = k ln 2 + r`` with ``|r| <= ln 2 / 2``; a polynomial gives ``exp(r)``, and k is added to its exponent. Adding a number whose
last bit counts ones leaves the nearest whole number k in the last bits of the sum. The polynomials are minimax fits
(`tests/campaigns/math_coefficients.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_ROUND_BITS_32, _ROUND_BITS_64 = 0x4B400000, 0x4338000000000000
_LOG2_E = 1.4426950408889634
_LN2_32, _LN2_REST_32 = 0.693147182464599609375, -1.904654323148236e-09
_LN2_64, _LN2_REST_64 = 0.6931471805599453, 2.3190468138462996e-17


def _curve_32(r: float32) -> float32:
    """Return (exp(r) - 1 - r) / r**2."""
    p = fma(r, 1.9917895e-04, 1.3945329e-03)
    p = fma(p, r, 8.333266e-03)
    p = fma(p, r, 4.1666284e-02)
    p = fma(p, r, 1.6666667e-01)
    return fma(p, r, 0.5)


def _curve_64(r: float64) -> float64:
    """Return (exp(r) - 1 - r) / r**2."""
    p = fma(r, 2.0926428265205664e-09, 2.5111713891825464e-08)
    p = fma(p, r, 2.755723538838372e-07)
    p = fma(p, r, 2.7557235969803112e-06)
    p = fma(p, r, 2.4801587370714687e-05)
    p = fma(p, r, 0.00019841269895022362)
    p = fma(p, r, 0.0013888888888860542)
    p = fma(p, r, 0.008333333333317735)
    p = fma(p, r, 0.04166666666666672)
    p = fma(p, r, 0.16666666666666682)
    return fma(p, r, 0.5)


def scaled_f32(p: float32, n: int32) -> float32:
    """Return ``p * 2**n`` for p near 1, rounded once, with the errors of that rounding."""
    half = n >> 1
    return p * ((half + 127) << 23).view(float32) * ((n - half + 127) << 23).view(float32)


def scaled_f64(p: float64, n: int64) -> float64:
    """Return ``p * 2**n`` for p near 1, rounded once, with the errors of that rounding."""
    half = n >> 1
    return p * ((half + 1023) << 52).view(float64) * ((n - half + 1023) << 52).view(float64)


# -- exp


def exp_f32(x: float32) -> float32:
    """Return e to the power x."""
    usual = np.abs(x) < 87.0
    safe = np.where(usual, x, 0.0)
    t = fma(safe, _LOG2_E, _ROUND_32)
    p = _exp_near_32(safe, t - _ROUND_32)
    result = (p.view(int32) + (t.view(int32) << 23)).view(float32)
    if not usual:
        result = _far_exp_32(x)
    return result


def _exp_near_32(x: float32, k: float32) -> float32:
    """Return exp(x - k ln 2)."""
    r = fma(k, -_LN2_REST_32, fma(k, -_LN2_32, x))
    return fma(r * r, _curve_32(r), r) + 1.0


def _far_exp_32(x: float32) -> float32:
    """Return exp(x) where it is near the ends of the range or beyond, or x is not a number."""
    finite = np.abs(x) < np.inf
    near = np.where(x > 100.0, 100.0, np.where(x < -110.0, -110.0, np.where(finite, x, 0.0)))
    near = np.where(finite, near, 0.0)
    t = fma(near, _LOG2_E, _ROUND_32)
    result = scaled_f32(_exp_near_32(near, t - _ROUND_32), t.view(int32) - _ROUND_BITS_32)
    return np.where(finite, result, np.where(x < 0.0, 0.0, x))


def exp_f64(x: float64) -> float64:
    """Return e to the power x."""
    usual = np.abs(x) < 708.0
    safe = np.where(usual, x, 0.0)
    t = fma(safe, _LOG2_E, _ROUND_64)
    p = _exp_near_64(safe, t - _ROUND_64)
    result = (p.view(int64) + (t.view(int64) << 52)).view(float64)
    if not usual:
        result = _far_exp_64(x)
    return result


def _exp_near_64(x: float64, k: float64) -> float64:
    """Return exp(x - k ln 2)."""
    r = fma(k, -_LN2_REST_64, fma(k, -_LN2_64, x))
    return fma(r * r, _curve_64(r), r) + 1.0


def _far_exp_64(x: float64) -> float64:
    """Return exp(x) where it is near the ends of the range or beyond, or x is not a number."""
    finite = np.abs(x) < np.inf
    near = np.where(x > 720.0, 720.0, np.where(x < -760.0, -760.0, np.where(finite, x, 0.0)))
    near = np.where(finite, near, 0.0)
    t = fma(near, _LOG2_E, _ROUND_64)
    result = scaled_f64(_exp_near_64(near, t - _ROUND_64), t.view(int64) - _ROUND_BITS_64)
    return np.where(finite, result, np.where(x < 0.0, 0.0, x))


# -- exp2


def exp2_f32(x: float32) -> float32:
    """Return 2 to the power x."""
    usual = np.abs(x) < 126.0
    safe = np.where(usual, x, 0.0)
    t = safe + _ROUND_32
    p = _exp2_near_32(safe - (t - _ROUND_32))
    result = (p.view(int32) + (t.view(int32) << 23)).view(float32)
    if not usual:
        result = _far_exp2_32(x)
    return result


def _exp2_near_32(x: float32) -> float32:
    r = x * _LN2_32
    rest = fma(x, _LN2_32, -r)
    return fma(r * r, _curve_32(r), rest) + r + 1.0


def _far_exp2_32(x: float32) -> float32:
    """Return 2**x where it is near the ends of the range or beyond, or x is not a number."""
    finite = np.abs(x) < np.inf
    near = np.where(finite, np.where(x > 140.0, 140.0, np.where(x < -160.0, -160.0, x)), 0.0)
    t = near + _ROUND_32
    result = scaled_f32(_exp2_near_32(near - (t - _ROUND_32)), t.view(int32) - _ROUND_BITS_32)
    return np.where(finite, result, np.where(x < 0.0, 0.0, x))


def exp2_f64(x: float64) -> float64:
    """Return 2 to the power x."""
    usual = np.abs(x) < 1022.0
    safe = np.where(usual, x, 0.0)
    t = safe + _ROUND_64
    p = _exp2_near_64(safe - (t - _ROUND_64))
    result = (p.view(int64) + (t.view(int64) << 52)).view(float64)
    if not usual:
        result = _far_exp2_64(x)
    return result


def _exp2_near_64(x: float64) -> float64:
    r = x * _LN2_64
    rest = fma(x, _LN2_REST_64, fma(x, _LN2_64, -r))
    return fma(r * r, _curve_64(r), rest) + r + 1.0


def _far_exp2_64(x: float64) -> float64:
    """Return 2**x where it is near the ends of the range or beyond, or x is not a number."""
    finite = np.abs(x) < np.inf
    near = np.where(finite, np.where(x > 1100.0, 1100.0, np.where(x < -1200.0, -1200.0, x)), 0.0)
    t = near + _ROUND_64
    result = scaled_f64(_exp2_near_64(near - (t - _ROUND_64)), t.view(int64) - _ROUND_BITS_64)
    return np.where(finite, result, np.where(x < 0.0, 0.0, x))


# -- expm1: 2**k exp(r) - 1 with the roundings of the sums carried along


def expm1_f32(x: float32) -> float32:
    """Return e**x - 1, accurate near zero."""
    usual = np.abs(x) < 87.0
    safe = np.where(usual, x, 0.0)
    t = fma(safe, _LOG2_E, _ROUND_32)
    k = t - _ROUND_32
    start = fma(k, -_LN2_32, safe)
    r = fma(k, -_LN2_REST_32, start)
    rest = fma(k, -_LN2_REST_32, start - r)
    bent = r * r * _curve_32(r) + rest
    high = r + bent
    low = bent - (high - r)
    scale = ((t.view(int32) - _ROUND_BITS_32 + 127) << 23).view(float32)
    base = scale - 1.0
    total = base + scale * high
    larger, smaller = np.where(k == 0.0, scale * high, base), np.where(k == 0.0, base, scale * high)
    result = total + (smaller - (total - larger) + fma(scale, low, np.where(k == 0.0, 0.0, (scale - base) - 1.0)))
    result = np.where(safe == 0.0, safe, result)
    if not usual:
        result = np.where(x < 0.0, -1.0, _far_exp_32(np.where(x < 0.0, 0.0, x)))
    return result


def expm1_f64(x: float64) -> float64:
    """Return e**x - 1, accurate near zero."""
    usual = np.abs(x) < 708.0
    safe = np.where(usual, x, 0.0)
    t = fma(safe, _LOG2_E, _ROUND_64)
    k = t - _ROUND_64
    start = fma(k, -_LN2_64, safe)
    r = fma(k, -_LN2_REST_64, start)
    rest = fma(k, -_LN2_REST_64, start - r)
    bent = r * r * _curve_64(r) + rest
    high = r + bent
    low = bent - (high - r)
    scale = ((t.view(int64) - _ROUND_BITS_64 + 1023) << 52).view(float64)
    base = scale - 1.0
    total = base + scale * high
    larger, smaller = np.where(k == 0.0, scale * high, base), np.where(k == 0.0, base, scale * high)
    result = total + (smaller - (total - larger) + fma(scale, low, np.where(k == 0.0, 0.0, (scale - base) - 1.0)))
    result = np.where(safe == 0.0, safe, result)
    if not usual:
        result = np.where(x < 0.0, -1.0, _far_exp_64(np.where(x < 0.0, 0.0, x)))
    return result
