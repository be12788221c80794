"""Logarithms to the bases e, 2 and 10, and log(1 + x).

``x = 2**k (1 + f)`` with 1 + f between the square roots of 1/2 and 2; ``log(1 + f) = f + rest``, of which f is exact and the
rest small, so that its roundings count little. In float32 the rest is a polynomial; in float64 it comes from the quickly
converging series in ``s = f / (2 + f)``, as ``log(1 + f) = f - f**2/2 + s (f**2/2 + R(s**2))`` (P. T. P. Tang, ACM TOMS 16, 1990).
Constants are split so that ``k`` times the first part is exact. The polynomials are minimax fits.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

_LEAST_32, _LEAST_64 = 2.0**-126, 2.0**-1022
_ROOT_HALF_32, _ROOT_HALF_64 = 0x3F3504F3, 0x3FE6A09E667F3BCD
_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_ROUND_BITS_32, _ROUND_BITS_64 = 0x4B400000, 0x4338000000000000

_LN2_32, _LN2_REST_32 = 0.69317626953125, -2.908897130469058e-05
_LN2_64, _LN2_REST_64 = 0.6931471805601177, -1.7239444525614835e-13
_LOG10_2_32, _LOG10_2_REST_32 = 0.301025390625, 4.605038981195214e-06
_LOG10_2_64, _LOG10_2_REST_64 = 0.3010299956640665, -8.532344317057107e-14
_LOG2_E_32, _LOG2_E_REST_32 = 1.4426950216293335, 1.9259629911266175e-08
_LOG2_E_64, _LOG2_E_REST_64 = 1.4426950408889634, 2.0355273740931033e-17
_LOG10_E_32, _LOG10_E_REST_32 = 0.4342944920063019, -1.0103050052231683e-08
_LOG10_E_64, _LOG10_E_REST_64 = 0.4342944819032518, 1.098319650216765e-17


# -- taking a number apart


def _exponent_32(x: float32) -> int32:
    """Return k of a positive normal number."""
    return (x.view(int32) - _ROOT_HALF_32) >> 23


def _exponent_64(x: float64) -> int64:
    """Return k of a positive normal number."""
    return (x.view(int64) - _ROOT_HALF_64) >> 52


def _fraction_32(x: float32, k: int32) -> float32:
    return (x.view(int32) - (k << 23)).view(float32) - 1.0


def _fraction_64(x: float64, k: int64) -> float64:
    return (x.view(int64) - (k << 52)).view(float64) - 1.0


def _float_32(k: int32) -> float32:
    return (k + _ROUND_BITS_32).view(float32) - _ROUND_32


def _float_64(k: int64) -> float64:
    return (k + _ROUND_BITS_64).view(float64) - _ROUND_64


def _rest_32(f: float32) -> float32:
    """Return log(1 + f) - f."""
    p = fma(f, -7.878326e-02, 1.2897493e-01)
    p = fma(p, f, -1.3128814e-01)
    p = fma(p, f, 1.4179097e-01)
    p = fma(p, f, -1.6624415e-01)
    p = fma(p, f, 2.0002368e-01)
    p = fma(p, f, -2.5000814e-01)
    p = fma(p, f, 3.3333316e-01)
    return f * f * fma(p, f, -0.5)


def _rest_64(f: float64) -> float64:
    """Return log(1 + f) - f."""
    s = f / (2.0 + f)
    z = s * s
    p = fma(z, 0.14762601981613827, 0.15317672068197047)
    p = fma(p, z, 0.18183409181406363)
    p = fma(p, z, 0.2222220188414817)
    p = fma(p, z, 0.2857142870598403)
    p = fma(p, z, 0.3999999999960433)
    p = fma(p, z, 0.66666666666667)
    half = 0.5 * f * f
    return fma(s, fma(p, z, half), -half)


# -- putting it together


def _sum_32(k: float32, f: float32, rest: float32) -> float32:
    """Return k ln 2 + f + rest."""
    high = k * _LN2_32
    total = high + f
    return total + (f - (total - high) + fma(k, _LN2_REST_32, rest))


def _sum_64(k: float64, f: float64, rest: float64) -> float64:
    """Return k ln 2 + f + rest."""
    high = k * _LN2_64
    total = high + f
    return total + (f - (total - high) + fma(k, _LN2_REST_64, rest))


def _log_32(x: float32, lift: int32) -> float32:
    """Return the logarithm of x / 2**lift, x being positive and normal."""
    k = _exponent_32(x)
    f = _fraction_32(x, k)
    return _sum_32(_float_32(k - lift), f, _rest_32(f))


def _log_64(x: float64, lift: int64) -> float64:
    k = _exponent_64(x)
    f = _fraction_64(x, k)
    return _sum_64(_float_64(k - lift), f, _rest_64(f))


def _log2_32(x: float32, lift: int32) -> float32:
    k = _exponent_32(x)
    f = _fraction_32(x, k)
    high = f * _LOG2_E_32
    low = fma(f, _LOG2_E_REST_32, fma(f, _LOG2_E_32, -high))
    whole = _float_32(k - lift)
    total = whole + high
    return total + (high - (total - whole) + fma(_rest_32(f), _LOG2_E_32, low))


def _log2_64(x: float64, lift: int64) -> float64:
    k = _exponent_64(x)
    f = _fraction_64(x, k)
    high = f * _LOG2_E_64
    low = fma(f, _LOG2_E_REST_64, fma(f, _LOG2_E_64, -high))
    whole = _float_64(k - lift)
    total = whole + high
    return total + (high - (total - whole) + fma(_rest_64(f), _LOG2_E_64, low))


def _log10_32(x: float32, lift: int32) -> float32:
    k = _exponent_32(x)
    f = _fraction_32(x, k)
    high = f * _LOG10_E_32
    low = fma(f, _LOG10_E_REST_32, fma(f, _LOG10_E_32, -high))
    whole = _float_32(k - lift)
    base = whole * _LOG10_2_32
    total = base + high
    low = fma(whole, _LOG10_2_REST_32, low)
    return total + (high - (total - base) + fma(_rest_32(f), _LOG10_E_32, low))


def _log10_64(x: float64, lift: int64) -> float64:
    k = _exponent_64(x)
    f = _fraction_64(x, k)
    high = f * _LOG10_E_64
    low = fma(f, _LOG10_E_REST_64, fma(f, _LOG10_E_64, -high))
    whole = _float_64(k - lift)
    base = whole * _LOG10_2_64
    total = base + high
    low = fma(whole, _LOG10_2_REST_64, low)
    return total + (high - (total - base) + fma(_rest_64(f), _LOG10_E_64, low))


# -- the edges


def _edge(x: float64) -> float64:
    """Return the logarithm of zero, infinity, NaN or a negative number, with the errors of these."""
    if x == 0.0:
        return -1.0 / np.abs(x)
    return np.sqrt(x)


def _is_tiny_32(x: float32) -> bool:
    return (x > 0.0) & (x < _LEAST_32)


def _is_tiny_64(x: float64) -> bool:
    return (x > 0.0) & (x < _LEAST_64)


# -- the functions


def log_f32(x: float32) -> float32:
    """Return the natural logarithm of x."""
    usual = (x >= _LEAST_32) & (x < np.inf)
    result = _log_32(np.where(usual, x, 1.0), 0)
    if not usual:
        tiny = _is_tiny_32(x)
        lifted = np.where(tiny, x, 1.0) * 2.0**24
        result = np.where(tiny, _log_32(lifted, 24), _edge(np.where(tiny, 1.0, x)))
    return result


def log_f64(x: float64) -> float64:
    """Return the natural logarithm of x."""
    usual = (x >= _LEAST_64) & (x < np.inf)
    result = _log_64(np.where(usual, x, 1.0), 0)
    if not usual:
        tiny = _is_tiny_64(x)
        lifted = np.where(tiny, x, 1.0) * 2.0**53
        result = np.where(tiny, _log_64(lifted, 53), _edge(np.where(tiny, 1.0, x)))
    return result


def log2_f32(x: float32) -> float32:
    """Return the logarithm of x to the base 2."""
    usual = (x >= _LEAST_32) & (x < np.inf)
    result = _log2_32(np.where(usual, x, 1.0), 0)
    if not usual:
        tiny = _is_tiny_32(x)
        lifted = np.where(tiny, x, 1.0) * 2.0**24
        result = np.where(tiny, _log2_32(lifted, 24), _edge(np.where(tiny, 1.0, x)))
    return result


def log2_f64(x: float64) -> float64:
    """Return the logarithm of x to the base 2."""
    usual = (x >= _LEAST_64) & (x < np.inf)
    result = _log2_64(np.where(usual, x, 1.0), 0)
    if not usual:
        tiny = _is_tiny_64(x)
        lifted = np.where(tiny, x, 1.0) * 2.0**53
        result = np.where(tiny, _log2_64(lifted, 53), _edge(np.where(tiny, 1.0, x)))
    return result


def log10_f32(x: float32) -> float32:
    """Return the logarithm of x to the base 10."""
    usual = (x >= _LEAST_32) & (x < np.inf)
    result = _log10_32(np.where(usual, x, 1.0), 0)
    if not usual:
        tiny = _is_tiny_32(x)
        lifted = np.where(tiny, x, 1.0) * 2.0**24
        result = np.where(tiny, _log10_32(lifted, 24), _edge(np.where(tiny, 1.0, x)))
    return result


def log10_f64(x: float64) -> float64:
    """Return the logarithm of x to the base 10."""
    usual = (x >= _LEAST_64) & (x < np.inf)
    result = _log10_64(np.where(usual, x, 1.0), 0)
    if not usual:
        tiny = _is_tiny_64(x)
        lifted = np.where(tiny, x, 1.0) * 2.0**53
        result = np.where(tiny, _log10_64(lifted, 53), _edge(np.where(tiny, 1.0, x)))
    return result


def log1p_f32(x: float32) -> float32:
    """Return log(1 + x), accurate near zero."""
    usual = (x > -1.0) & (x < np.inf)
    safe = np.where(usual, x, 0.0)
    u = 1.0 + safe
    k = _exponent_32(u)
    f = _fraction_32(u, k)
    lost = np.where(safe < 1.0, safe - (u - 1.0), 1.0 - (u - safe))
    lost = np.where(k > 60, 0.0, lost) * (np.where(k > 60, 0, (127 - k) << 23)).view(float32)
    result = _sum_32(_float_32(k), f, _rest_32(f) + lost / (1.0 + f))
    result = np.where(safe == 0.0, safe, result)
    if not usual:
        result = _edge(np.where(x == -1.0, 0.0, x))
    return result


def log1p_f64(x: float64) -> float64:
    """Return log(1 + x), accurate near zero."""
    usual = (x > -1.0) & (x < np.inf)
    safe = np.where(usual, x, 0.0)
    u = 1.0 + safe
    k = _exponent_64(u)
    f = _fraction_64(u, k)
    lost = np.where(safe < 1.0, safe - (u - 1.0), 1.0 - (u - safe))
    lost = np.where(k > 100, 0.0, lost) * (np.where(k > 100, 0, (1023 - k) << 52)).view(float64)
    result = _sum_64(_float_64(k), f, _rest_64(f) + lost / (1.0 + f))
    result = np.where(safe == 0.0, safe, result)
    if not usual:
        result = _edge(np.where(x == -1.0, 0.0, x))
    return result
