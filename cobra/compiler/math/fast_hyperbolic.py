"""Quicker hyperbolic functions, within 4 units in the last place.

They are computed as in `hyperbolic.py`, but nothing makes up for what sums and quotients lose.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import power_32, power_64, signed_32, signed_64, size_32, size_64
from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

# Bits of a number whose tanh is 1, and of the last one for which k still grows: with greater k, 2**k - 1 and 2**k + 1 would be rounded.
_ONE_32, _ONE_64 = 0x41133333, 0x40334CCCCCCCCCCD
_LAST_32, _LAST_64 = 0x4101999A, 0x403219999999999A

_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_TWO_LOG2_E = 2.8853900817779268
_HALF_LN2_32 = 0.3465735912322998
_HALF_LN2_64, _HALF_LN2_REST_64 = 0.34657359027997264, 1.1595234069231498e-17
_NUDGE_32, _NUDGE_64 = 2.0**-60, 2.0**-200


def _tanh_rest_32(z: float32) -> float32:
    """Return (tanh(r) - r) / r**3 of z = r**2."""
    p = fma(z, 1.9858122e-02, -5.380464e-02)
    p = fma(p, z, 1.3332807e-01)
    return fma(p, z, -3.3333328e-01)


def _tanh_rest_64(z: float64) -> float64:
    """Return (tanh(r) - r) / r**3 of z = r**2."""
    p = fma(z, 0.0004944757390542865, -0.0014388855074891351)
    p = fma(p, z, 0.0035904876950763596)
    p = fma(p, z, -0.008863143169946002)
    p = fma(p, z, 0.02186948551449148)
    p = fma(p, z, -0.05396825391404605)
    p = fma(p, z, 0.13333333333287217)
    return fma(p, z, -0.33333333333333204)


def tanh_f32(x: float32) -> float32:
    """Return the hyperbolic tangent of x."""
    size = size_32(x)
    cut = np.minimum(size, _ONE_32).view(float32)
    t = fma(np.minimum(size, _LAST_32).view(float32), _TWO_LOG2_E, -0.4) + _ROUND_32
    k = t - _ROUND_32
    r = fma(k, -_HALF_LN2_32, cut)
    z = fma(r, r, _NUDGE_32)
    s = fma(r, z * _tanh_rest_32(z), r)
    scale = power_32(t, 0)
    less, more = scale - 1.0, scale + 1.0
    result = fma(more, s, less) / fma(less, s, more)
    return np.where(x != x, x, signed_32(result.view(int32), x))


def tanh_f64(x: float64) -> float64:
    """Return the hyperbolic tangent of x."""
    size = size_64(x)
    cut = np.minimum(size, _ONE_64).view(float64)
    t = fma(np.minimum(size, _LAST_64).view(float64), _TWO_LOG2_E, -0.4) + _ROUND_64
    k = t - _ROUND_64
    r = fma(k, -_HALF_LN2_REST_64, fma(k, -_HALF_LN2_64, cut))
    z = fma(r, r, _NUDGE_64)
    s = fma(r, z * _tanh_rest_64(z), r)
    scale = power_64(t, 0)
    less, more = scale - 1.0, scale + 1.0
    result = fma(more, s, less) / fma(less, s, more)
    return np.where(x != x, x, signed_64(result.view(int64), x))
