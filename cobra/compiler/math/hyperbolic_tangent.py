"""Hyperbolic tangent.

In float32, ``|x|`` lies in one of 16 intervals, the narrower the closer to zero; exponent and first bits of ``0.8 |x| + 0.55`` number
them. A polynomial in the distance from a point of the interval, where the tangent is very nearly a float, gives the result: tables hold
the points, the tangents and the coefficients.

In float64, ``|x| = k ln(2)/16 + r``. With ``A = 2**(k/8)``, ``s = tanh r`` and ``q = (A - 1) / (A + 1)``, the tangent of the multiple, the
result is ``q + (s (A + 1 - q (A - 1)) + e) / (A + 1 + (A - 1) s)``; e is what the first division left. A table has the fractional powers
of two to 52 bits, so that ``A - 1`` and ``A + 1`` are exact; another one has what makes up for the bits they lack, and for the rest of
ln 2, in r. For k = 1 both say that it were 0, since an error of s weighs most there. Coefficients:
`tests/campaigns/math_coefficients_intervals.py`.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import signed_32, signed_64
from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

# Sizes from which on the tangent is 1.
_ONE_32, _ONE_64 = 9.011, 19.3

_CENTRES_32 = np.array([
    2.1244576, 2.749266, 3.3756542, 4.0007777, 4.936954, 6.1864243, 7.4355927, 8.540565, 0.0, 0.17188764, 0.32821923,
    0.48429215, 0.7186409, 1.0312908, 1.3438705, 1.6560968,
], np.float32)  # fmt: skip
_VALUES_32 = np.array([
    0.97184265, 0.9918478, 0.99766403, 0.99933034, 0.999897, 0.99999154, 0.9999993, 0.99999994, 0.0, 0.17021458,
    0.31691977, 0.44967446, 0.61606675, 0.7744255, 0.87259877, 0.9296895,
], np.float32)  # fmt: skip
_FIRST_32 = np.array([
    0.055521827, 0.016237928, 0.0046664826, 0.0013388705, 0.00020600569, 1.6929458e-05, 1.3918292e-06, 1.5269326e-07,
    1.0, 0.971027, 0.8995619, 0.7977929, 0.6204618, 0.40026513, 0.23857138, 0.13567738,
], np.float32)  # fmt: skip
_SECOND_32 = np.array([
    -0.053956367, -0.016103297, -0.0046547763, -0.0013377296, -0.00020533649, -1.6875916e-05, -9.973705e-07,
    -7.383858e-07, 7.451052e-08, -0.16528217, -0.285088, -0.35874653, -0.3822443, -0.30998036, -0.20818019, -0.12613872,
], np.float32)  # fmt: skip
_THIRD_32 = np.array([
    0.033935253, 0.010560694, 0.0030886098, 0.00089059316, 0.00013684834, 1.1250074e-05, 9.2279004e-07, 8.187127e-08,
    -0.33334044, -0.29555294, -0.20951651, -0.104625426, 0.028650273, 0.10663338, 0.10213557, 0.072044626,
], np.float32)  # fmt: skip
_FOURTH_32 = np.array([
    -0.015063199, -0.005181227, -0.00155647, -0.00045218025, -7.373166e-05, -6.0643756e-06, -1.4952524e-06, 2.54422e-06,
    0.00020064772, 0.10494659, 0.16085282, 0.16622649, 0.10954312, 0.021394104, -0.019318763, -0.02481398,
], np.float32)  # fmt: skip
_FIFTH_32 = np.array([
    0.004429996, 0.001923573, 0.00061092724, 0.00018008906, 2.9407818e-05, 2.418405e-06, 2.1521889e-07, 1.9719056e-07,
    0.13144122, 0.103297785, 0.04019672, -0.020641705, -0.062160123, -0.04277947, -0.011800307, 0.002061183,
], np.float32)  # fmt: skip
"""By number of the interval modulo 16: its point, the tangent there, and the coefficients of powers of the distance."""

_STEPS, _STEP = 23.083120654223414, 0.04332169878499658
_ROUND_64 = 1.5 * 2.0**52
_NUDGE_64 = 2.0**-200
_POWERS = np.array([
    1.0, 0.9375, 0.9696035575013606, 0.9609197773255049,
    0.9571067811865475, 0.9586054127039705, 0.9658964152537146, 0.9795040432046713,
], np.float64)  # fmt: skip
"""2**(j / 8) by j, less j in the bits after the exponent: k brings it, shifted there."""
_OFFSETS = np.array([
    0.0, 0.04332169878499658, -7.951475300312516e-17, -8.017181848910895e-17,
    3.852796261126339e-17, -5.346192734878554e-17, -5.0334878926992185e-17, -6.17305349393922e-17,
], np.float64)  # fmt: skip
"""What r lacks, by the last three bits of k."""


def tanh_f32(x: float32) -> float32:
    """Return the hyperbolic tangent of x."""
    size = np.abs(x)
    cut = np.where(size > _ONE_32, _ONE_32, size)
    i = fma(cut, 0.8, 0.55).view(int32) >> 21
    r = cut - _CENTRES_32[i & 15]
    p = fma(_FIFTH_32[i & 15], r, _FOURTH_32[i & 15])
    p = fma(p, r, _THIRD_32[i & 15])
    p = fma(p, r, _SECOND_32[i & 15])
    p = fma(p, r, _FIRST_32[i & 15])
    p = fma(p, r, _VALUES_32[i & 15])
    return signed_32(p.view(int32), x)


def tangent_of_rest(r: float64) -> float64:
    """Return tanh(r) for abs(r) below ln(2) / 10."""
    z = fma(r, r, _NUDGE_64)
    p = fma(z, 0.021778509950429785, -0.05396793147472617)
    p = fma(p, z, 0.13333333288266783)
    p = fma(p, z, -0.3333333333331376)
    return fma(r, z * p, r)


def split_64(x: float64) -> tuple[float64, float64, float64]:
    """Return A - 1, A + 1 and s of abs(x), or of a size whose tangent is 1 where it is greater; NaN stays."""
    size = np.abs(x)
    cut = np.where(size > _ONE_64, _ONE_64, size)
    t = fma(cut, _STEPS, _ROUND_64)
    i = t.view(int64)
    r = fma(t - _ROUND_64, -_STEP, cut) + _OFFSETS[i & 7]
    power = (_POWERS[i & 7].view(int64) + (i << 49)).view(float64)
    more = power + 1.0
    # Where A + 1 is rounded it is A, and this A - 2, which has the same quotient.
    return more - 2.0, more, tangent_of_rest(r)


def tanh_f64(x: float64) -> float64:
    """Return the hyperbolic tangent of x."""
    less, more, s = split_64(x)
    q = less / more
    rest = fma(s, fma(-q, less, more), fma(-q, more, less))
    result = q + rest / fma(less, s, more)
    return signed_64(result.view(int64), x)
