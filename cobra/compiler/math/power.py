"""Powers of floats.

``x**y = 2**(y log2 x)``, for which the logarithm has to be known to more bits than a float has: a quotient ``s = f / (2 + f)`` and
``log2(1 + f) = s (T + s**2 (T / 3 + ...))``, T = 2 / ln 2, as sums of two floats each, of which the second holds what the first rounds
away; after the second term float64, after the first float32 needs no more than one. The polynomials are minimax fits
(`tests/campaigns/math_coefficients_logarithms.py`).

Usual are a positive normal base and an exponent that is neither tiny nor huge nor zero. Otherwise the size of the base is taken, lifted
where it is denormal, and the rules of C99 come last.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64, uint32, uint64

_LEAST_32, _LEAST_64 = 1 << 23, 1 << 52
_INFINITE_32, _INFINITE_64 = 255 << 23, 2047 << 52
_TINY_EXPONENT_32, _TINY_EXPONENT_64 = (127 - 40) << 23, (1023 - 100) << 52
_HUGE_EXPONENT_32, _HUGE_EXPONENT_64 = (127 + 40) << 23, (1023 + 100) << 52
_ROOT_HALF_32, _ROOT_HALF_64 = 0x3F3504F3, 0x3FE6A09E667F3BCD
_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_ROUND_BITS_32, _ROUND_BITS_64 = 0x4B400000, 0x4338000000000000

_TURN_32, _TURN_REST_32 = 2.885390043258667, 3.851925982253235e-08
_TURN_64, _TURN_REST_64 = 2.8853900817779268, 4.0710547481862066e-17
_THIRD_32 = 0.9617967009544373
_THIRD_64, _THIRD_REST_64 = 0.9617966939259756, 5.0577616648125907e-17


# -- float32


def usual_base_32(x: float32) -> bool:
    """Tell whether a number is positive, normal and finite."""
    return (x.view(uint32) - _LEAST_32) < _INFINITE_32 - _LEAST_32


def _usual_exponent_32(y: float32) -> bool:
    """Tell whether the size of an exponent is in the range in which products with logarithms neither overflow nor underflow."""
    return (np.abs(y).view(uint32) - _TINY_EXPONENT_32) < _HUGE_EXPONENT_32 - _TINY_EXPONENT_32


def _log2_32(x: float32, lift: int32) -> tuple[float32, float32]:
    """Return the logarithm of x lowered by `lift`, in two parts."""
    place = (x.view(int32) - _ROOT_HALF_32) & -_LEAST_32
    f = (x.view(int32) - place).view(float32) - 1.0
    k = (place - lift).astype(float32)
    inverse = 1.0 / (2.0 + f)
    s = f * inverse
    s_rest = fma(-s, f, fma(-2.0, s, f)) * inverse
    z = s * s
    p = fma(z, 3.3764094e-01, 4.1185868e-01)
    p = fma(z, p, 5.770801e-01)
    c = fma(z, p, _THIRD_32)
    w = fma(z, c, _TURN_32)
    w_rest = fma(z, c, _TURN_32 - w) + fma(fma(s, s, -z), _THIRD_32, _TURN_REST_32)
    high = s * w
    low = fma(s_rest, fma(z, _TURN_32, _TURN_32), fma(s, w_rest, fma(s, w, -high)))
    total = fma(k, 2.0**-23, high)
    return total, high - fma(k, -2.0**-23, total) + low


def _exp2_32(r: float32) -> float32:
    """Return 2**r for a small r."""
    r2 = r * r
    odd = fma(r2, 1.5476838e-04, 9.618002e-03)
    even = fma(r2, 1.3400771e-03, 5.5503264e-02)
    odd = fma(r2, odd, 2.402265e-01)
    even = fma(r2, even, 6.931472e-01)
    return fma(fma(r, odd, even), r, 1.0)


def _scaled_32(p: float32, n: int32) -> float32:
    """Return ``p * 2**n``, rounded once, with the errors of that rounding."""
    half = n >> 1
    return p * ((half + 127) << 23).view(float32) * ((n - half + 127) << 23).view(float32)


def _size_32(high: float32, low: float32) -> float32:
    """Return 2**(high + low), which may overflow or underflow."""
    beyond = np.abs(high) > 200.0
    high = np.where(beyond, np.copysign(200.0, high), high)
    low = np.where(beyond, 0.0, low)
    t = high + low + _ROUND_32
    return _scaled_32(_exp2_32(high - (t - _ROUND_32) + low), t.view(int32) - _ROUND_BITS_32)


def by_rule_32(x: float32, y: float32, size: float32) -> float32:
    """Return x**y by the rules for special numbers, given the power of the size of x where that is an ordinary number."""
    a, e = np.abs(x), np.abs(y)
    grows = (a > 1.0) == (y > 0.0)
    ends = (a == 0.0) | (a == np.inf) | ((e == np.inf) & (a != 1.0))
    size = np.where(ends, np.where(grows, float32(np.inf), float32(0.0)), size)
    finite = e < np.inf
    whole = np.trunc(y) == y
    half = 0.5 * np.where(whole & finite, y, 0.0)
    odd = np.trunc(half) != half
    wrong = (x < 0.0) & (a < np.inf) & ~whole & (y == y)
    size = np.where((x.view(int32) < 0) & odd, -size, size)
    if (a == 0.0) & (y < 0.0):
        size = 1.0 / np.where(odd, x, a)
    if wrong:
        size = np.sqrt(-a)
    known = (y == 0.0) | (x == 1.0)
    return np.where((x != x) | (y != y), np.where(known, 1.0, np.where(x != x, x, y)), np.where(known, 1.0, size))


def any_size_32(x: float32, y: float32) -> float32:
    """Return the power of the size of x, which may be tiny, huge or out of range; one where the rules for special numbers apply."""
    a, e = np.abs(x), np.abs(y)
    ordinary = (a > 0.0) & (a < np.inf) & (e > 2.0**-40) & (e < np.inf) & ((x > 0.0) | (np.trunc(y) == y))
    tiny = ordinary & (a < 2.0**-126)
    base = np.where(tiny, np.where(tiny, a, 0.0) * 2.0**24, a)
    exponent = np.where(ordinary, np.where(e > 2.0**40, np.copysign(2.0**40, y), y), 0.0)
    log, rest = _log2_32(base, np.where(tiny, int32(24 << 23), int32(0)))
    high = exponent * log
    return _size_32(high, fma(exponent, rest, fma(exponent, log, -high)))


def power_f32(x: float32, y: float32) -> float32:
    """Return x to the power y."""
    usual = _usual_exponent_32(y)
    exponent = np.where(usual, y, 0.0)
    log, rest = _log2_32(np.abs(x), int32(0))
    t = fma(exponent, log, _ROUND_32)
    n = t - _ROUND_32
    near = np.abs(n) < 125.0
    r = np.where(near, fma(exponent, rest, fma(exponent, log, -n)), 0.0)
    result = (_exp2_32(r).view(int32) + (t.view(int32) << 23)).view(float32)
    if not (usual_base_32(x) & usual & near):
        if not (usual_base_32(np.abs(x)) & usual & near):
            result = any_size_32(x, y)
        result = by_rule_32(x, y, result)
    return result


# -- float64


def usual_base_64(x: float64) -> bool:
    """Tell whether a number is positive, normal and finite."""
    return (x.view(uint64) - _LEAST_64) < _INFINITE_64 - _LEAST_64


def _usual_exponent_64(y: float64) -> bool:
    """Tell whether the size of an exponent is in the range in which products with logarithms neither overflow nor underflow."""
    return (np.abs(y).view(uint64) - _TINY_EXPONENT_64) < _HUGE_EXPONENT_64 - _TINY_EXPONENT_64


def _log2_64(x: float64, lift: int64) -> tuple[float64, float64]:
    """Return the logarithm of x lowered by `lift`, in two parts."""
    place = (x.view(int64) - _ROOT_HALF_64) & -_LEAST_64
    f = (x.view(int64) - place).view(float64) - 1.0
    k = ((place >> 52) + (_ROUND_BITS_64 - lift)).view(float64) - _ROUND_64
    inverse = 1.0 / (2.0 + f)
    s = f * inverse
    s_rest = fma(-s, f, fma(-2.0, s, f)) * inverse
    z = s * s
    z_rest = fma(s, s, -z)
    z2 = z * z
    pa = fma(z2, 1.8911835906521704e-01, 2.219773586876962e-01)
    pb = fma(z2, 1.91400073105854e-01, 2.623078558068159e-01)
    pa = fma(z2, pa, 3.2059890036242883e-01)
    pb = fma(z2, pb, 4.1219858310361934e-01)
    pa = fma(z2, pa, 5.770780163555911e-01)
    p = fma(z, pb, pa)
    c = fma(z, p, _THIRD_64)
    c_rest = fma(z, p, _THIRD_64 - c) + _THIRD_REST_64
    w = fma(z, c, _TURN_64)
    w_rest = fma(z, c, _TURN_64 - w) + fma(z_rest, c, fma(z, c_rest, _TURN_REST_64))
    high = s * w
    low = fma(s_rest, fma(z, fma(z, _TURN_64, _TURN_64), _TURN_64), fma(s, w_rest, fma(s, w, -high)))
    total = k + high
    return total, high - (total - k) + low


def exp2_64(r: float64) -> float64:
    """Return 2**r for a small r."""
    r2 = r * r
    even = fma(r2, 4.45747625741509e-10, 1.0178045868173e-07)
    odd = fma(r2, 7.074007005497972e-09, 1.3215434013595491e-06)
    even = fma(r2, even, 1.5252733868964862e-05)
    odd = fma(r2, odd, 1.5403530459571964e-04)
    even = fma(r2, even, 1.3333558146377566e-03)
    odd = fma(r2, odd, 9.618129107592261e-03)
    even = fma(r2, even, 5.550410866482175e-02)
    odd = fma(r2, odd, 2.4022650695910136e-01)
    even = fma(r2, even, 6.931471805599453e-01)
    return fma(fma(r, odd, even), r, 1.0)


def _scaled_64(p: float64, n: int64) -> float64:
    """Return ``p * 2**n``, rounded once, with the errors of that rounding."""
    half = n >> 1
    return p * ((half + 1023) << 52).view(float64) * ((n - half + 1023) << 52).view(float64)


def _size_64(high: float64, low: float64) -> float64:
    """Return 2**(high + low), which may overflow or underflow."""
    beyond = np.abs(high) > 1800.0
    high = np.where(beyond, np.copysign(1800.0, high), high)
    low = np.where(beyond, 0.0, low)
    t = high + _ROUND_64
    r = high - (t - _ROUND_64) + low
    return _scaled_64(exp2_64(r), t.view(int64) - _ROUND_BITS_64)


def by_rule_64(x: float64, y: float64, size: float64) -> float64:
    """Return x**y by the rules for special numbers, given the power of the size of x where that is an ordinary number."""
    a, e = np.abs(x), np.abs(y)
    grows = (a > 1.0) == (y > 0.0)
    ends = (a == 0.0) | (a == np.inf) | ((e == np.inf) & (a != 1.0))
    size = np.where(ends, np.where(grows, float64(np.inf), float64(0.0)), size)
    finite = e < np.inf
    whole = np.trunc(y) == y
    half = 0.5 * np.where(whole & finite, y, 0.0)
    odd = np.trunc(half) != half
    wrong = (x < 0.0) & (a < np.inf) & ~whole & (y == y)
    size = np.where((x.view(int64) < 0) & odd, -size, size)
    if (a == 0.0) & (y < 0.0):
        size = 1.0 / np.where(odd, x, a)
    if wrong:
        size = np.sqrt(-a)
    known = (y == 0.0) | (x == 1.0)
    return np.where((x != x) | (y != y), np.where(known, 1.0, np.where(x != x, x, y)), np.where(known, 1.0, size))


def any_size_64(x: float64, y: float64) -> float64:
    """Return the power of the size of x, which may be tiny, huge or out of range; one where the rules for special numbers apply."""
    a, e = np.abs(x), np.abs(y)
    ordinary = (a > 0.0) & (a < np.inf) & (e > 2.0**-100) & (e < np.inf) & ((x > 0.0) | (np.trunc(y) == y))
    tiny = ordinary & (a < 2.0**-1022)
    base = np.where(tiny, np.where(tiny, a, 0.0) * 2.0**53, a)
    exponent = np.where(ordinary, np.where(e > 2.0**100, np.copysign(2.0**100, y), y), 0.0)
    log, rest = _log2_64(base, np.where(tiny, int64(53), int64(0)))
    high = exponent * log
    return _size_64(high, fma(exponent, rest, fma(exponent, log, -high)))


def power_f64(x: float64, y: float64) -> float64:
    """Return x to the power y."""
    usual = _usual_exponent_64(y)
    exponent = np.where(usual, y, 0.0)
    log, rest = _log2_64(np.abs(x), int64(0))
    t = fma(exponent, log, _ROUND_64)
    n = t - _ROUND_64
    near = np.abs(n) < 1021.0
    r = np.where(near, fma(exponent, rest, fma(exponent, log, -n)), 0.0)
    result = (exp2_64(r).view(int64) + (t.view(int64) << 52)).view(float64)
    if not (usual_base_64(x) & usual & near):
        if not (usual_base_64(np.abs(x)) & usual & near):
            result = any_size_64(x, y)
        result = by_rule_64(x, y, result)
    return result
