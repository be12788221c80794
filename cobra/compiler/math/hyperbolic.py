"""Hyperbolic sine and cosine.

``x = k ln 2 + r`` as for exponentials (`exponential.py`). With ``cosh r`` and ``sinh r`` as polynomials, ``sinh x`` is
``(2**k - 2**-k)/2 cosh r + (2**k + 2**-k)/2 sinh r`` and ``cosh x`` likewise, without a division; half of them is computed,
so that it stays in range, and doubled. The roundings of sums whose parts cancel are carried along.
The polynomials are minimax fits (`tests/campaigns/math_coefficients_exponential.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import (
    less_rest_32,
    less_rest_64,
    power_32,
    power_64,
    rounded_32,
    rounded_64,
    signed_32,
    signed_64,
    size_32,
    size_64,
    start_32,
    start_64,
    whole_32,
    whole_64,
)
from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

_HUGE_32, _HUGE_64 = 2.0**127, 2.0**1023

# Bits of the size below which sinh x is x, and of the greatest of finite sinh and cosh.
_LEAST_32, _LEAST_64 = 0x30800000, 0x2D30000000000000
_MOST_32, _MOST_64 = 0x42B2D4FC, 0x408633CE8FB9F87D
_NUDGE_32, _NUDGE_64 = 2.0**-60, 2.0**-200


# -- sinh and cosh


def cosh_rest_32(z: float32) -> float32:
    """Return (cosh(r) - 1) / r**2 of z = r**2."""
    p = fma(z, 1.3946003e-03, 4.1666273e-02)
    return fma(p, z, 5.0e-01)


def cosh_rest_64(z: float64) -> float64:
    """Return (cosh(r) - 1) / r**2 of z = r**2."""
    p = fma(z, 2.7630978638464505e-07, 2.4801490905774027e-05)
    p = fma(p, z, 0.0013888888945934508)
    p = fma(p, z, 0.04166666666652036)
    return fma(p, z, 0.5000000000000012)


def sinh_rest_32(z: float32) -> float32:
    """Return (sinh(r) - r) / r**3 of z = r**2."""
    return fma(z, 8.36649e-03, 1.6666543e-01)


def sinh_rest_64(z: float64) -> float64:
    """Return (sinh(r) - r) / r**3 of z = r**2."""
    p = fma(z, 2.5108760063779053e-08, 2.755724508990266e-06)
    p = fma(p, z, 0.00019841269885139965)
    p = fma(p, z, 0.008333333333322082)
    return fma(p, z, 0.16666666666666677)


def quarter_32(t: float32) -> float32:
    """Return 2**(-k - 2), or zero where that is far below 2**(k - 2), with k >= 0 in the last bits of t."""
    return (np.maximum(127 - 2 - (t.view(int32) & 0xFF), 0) << 23).view(float32)


def quarter_64(t: float64) -> float64:
    """Return 2**(-k - 2), or zero where that is far below 2**(k - 2), with k >= 0 in the last bits of t."""
    return (np.maximum(1023 - 2 - (t.view(int64) & 0x7FF), 0) << 52).view(float64)


def sinh_f32(x: float32) -> float32:
    """Return the hyperbolic sine of x."""
    size = size_32(x)
    cut = np.minimum(np.maximum(size, _LEAST_32), _MOST_32)
    safe = cut.view(float32)
    t = rounded_32(safe)
    k = whole_32(t)
    start = start_32(safe, k)
    r = less_rest_32(start, k)
    z = r * r
    bent = fma(r * z, sinh_rest_32(z), less_rest_32(start - r, k))
    grown, shrunk = power_32(t, -2), quarter_32(t)
    even, odd = grown - shrunk, grown + shrunk
    high = fma(odd, r, even)
    low = fma(even, z * cosh_rest_32(z), fma(odd, bent, fma(odd, r, even - high)))
    half = high + low
    result = signed_32((half + half).view(int32), x)
    if size != cut:
        result = np.where(size < _LEAST_32, x, x * _HUGE_32)
    return result


def cosh_f32(x: float32) -> float32:
    """Return the hyperbolic cosine of x."""
    size = size_32(x)
    cut = np.minimum(size, _MOST_32)
    safe = cut.view(float32)
    t = rounded_32(safe)
    k = whole_32(t)
    r = less_rest_32(start_32(safe, k), k)
    z = fma(r, r, _NUDGE_32)
    grown, shrunk = power_32(t, -2), quarter_32(t)
    even, odd = grown + shrunk, grown - shrunk
    high = fma(odd, r, even)
    lost = fma(odd, r, even - high) + (shrunk - (even - grown))
    low = fma(odd, r * z * sinh_rest_32(z), lost)
    half = high + fma(even, z * cosh_rest_32(z), low)
    result = half + half
    if size > _MOST_32:
        result = np.abs(x) * _HUGE_32
    return result


def sinh_f64(x: float64) -> float64:
    """Return the hyperbolic sine of x."""
    size = size_64(x)
    cut = np.minimum(np.maximum(size, _LEAST_64), _MOST_64)
    safe = cut.view(float64)
    t = rounded_64(safe)
    k = whole_64(t)
    start = start_64(safe, k)
    r = less_rest_64(start, k)
    z = r * r
    bent = fma(r * z, sinh_rest_64(z), less_rest_64(start - r, k))
    grown, shrunk = power_64(t, -2), quarter_64(t)
    even, odd = grown - shrunk, grown + shrunk
    high = fma(odd, r, even)
    lost = fma(odd, r, even - high) + ((grown - even) - shrunk)
    low = fma(even, z * cosh_rest_64(z), fma(odd, bent, lost))
    half = high + low
    result = signed_64((half + half).view(int64), x)
    if size != cut:
        result = np.where(size < _LEAST_64, x, x * _HUGE_64)
    return result


def cosh_f64(x: float64) -> float64:
    """Return the hyperbolic cosine of x."""
    size = size_64(x)
    cut = np.minimum(size, _MOST_64)
    safe = cut.view(float64)
    t = rounded_64(safe)
    k = whole_64(t)
    r = less_rest_64(start_64(safe, k), k)
    z = fma(r, r, _NUDGE_64)
    grown, shrunk = power_64(t, -2), quarter_64(t)
    even, odd = grown + shrunk, grown - shrunk
    high = fma(odd, r, even)
    lost = fma(odd, r, even - high) + (shrunk - (even - grown))
    low = fma(odd, r * z * sinh_rest_64(z), lost)
    half = high + fma(even, z * cosh_rest_64(z), low)
    result = half + half
    if size > _MOST_64:
        result = np.abs(x) * _HUGE_64
    return result
