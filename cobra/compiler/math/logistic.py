"""The logistic function, its integral softplus, and logarithms of sums of exponentials.

All rest on ``e = exp(-abs(x))``, at most one, as a sum of two numbers, so that nothing overflows: ``1 / (1 + e)`` or ``e / (1 + e)``, and
``log(1 + e) = 2 atanh(e / (2 + e))``, a polynomial of a number up to a third (minimax fits,
`tests/campaigns/math_coefficients_exponential.py`).
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
from cobra.types import float32, float64, int32, int64

# Bits of the sizes from which exp(-size) is denormal, and for good zero.
_FAR_32, _FAR_64 = 0x42AC0000, 0x4086180000000000
_ZERO_32, _ZERO_64 = 0x42D00000, 0x4087500000000000
# Bits of the size from which 2**-size is denormal.
_FAR2_64 = 0x408FE00000000000
# Sizes beyond which the logarithm of a sum is the greater exponent, unless they are equal.
_LARGE_32, _LARGE_64 = 2.0**60, 2.0**500

_NUDGE_32, _NUDGE_64 = 2.0**-60, 2.0**-200
_LN2, _LN2_LOW = 0.6931471805599453, 2.3190468138462996e-17
_ROUND_64 = 1.5 * 2.0**52
_LOG2_E_32, _LOG2_E_REST_32 = 1.4426950216293335, 1.925963033500011e-08
_LOG2_E_64, _LOG2_E_REST_64 = 1.4426950408889634, 2.0355273740931033e-17
_ROUND_BITS_32, _ROUND_BITS_64 = 0x4B400000, 0x4338000000000000


# -- exp(-size) and logarithms of it plus one


def log1p_rest_32(z: float32) -> float32:
    """Return (atanh(s) - s) / s**3 of z = s**2, s up to a third."""
    p = fma(z, 1.399654e-01, 1.400328e-01)
    p = fma(p, z, 2.0010577e-01)
    return fma(p, z, 3.3333212e-01)


def log1p_rest_64(z: float64) -> float64:
    """Return (atanh(s) - s) / s**3 of z = s**2, s up to a third."""
    p = fma(z, 0.08477233346110051, 0.0418864606417446)
    p = fma(p, z, 0.060484386255165196)
    p = fma(p, z, 0.06651121361274483)
    p = fma(p, z, 0.07693226768786106)
    p = fma(p, z, 0.09090874744310269)
    p = fma(p, z, 0.11111111895438268)
    p = fma(p, z, 0.14285714275595585)
    p = fma(p, z, 0.2000000000006273)
    return fma(p, z, 0.3333333333333321)


def _falling_32(size: float32) -> tuple[float32, float32, float32]:
    """Return exp(-size) / 2**k as a sum of two numbers, and a number with k in its last bits."""
    t = rounded_32(-size)
    k = whole_32(t)
    start = start_32(-size, k)
    r = less_rest_32(start, k)
    bent = fma(fma(r, r, _NUDGE_32), curve_32(r), less_rest_32(start - r, k))
    high = r + 1.0
    low = r - (high - 1.0) + bent
    total = high + low
    return total, low - (total - high), t


def _falling_64(size: float64) -> tuple[float64, float64, float64]:
    """Return exp(-size) / 2**k as a sum of two numbers, and a number with k in its last bits."""
    t = rounded_64(-size)
    k = whole_64(t)
    start = start_64(-size, k)
    r = less_rest_64(start, k)
    high, low = _near_one_64(r, less_rest_64(start - r, k))
    return high, low, t


def _falling2_64(size: float64) -> tuple[float64, float64, float64]:
    """Return 2**-size / 2**k as a sum of two numbers, and a number with k in its last bits."""
    t = _ROUND_64 - size
    gap = (_ROUND_64 - t) - size
    r = gap * _LN2
    high, low = _near_one_64(r, fma(gap, _LN2_LOW, fma(gap, _LN2, -r)))
    return high, low, t


def _near_one_64(r: float64, r_low: float64) -> tuple[float64, float64]:
    """Return exp(r + r_low) of a small r as a sum of two numbers."""
    bent = fma(fma(r, r, _NUDGE_64), curve_64(r), r_low)
    high = r + 1.0
    low = r - (high - 1.0) + bent
    total = high + low
    return total, low - (total - high)


def _log1p_of_exp_32(size: float32) -> tuple[float32, float32]:
    """Return log(1 + exp(-size)) as a sum of two numbers."""
    p, p_low, t = _falling_32(size)
    scale = power_32(t, 0)
    n, n_low = p * scale, p_low * scale
    d = n + 2.0
    d_low = n - (d - 2.0) + n_low
    inverse = 1.0 / d
    s = n * inverse
    rest = (fma(-s, d, n) + fma(-s, d_low, n_low)) * inverse
    z = fma(s, s, _NUDGE_32)
    return s + s, fma(s + s, z * log1p_rest_32(z), rest + rest)


def _log1p_of_power_64(p: float64, p_low: float64, t: float64) -> tuple[float64, float64]:
    """Return log(1 + (p + p_low) 2**k) as a sum of two numbers, with k in the last bits of t."""
    scale = power_64(t, 0)
    n, n_low = p * scale, p_low * scale
    d = n + 2.0
    d_low = n - (d - 2.0) + n_low
    inverse = 1.0 / d
    s = n * inverse
    rest = (fma(-s, d, n) + fma(-s, d_low, n_low)) * inverse
    z = fma(s, s, _NUDGE_64)
    return s + s, fma(s + s, z * log1p_rest_64(z), rest + rest)


def _added_32(base: float32, high: float32, low: float32) -> float32:
    """Return base + high + low with the rounding of the first sum, whichever of the two is greater."""
    total = base + high
    around = total - base
    return total + ((high - around) + (base - (total - around)) + low)


def _added_64(base: float64, high: float64, low: float64) -> float64:
    """Return base + high + low with the rounding of the first sum, whichever of the two is greater."""
    total = base + high
    around = total - base
    return total + ((high - around) + (base - (total - around)) + low)


# -- the functions


def _exp_far_32(size: int32) -> float32:
    """Return exp(-size) of a large size given by its bits."""
    p, _, t = _falling_32(np.minimum(size, _ZERO_32).view(float32))
    return scaled_f32(p, t.view(int32) - _ROUND_BITS_32)


def _exp_far_64(size: int64) -> float64:
    """Return exp(-size) of a large size given by its bits."""
    p, _, t = _falling_64(np.minimum(size, _ZERO_64).view(float64))
    return scaled_f64(p, t.view(int64) - _ROUND_BITS_64)


def logistic_far_32(x: float32) -> float32:
    """Return the logistic function of a large number or NaN."""
    falls = (x < 0.0) & (x > -np.inf)
    small = _exp_far_32(np.where(falls, size_32(x), _FAR_32))
    return np.where(falls, small, np.where(x < 0.0, 0.0, np.where(x > 0.0, 1.0, x)))


def logistic_far_64(x: float64) -> float64:
    """Return the logistic function of a large number or NaN."""
    falls = (x < 0.0) & (x > -np.inf)
    small = _exp_far_64(np.where(falls, size_64(x), _FAR_64))
    return np.where(falls, small, np.where(x < 0.0, 0.0, np.where(x > 0.0, 1.0, x)))


def logistic_f32(x: float32) -> float32:
    """Return 1 / (1 + exp(-x))."""
    size = size_32(x)
    cut = np.minimum(size, _FAR_32).view(float32)
    p, p_low, t = _falling_32(cut)
    scale = power_32(t, 0)
    e, e_low = p * scale, p_low * scale
    d = 1.0 + e
    d_low = e - (d - 1.0) + e_low
    inverse = 1.0 / d
    n, n_low = np.where(x < 0.0, e, 1.0), np.where(x < 0.0, e_low, 0.0)
    first = n * inverse
    result = fma(fma(-first, d, n) + fma(-first, d_low, n_low), inverse, first)
    if size > _FAR_32:
        result = logistic_far_32(x)
    return result


def logistic_f64(x: float64) -> float64:
    """Return 1 / (1 + exp(-x))."""
    size = size_64(x)
    cut = np.minimum(size, _FAR_64).view(float64)
    p, p_low, t = _falling_64(cut)
    scale = power_64(t, 0)
    e, e_low = p * scale, p_low * scale
    d = 1.0 + e
    d_low = e - (d - 1.0) + e_low
    inverse = 1.0 / d
    n, n_low = np.where(x < 0.0, e, 1.0), np.where(x < 0.0, e_low, 0.0)
    first = n * inverse
    result = fma(fma(-first, d, n) + fma(-first, d_low, n_low), inverse, first)
    if size > _FAR_64:
        result = logistic_far_64(x)
    return result


def softplus_far_32(x: float32) -> float32:
    """Return log(1 + exp(x)) of a large number or NaN."""
    falls = (x < 0.0) & (x > -np.inf)
    small = _exp_far_32(np.where(falls, size_32(x), _FAR_32))
    return np.where(falls, small, np.where(x < 0.0, 0.0, x))


def softplus_f32(x: float32) -> float32:
    """Return log(1 + exp(x))."""
    size = size_32(x)
    high, low = _log1p_of_exp_32(np.minimum(size, _FAR_32).view(float32))
    result = _added_32(np.where(x > 0.0, np.minimum(size, _FAR_32).view(float32), 0.0), high, low)
    if size > _FAR_32:
        result = softplus_far_32(x)
    return result


def softplus_far_64(x: float64) -> float64:
    """Return log(1 + exp(x)) of a large number or NaN."""
    falls = (x < 0.0) & (x > -np.inf)
    small = _exp_far_64(np.where(falls, size_64(x), _FAR_64))
    return np.where(falls, small, np.where(x < 0.0, 0.0, x))


def softplus_f64(x: float64) -> float64:
    """Return log(1 + exp(x))."""
    size = size_64(x)
    p, p_low, t = _falling_64(np.minimum(size, _FAR_64).view(float64))
    high, low = _log1p_of_power_64(p, p_low, t)
    result = _added_64(np.where(x > 0.0, np.minimum(size, _FAR_64).view(float64), 0.0), high, low)
    if size > _FAR_64:
        result = softplus_far_64(x)
    return result


def _greatest_32(x: float32, y: float32) -> float32:
    """Return the greater number, with the errors of a difference and of comparing it, as NumPy has them."""
    gap = np.where(x == y, 0.0, x) - np.where(x == y, 0.0, y)
    unordered = np.sqrt(np.where(gap == gap, float32(1.0), float32(-1.0)))
    return np.where(gap > 0.0, x, np.where(gap <= 0.0, y, unordered))


def _greatest_64(x: float64, y: float64) -> float64:
    """Return the greater number, with the errors of a difference and of comparing it, as NumPy has them."""
    gap = np.where(x == y, 0.0, x) - np.where(x == y, 0.0, y)
    unordered = np.sqrt(np.where(gap == gap, float64(1.0), float64(-1.0)))
    return np.where(gap > 0.0, x, np.where(gap <= 0.0, y, unordered))


def logaddexp_f32(x: float32, y: float32) -> float32:
    """Return log(exp(x) + exp(y))."""
    usual = (np.abs(x) < _LARGE_32) & (np.abs(y) < _LARGE_32)
    a, b = np.where(usual, x, 0.0), np.where(usual, y, 0.0)
    size = size_32(a - b)
    high, low = _log1p_of_exp_32(np.minimum(size, _FAR_32).view(float32))
    result = _added_32(np.where(a > b, a, b), high, low)
    if not usual or size > _FAR_32:
        small = _exp_far_32(np.where(usual, size, _ZERO_32))
        result = np.where(x == y, x + float32(_LN2), _greatest_32(x, y) + small)
    return result


def logaddexp2_f32(x: float32, y: float32) -> float32:
    """Return the logarithm to base 2 of 2**x + 2**y."""
    usual = (np.abs(x) < _LARGE_32) & (np.abs(y) < _LARGE_32)
    a, b = np.where(usual, x, 0.0), np.where(usual, y, 0.0)
    size = size_32((a - b) * float32(_LN2))
    natural, natural_low = _log1p_of_exp_32(np.minimum(size, _FAR_32).view(float32))
    high = natural * _LOG2_E_32
    low = fma(natural, _LOG2_E_32, -high) + fma(natural, _LOG2_E_REST_32, natural_low * _LOG2_E_32)
    result = np.where(a == b, a + 1.0, _added_32(np.where(a > b, a, b), high, low))
    if not usual or size > _FAR_32:
        small = _exp_far_32(np.where(usual, size, _ZERO_32)) * _LOG2_E_32
        result = np.where(x == y, x + 1.0, _greatest_32(x, y) + small)
    return result


def logaddexp_f64(x: float64, y: float64) -> float64:
    """Return log(exp(x) + exp(y))."""
    usual = (np.abs(x) < _LARGE_64) & (np.abs(y) < _LARGE_64)
    a, b = np.where(usual, x, 0.0), np.where(usual, y, 0.0)
    size = size_64(a - b)
    p, p_low, t = _falling_64(np.minimum(size, _FAR_64).view(float64))
    high, low = _log1p_of_power_64(p, p_low, t)
    result = _added_64(np.where(a > b, a, b), high, low)
    if not usual or size > _FAR_64:
        small = _exp_far_64(np.where(usual, size, _ZERO_64))
        result = np.where(x == y, x + float64(_LN2), _greatest_64(x, y) + small)
    return result


def logaddexp2_f64(x: float64, y: float64) -> float64:
    """Return the logarithm to base 2 of 2**x + 2**y."""
    usual = (np.abs(x) < _LARGE_64) & (np.abs(y) < _LARGE_64)
    a, b = np.where(usual, x, 0.0), np.where(usual, y, 0.0)
    size = size_64(a - b)
    p, p_low, t = _falling2_64(np.minimum(size, _FAR2_64).view(float64))
    natural, natural_low = _log1p_of_power_64(p, p_low, t)
    high = natural * _LOG2_E_64
    low = fma(natural, _LOG2_E_64, -high) + fma(natural, _LOG2_E_REST_64, natural_low * _LOG2_E_64)
    result = np.where(a == b, a + 1.0, _added_64(np.where(a > b, a, b), high, low))
    if not usual or size > _FAR2_64:
        small = _exp_far_64(np.where(usual, size_64((a - b) * _LN2), _ZERO_64)) * _LOG2_E_64
        result = np.where(x == y, x + 1.0, _greatest_64(x, y) + small)
    return result
