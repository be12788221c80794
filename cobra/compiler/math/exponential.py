"""Exponentials to the bases e, 2 and 10, and exp(x) - 1.

``x = k ln 2 + r`` with ``|r| <= ln 2 / 2``; a polynomial gives ``exp(r)``, and k is added to its exponent. Adding a number whose
last bit counts ones leaves the nearest whole number k in the last bits of the sum. Arguments beyond the range are cut to its
ends by comparing bits as whole numbers, which raises no error on NaN and takes fewer instructions than a choice. The polynomials
are minimax fits (`tests/campaigns/math_coefficients_exponential.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64, uint32, uint64

_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_ROUND_BITS_32, _ROUND_BITS_64 = 0x4B400000, 0x4338000000000000
_SIGN_32, _SIGN_64 = -0x80000000, -0x8000000000000000
_HUGE_32, _HUGE_64 = 2.0**127, 2.0**1023

_LOG2_E = 1.4426950408889634
_LN2_32, _LN2_REST_32 = 0.693147182464599609375, -1.904654323148236e-09
_LN2_64, _LN2_REST_64 = 0.6931471805599453, 2.3190468138462996e-17
_LOG2_10 = 3.321928094887362
_LOG10_2_32, _LOG10_2_REST_32 = 0.3010300099849701, -1.4320988897559699e-08
_LOG10_2_64, _LOG10_2_REST_64 = 0.3010299956639812, -2.8037281277851704e-18

# Bits of the ends of the ranges, beyond which results are zero or infinite.
_EXP_LEAST_32, _EXP_MOST_32 = 0xC2D00000, 0x42B20000
_EXP_LEAST_64, _EXP_MOST_64 = 0xC087500000000000, 0x4086300000000000
_EXP2_LEAST_32, _EXP2_MOST_32 = 0xC3170000, 0x43010000
_EXP2_LEAST_64, _EXP2_MOST_64 = 0xC090D00000000000, 0x4090040000000000
_EXP10_LEAST_32, _EXP10_MOST_32 = 0xC2380000, 0x421C0000
_EXP10_LEAST_64, _EXP10_MOST_64 = 0xC074500000000000, 0x4073500000000000
# expm1 is x itself below the least size, finite up to the most, and -1 below the lowest argument.
_EXPM1_LEAST_32, _EXPM1_MOST_32 = 0x21800000, 0x42B17217
_EXPM1_LEAST_64, _EXPM1_MOST_64 = 0x20B0000000000000, 0x40862E42FEFA39EF
_EXPM1_LOWEST_32, _EXPM1_LOWEST_64 = 0xC1A00000, 0xC044000000000000


# -- parts that other families use as well


def curve_32(r: float32) -> float32:
    """Return (exp(r) - 1 - r) / r**2."""
    p = fma(r, 1.3950414e-03, 8.36885e-03)
    p = fma(p, r, 4.1666206e-02)
    p = fma(p, r, 1.666652e-01)
    return fma(p, r, 5.0e-01)


def curve_64(r: float64) -> float64:
    """Return (exp(r) - 1 - r) / r**2."""
    p = fma(r, 2.51176498157263e-08, 2.763091190124863e-07)
    p = fma(p, r, 2.7557217066074775e-06)
    p = fma(p, r, 2.4801491115473896e-05)
    p = fma(p, r, 0.0001984126991637921)
    p = fma(p, r, 0.0013888888945701723)
    p = fma(p, r, 0.008333333333307765)
    p = fma(p, r, 0.04166666666652142)
    p = fma(p, r, 0.166666666666667)
    return fma(p, r, 0.5000000000000012)


def scaled_f32(p: float32, n: int32) -> float32:
    """Return ``p * 2**n`` for p near 1, rounded once, with the errors of that rounding."""
    half = n >> 1
    return p * ((half + 127) << 23).view(float32) * ((n - half + 127) << 23).view(float32)


def scaled_f64(p: float64, n: int64) -> float64:
    """Return ``p * 2**n`` for p near 1, rounded once, with the errors of that rounding."""
    half = n >> 1
    return p * ((half + 1023) << 52).view(float64) * ((n - half + 1023) << 52).view(float64)


def size_32(x: float32) -> int32:
    """Return the bits of abs(x)."""
    return x.view(int32) & 0x7FFFFFFF


def size_64(x: float64) -> int64:
    """Return the bits of abs(x)."""
    return x.view(int64) & 0x7FFFFFFFFFFFFFFF


def signed_32(size: int32, x: float32) -> float32:
    """Return the number with the bits of a size and the sign of x."""
    return (size | (x.view(int32) & _SIGN_32)).view(float32)


def signed_64(size: int64, x: float64) -> float64:
    """Return the number with the bits of a size and the sign of x."""
    return (size | (x.view(int64) & _SIGN_64)).view(float64)


def rounded_32(x: float32) -> float32:
    """Return a number with the nearest whole number of ln 2 in x in its last bits."""
    return fma(x, _LOG2_E, _ROUND_32)


def rounded_64(x: float64) -> float64:
    """Return a number with the nearest whole number of ln 2 in x in its last bits."""
    return fma(x, _LOG2_E, _ROUND_64)


def whole_32(t: float32) -> float32:
    """Return that whole number."""
    return t - _ROUND_32


def whole_64(t: float64) -> float64:
    """Return that whole number."""
    return t - _ROUND_64


def start_32(x: float32, k: float32) -> float32:
    """Return x - k ln 2 but for the rest of ln 2."""
    return fma(k, -_LN2_32, x)


def start_64(x: float64, k: float64) -> float64:
    """Return x - k ln 2 but for the rest of ln 2."""
    return fma(k, -_LN2_64, x)


def less_rest_32(x: float32, k: float32) -> float32:
    """Return x less k times the rest of ln 2."""
    return fma(k, -_LN2_REST_32, x)


def less_rest_64(x: float64, k: float64) -> float64:
    """Return x less k times the rest of ln 2."""
    return fma(k, -_LN2_REST_64, x)


def power_32(t: float32, offset: int32) -> float32:
    """Return 2**(k + offset), with k in the last bits of t."""
    return ((t.view(int32) << 23) + ((offset + 127) << 23)).view(float32)


def power_64(t: float64, offset: int64) -> float64:
    """Return 2**(k + offset), with k in the last bits of t."""
    return ((t.view(int64) << 52) + ((offset + 1023) << 52)).view(float64)


def _between_32(x: float32, least: uint32, most: int32) -> float32:
    """Return x cut to a range with zero inside; the bits of negative numbers count downwards."""
    return np.minimum(np.minimum(x.view(int32), most).view(uint32), least).view(float32)


def _between_64(x: float64, least: uint64, most: int64) -> float64:
    """Return x cut to a range with zero inside; the bits of negative numbers count downwards."""
    return np.minimum(np.minimum(x.view(int64), most).view(uint64), least).view(float64)


def _raised_32(x: float32, p: float32, t: float32) -> float32:
    """Return ``p * 2**k`` with k in the last bits of t, or what it is at an x that is not finite."""
    result = (p.view(int32) + (t.view(int32) << 23)).view(float32)
    n = t.view(int32) - _ROUND_BITS_32
    if (n + 125).view(uint32) > 250:
        finite = np.abs(x) < np.inf
        result = scaled_f32(p, np.where(finite, n, 0))
        result = np.where(finite, result, np.where(x < 0.0, 0.0, x))
    return result


def _raised_64(x: float64, p: float64, t: float64) -> float64:
    """Return ``p * 2**k`` with k in the last bits of t, or what it is at an x that is not finite."""
    result = (p.view(int64) + (t.view(int64) << 52)).view(float64)
    n = t.view(int64) - _ROUND_BITS_64
    if (n + 1020).view(uint64) > 2040:
        finite = np.abs(x) < np.inf
        result = scaled_f64(p, np.where(finite, n, 0))
        result = np.where(finite, result, np.where(x < 0.0, 0.0, x))
    return result


# -- exp


def _exp_near_32(r: float32) -> float32:
    """Return exp(r)."""
    p = fma(curve_32(r), r, 1.0)
    return fma(p, r, 1.0)


def exp_f32(x: float32) -> float32:
    """Return e to the power x."""
    safe = _between_32(x, _EXP_LEAST_32, _EXP_MOST_32)
    t = rounded_32(safe)
    k = whole_32(t)
    return _raised_32(x, _exp_near_32(less_rest_32(start_32(safe, k), k)), t)


def _exp_near_64(r: float64) -> float64:
    """Return exp(r)."""
    p = fma(curve_64(r), r, 1.0)
    return fma(p, r, 1.0)


def exp_f64(x: float64) -> float64:
    """Return e to the power x."""
    safe = _between_64(x, _EXP_LEAST_64, _EXP_MOST_64)
    t = rounded_64(safe)
    k = whole_64(t)
    return _raised_64(x, _exp_near_64(less_rest_64(start_64(safe, k), k)), t)


# -- exp2


def _exp2_near_32(f: float32) -> float32:
    """Return 2**f."""
    p = fma(f, 1.547614e-04, 1.3399932e-03)
    p = fma(p, f, 9.618005e-03)
    p = fma(p, f, 5.550329e-02)
    p = fma(p, f, 2.402265e-01)
    p = fma(p, f, 6.931472e-01)
    return fma(p, f, 1.0)


def exp2_f32(x: float32) -> float32:
    """Return 2 to the power x."""
    safe = _between_32(x, _EXP2_LEAST_32, _EXP2_MOST_32)
    t = safe + _ROUND_32
    return _raised_32(x, _exp2_near_32(safe - whole_32(t)), t)


def _exp2_near_64(f: float64) -> float64:
    """Return 2**f."""
    p = fma(f, 4.4573603924368053e-10, 7.073811227018518e-09)
    p = fma(p, f, 1.0178046669913362e-07)
    p = fma(p, f, 1.3215435130413836e-06)
    p = fma(p, f, 1.5252733866933626e-05)
    p = fma(p, f, 0.00015403530457375387)
    p = fma(p, f, 0.0013333558146379845)
    p = fma(p, f, 0.009618129107593973)
    p = fma(p, f, 0.055504108664821736)
    p = fma(p, f, 0.2402265069591013)
    p = fma(p, f, 0.6931471805599453)
    return fma(p, f, 1.0)


def exp2_f64(x: float64) -> float64:
    """Return 2 to the power x."""
    safe = _between_64(x, _EXP2_LEAST_64, _EXP2_MOST_64)
    t = safe + _ROUND_64
    return _raised_64(x, _exp2_near_64(safe - whole_64(t)), t)


# -- exp10


def _exp10_near_32(r: float32) -> float32:
    """Return 10**r."""
    p = fma(r, 2.079727e-01, 5.4207104e-01)
    p = fma(p, r, 1.17124e00)
    p = fma(p, r, 2.0346484e00)
    p = fma(p, r, 2.6509492e00)
    p = fma(p, r, 2.3025851e00)
    return fma(p, r, 1.0)


def exp10_f32(x: float32) -> float32:
    """Return 10 to the power x."""
    safe = _between_32(x, _EXP10_LEAST_32, _EXP10_MOST_32)
    t = fma(safe, _LOG2_10, _ROUND_32)
    k = whole_32(t)
    return _raised_32(x, _exp10_near_32(fma(k, -_LOG10_2_REST_32, fma(k, -_LOG10_2_32, safe))), t)


def _exp10_near_64(r: float64) -> float64:
    """Return 10**r."""
    p = fma(r, 0.00024231012485789212, 0.001157596131289842)
    p = fma(p, r, 0.005013909410389879)
    p = fma(p, r, 0.019597617843369282)
    p = fma(p, r, 0.0680893653560692)
    p = fma(p, r, 0.20699584955978612)
    p = fma(p, r, 0.5393829291936064)
    p = fma(p, r, 1.1712551489080458)
    p = fma(p, r, 2.034678592293482)
    p = fma(p, r, 2.650949055239206)
    p = fma(p, r, 2.302585092994046)
    return fma(p, r, 1.0)


def exp10_f64(x: float64) -> float64:
    """Return 10 to the power x."""
    safe = _between_64(x, _EXP10_LEAST_64, _EXP10_MOST_64)
    t = fma(safe, _LOG2_10, _ROUND_64)
    k = whole_64(t)
    return _raised_64(x, _exp10_near_64(fma(k, -_LOG10_2_REST_64, fma(k, -_LOG10_2_64, safe))), t)


# -- expm1: half of 2**k exp(r) - 1, with the roundings of the sums carried along, so that it stays in range, doubled


def expm1_f32(x: float32) -> float32:
    """Return e**x - 1, accurate near zero."""
    size = size_32(x)
    cut = np.minimum(np.maximum(size, _EXPM1_LEAST_32), _EXPM1_MOST_32)
    safe = np.minimum(signed_32(cut, x).view(uint32), _EXPM1_LOWEST_32).view(float32)
    t = rounded_32(safe)
    k = whole_32(t)
    start = start_32(safe, k)
    r = less_rest_32(start, k)
    bent = fma(r * r, curve_32(r), less_rest_32(start - r, k))
    scale = power_32(t, -1)
    base = scale - 0.5
    high = fma(scale, r, base)
    lost = scale - base - 0.5
    half = high + fma(scale, bent, fma(scale, r, base - high) + lost)
    result = half + half
    if size != cut:
        beyond = np.where(x < 0.0, -1.0, np.where(x < 0.0, 0.0, x) * _HUGE_32)
        result = np.where(size < _EXPM1_LEAST_32, x, beyond)
    return result


def expm1_f64(x: float64) -> float64:
    """Return e**x - 1, accurate near zero."""
    size = size_64(x)
    cut = np.minimum(np.maximum(size, _EXPM1_LEAST_64), _EXPM1_MOST_64)
    safe = np.minimum(signed_64(cut, x).view(uint64), _EXPM1_LOWEST_64).view(float64)
    t = rounded_64(safe)
    k = whole_64(t)
    start = start_64(safe, k)
    r = less_rest_64(start, k)
    bent = fma(r * r, curve_64(r), less_rest_64(start - r, k))
    scale = power_64(t, -1)
    base = scale - 0.5
    high = fma(scale, r, base)
    lost = scale - base - 0.5
    half = high + fma(scale, bent, fma(scale, r, base - high) + lost)
    result = half + half
    if size != cut:
        beyond = np.where(x < 0.0, -1.0, np.where(x < 0.0, 0.0, x) * _HUGE_64)
        result = np.where(size < _EXPM1_LEAST_64, x, beyond)
    return result
