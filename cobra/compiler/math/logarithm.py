"""Logarithms to the bases e, 2 and 10, and log(1 + x).

``x = 2**k (1 + f)`` with 1 + f between 11/16 and 11/8; ``log(1 + f) = f + rest``, of which f is exact and the rest small, so that its
roundings count little. In float32 the rest is a polynomial; in float64 it comes from the quickly converging series in ``s = f / (2 + f)``,
as ``log(1 + f) = f - s (f - s**2 R(s**2))`` (P. T. P. Tang, ACM TOMS 16, 1990, and others since). To the bases 2 and 10 the exact part is
3/2 f and 3/8 f in float32, a product in two parts in float64. The constants for k are split so that k times the first part is exact, and
the sum with it keeps what rounding takes away. The polynomials are minimax fits (`tests/campaigns/math_coefficients_logarithms.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64, uint32, uint64

_ONE_32, _ONE_64 = 127 << 23, 1023 << 52
_LEAST_32, _LEAST_64 = 1 << 23, 1 << 52
_INFINITE_32, _INFINITE_64 = 255 << 23, 2047 << 52
_EXPONENT_32, _EXPONENT_64 = -(1 << 23), -(1 << 52)
_LEAST_MANTISSA_32, _LEAST_MANTISSA_64 = 0x3F300000, 0x3FE6000000000000
_ROUND_64, _ROUND_BITS_64 = 1.5 * 2.0**52, 0x4338000000000000

_LN2_32, _LN2_REST_32 = 0.69317626953125, -2.908897130469058e-05
_LN2_64, _LN2_REST_64 = 0.6931471805601177, -1.7239444525614835e-13
_LOG10_2_32, _LOG10_2_REST_32 = 0.301025390625, 4.605038981195214e-06
_LOG10_2_64, _LOG10_2_REST_64 = 0.3010299956640665, -8.532344317057107e-14
_LOG2_E, _LOG2_E_REST = 1.4426950408889634, 2.0355273740931033e-17
_LOG10_E, _LOG10_E_REST = 0.4342944819032518, 1.098319650216765e-17


# -- taking a number apart


def _is_usual_32(x: float32) -> bool:
    """Tell whether a number is positive, normal and finite."""
    return (x.view(uint32) - _LEAST_32) < _INFINITE_32 - _LEAST_32


def is_usual_64(x: float64) -> bool:
    """Tell whether a number is positive, normal and finite."""
    return (x.view(uint64) - _LEAST_64) < _INFINITE_64 - _LEAST_64


def _exponent_32(x: float32) -> int32:
    """Return k of a positive normal number, in the place of the exponent; any other leaves a harmless fraction too."""
    return (x.view(int32) - _LEAST_MANTISSA_32) & _EXPONENT_32


def exponent_64(x: float64) -> int64:
    """Return k of a positive normal number, in the place of the exponent; any other leaves a harmless fraction too."""
    return (x.view(int64) - _LEAST_MANTISSA_64) & _EXPONENT_64


def _fraction_32(x: float32, place: int32) -> float32:
    return (x.view(int32) - place).view(float32) - 1.0


def fraction_64(x: float64, place: int64) -> float64:
    """Return f of a number with k in the place of the exponent."""
    return (x.view(int64) - place).view(float64) - 1.0


def float_64(place: int64, lift: int64) -> float64:
    """Return k - lift; adding it to the bits of a large number saves the conversion, which not every processor has."""
    return ((place >> 52) + (_ROUND_BITS_64 - lift)).view(float64) - _ROUND_64


# -- the curves


def _rest_32(f: float32) -> float32:
    """Return log(1 + f) - f."""
    pa = fma(f, -2.5000462e-01, 3.333325e-01)
    pb = fma(f, -1.6645066e-01, 2.0007887e-01)
    pc = fma(f, -1.2747887e-01, 1.4056963e-01)
    pd = fma(f, -1.01167575e-01, 1.3676289e-01)
    f2 = f * f
    pe = fma(f2, pb, pa)
    pf = fma(f2, pd, pc)
    f4 = f2 * f2
    p = fma(f4, pf, pe)
    return f2 * fma(p, f, -0.5)


def _rest_64(f: float64) -> float64:
    """Return log(1 + f) - f."""
    s = f / (2.0 + f)
    z = s * s
    pa = fma(z, 3.999999999855791e-01, 6.666666666666857e-01)
    pb = fma(z, 2.222217852490109e-01, 2.857142893701493e-01)
    pc = fma(z, 1.5287975109419466e-01, 1.818459870595579e-01)
    z2 = z * z
    pd = fma(z2, pb, pa)
    pe = fma(z2, 1.5051660911751402e-01, pc)
    z4 = z2 * z2
    p = fma(z4, pe, pd)
    return s * fma(p, z, -f)


def _slope2_32(f: float32) -> float32:
    """Return log2(1 + f) / f - 3/2."""
    pa = fma(f, -3.6068666e-01, 4.8089623e-01)
    pb = fma(f, -2.4002661e-01, 2.8868833e-01)
    pc = fma(f, -1.8451041e-01, 2.0232129e-01)
    pd = fma(f, -1.4588009e-01, 1.9944337e-01)
    f2 = f * f
    pe = fma(f2, pb, pa)
    pf = fma(f2, pd, pc)
    f4 = f2 * f2
    p = fma(f4, pf, pe)
    p = fma(p, f, -7.2134745e-01)
    return fma(p, f, -5.7304945e-02)


def rest2_64(f: float64) -> tuple[float64, float64]:
    """Return log2(1 + f) - f / ln 2 as two factors, so that their product need not be rounded by itself."""
    s = f / (2.0 + f)
    z = s * s
    pa = fma(z, 5.770780163347804e-01, 9.617966939260031e-01)
    pb = fma(z, 3.205982675562402e-01, 4.121985883854287e-01)
    pc = fma(z, 2.205588587559337e-01, 2.623483037363828e-01)
    z2 = z * z
    pd = fma(z2, pb, pa)
    pe = fma(z2, 2.1714956554526e-01, pc)
    z4 = z2 * z2
    p = fma(z4, pe, pd)
    return s, fma(f, -_LOG2_E, p * z)


def _slope10_32(f: float32) -> float32:
    """Return log10(1 + f) / f - 3/8."""
    pa = fma(f, -1.08577505e-01, 1.4476418e-01)
    pb = fma(f, -7.225521e-02, 8.690385e-02)
    pc = fma(f, -5.554317e-02, 6.090478e-02)
    pd = fma(f, -4.391428e-02, 6.0038436e-02)
    f2 = f * f
    pe = fma(f2, pb, pa)
    pf = fma(f2, pd, pc)
    f4 = f2 * f2
    p = fma(f4, pf, pe)
    p = fma(p, f, -2.1714722e-01)
    return fma(p, f, 5.9294485e-02)


def rest10_64(f: float64) -> tuple[float64, float64]:
    """Return log10(1 + f) - f / ln 10 as two factors, so that their product need not be rounded by itself."""
    s = f / (2.0 + f)
    z = s * s
    pa = fma(z, 1.7371779275503782e-01, 2.8952965460217617e-01)
    pb = fma(z, 9.650969509233488e-02, 1.2408413927436478e-01)
    pc = fma(z, 6.639483229495137e-02, 7.897470873621613e-02)
    z2 = z * z
    pd = fma(z2, pb, pa)
    pe = fma(z2, 6.536853277452502e-02, pc)
    z4 = z2 * z2
    p = fma(z4, pe, pd)
    return s, fma(f, -_LOG10_E, p * z)


# -- putting it together


def _sum_32(high: float32, f: float32, rest: float32) -> float32:
    """Return high + f + rest, high being zero or the greatest."""
    total = high + f
    return total + (f - (total - high) + rest)


def _sum_64(high: float64, f: float64, rest: float64) -> float64:
    """Return high + f + rest, high being zero or the greatest."""
    total = high + f
    return total + (f - (total - high) + rest)


def _sloped_32(high: float32, first: float32, f: float32, slope: float32) -> tuple[float32, float32]:
    """Return high + first + f slope in two parts, high being zero or the greatest."""
    total = high + first
    return total, fma(f, slope, first - (total - high))


def _edge_32(x: float32) -> float32:
    """Return the logarithm of zero, infinity, NaN or a negative number, with the errors of these, and 1 for any other."""
    x = np.where((x > 0.0) & (x < np.inf), 1.0, x)
    zero = x == 0.0
    return np.where(zero, -1.0 / np.where(zero, np.abs(x), 1.0), np.sqrt(np.where(zero, 1.0, x)))


def edge_64(x: float64) -> float64:
    """Return the logarithm of zero, infinity, NaN or a negative number, with the errors of these, and 1 for any other."""
    x = np.where((x > 0.0) & (x < np.inf), 1.0, x)
    zero = x == 0.0
    return np.where(zero, -1.0 / np.where(zero, np.abs(x), 1.0), np.sqrt(np.where(zero, 1.0, x)))


# -- the functions


def log_f32(x: float32) -> float32:
    """Return the natural logarithm of x."""
    usual = _is_usual_32(x)
    safe, lift = x, int32(0)
    if not usual:
        if (x > 0.0) & (x < np.inf):
            safe, lift = x * 2.0**24, int32(24 << 23)
    place = _exponent_32(safe)
    f = _fraction_32(safe, place)
    k = (place - lift).astype(float32) * 2.0**-23
    result = _sum_32(k * _LN2_32, f, fma(k, _LN2_REST_32, _rest_32(f)))
    if not usual:
        result = np.where((x > 0.0) & (x < np.inf), result, _edge_32(x))
    return result


def log_f64(x: float64) -> float64:
    """Return the natural logarithm of x."""
    usual = is_usual_64(x)
    safe, lift = x, int64(0)
    if not usual:
        if (x > 0.0) & (x < np.inf):
            safe, lift = x * 2.0**53, int64(53)
    place = exponent_64(safe)
    f = fraction_64(safe, place)
    k = float_64(place, lift)
    result = _sum_64(k * _LN2_64, f, fma(k, _LN2_REST_64, _rest_64(f)))
    if not usual:
        result = np.where((x > 0.0) & (x < np.inf), result, edge_64(x))
    return result


def log2_f32(x: float32) -> float32:
    """Return the logarithm of x to the base 2."""
    usual = _is_usual_32(x)
    safe, lift = x, int32(0)
    if not usual:
        if (x > 0.0) & (x < np.inf):
            safe, lift = x * 2.0**24, int32(24 << 23)
    place = _exponent_32(safe)
    f = _fraction_32(safe, place)
    k = (place - lift).astype(float32) * 2.0**-23
    total, low = _sloped_32(k, 1.5 * f, f, _slope2_32(f))
    result = total + low
    if not usual:
        result = np.where((x > 0.0) & (x < np.inf), result, _edge_32(x))
    return result


def log2_f64(x: float64) -> float64:
    """Return the logarithm of x to the base 2."""
    usual = is_usual_64(x)
    safe, lift = x, int64(0)
    if not usual:
        if (x > 0.0) & (x < np.inf):
            safe, lift = x * 2.0**53, int64(53)
    place = exponent_64(safe)
    f = fraction_64(safe, place)
    k = float_64(place, lift)
    high = f * _LOG2_E
    s, bend = rest2_64(f)
    result = _sum_64(k, high, fma(s, bend, fma(f, _LOG2_E_REST, fma(f, _LOG2_E, -high))))
    if not usual:
        result = np.where((x > 0.0) & (x < np.inf), result, edge_64(x))
    return result


def log10_f32(x: float32) -> float32:
    """Return the logarithm of x to the base 10."""
    usual = _is_usual_32(x)
    safe, lift = x, int32(0)
    if not usual:
        if (x > 0.0) & (x < np.inf):
            safe, lift = x * 2.0**24, int32(24 << 23)
    place = _exponent_32(safe)
    f = _fraction_32(safe, place)
    k = (place - lift).astype(float32) * 2.0**-23
    total, low = _sloped_32(k * _LOG10_2_32, 0.375 * f, f, _slope10_32(f))
    result = total + fma(k, _LOG10_2_REST_32, low)
    if not usual:
        result = np.where((x > 0.0) & (x < np.inf), result, _edge_32(x))
    return result


def log10_f64(x: float64) -> float64:
    """Return the logarithm of x to the base 10."""
    usual = is_usual_64(x)
    safe, lift = x, int64(0)
    if not usual:
        if (x > 0.0) & (x < np.inf):
            safe, lift = x * 2.0**53, int64(53)
    place = exponent_64(safe)
    f = fraction_64(safe, place)
    k = float_64(place, lift)
    high = f * _LOG10_E
    s, bend = rest10_64(f)
    lost = fma(k, _LOG10_2_REST_64, fma(f, _LOG10_E_REST, fma(f, _LOG10_E, -high)))
    result = _sum_64(k * _LOG10_2_64, high, fma(s, bend, lost))
    if not usual:
        result = np.where((x > 0.0) & (x < np.inf), result, edge_64(x))
    return result


def log1p_f32(x: float32) -> float32:
    """Return log(1 + x), accurate near zero."""
    u = 1.0 + x
    usual = _is_usual_32(u)
    place = _exponent_32(u)
    f = _fraction_32(u, place)
    safe, total = np.where(usual, x, 0.0), np.where(usual, u, 1.0)
    added = total - 1.0
    lost = (safe - added) + (1.0 - (total - added))
    lost = lost * np.maximum(_ONE_32 - place, 0).view(float32)
    k = place.astype(float32) * 2.0**-23
    rest = fma(lost, fma(f, fma(f, 0.8, -1.0), 1.0), fma(k, _LN2_REST_32, _rest_32(f)))
    result = np.copysign(_sum_32(k * _LN2_32, f, rest), x)
    if not usual:
        result = _edge_32(np.where(x == -1.0, 0.0, x))
    return result


def log1p_f64(x: float64) -> float64:
    """Return log(1 + x), accurate near zero."""
    u = 1.0 + x
    usual = is_usual_64(u)
    place = exponent_64(u)
    f = fraction_64(u, place)
    safe, total = np.where(usual, x, 0.0), np.where(usual, u, 1.0)
    added = total - 1.0
    lost = (safe - added) + (1.0 - (total - added))
    lost = lost * np.maximum(_ONE_64 - place, 0).view(float64)
    k = float_64(place, int64(0))
    rest = fma(lost, fma(f, fma(f, 0.8, -1.0), 1.0), fma(k, _LN2_REST_64, _rest_64(f)))
    result = np.copysign(_sum_64(k * _LN2_64, f, rest), x)
    if not usual:
        result = edge_64(np.where(x == -1.0, 0.0, x))
    return result


def log_of_sum_64(whole: float64, high: float64, low: float64, lift: int64) -> tuple[float64, float64]:
    """Return the natural logarithm of ``(whole + high + low) / 2**lift``; whole is 1 where the sum is near it, and 0 elsewhere.

    The result is a sum too.
    """
    total = whole + high
    place = np.where(whole == 0.0, exponent_64(total), 0)
    f = np.where(whole == 0.0, fraction_64(total, place), high)
    lost = low * (_ONE_64 - place).view(float64)
    k = float_64(place, lift)
    rest = fma(lost, fma(f, fma(f, 0.8, -1.0), 1.0), fma(k, _LN2_REST_64, _rest_64(f)))
    first = k * _LN2_64
    result = first + f
    return result, f - (result - first) + rest
