"""Inverse hyperbolic functions.

Each is a logarithm of a quotient: ``2 atanh(n / d) = log((d + n) / (d - n))``. A power of two near that is taken out, which
leaves ``k ln 2 + 2 atanh(s)`` with s small, a polynomial, and s is made of sums whose roundings are known: so the results keep their
precision near zero, where a logarithm would lose it. The polynomials are minimax fits
(`tests/campaigns/math_coefficients_exponential.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import signed_32, signed_64, size_32, size_64
from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64, uint32, uint64

_LN2_32, _LN2_REST_32 = 0.693145751953125, 1.428606765330187e-06
_LN2_64, _LN2_REST_64 = 0.6931471805601177, -1.7239444525614835e-13
_ONE_32, _ONE_64 = 0x3F800000, 0x3FF0000000000000
_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_ROUND_BITS_32, _ROUND_BITS_64 = 0x4B400000, 0x4338000000000000

# Bits of the size below which numbers are their own inverse sine and tangent, above which squares may
# overflow, and where the sum of the quotient and one is rounded.
_TINY_32, _TINY_64 = 0x30800000, 0x2D30000000000000
_VAST_32, _VAST_64 = 0x5D800000, 0x5F30000000000000
_NEAR_ONE_32, _NEAR_ONE_64 = 0x3F7FFFF0, 0x3FEFFFFFFFFFFFE0
_INFINITY_32, _INFINITY_64 = 0x7F800000, 0x7FF0000000000000

# Added to the bits of a quotient before the exponent is taken: k is 0 up to about 1.69, so that nothing cancels beyond.
_BIAS_32, _BIAS_64 = 0x200000, 0x4000000000000


# -- putting it together


def _atanh_rest_32(z: float32) -> float32:
    """Return (atanh(s) - s) / s**3 of z = s**2."""
    p = fma(z, 1.2889229e-01, 1.4174289e-01)
    p = fma(p, z, 2.0002687e-01)
    return fma(p, z, 3.3333313e-01)


def _atanh_rest_64(z: float64) -> float64:
    """Return (atanh(s) - s) / s**3 of z = s**2."""
    p = fma(z, 0.07347715824441914, 0.05545353584269149)
    p = fma(p, z, 0.06695739875120382)
    p = fma(p, z, 0.07690822029290875)
    p = fma(p, z, 0.09090955253061372)
    p = fma(p, z, 0.11111110257169377)
    p = fma(p, z, 0.14285714294465895)
    p = fma(p, z, 0.19999999999957688)
    return fma(p, z, 0.333333333333334)


def doublings_32(quotient: int32) -> int32:
    """Return k of a quotient, or of a difference of bits, which is near its logarithm."""
    return (quotient + _BIAS_32) >> 23


def doublings_64(quotient: int64) -> int64:
    """Return k of a quotient, or of a difference of bits, which is near its logarithm."""
    return (quotient + _BIAS_64) >> 52


def doubled_sum_32(k: int32, s: float32, rest: float32) -> float32:
    """Return k ln 2 + 2 atanh(s + rest), rest being a rounding of s."""
    whole = (k + _ROUND_BITS_32).view(float32) - _ROUND_32
    twice = s + s
    z = s * s
    high = whole * _LN2_32
    total = high + twice
    bent = fma(twice * z, _atanh_rest_32(z), rest + rest)
    return total + (twice - (total - high) + fma(whole, _LN2_REST_32, bent))


def doubled_sum_64(k: int64, s: float64, rest: float64) -> float64:
    """Return k ln 2 + 2 atanh(s + rest), rest being a rounding of s."""
    whole = (k + _ROUND_BITS_64).view(float64) - _ROUND_64
    twice = s + s
    z = s * s
    high = whole * _LN2_64
    total = high + twice
    bent = fma(twice * z, _atanh_rest_64(z), rest + rest)
    return total + (twice - (total - high) + fma(whole, _LN2_REST_64, bent))


def _quotient_32(n: float32, d: float32, k: int32) -> float32:
    """Return k ln 2 + 2 atanh(n / d)."""
    inverse = 1.0 / d
    s = n * inverse
    return doubled_sum_32(k, s, fma(-s, d, n) * inverse)


def _quotient_64(n: float64, d: float64, k: int64) -> float64:
    """Return k ln 2 + 2 atanh(n / d)."""
    inverse = 1.0 / d
    s = n * inverse
    return doubled_sum_64(k, s, fma(-s, d, n) * inverse)


def log_of_twice_32(x: float32) -> float32:
    """Return log(2x) of a large x."""
    k = doublings_32(x.view(int32) - _ONE_32)
    m = (x.view(int32) - (k << 23)).view(float32)
    return _quotient_32(m - 1.0, m + 1.0, k + 1)


def log_of_twice_64(x: float64) -> float64:
    """Return log(2x) of a large x."""
    k = doublings_64(x.view(int64) - _ONE_64)
    m = (x.view(int64) - (k << 52)).view(float64)
    return _quotient_64(m - 1.0, m + 1.0, k + 1)


# -- arcsinh


def arcsinh_f32(x: float32) -> float32:
    """Return the inverse hyperbolic sine of x."""
    size = size_32(x)
    a = np.minimum(np.maximum(size, _TINY_32), _VAST_32).view(float32)
    square = fma(a, a, 1.0)
    root = np.sqrt(square)
    y = a + root
    k = doublings_32(y.view(int32) - _ONE_32)
    power = ((k + 127) << 23).view(float32)
    d = np.where(k == 0, 1.0 + root, y + power)
    n = np.where(k == 0, a, y - power)
    inverse = 1.0 / d
    lost = fma(-root, root, square) + fma(a, a, 1.0 - square)
    # Half of what the square of the root lacks, over the root: the quotient by d is near enough in both cases.
    lost_root = fma(lost, 1.7 * inverse, a - (y - root))
    lost_sum = fma(lost, inverse, 1.0 - (d - root))
    first = n * inverse
    rest = fma(-first, d, n) + np.where(k == 0, -first * lost_sum, lost_root)
    result = doubled_sum_32(k, first, rest * inverse)
    if (size - _TINY_32).view(uint32) > _VAST_32 - _TINY_32:
        vast = (size > _VAST_32) & (size < _INFINITY_32)
        finite = np.where(vast, size, _VAST_32).view(float32)
        result = np.where(vast, log_of_twice_32(finite), np.abs(x))
    return signed_32(size_32(result), x)


def arcsinh_f64(x: float64) -> float64:
    """Return the inverse hyperbolic sine of x."""
    size = size_64(x)
    a = np.minimum(np.maximum(size, _TINY_64), _VAST_64).view(float64)
    square = fma(a, a, 1.0)
    root = np.sqrt(square)
    y = a + root
    k = doublings_64(y.view(int64) - _ONE_64)
    power = ((k + 1023) << 52).view(float64)
    d = np.where(k == 0, 1.0 + root, y + power)
    n = np.where(k == 0, a, y - power)
    inverse = 1.0 / d
    lost = fma(-root, root, square) + fma(a, a, 1.0 - square)
    # Half of what the square of the root lacks, over the root: the quotient by d is near enough in both cases.
    lost_root = fma(lost, 1.7 * inverse, a - (y - root))
    lost_sum = fma(lost, inverse, 1.0 - (d - root))
    first = n * inverse
    rest = fma(-first, d, n) + np.where(k == 0, -first * lost_sum, lost_root)
    result = doubled_sum_64(k, first, rest * inverse)
    if (size - _TINY_64).view(uint64) > _VAST_64 - _TINY_64:
        vast = (size > _VAST_64) & (size < _INFINITY_64)
        finite = np.where(vast, size, _VAST_64).view(float64)
        result = np.where(vast, log_of_twice_64(finite), np.abs(x))
    return signed_64(size_64(result), x)


# -- arccosh


def arccosh_f32(x: float32) -> float32:
    """Return the inverse hyperbolic cosine of x."""
    bits = x.view(int32)
    a = np.minimum(np.maximum(bits, _ONE_32 + 1), _VAST_32).view(float32)
    less, more = a - 1.0, a + 1.0
    square = less * more
    root = np.sqrt(square)
    y = a + root
    k = doublings_32(y.view(int32) - _ONE_32)
    power = ((k + 127) << 23).view(float32)
    d = np.where(k == 0, more, y + power)
    n = np.where(k == 0, root, y - power)
    inverse = 1.0 / d
    more_low = 1.0 - (more - a)
    lost = fma(-root, root, square) + fma(less, more_low, fma(less, more, -square))
    first = n * inverse
    rest = fma(-first, d, n) + np.where(k == 0, fma(lost, 0.5 / root, -first * more_low), fma(lost, inverse + inverse, root - (y - a)))
    result = doubled_sum_32(k, first, rest * inverse)
    if (bits - _ONE_32 - 1).view(uint32) > _VAST_32 - _ONE_32 - 1:
        vast = (bits > _VAST_32) & (bits < _INFINITY_32)
        edge = np.sqrt(np.where(vast, 1.0, np.where(x <= 1.0, x - 1.0, x)))
        result = np.where(vast, log_of_twice_32(np.where(vast, bits, _VAST_32).view(float32)), edge)
    return result


def arccosh_f64(x: float64) -> float64:
    """Return the inverse hyperbolic cosine of x."""
    bits = x.view(int64)
    a = np.minimum(np.maximum(bits, _ONE_64 + 1), _VAST_64).view(float64)
    less, more = a - 1.0, a + 1.0
    square = less * more
    root = np.sqrt(square)
    y = a + root
    k = doublings_64(y.view(int64) - _ONE_64)
    power = ((k + 1023) << 52).view(float64)
    d = np.where(k == 0, more, y + power)
    n = np.where(k == 0, root, y - power)
    inverse = 1.0 / d
    more_low = 1.0 - (more - a)
    lost = fma(-root, root, square) + fma(less, more_low, fma(less, more, -square))
    first = n * inverse
    rest = fma(-first, d, n) + np.where(k == 0, fma(lost, 0.5 / root, -first * more_low), fma(lost, inverse + inverse, root - (y - a)))
    result = doubled_sum_64(k, first, rest * inverse)
    if (bits - _ONE_64 - 1).view(uint64) > _VAST_64 - _ONE_64 - 1:
        vast = (bits > _VAST_64) & (bits < _INFINITY_64)
        edge = np.sqrt(np.where(vast, 1.0, np.where(x <= 1.0, x - 1.0, x)))
        result = np.where(vast, log_of_twice_64(np.where(vast, bits, _VAST_64).view(float64)), edge)
    return result


# -- arctanh


def _arctanh_edge_32(size: int32) -> float32:
    """Return the inverse tangent of a positive number, given by its bits, that is tiny, next to one or beyond it."""
    a = size.view(float32)
    near = (size > _NEAR_ONE_32) & (size < _ONE_32)
    less = 1.0 - np.where(near, a, 0.5)
    k = doublings_32(_ONE_32 - less.view(int32)) + 1
    scaled = ((k + 127) << 23).view(float32) * less
    whole = 0.5 * _quotient_32(2.0 - less - scaled, 2.0 - less + scaled, k)
    pole = np.where(size == _ONE_32, a - 1.0, 1.0)
    beyond = np.sqrt(np.where(size > _ONE_32, -a, 1.0))
    return np.where(near, whole, np.where(size > _ONE_32, beyond, a / np.abs(pole)))


def _arctanh_edge_64(size: int64) -> float64:
    """Return the inverse tangent of a positive number, given by its bits, that is tiny, next to one or beyond it."""
    a = size.view(float64)
    near = (size > _NEAR_ONE_64) & (size < _ONE_64)
    less = 1.0 - np.where(near, a, 0.5)
    k = doublings_64(_ONE_64 - less.view(int64)) + 1
    scaled = ((k + 1023) << 52).view(float64) * less
    whole = 0.5 * _quotient_64(2.0 - less - scaled, 2.0 - less + scaled, k)
    pole = np.where(size == _ONE_64, a - 1.0, 1.0)
    beyond = np.sqrt(np.where(size > _ONE_64, -a, 1.0))
    return np.where(near, whole, np.where(size > _ONE_64, beyond, a / np.abs(pole)))


def arctanh_f32(x: float32) -> float32:
    """Return the inverse hyperbolic tangent of x."""
    size = size_32(x)
    a = np.minimum(np.maximum(size, _TINY_32), _NEAR_ONE_32).view(float32)
    less, more = 1.0 - a, 1.0 + a
    k = doublings_32(more.view(int32) - less.view(int32))
    power = ((k + 127) << 23).view(float32)
    base, sign = power + 1.0, 1.0 - power
    result = 0.5 * doubled_sum_32(k, fma(a, base, sign) / fma(a, sign, base), 0.0)
    if (size - _TINY_32).view(uint32) > _NEAR_ONE_32 - _TINY_32:
        result = _arctanh_edge_32(size)
    return signed_32(size_32(result), x)


def arctanh_f64(x: float64) -> float64:
    """Return the inverse hyperbolic tangent of x."""
    size = size_64(x)
    a = np.minimum(np.maximum(size, _TINY_64), _NEAR_ONE_64).view(float64)
    less, more = 1.0 - a, 1.0 + a
    k = doublings_64(more.view(int64) - less.view(int64))
    power = ((k + 1023) << 52).view(float64)
    base, sign = power + 1.0, 1.0 - power
    result = 0.5 * doubled_sum_64(k, fma(a, base, sign) / fma(a, sign, base), 0.0)
    if (size - _TINY_64).view(uint64) > _NEAR_ONE_64 - _TINY_64:
        result = _arctanh_edge_64(size)
    return signed_64(size_64(result), x)
